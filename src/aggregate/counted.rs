//! Percentiles without sorting: what [`super::cpu`] defines, for long segments and several times faster.
//!
//! In: the values of a segment. Out: its distribution, bit for bit that of the definition. Whole numbers are counted one
//! by one in bins. Others are counted in bins that are as wide as they must be, and only what shares a bin with a
//! percentile is sorted. The loops are plain; pulp compiles them for each level of SIMD, as far as they are inlined into
//! its task, which closures are not.

use pulp::{Arch, Simd, WithSimd};

use super::series::{Distribution, PERCENTS, Series, Totals, nearest_rank, present};
use super::sums::{Sums, squares};
use crate::columns::NULL;

/// Bins, at most: 16 KiB of counts stay in the first-level cache.
const BINS: usize = 4096;

/// Where gaps are counted: behind the bins.
const NO_BIN: u32 = BINS as u32;

/// Room to work in, kept from one segment to the next.
pub(super) struct Room {
    arch: Arch,
    bins: Box<[u32; BINS + 1]>,
    /// Values that share a bin with a percentile.
    picked: Vec<i32>,
}

impl Default for Room {
    fn default() -> Room {
        Room {
            arch: Arch::new(),
            bins: Box::new([0; BINS + 1]),
            picked: Vec::new(),
        }
    }
}

/// Count, extremes and sum of each segment.
pub(super) fn totals(series: &Series<'_>) -> Vec<Totals> {
    let arch = Arch::new();
    series
        .segments()
        .map(|values| arch.dispatch(TotalsOf(values)).0)
        .collect()
}

/// Totals, sum of squares and percentiles of a segment.
pub(super) fn distribution(values: &[i32], room: &mut Room) -> Distribution {
    let (totals, sums) = room.arch.dispatch(TotalsOf(values));
    if totals.count == 0 {
        return Distribution::IDENTITY;
    }
    match counted(values, &totals, &mut room.bins) {
        Some(distribution) => distribution,
        None => picked(values, &totals, &sums, room),
    }
}

/// Without a branch a value.
struct TotalsOf<'a>(&'a [i32]);

impl WithSimd for TotalsOf<'_> {
    type Output = (Totals, Sums);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (Totals, Sums) {
        let mut sums = Sums::default();
        let (mut min, mut max) = (i32::MAX, i32::MIN);
        for value in self.0 {
            sums.add(*value);
            // A gap, the smallest number there is, becomes the largest.
            min = min.min(value.wrapping_sub(1));
            max = max.max(*value);
        }
        let totals = match sums.count {
            0 => Totals::IDENTITY,
            count => Totals {
                count,
                min: min.wrapping_add(1),
                max,
                sum: sums.sum(),
            },
        };
        (totals, sums)
    }
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
fn counted(values: &[i32], totals: &Totals, bins: &mut [u32; BINS + 1]) -> Option<Distribution> {
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

/// Any numbers: some values share a bin, so that there are few bins to go through, and few values in those of the
/// percentiles.
fn picked(values: &[i32], totals: &Totals, sums: &Sums, room: &mut Room) -> Distribution {
    let bits = values.len().ilog2().saturating_sub(2).clamp(1, BINS.ilog2());
    let cut = Cut::of(totals, bits);
    room.bins[..1 << bits].fill(0);
    room.bins[BINS] = 0;
    room.arch.dispatch(Count {
        cut,
        values,
        bins: &mut room.bins,
    });
    let wanted = Wanted::of(&room.bins[..1 << bits], positions(totals));
    room.picked.clear();
    room.arch.dispatch(Pick {
        cut,
        values,
        bins: &wanted.bins,
        picked: &mut room.picked,
    });
    room.picked.sort_unstable();
    Distribution {
        totals: *totals,
        sum_of_squares: match sums.squares(totals.min, totals.max) {
            Some(squares) => u128::from(squares),
            None => squares(present(values)),
        },
        percentiles: wanted.places.map(|place| room.picked[place]),
    }
}

/// The range of some values, cut into equal bins.
#[derive(Clone, Copy)]
struct Cut {
    /// The smallest value.
    min: i32,
    /// The largest is so far above.
    range: u32,
    /// Distances in one bin differ in so many of their lowest bits.
    shift: u32,
}

impl Cut {
    /// As few bits as are needed for 2 to the power of `bits` bins.
    fn of(totals: &Totals, bits: u32) -> Cut {
        let range = totals.max.abs_diff(totals.min);
        Cut {
            min: totals.min,
            range,
            shift: (u32::BITS - range.leading_zeros()).saturating_sub(bits),
        }
    }

    /// How far a value lies above the smallest; a gap lies beyond the range.
    #[inline(always)]
    fn distance(self, value: i32) -> u32 {
        value.wrapping_sub(self.min).cast_unsigned()
    }

    /// The bin of a value, or of a gap.
    #[inline(always)]
    fn bin(self, value: i32) -> u32 {
        let distance = self.distance(value);
        if distance <= self.range {
            distance >> self.shift
        } else {
            NO_BIN
        }
    }

    /// Appends the values in some bins.
    #[cold]
    fn pick(self, values: &[i32], bins: &[u32; PERCENTS.len()], picked: &mut Vec<i32>) {
        for value in values {
            if bins.contains(&self.bin(*value)) {
                picked.push(*value);
            }
        }
    }
}

/// Counts values in bins.
struct Count<'a> {
    cut: Cut,
    values: &'a [i32],
    bins: &'a mut [u32; BINS + 1],
}

impl WithSimd for Count<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Count { cut, values, bins } = self;
        let (chunks, rest) = values.as_chunks::<16>();
        for chunk in chunks {
            let mut places = [0; 16];
            for (place, value) in places.iter_mut().zip(chunk) {
                *place = cut.bin(*value);
            }
            for place in places {
                bins[place.min(NO_BIN) as usize] += 1;
            }
        }
        for value in rest {
            bins[cut.bin(*value).min(NO_BIN) as usize] += 1;
        }
    }
}

/// Appends the values in some bins. Most values are in none of them, and are left behind a register at a time.
struct Pick<'a> {
    cut: Cut,
    values: &'a [i32],
    bins: &'a [u32; PERCENTS.len()],
    picked: &'a mut Vec<i32>,
}

impl WithSimd for Pick<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Pick {
            cut,
            values,
            bins,
            picked,
        } = self;
        let (min, shift) = (simd.splat_u32s(cut.min.cast_unsigned()), simd.splat_u32s(cut.shift));
        let mut wanted = [simd.splat_u32s(0); PERCENTS.len()];
        for (wanted, bin) in wanted.iter_mut().zip(bins) {
            *wanted = simd.splat_u32s(*bin);
        }
        let (registers, rest) = S::as_simd_i32s(values);
        for (register, values) in registers.iter().zip(values.chunks_exact(S::I32_LANES)) {
            let distance = simd.sub_u32s(simd.transmute_u32s_i32s(*register), min);
            let bin = simd.wrapping_dyn_shr_u32s(distance, shift);
            let mut is_wanted = simd.equal_u32s(bin, wanted[0]);
            for wanted in &wanted[1..] {
                is_wanted = simd.or_m32s(is_wanted, simd.equal_u32s(bin, *wanted));
            }
            if simd.first_true_m32s(is_wanted) < S::I32_LANES {
                cut.pick(values, bins, picked);
            }
        }
        cut.pick(rest, bins, picked);
    }
}

/// Where the percentiles are.
struct Wanted {
    /// The bin of each.
    bins: [u32; PERCENTS.len()],
    /// Its place among the values in these bins.
    places: [usize; PERCENTS.len()],
}

impl Wanted {
    fn of(bins: &[u32], positions: [usize; PERCENTS.len()]) -> Wanted {
        let mut wanted = Wanted {
            bins: [0; PERCENTS.len()],
            places: [0; PERCENTS.len()],
        };
        let (mut seen, mut left_out, mut found) = (0, 0, 0);
        for (bin, count) in bins.iter().enumerate() {
            seen += *count as usize;
            if positions[found] >= seen {
                left_out += *count as usize;
                continue;
            }
            while positions[found] < seen {
                wanted.bins[found] = bin as u32;
                wanted.places[found] = positions[found] - left_out;
                found += 1;
                if found == positions.len() {
                    return wanted;
                }
            }
        }
        wanted
    }
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
