//! Whose days are asked for. What comes in: the question as typed, and a store to ask who is there; what goes out: users,
//! and the question without their ids.

mod mention;
pub(in crate::search) mod named_user;
mod own_words;
