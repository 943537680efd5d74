//! Rows of one kind packed into bytes: the form in which columns wait in memory or on disk.
//!
//! Keys come first (`keys.rs`); each column is frame-of-reference coded: the
//! smallest value, the largest of a few numbers (powers of ten for decimals, minutes and hours for seconds) that divides
//! every distance to it, and the distances in 0, 8, 16, 17 or 32 bits. A heart rate in whole bpm takes one byte a reading, a
//! meal's grams with one decimal two, and 17 bits hold the seconds of a day.

use super::keys::{any_user, pack_keys, unpack_keys};
use super::{NULL, RowBatch};

/// Scales of a column, largest first; the largest that divides all distances is taken.
const SCALES: [u32; 6] = [3600, 1000, 100, 60, 10, 1];
/// Header of a column that has no value at all.
const ALL_NULL: u8 = 0xff;
/// Flag in a column's header: a bitmap of the rows with a value comes first.
const HAS_NULLS: u8 = 0x40;

/// Bytes of a distance by width code; beside the bytes of [`SEVENTEEN_BITS`] stands a bitmap of the bits above them.
const WIDTHS: [usize; 5] = [0, 1, 2, 2, 4];
const SEVENTEEN_BITS: u8 = 3;

/// Packed rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block(pub Vec<u8>);

/// A block that is not as it was written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a block of packed columns is damaged; run again (and check memory and disk)")]
pub struct BlockError;

impl Block {
    /// Packs the rows in these ranges of a batch, in order.
    pub fn pack(batch: &RowBatch, ranges: &[std::ops::Range<usize>]) -> Block {
        let rows: usize = ranges.iter().map(|range| range.len()).sum();
        // Most values take one byte or two, most keys next to nothing.
        let mut bytes = Vec::with_capacity(64 + rows * batch.columns.len() * 3 / 2);
        push_varint(&mut bytes, rows as u64);
        pack_keys(&mut bytes, batch, ranges);
        let mut values = Vec::new();
        for column in &batch.columns {
            if let [range] = ranges {
                pack_column(&mut bytes, &column[range.clone()]);
                continue;
            }
            values.clear();
            for range in ranges {
                match range.len() {
                    1 => values.push(column[range.start]),
                    _ => values.extend_from_slice(&column[range.clone()]),
                }
            }
            pack_column(&mut bytes, &values);
        }
        Block(bytes)
    }

    /// Number of rows of a block.
    pub fn rows(bytes: &[u8]) -> Result<usize, BlockError> {
        Input { bytes }.varint().map(|rows| rows as usize)
    }

    /// Whether a row of the block belongs to a user that is `wanted`.
    pub fn any_user(bytes: &[u8], wanted: impl FnMut(u32) -> bool) -> Result<bool, BlockError> {
        let mut input = Input { bytes };
        let count = input.varint()? as usize;
        any_user(&mut input, count, wanted)
    }

    /// Appends the rows to `rows`, which has the columns of the block's kind.
    pub fn unpack_into(bytes: &[u8], rows: &mut RowBatch) -> Result<(), BlockError> {
        let mut input = Input { bytes };
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

pub(super) fn pack_column(bytes: &mut Vec<u8>, values: &[i32]) {
    let nulls = values.iter().filter(|value| **value == NULL).count();
    if nulls == 0 {
        return pack_values(bytes, values, None);
    }
    let present: Vec<i32> = values.iter().copied().filter(|value| *value != NULL).collect();
    if present.is_empty() {
        bytes.push(ALL_NULL);
    } else {
        pack_values(bytes, &present, Some(values));
    }
}

/// Packs the values that are there; `with_nulls` also has those that are not, if any.
fn pack_values(bytes: &mut Vec<u8>, values: &[i32], with_nulls: Option<&[i32]>) {
    let range = |(smallest, largest): (i32, i32), value: &i32| (smallest.min(*value), largest.max(*value));
    let (smallest, largest) = values.iter().fold((i32::MAX, i32::MIN), range);
    // A function a scale: the division by a constant is a multiplication.
    let divides = [
        divides::<3600>,
        divides::<1000>,
        divides::<100>,
        divides::<60>,
        divides::<10>,
        divides::<1>,
    ];
    let scale_code = divides.iter().take_while(|divides| !divides(values, smallest)).count();
    let width_code = match distance(largest, smallest) / SCALES[scale_code] {
        0 => 0u8,
        1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0x1_ffff => SEVENTEEN_BITS,
        _ => 4,
    };
    let has_nulls = if with_nulls.is_some() { HAS_NULLS } else { 0 };
    bytes.push(width_code | (scale_code as u8) << 3 | has_nulls);
    push_varint(bytes, zigzag(i64::from(smallest)));
    if let Some(values) = with_nulls {
        push_bitmap(bytes, values.iter().map(|value| *value != NULL));
    }
    let push_steps = [
        push_steps::<3600>,
        push_steps::<1000>,
        push_steps::<100>,
        push_steps::<60>,
        push_steps::<10>,
        push_steps::<1>,
    ];
    push_steps[scale_code](bytes, values, smallest, width_code);
}

fn distance(value: i32, smallest: i32) -> u32 {
    value.wrapping_sub(smallest) as u32
}

fn divides<const SCALE: u32>(values: &[i32], smallest: i32) -> bool {
    values
        .iter()
        .all(|value| distance(*value, smallest).is_multiple_of(SCALE))
}

fn push_steps<const SCALE: u32>(bytes: &mut Vec<u8>, values: &[i32], smallest: i32, width_code: u8) {
    let steps = values.iter().map(|value| distance(*value, smallest) / SCALE);
    match width_code {
        0 => {}
        1 => bytes.extend(steps.map(|step| step as u8)),
        2 => steps.for_each(|step| bytes.extend_from_slice(&(step as u16).to_le_bytes())),
        SEVENTEEN_BITS => {
            steps
                .clone()
                .for_each(|step| bytes.extend_from_slice(&(step as u16).to_le_bytes()));
            push_bitmap(bytes, steps.map(|step| step > 0xffff));
        }
        _ => steps.for_each(|step| bytes.extend_from_slice(&step.to_le_bytes())),
    }
}

/// Bits, the lowest of each byte first.
fn push_bitmap(bytes: &mut Vec<u8>, mut bits: impl ExactSizeIterator<Item = bool>) {
    for _ in 0..bits.len().div_ceil(8) {
        let eight = bits.by_ref().take(8).enumerate();
        bytes.push(eight.fold(0, |all, (bit, set)| all | u8::from(set) << bit));
    }
}

fn is_set(bitmap: &[u8], bit: usize) -> bool {
    bitmap[bit / 8] >> (bit % 8) & 1 == 1
}

pub(super) fn unpack_column(input: &mut Input<'_>, count: usize, column: &mut Vec<i32>) -> Result<(), BlockError> {
    let header = input.take(1)?[0];
    if header == ALL_NULL {
        column.resize(column.len() + count, NULL);
        return Ok(());
    }
    let scale = *SCALES.get(usize::from(header >> 3 & 7)).ok_or(BlockError)?;
    let smallest = i32::try_from(unzigzag(input.varint()?)).map_err(|_| BlockError)?;
    let has_nulls = header & HAS_NULLS != 0;
    let bitmap = has_nulls.then(|| input.take(count.div_ceil(8))).transpose()?;
    let present = |row: usize| bitmap.is_none_or(|bits| is_set(bits, row));
    let values = match bitmap {
        Some(_) => (0..count).filter(|row| present(*row)).count(),
        None => count,
    };
    let width = *WIDTHS.get(usize::from(header & 7)).ok_or(BlockError)?;
    let packed = input.take(values * width)?;
    let high_bits = match header & 7 {
        SEVENTEEN_BITS => Some(input.take(values.div_ceil(8))?),
        _ => None,
    };
    let value = |step: u32| smallest.wrapping_add(step.wrapping_mul(scale) as i32);
    let mut steps = Steps {
        packed,
        width,
        high_bits,
        taken: 0,
    };
    column.extend((0..count).map(|row| if present(row) { value(steps.next()) } else { NULL }));
    Ok(())
}

/// The packed distances, one after the other.
struct Steps<'a> {
    packed: &'a [u8],
    width: usize,
    /// The seventeenth bits.
    high_bits: Option<&'a [u8]>,
    taken: usize,
}

impl Steps<'_> {
    fn next(&mut self) -> u32 {
        let (step, rest) = self.packed.split_at(self.width);
        self.packed = rest;
        match *step {
            [] => 0,
            [byte] => u32::from(byte),
            [low, high] => {
                let bit = self.high_bits.is_some_and(|bits| is_set(bits, self.taken));
                self.taken += 1;
                u32::from(bit) << 16 | u32::from(u16::from_le_bytes([low, high]))
            }
            _ => step.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte)),
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
    use super::*;
    use proptest::prelude::*;

    fn batch(rows: &[(u32, i32, [i32; 2])]) -> RowBatch {
        let mut batch = RowBatch::new(2);
        for (user, day, values) in rows {
            batch.push(*user, *day, values);
        }
        batch
    }

    #[test]
    fn whole_bpm_take_one_byte_a_reading() {
        let rows: Vec<_> = (0..1000)
            .map(|row| (7, 20_000, [60_000 + row % 120 * 1000, NULL]))
            .collect();
        let packed = Block::pack(&batch(&rows), std::slice::from_ref(&(0..1000)));
        assert!(packed.0.len() < 1020, "{} bytes", packed.0.len());
    }

    #[test]
    fn times_at_full_hours_take_one_byte_a_reading() {
        let rows: Vec<_> = (0..1000)
            .map(|row| (7, 20_000 + row / 12, [row % 12 * 7200, NULL]))
            .collect();
        let packed = Block::pack(&batch(&rows), std::slice::from_ref(&(0..1000)));
        assert!(packed.0.len() < 1000 + 84 * 4, "{} bytes", packed.0.len());
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
            let cut = cut.min(rows.len());
            let packed = Block::pack(&batch, &[0..cut, cut..rows.len()]);
            let mut back = RowBatch::new(2);
            Block::unpack_into(&packed.0, &mut back).unwrap();
            prop_assert_eq!(back, batch);
        }

        #[test]
        fn damaged_bytes_are_an_error_or_rows_but_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Block::unpack_into(&bytes[..bytes.len().min(4)], &mut RowBatch::new(2));
        }
    }
}
