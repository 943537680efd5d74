//! Percentiles of numbers with fractions: what [`super::cpu`] defines, for long segments.
//!
//! In: the values of a segment and their sums. Out: its distribution. Values are counted in bins that are as wide as they
//! must be, and only what shares a bin with a percentile is sorted.

use pulp::{Arch, Simd, WithSimd};

use super::series::{Distribution, PERCENTS, Totals, present};
use super::sums::{Sums, squares};

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

/// The distribution of values with these totals and sums, at least one; the percentiles stand at `positions` of the sorted
/// values.
pub(super) fn picked(
    values: &[i32],
    (totals, sums): (&Totals, &Sums),
    positions: [usize; PERCENTS.len()],
    room: &mut Room,
) -> Distribution {
    // Some values share a bin, so that there are few bins to go through, and few values in those of the percentiles.
    let bits = values.len().ilog2().saturating_sub(2).clamp(1, BINS.ilog2());
    let cut = Cut::of(totals, bits);
    room.bins[..1 << bits].fill(0);
    room.bins[BINS] = 0;
    room.arch.dispatch(Count {
        cut,
        values,
        bins: &mut room.bins,
    });
    let wanted = Wanted::of(&room.bins[..1 << bits], positions);
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

    /// Appends the values in some bins. Kept out of the loop that rarely calls it.
    #[cold]
    fn pick(self, values: &[i32], bins: &[u32; PERCENTS.len()], picked: &mut Vec<i32>) {
        for value in values {
            if bins.contains(&self.bin(*value)) {
                picked.push(*value);
            }
        }
    }
}

/// Counts values in bins: their places come from SIMD, a chunk at a time.
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
                add_one(bins, place);
            }
        }
        for value in rest {
            add_one(bins, cut.bin(*value));
        }
    }
}

/// No bin lies behind [`NO_BIN`]; the minimum says so to the compiler, at less than a branch costs.
#[inline(always)]
fn add_one(bins: &mut [u32; BINS + 1], bin: u32) {
    bins[bin.min(NO_BIN) as usize] += 1;
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
