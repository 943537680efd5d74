//! Which day each fact is of. What comes in: tokens, and facts with their places; what goes out: the same facts, each on its
//! day. `relation` finds the words that relate days, `offsets` follows them.

pub(super) mod asked;
pub(super) mod offsets;
pub(super) mod relation;
pub(super) mod streak;
