//! Everything that can end a run early, one variant a stage, in pipeline order.

use std::path::PathBuf;

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong usage that only shows after the arguments were read.
    #[error("{0}")]
    Usage(String),
    /// The input could not be read.
    #[error(transparent)]
    Source(#[from] crate::source::SourceError),
    /// No file held what its name says.
    #[error("none of the data files could be read as records: {problems}")]
    NoReadableData {
        /// Each file and what it looks like.
        problems: String,
    },
    /// More rejects than allowed.
    #[error(
        "more than {limit} rejects (--max-rejects); nothing was stored. Look into {rejects} and repair the input, or raise the limit"
    )]
    TooManyRejects {
        /// The limit.
        limit: u64,
        /// Where the rejects are.
        rejects: String,
    },
    /// Packed columns could not be kept.
    #[error(transparent)]
    Columns(#[from] crate::columns::SpillError),
    /// Numbers could not be computed.
    #[error(transparent)]
    Aggregate(#[from] crate::aggregate::AggregateError),
    /// There is no model, or no vector.
    #[error(transparent)]
    Embed(#[from] crate::embed::EmbedError),
    /// A target failed.
    #[error(transparent)]
    Sink(#[from] crate::sink::SinkError),
    /// A question could not be answered.
    #[error(transparent)]
    Search(#[from] crate::search::SearchError),
    /// Answers could not be measured.
    #[error(transparent)]
    Eval(#[from] crate::search::eval::EvalError),
    /// The stand-in data could not be made.
    #[error(transparent)]
    Generate(#[from] crate::generate::GenerateError),
    /// A file of rejects, a report or a folder could not be written.
    #[error("{path}: {source}; check that the folder exists and is writable")]
    Output {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
