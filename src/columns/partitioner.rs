//! Rows dealt out to the buckets of their users.
//!
//! In: a batch in the order of its chunk. Out: one packed block for each bucket it has rows of. Where a user's records
//! follow each other, whole stretches go to a bucket as they are. Where each row has another user, as in shuffled input,
//! the rows are first brought in the order of their buckets, so that a block has one piece of each column.

use super::block::Stretch;
use super::symbols::{BUCKETS, bucket_of};
use super::{Block, KeyRun, RowBatch};

/// Stretches shorter than this on average are not worth a list of them: below two rows by the count of what is written (a
/// stretch takes as many bytes as eight values), not by tuning.
const ROWS_WORTH_A_STRETCH: usize = 2;

/// The packed rows of one chunk, by bucket.
pub type PackedChunk = Vec<(usize, Block)>;

/// Deals the rows of a batch out to buckets. One a thread.
#[derive(Debug, Default)]
pub struct Partitioner {
    // Memory for the next batch:
    /// The rows of a batch, by bucket.
    stretches: Vec<Vec<Stretch>>,
    /// A batch in the order of its buckets, and where each of its rows went.
    sorted: RowBatch,
    places: Vec<u32>,
}

impl Partitioner {
    /// Packs a batch, one block for each bucket it has rows of.
    pub fn pack(&mut self, batch: &RowBatch) -> PackedChunk {
        let is_other_user = |pair: &&[KeyRun]| pair[0].user != pair[1].user;
        let stretches = batch.runs.windows(2).filter(is_other_user).count() + 1;
        if stretches * ROWS_WORTH_A_STRETCH > batch.len() {
            self.pack_rows(batch)
        } else {
            self.pack_stretches(batch)
        }
    }

    fn pack_stretches(&mut self, batch: &RowBatch) -> PackedChunk {
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
        by_bucket
            .filter(|(_, stretches)| !stretches.is_empty())
            .map(|(bucket, stretches)| (bucket, Block::pack(batch, stretches)))
            .collect()
    }

    fn pack_rows(&mut self, batch: &RowBatch) -> PackedChunk {
        let stretches = self.sort_by_bucket(batch);
        let by_bucket = stretches.into_iter().enumerate();
        by_bucket
            .filter(|(_, stretch)| !stretch.rows.is_empty())
            .map(|(bucket, stretch)| (bucket, Block::pack(&self.sorted, &[stretch])))
            .collect()
    }

    /// Brings a batch in the order of its buckets, rows of one bucket as they came (a counting sort); what each bucket has.
    fn sort_by_bucket(&mut self, batch: &RowBatch) -> [Stretch; BUCKETS] {
        let mut counts = [(0, 0); BUCKETS];
        for run in &batch.runs {
            let (runs, rows) = &mut counts[bucket_of(run.user)];
            (*runs, *rows) = (*runs + 1, *rows + run.rows);
        }
        let (mut runs, mut rows) = (0, 0);
        let stretches = counts.map(|(more_runs, more_rows)| {
            let (runs_before, rows_before) = (runs, rows);
            (runs, rows) = (runs + more_runs, rows + more_rows);
            Stretch {
                runs: runs_before..runs,
                rows: rows_before..rows,
            }
        });
        let mut next = stretches
            .each_ref()
            .map(|stretch| (stretch.runs.start, stretch.rows.start));
        self.sorted.runs.resize(batch.runs.len(), KeyRun::default());
        self.places.resize(batch.len(), 0);
        let mut places = &mut self.places[..];
        for run in &batch.runs {
            let (next_run, next_row) = &mut next[bucket_of(run.user)];
            self.sorted.runs[*next_run] = *run;
            *next_run += 1;
            let (of_run, rest) = places.split_at_mut(run.rows);
            for place in of_run {
                *place = *next_row as u32;
                *next_row += 1;
            }
            places = rest;
        }
        self.sorted.columns.resize(batch.columns.len(), Vec::new());
        for (sorted, column) in self.sorted.columns.iter_mut().zip(&batch.columns) {
            sorted.resize(column.len(), 0);
            for (value, place) in column.iter().zip(&self.places) {
                sorted[*place as usize] = *value;
            }
        }
        stretches
    }
}
