//! Understands a question and ranks days. What comes in: a `Request`, a store and a way to embed texts; what goes
//! out: an `Answer`. Filters come first, then the grade of the fact, then the likeness of the day's vector to the
//! question. No language model is asked, and nothing is guessed silently: what was understood is part of the answer.
//!
#![doc = include_str!("forty_questions.md")]

use std::sync::Arc;

use crate::embed::Encoder;
use crate::record::Date;

mod answer;
mod asked;
mod bounds;
mod calendar;
mod clock;
mod compare;
mod compound;
pub mod condition;
mod contradictions;
mod degrees;
mod denied;
pub mod eval;
mod excluded;
mod extremes;
mod facts;
pub mod given;
mod guesses;
mod gym_words;
mod holidays;
mod lexicon;
mod longest;
mod meal_counts;
mod meaning;
mod meant;
pub mod measure;
mod mention;
mod month_part;
mod named_user;
mod negation;
mod night_words;
mod no_data;
mod number;
mod off_usual;
mod offsets;
mod one_session;
mod open_window;
pub mod order;
mod own_words;
mod races;
mod ranking;
mod relation;
mod relative_days;
mod session_filter;
mod session_words;
mod sessions;
mod shared_words;
mod sounds;
mod stores;
mod streak;
mod stretch;
mod superlative;
mod token;
mod training_pulse;
mod typos;
pub mod understanding;
mod unknown;
mod usual;
mod weekdays;
mod weeks;
mod whose;
pub mod window;
mod wording;
mod workout_words;
mod written_amount;
mod written_date;

#[cfg(test)]
mod paraphrases;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod questions_of_dates;
#[cfg(test)]
mod questions_of_gyms;
#[cfg(test)]
mod questions_of_numbers;
#[cfg(test)]
mod questions_of_sessions;
#[cfg(test)]
mod questions_of_users;
#[cfg(test)]
mod shelf;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Hit};
pub use given::Given;
pub use meaning::keep_vocabulary;
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
