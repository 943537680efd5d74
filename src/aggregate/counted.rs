//! Percentiles without sorting: what [`super::cpu`] defines, several times faster.
//!
//! In: the values of a segment. Out: its distribution, bit for bit that of the definition. A dozen readings are ranked
//! by comparing each with all, which the compiler turns into SIMD; many whole numbers are counted in bins. What fits
//! neither (many values with fractions, a wide range) is sorted by the definition.

use super::cpu;
use super::series::{Distribution, PERCENTS, Totals, nearest_rank};
use crate::columns::NULL;

/// Values that are ranked by comparison. Twice as many cost four times as much; 16 are four SSE registers.
const RANKED: usize = 16;

/// Bins, at most: 16 KiB of counts stay in the first-level cache.
const BINS: usize = 4096;

/// Room to work in, kept from one segment to the next.
pub(super) struct Room {
    sorted: Vec<i32>,
    bins: Box<[u32; BINS]>,
}

impl Default for Room {
    fn default() -> Room {
        Room {
            sorted: Vec::new(),
            bins: Box::new([0; BINS]),
        }
    }
}

/// Count, extremes and sum, without a branch a value.
pub(super) fn totals(values: &[i32]) -> Totals {
    let mut totals = Totals::IDENTITY;
    for value in values.iter().copied() {
        let is_gap = value == NULL;
        totals.count += u32::from(!is_gap);
        totals.min = totals.min.min(if is_gap { i32::MAX } else { value });
        // A gap is the smallest number there is.
        totals.max = totals.max.max(value);
        totals.sum += if is_gap { 0 } else { i64::from(value) };
    }
    totals
}

/// Totals, sum of squares and percentiles.
pub(super) fn distribution(values: &[i32], room: &mut Room) -> Distribution {
    if values.len() <= RANKED {
        return ranked(values);
    }
    let totals = totals(values);
    if totals.count == 0 {
        return Distribution::IDENTITY;
    }
    counted(values, &totals, &mut room.bins).unwrap_or_else(|| cpu::distribution(values, &mut room.sorted))
}

/// Few values: a value stands where as many are below it.
fn ranked(values: &[i32]) -> Distribution {
    let totals = totals(values);
    if totals.count == 0 {
        return Distribution::IDENTITY;
    }
    // Gaps go last, where no position asked for can be.
    let mut padded = [i32::MAX; RANKED];
    for (slot, value) in padded.iter_mut().zip(values) {
        *slot = if *value == NULL { i32::MAX } else { *value };
    }
    let mut below = [0u32; RANKED];
    for other in padded {
        for (below, value) in below.iter_mut().zip(&padded) {
            *below += u32::from(other < *value);
        }
    }
    // Equal values share the first of their positions; the others hold nothing, and the one before speaks for them.
    let mut sorted = [i32::MIN; RANKED];
    for (value, below) in padded.iter().zip(below) {
        sorted[below as usize % RANKED] = *value;
    }
    for position in 1..RANKED {
        sorted[position] = sorted[position].max(sorted[position - 1]);
    }
    let percentile = |percent| sorted[nearest_rank(totals.count as usize, percent)];
    Distribution {
        totals,
        sum_of_squares: squares(values),
        percentiles: PERCENTS.map(percentile),
    }
}

/// The sum of at most [`RANKED`] squares: their high and low halves do not overflow 64 bits.
fn squares(values: &[i32]) -> u128 {
    let (mut low, mut high) = (0u64, 0u64);
    for value in values.iter().copied() {
        let square = if value == NULL {
            0
        } else {
            u64::from(value.unsigned_abs()).pow(2)
        };
        low += square & 0xffff_ffff;
        high += square >> 32;
    }
    u128::from(low) + (u128::from(high) << 32)
}

/// Thousandths of a whole number: 2³ × 125.
const WHOLE: u32 = 1000;
/// 125 × this is 1 modulo 2³²: multiplying divides exactly.
const INVERSE_OF_125: u32 = 0x26e9_78d5;

/// The number of wholes that a distance is; beyond all bins where it is no whole number of them.
fn wholes(distance: u32) -> usize {
    distance.wrapping_mul(INVERSE_OF_125).rotate_right(3) as usize
}

/// Whole numbers of a small range, counted; `None` if they are not.
fn counted(values: &[i32], totals: &Totals, bins: &mut [u32; BINS]) -> Option<Distribution> {
    let range = totals.max.abs_diff(totals.min) / WHOLE;
    let bins = bins
        .get_mut(..=range as usize)
        .filter(|bins| bins.len() <= 4 * values.len())?;
    bins.fill(0);
    for value in values.iter().copied() {
        match bins.get_mut(wholes(value.wrapping_sub(totals.min) as u32)) {
            Some(bin) => *bin += 1,
            None if value == NULL => {}
            None => return None,
        }
    }
    let (mut seen, mut sum_of_squares) = (0, 0u128);
    let mut percentiles = [totals.max; PERCENTS.len()];
    let positions = PERCENTS.map(|percent| nearest_rank(totals.count as usize, percent));
    let mut found = 0;
    for (index, count) in bins.iter().enumerate().filter(|(_, count)| **count > 0) {
        let value = (i64::from(totals.min) + index as i64 * i64::from(WHOLE)) as i32;
        sum_of_squares += u128::from(u64::from(value.unsigned_abs()).pow(2)) * u128::from(*count);
        seen += *count as usize;
        while found < positions.len() && positions[found] < seen {
            percentiles[found] = value;
            found += 1;
        }
    }
    Some(Distribution {
        totals: *totals,
        sum_of_squares,
        percentiles,
    })
}

#[cfg(test)]
mod tests {
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
        let expected = cpu::distribution(values, &mut Vec::new());
        assert_eq!(totals(values), expected.totals);
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

    proptest! {
        #[test]
        fn counting_gives_what_sorting_defines(values in prop::collection::vec(value(), 0..120)) {
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
