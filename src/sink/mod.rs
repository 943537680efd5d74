//! Targets: where finished days go. What comes in: batches of `Object`s; what goes out: counts of what became of
//! each. A target never computes: words and vectors come ready.
//!
//! Two halves are opened for each target: a `Ledger` that says what the target holds already (asked before
//! embedding, so that an unchanged day costs nothing) and a `Sink` that takes the new and changed days. They live
//! on different threads of `publish`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::document::Object;
use crate::record::Date;

pub use self::access::{Access, GrpcUse, Secret, Timing};
pub use self::replay::{Replayed, replay};

/// The `ndjson:` target: one JSON object a line.
pub mod ndjson;

/// The `parquet:` target: one row a day.
pub mod parquet;

/// The `sqlite:` target: the embedded store.
pub mod sqlite;

/// The `weaviate:` target: a vector database behind HTTP.
pub mod weaviate;

/// The `ingest-api:` target: the HTTP service of old.
pub mod ingest_api;

/// How to work with a server.
mod access;
/// What is written down when days go to a server.
mod books;
/// The file of refused days.
mod refusals;
/// Refused days, sent again.
mod replay;
/// One exchange with a server.
mod rest;
/// The ledger of what a server said yes to.
mod state;
/// When those who send at the same time may send again.
mod turns;

/// A file that is replaced as a whole or left alone.
mod whole_file;

/// The document's `kind`: so far every document is a day.
const KIND: &str = "day";

/// What a run makes; a store holds vectors of one model.
#[derive(Clone, Debug)]
pub struct Expect<'a> {
    /// Fingerprint of the model; `None` in a run without vectors.
    pub model: Option<Arc<str>>,
    /// Length of a vector; `None` in a run without vectors.
    pub dimensions: Option<usize>,
    /// Version of the wording.
    pub template: &'a str,
}

/// What a target holds of one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Writes new and changed days; a day that is there already is replaced. After an error nothing of the call counts
    /// as stored, and pushing it again is harmless.
    fn push(&mut self, objects: &[Object]) -> Result<Pushed, SinkError>;

    /// Deletes what is held of the user but the days of these dates; how many went. A whole-file target holds nothing
    /// else anyway.
    fn prune(&mut self, _user_id: &str, _dates: &[Date]) -> Result<u64, SinkError> {
        Ok(0)
    }

    /// Ends the run; what was pushed is durable after it.
    fn finish(self: Box<Self>) -> Result<Finished, SinkError>;
}

/// What became of the objects of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Positions of the objects that the target would not take, in order; all others are stored.
    pub refused: Vec<usize>,
}

/// How a target ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// What was pushed is stored.
    Stored,
    /// A whole-file target found its file byte for byte as it would have written it, and left it alone.
    Unchanged,
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
    /// Days deleted, because the records do not have them any more (`--prune`).
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
        source: ::parquet::errors::ParquetError,
    },
    /// Another program holds the store.
    #[error("{path}: another program is writing to it; wait until it has finished, or name another file")]
    Busy {
        /// The store.
        path: PathBuf,
    },
    /// A server cannot be worked with.
    #[error("{url}: {problem}; {remedy}")]
    Server {
        /// The server, or the collection in it.
        url: String,
        /// What happened.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// The stop signal came while a server was waited for.
    #[error("interrupted while waiting for a server; what was stored stays, the next run goes on from there")]
    Interrupted,
    /// A file of refused days holds something else.
    #[error("{path}, line {line}: {problem}; name a file that an ingest left, unchanged")]
    Refusals {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// A vector that no target may store.
    #[error(
        "{path}: the vector of user {user_id} on {date} {problem}; its batch was not stored, run again with another --device or --precision"
    )]
    Vector {
        /// The target's file.
        path: PathBuf,
        /// Whose day.
        user_id: Arc<str>,
        /// Which day.
        date: Date,
        /// What is wrong with it.
        problem: String,
    },
}

impl SinkError {
    fn file(path: &Path, source: std::io::Error) -> SinkError {
        SinkError::File {
            path: path.to_path_buf(),
            source,
        }
    }
}

/// The vector of an object, if it is what the run promised: `dimensions` finite numbers, or none at all.
fn checked_vector<'a>(
    path: &Path,
    object: &'a Object,
    dimensions: Option<usize>,
) -> Result<Option<&'a [f32]>, SinkError> {
    let vector = object.vector.as_deref();
    match vector_problem(vector, dimensions) {
        None => Ok(vector),
        Some(problem) => Err(SinkError::Vector {
            path: path.to_path_buf(),
            user_id: object.document.day.user_id.clone(),
            date: object.document.day.date,
            problem,
        }),
    }
}

/// Why a vector is not what the run promised.
fn vector_problem(vector: Option<&[f32]>, dimensions: Option<usize>) -> Option<String> {
    match (vector, dimensions) {
        (None, None) => None,
        (None, Some(_)) => Some("is missing".to_string()),
        (Some(_), None) => Some("is there although the run makes none".to_string()),
        (Some(vector), Some(expected)) if vector.len() != expected => {
            Some(format!("has {} dimensions instead of {expected}", vector.len()))
        }
        (Some(vector), Some(_)) if vector.iter().all(|number| number.is_finite()) => None,
        (Some(_), Some(_)) => Some("holds a number that is not finite".to_string()),
    }
}

/// Why an object must not leave for a server: some check neither length nor numbers, or take what is not a number for 0.
fn unfit_for_a_server(object: &Object, dimensions: Option<usize>) -> Option<String> {
    let vector = object.vector.as_deref();
    if let Some(problem) = vector_problem(vector, dimensions) {
        return Some(format!("its vector {problem}"));
    }
    // Likeness is the angle between vectors, and the zero vector has none.
    let is_zero = vector.is_some_and(|vector| vector.iter().all(|number| *number == 0.0));
    is_zero.then(|| "its vector has only zeros".to_string())
}

/// Adds a vector as stores and servers take it: 32-bit floats, the lowest byte first.
fn extend_little_endian(vector: &[f32], bytes: &mut Vec<u8>) {
    bytes.reserve(size_of_val(vector));
    for number in vector {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::Day;
    use crate::document::{Document, Words};

    #[test]
    fn vectors_that_would_spoil_an_index_never_leave() {
        let day = Day::new("u".into(), Date::from_days(0));
        let document = Document::new(day, Words::default(), "t1", Some("m".into()));
        let problem = |vector: &[f32]| {
            let object = Object {
                vector: Some(vector.into()),
                document: document.clone(),
            };
            unfit_for_a_server(&object, Some(2))
        };
        assert_eq!(problem(&[0.1, 0.2]), None);
        for wrong in [&[0.1][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY, 1.0]] {
            assert!(problem(wrong).is_some(), "{wrong:?}");
        }
    }
}
