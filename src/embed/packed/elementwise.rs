//! The functions between the matrix products, written without branches and calls so that the compiler can vectorise
//! them. Each is held to the library's function by a test. A step of a polynomial is rounded once, as a step of a matrix
//! product is; a processor that cannot do so computes the same bits, slowly.

use std::array::from_fn;

use super::cell::{Cell, pack_row};

/// Numbers that are taken together, each into a sum or maximum of its own: they fill vector registers, and one alone would
/// wait for itself.
pub(super) const LANES: usize = 16;

/// e^x for x <= 0, with a relative error below 2e-7; 0 below -87.
///
/// e^x = 2^n * e^r with |r| <= ln(2)/2: n by adding and subtracting 1.5 * 2^23, which rounds to an integer; e^r by the
/// polynomial of Cephes' `expf`; 2^n by putting n into the exponent bits.
#[inline(always)]
fn exp_of_negative(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, x));
    let mut p = 1.987_569_1e-4f32;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p.mul_add(r, coefficient);
    }
    let e_r = p.mul_add(r * r, r) + 1.0;
    let two_to_n = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    e_r * two_to_n
}

/// x * Phi(x), Phi being the distribution function of the standard normal distribution.
///
/// The tail 1 - Phi(|x|) is Abramowitz and Stegun 7.1.26 at |x| / sqrt(2), whose error is below 1.5e-7.
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    const P: f32 = 0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / x.abs().mul_add(P, 1.0);
    let mut p = 1.061_405_4f32;
    for coefficient in [-1.453_152_1, 1.421_413_8, -0.284_496_72, 0.254_829_6] {
        p = p.mul_add(t, coefficient);
    }
    let tail = 0.5 * p * t * exp_of_negative(-0.5 * x * x);
    x * if x < 0.0 { tail } else { 1.0 - tail }
}

/// The weights of a row of scores times `scale` (a positive number), but for their sum, which is what comes back: whoever
/// adds up what they weigh divides by it. The row is as long as some blocks of lanes; its numbers are passed twice only.
#[inline(always)]
pub(super) fn softmax_row<C: Cell>(scores: &[f32], scale: f32, weights: &mut [C]) -> f32 {
    let largest = largest(scores);
    let (blocks, rest) = scores.as_chunks::<LANES>();
    debug_assert!(rest.is_empty(), "a row of {} scores", scores.len());
    let mut sums = [0.0; LANES];
    for (block, weights) in blocks.iter().zip(weights.chunks_exact_mut(LANES / C::DEPTH)) {
        let mut block = *block;
        for (weight, sum) in block.iter_mut().zip(&mut sums) {
            *weight = exp_of_negative((*weight - largest) * scale);
            *sum += *weight;
        }
        pack_row(&block, weights);
    }
    merged(sums, |one, other| one + other)
}

/// The largest number of a row, but NaN.
#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let larger = |most: f32, value: f32| if value > most { value } else { most };
    by_lanes(row, f32::NEG_INFINITY, larger, larger)
}

/// The sum of a row.
#[inline(always)]
pub(super) fn sum(row: &[f32]) -> f32 {
    sum_of(row, |value| value)
}

/// The sum of the squares of a row.
#[inline(always)]
pub(super) fn sum_of_squares(row: &[f32]) -> f32 {
    sum_of(row, |value| value * value)
}

#[inline(always)]
fn sum_of(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    by_lanes(row, 0.0, |sum, value| sum + term(value), |one, other| one + other)
}

/// Takes the numbers of a row into as many results as there are lanes, and these into one, half by half: the order is the same
/// on every machine.
#[inline(always)]
fn by_lanes(row: &[f32], first: f32, take: impl Fn(f32, f32) -> f32, merge: impl Fn(f32, f32) -> f32) -> f32 {
    let (blocks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [first; LANES];
    for block in blocks {
        for (lane, &value) in lanes.iter_mut().zip(block) {
            *lane = take(*lane, value);
        }
    }
    rest.iter()
        .fold(merged(lanes, merge), |result, &value| take(result, value))
}

/// One result of those of all lanes.
#[inline(always)]
fn merged(lanes: [f32; LANES], merge: impl Fn(f32, f32) -> f32) -> f32 {
    let eight: [f32; 8] = from_fn(|lane| merge(lanes[lane], lanes[lane + 8]));
    let four: [f32; 4] = from_fn(|lane| merge(eight[lane], eight[lane + 4]));
    let two: [f32; 2] = from_fn(|lane| merge(four[lane], four[lane + 2]));
    merge(two[0], two[1])
}

#[cfg(test)]
mod tests {
    use super::super::cell::Bf16Pair;
    use super::*;

    fn grid(from: f32, until: f32) -> impl Iterator<Item = f32> {
        (0..=100_000).map(move |step| from + (until - from) * step as f32 / 100_000.0)
    }

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for x in grid(-86.0, 0.0) {
            let exact = f64::from(x).exp();
            assert!((f64::from(exp_of_negative(x)) / exact - 1.0).abs() < 2e-7, "{x}");
        }
        assert_eq!(exp_of_negative(0.0), 1.0);
        assert!(exp_of_negative(-1e30) < 1e-37);
        assert!(exp_of_negative(f32::NAN).is_nan());
    }

    #[test]
    fn gelu_is_that_of_the_library() {
        for x in grid(-12.0, 12.0) {
            let exact = 0.5 * f64::from(x) * (1.0 + candle_core::cpu::erf::erf_f64(f64::from(x) / 2f64.sqrt()));
            assert!((f64::from(gelu(x)) - exact).abs() < 1e-6, "{x}: {} {exact}", gelu(x));
        }
        assert_eq!(gelu(0.0), 0.0);
        assert!(gelu(f32::NAN).is_nan());
    }

    #[test]
    fn a_sum_counts_every_value_once() {
        for length in [0, 1, 15, 16, 17, 40] {
            let row: Vec<f32> = (1..=length).map(|value| value as f32).collect();
            assert_eq!(sum(&row), (length * (length + 1) / 2) as f32);
        }
    }

    /// The weights of a row of scores, filled up as attention does.
    fn softmax(scores: &[f32], scale: f32) -> Vec<f32> {
        let mut row = scores.to_vec();
        row.resize(scores.len().next_multiple_of(LANES), f32::NEG_INFINITY);
        let mut weights = vec![0.0f32; row.len()];
        let sum = softmax_row(&row, scale, &mut weights);
        weights[..scores.len()].iter().map(|weight| weight / sum).collect()
    }

    #[test]
    fn softmax_weights_sum_to_one_and_keep_nan() {
        let row = softmax(&[3.0, -400.0, 1.0, 3.0], 0.5);
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert_eq!(row[0], row[3]);
        assert!((row[2] / row[0] - (-1f32).exp()).abs() < 1e-6);
        for at in [0, 18] {
            let mut broken = [1.0; 20];
            broken[at] = f32::NAN;
            assert!(softmax(&broken, 1.0).iter().all(|weight| weight.is_nan()), "{at}");
        }
    }

    #[test]
    fn weights_in_pairs_of_bf16_are_those_in_f32_rounded() {
        let scores: Vec<f32> = (0..2 * LANES).map(|at| (at * 7 % 23) as f32).collect();
        let (mut single, mut pairs) = (vec![0.0f32; 2 * LANES], vec![Bf16Pair::default(); LANES]);
        let sum = softmax_row(&scores, 0.25, &mut single);
        assert_eq!(softmax_row(&scores, 0.25, &mut pairs), sum);
        for (pair, weights) in pairs.iter().zip(single.as_chunks::<2>().0) {
            let one_of = |which: [f32; 2]| pair.multiply_add(Bf16Pair::pack(&which), 0.0);
            for (weight, rounded) in weights.iter().zip([one_of([1.0, 0.0]), one_of([0.0, 1.0])]) {
                assert!((weight - rounded).abs() <= weight / 256.0, "{weight} {rounded}");
            }
        }
    }

    #[test]
    fn softmax_weights_are_those_of_the_definition_for_blocks_and_rests() {
        for length in [1, 15, 16, 17, 48, 50] {
            let scores: Vec<f32> = (0..length).map(|at| (at * 7 % 23) as f32 - 9.0).collect();
            let terms: Vec<f64> = scores.iter().map(|score| (f64::from(*score) * 0.25).exp()).collect();
            for (weight, term) in softmax(&scores, 0.25).iter().zip(&terms) {
                assert!(
                    (f64::from(*weight) - term / terms.iter().sum::<f64>()).abs() < 1e-6,
                    "{length}"
                );
            }
        }
    }
}
