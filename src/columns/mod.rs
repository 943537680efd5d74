//! Rows as compact columns, partitioned by user: what `collect` leaves behind and `publish` reads.
//!
//! In: batches of rows in the order of a chunk, dealt out to buckets. Out: the partitions of a bucket, one at a time,
//! each with all rows of its users. A user never crosses partitions. Values are thousandths in 32 bits; in a block they are
//! packed to the bytes they need, so the full data set stays far below its JSON. It never looks at what a value means.

mod batch;
mod block;
mod keys;
mod packed;
mod partitioner;
mod short;
mod spill;
mod store;
mod symbols;

pub use batch::{BLOCK_ROWS, KeyRun, RowBatch, RowBlock, RowKey, RowWriter};
pub use block::BlockError;
pub use partitioner::{PackedChunk, Partitioner};
pub use short::{ShortLength, ShortText};
pub use spill::SpillError;
pub use store::{Bucket, Columns, Order, Partition};
pub use symbols::{Interner, Symbols, number_in_bucket};

/// No value. Measured values stay within ±2,000,000,000, so it cannot be one.
pub const NULL: i32 = i32::MIN;
