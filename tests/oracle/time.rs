//! Dates and clock times as texts. No zone of a machine enters.

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Date {
    /// Exactly `YYYY-MM-DD`, in the calendar.
    pub(crate) fn parse(text: &str) -> Option<Date> {
        let date = Date {
            year: number_in(text, 0, 4)?,
            month: number_in(text, 5, 2)?,
            day: number_in(text, 8, 2)?,
        };
        let shaped = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
        let leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
        let days = match date.month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + i64::from(leap),
            1..=12 => 31,
            _ => 0,
        };
        (shaped && date.day >= 1 && date.day <= days).then_some(date)
    }

    /// The day before.
    pub(crate) fn previous(self) -> Date {
        if self.day > 1 {
            return Date {
                day: self.day - 1,
                ..self
            };
        }
        let (year, month) = if self.month == 1 {
            (self.year - 1, 12)
        } else {
            (self.year, self.month - 1)
        };
        let last = (28..=31)
            .rev()
            .find(|day| Date::parse(&format!("{year:04}-{month:02}-{day:02}")).is_some());
        Date {
            year,
            month,
            day: last.unwrap(),
        }
    }
}

/// The day of a record's `date`, `date_time` or `timestamp`.
pub(crate) fn day_of(text: &str) -> Option<Date> {
    let date = Date::parse(text.get(..10)?)?;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(date);
    }
    let time = rest.strip_prefix(['T', 't', ' '])?;
    time_is_valid(time).then_some(date)
}

/// The clock time of a time that [`day_of`] accepts, in whole seconds since midnight.
pub(crate) fn second_of_day(text: &str) -> Option<i128> {
    let two = |at: usize| number_in(text, at, 2);
    let seconds = if text.get(16..17) == Some(":") { two(17)? } else { 0 };
    Some(i128::from(two(11)? * 3600 + two(14)? * 60 + seconds))
}

/// `HH:MM[:SS[.f…]]`, then a zone after at most one space, or nothing.
fn time_is_valid(time: &str) -> bool {
    let in_range = |at: usize, most: i64| number_in(time, at, 2).is_some_and(|value| value <= most);
    if !in_range(0, 23) || time.get(2..3) != Some(":") || !in_range(3, 59) {
        return false;
    }
    let mut rest = &time[5..];
    if rest.starts_with(':') {
        if !in_range(6, 60) {
            return false;
        }
        rest = &time[8..];
        if let Some(fraction) = rest.strip_prefix('.') {
            let after = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if after.len() == fraction.len() {
                return false;
            }
            rest = after;
        }
    }
    rest.is_empty() || zone_is_valid(rest.strip_prefix(' ').unwrap_or(rest))
}

fn zone_is_valid(zone: &str) -> bool {
    if zone == "Z" || zone == "z" {
        return true;
    }
    let Some(offset) = zone.strip_prefix(['+', '-']) else {
        return false;
    };
    let hours = number_in(offset, 0, 2).is_some_and(|value| value <= 23);
    let minutes = match offset.len() {
        2 => true,
        4 => number_in(offset, 2, 2).is_some_and(|value| value <= 59),
        5 => offset.get(2..3) == Some(":") && number_in(offset, 3, 2).is_some_and(|value| value <= 59),
        _ => false,
    };
    hours && minutes
}

/// The `HH:MM` of a bedtime or wake time.
pub(crate) fn clock(text: &str) -> Option<String> {
    let dated = text.get(..10).and_then(Date::parse).is_some();
    let time = if dated { text.get(11..)? } else { text };
    (0..time.len()).find_map(|at| {
        let hours = number_in(time, at, 2)?;
        let minutes = number_in(time, at + 3, 2)?;
        let colon = time.get(at + 2..at + 3) == Some(":");
        (colon && hours <= 23 && minutes <= 59).then(|| format!("{hours:02}:{minutes:02}"))
    })
}

/// The number that these ASCII digits write.
fn number_in(text: &str, at: usize, length: usize) -> Option<i64> {
    let digits = text.get(at..at + length)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().unwrap())
}
