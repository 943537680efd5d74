//! One record's JSON to a row of its numbers and texts, or nothing where it is to be rejected.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::number;
use super::time::{self, Date};

/// An accepted record; what it lacks or has as null is not there.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) user_id: String,
    /// The day; a profile has none.
    pub(crate) date: Option<Date>,
    /// Seconds since midnight, where the time has a clock time.
    pub(crate) second: Option<i128>,
    numbers: BTreeMap<&'static str, i128>,
    texts: BTreeMap<&'static str, String>,
}

impl Row {
    /// A number in thousandths.
    pub(crate) fn number(&self, key: &str) -> Option<i128> {
        self.numbers.get(key).copied()
    }

    /// The first of two spellings that has a number.
    pub(crate) fn number_or(&self, key: &str, alias: &str) -> Option<i128> {
        self.number(key).or_else(|| self.number(alias))
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }
}

/// Numeric and text fields of a kind; `sleep_quality` may be either and stands in both.
fn fields(kind: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        "users" => (&["age", "height", "weight"], &["gender", "fitness_level"]),
        "heart_rate" => (&["value"], &[]),
        "sleep" => (
            &[
                "total_sleep",
                "deep_sleep",
                "rem_sleep",
                "light_sleep",
                "sleep_efficiency",
                "sleep_quality",
                "awakenings",
                "resting_heart_rate",
            ],
            &["sleep_quality", "bedtime", "wake_time"],
        ),
        "activities" => (
            &[
                "duration",
                "distance",
                "steps",
                "calories_burned",
                "heart_rate_avg",
                "heart_rate_max",
            ],
            &["activity_type", "weather", "intensity"],
        ),
        "workouts" => (&["duration", "calories_burned", "sets", "reps"], &["workout_type"]),
        "nutrition" => (
            &[
                "calories",
                "protein",
                "carbs",
                "fat",
                "fiber",
                "fiber_g",
                "sugar",
                "sugar_g",
                "sodium",
                "sodium_mg",
            ],
            &["meal_type"],
        ),
        "measurements" => (
            &[
                "weight",
                "body_fat",
                "muscle_mass",
                "bmi",
                "waist",
                "chest",
                "bicep",
                "thigh",
                "body_water",
                "bone_mass",
            ],
            &[],
        ),
        _ => panic!("no such kind: {kind}"),
    }
}

/// Reads one record; `None` rejects it.
pub(crate) fn read(kind: &str, json: &str) -> Option<Row> {
    // Of a repeated key the map keeps the last value.
    let object: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
    let user_id = user_id(object.get("user_id")?.get())?;
    let (date, second) = match kind {
        "users" => (None, None),
        _ => {
            let text = time_text(&object)?;
            (Some(time::day_of(&text)?), time::second_of_day(&text))
        }
    };
    let (number_keys, text_keys) = fields(kind);
    let mut row = Row {
        user_id,
        date,
        second,
        numbers: BTreeMap::new(),
        texts: BTreeMap::new(),
    };
    for (key, raw) in &object {
        let number_key = number_keys.iter().find(|known| *known == key);
        let text_key = text_keys.iter().find(|known| *known == key);
        match (raw.get().as_bytes()[0], number_key, text_key) {
            (_, None, None) | (b'n', _, _) => {}
            (b'-' | b'0'..=b'9', Some(key), _) => {
                row.numbers.insert(key, number::thousandths(raw.get())?);
            }
            (b'"', _, Some(key)) => {
                row.texts.insert(key, serde_json::from_str(raw.get()).ok()?);
            }
            _ => return None,
        }
    }
    Some(row)
}

/// A string that is not empty, or the digits of an integer.
fn user_id(json: &str) -> Option<String> {
    if json.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(json.to_string());
    }
    let text: String = serde_json::from_str(json).ok()?;
    (!text.is_empty()).then_some(text)
}

fn time_text(object: &BTreeMap<String, &RawValue>) -> Option<String> {
    let raw = ["date", "date_time", "timestamp"]
        .iter()
        .filter_map(|key| object.get(*key))
        .find(|raw| raw.get() != "null")?;
    serde_json::from_str(raw.get()).ok()
}
