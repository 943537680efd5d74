//! The most and the least. What comes in: tokens; what goes out: an order of days, and the tokens it was read from are
//! marked as used. `extremes` comes first: its superlatives say themselves what is compared.

mod counted;
pub(super) mod degrees;
mod energy;
pub(super) mod extremes;
pub(super) mod longest;
pub(super) mod superlative;
