//! The partitions: packed blocks by user, unpacked again one partition at a time.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::spill::{Spill, SpillError, Stored};
use super::{Block, Interner, RowBatch};
use crate::record::RecordKind;

/// Users are dealt out to this many partitions by a hash of their id. One partition of the full data set (1.8 million
/// user-days) unpacks to about 20 MB; more partitions would only make the blocks of shuffled input smaller.
const PARTITIONS: usize = 64;

/// The place of a chunk in the input: rows come out in this order, whatever the order in which chunks were parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order {
    /// Position of the file among the inputs.
    pub file: u32,
    /// Position of the chunk in the file.
    pub chunk: u64,
}

/// The packed rows of one chunk, by partition.
pub type PackedChunk = Vec<(usize, Block)>;

/// Deals the rows of a batch out to partitions. One a thread.
#[derive(Debug)]
pub struct Partitioner {
    users: Arc<Interner>,
    known: HashMap<u32, usize>,
}

impl Partitioner {
    /// A partitioner for codes of `users`.
    pub fn new(users: Arc<Interner>) -> Partitioner {
        Partitioner {
            users,
            known: HashMap::new(),
        }
    }

    /// Packs a batch, one block for each partition it has rows of.
    pub fn pack(&mut self, batch: &RowBatch) -> PackedChunk {
        let mut ranges: Vec<Vec<Range<usize>>> = vec![Vec::new(); PARTITIONS];
        let mut start = 0;
        for run in batch.users.chunk_by(|one, next| one == next) {
            ranges[self.partition(run[0])].push(start..start + run.len());
            start += run.len();
        }
        let filled = ranges.iter().enumerate().filter(|(_, ranges)| !ranges.is_empty());
        filled
            .map(|(partition, ranges)| (partition, Block::pack(batch, ranges)))
            .collect()
    }

    fn partition(&mut self, user: u32) -> usize {
        let users = &self.users;
        *self
            .known
            .entry(user)
            .or_insert_with(|| (fnv1a(users.text(user).as_bytes()) % PARTITIONS as u64) as usize)
    }
}

/// Fowler-Noll-Vo 1a: the same partition for a user in every run and on every machine.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// All rows of a run.
#[derive(Debug)]
pub struct Columns {
    users: Arc<Interner>,
    texts: Arc<Interner>,
    partitions: Vec<[Vec<(Order, Stored)>; RecordKind::DATA.len()]>,
    spill: Spill,
    rows: u64,
}

impl Columns {
    /// No rows; up to `memory_bytes` of packed columns are kept in memory, the rest goes to a temporary file.
    pub fn new(users: Arc<Interner>, texts: Arc<Interner>, memory_bytes: u64) -> Columns {
        let partitions = (0..PARTITIONS).map(|_| Default::default()).collect();
        Columns {
            users,
            texts,
            partitions,
            spill: Spill::new(PARTITIONS, memory_bytes),
            rows: 0,
        }
    }

    /// Adds the rows of a chunk.
    pub fn add(&mut self, kind: RecordKind, order: Order, rows: u64, packed: PackedChunk) -> Result<(), SpillError> {
        let kind = kind.data_index().expect("profiles have no rows");
        self.rows += rows;
        for (partition, block) in packed {
            let stored = self.spill.store(partition, block)?;
            self.partitions[partition][kind].push((order, stored));
        }
        Ok(())
    }

    /// Rows of all kinds.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes of packed columns, in memory and on disk.
    pub fn packed_bytes(&self) -> (u64, u64) {
        self.spill.bytes()
    }

    /// Number of partitions; some may be empty.
    pub fn partitions(&self) -> usize {
        PARTITIONS
    }

    /// Unpacks a partition: all rows of its users, each kind in the order of the input.
    pub fn partition(&self, index: usize) -> Result<Partition, SpillError> {
        let segments = self.spill.load(index)?;
        let mut kinds: Vec<RowBatch> = Vec::with_capacity(RecordKind::DATA.len());
        for (kind, stored) in RecordKind::DATA.iter().zip(&self.partitions[index]) {
            let mut rows = RowBatch::new(kind.fields().len());
            let mut blocks: Vec<&(Order, Stored)> = stored.iter().collect();
            blocks.sort_by_key(|(order, _)| *order);
            let counts = blocks.iter().map(|(_, block)| Block::rows(segments.block(block)));
            rows.reserve_exact(counts.sum::<Result<usize, _>>()?);
            for (_, block) in blocks {
                Block::unpack_into(segments.block(block), &mut rows)?;
            }
            kinds.push(rows);
        }
        Ok(Partition { kinds })
    }

    /// The id of a user.
    pub fn user_id(&self, code: u32) -> Arc<str> {
        self.users.text(code)
    }

    /// The text of a code in a text column.
    pub fn text(&self, code: i32) -> Arc<str> {
        self.texts.text(code as u32)
    }
}

/// All rows of some users.
#[derive(Debug, Default)]
pub struct Partition {
    /// One batch a kind, in the order of [`RecordKind::DATA`].
    pub kinds: Vec<RowBatch>,
}
