//! The domain's nouns: the kinds of record, the fields read from each, and the (user, day) they belong to.
//!
//! Which JSON field feeds which column is decided by the tables here and nowhere else. A measured value is a
//! decimal with three places, held as an integer of thousandths (`Milli`), so every sum is exact.

use std::fmt;
use std::str::FromStr;

/// What one input file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordKind {
    /// Profiles; they make no day of their own.
    Users,
    /// Runs, rides, walks: one record a session.
    Activities,
    /// Strength and class workouts.
    Workouts,
    /// One record a meal.
    Nutrition,
    /// One record a night (or nap), under the day it ended.
    Sleep,
    /// One record a reading.
    HeartRate,
    /// Scale and tape measure.
    Measurements,
}

impl RecordKind {
    /// Every kind, profiles first.
    pub const ALL: [RecordKind; 7] = [
        RecordKind::Users,
        RecordKind::Activities,
        RecordKind::Workouts,
        RecordKind::Nutrition,
        RecordKind::Sleep,
        RecordKind::HeartRate,
        RecordKind::Measurements,
    ];

    /// The kinds that make days, in the order their columns are kept.
    pub const DATA: [RecordKind; 6] = [
        RecordKind::Activities,
        RecordKind::Workouts,
        RecordKind::Nutrition,
        RecordKind::Sleep,
        RecordKind::HeartRate,
        RecordKind::Measurements,
    ];

    /// The file stem of the kind, as in `heart_rate.json`.
    pub fn name(self) -> &'static str {
        match self {
            RecordKind::Users => "users",
            RecordKind::Activities => "activities",
            RecordKind::Workouts => "workouts",
            RecordKind::Nutrition => "nutrition",
            RecordKind::Sleep => "sleep",
            RecordKind::HeartRate => "heart_rate",
            RecordKind::Measurements => "measurements",
        }
    }

    /// Position in [`RecordKind::DATA`]; `None` for profiles.
    pub fn data_index(self) -> Option<usize> {
        RecordKind::DATA.iter().position(|kind| *kind == self)
    }

    /// The columns kept of a record of this kind.
    pub fn fields(self) -> &'static [Field] {
        match self {
            RecordKind::Users => &[],
            RecordKind::Activities => &ACTIVITIES,
            RecordKind::Workouts => &WORKOUTS,
            RecordKind::Nutrition => &NUTRITION,
            RecordKind::Sleep => &SLEEP,
            RecordKind::HeartRate => &HEART_RATE,
            RecordKind::Measurements => &MEASUREMENTS,
        }
    }
}

/// How the JSON value of a field is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A number or null, kept as thousandths.
    Number,
    /// A string or null, kept as a code of the text.
    Text,
    /// A string or null, of which the clock time is kept as minutes since midnight.
    Clock,
    /// A string (kept as text), or a number that goes to the column after this one.
    TextOrNumber,
}

/// One column: the JSON field that feeds it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The JSON key.
    pub key: &'static str,
    /// A second spelling, read when `key` is absent or null.
    pub alias: Option<&'static str>,
    /// How the value is read.
    pub kind: FieldType,
}

const fn number(key: &'static str) -> Field {
    Field {
        key,
        alias: None,
        kind: FieldType::Number,
    }
}

const fn text(key: &'static str) -> Field {
    Field {
        key,
        alias: None,
        kind: FieldType::Text,
    }
}

const fn clock(key: &'static str) -> Field {
    Field {
        key,
        alias: None,
        kind: FieldType::Clock,
    }
}

const fn aliased(key: &'static str, alias: &'static str) -> Field {
    Field {
        key,
        alias: Some(alias),
        kind: FieldType::Number,
    }
}

/// Positions of the columns of each kind; the tables below follow the same order (a test holds them together).
#[expect(missing_docs, reason = "each constant is named after its JSON field")]
pub mod column {
    pub const ACTIVITY_DURATION: usize = 0;
    pub const ACTIVITY_DISTANCE: usize = 1;
    pub const ACTIVITY_STEPS: usize = 2;
    pub const ACTIVITY_CALORIES: usize = 3;
    pub const ACTIVITY_HR_AVG: usize = 4;
    pub const ACTIVITY_HR_MAX: usize = 5;
    pub const ACTIVITY_TYPE: usize = 6;
    pub const ACTIVITY_WEATHER: usize = 7;
    pub const ACTIVITY_INTENSITY: usize = 8;

    pub const WORKOUT_DURATION: usize = 0;
    pub const WORKOUT_CALORIES: usize = 1;
    pub const WORKOUT_SETS: usize = 2;
    pub const WORKOUT_REPS: usize = 3;
    pub const WORKOUT_TYPE: usize = 4;

    pub const MEAL_CALORIES: usize = 0;
    pub const MEAL_PROTEIN: usize = 1;
    pub const MEAL_CARBS: usize = 2;
    pub const MEAL_FAT: usize = 3;
    pub const MEAL_FIBER: usize = 4;
    pub const MEAL_SUGAR: usize = 5;
    pub const MEAL_SODIUM: usize = 6;
    pub const MEAL_TYPE: usize = 7;

    pub const SLEEP_TOTAL: usize = 0;
    pub const SLEEP_DEEP: usize = 1;
    pub const SLEEP_REM: usize = 2;
    pub const SLEEP_LIGHT: usize = 3;
    pub const SLEEP_EFFICIENCY: usize = 4;
    pub const SLEEP_AWAKENINGS: usize = 5;
    pub const SLEEP_RESTING_HR: usize = 6;
    pub const SLEEP_BEDTIME: usize = 7;
    pub const SLEEP_WAKE_TIME: usize = 8;
    pub const SLEEP_QUALITY: usize = 9;
    pub const SLEEP_SCORE: usize = 10;

    pub const HEART_RATE: usize = 0;
}

const ACTIVITIES: [Field; 9] = [
    number("duration"),
    number("distance"),
    number("steps"),
    number("calories_burned"),
    number("heart_rate_avg"),
    number("heart_rate_max"),
    text("activity_type"),
    text("weather"),
    text("intensity"),
];

const WORKOUTS: [Field; 5] = [
    number("duration"),
    number("calories_burned"),
    number("sets"),
    number("reps"),
    text("workout_type"),
];

const NUTRITION: [Field; 8] = [
    number("calories"),
    number("protein"),
    number("carbs"),
    number("fat"),
    aliased("fiber", "fiber_g"),
    aliased("sugar", "sugar_g"),
    aliased("sodium", "sodium_mg"),
    text("meal_type"),
];

/// The last column has no field of its own: it takes a `sleep_quality` that is a number.
const SLEEP: [Field; 11] = [
    number("total_sleep"),
    number("deep_sleep"),
    number("rem_sleep"),
    number("light_sleep"),
    number("sleep_efficiency"),
    number("awakenings"),
    number("resting_heart_rate"),
    clock("bedtime"),
    clock("wake_time"),
    Field {
        key: "sleep_quality",
        alias: None,
        kind: FieldType::TextOrNumber,
    },
    Field {
        key: "",
        alias: None,
        kind: FieldType::Number,
    },
];

const HEART_RATE: [Field; 1] = [number("value")];

const MEASUREMENTS: [Field; 10] = [
    number("weight"),
    number("body_fat"),
    number("muscle_mass"),
    number("bmi"),
    number("waist"),
    number("chest"),
    number("bicep"),
    number("thigh"),
    number("body_water"),
    number("bone_mass"),
];

/// A decimal with three places, held as an integer of thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Milli(i64);

impl Milli {
    /// The value `thousandths / 1000`.
    pub const fn from_thousandths(thousandths: i64) -> Milli {
        Milli(thousandths)
    }

    /// A whole number.
    pub const fn from_whole(whole: i64) -> Milli {
        Milli(whole * 1000)
    }

    /// The value times one thousand.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// The nearest double, which prints as the same decimal.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// Prints the shortest exact decimal: `7`, `7.5`, `-0.125`.
impl fmt::Display for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}{}", magnitude / 1000)?;
        let fraction = magnitude % 1000;
        if fraction == 0 {
            return Ok(());
        }
        let digits = format!("{fraction:03}");
        write!(f, ".{}", digits.trim_end_matches('0'))
    }
}

/// A day of the proleptic Gregorian calendar, as days since 1970-01-01. It has no time zone: the day is the one
/// written in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(i32);

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
    ///
    /// The day number is Howard Hinnant's `days_from_civil` (chrono-Compatible Low-Level Date Algorithms).
    pub const fn from_ymd(year: i32, month: u32, day: u32) -> Option<Date> {
        if year < 1 || year > 9999 || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        let shifted_year = if month <= 2 { year - 1 } else { year };
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year.rem_euclid(400);
        let month_from_march = (month as i32 + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Date(era * 146_097 + day_of_era - 719_468))
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
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 0,
    }
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

/// What `users.json` says of a user, without name and e-mail: those never leave the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Years.
    pub age: Option<Milli>,
    /// As written, for example `Female`.
    pub gender: Option<String>,
    /// Centimetres.
    pub height_cm: Option<Milli>,
    /// Kilograms.
    pub weight_kg: Option<Milli>,
    /// As written, for example `Beginner`.
    pub fitness_level: Option<String>,
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
            let (year, month, day) = date.ymd();
            assert_eq!(Date::from_ymd(year, month, day), Some(date));
            assert_eq!(date.to_string().parse::<Date>().unwrap(), date);
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

    #[test]
    fn thousandths_print_without_a_useless_fraction() {
        for (thousandths, text) in [(7000, "7"), (7500, "7.5"), (-125, "-0.125"), (0, "0"), (1001, "1.001")] {
            assert_eq!(Milli::from_thousandths(thousandths).to_string(), text);
        }
    }

    #[test]
    fn column_positions_name_their_fields() {
        use column::*;
        let at = |kind: RecordKind, index: usize| kind.fields()[index].key;
        assert_eq!(at(RecordKind::Activities, ACTIVITY_HR_MAX), "heart_rate_max");
        assert_eq!(at(RecordKind::Activities, ACTIVITY_INTENSITY), "intensity");
        assert_eq!(at(RecordKind::Workouts, WORKOUT_TYPE), "workout_type");
        assert_eq!(at(RecordKind::Nutrition, MEAL_TYPE), "meal_type");
        assert_eq!(at(RecordKind::Sleep, SLEEP_BEDTIME), "bedtime");
        assert_eq!(at(RecordKind::Sleep, SLEEP_QUALITY), "sleep_quality");
        assert_eq!(RecordKind::Sleep.fields().len(), SLEEP_SCORE + 1);
        assert_eq!(at(RecordKind::HeartRate, HEART_RATE), "value");
    }
}
