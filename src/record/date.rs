//! Days of the calendar, without a time zone. Pure.

use std::fmt;
use std::str::FromStr;

/// A day of the proleptic Gregorian calendar, as days since 1970-01-01. It has no time zone: the day is the one
/// written in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(i32);

/// From the last day of February of the year 0.
const DAYS_TO_1970: i32 = 719_469;

/// Of a month and day, the number of the day in a year that begins in March; 0 where no year has it.
///
/// A table, for neither branches on the month nor the arithmetic of it: shuffled records have another date each.
const DAYS_OF_YEAR: [u16; 1 << 9] = days_of_year();
const FEBRUARY_29: usize = cell(2, 29);

/// The place of a day in the table, of a month below 16 and a day below 32.
const fn cell(month: u32, day: u32) -> usize {
    (month << 5 | day) as usize
}

/// Source: C. Neri, L. Schneider, "Euclidean affine functions and their application to calendar algorithms", 2022.
const fn days_of_year() -> [u16; 1 << 9] {
    let mut days = [0; 1 << 9];
    let mut month = 1;
    while month <= 12 {
        let from_march = if month <= 2 { month + 12 } else { month };
        let mut day = 1;
        while day <= days_in_month(4, month) {
            days[cell(month, day)] = ((979 * from_march - 2919) / 32 + day) as u16;
            day += 1;
        }
        month += 1;
    }
    days
}

impl Date {
    /// The day `days` after 1970-01-01.
    pub const fn from_days(days: i32) -> Date {
        Date(days)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// A calendar day; `None` where no calendar has it (months 1 to 12, years 1 to 9999).
    #[inline]
    pub const fn from_ymd(year: i32, month: u32, day: u32) -> Option<Date> {
        if year < 1 || year > 9999 || month >= 16 || day >= 32 {
            return None;
        }
        let cell = cell(month, day);
        let day_of_year = DAYS_OF_YEAR[cell];
        if day_of_year == 0 || cell == FEBRUARY_29 && !is_leap_year(year) {
            return None;
        }
        // The year begins in March.
        let year = year as u32 - (month <= 2) as u32;
        let century = year / 100;
        let days = 1461 * year / 4 - century + century / 4 + day_of_year as u32;
        Some(Date(days as i32 - DAYS_TO_1970))
    }

    /// Year, month (1 to 12) and day of the month.
    pub const fn ymd(self) -> (i32, u32, u32) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month as u32, day as u32)
    }

    /// Day of the week, Monday = 0 to Sunday = 6.
    pub const fn weekday(self) -> u32 {
        (self.0 + 3).rem_euclid(7) as u32
    }

    /// The day `days` later (earlier, where negative).
    pub const fn plus(self, days: i32) -> Date {
        Date(self.0 + days)
    }
}

/// Days of a month, 0 for a month that does not exist.
pub const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 => 28 + is_leap_year(year) as u32,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

const fn is_leap_year(year: i32) -> bool {
    (year % 4 == 0) & ((year % 25 != 0) | (year % 16 == 0))
}

/// Prints `YYYY-MM-DD`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A text that is no `YYYY-MM-DD` of the calendar.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no date of the calendar; write YYYY-MM-DD")]
pub struct DateError(String);

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Date, DateError> {
        let digits = |range: std::ops::Range<usize>| -> Option<u32> {
            let part = text.get(range)?;
            part.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| part.parse().ok())?
        };
        let separators = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        let parsed = || Date::from_ymd(digits(0..4)? as i32, digits(5..7)?, digits(8..10)?);
        parsed()
            .filter(|_| separators)
            .ok_or_else(|| DateError(text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_round_trip_over_eight_centuries() {
        let first = Date::from_ymd(1600, 1, 1).unwrap().days();
        let last = Date::from_ymd(2400, 12, 31).unwrap().days();
        for days in first..=last {
            let date = Date::from_days(days);
            assert_eq!(date.to_string().parse::<Date>().unwrap(), date);
        }
    }

    #[test]
    fn every_day_of_every_year_follows_the_one_before() {
        let mut days = Date::from_ymd(1, 1, 1).unwrap().days();
        assert_eq!(Date::from_ymd(1970, 1, 1), Some(Date::from_days(0)));
        for (year, month) in (1..=9999).flat_map(|year| (1..=12).map(move |month| (year, month))) {
            for day in 1..=days_in_month(year, month) {
                assert_eq!(Date::from_ymd(year, month, day), Some(Date::from_days(days)));
                assert_eq!(Date::from_days(days).ymd(), (year, month, day));
                days += 1;
            }
            assert_eq!(Date::from_ymd(year, month, days_in_month(year, month) + 1), None);
        }
    }

    #[test]
    fn dates_that_no_calendar_has_are_refused() {
        for text in [
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-1-01",
            "2025-01-32",
            "20250101",
            "+025-01-01",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert_eq!(Date::from_ymd(2024, 2, 29).map(Date::weekday), Some(3));
    }
}
