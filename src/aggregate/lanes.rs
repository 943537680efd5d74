//! Short segments and windows, sixteen side by side: what [`super::cpu`] defines, bit for bit.
//!
//! In: the values of some segments or windows. Out: their distributions or usuals. pulp compiles the tasks for each level
//! of SIMD, as far as their plain loops are inlined into them, which closures are not.

use pulp::{Arch, Simd, WithSimd};

use super::network::{LANES, LONGEST, Row, Rows, sort};
use super::series::{Distribution, FEWEST_OF_A_WINDOW, PERCENTS, Totals, Usual, nearest_rank};
use crate::columns::NULL;

/// Room to work in, kept from one group of segments to the next.
pub(super) struct Segments {
    arch: Arch,
    rows: Rows,
    /// By number of values: where the percentiles stand.
    ranks: Vec<[u8; PERCENTS.len()]>,
}

impl Default for Segments {
    fn default() -> Segments {
        let ranks = |count| PERCENTS.map(|percent| nearest_rank(count, percent) as u8);
        Segments {
            arch: Arch::new(),
            rows: Rows::new(NULL),
            ranks: (0..=LONGEST).map(ranks).collect(),
        }
    }
}

impl Segments {
    /// Appends the distribution of each segment of a group; one of more than [`LONGEST`] values counts as empty.
    pub(super) fn append(&mut self, segments: &[&[i32]], distributions: &mut Vec<Distribution>) {
        self.arch.dispatch(Distributions {
            rows: self.rows.fill(segments),
            segments: segments.len(),
            ranks: &self.ranks,
            distributions,
        });
    }
}

struct Distributions<'a> {
    rows: &'a mut [Row],
    segments: usize,
    ranks: &'a [[u8; PERCENTS.len()]],
    distributions: &'a mut Vec<Distribution>,
}

impl WithSimd for Distributions<'_> {
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

/// Room to work in, kept from one group of windows to the next. Values have 32 bits: compilers leave the steps of 64
/// without SIMD, slower than sorting.
pub(super) struct WindowsBefore {
    arch: Arch,
    rows: Rows,
}

impl Default for WindowsBefore {
    fn default() -> WindowsBefore {
        WindowsBefore {
            arch: Arch::new(),
            // Sorts to where no quartile is.
            rows: Rows::new(i32::MAX),
        }
    }
}

impl WindowsBefore {
    /// Appends the usual of each window of a group; one of more than [`LONGEST`] values counts as empty.
    pub(super) fn append(&mut self, windows: &[&[i32]], usuals: &mut Vec<Option<Usual>>) {
        let rows = self.rows.fill(windows);
        self.arch.dispatch(Sorted(rows));
        for (lane, window) in windows.iter().enumerate() {
            let at = |position: usize| i64::from(rows[position].0[lane]);
            let is_usual = (FEWEST_OF_A_WINDOW..=LONGEST).contains(&window.len());
            usuals.push(is_usual.then(|| Usual::of_sorted(window.len(), at)));
        }
    }
}

struct Sorted<'a>(&'a mut [Row]);

impl WithSimd for Sorted<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        sort(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use proptest::prelude::*;

    fn assert_same(segments: &[Vec<i32>], room: &mut Segments) {
        let segments: Vec<&[i32]> = segments.iter().map(Vec::as_slice).collect();
        let defined = |segment: &&[i32]| match segment.len() {
            0..=LONGEST => cpu::distribution(segment),
            _ => Distribution::IDENTITY,
        };
        let expected: Vec<Distribution> = segments.iter().map(defined).collect();
        let mut distributions = Vec::new();
        room.append(&segments, &mut distributions);
        assert_eq!(distributions, expected);
    }

    #[test]
    fn every_number_of_values_is_sorted() {
        let mut room = Segments::default();
        for length in 0..=LONGEST as i32 + 1 {
            let descending = (0..length).rev().map(|value| value * 1000).collect();
            let ascending = (0..length).collect();
            let equal = vec![i32::MAX; length as usize];
            assert_same(&[descending, ascending, equal], &mut room);
        }
    }

    #[test]
    fn what_a_group_left_behind_is_not_seen_by_the_next() {
        let mut room = Segments::default();
        assert_same(&vec![vec![7; LONGEST]; LANES], &mut room);
        assert_same(&[vec![NULL; 3], vec![], vec![-5]], &mut room);
        assert_same(&[], &mut room);
    }

    fn assert_usual(windows: &[Vec<i32>], room: &mut WindowsBefore) {
        let windows: Vec<&[i32]> = windows.iter().map(Vec::as_slice).collect();
        let wide = |window: &[i32]| window.iter().map(|value| i64::from(*value)).collect::<Vec<_>>();
        let defined = |window: &&[i32]| match window.len() {
            0..=LONGEST => cpu::usual(&wide(window)),
            _ => None,
        };
        let expected: Vec<Option<Usual>> = windows.iter().map(defined).collect();
        let mut usuals = Vec::new();
        room.append(&windows, &mut usuals);
        assert_eq!(usuals, expected);
    }

    proptest! {
        #[test]
        fn side_by_side_gives_what_sorting_defines(
            segments in prop::collection::vec(
                prop::collection::vec(prop_oneof![any::<i32>(), -9i32..9, Just(NULL), Just(i32::MAX)], 0..LONGEST + 9),
                0..=LANES,
            ),
        ) {
            assert_same(&segments, &mut Segments::default());
        }

        #[test]
        fn usuals_side_by_side_are_what_sorting_defines(
            windows in prop::collection::vec(
                prop::collection::vec(
                    prop_oneof![any::<i32>(), -9i32..9, Just(i32::MAX)], 0..LONGEST + 9,
                ),
                0..=LANES,
            ),
        ) {
            assert_usual(&windows, &mut WindowsBefore::default());
        }
    }
}
