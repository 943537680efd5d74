//! The buckets: packed blocks by user, unpacked again one partition at a time.
//!
//! Which bucket a user belongs to is fixed before anything is known of the input. A bucket that turns out large is
//! unpacked in several partitions, so the memory that unpacking takes does not grow with the input.

use std::sync::Arc;

use super::RowBatch;
use super::block::Block;
use super::partitioner::PackedChunk;
use super::spill::{Loaded, Spill, SpillError, Stored};
use super::symbols::{BUCKETS, Interner, fnv1a, number_in_bucket};
use crate::record::RecordKind;

/// Rows of a partition, about: as many of the full data set unpack to 4 MB.
const PARTITION_ROWS: u64 = 125_000;

/// The place of a chunk in the input: rows come out in this order, whatever the order in which chunks were parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order {
    /// Position of the file among the inputs.
    pub file: u32,
    /// Position of the chunk in the file.
    pub chunk: u64,
}

/// All rows of a run.
#[derive(Debug)]
pub struct Columns {
    users: Arc<Interner>,
    texts: Arc<Interner>,
    buckets: Vec<Blocks>,
    spill: Spill,
    rows: u64,
    /// [`PARTITION_ROWS`] but in tests.
    partition_rows: u64,
}

/// Where the packed rows of a bucket are.
#[derive(Debug, Default)]
struct Blocks {
    kinds: [Vec<(Order, Stored)>; RecordKind::DATA.len()],
    rows: u64,
}

impl Blocks {
    fn stored(&self) -> impl Iterator<Item = &Stored> {
        self.kinds.iter().flatten().map(|(_, stored)| stored)
    }

    fn stored_mut(&mut self) -> impl Iterator<Item = &mut Stored> {
        self.kinds.iter_mut().flatten().map(|(_, stored)| stored)
    }
}

impl Columns {
    /// No rows. When the packed columns in memory have passed `memory_bytes`, by up to a chunk, all go to a temporary file.
    pub fn new(users: Arc<Interner>, texts: Arc<Interner>, memory_bytes: u64) -> Columns {
        Columns {
            users,
            texts,
            buckets: (0..BUCKETS).map(|_| Blocks::default()).collect(),
            spill: Spill::new(memory_bytes),
            rows: 0,
            partition_rows: PARTITION_ROWS,
        }
    }

    /// Adds the rows of a chunk.
    pub fn add(&mut self, kind: RecordKind, order: Order, packed: PackedChunk) -> Result<(), SpillError> {
        if self.spill.is_full() {
            self.move_to_disk()?;
        }
        let kind = kind.data_index().expect("profiles have no rows");
        let next_chunk = self.spill.next_chunk();
        for (bucket, place) in packed.places() {
            let rows = Block(&packed.bytes[place.clone()]).rows()? as u64;
            let blocks = &mut self.buckets[bucket];
            blocks.kinds[kind].push((order, Stored::in_chunk(next_chunk, place)));
            blocks.rows += rows;
            self.rows += rows;
        }
        self.spill.keep(packed.bytes);
        Ok(())
    }

    /// Ends the adding: where some columns had to go to disk, the rest follows, to leave its memory to what comes next.
    pub fn finish(&mut self) -> Result<(), SpillError> {
        for blocks in &mut self.buckets {
            blocks
                .kinds
                .iter_mut()
                .for_each(|kind| kind.sort_by_key(|(order, _)| *order));
        }
        if self.spill.bytes().1 > 0 {
            self.move_to_disk()?;
        }
        Ok(())
    }

    /// After an error nothing can be read any more: the run fails.
    fn move_to_disk(&mut self) -> Result<(), SpillError> {
        let buckets = self.buckets.iter_mut().map(Blocks::stored_mut);
        self.spill.move_to_disk(buckets)
    }

    /// Rows of all kinds.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes of packed columns, in memory and on disk.
    pub fn packed_bytes(&self) -> (u64, u64) {
        self.spill.bytes()
    }

    /// Number of buckets; some may be empty.
    pub fn buckets(&self) -> usize {
        BUCKETS
    }

    /// A bucket, ready to be unpacked.
    pub fn bucket(&self, index: usize) -> Result<Bucket<'_>, SpillError> {
        Ok(Bucket {
            columns: self,
            blocks: &self.buckets[index],
            loaded: self.spill.load(self.buckets[index].stored())?,
        })
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

/// The packed rows of some users.
#[derive(Debug)]
pub struct Bucket<'a> {
    columns: &'a Columns,
    blocks: &'a Blocks,
    loaded: Loaded<'a>,
}

impl<'a> Bucket<'a> {
    /// The columns it belongs to.
    pub fn columns(&self) -> &'a Columns {
        self.columns
    }

    /// Number of partitions, at least one; it depends on the number of rows alone. To the nearest: each partition reads
    /// all blocks that have one of its users, so half of one more would cost more than it saves.
    pub fn partitions(&self) -> usize {
        let rows = self.columns.partition_rows;
        ((self.blocks.rows + rows / 2) / rows).max(1) as usize
    }

    /// Unpacks a partition: all rows of its users, each kind in the order of the input. The rows go to the memory of
    /// `room`, a partition that is done or an empty one.
    pub fn partition(&self, index: usize, room: Partition) -> Result<Partition, SpillError> {
        let mut members = Members {
            columns: self.columns,
            partitions: self.partitions() as u64,
            index: index as u64,
            known: Vec::new(),
        };
        let mut partition = room;
        partition.kinds.resize_with(RecordKind::DATA.len(), RowBatch::default);
        for ((kind, blocks), rows) in RecordKind::DATA
            .iter()
            .zip(&self.blocks.kinds)
            .zip(&mut partition.kinds)
        {
            rows.clear();
            rows.columns.resize_with(kind.fields().len(), Vec::new);
            self.unpack(blocks, &mut members, rows)?;
        }
        Ok(partition)
    }

    fn unpack(
        &self,
        blocks: &[(Order, Stored)],
        members: &mut Members<'_>,
        rows: &mut RowBatch,
    ) -> Result<(), SpillError> {
        let blocks = blocks.iter().map(|(_, stored)| self.loaded.block(stored));
        let counts = blocks.clone().map(Block::rows);
        rows.reserve_exact(counts.sum::<Result<usize, _>>()? / members.partitions as usize);
        if members.partitions == 1 {
            for block in blocks {
                block.unpack_into(rows)?;
            }
            return Ok(());
        }
        let mut all = RowBatch::new(rows.columns.len());
        for block in blocks {
            if block.any_user(|user| members.have(user))? {
                all.clear();
                block.unpack_into(&mut all)?;
                for (run, places) in all.runs_and_rows().filter(|(run, _)| members.have(run.user)) {
                    rows.append_run(&all, run, places);
                }
            }
        }
        Ok(())
    }
}

/// Which users belong to a partition of a bucket.
struct Members<'a> {
    columns: &'a Columns,
    partitions: u64,
    index: u64,
    /// By number in the bucket, where it was asked for.
    known: Vec<Option<bool>>,
}

impl Members<'_> {
    fn have(&mut self, user: u32) -> bool {
        let is_member = || {
            // What the hash has left when the bucket is known.
            let rest = fnv1a(self.columns.user_id(user).as_bytes()) / BUCKETS as u64;
            rest % self.partitions == self.index
        };
        let number = number_in_bucket(user);
        if number >= self.known.len() {
            self.known.resize(number + 1, None);
        }
        *self.known[number].get_or_insert_with(is_member)
    }
}

/// All rows of some users.
#[derive(Debug, Default)]
pub struct Partition {
    /// One batch a kind, in the order of [`RecordKind::DATA`].
    pub kinds: Vec<RowBatch>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::columns::{NULL, Partitioner, Symbols};

    /// Rows of heart rate: chunk, user, day and value, in the order of their chunks.
    fn rows() -> impl Iterator<Item = (u64, usize, i32, i32)> {
        (0..40u64).flat_map(|chunk| {
            (0..50).map(move |row| (chunk, (row * 7 + chunk as usize) % 300, row as i32 % 3, row as i32))
        })
    }

    fn columns(memory_bytes: u64) -> Columns {
        let (users, texts) = (Arc::new(Interner::of_users()), Arc::new(Interner::of_words()));
        let mut codes = Symbols::new(Arc::clone(&users));
        let mut partitioner = Partitioner::default();
        let mut columns = Columns::new(users, texts, memory_bytes);
        columns.partition_rows = 10;
        let width = RecordKind::HeartRate.fields().len();
        let mut chunks: Vec<RowBatch> = (0..40).map(|_| RowBatch::new(width)).collect();
        for (chunk, user, day, value) in rows() {
            chunks[chunk as usize].push(codes.code(&format!("user {user}")), day, &[value, NULL]);
        }
        // Chunks come in any order.
        for (chunk, batch) in chunks.iter().enumerate().rev() {
            let order = Order {
                file: 0,
                chunk: chunk as u64,
            };
            columns
                .add(RecordKind::HeartRate, order, partitioner.pack(batch))
                .unwrap();
        }
        columns.finish().unwrap();
        columns
    }

    #[test]
    fn every_user_is_whole_in_one_partition_and_in_the_order_of_the_input() {
        let kind = RecordKind::HeartRate.data_index().unwrap();
        for memory_bytes in [u64::MAX, 1000] {
            let columns = columns(memory_bytes);
            let mut found: HashMap<Arc<str>, Vec<(i32, i32)>> = HashMap::new();
            let mut most = 0;
            for bucket in 0..columns.buckets() {
                let bucket = columns.bucket(bucket).unwrap();
                most = most.max(bucket.partitions());
                for partition in 0..bucket.partitions() {
                    let rows = bucket
                        .partition(partition, Partition::default())
                        .unwrap()
                        .kinds
                        .swap_remove(kind);
                    let mut here: HashMap<Arc<str>, Vec<(i32, i32)>> = HashMap::new();
                    for (run, places) in rows.runs_and_rows() {
                        let days = here.entry(columns.user_id(run.user)).or_default();
                        days.extend(rows.columns[0][places].iter().map(|value| (run.day, *value)));
                    }
                    for (user, days) in here {
                        assert!(found.insert(user, days).is_none(), "a user is in two partitions");
                    }
                }
            }
            let mut expected: HashMap<Arc<str>, Vec<(i32, i32)>> = HashMap::new();
            for (_, user, day, value) in rows() {
                expected
                    .entry(format!("user {user}").into())
                    .or_default()
                    .push((day, value));
            }
            assert_eq!(found, expected);
            assert!(most > 2, "buckets are cut into partitions");
            assert_eq!(
                columns.packed_bytes().0 == 0,
                memory_bytes == 1000,
                "all is on disk, or nothing"
            );
        }
    }
}
