//! The day and the clock time written in a record. Pure; never the machine's time zone.

use crate::record::Date;

/// The day of a time text: `YYYY-MM-DD`, alone or followed by `T`, `t` or one space and
/// `HH:MM[:SS[.f…]]`, then nothing or a zone (`Z`, `z`, `±HH:MM`, `±HHMM`, `±HH`, after at most one space).
///
/// The day is the one written, whatever the zone. `None` for anything else and for dates that no calendar has.
pub(super) fn day(text: &[u8]) -> Option<Date> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = calendar_day(date)?;
    match rest {
        [] => Some(date),
        [b'T' | b't' | b' ', time @ ..] => is_time_with_zone(time).then_some(date),
        _ => None,
    }
}

/// The time of day of a time text that [`day`] accepts, as written, in seconds since midnight; `None` where there is only
/// a date. A fraction of a second does not count.
pub(super) fn second_of_day(text: &[u8]) -> Option<i32> {
    let (hour, minute, rest) = hour_and_minute(text.get(11..)?)?;
    let second = match rest {
        [b':', tens, ones, ..] => two_digits(*tens, *ones)?,
        _ => 0,
    };
    Some((hour * 3600 + minute * 60 + second) as i32)
}

/// The seconds since midnight of `HH:MM:SS`, all bytes at once; `None` for anything else, and for a leap second, which is
/// left to [`day`].
#[inline(always)]
pub(super) fn plain_second_of_day(text: [u8; 8]) -> Option<i32> {
    let [hour, minute, second] = pairs(text, *b"00:00:00", *b"29:59:59")?;
    (hour < 24).then_some((hour * 3600 + minute * 60 + second) as i32)
}

/// The numbers of `NN:NN:NN`, with a byte of another kind between them, where each byte is one of those from `smallest` to
/// `largest`: the smallest is `0` or the only one.
#[inline(always)]
fn pairs(text: [u8; 8], smallest: [u8; 8], largest: [u8; 8]) -> Option<[u32; 3]> {
    const TOP_BITS: u64 = 0x8080_8080_8080_8080;
    let [text, smallest, largest] = [text, smallest, largest].map(u64::from_le_bytes);
    // `0` has no bit in its lower half, so a digit is told from it by as much as it is larger: digits become their values,
    // and what stands between them becomes nothing.
    let digits = text ^ smallest;
    // A byte keeps the top bit where it does not exceed the largest. One that borrows from the next has a top bit itself.
    let within = (largest ^ smallest | TOP_BITS).wrapping_sub(digits);
    if within & !digits & TOP_BITS != TOP_BITS {
        return None;
    }
    // Each byte is ten times its digit and the digit behind it: no byte overflows.
    let pairs = (digits * 10 + (digits >> 8)).to_le_bytes();
    Some([pairs[0], pairs[3], pairs[6]].map(u32::from))
}

/// The clock time of `HH:MM…`, alone or after a date, as minutes since midnight; `None` where there is none.
pub(super) fn clock_minutes(text: &[u8]) -> Option<i32> {
    let time = match text.split_at_checked(10) {
        Some((date, [b'T' | b't' | b' ', time @ ..])) if calendar_day(date).is_some() => time,
        _ => text,
    };
    let (hour, minute, rest) = hour_and_minute(time)?;
    let ends = !rest.first().is_some_and(u8::is_ascii_digit);
    ends.then_some((hour * 60 + minute) as i32)
}

/// The day of `YYYY-MM-DD`, if the calendar has it.
#[inline(always)]
pub(super) fn calendar_day(text: &[u8]) -> Option<Date> {
    let (&[tens, ones], rest) = text.split_first_chunk()?;
    let [year, month, day] = pairs(rest.try_into().ok()?, *b"00-00-00", *b"99-99-99")?;
    Date::from_ymd((two_digits(tens, ones)? * 100 + year) as i32, month, day)
}

fn is_time_with_zone(text: &[u8]) -> bool {
    let Some((_, _, mut rest)) = hour_and_minute(text) else {
        return false;
    };
    if let [b':', after @ ..] = rest {
        let Some((second, after)) = two_digits_then(after) else {
            return false;
        };
        if second > 60 {
            return false;
        }
        rest = after;
        if let [b'.', fraction @ ..] = rest {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            rest = &fraction[digits..];
        }
    }
    is_zone(rest)
}

fn is_zone(text: &[u8]) -> bool {
    if text.is_empty() {
        return true;
    }
    match text.strip_prefix(b" ").unwrap_or(text) {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', offset @ ..] => match two_digits_then(offset) {
            Some((hours, [])) => hours < 24,
            Some((hours, [b':', minutes @ ..] | minutes)) => {
                hours < 24 && matches!(two_digits_then(minutes), Some((0..60, [])))
            }
            None => false,
        },
        _ => false,
    }
}

fn hour_and_minute(text: &[u8]) -> Option<(u32, u32, &[u8])> {
    let (hour, rest) = two_digits_then(text)?;
    let (minute, rest) = two_digits_then(rest.strip_prefix(b":")?)?;
    (hour < 24 && minute < 60).then_some((hour, minute, rest))
}

fn two_digits_then(text: &[u8]) -> Option<(u32, &[u8])> {
    let (&[tens, ones], rest) = text.split_first_chunk::<2>()?;
    Some((two_digits(tens, ones)?, rest))
}

fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accepted_form_gives_the_day_as_written() {
        let expected = Date::from_ymd(2025, 9, 11);
        for text in [
            "2025-09-11",
            "2025-09-11 23:59",
            "2025-09-11T23:59:60",
            "2025-09-11t00:00:00.123456789",
            "2025-09-11 23:30:00Z",
            "2025-09-11T23:30z",
            "2025-09-11 23:30:00 +0800",
            "2025-09-11T23:30:00-07:00",
            "2025-09-11T23:30:00.5 +14",
        ] {
            assert_eq!(day(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_time_of_day_is_the_one_written() {
        for (text, second) in [
            ("2025-09-11", None),
            ("2025-09-11 00:00", Some(0)),
            ("2025-09-11T23:59:60Z", Some(86_400)),
            ("2025-09-11t06:30:15.999+08:00", Some(6 * 3600 + 30 * 60 + 15)),
            ("2025-09-11 06:30 +08", Some(6 * 3600 + 30 * 60)),
        ] {
            assert_eq!(second_of_day(text.as_bytes()), second, "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_day() {
        for text in [
            "",
            "2025-9-11",
            "2025-02-29",
            "0000-01-01",
            "2025-09-11 ",
            "2025-09-11T",
            "2025-09-11  10:00",
            "2025-09-11T24:00",
            "2025-09-11T10:60",
            "2025-09-11T10:00:61",
            "2025-09-11T10:00:00.",
            "2025-09-11T10:00:00  Z",
            "2025-09-11T10:00:00 ",
            "2025-09-11T10:00:00ZZ",
            "2025-09-11T10:00:00+24:00",
            "2025-09-11T10:00:00+1:00",
            "2025-09-11T10:00:00+01:60",
            "2025-09-11T10",
            "2025-09-11Z",
            "11/09/2025",
            "\u{ff12}025-09-11",
        ] {
            assert_eq!(day(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn plain_times_are_times_to_the_definition() {
        for number in 0..1_000_000u32 {
            let text = format!("{:02}:{:02}:{:02}", number / 10_000, number / 100 % 100, number % 100);
            let expected = is_time_with_zone(text.as_bytes()) && !text.ends_with("60");
            let second = plain_second_of_day(text.as_bytes().try_into().unwrap());
            assert_eq!(second.is_some(), expected, "{text}");
            if expected {
                assert_eq!(second_of_day(format!("2025-09-11 {text}").as_bytes()), second);
            }
        }
    }

    #[test]
    fn any_other_byte_makes_no_calendar_day() {
        for (at, byte) in (0..10).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
            let mut text = *b"1110-11-11";
            text[at] = byte;
            let number = |range: std::ops::Range<usize>| str::from_utf8(text.get(range)?).ok()?.parse::<u32>().ok();
            let date = || Date::from_ymd(number(0..4)? as i32, number(5..7)?, number(8..10)?);
            let is_digit_or_hyphen = if at == 4 || at == 7 {
                byte == b'-'
            } else {
                byte.is_ascii_digit()
            };
            assert_eq!(calendar_day(&text), date().filter(|_| is_digit_or_hyphen), "{text:?}");
        }
        assert_eq!(calendar_day(b"1110-11-1"), None);
        assert_eq!(calendar_day(b"1110-11-111"), None);
    }

    #[test]
    fn any_other_byte_makes_no_plain_time() {
        for (at, byte) in (0..8).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
            let mut text = *b"11:11:11";
            text[at] = byte;
            // Without its second colon it may be a time with a zone, which is not plain.
            let expected = text[5] == b':' && is_time_with_zone(&text);
            assert_eq!(plain_second_of_day(text).is_some(), expected, "{text:?}");
        }
    }

    #[test]
    fn the_clock_time_is_found_with_and_without_a_date() {
        for (text, minutes) in [
            ("22:45", Some(22 * 60 + 45)),
            ("2025-09-10 22:45", Some(22 * 60 + 45)),
            ("2025-09-10T00:05:30+02:00", Some(5)),
            ("24:00", None),
            ("9:30", None),
            ("late", None),
            ("", None),
        ] {
            assert_eq!(clock_minutes(text.as_bytes()), minutes, "{text}");
        }
    }
}
