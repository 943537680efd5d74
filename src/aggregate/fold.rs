//! From the rows of a day to its properties.

use std::sync::Arc;

use super::baseline::COMPARED;
use super::exact::round_ratio;
use super::group::DayRows;
use super::numbers::Numbers;
use super::sessions::session;
use super::{Totals, present};
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
        (Measurements, WEIGHT, Last, WeightKg),
        (Measurements, BODY_FAT, Last, BodyFatPercent),
        (Measurements, MUSCLE_MASS, Last, MuscleMassKg),
        (Measurements, BMI, Last, Bmi),
        (Measurements, WAIST, Last, WaistCm),
        (Measurements, CHEST, Last, ChestCm),
        (Measurements, BICEP, Last, BicepCm),
        (Measurements, THIGH, Last, ThighCm),
        (Measurements, BODY_WATER, Last, BodyWaterPercent),
        (Measurements, BONE_MASS, Last, BoneMassKg),
    ]
};

/// The rows of a day, one a kind in the order of [`RecordKind::DATA`].
pub(super) type RowsByKind<'a> = [DayRows<'a>; RecordKind::DATA.len()];

/// The columns whose totals are needed.
pub(super) fn totalled() -> impl Iterator<Item = (RecordKind, usize)> {
    let totalled = |rule: Rule| matches!(rule, Rule::Sum | Rule::Mean | Rule::Max);
    let rules = RULES.iter().filter(move |(_, _, rule, _)| totalled(*rule));
    rules.map(|(kind, column, _, _)| (*kind, *column))
}

/// Sets every property of the day.
pub(super) fn fold(day: &mut Day, rows: &RowsByKind<'_>, numbers: &Numbers, texts: &Columns) {
    day.records = rows.iter().map(|rows| rows.len() as u32).sum();
    for (kind, column, rule, property) in RULES {
        let rows = of_kind(rows, *kind);
        let totals = rows.segment().and_then(|at| numbers.totals(*kind, *column, at));
        set(day, *property, apply(*rule, rows, *column, totals, texts));
    }
    fold_heart_rate(day, of_kind(rows, RecordKind::HeartRate), numbers);
    fold_zones(day, of_kind(rows, RecordKind::HeartRate), numbers);
    fold_activities(day, of_kind(rows, RecordKind::Activities), texts);
    set(
        day,
        Property::WorkoutReps,
        workout_reps(of_kind(rows, RecordKind::Workouts)).map(Value::Number),
    );
    let meals = of_kind(rows, RecordKind::Nutrition).len() as u32;
    set(day, Property::Meals, (meals > 0).then_some(Value::Count(meals)));
    for (index, compared) in COMPARED.iter().enumerate() {
        let segment = of_kind(rows, compared.kind).segment();
        if let Some(comparison) = segment.and_then(|at| numbers.comparison(index, at)) {
            day.set(compared.delta, Value::Number(comparison.delta));
            day.set(compared.usual, Value::Number(comparison.usual));
            day.set(compared.spread, Value::Number(comparison.spread));
        }
    }
}

fn of_kind<'r, 'a>(rows: &'r RowsByKind<'a>, kind: RecordKind) -> &'r DayRows<'a> {
    &rows[kind.data_index().expect("profiles have no rows")]
}

fn set(day: &mut Day, property: Property, value: Option<Value>) {
    if let Some(value) = value {
        day.set(property, value);
    }
}

fn apply(rule: Rule, rows: &DayRows<'_>, column: usize, totals: Option<&Totals>, texts: &Columns) -> Option<Value> {
    match rule {
        Rule::Sum => totals.map(|totals| Value::Number(totals.sum())),
        Rule::Mean => totals.map(|totals| Value::Number(totals.mean())),
        Rule::Max => totals.map(|totals| thousandths(totals.max)),
        Rule::Last => rows.last(column).map(thousandths),
        Rule::LastText => rows.last(column).map(|last| Value::Text(texts.text(last))),
        Rule::LastClock => rows.last(column).map(|last| Value::Text(clock(last))),
        Rule::Distinct => distinct(present(rows.column(column)).map(|code| texts.text(code))).map(Value::List),
    }
}

fn thousandths(value: i32) -> Value {
    Value::Number(Milli::from_thousandths(i64::from(value)))
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

fn fold_heart_rate(day: &mut Day, rows: &DayRows<'_>, numbers: &Numbers) {
    let Some(heart_rate) = rows.segment().and_then(|at| numbers.heart_rate(at)) else {
        return;
    };
    let totals = &heart_rate.totals;
    day.set(Property::HrCount, Value::Count(totals.count));
    day.set(Property::HrMin, thousandths(totals.min));
    day.set(Property::HrMax, thousandths(totals.max));
    day.set(Property::HrMean, Value::Number(totals.mean()));
    day.set(Property::HrStd, Value::Number(heart_rate.standard_deviation()));
    let properties = [
        Property::HrP5,
        Property::HrP25,
        Property::HrP50,
        Property::HrP75,
        Property::HrP95,
    ];
    for (property, value) in properties.into_iter().zip(heart_rate.percentiles) {
        day.set(property, thousandths(value));
    }
}

fn fold_zones(day: &mut Day, rows: &DayRows<'_>, numbers: &Numbers) {
    let minutes = rows.segment().and_then(|at| numbers.zone_minutes(at));
    set(day, Property::HrZoneMinutes, minutes.map(Value::Numbers));
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
    // Only thousands of records at both limits come so far.
    let most = i128::from(i64::MAX) * 1000;
    millionths.map(|millionths| Milli::from_thousandths(round_ratio(millionths.clamp(-most, most), 1000)))
}
