//! What a compute shader reads and writes, as words: the layouts of `shaders/words.wgsl` and packed values.
//!
//! In: values of a series. Out: bytes for a device, and exact numbers again from what it wrote. It knows no device.

use bytemuck::{Pod, Zeroable};

use super::series::{Distribution, PERCENTS, Totals, Usual, present};
use crate::columns::NULL;

/// Counts of a histogram: one a digit and percentile.
pub(super) const BINS: usize = 256 * PERCENTS.len();

/// What all entries of a list share.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub(super) struct Params {
    /// Entries of the list.
    pub(super) count: u32,
    /// Bytes of a packed value.
    pub(super) width: u32,
    /// Digits (bytes) of the largest step; 0 where no percentiles are wanted.
    pub(super) levels: u32,
    /// Bits below the digit that a histogram counts.
    pub(super) shift: u32,
}

/// A segment, or a tile of one.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub(super) struct Segment {
    /// First value, in the chunk.
    pub(super) begin: u32,
    /// Values.
    pub(super) length: u32,
    /// Where the result goes.
    pub(super) slot: u32,
}

/// The numbers of a segment, in steps; 64 and 96 bits as words, the lowest first.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub(super) struct Row {
    pub(super) count: u32,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) sum: [u32; 2],
    pub(super) squares: [u32; 3],
    pub(super) percentiles: [u32; PERCENTS.len()],
}

/// What all windows share.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub(super) struct UsualParams {
    /// Windows wanted.
    pub(super) count: u32,
    /// Position of the first of them among the values.
    pub(super) first: u32,
    /// A smaller window has no usual.
    pub(super) fewest: u32,
    pub(super) padding: u32,
}

/// The usual of a window; 64 bits as two words, the lowest first.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub(super) struct UsualRow {
    /// 1 where the window has enough values.
    pub(super) found: u32,
    pub(super) twice_median: [u32; 2],
    pub(super) lower_quartile: [u32; 2],
    pub(super) upper_quartile: [u32; 2],
}

impl From<UsualRow> for Option<Usual> {
    fn from(row: UsualRow) -> Option<Usual> {
        let number = |[low, high]: [u32; 2]| (u64::from(high) << 32 | u64::from(low)) as i64;
        (row.found == 1).then(|| Usual {
            twice_median: number(row.twice_median),
            lower_quartile: number(row.lower_quartile),
            upper_quartile: number(row.upper_quartile),
        })
    }
}

/// How the values of a series are packed: `base + scale × step`, a step in as few bytes as the largest needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packing {
    base: i32,
    scale: u32,
    largest_step: u32,
}

/// Readings are mostly whole numbers, hence multiples of 1000 thousandths.
const WHOLE: u32 = 1000;

impl Packing {
    /// The packing of a series.
    pub(super) fn of(values: &[i32]) -> Packing {
        let (mut base, mut max) = (i32::MAX, i32::MIN);
        for value in present(values) {
            (base, max) = (base.min(value), max.max(value));
        }
        if base > max {
            (base, max) = (0, 0);
        }
        let is_whole = present(values).all(|value| value.abs_diff(base).is_multiple_of(WHOLE));
        let scale = if is_whole { WHOLE } else { 1 };
        Packing {
            base,
            scale,
            largest_step: max.abs_diff(base) / scale,
        }
    }

    /// Bytes of a packed value; the largest number of a width is a gap.
    pub(super) fn width(&self) -> u32 {
        match self.largest_step {
            0..=0xfe => 1,
            0xff..=0xfffe => 2,
            _ => 4,
        }
    }

    /// Digits of the largest step.
    pub(super) fn levels(&self) -> u32 {
        (u32::BITS - self.largest_step.leading_zeros()).div_ceil(8).max(1)
    }

    /// Packs values, padded to whole words.
    pub(super) fn pack(&self, values: &[i32]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(values.len() * self.width() as usize + 3);
        let steps = values.iter().map(|value| match *value {
            NULL => u32::MAX,
            value => value.abs_diff(self.base) / self.scale,
        });
        match self.width() {
            1 => bytes.extend(steps.map(|step| step as u8)),
            2 => steps.for_each(|step| bytes.extend_from_slice(&(step as u16).to_le_bytes())),
            _ => steps.for_each(|step| bytes.extend_from_slice(&step.to_le_bytes())),
        }
        bytes.resize(bytes.len().next_multiple_of(4).max(4), 0);
        bytes
    }

    /// The value of a step.
    pub(super) fn value(&self, step: u32) -> i32 {
        (i64::from(self.base) + i64::from(self.scale) * i64::from(step)) as i32
    }

    /// The numbers of a row as values: exact, in integers.
    pub(super) fn distribution(&self, row: &Row) -> Distribution {
        let (base, scale) = (i128::from(self.base), i128::from(self.scale));
        let count = i128::from(row.count);
        let sum = i128::from(u64::from(row.sum[1]) << 32 | u64::from(row.sum[0]));
        let squares = row
            .squares
            .iter()
            .rev()
            .fold(0, |all, word| all << 32 | i128::from(*word));
        let is_empty = row.count == 0;
        Distribution {
            totals: Totals {
                count: row.count,
                min: if is_empty { i32::MAX } else { self.value(row.min) },
                max: if is_empty { i32::MIN } else { self.value(row.max) },
                sum: (base * count + scale * sum) as i64,
            },
            // The sum of (base + scale × step)².
            sum_of_squares: (base * base * count + 2 * base * scale * sum + scale * scale * squares) as u128,
            percentiles: row.percentiles.map(|step| if is_empty { 0 } else { self.value(step) }),
        }
    }
}
