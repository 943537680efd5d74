//! The domain's nouns: the kinds of record, the fields read from each, and the (user, day) they belong to.
//!
//! Which JSON field feeds which column is decided by the tables here and nowhere else. A measured value is a
//! decimal with three places, held as an integer of thousandths (`Milli`), so every sum is exact.

mod date;

use std::fmt;

pub use date::{Date, DateError, days_in_month};

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
    /// Not a field of its own: the time of day that the record's time text has, as seconds since midnight.
    TimeOfDay,
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

    pub const WEIGHT: usize = 0;
    pub const BODY_FAT: usize = 1;
    pub const MUSCLE_MASS: usize = 2;
    pub const BMI: usize = 3;
    pub const WAIST: usize = 4;
    pub const CHEST: usize = 5;
    pub const BICEP: usize = 6;
    pub const THIGH: usize = 7;
    pub const BODY_WATER: usize = 8;
    pub const BONE_MASS: usize = 9;

    pub const HEART_RATE: usize = 0;
    pub const HEART_RATE_TIME: usize = 1;
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

/// The last column is fed by the time of the record.
const HEART_RATE: [Field; 2] = [
    number("value"),
    Field {
        key: "",
        alias: None,
        kind: FieldType::TimeOfDay,
    },
];

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
        let measurements = [
            WEIGHT,
            BODY_FAT,
            MUSCLE_MASS,
            BMI,
            WAIST,
            CHEST,
            BICEP,
            THIGH,
            BODY_WATER,
            BONE_MASS,
        ];
        assert_eq!(
            measurements
                .map(|column| at(RecordKind::Measurements, column))
                .join(" "),
            "weight body_fat muscle_mass bmi waist chest bicep thigh body_water bone_mass"
        );
        assert_eq!(
            RecordKind::HeartRate.fields()[HEART_RATE_TIME].kind,
            FieldType::TimeOfDay
        );
    }
}
