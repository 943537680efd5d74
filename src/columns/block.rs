//! Rows of one kind packed into bytes: the form in which columns wait in memory or on disk.
//!
//! Keys come first (`keys.rs`), then each column (`packed.rs`). Whoever packs gives the bytes to append to: an allocation
//! for each block would be one for every bucket of every chunk.

use std::ops::Range;

use super::RowBatch;
use super::keys::{any_user, pack_keys, push_keys_are_columns, unpack_keys};
use super::packed::{pack_column, unpack_column};

/// Packed rows; at least one byte, which tells their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block<'a>(pub(super) &'a [u8]);

/// Runs of a batch that follow each other, and their rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Places of the runs.
    pub(super) runs: Range<usize>,
    /// Places of the rows.
    pub(super) rows: Range<usize>,
}

/// A block that is not as it was written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a block of packed columns is damaged; run again (and check memory and disk)")]
pub struct BlockError;

/// Packs these rows of a batch, in order.
pub(super) fn pack_stretches(bytes: &mut Vec<u8>, batch: &RowBatch, stretches: &[Stretch]) {
    let rows: usize = stretches.iter().map(|stretch| stretch.rows.len()).sum();
    push_varint(bytes, rows as u64);
    pack_keys(bytes, batch, stretches);
    let mut values = Vec::new();
    for column in &batch.columns {
        if let [stretch] = stretches {
            pack_column(bytes, &column[stretch.rows.clone()]);
            continue;
        }
        values.clear();
        for Stretch { rows, .. } in stretches {
            match rows.len() {
                1 => values.push(column[rows.start]),
                _ => values.extend_from_slice(&column[rows.clone()]),
            }
        }
        pack_column(bytes, &values);
    }
}

/// Packs these rows of some columns, the first two of which are their keys.
pub(super) fn pack_rows(bytes: &mut Vec<u8>, columns: &[Vec<i32>], rows: Range<usize>) {
    push_varint(bytes, rows.len() as u64);
    push_keys_are_columns(bytes);
    for column in columns {
        pack_column(bytes, &column[rows.clone()]);
    }
}

impl Block<'_> {
    /// Number of rows.
    pub(super) fn rows(self) -> Result<usize, BlockError> {
        Input { bytes: self.0 }.varint().map(|rows| rows as usize)
    }

    /// Whether a row of the block belongs to a user that is `wanted`.
    pub(super) fn any_user(self, wanted: impl FnMut(u32) -> bool) -> Result<bool, BlockError> {
        let mut input = Input { bytes: self.0 };
        let count = input.varint()? as usize;
        any_user(&mut input, count, wanted)
    }

    /// Appends the rows to `rows`, which has the columns of the block's kind.
    pub(super) fn unpack_into(self, rows: &mut RowBatch) -> Result<(), BlockError> {
        let mut input = Input { bytes: self.0 };
        let count = input.varint()? as usize;
        unpack_keys(&mut input, count, rows)?;
        for column in &mut rows.columns {
            unpack_column(&mut input, count, column)?;
        }
        if input.bytes.is_empty() {
            Ok(())
        } else {
            Err(BlockError)
        }
    }
}

pub(super) struct Input<'a> {
    bytes: &'a [u8],
}

impl<'a> Input<'a> {
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], BlockError> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(BlockError)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// LEB128.
    pub(super) fn varint(&mut self) -> Result<u64, BlockError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(BlockError)
    }
}

pub(super) fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::super::NULL;
    use super::*;
    use proptest::prelude::*;

    fn batch(rows: &[(u32, i32, [i32; 2])]) -> RowBatch {
        let mut batch = RowBatch::new(2);
        for (user, day, values) in rows {
            batch.push(*user, *day, values);
        }
        batch
    }

    fn pack(batch: &RowBatch, stretches: &[Stretch]) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack_stretches(&mut bytes, batch, stretches);
        bytes
    }

    fn pack_all(batch: &RowBatch) -> Vec<u8> {
        let all = Stretch {
            runs: 0..batch.runs.len(),
            rows: 0..batch.len(),
        };
        pack(batch, &[all])
    }

    #[test]
    fn whole_bpm_take_one_byte_a_reading() {
        let rows: Vec<_> = (0..1000)
            .map(|row| (7, 20_000, [60_000 + row % 120 * 1000, NULL]))
            .collect();
        let packed = pack_all(&batch(&rows));
        assert!(packed.len() < 1020, "{} bytes", packed.len());
    }

    #[test]
    fn times_at_full_hours_take_one_byte_a_reading() {
        let rows: Vec<_> = (0..1000)
            .map(|row| (7, 20_000 + row / 12, [row % 12 * 7200, NULL]))
            .collect();
        let packed = pack_all(&batch(&rows));
        assert!(packed.len() < 1000 + 84 * 4, "{} bytes", packed.len());
    }

    fn values() -> impl Strategy<Value = i32> {
        prop_oneof![
            (0i32..1440).prop_map(|minute| minute * 60),
            0i32..86_401,
            Just(NULL),
            (40i32..200).prop_map(|bpm| bpm * 1000),
            -2_000_000_000i32..=2_000_000_000,
            Just(0),
            Just(2_000_000_000),
            Just(-2_000_000_000),
        ]
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were(
            rows in prop::collection::vec((0u32..4, -3i32..3, [values(), values()]), 0..60), cut in 0usize..60,
        ) {
            let batch = batch(&rows);
            let all: Vec<Stretch> = batch.runs_and_rows().zip(0..).map(|((_, rows), run)| Stretch { runs: run..run + 1, rows }).collect();
            let (one, other) = all.split_at(cut.min(all.len()));
            let joined = |stretches: &[Stretch]| match stretches {
                [first, .., last] => vec![Stretch { runs: first.runs.start..last.runs.end, rows: first.rows.start..last.rows.end }],
                few => few.to_vec(),
            };
            let packed = pack(&batch, &[joined(one), other.to_vec()].concat());
            let mut back = RowBatch::new(2);
            Block(&packed).unpack_into(&mut back).unwrap();
            prop_assert_eq!(back, batch);
        }

        #[test]
        fn damaged_bytes_are_an_error_or_rows_but_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Block(&bytes[..bytes.len().min(4)]).unpack_into(&mut RowBatch::new(2));
        }
    }
}
