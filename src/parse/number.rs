//! The text of a JSON number, rounded to thousandths. Pure; the number's grammar was checked by the strict reader.

/// Largest magnitude that is stored, in thousandths: 2,000,000, so that every value fits 32 bits.
const MAX_THOUSANDTHS: u64 = 2_000_000_000;

/// A value beyond ±2,000,000.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OutOfRange;

/// Rounds the decimal to three places, half to even, from its text (never through a double), as thousandths.
///
/// The digits are walked once: those that end at the third decimal make the integer, the rest only decide the
/// rounding. So `0.0025` is 2 and `1e400` is out of range without ever being computed.
pub(super) fn thousandths(text: &[u8]) -> Result<i32, OutOfRange> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (mantissa, exponent) = match digits.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&digits[..at], exponent(&digits[at + 1..])),
        None => (digits, 0),
    };
    let point = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
    // How many digits of the mantissa stand left of the third decimal.
    let kept = (point as i64).saturating_add(exponent).saturating_add(3);
    let magnitude = round_digits(
        mantissa.iter().filter(|byte| **byte != b'.').map(|byte| byte - b'0'),
        kept,
    )?;
    if magnitude > MAX_THOUSANDTHS {
        return Err(OutOfRange);
    }
    let value = magnitude as i32;
    Ok(if negative { -value } else { value })
}

/// The decimal at the start of a window, as thousandths, and its length, where it is plain: up to seven digits, no
/// leading zero, up to three decimals, no exponent. What follows it is the caller's to check.
///
/// The definition is [`thousandths`]; this is its twin for the numbers that files are full of.
#[inline(always)]
pub(super) fn plain_decimal(window: &[u8; 32]) -> Option<(i32, usize)> {
    if window[0] == b'-' {
        let (magnitude, length) = plain_magnitude(window, 1)?;
        return Some((-magnitude, length));
    }
    plain_magnitude(window, 0)
}

/// [`plain_decimal`] without its sign, which ends at `start`.
#[inline(always)]
fn plain_magnitude(window: &[u8; 32], start: usize) -> Option<(i32, usize)> {
    let (whole, digits) = leading_digits(window, start)?;
    if digits > 1 && window[start] == b'0' {
        return None;
    }
    let point = start + digits;
    let (magnitude, length) = if window[point] == b'.' {
        let (fraction, places) = leading_digits(window, point + 1)?;
        let scale = [0, 100, 10, 1].get(places)?;
        (whole * 1000 + fraction * scale, point + 1 + places)
    } else {
        (whole * 1000, point)
    };
    (magnitude <= MAX_THOUSANDTHS).then_some((magnitude as i32, length))
}

/// One to seven digits at a place: their value and number. All eight bytes of a word at once: the first that is not below
/// ten is no digit; then pairs, fours and eights are joined by one multiplication each.
#[inline(always)]
fn leading_digits(window: &[u8; 32], at: usize) -> Option<(u64, usize)> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const TOP_BITS: u64 = 0x8080_8080_8080_8080;
    const TEN_SETS_THE_TOP_BIT: u64 = 0x7676_7676_7676_7676;
    let word = u64::from_le_bytes(*window.get(at..)?.first_chunk()?) ^ ZEROS;
    // What a byte carries into the next comes behind the first one that is no digit.
    let others = (word.wrapping_add(TEN_SETS_THE_TOP_BIT) | word) & TOP_BITS;
    let count = others.trailing_zeros() as usize / 8;
    if count.is_multiple_of(8) {
        return None;
    }
    let digits = word << (64 - 8 * count);
    let pairs = digits.wrapping_mul(10 << 8 | 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_ffff_0000_ffff;
    Some((fours.wrapping_mul(10_000 << 32 | 1) >> 32, count))
}

/// The first `kept` digits as an integer (zeros appended where there are fewer), rounded half to even by the rest.
fn round_digits(digits: impl Iterator<Item = u8>, kept: i64) -> Result<u64, OutOfRange> {
    let mut whole: u64 = 0;
    let mut count: i64 = 0;
    let mut first_dropped = 0;
    let mut rest_is_zero = true;
    for digit in digits {
        if count < kept {
            whole = whole * 10 + u64::from(digit);
            if whole > MAX_THOUSANDTHS {
                return Err(OutOfRange);
            }
        } else if count == kept {
            first_dropped = digit;
        } else {
            rest_is_zero &= digit == 0;
        }
        count += 1;
    }
    while count < kept && whole != 0 {
        whole *= 10;
        if whole > MAX_THOUSANDTHS {
            return Err(OutOfRange);
        }
        count += 1;
    }
    let half = first_dropped == 5 && rest_is_zero;
    let up = if half { whole % 2 == 1 } else { first_dropped >= 5 };
    Ok(whole + u64::from(up))
}

/// The exponent's value, held within ±10^12: beyond that the number is 0 or out of range in any case.
fn exponent(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let mut value: i64 = 0;
    for byte in digits {
        value = (value * 10 + i64::from(byte - b'0')).min(1_000_000_000_000);
    }
    if negative { -value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_round_half_to_even_from_their_text() {
        let cases: [(&str, i32); 16] = [
            ("0", 0),
            ("-0", 0),
            ("72", 72_000),
            ("72.5", 72_500),
            ("-1.25", -1250),
            ("0.0025", 2),
            ("0.0035", 4),
            ("0.00250000000000000000001", 3),
            ("0.0005", 0),
            ("0.0015", 2),
            ("0.00051", 1),
            ("0.00004999999", 0),
            ("1e3", 1_000_000),
            ("2.5E-3", 2),
            ("12345e-5", 123),
            ("0.000000000000000001e18", 1000),
        ];
        for (text, expected) in cases {
            assert_eq!(thousandths(text.as_bytes()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn two_millions_are_the_limit_after_rounding() {
        assert_eq!(thousandths(b"2000000"), Ok(2_000_000_000));
        assert_eq!(thousandths(b"-2000000.0004"), Ok(-2_000_000_000));
        for text in [
            "2000000.001",
            "2000000.0005000001",
            "1e400",
            "-1E400",
            "1e99999999999999999999",
            "99999999999999",
        ] {
            assert_eq!(thousandths(text.as_bytes()), Err(OutOfRange), "{text}");
        }
        for text in ["0e99999999999999999999", "1e-99999999999999999999", "0.000e400"] {
            assert_eq!(thousandths(text.as_bytes()), Ok(0), "{text}");
        }
    }

    fn window(text: &str) -> [u8; 32] {
        let mut window = [b' '; 32];
        window[..text.len()].copy_from_slice(text.as_bytes());
        window
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_definition() {
        for text in [
            "",
            "-",
            "01",
            "-00",
            "1.",
            ".5",
            "12345678",
            "1.2345",
            "2000000.001",
            "null",
            "\"1\"",
            "-x",
        ] {
            assert_eq!(plain_decimal(&window(text)), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn plain_decimals_are_read_as_the_definition_reads_them(
            whole in 0u64..3_000_000, fraction in prop::option::of("[0-9]{1,5}"), negative: bool, after in "[ ,}\n]",
        ) {
            let sign = if negative { "-" } else { "" };
            let text = fraction.map_or(format!("{sign}{whole}"), |fraction| format!("{sign}{whole}.{fraction}"));
            let expected = thousandths(text.as_bytes());
            match plain_decimal(&window(&format!("{text}{after}"))) {
                Some((value, length)) => prop_assert_eq!((Ok(value), length), (expected, text.len())),
                None => prop_assert!(expected.is_err() || text.split('.').nth(1).is_some_and(|f| f.len() > 3)),
            }
        }

        /// The oracle scales the digits to an integer of 10^-40 and divides.
        #[test]
        fn any_decimal_equals_the_exact_division(
            digits in 0u64..10_000_000_000, places in 0usize..12, exponent in -12i32..4, negative: bool,
        ) {
            let padded = format!("{digits:0width$}", width = places + 1);
            let (whole, fraction) = padded.split_at(padded.len() - places);
            let point = if places > 0 { "." } else { "" };
            let sign = if negative { "-" } else { "" };
            let text = format!("{sign}{whole}{point}{fraction}e{exponent}");
            let scale = 10i128.pow((24 + exponent - places as i32) as u32);
            let exact = i128::from(digits) * scale; // in units of 10^-24
            let unit = 10i128.pow(21);
            let (quotient, rest) = (exact / unit, exact % unit);
            let up = rest * 2 > unit || (rest * 2 == unit && quotient % 2 == 1);
            let expected = quotient + i128::from(up);
            let signed = if negative { -expected } else { expected };
            let expected = if expected > 2_000_000_000 { Err(OutOfRange) } else { Ok(signed as i32) };
            prop_assert_eq!(thousandths(text.as_bytes()), expected);
        }
    }
}
