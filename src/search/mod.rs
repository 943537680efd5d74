//! Understands a question and ranks days. What comes in: a `Request`, a store and a way to embed texts; what goes
//! out: an `Answer`. Filters come first, then the grade of the fact, then the likeness of the day's vector to the
//! question. No language model is asked, and nothing is guessed silently: what was understood is part of the answer.
//!
//! | room | holds |
//! | --- | --- |
//! | `question` | the words of a question become an `Understanding`: a room for each subject |
//! | `ranking` | days are judged and put in order; and the plain twin that this is held to |
//! | `stores` | the seam to the places where days are kept, and these places |
//! | `eval` | how right the answers are, measured |
//!
//! The files beside them are what the rooms share: the cosine, conditions, orders and windows of days, users, the answer.
//!
#![doc = include_str!("forty_questions.md")]

use std::sync::Arc;

use crate::embed::Encoder;
use crate::record::Date;

mod answer;
pub mod condition;
mod cosine;
pub mod eval;
pub mod given;
pub mod order;
pub mod question;
mod ranking;
mod session_filter;
mod stores;
mod whose;
pub mod window;

#[cfg(test)]
mod shelf;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Hit};
pub use given::Given;
pub use question::facts::meaning::keep_vocabulary;
pub use question::numbers::measure;
pub use ranking::{search, search_plainly};
pub use stores::{PhraseFile, SqliteStore, Store, StoreError, WeaviateStore};
pub use whose::Whose;

/// A question and where to look.
#[derive(Clone, Debug)]
pub struct Request {
    /// In plain words; may be empty where something is given.
    pub question: String,
    /// Only this user's days.
    pub user: Option<String>,
    /// Not before this day.
    pub from: Option<Date>,
    /// Not after this day.
    pub until: Option<Date>,
    /// What "last week" counts from; the newest day in scope where absent.
    pub today: Option<Date>,
    /// At most so many days.
    pub k: usize,
    /// What is asked for without words.
    pub given: Given,
}

/// Whatever kept a text from being embedded.
pub type EmbedFailure = Box<dyn std::error::Error + Send + Sync>;

/// Turns texts into unit vectors.
pub trait Embed {
    /// The vector of a question, to be compared with the vectors of days.
    fn question(&self, text: &str) -> Result<Arc<[f32]>, EmbedFailure>;

    /// Vectors of texts, to be compared with each other.
    fn texts(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, EmbedFailure>;

    /// What tells this model from any other.
    fn fingerprint(&self) -> &str;
}

impl Embed for Encoder {
    fn question(&self, text: &str) -> Result<Arc<[f32]>, EmbedFailure> {
        Ok(self.embed_query(text)?)
    }

    fn texts(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, EmbedFailure> {
        Ok(self.embed(texts)?)
    }

    fn fingerprint(&self) -> &str {
        &self.info().fingerprint
    }
}

/// Why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No day of this user is there.
    #[error(
        "the store {store} knows no user `{user}`; user ids are written as in the records, for example `{example}`"
    )]
    UnknownUser {
        /// As asked for.
        user: String,
        /// The store.
        store: String,
        /// One that it knows.
        example: String,
    },
    /// The store's vectors are of another model.
    #[error(
        "the vectors in {store} were made with model {stored} (a fingerprint), not with {given}; name that model with --model, or ingest again"
    )]
    OtherModel {
        /// The store.
        store: String,
        /// Its model.
        stored: String,
        /// The model given.
        given: String,
    },
    /// The question could not be embedded.
    #[error("the question could not be embedded: {0}")]
    Embed(#[source] EmbedFailure),
}
