//! Rows as compact columns, partitioned by user: what `collect` leaves behind and `publish` reads.
//!
//! In: batches of rows in the order of a chunk, dealt out to buckets. Out: the partitions of a bucket, one at a time,
//! each with all rows of its users. A user never crosses partitions. Values are thousandths in 32 bits; in a block they are packed to the bytes they
//! need, so the full data set stays far below its JSON. It never looks at what a value means.

mod block;
mod keys;
mod spill;
mod store;
mod symbols;

pub use block::{Block, BlockError};
pub use spill::SpillError;
pub use store::{Bucket, Columns, Order, PackedChunk, Partition, Partitioner};
pub use symbols::{Interner, ShortText, Symbols};

/// No value. Measured values stay within ±2,000,000,000, so it cannot be one.
pub const NULL: i32 = i32::MIN;

/// Rows of one kind, in the order of their chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowBatch {
    /// Code of the user, a row.
    pub users: Vec<u32>,
    /// Days since 1970-01-01, a row.
    pub days: Vec<i32>,
    /// One column a field of the kind ([`crate::record::RecordKind::fields`]), [`NULL`] where there is no value.
    pub columns: Vec<Vec<i32>>,
}

impl RowBatch {
    /// No rows, `columns` columns.
    pub fn new(columns: usize) -> RowBatch {
        RowBatch {
            users: Vec::new(),
            days: Vec::new(),
            columns: vec![Vec::new(); columns],
        }
    }

    /// Appends a row; `values` has one value a column.
    pub fn push(&mut self, user: u32, day: i32, values: &[i32]) {
        self.users.push(user);
        self.days.push(day);
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(*value);
        }
    }

    /// Appends these rows of another batch with the same columns.
    pub fn append_range(&mut self, from: &RowBatch, rows: std::ops::Range<usize>) {
        self.users.extend_from_slice(&from.users[rows.clone()]);
        self.days.extend_from_slice(&from.days[rows.clone()]);
        for (column, from) in self.columns.iter_mut().zip(&from.columns) {
            column.extend_from_slice(&from[rows.clone()]);
        }
    }

    /// Makes room for exactly this many rows more.
    pub fn reserve_exact(&mut self, rows: usize) {
        self.users.reserve_exact(rows);
        self.days.reserve_exact(rows);
        self.columns.iter_mut().for_each(|column| column.reserve_exact(rows));
    }

    /// Takes all rows out; the room for them stays.
    pub fn clear(&mut self) {
        self.users.clear();
        self.days.clear();
        self.columns.iter_mut().for_each(Vec::clear);
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }
}
