//! Percentiles without sorting: what [`super::cpu`] defines, for long segments and several times faster.
//!
//! In: the values of a segment. Out: its distribution, bit for bit that of the definition. Whole numbers are counted one
//! by one in bins; others are `picked.rs`'s. The loops are plain; pulp compiles them for each level of SIMD, as far as they
//! are inlined into its task, which closures are not.

use pulp::{Arch, Simd, WithSimd};

use super::picked::{self, picked};
use super::series::{Distribution, PERCENTS, Series, Totals, nearest_rank};
use super::sums::Sums;
use crate::columns::NULL;

/// Bins, at most: 16 KiB of counts stay in the first-level cache.
const BINS: usize = 4096;

/// Room to work in, kept from one segment to the next.
pub(super) struct Room {
    arch: Arch,
    bins: Box<[u32; BINS]>,
    picked: picked::Room,
}

impl Default for Room {
    fn default() -> Room {
        Room {
            arch: Arch::new(),
            bins: Box::new([0; BINS]),
            picked: picked::Room::default(),
        }
    }
}

/// Count, extremes and sum of each segment.
pub(super) fn totals(series: &Series<'_>) -> Vec<Totals> {
    Arch::new().dispatch(TotalsOf(series))
}

/// Totals, sum of squares and percentiles of a segment.
pub(super) fn distribution(values: &[i32], room: &mut Room) -> Distribution {
    let (totals, sums) = room.arch.dispatch(SumsOf(values));
    if totals.count == 0 {
        return Distribution::IDENTITY;
    }
    match counted(values, &totals, &mut room.bins) {
        Some(distribution) => distribution,
        None => picked(values, (&totals, &sums), positions(&totals), &mut room.picked),
    }
}

struct TotalsOf<'a>(&'a Series<'a>);

impl WithSimd for TotalsOf<'_> {
    type Output = Vec<Totals>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<Totals> {
        let segments = self.0.segments();
        let mut totals = Vec::with_capacity(segments.len());
        for segment in segments {
            totals.push(sums_of(segment).0);
        }
        totals
    }
}

struct SumsOf<'a>(&'a [i32]);

impl WithSimd for SumsOf<'_> {
    type Output = (Totals, Sums);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (Totals, Sums) {
        sums_of(self.0)
    }
}

/// Without a branch a value.
#[inline(always)]
fn sums_of(values: &[i32]) -> (Totals, Sums) {
    let mut sums = Sums::default();
    let (mut least, mut max) = (i32::MAX, i32::MIN);
    for value in values {
        sums.add(*value);
        // One less: a gap, the smallest number there is, becomes the largest.
        least = least.min(value.wrapping_sub(1));
        max = max.max(*value);
    }
    let totals = match sums.count {
        0 => Totals::IDENTITY,
        count => Totals {
            count,
            min: least.wrapping_add(1),
            max,
            sum: sums.sum(),
        },
    };
    (totals, sums)
}

/// Where the percentiles of so many values stand.
fn positions(totals: &Totals) -> [usize; PERCENTS.len()] {
    PERCENTS.map(|percent| nearest_rank(totals.count as usize, percent))
}

/// Thousandths of a whole number: 2³ × 125.
const WHOLE: u32 = 1000;
/// 125 × this is 1 modulo 2³²: multiplying divides exactly.
const INVERSE_OF_125: u32 = 0x26e9_78d5;

/// The number of wholes that a distance is; beyond all bins where it is no whole number of them.
#[inline(always)]
fn wholes(distance: u32) -> usize {
    distance.wrapping_mul(INVERSE_OF_125).rotate_right(3) as usize
}

/// Whole numbers of a small range, counted; `None` if they are not.
fn counted(values: &[i32], totals: &Totals, bins: &mut [u32; BINS]) -> Option<Distribution> {
    let range = (totals.max.abs_diff(totals.min) / WHOLE) as usize;
    if range >= BINS.min(4 * values.len()) {
        return None;
    }
    let bins = &mut bins[..=range];
    bins.fill(0);
    for value in values {
        match bins.get_mut(wholes(value.wrapping_sub(totals.min) as u32)) {
            Some(bin) => *bin += 1,
            None if *value == NULL => {}
            None => return None,
        }
    }
    let positions = positions(totals);
    let mut percentiles = [totals.max; PERCENTS.len()];
    let (mut seen, mut found, mut squares_of_steps) = (0, 0, 0u64);
    for (step, count) in bins.iter().enumerate() {
        // Below 4096² × 2³²: a count has 32 bits.
        squares_of_steps += (step * step) as u64 * u64::from(*count);
        seen += *count as usize;
        while found < positions.len() && positions[found] < seen {
            percentiles[found] = totals.min.wrapping_add(step as i32 * WHOLE as i32);
            found += 1;
        }
    }
    // The sum of (min + distance)², where a distance is `step` wholes.
    let (count, min) = (i128::from(totals.count), i128::from(totals.min));
    let distances = i128::from(totals.sum) - count * min;
    let squares_of_distances = i128::from(WHOLE).pow(2) * i128::from(squares_of_steps);
    Some(Distribution {
        totals: *totals,
        sum_of_squares: (count * min * min + 2 * min * distances + squares_of_distances) as u128,
        percentiles,
    })
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = i32> {
        prop_oneof![
            6 => (-20i32..200).prop_map(|whole| whole * 1000),
            1 => Just(NULL),
            1 => Just(i32::MAX),
            1 => Just(i32::MIN + 1),
            1 => any::<i32>(),
            1 => -2000i32..2000,
        ]
    }

    fn assert_same(values: &[i32]) {
        let mut room = Room::default();
        let expected = cpu::distribution(values);
        assert_eq!(totals(&Series::new(values, &[0, values.len()])), [expected.totals]);
        for _ in 0..2 {
            assert_eq!(distribution(values, &mut room), expected);
        }
    }

    #[test]
    fn only_multiples_of_a_thousand_are_whole() {
        for distance in (0..3_000_000).chain(u32::MAX - 3000..=u32::MAX) {
            let is_whole = distance.is_multiple_of(WHOLE);
            assert_eq!(wholes(distance) == (distance / WHOLE) as usize, is_whole, "{distance}");
            assert!(is_whole || wholes(distance) > (u32::MAX / WHOLE) as usize, "{distance}");
        }
    }

    #[test]
    fn a_gap_is_never_counted_as_a_value() {
        // Distances of gaps wrap around 2³², close to those of the largest values.
        let min = i32::MIN + 1000;
        assert_same(&[vec![NULL; 20], vec![min; 20]].concat());
        assert_same(
            &(0..100)
                .map(|index| {
                    if index % 3 == 0 {
                        NULL
                    } else {
                        index * 1000 - 2_147_483_000
                    }
                })
                .collect::<Vec<_>>(),
        );
    }

    #[test]
    fn a_few_values_may_be_as_far_apart_as_any() {
        assert_same(&[1, -i32::MAX]);
        assert_same(&[i32::MAX, -i32::MAX, 0, NULL, 7]);
    }

    proptest! {
        #[test]
        fn counting_gives_what_sorting_defines(values in prop::collection::vec(value(), 0..120)) {
            assert_same(&values);
        }

        #[test]
        fn numbers_with_fractions_give_what_sorting_defines(
            values in prop::collection::vec(prop_oneof![9 => 40_000i32..180_000, 1 => Just(NULL)], 0..2000),
            spread in 0u32..14,
        ) {
            let values: Vec<i32> = values.iter().map(|value| if *value == NULL { NULL } else { value << spread >> 7 }).collect();
            assert_same(&values);
        }

        #[test]
        fn whole_numbers_give_what_sorting_defines(
            wholes in prop::collection::vec(prop_oneof![20 => 30i32..220, 1 => Just(NULL / 1000)], 0..400),
        ) {
            let values: Vec<i32> = wholes.iter().map(|whole| if *whole < 0 { NULL } else { whole * 1000 }).collect();
            assert_same(&values);
        }
    }
}
