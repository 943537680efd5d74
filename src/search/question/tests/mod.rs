//! Questions as people ask them, and what must be understood of each.

mod audit;
mod dates;
mod gyms;
mod numbers;
mod paraphrases;
pub(in crate::search) mod questions;
pub(in crate::search) mod sessions;
mod stems;
mod users;
