//! Short segments and windows, sixteen side by side: what [`super::cpu`] defines, bit for bit.
//!
//! In: the values of some segments or windows. Out: their distributions or usuals. pulp compiles the tasks for each level
//! of SIMD, as far as their plain loops are inlined into them, which closures are not.

use pulp::{Arch, Simd, WithSimd};

use super::network::{Block, LANES, LONGEST, Row, Rows, Sort, sort};
use super::series::{Distribution, FEWEST_OF_A_WINDOW, PERCENTS, Totals, Usual, nearest_rank};
use super::sums::{Sums, squares};
use crate::columns::NULL;

/// Room to work in, kept from one group of segments to the next.
pub(super) struct Segments {
    arch: Arch,
    rows: Rows,
    /// By number of values: where the percentiles stand.
    ranks: Vec<[u32; PERCENTS.len()]>,
}

impl Default for Segments {
    fn default() -> Segments {
        let ranks = |count| PERCENTS.map(|percent| nearest_rank(count, percent) as u32);
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
            blocks: self.rows.fill(segments),
            segments: segments.len(),
            ranks: &self.ranks,
            distributions,
        });
    }
}

struct Distributions<'a> {
    blocks: &'a mut [Block],
    segments: usize,
    ranks: &'a [[u32; PERCENTS.len()]],
    distributions: &'a mut Vec<Distribution>,
}

impl WithSimd for Distributions<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let sums = LaneSums::of(self.blocks);
        sort(simd, self.blocks);
        let rows = self.blocks.as_flattened();
        for lane in 0..self.segments {
            let distribution = distribution(&sums.lane(lane), lane, rows, self.ranks);
            self.distributions.push(distribution);
        }
    }
}

/// [`Sums`] of each segment.
#[derive(Default)]
struct LaneSums {
    count: [u32; LANES],
    shifted: [u64; LANES],
    shifted_squares: [u64; LANES],
}

impl LaneSums {
    /// Adds up the blocks. The sums of a block stay in registers, for as many lanes as there are registers.
    #[inline(always)]
    fn of(blocks: &[Block]) -> LaneSums {
        let mut sums = LaneSums::default();
        for block in blocks {
            for lane in 0..LANES {
                let mut of_block = Sums::default();
                for row in block {
                    of_block.add(row.0[lane]);
                }
                sums.count[lane] += of_block.count;
                sums.shifted[lane] += of_block.shifted;
                sums.shifted_squares[lane] = sums.shifted_squares[lane].wrapping_add(of_block.shifted_squares);
            }
        }
        sums
    }

    #[inline(always)]
    fn lane(&self, lane: usize) -> Sums {
        Sums {
            count: self.count[lane],
            shifted: self.shifted[lane],
            shifted_squares: self.shifted_squares[lane],
        }
    }
}

/// The distribution of a segment, whose rows are sorted: gaps, the smallest number there is, come first.
#[inline(always)]
fn distribution(sums: &Sums, lane: usize, rows: &[Row], ranks: &[[u32; PERCENTS.len()]]) -> Distribution {
    let count = sums.count as usize;
    if count == 0 {
        return Distribution::IDENTITY;
    }
    let values = &rows[rows.len() - count..];
    let mut percentiles = [0; PERCENTS.len()];
    for (percentile, rank) in percentiles.iter_mut().zip(&ranks[count]) {
        *percentile = values[*rank as usize].0[lane];
    }
    let (min, max) = (values[0].0[lane], values[count - 1].0[lane]);
    Distribution {
        totals: Totals {
            count: sums.count,
            min,
            max,
            sum: sums.sum(),
        },
        sum_of_squares: match sums.squares(min, max) {
            Some(squares) => u128::from(squares),
            None => squares(values.iter().map(|row| row.0[lane])),
        },
        percentiles,
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
        let blocks = self.rows.fill(windows);
        self.arch.dispatch(Sort(blocks));
        let rows = blocks.as_flattened();
        for (lane, window) in windows.iter().enumerate() {
            let at = |position: usize| i64::from(rows[position].0[lane]);
            let is_usual = (FEWEST_OF_A_WINDOW..=LONGEST).contains(&window.len());
            usuals.push(is_usual.then(|| Usual::of_sorted(window.len(), at)));
        }
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
