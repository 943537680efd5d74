//! Targets: where finished days go. What comes in: batches of [`Object`]s; what goes out: counts of what became of
//! each. A target never computes: words and vectors come ready.
//!
//! Two halves are opened for each target: a [`Ledger`] that says what the target holds already (asked before
//! embedding, so that an unchanged day costs nothing) and a [`Sink`] that takes the new and changed days. They live
//! on different threads of `publish`.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::document::Object;
use crate::record::Date;

/// What a target holds of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Hash of the stored document.
    pub content_hash: String,
    /// Version of the wording it was made with.
    pub template: String,
    /// Fingerprint of the model its vector was made with.
    pub model: Option<String>,
}

/// What a target holds already.
pub trait Ledger: Send {
    /// What the target holds of each of these days of one user, in the order asked; `None` where it has nothing.
    fn known(&mut self, user_id: &str, dates: &[Date]) -> Result<Vec<Option<Known>>, SinkError>;

    /// The stored vectors of these days of one user: an unchanged day is not embedded again for another target.
    fn vectors(&mut self, user_id: &str, dates: &[Date]) -> Result<Vec<Option<Arc<[f32]>>>, SinkError>;
}

/// Takes finished days.
pub trait Sink: Send {
    /// Writes new and changed days; a day that is there already is replaced. All or nothing for one call.
    fn push(&mut self, objects: &[Object]) -> Result<(), SinkError>;

    /// Ends the run; what was pushed is durable after it.
    fn finish(self: Box<Self>) -> Result<Finished, SinkError>;
}

/// How a target ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// What was pushed is stored.
    Stored,
    /// A whole-file target found its file byte for byte as it would have written it, and left it alone.
    Unchanged,
}

/// A target, opened.
pub struct Target {
    /// As given on the command line, for example `sqlite:vitalvec.db`.
    pub name: String,
    /// What it holds; `None` for targets that are written anew each time.
    pub ledger: Option<Box<dyn Ledger>>,
    /// Where days go.
    pub sink: Box<dyn Sink>,
}

/// What became of the days at one target; a part of the run's report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// As given on the command line.
    pub target: String,
    /// Days it did not have.
    pub new: u64,
    /// Days whose document, wording or model changed.
    pub changed: u64,
    /// Days left alone.
    pub unchanged: u64,
    /// Days it would not take.
    pub refused: u64,
    /// Days removed.
    pub deleted: u64,
}

/// Why a target failed.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// A file could not be made, written or renamed.
    #[error("{path}: {source}; check that the folder exists, is writable and has room")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error("{path}: {source}")]
    Sqlite {
        /// The store.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The store is of another program, version, model or wording.
    #[error("{path}: {problem}; {remedy}")]
    Mismatch {
        /// The store.
        path: PathBuf,
        /// What differs.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// The Parquet writer failed.
    #[error("{path}: {source}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: parquet::errors::ParquetError,
    },
}
