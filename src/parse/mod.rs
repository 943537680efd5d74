//! A chunk of JSON becomes rows; what cannot is refused, one record at a time.
//!
//! In: bytes cut near a record border, and what was expected there. Out: rows in columns (or profiles), rejects, and
//! the state at the end of the bytes. It reads no files, keeps no state between chunks, and never panics on any
//! bytes.
//!
//! `strict.rs` defines what a record is. Records laid out like those before are read by comparing bytes
//! (`fast_path.rs`, `template.rs`); whatever does not match goes to the strict path, so both give the same.
//!
//! The meaning of a file is that of one reading from its first byte to its last. Chunks are parsed at the same time
//! on the guess that each begins at a record; `ChunkOutput` says where it really ended, and whoever puts the
//! chunks together parses again from there when the guess was wrong. So no way of cutting changes a result.

mod containers;
#[cfg(test)]
mod damage_tests;
mod date;
mod effort;
mod elements;
mod fast_path;
mod number;
mod reject;
mod resync;
mod rows;
mod simd;
mod skip;
mod strict;
mod template;
mod text;
mod tokens;

pub use elements::parse_chunk;
pub use reject::{ChunkReject, Reason, Reject};
pub use rows::RowReader;
pub use skip::Skip;

use std::sync::Arc;

use crate::columns::RowBatch;
use crate::record::Profile;

/// How the records of a file are held together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON array.
    Array,
    /// One record a line (NDJSON).
    Lines,
}

/// What may stand at a place between records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expecting {
    /// After `[`: a record or `]`.
    FirstOrEnd,
    /// After a comma: a record. In NDJSON: always.
    Record,
    /// After a record: a comma or `]`.
    CommaOrEnd,
    /// After damage that was reported: whatever comes is taken without a further complaint.
    Anything,
    /// After `]`, or after a record that the end of the file cut.
    Nothing,
    /// The rest of a record that was refused, because it is too long to be held.
    RestOfRecord(Skip),
    /// After text behind `]` that was reported: whatever comes is taken, and nothing is missing at the end.
    Afterwards,
}

impl Expecting {
    /// Whether a chunk that was parsed as if a record was due would have come out the same.
    pub fn takes_a_record(self) -> bool {
        matches!(self, Expecting::FirstOrEnd | Expecting::Record | Expecting::Anything)
    }
}

/// What stands behind the last byte of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkEnd {
    /// More of the file.
    More,
    /// More of the file, but the record that began in this chunk is beyond the limit and is to be given up.
    Overlong,
    /// The end of the file.
    File,
    /// The place where the compressed stream broke; reported by the source.
    Broken,
}

/// The bytes of a chunk and what is known of the place.
#[derive(Clone, Copy, Debug)]
pub struct ChunkInput<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// How the file holds its records together.
    pub form: Form,
    /// Whether a line begins with the first byte.
    pub opens_a_line: bool,
    /// What may come first.
    pub expecting: Expecting,
    /// What stands behind the last byte.
    pub end: ChunkEnd,
}

/// What came of a chunk.
#[derive(Debug, Default, PartialEq)]
pub struct ChunkOutput {
    /// Records, good and bad.
    pub records: u64,
    /// Refused records and damaged places.
    pub rejects: Vec<ChunkReject>,
    /// The good records, for a kind that makes days.
    pub rows: RowBatch,
    /// The good records of `users.json`, in order.
    pub profiles: Vec<(Arc<str>, Profile)>,
    /// How it ended.
    pub ended: Ended,
}

/// How the bytes of a chunk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Between records.
    Between(Expecting),
    /// Inside the record (or damage) that begins at this position, where `Expecting` held: these bytes belong to the
    /// next chunk.
    Inside(usize, Expecting),
    /// At this position, where `Expecting` holds, because there are rejects enough: the rest is to be parsed next.
    Full(usize, Expecting),
}

impl Default for Ended {
    fn default() -> Ended {
        Ended::Between(Expecting::Record)
    }
}
