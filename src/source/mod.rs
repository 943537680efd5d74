//! Files become chunks of whole records (as far as can be guessed without parsing).
//!
//! In: paths. Out: the input files with their kinds, then chunks of decompressed bytes, cut near a record border. It
//! reads with bounded buffers, never a whole file, and never judges a record: a cut that was wrong is put right by
//! whoever puts the chunks together ([`crate::parse`]).

mod chunks;
mod cut;
mod discover;
mod gzip;
mod head;
mod span;

pub use chunks::{CHUNK_BYTES, Chunks};
pub use discover::{Inputs, discover};
pub use span::UnreadChunk;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::parse::{ChunkEnd, Expecting, Form, Reason};
use crate::record::RecordKind;

/// One file to read.
#[derive(Clone, Debug, PartialEq)]
pub struct InputFile {
    /// As given, or found in the folder given.
    pub path: Arc<Path>,
    /// What it holds, by its name.
    pub kind: RecordKind,
    /// Its size on disk.
    pub bytes: u64,
}

/// A piece of a file.
#[derive(Debug)]
pub struct Chunk {
    /// Position of the file among the inputs.
    pub file: usize,
    /// Position of the chunk in the file.
    pub number: u64,
    /// Position of the first byte in the decompressed file.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Bytes of the file on disk that were read for it.
    pub bytes_on_disk: u64,
    /// How the file holds its records together.
    pub form: Form,
    /// Whether a line begins with the first byte.
    pub opens_a_line: bool,
    /// What may come first, if the cut was right.
    pub expecting: Expecting,
    /// What stands behind the last byte.
    pub end: ChunkEnd,
}

/// A file that is not what it should be: one reject for the file as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct FileProblem {
    /// The code of the reason.
    pub reason: Reason,
    /// What the file looks like and what to do.
    pub detail: String,
}

/// What a file hands out.
#[derive(Debug)]
pub enum Piece {
    /// The next chunk.
    Chunk(UnreadChunk),
    /// The file, or what is left of it, cannot be read as records.
    Problem(FileProblem),
}

/// Why the input could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The system could not read.
    #[error("{path}: {source}; check the path and its permissions")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file whose name does not say what it holds.
    #[error(
        "{path}: cannot tell what this file holds; name it like heart_rate.json (users, activities, workouts, nutrition, sleep, heart_rate or measurements + .json or .ndjson, perhaps with .gz or .zst)"
    )]
    UnknownName {
        /// The file.
        path: PathBuf,
    },
    /// A folder or list of files without any data.
    #[error(
        "{paths}: no data file found; expected at least one of activities, workouts, nutrition, sleep, heart_rate, measurements + .json or .ndjson, perhaps with .gz or .zst"
    )]
    NoData {
        /// Where it was looked for.
        paths: String,
    },
}
