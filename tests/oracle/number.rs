//! Decimals as integers of thousandths: from text, from exact fractions, and back to text.

/// 2,000,000 in thousandths.
const LIMIT: i128 = 2_000_000_000;

/// The thousandths of a JSON number, rounded half to even from its text; `None` beyond 2,000,000.
pub(crate) fn thousandths(text: &str) -> Option<i128> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], exponent(&unsigned[at + 1..])),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = format!("{whole}{fraction}");
    let digits = all_digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    // The value is `digits` followed by (or, when negative, cut by) this many decimal places, in thousandths.
    let shift = exponent - fraction.len() as i64 + 3;
    let length = digits.len() as i64;
    if length + shift > 12 {
        return None;
    }
    let magnitude = if shift >= 0 {
        digits.parse::<i128>().unwrap() * 10i128.pow(shift as u32)
    } else if -shift > length {
        0
    } else {
        let (kept, dropped) = digits.split_at((length + shift) as usize);
        rounded_by_text(kept, dropped)
    };
    (magnitude <= LIMIT).then_some(if negative { -magnitude } else { magnitude })
}

/// An exponent's value, held within what cannot matter any more.
fn exponent(text: &str) -> i64 {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.trim_start_matches('+')),
    };
    let magnitude = digits.parse::<u128>().unwrap_or(u128::MAX).min(1_000_000_000) as i64;
    if negative { -magnitude } else { magnitude }
}

fn rounded_by_text(kept: &str, dropped: &str) -> i128 {
    let whole: i128 = if kept.is_empty() { 0 } else { kept.parse().unwrap() };
    let half = format!("{:0<width$}", "5", width = dropped.len());
    match dropped.cmp(half.as_str()) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Equal => whole + whole % 2,
        std::cmp::Ordering::Greater => whole + 1,
    }
}

/// `numerator / denominator`, rounded half to even; the denominator is above 0.
pub(crate) fn rounded(numerator: i128, denominator: i128) -> i128 {
    let floor = numerator.div_euclid(denominator);
    let twice_rest = 2 * numerator.rem_euclid(denominator);
    match twice_rest.cmp(&denominator) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Equal => floor + floor.rem_euclid(2),
        std::cmp::Ordering::Greater => floor + 1,
    }
}

/// The decimal as documents write it: without a fraction when whole, without trailing zeros.
pub(crate) fn decimal(thousandths: i128) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    let magnitude = thousandths.abs();
    let text = format!("{sign}{}.{:03}", magnitude / 1000, magnitude % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}
