//! The rows of one user's day to the properties of section 5.

use std::collections::BTreeMap;

use super::number::{decimal, rounded};
use super::record::Row;
use super::{Properties, UserDay, time};

/// The value of a property.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// An integer of our own counting.
    Count(usize),
    /// Thousandths.
    Number(i128),
    Text(String),
    List(Vec<String>),
    /// Thousandths.
    Numbers(Vec<i128>),
}

impl Value {
    /// The value as a document writes it.
    pub(crate) fn json(&self) -> String {
        match self {
            Value::Count(count) => count.to_string(),
            Value::Number(thousandths) => decimal(*thousandths),
            Value::Text(text) => serde_json::to_string(text).unwrap(),
            Value::List(texts) => serde_json::to_string(texts).unwrap(),
            Value::Numbers(numbers) => format!(
                "[{}]",
                numbers
                    .iter()
                    .map(|number| decimal(*number))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
        }
    }
}

/// Everything but the baselines.
pub(crate) fn properties(user_day: &UserDay, rows: &BTreeMap<&'static str, Vec<Row>>) -> Properties {
    let (user_id, date) = user_day;
    let mut day = Properties::new();
    let name = format!("vitalvec/day/{user_id}/{date}");
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_DNS, name.as_bytes());
    day.insert("id", Value::Text(id.to_string()));
    day.insert("user_id", Value::Text(user_id.clone()));
    day.insert("date", Value::Text(date.clone()));
    day.insert("kind", Value::Text("day".to_string()));
    day.insert("records", Value::Count(rows.values().map(Vec::len).sum()));
    for (kind, of_kind) in rows {
        let group = Group {
            rows: of_kind,
            day: &mut day,
        };
        match *kind {
            "heart_rate" => group.heart_rate(),
            "sleep" => group.sleep(),
            "activities" => group.activities(),
            "workouts" => group.workouts(),
            "nutrition" => group.nutrition(),
            "measurements" => group.measurements(),
            other => panic!("no such kind: {other}"),
        }
    }
    day
}

/// The records of one kind in file order, and the day they add to.
struct Group<'a> {
    rows: &'a [Row],
    day: &'a mut Properties,
}

impl Group<'_> {
    fn numbers(&self, key: &str) -> Vec<i128> {
        self.rows.iter().filter_map(|row| row.number(key)).collect()
    }

    fn put(&mut self, property: &'static str, value: Option<i128>) {
        if let Some(thousandths) = value {
            self.day.insert(property, Value::Number(thousandths));
        }
    }

    fn sum(&mut self, property: &'static str, key: &str) {
        let values = self.numbers(key);
        self.put(property, (!values.is_empty()).then(|| values.iter().sum()));
    }

    fn sum_of_either(&mut self, property: &'static str, key: &str, alias: &str) {
        let values: Vec<i128> = self.rows.iter().filter_map(|row| row.number_or(key, alias)).collect();
        self.put(property, (!values.is_empty()).then(|| values.iter().sum()));
    }

    fn mean(&mut self, property: &'static str, key: &str) {
        let values = self.numbers(key);
        let mean = (!values.is_empty()).then(|| rounded(values.iter().sum(), values.len() as i128));
        self.put(property, mean);
    }

    fn last(&mut self, property: &'static str, key: &str) {
        let last = self.numbers(key).last().copied();
        self.put(property, last);
    }

    fn last_text(&mut self, property: &'static str, texts: Vec<String>) {
        if let Some(last) = texts.into_iter().next_back() {
            self.day.insert(property, Value::Text(last));
        }
    }

    fn texts(&self, key: &str) -> Vec<String> {
        self.rows
            .iter()
            .filter_map(|row| row.text(key))
            .map(str::to_string)
            .collect()
    }

    fn list(&mut self, property: &'static str, texts: Vec<String>) {
        let mut distinct: Vec<String> = Vec::new();
        for text in texts {
            if !distinct.contains(&text) {
                distinct.push(text);
            }
        }
        if !distinct.is_empty() {
            self.day.insert(property, Value::List(distinct));
        }
    }

    fn heart_rate(mut self) {
        let mut values = self.numbers("value");
        if values.is_empty() {
            return;
        }
        values.sort_unstable();
        let count = values.len();
        // Nearest rank: the smallest value that at least p percent of the values do not exceed.
        let percentile = |p: usize| values[(p * count).div_ceil(100) - 1];
        self.day.insert("hr_count", Value::Count(count));
        self.put("hr_min", values.first().copied());
        self.put("hr_max", values.last().copied());
        self.mean("hr_mean", "value");
        self.put("hr_std", Some(standard_deviation(&values)));
        self.put("hr_p5", Some(percentile(5)));
        self.put("hr_p25", Some(percentile(25)));
        self.put("hr_p50", Some(percentile(50)));
        self.put("hr_p75", Some(percentile(75)));
        self.put("hr_p95", Some(percentile(95)));
        self.heart_rate_zones();
    }

    /// Each reading lasts until the next one of the day if that is at most ten minutes away; zones begin at tenths of 180.
    fn heart_rate_zones(&mut self) {
        let timed = |row: &Row| Some((row.second?, row.number("value")?));
        let mut readings: Vec<(i128, i128)> = self.rows.iter().filter_map(timed).collect();
        readings.sort_by_key(|(second, _)| *second);
        let mut seconds = [0; 5];
        let mut known = false;
        for pair in readings.windows(2) {
            let gap = pair[1].0 - pair[0].0;
            if gap == 0 || gap > 600 {
                continue;
            }
            known = true;
            let zone = [90_000, 108_000, 126_000, 144_000, 162_000]
                .iter()
                .filter(|from| pair[0].1 >= **from)
                .count();
            if zone > 0 {
                seconds[zone - 1] += gap;
            }
        }
        if known {
            let minutes = seconds.iter().map(|seconds| rounded(seconds * 1000, 60)).collect();
            self.day.insert("hr_zone_minutes", Value::Numbers(minutes));
        }
    }

    fn sleep(mut self) {
        self.sum("sleep_hours", "total_sleep");
        self.sum("deep_sleep_hours", "deep_sleep");
        self.sum("rem_sleep_hours", "rem_sleep");
        self.sum("light_sleep_hours", "light_sleep");
        self.mean("sleep_efficiency", "sleep_efficiency");
        self.last("sleep_score", "sleep_quality");
        self.sum("awakenings", "awakenings");
        self.mean("resting_hr", "resting_heart_rate");
        let quality = self.texts("sleep_quality");
        self.last_text("sleep_quality", quality);
        for key in ["bedtime", "wake_time"] {
            let clocks = self.texts(key).iter().filter_map(|text| time::clock(text)).collect();
            self.last_text(key, clocks);
        }
    }

    fn activities(mut self) {
        self.sum("activity_minutes", "duration");
        self.sum("distance_km", "distance");
        self.sum("steps", "steps");
        self.sum("activity_kcal", "calories_burned");
        let max = self.numbers("heart_rate_max").into_iter().max();
        self.put("activity_hr_max", max);
        let weighted = weighted_mean(self.rows);
        self.put("activity_hr_mean", weighted);
        for (property, key) in [
            ("activity_types", "activity_type"),
            ("weather", "weather"),
            ("intensities", "intensity"),
        ] {
            let texts = self.texts(key);
            self.list(property, texts);
        }
        let sessions = self.rows.iter().filter_map(session).collect();
        self.list("sessions", sessions);
    }

    fn workouts(mut self) {
        self.sum("workout_minutes", "duration");
        self.sum("workout_kcal", "calories_burned");
        self.sum("workout_sets", "sets");
        let reps = repetitions(self.rows);
        self.put("workout_reps", reps);
        let types = self.texts("workout_type");
        self.list("workout_types", types);
    }

    fn nutrition(mut self) {
        self.day.insert("meals", Value::Count(self.rows.len()));
        let types = self.texts("meal_type");
        self.list("meal_types", types);
        self.sum("eaten_kcal", "calories");
        self.sum("protein_g", "protein");
        self.sum("carbs_g", "carbs");
        self.sum("fat_g", "fat");
        self.sum_of_either("fiber_g", "fiber", "fiber_g");
        self.sum_of_either("sugar_g", "sugar", "sugar_g");
        self.sum_of_either("sodium_mg", "sodium", "sodium_mg");
    }

    fn measurements(mut self) {
        for (property, key) in [
            ("weight_kg", "weight"),
            ("body_fat_percent", "body_fat"),
            ("muscle_mass_kg", "muscle_mass"),
            ("bmi", "bmi"),
            ("waist_cm", "waist"),
            ("chest_cm", "chest"),
            ("bicep_cm", "bicep"),
            ("thigh_cm", "thigh"),
            ("body_water_percent", "body_water"),
            ("bone_mass_kg", "bone_mass"),
        ] {
            self.last(property, key);
        }
    }
}

/// Population standard deviation in thousandths: the variance is n Σx² - (Σx)² over n², exact; its root is taken in
/// double precision and rounded half to even.
fn standard_deviation(values: &[i128]) -> i128 {
    let count = values.len() as i128;
    let sum: i128 = values.iter().sum();
    let squares: i128 = values.iter().map(|value| value * value).sum();
    let variance = (count * squares - sum * sum) as f64 / (count * count) as f64;
    variance.sqrt().round_ties_even() as i128
}

/// Heart rate weighted by duration, over records that have both and a duration above 0.
fn weighted_mean(rows: &[Row]) -> Option<i128> {
    let pairs: Vec<(i128, i128)> = rows
        .iter()
        .filter_map(|row| Some((row.number("duration")?, row.number("heart_rate_avg")?)))
        .filter(|(duration, _)| *duration > 0)
        .collect();
    let weight: i128 = pairs.iter().map(|(duration, _)| duration).sum();
    let total: i128 = pairs.iter().map(|(duration, bpm)| duration * bpm).sum();
    (weight > 0).then(|| rounded(total, weight))
}

/// Sets × reps, summed; a workout without sets counts its reps once.
fn repetitions(rows: &[Row]) -> Option<i128> {
    let millionths: Vec<i128> = rows
        .iter()
        .filter_map(|row| Some(row.number("reps")? * row.number("sets").unwrap_or(1000)))
        .collect();
    (!millionths.is_empty()).then(|| rounded(millionths.iter().sum(), 1000))
}

/// One normal form of a session.
fn session(row: &Row) -> Option<String> {
    let parts: Vec<String> = [
        row.text("activity_type").map(str::to_lowercase),
        row.number("duration").map(|value| format!("{} min", decimal(value))),
        row.number("distance").map(|value| format!("{} km", decimal(value))),
        row.text("weather").map(str::to_lowercase),
        row.text("intensity")
            .map(|value| format!("{} intensity", value.to_lowercase())),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
