//! One thread's parser: a chunk becomes packed columns, whatever kind of record it holds.

use std::sync::Arc;

use super::assemble::Parsed;
use crate::columns::{Interner, Partitioner, Symbols};
use crate::parse::{ChunkInput, RowReader, parse_chunk};
use crate::record::RecordKind;
use crate::source::Chunk;

/// Readers for all kinds, and what deals their rows out to partitions.
pub(super) struct Parser {
    readers: Vec<RowReader>,
    partitioner: Partitioner,
}

impl Parser {
    pub(super) fn new(users: Arc<Interner>, texts: Arc<Interner>) -> Parser {
        let reader = |kind| RowReader::new(kind, Symbols::new(Arc::clone(&users)), Symbols::new(Arc::clone(&texts)));
        let readers = RecordKind::ALL.map(reader).into();
        Parser {
            readers,
            partitioner: Partitioner::default(),
        }
    }

    /// One that panics.
    #[cfg(test)]
    pub(super) fn without_readers() -> Parser {
        Parser {
            readers: Vec::new(),
            partitioner: Partitioner::default(),
        }
    }

    /// Parses a chunk as if what it expects were true.
    pub(super) fn parse(&mut self, kind: RecordKind, chunk: Chunk) -> Parsed {
        let input = ChunkInput {
            bytes: &chunk.bytes,
            form: chunk.form,
            opens_a_line: chunk.opens_a_line,
            expecting: chunk.expecting,
            end: chunk.end,
        };
        let reader = &mut self.readers[kind as usize];
        let mut output = parse_chunk(&input, reader);
        let batch = std::mem::take(&mut output.rows);
        let (rows, packed) = (batch.len() as u64, self.partitioner.pack(&batch));
        reader.recycle(batch);
        Parsed {
            kind,
            rows,
            packed,
            output,
            chunk,
        }
    }
}
