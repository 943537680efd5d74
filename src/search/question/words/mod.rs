//! The words of a question, before anything is understood. What comes in: the question as typed; what goes out: tokens in
//! plain words. `token` cuts them, `wording` makes them plain, with the other files and those of other rooms that turn
//! tokens into tokens.

mod context;
pub(super) mod filler;
pub(super) mod night;
mod shared;
mod sounds;
pub(in crate::search) mod token;
mod typos;
pub(super) mod wording;

/// The word at a place; empty behind the last.
pub(super) fn word_at(tokens: &[token::Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.word.as_str())
}
