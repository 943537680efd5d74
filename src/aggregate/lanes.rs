//! Short segments, sixteen side by side: what [`super::cpu`] defines, without a branch that depends on a value.
//!
//! In: the values of some segments. Out: their distributions, bit for bit those of the definition. A row holds one value
//! of each segment, so a step of a sorting network takes the minimum and the maximum of two rows and thereby orders two
//! values of sixteen segments. The loops are plain; pulp compiles them for each level of SIMD, as far as they are
//! inlined into its task, which closures are not.

use pulp::{Arch, Simd, WithSimd};

use super::series::{Distribution, PERCENTS, Totals, nearest_rank};
use crate::columns::NULL;

/// Segments side by side: as many values as a register of AVX-512 holds.
pub(super) const LANES: usize = 16;

/// Values of a segment, at most: from here on, counting in bins is faster than the network (`benches/aggregate`).
pub(super) const LONGEST: usize = 128;

/// One value of each segment.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Row([i32; LANES]);

impl Row {
    const GAPS: Row = Row([NULL; LANES]);

    #[inline(always)]
    fn min(mut self, other: Row) -> Row {
        for (value, other) in self.0.iter_mut().zip(other.0) {
            *value = (*value).min(other);
        }
        self
    }

    #[inline(always)]
    fn max(mut self, other: Row) -> Row {
        for (value, other) in self.0.iter_mut().zip(other.0) {
            *value = (*value).max(other);
        }
        self
    }
}

/// Room to work in, kept from one group of segments to the next.
pub(super) struct Lanes {
    arch: Arch,
    rows: Box<[Row; LONGEST]>,
    /// By number of values: where the percentiles stand.
    ranks: Vec<[u8; PERCENTS.len()]>,
}

impl Default for Lanes {
    fn default() -> Lanes {
        let ranks = |count| PERCENTS.map(|percent| nearest_rank(count, percent) as u8);
        Lanes {
            arch: Arch::new(),
            rows: Box::new([Row::GAPS; LONGEST]),
            ranks: (0..=LONGEST).map(ranks).collect(),
        }
    }
}

impl Lanes {
    /// Appends the distribution of each segment. There are at most [`LANES`] segments; one of more than [`LONGEST`] values
    /// counts as empty.
    pub(super) fn append(&mut self, segments: &[&[i32]], distributions: &mut Vec<Distribution>) {
        let rows = fill(&mut self.rows, segments);
        self.arch.dispatch(SideBySide {
            rows,
            segments: segments.len(),
            ranks: &self.ranks,
            distributions,
        });
    }
}

struct SideBySide<'a> {
    rows: &'a mut [Row],
    segments: usize,
    ranks: &'a [[u8; PERCENTS.len()]],
    distributions: &'a mut Vec<Distribution>,
}

impl WithSimd for SideBySide<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let sums = Sums::of(self.rows);
        sort(self.rows);
        for lane in 0..self.segments {
            let distribution = sums.distribution(lane, self.rows, self.ranks);
            self.distributions.push(distribution);
        }
    }
}

/// Stands the segments side by side, and gives as many rows as the longest of them needs. Not part of the task: AVX-512
/// has an instruction to scatter values, and it is slower than one store a value.
fn fill<'r>(rows: &'r mut [Row; LONGEST], segments: &[&[i32]]) -> &'r mut [Row] {
    let mut longest = 0;
    for segment in segments {
        if segment.len() <= LONGEST {
            longest = longest.max(segment.len());
        }
    }
    let rows = &mut rows[..longest];
    rows.fill(Row::GAPS);
    for (lane, segment) in segments.iter().enumerate() {
        if segment.len() <= LONGEST {
            for (row, value) in rows.iter_mut().zip(*segment) {
                row.0[lane] = *value;
            }
        }
    }
    rows
}

/// Counts and sums of each segment.
#[derive(Default)]
#[repr(align(64))]
struct Sums {
    count: [u32; LANES],
    sum: [i64; LANES],
    /// Sums of the lower and the higher halves of the squares, which do not overflow.
    squares_low: [u64; LANES],
    squares_high: [u64; LANES],
}

impl Sums {
    /// Adds up the rows, and turns gaps into the largest number there is: so they are sorted to where no percentile is.
    #[inline(always)]
    fn of(rows: &mut [Row]) -> Sums {
        let mut sums = Sums::default();
        for row in rows {
            for (lane, value) in row.0.iter_mut().enumerate() {
                let is_gap = *value == NULL;
                let number = if is_gap { 0 } else { i64::from(*value) };
                let square = (number * number) as u64;
                sums.count[lane] += u32::from(!is_gap);
                sums.sum[lane] += number;
                sums.squares_low[lane] += square & 0xffff_ffff;
                sums.squares_high[lane] += square >> 32;
                *value = if is_gap { i32::MAX } else { *value };
            }
        }
        sums
    }

    /// The distribution of a segment, whose rows are sorted.
    #[inline(always)]
    fn distribution(&self, lane: usize, rows: &[Row], ranks: &[[u8; PERCENTS.len()]]) -> Distribution {
        let count = self.count[lane] as usize;
        if count == 0 {
            return Distribution::IDENTITY;
        }
        let mut percentiles = [0; PERCENTS.len()];
        for (percentile, rank) in percentiles.iter_mut().zip(ranks[count]) {
            *percentile = rows[usize::from(rank)].0[lane];
        }
        Distribution {
            totals: Totals {
                count: self.count[lane],
                min: rows[0].0[lane],
                max: rows[count - 1].0[lane],
                sum: self.sum[lane],
            },
            sum_of_squares: u128::from(self.squares_low[lane]) + (u128::from(self.squares_high[lane]) << 32),
            percentiles,
        }
    }
}

/// Sorts each column of the rows: Batcher's merge exchange, for any number of rows.
#[inline(always)]
fn sort(rows: &mut [Row]) {
    // Blocks of so many rows are sorted, and merged two by two.
    let mut block = 1;
    while block < rows.len() {
        let mut distance = block;
        while distance > 0 {
            let mut first = distance % block;
            while first + distance < rows.len() {
                // Rows of two pairs of blocks are none of each other's business.
                if !(first + distance).is_multiple_of(2 * block) {
                    let (low, high) = rows[first..].split_at_mut(distance);
                    order(low, high);
                }
                first += 2 * distance;
            }
            distance /= 2;
        }
        block *= 2;
    }
}

/// Orders rows pair by pair, as far as both have one.
#[inline(always)]
fn order(low: &mut [Row], high: &mut [Row]) {
    for (low, high) in low.iter_mut().zip(high) {
        (*low, *high) = (low.min(*high), low.max(*high));
    }
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use proptest::prelude::*;

    fn assert_same(segments: &[Vec<i32>], lanes: &mut Lanes) {
        let segments: Vec<&[i32]> = segments.iter().map(Vec::as_slice).collect();
        let defined = |segment: &&[i32]| match segment.len() {
            0..=LONGEST => cpu::distribution(segment),
            _ => Distribution::IDENTITY,
        };
        let expected: Vec<Distribution> = segments.iter().map(defined).collect();
        let mut distributions = Vec::new();
        lanes.append(&segments, &mut distributions);
        assert_eq!(distributions, expected);
    }

    #[test]
    fn every_number_of_values_is_sorted() {
        let mut lanes = Lanes::default();
        for length in 0..=LONGEST as i32 + 1 {
            let descending = (0..length).rev().map(|value| value * 1000).collect();
            let ascending = (0..length).collect();
            let equal = vec![i32::MAX; length as usize];
            assert_same(&[descending, ascending, equal], &mut lanes);
        }
    }

    #[test]
    fn a_network_for_few_values_sorts_zeros_and_ones() {
        // Then it sorts everything (Knuth's zero-one principle).
        for length in 0..12 {
            for bits in 0u32..1 << length {
                let mut rows: Vec<Row> = (0..length).map(|row| Row([(bits >> row & 1) as i32; LANES])).collect();
                sort(&mut rows);
                assert!(rows.is_sorted_by_key(|row| row.0), "{bits:b}");
            }
        }
    }

    #[test]
    fn what_a_group_left_behind_is_not_seen_by_the_next() {
        let mut lanes = Lanes::default();
        assert_same(&vec![vec![7; LONGEST]; LANES], &mut lanes);
        assert_same(&[vec![NULL; 3], vec![], vec![-5]], &mut lanes);
        assert_same(&[], &mut lanes);
    }

    proptest! {
        #[test]
        fn side_by_side_gives_what_sorting_defines(
            segments in prop::collection::vec(
                prop::collection::vec(prop_oneof![any::<i32>(), -9i32..9, Just(NULL), Just(i32::MAX)], 0..LONGEST + 9),
                0..=LANES,
            ),
        ) {
            assert_same(&segments, &mut Lanes::default());
        }
    }
}
