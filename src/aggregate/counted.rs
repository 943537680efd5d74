//! Percentiles without sorting: what [`super::cpu`] defines, for long segments and several times faster.
//!
//! In: the values of a segment. Out: its distribution, bit for bit that of the definition. Whole numbers are counted one
//! by one in bins. Others are counted in bins that are as wide as they must be, and only what shares a bin with a
//! percentile is sorted. The loops are plain; pulp compiles them for each level of SIMD, as far as they are inlined into
//! its task, which closures are not.

use pulp::{Arch, Simd, WithSimd};

use super::series::{Distribution, PERCENTS, Series, Totals, nearest_rank};
use crate::columns::NULL;

/// Bins, at most: 16 KiB of counts stay in the first-level cache.
const BINS: usize = 4096;

/// Room to work in, kept from one segment to the next.
pub(super) struct Room {
    arch: Arch,
    bins: Box<[u32; BINS]>,
    /// Values that share a bin with a percentile.
    picked: Vec<i32>,
}

impl Default for Room {
    fn default() -> Room {
        Room {
            arch: Arch::new(),
            bins: Box::new([0; BINS]),
            picked: Vec::new(),
        }
    }
}

/// Count, extremes and sum of each segment.
pub(super) fn totals(series: &Series<'_>) -> Vec<Totals> {
    Arch::new().dispatch(TotalsOf(series))
}

/// Totals, sum of squares and percentiles of a segment.
pub(super) fn distribution(values: &[i32], room: &mut Room) -> Distribution {
    room.arch.dispatch(DistributionOf { values, room })
}

struct TotalsOf<'a>(&'a Series<'a>);

impl WithSimd for TotalsOf<'_> {
    type Output = Vec<Totals>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<Totals> {
        let segments = self.0.segments();
        let mut totals = Vec::with_capacity(segments.len());
        for segment in segments {
            totals.push(totals_of(segment));
        }
        totals
    }
}

struct DistributionOf<'a> {
    values: &'a [i32],
    room: &'a mut Room,
}

impl WithSimd for DistributionOf<'_> {
    type Output = Distribution;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Distribution {
        let DistributionOf { values, room } = self;
        let totals = totals_of(values);
        if totals.count == 0 {
            return Distribution::IDENTITY;
        }
        match counted(values, &totals, &mut room.bins) {
            Some(distribution) => distribution,
            None => picked(values, &totals, room),
        }
    }
}

/// Without a branch a value.
#[inline(always)]
fn totals_of(values: &[i32]) -> Totals {
    let mut totals = Totals::IDENTITY;
    for value in values {
        let is_gap = *value == NULL;
        totals.count += u32::from(!is_gap);
        totals.min = totals.min.min(if is_gap { i32::MAX } else { *value });
        // A gap is the smallest number there is.
        totals.max = totals.max.max(*value);
        totals.sum += if is_gap { 0 } else { i64::from(*value) };
    }
    totals
}

/// The sum of squares; that of their high and of their low halves does not overflow 64 bits.
#[inline(always)]
fn squares_of(values: &[i32]) -> u128 {
    let (mut low, mut high) = (0u64, 0u64);
    for value in values {
        let number = if *value == NULL { 0 } else { i64::from(*value) };
        let square = (number * number) as u64;
        low += square & 0xffff_ffff;
        high += square >> 32;
    }
    u128::from(low) + (u128::from(high) << 32)
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
#[inline(always)]
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

/// Any numbers: a bin for two values, so that few share one with a percentile, and the bins are gone through quickly.
#[inline(always)]
fn picked(values: &[i32], totals: &Totals, room: &mut Room) -> Distribution {
    let bits = values.len().ilog2().saturating_sub(1).clamp(1, BINS.ilog2());
    let range = totals.max.abs_diff(totals.min);
    let shift = (u32::BITS - range.leading_zeros()).saturating_sub(bits);
    let bins = &mut room.bins[..1 << bits];
    bins.fill(0);
    for value in values {
        if *value != NULL {
            bins[(value.wrapping_sub(totals.min) as u32 >> shift) as usize] += 1;
        }
    }
    let places = wanted(bins, positions(totals));
    room.picked.clear();
    for value in values {
        if *value != NULL && bins[(value.wrapping_sub(totals.min) as u32 >> shift) as usize] == WANTED {
            room.picked.push(*value);
        }
    }
    room.picked.sort_unstable();
    Distribution {
        totals: *totals,
        sum_of_squares: squares_of(values),
        percentiles: places.map(|place| room.picked[place]),
    }
}

/// In place of a count: a percentile is in this bin.
const WANTED: u32 = u32::MAX;

/// Marks the bins that hold the values at `positions`, and tells where these are among the values of marked bins.
fn wanted(bins: &mut [u32], positions: [usize; PERCENTS.len()]) -> [usize; PERCENTS.len()] {
    let mut places = [0; PERCENTS.len()];
    let (mut seen, mut left_out, mut found) = (0, 0, 0);
    for bin in bins {
        let count = *bin as usize;
        seen += count;
        *bin = 0;
        while found < positions.len() && positions[found] < seen {
            places[found] = positions[found] - left_out;
            found += 1;
            *bin = WANTED;
        }
        if *bin != WANTED {
            left_out += count;
        }
    }
    places
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
