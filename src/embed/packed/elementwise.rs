//! The functions between the matrix products, in the vectors of the machine at hand. Each is held to the library's function
//! by a test. A step of a polynomial is rounded once, as a step of a matrix product is; a processor that cannot do so
//! computes the same bits, slowly.

use std::array::from_fn;

use pulp::Simd;

use super::cell::Cell;

/// Numbers that are taken together, each into a sum or maximum of its own: they fill vector registers, and one alone would
/// wait for itself.
pub(super) const LANES: usize = 16;

/// Makes each number what a function says of it and of its partner.
#[inline(always)]
pub(super) fn combine<S: Simd>(
    simd: S,
    numbers: &mut [f32],
    partners: &[f32],
    function: impl Fn(S::f32s, S::f32s) -> S::f32s,
) {
    debug_assert_eq!(numbers.len(), partners.len(), "every number has a partner");
    let (vectors, rest) = S::as_mut_simd_f32s(numbers);
    let (partner_vectors, partners) = S::as_simd_f32s(partners);
    for (vector, partner) in vectors.iter_mut().zip(partner_vectors) {
        *vector = function(*vector, *partner);
    }
    if !rest.is_empty() {
        let last = function(simd.partial_load_f32s(rest), simd.partial_load_f32s(partners));
        simd.partial_store_f32s(rest, last);
    }
}

/// Adds its partner to each number.
#[inline(always)]
pub(super) fn add<S: Simd>(simd: S, numbers: &mut [f32], partners: &[f32]) {
    combine(
        simd,
        numbers,
        partners,
        #[inline(always)]
        |number, partner| simd.add_f32s(number, partner),
    );
}

/// Makes each number what a function says of it.
#[inline(always)]
pub(super) fn change<S: Simd>(simd: S, numbers: &mut [f32], function: impl Fn(S::f32s) -> S::f32s) {
    let (vectors, rest) = S::as_mut_simd_f32s(numbers);
    for vector in vectors {
        *vector = function(*vector);
    }
    if !rest.is_empty() {
        let last = function(simd.partial_load_f32s(rest));
        simd.partial_store_f32s(rest, last);
    }
}

/// A polynomial; the coefficient of the highest power comes first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, x: S::f32s, coefficients: [f32; N]) -> S::f32s {
    let mut sum = simd.splat_f32s(coefficients[0]);
    for coefficient in &coefficients[1..] {
        sum = simd.mul_add_f32s(sum, x, simd.splat_f32s(*coefficient));
    }
    sum
}

/// Not less than `bound`; NaN stays.
#[inline(always)]
pub(super) fn at_least<S: Simd>(simd: S, x: S::f32s, bound: f32) -> S::f32s {
    let bound = simd.splat_f32s(bound);
    simd.select_f32s(simd.less_than_f32s(x, bound), bound, x)
}

/// What 1.5 * 2^23 plus a number is rounded to has the integer nearest to the number in its last bits.
const ROUND: f32 = 12_582_912.0;

/// 2^n of the integers in the last bits.
#[inline(always)]
fn two_to<S: Simd>(simd: S, shifted: S::f32s) -> S::f32s {
    let exponents = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(exponents, simd.splat_u32s(127 << 23)))
}

/// e^x for x <= 0, with a relative error below 2e-7; 0 below -87.
///
/// e^x = 2^n * e^r with |r| <= ln(2)/2: n by adding and subtracting 1.5 * 2^23, which rounds to an integer; e^r by the
/// polynomial of Cephes' `expf`; 2^n by putting n into the exponent bits.
#[inline(always)]
pub(super) fn exp_of_negative<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const E_R: [f32; 6] = [
        1.987_569_1e-4,
        1.398_2e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ];
    let x = at_least(simd, x, -87.0);
    let shifted = simd.mul_add_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(ROUND));
    let n = simd.sub_f32s(shifted, simd.splat_f32s(ROUND));
    let r = simd.mul_add_f32s(
        n,
        simd.splat_f32s(-LN2_LOW),
        simd.mul_add_f32s(n, simd.splat_f32s(-LN2_HIGH), x),
    );
    let p = polynomial(simd, r, E_R);
    let e_r = simd.add_f32s(simd.mul_add_f32s(p, simd.mul_f32s(r, r), r), simd.splat_f32s(1.0));
    simd.mul_f32s(e_r, two_to(simd, shifted))
}

/// As [`exp_of_negative`], for what is rounded to bf16: the relative error is below 4e-6, a five-hundredth of that of
/// the rounding, for two thirds of the steps.
///
/// 2^(x * log2(e)), the part behind the point by the polynomial with the least relative error.
#[inline(always)]
pub(super) fn rough_exp_of_negative<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const TWO_R: [f32; 5] = [9.570_098e-3, 5.591_786_6e-2, 0.240_247_45, 0.693_121_8, 0.999_999_3];
    let x = at_least(simd, x, -87.0);
    let shifted = simd.mul_add_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(ROUND));
    let n = simd.sub_f32s(shifted, simd.splat_f32s(ROUND));
    let r = simd.mul_add_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.neg_f32s(n));
    simd.mul_f32s(polynomial(simd, r, TWO_R), two_to(simd, shifted))
}

/// x * Phi(x), Phi being the distribution function of the standard normal distribution, with an error below 5e-7.
///
/// It is max(x, 0) less |x| * (1 - Phi(|x|)). The last factor, with its sign, is the polynomial of sixteenth degree, from 0 to
/// 5.5 drawn together to -1 to 1, with the least error of the whole; beyond it is next to nothing.
#[inline(always)]
pub(super) fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const END: f32 = 5.5;
    const MINUS_TAIL: [f32; 17] = [
        -2.375_776e-3,
        8.141_628e-3,
        2.169_818e-3,
        -3.837_746_4e-2,
        3.424_054_4e-2,
        5.956_752e-2,
        -0.127_540_75,
        2.822_216_3e-2,
        0.161_288_22,
        -0.216_179_42,
        5.165_714e-2,
        0.176_783_49,
        -0.271_902_65,
        0.206_835_9,
        -9.455_805e-2,
        2.500_749_2e-2,
        -2.979_769e-3,
    ];
    let size = simd.abs_f32s(x);
    let end = simd.splat_f32s(END);
    let near = simd.select_f32s(simd.less_than_f32s(end, size), end, size);
    let drawn = simd.mul_add_f32s(near, simd.splat_f32s(2.0 / END), simd.splat_f32s(-1.0));
    simd.mul_add_f32s(near, polynomial(simd, drawn, MINUS_TAIL), at_least(simd, x, 0.0))
}

/// As [`gelu`], for what is rounded to bf16: the error is below 6e-5, for two thirds of the steps.
///
/// Phi is 0.5 + x * Q(x^2) from -4.5 to 4.5, with the Q of eighth degree that has the least error in x * Phi(x), and zero
/// and one beyond.
#[inline(always)]
pub(super) fn rough_gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const END: f32 = 4.5;
    const Q: [f32; 9] = [
        3.000_035e-11,
        -3.283_935_8e-9,
        1.580_265_4e-7,
        -4.431_700_3e-6,
        8.120_988e-5,
        -1.036_254_3e-3,
        9.580_657e-3,
        -6.597_727_5e-2,
        0.398_709_1,
    ];
    let end = simd.splat_f32s(END);
    let near = at_least(simd, x, -END);
    let near = simd.select_f32s(simd.less_than_f32s(end, near), end, near);
    let q = polynomial(simd, simd.mul_f32s(near, near), Q);
    simd.mul_f32s(x, simd.mul_add_f32s(q, near, simd.splat_f32s(0.5)))
}

/// Makes a row of scores times `scale` (a positive number) weights, but for their sum, which is what comes back: whoever
/// adds up what they weigh divides by it. The row is as long as some blocks of lanes.
#[inline(always)]
pub(super) fn softmax_row<S: Simd, C: Cell>(simd: S, scores: &mut [f32], scale: f32) -> f32 {
    let (largest, scale) = (simd.splat_f32s(largest(scores)), simd.splat_f32s(scale));
    let (blocks, rest) = scores.as_chunks_mut::<LANES>();
    debug_assert!(rest.is_empty(), "a row with a rest of {} scores", rest.len());
    let mut sums = [0.0; LANES];
    for block in blocks {
        change(
            simd,
            block,
            #[inline(always)]
            |score| C::exp_of_negative(simd, simd.mul_f32s(simd.sub_f32s(score, largest), scale)),
        );
        add(simd, &mut sums, block);
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
    use pulp::Scalar;

    use super::*;

    fn grid(from: f32, until: f32) -> impl Iterator<Item = f32> {
        (0..=100_000).map(move |step| from + (until - from) * step as f32 / 100_000.0)
    }

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for x in grid(-86.0, 0.0) {
            let exact = f64::from(x).exp();
            let error = |ours: f32| (f64::from(ours) / exact - 1.0).abs();
            assert!(error(exp_of_negative(Scalar, x)) < 2e-7, "{x}");
            assert!(error(rough_exp_of_negative(Scalar, x)) < 4e-6, "{x}");
        }
        assert_eq!(exp_of_negative(Scalar, 0.0), 1.0);
        assert!(exp_of_negative(Scalar, -1e30) < 1e-37);
        assert!(exp_of_negative(Scalar, f32::NAN).is_nan());
        assert!(rough_exp_of_negative(Scalar, f32::NAN).is_nan());
        assert!(rough_exp_of_negative(Scalar, -1e30) < 1e-37);
    }

    #[test]
    fn gelu_is_that_of_the_library() {
        for x in grid(-12.0, 12.0) {
            let exact = 0.5 * f64::from(x) * (1.0 + candle_core::cpu::erf::erf_f64(f64::from(x) / 2f64.sqrt()));
            let ours = gelu(Scalar, x);
            assert!((f64::from(ours) - exact).abs() < 5e-7, "{x}: {ours} {exact}");
            let rough = rough_gelu(Scalar, x);
            assert!((f64::from(rough) - exact).abs() < 6e-5, "{x}: {rough} {exact}");
        }
        for gelu in [gelu, rough_gelu] {
            assert_eq!(gelu(Scalar, 0.0), 0.0);
            assert!(gelu(Scalar, f32::NAN).is_nan());
            assert_eq!(gelu(Scalar, 1e6), 1e6);
            assert!(gelu(Scalar, -1e6).abs() < 1e-2);
        }
        assert_eq!(gelu(Scalar, f32::INFINITY), f32::INFINITY);
        assert!(gelu(Scalar, f32::NEG_INFINITY).abs() < 5e-7);
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
        let sum = softmax_row::<Scalar, f32>(Scalar, &mut row, scale);
        row[..scores.len()].iter().map(|weight| weight / sum).collect()
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
