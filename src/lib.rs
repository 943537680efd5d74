//! vitalvec turns piles of health records into days a person can ask questions about.
//!
//! A (user, day) is only right when every file has been read, so the program is two streaming halves joined by one
//! value:
//!
//! ```text
//! collect:  Source ─Chunk─> parse ─rows─> Columns, partitioned by user
//! publish:  per partition: group ─> aggregate ─Day─> describe ─Words─> embed ─Object─> Sink(s)
//! ```
//!
//! The modules below stand in the order of that pipeline. `collect` either reads everything or fails, and then
//! nothing partial is embedded or pushed; `publish` goes partition by partition, so memory does not grow with the
//! input.

/// Arguments of the command line: every flag, its environment variable and its help.
pub mod cli;

/// Arguments, validated: one value handed down.
pub mod config;

/// The run: `collect`, `publish`, their threads and channels; the one place that chooses implementations.
pub mod pipeline;

/// What a record is: kinds, fields, decimals, dates, profiles.
pub mod record;

/// Reads files and hands out chunks of whole records.
pub mod source;

/// Turns a chunk of JSON into rows; bad records become rejects.
pub mod parse;

/// Keeps rows as compact columns, partitioned by user.
pub mod columns;

/// Groups a partition by (user, day) and computes exact numbers.
pub mod aggregate;

/// A user's day in numbers: the properties of the day document.
pub mod day;

/// Puts a day into words: text, gist, facets.
pub mod describe;

/// The day document: numbers, words, identity, provenance.
pub mod document;

/// Finds the model and turns texts into vectors.
pub mod embed;

/// Targets: SQLite, Weaviate, the ingest API, NDJSON, Parquet.
pub mod sink;

/// Understands a question and ranks days.
pub mod search;

/// Stand-in data with planted facts.
pub mod generate;

/// What this machine can do.
pub mod doctor;

/// Counters of a run.
pub mod stats;

/// Shows the counters to a person.
pub mod progress;

/// The report of a run.
pub mod report;

/// Bars as SVG, for `eval` and the benchmarks.
pub mod plot;

/// Everything that can end a run early.
pub mod error;
