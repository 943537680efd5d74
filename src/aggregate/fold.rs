//! From the rows of a day to its properties.

use std::sync::Arc;

use super::cpu::{partial, percentile, present};
use super::exact::round_ratio;
use super::group::DayRows;
use super::sessions::session;
use crate::columns::{Columns, NULL};
use crate::day::{Day, Property, Value};
use crate::record::column::*;
use crate::record::{Milli, RecordKind};

/// How a property follows from a column.
#[derive(Clone, Copy)]
enum Rule {
    Sum,
    Mean,
    Max,
    /// The last value of the day, in file order.
    Last,
    LastText,
    LastClock,
    /// Distinct texts, in record order.
    Distinct,
}

/// Every property that follows from one column alone.
const RULES: &[(RecordKind, usize, Rule, Property)] = {
    use Property::*;
    use RecordKind::*;
    use Rule::*;
    &[
        (Sleep, SLEEP_TOTAL, Sum, SleepHours),
        (Sleep, SLEEP_DEEP, Sum, DeepSleepHours),
        (Sleep, SLEEP_REM, Sum, RemSleepHours),
        (Sleep, SLEEP_LIGHT, Sum, LightSleepHours),
        (Sleep, SLEEP_EFFICIENCY, Mean, SleepEfficiency),
        (Sleep, SLEEP_QUALITY, LastText, SleepQuality),
        (Sleep, SLEEP_SCORE, Last, SleepScore),
        (Sleep, SLEEP_AWAKENINGS, Sum, Awakenings),
        (Sleep, SLEEP_RESTING_HR, Mean, RestingHr),
        (Sleep, SLEEP_BEDTIME, LastClock, Bedtime),
        (Sleep, SLEEP_WAKE_TIME, LastClock, WakeTime),
        (Activities, ACTIVITY_DURATION, Sum, ActivityMinutes),
        (Activities, ACTIVITY_DISTANCE, Sum, DistanceKm),
        (Activities, ACTIVITY_STEPS, Sum, Steps),
        (Activities, ACTIVITY_CALORIES, Sum, ActivityKcal),
        (Activities, ACTIVITY_HR_MAX, Max, ActivityHrMax),
        (Activities, ACTIVITY_TYPE, Distinct, ActivityTypes),
        (Activities, ACTIVITY_WEATHER, Distinct, Weather),
        (Activities, ACTIVITY_INTENSITY, Distinct, Intensities),
        (Workouts, WORKOUT_DURATION, Sum, WorkoutMinutes),
        (Workouts, WORKOUT_CALORIES, Sum, WorkoutKcal),
        (Workouts, WORKOUT_SETS, Sum, WorkoutSets),
        (Workouts, WORKOUT_TYPE, Distinct, WorkoutTypes),
        (Nutrition, MEAL_TYPE, Distinct, MealTypes),
        (Nutrition, MEAL_CALORIES, Sum, EatenKcal),
        (Nutrition, MEAL_PROTEIN, Sum, ProteinG),
        (Nutrition, MEAL_CARBS, Sum, CarbsG),
        (Nutrition, MEAL_FAT, Sum, FatG),
        (Nutrition, MEAL_FIBER, Sum, FiberG),
        (Nutrition, MEAL_SUGAR, Sum, SugarG),
        (Nutrition, MEAL_SODIUM, Sum, SodiumMg),
        (Measurements, 0, Last, WeightKg),
        (Measurements, 1, Last, BodyFatPercent),
        (Measurements, 2, Last, MuscleMassKg),
        (Measurements, 3, Last, Bmi),
        (Measurements, 4, Last, WaistCm),
        (Measurements, 5, Last, ChestCm),
        (Measurements, 6, Last, BicepCm),
        (Measurements, 7, Last, ThighCm),
        (Measurements, 8, Last, BodyWaterPercent),
        (Measurements, 9, Last, BoneMassKg),
    ]
};

/// The rows of a day, one a kind in the order of [`RecordKind::DATA`].
pub(super) type RowsByKind<'a> = [DayRows<'a>; RecordKind::DATA.len()];

/// Sets every property of the day but those that need other days.
pub(super) fn fold(day: &mut Day, rows: &RowsByKind<'_>, texts: &Columns) {
    day.records = rows.iter().map(|rows| rows.len() as u32).sum();
    for (kind, column, rule, property) in RULES {
        let value = apply(*rule, of_kind(rows, *kind), *column, texts);
        set(day, *property, value);
    }
    fold_heart_rate(day, of_kind(rows, RecordKind::HeartRate));
    fold_activities(day, of_kind(rows, RecordKind::Activities), texts);
    set(
        day,
        Property::WorkoutReps,
        workout_reps(of_kind(rows, RecordKind::Workouts)).map(Value::Number),
    );
    let meals = of_kind(rows, RecordKind::Nutrition).len() as u32;
    set(day, Property::Meals, (meals > 0).then_some(Value::Count(meals)));
}

fn of_kind<'r, 'a>(rows: &'r RowsByKind<'a>, kind: RecordKind) -> &'r DayRows<'a> {
    &rows[kind.data_index().expect("profiles have no rows")]
}

fn set(day: &mut Day, property: Property, value: Option<Value>) {
    if let Some(value) = value {
        day.set(property, value);
    }
}

fn apply(rule: Rule, rows: &DayRows<'_>, column: usize, texts: &Columns) -> Option<Value> {
    let stats = || Some(partial(rows.column(column))).filter(|stats| stats.count > 0);
    let number = |thousandths: i64| Value::Number(Milli::from_thousandths(thousandths));
    match rule {
        Rule::Sum => stats().map(|stats| number(stats.sum)),
        Rule::Mean => stats().map(|stats| Value::Number(stats.mean())),
        Rule::Max => stats().map(|stats| number(i64::from(stats.max))),
        Rule::Last => rows.last(column).map(|last| number(i64::from(last))),
        Rule::LastText => rows.last(column).map(|last| Value::Text(texts.text(last))),
        Rule::LastClock => rows.last(column).map(|last| Value::Text(clock(last))),
        Rule::Distinct => distinct(present(rows.column(column)).map(|code| texts.text(code))).map(Value::List),
    }
}

/// Minutes since midnight as `HH:MM`.
fn clock(minutes: i32) -> Arc<str> {
    format!("{:02}:{:02}", minutes / 60, minutes % 60).into()
}

/// The distinct texts in order; `None` where there are none. A day has few, so each is compared with all.
fn distinct(texts: impl Iterator<Item = Arc<str>>) -> Option<Vec<Arc<str>>> {
    let mut list: Vec<Arc<str>> = Vec::new();
    for text in texts {
        if !list.contains(&text) {
            list.push(text);
        }
    }
    (!list.is_empty()).then_some(list)
}

fn fold_heart_rate(day: &mut Day, rows: &DayRows<'_>) {
    let mut values: Vec<i32> = present(rows.column(HEART_RATE)).collect();
    if values.is_empty() {
        return;
    }
    values.sort_unstable();
    let stats = partial(&values);
    let number = |thousandths: i32| Value::Number(Milli::from_thousandths(i64::from(thousandths)));
    day.set(Property::HrCount, Value::Count(stats.count as u32));
    day.set(Property::HrMin, number(stats.min));
    day.set(Property::HrMax, number(stats.max));
    day.set(Property::HrMean, Value::Number(stats.mean()));
    day.set(Property::HrStd, Value::Number(stats.standard_deviation()));
    for (percent, property) in [
        (5, Property::HrP5),
        (25, Property::HrP25),
        (50, Property::HrP50),
        (75, Property::HrP75),
        (95, Property::HrP95),
    ] {
        day.set(property, number(percentile(&values, percent)));
    }
}

fn fold_activities(day: &mut Day, rows: &DayRows<'_>, texts: &Columns) {
    set(day, Property::ActivityHrMean, activity_hr_mean(rows).map(Value::Number));
    let sessions = (0..rows.len()).filter_map(|row| session(rows, row, texts));
    set(day, Property::Sessions, distinct(sessions).map(Value::List));
}

/// Mean heart rate weighted by duration, over the records that have a heart rate and a duration above 0.
fn activity_hr_mean(rows: &DayRows<'_>) -> Option<Milli> {
    let (mut weighted, mut duration) = (0i128, 0i128);
    for (minutes, bpm) in rows.column(ACTIVITY_DURATION).iter().zip(rows.column(ACTIVITY_HR_AVG)) {
        if *minutes != NULL && *minutes > 0 && *bpm != NULL {
            weighted += i128::from(*minutes) * i128::from(*bpm);
            duration += i128::from(*minutes);
        }
    }
    (duration > 0).then(|| Milli::from_thousandths(round_ratio(weighted, duration)))
}

/// Sets × reps, summed; a workout without sets counts its reps once.
fn workout_reps(rows: &DayRows<'_>) -> Option<Milli> {
    let reps_and_sets = rows.column(WORKOUT_REPS).iter().zip(rows.column(WORKOUT_SETS));
    let products = reps_and_sets.filter(|(reps, _)| **reps != NULL).map(|(reps, sets)| {
        let sets = if *sets == NULL { 1000 } else { i128::from(*sets) };
        sets * i128::from(*reps)
    });
    let mut millionths: Option<i128> = None;
    for product in products {
        millionths = Some(millionths.unwrap_or(0) + product);
    }
    millionths.map(|millionths| Milli::from_thousandths(round_ratio(millionths, 1000)))
}
