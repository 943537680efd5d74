//! Rows dealt out to the buckets of their users.
//!
//! In: a batch in the order of its chunk. Out: one packed block for each bucket it has rows of. Where a user's records
//! follow each other, whole stretches go to a bucket as they are. Where each row has another user, as in shuffled input,
//! the rows are first brought in the order of their buckets, so that a block has one piece of each column.

use std::ops::Range;

use super::block::{Stretch, pack_rows, pack_stretches};
use super::keys::KEY_COLUMNS;
use super::symbols::{BUCKETS, bucket_of};
use super::{KeyRun, RowBatch};

/// Stretches shorter than this on average are not worth a list of them: below two rows by the count of what is written (a
/// stretch takes as many bytes as eight values), not by tuning.
const ROWS_WORTH_A_STRETCH: usize = 2;

/// The packed rows of one chunk, by bucket.
#[derive(Clone, Debug, Default)]
pub struct PackedChunk {
    /// Block behind block.
    pub(super) bytes: Vec<u8>,
    /// The bucket of each block, and where it ends.
    ends: Vec<(usize, usize)>,
}

impl PackedChunk {
    /// The bucket of each block, and where it is.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        self.ends.iter().scan(0, |start, (bucket, end)| {
            let place = *start..*end;
            *start = *end;
            Some((*bucket, place))
        })
    }

    /// What was packed since the last call is a block of this bucket.
    fn end_block(&mut self, bucket: usize) {
        self.ends.push((bucket, self.bytes.len()));
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// Deals the rows of a batch out to buckets. One a thread.
#[derive(Debug, Default)]
pub struct Partitioner {
    // Memory for the next batch:
    /// The rows of a batch, by bucket.
    stretches: Vec<Vec<Stretch>>,
    /// The users, the days and the columns of a batch in the order of its buckets, and where each of its rows went.
    sorted: Vec<Vec<i32>>,
    places: Vec<u32>,
    /// What is being packed.
    packed: PackedChunk,
}

impl Partitioner {
    /// Packs a batch, one block for each bucket it has rows of.
    pub fn pack(&mut self, batch: &RowBatch) -> PackedChunk {
        let is_other_user = |pair: &&[KeyRun]| pair[0].user != pair[1].user;
        let stretches = batch.runs.windows(2).filter(is_other_user).count() + 1;
        self.packed.clear();
        if stretches * ROWS_WORTH_A_STRETCH > batch.len() {
            self.pack_rows(batch);
        } else {
            self.pack_stretches(batch);
        }
        // A copy is as long as it has to be: it is kept.
        self.packed.clone()
    }

    fn pack_stretches(&mut self, batch: &RowBatch) {
        self.stretches.resize(BUCKETS, Vec::new());
        self.stretches.iter_mut().for_each(Vec::clear);
        for (index, (run, rows)) in batch.runs_and_rows().enumerate() {
            let of_bucket = &mut self.stretches[bucket_of(run.user)];
            match of_bucket.last_mut() {
                Some(last) if last.runs.end == index => (last.runs.end, last.rows.end) = (index + 1, rows.end),
                _ => of_bucket.push(Stretch {
                    runs: index..index + 1,
                    rows,
                }),
            }
        }
        let by_bucket = self.stretches.iter().enumerate();
        for (bucket, stretches) in by_bucket.filter(|(_, stretches)| !stretches.is_empty()) {
            pack_stretches(&mut self.packed.bytes, batch, stretches);
            self.packed.end_block(bucket);
        }
    }

    /// One piece of each column for a bucket, its keys as columns too.
    fn pack_rows(&mut self, batch: &RowBatch) {
        let by_bucket = self.sort_by_bucket(batch).into_iter().enumerate();
        for (bucket, rows) in by_bucket.filter(|(_, rows)| !rows.is_empty()) {
            pack_rows(&mut self.packed.bytes, &self.sorted, rows);
            self.packed.end_block(bucket);
        }
    }

    /// Brings a batch in the order of its buckets, rows of one bucket as they came (a counting sort); the rows of each.
    fn sort_by_bucket(&mut self, batch: &RowBatch) -> [Range<usize>; BUCKETS] {
        let mut counts = [0; BUCKETS];
        for run in &batch.runs {
            counts[bucket_of(run.user)] += run.rows;
        }
        let mut end = 0;
        let rows = counts.map(|count| {
            let start = end;
            end += count;
            start..end
        });
        let mut next = rows.each_ref().map(|rows| rows.start);
        self.sorted.resize_with(KEY_COLUMNS + batch.columns.len(), Vec::new);
        self.sorted.iter_mut().for_each(|column| column.resize(batch.len(), 0));
        self.places.resize(batch.len(), 0);
        // What they hold is old: every place is written. As slices, for a vector behind a reference is found anew for every
        // row.
        let (keys, columns) = self.sorted.split_first_chunk_mut().expect("keys come first");
        let [users, days] = keys.each_mut().map(Vec::as_mut_slice);
        let mut places = self.places.iter_mut();
        for run in &batch.runs {
            let next = &mut next[bucket_of(run.user)];
            for place in places.by_ref().take(run.rows) {
                *place = *next as u32;
                (users[*next], days[*next]) = (run.user as i32, run.day);
                *next += 1;
            }
        }
        for (sorted, column) in columns.iter_mut().zip(&batch.columns) {
            let sorted = &mut sorted[..];
            for (value, place) in column.iter().zip(&self.places) {
                sorted[*place as usize] = *value;
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::Block;
    use super::*;
    use proptest::prelude::*;

    /// The rows of a batch: user, day and value.
    fn rows(batch: &RowBatch) -> Vec<(u32, i32, i32)> {
        let of_run =
            |(run, rows): (KeyRun, Range<usize>)| rows.map(move |row| (run.user, run.day, batch.columns[0][row]));
        batch.runs_and_rows().flat_map(of_run).collect()
    }

    proptest! {
        /// In runs and shuffled: with one partitioner, as its memory is used again.
        #[test]
        fn each_bucket_gets_its_rows_as_they_came(
            batches in prop::collection::vec(
                prop::collection::vec((0u32..200, 0i32..4, any::<i32>(), 1usize..6), 0..40), 1..4,
            ),
            in_runs: bool,
        ) {
            let mut partitioner = Partitioner::default();
            for keys in batches {
                let mut batch = RowBatch::new(1);
                for (user, day, value, count) in keys {
                    let count = if in_runs { count } else { 1 };
                    (0..count).for_each(|_| batch.push(user, day, &[value]));
                }
                let packed = partitioner.pack(&batch);
                for bucket in 0..BUCKETS {
                    let mut found = RowBatch::new(1);
                    for (_, place) in packed.places().filter(|(of, _)| *of == bucket) {
                        Block(&packed.bytes[place]).unpack_into(&mut found).unwrap();
                    }
                    let mut expected = rows(&batch);
                    expected.retain(|(user, ..)| bucket_of(*user) == bucket);
                    prop_assert_eq!(rows(&found), expected);
                }
            }
        }
    }
}
