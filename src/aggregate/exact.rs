//! Exact arithmetic on integers of thousandths; the only places where something is rounded. Pure.

use std::cmp::Ordering;

/// `numerator / denominator` rounded half to even; the denominator is above 0.
pub(super) fn round_ratio(numerator: i128, denominator: i128) -> i64 {
    let quotient = numerator.div_euclid(denominator);
    let twice_rest = numerator.rem_euclid(denominator) * 2;
    let up = match twice_rest.cmp(&denominator) {
        Ordering::Less => false,
        Ordering::Equal => quotient.rem_euclid(2) == 1,
        Ordering::Greater => true,
    };
    (quotient + i128::from(up)) as i64
}

/// The double nearest to `numerator / denominator`, ties to even, as division of real numbers would give it.
///
/// Neither side need fit a double. The quotient is taken with at least 55 bits, two more than a double holds, and a
/// rest that is not zero sets the lowest of them, so the one conversion at the end rounds correctly. The denominator
/// is above 0 and below 2^64, the quotient below 2^100.
pub(super) fn ratio_to_f64(numerator: u128, denominator: u128) -> f64 {
    if numerator == 0 {
        return 0.0;
    }
    let quotient_bits = 128 - numerator.leading_zeros() as i32 - (128 - denominator.leading_zeros() as i32);
    let shift = (56 - quotient_bits).clamp(0, numerator.leading_zeros() as i32);
    let shifted = numerator << shift;
    let sticky = u128::from(!shifted.is_multiple_of(denominator));
    let quotient = (shifted / denominator) | sticky;
    quotient as f64 / 2f64.powi(shift)
}

/// The square root of `numerator / denominator`, rounded half to even to an integer.
pub(super) fn round_square_root(numerator: u128, denominator: u128) -> i64 {
    ratio_to_f64(numerator, denominator).sqrt().round_ties_even() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_go_to_the_even_neighbour_on_both_sides_of_zero() {
        for (numerator, rounded) in [(1, 0), (3, 2), (5, 2), (-1, 0), (-3, -2), (-5, -2), (4, 2), (-4, -2)] {
            assert_eq!(round_ratio(numerator, 2), rounded, "{numerator}/2");
        }
        assert_eq!(round_ratio(-7, 3), -2);
        assert_eq!(round_ratio(8, 3), 3);
    }

    #[test]
    fn a_quotient_beyond_a_doubles_bits_is_rounded_once() {
        // 2^53 + 1 + 1/3 is nearer to 2^53 + 2 than to 2^53; a double of the numerator would lose the third.
        let numerator = ((1u128 << 53) + 1) * 3 + 1;
        assert_eq!(ratio_to_f64(numerator, 3), ((1u64 << 53) + 2) as f64);
        assert_eq!(ratio_to_f64((1 << 53) + 1, 1), (1u64 << 53) as f64);
    }

    proptest! {
        #[test]
        fn exact_doubles_divide_as_the_processor_does(numerator in 0u64..1 << 53, denominator in 1u64..1 << 53) {
            let expected = numerator as f64 / denominator as f64;
            prop_assert_eq!(ratio_to_f64(u128::from(numerator), u128::from(denominator)), expected);
        }
    }
}
