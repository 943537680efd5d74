//! Planted facts are true in the records, and records show no others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{array, lines, make, texts};
use crate::generate::{Fact, Form, Summary};
use crate::record::{Date, RecordKind};

/// What the files say of one user's day.
#[derive(Default)]
struct Seen {
    records: u32,
    workouts: Vec<Value>,
    activities: Vec<Value>,
    sleep: Vec<Value>,
    eaten_kcal: f64,
    protein_g: f64,
}

type Key = (String, Date);

fn read_days(summary: &Summary) -> BTreeMap<Key, Seen> {
    let mut days: BTreeMap<Key, Seen> = BTreeMap::new();
    for (kind, text) in RecordKind::ALL.into_iter().zip(texts(summary)).skip(1) {
        for record in array(&text) {
            let day = days.entry(key(&record)).or_default();
            day.records += 1;
            match kind {
                RecordKind::Workouts => day.workouts.push(record),
                RecordKind::Activities => day.activities.push(record),
                RecordKind::Sleep => day.sleep.push(record),
                RecordKind::Nutrition => {
                    day.eaten_kcal += number(&record, "calories");
                    day.protein_g += number(&record, "protein");
                }
                _ => {}
            }
        }
    }
    days
}

fn key(record: &Value) -> Key {
    let date = record.get("date").unwrap_or(&record["date_time"]).as_str().unwrap();
    (
        record["user_id"].as_str().unwrap().to_string(),
        date[..10].parse().unwrap(),
    )
}

fn number(record: &Value, key: &str) -> f64 {
    record[key].as_f64().unwrap()
}

/// The facts of `planted.ndjson`, by name.
fn read_planted(summary: &Summary) -> BTreeMap<String, BTreeMap<Key, Value>> {
    let mut facts: BTreeMap<String, BTreeMap<Key, Value>> = BTreeMap::new();
    for line in lines(&std::fs::read_to_string(&summary.planted_path).unwrap()) {
        let name = line["fact"].as_str().unwrap().to_string();
        let twice = facts.entry(name).or_default().insert(key(&line), line);
        assert!(twice.is_none(), "{twice:?}");
    }
    facts
}

/// Days whose records show the fact, judged by limits that lie between the bands.
fn found(days: &BTreeMap<Key, Seen>, fact: Fact, own: &Own) -> BTreeSet<Key> {
    let is_run = |session: &&Value| session["activity_type"] == "Running";
    let hard = |day: &Seen| {
        let sum = |key| day.workouts.iter().map(|workout| number(workout, key)).sum::<f64>();
        sum("duration") >= 80.0 && sum("calories_burned") >= 650.0
    };
    let poor = |day: &Seen| number(&day.sleep[0], "total_sleep") < 5.5 && day.sleep[0]["sleep_quality"] == "Poor";
    let shows = |(user, date): &Key, day: &Seen| match fact {
        Fact::HardWorkout => hard(day),
        Fact::PoorSleep => poor(day),
        Fact::GreatSleep => number(&day.sleep[0], "total_sleep") > 8.5 && day.sleep[0]["sleep_quality"] == "Excellent",
        Fact::ElevatedRestingHr => number(&day.sleep[0], "resting_heart_rate") >= own.resting_hr[user] + 8.0,
        Fact::Overeating => day.eaten_kcal > 1.4 * own.eaten_kcal[user],
        Fact::HighProtein => day.protein_g > 150.0,
        Fact::RestDay => day.records > 0 && day.activities.is_empty() && day.workouts.is_empty(),
        Fact::Illness => {
            let elevated = number(&day.sleep[0], "resting_heart_rate") >= own.resting_hr[user] + 8.0;
            elevated && day.eaten_kcal < 0.83 * own.eaten_kcal[user] && day.workouts.is_empty()
        }
        Fact::LongRun => day
            .activities
            .iter()
            .filter(is_run)
            .any(|run| number(run, "distance") >= 14.0),
        Fact::RunInRain => day
            .activities
            .iter()
            .filter(is_run)
            .any(|run| run["weather"] == "Rainy"),
        Fact::PoorSleepAfterHardWorkout => {
            let before = days.get(&(user.clone(), date.plus(-1)));
            poor(day) && before.is_some_and(hard)
        }
    };
    let showing = days.iter().filter(|(key, day)| shows(key, day));
    showing.map(|(key, _)| key.clone()).collect()
}

/// Each user's own usual, taken from all the days: the median.
struct Own {
    resting_hr: BTreeMap<String, f64>,
    eaten_kcal: BTreeMap<String, f64>,
}

impl Own {
    fn of(days: &BTreeMap<Key, Seen>) -> Own {
        let medians = |value: fn(&Seen) -> f64| {
            let mut by_user: BTreeMap<String, Vec<f64>> = BTreeMap::new();
            for ((user, _), day) in days {
                by_user.entry(user.clone()).or_default().push(value(day));
            }
            let median = |mut values: Vec<f64>| {
                values.sort_by(f64::total_cmp);
                values[values.len() / 2]
            };
            by_user
                .into_iter()
                .map(|(user, values)| (user, median(values)))
                .collect()
        };
        Own {
            resting_hr: medians(|day| number(&day.sleep[0], "resting_heart_rate")),
            eaten_kcal: medians(|day| day.eaten_kcal),
        }
    }
}

#[test]
fn planted_facts_are_in_the_records_and_no_others_are() {
    let (_folder, summary) = make(60, 200, Form::Compact, 2);
    let (days, planted) = (read_days(&summary), read_planted(&summary));
    let own = Own::of(&days);
    for fact in Fact::ALL {
        let planted_days: BTreeSet<Key> = planted[fact.name()].keys().cloned().collect();
        let found_days = found(&days, fact, &own);
        let differing: Vec<_> = planted_days.symmetric_difference(&found_days).collect();
        assert!(differing.is_empty(), "{}: {differing:?}", fact.name());
        assert!(planted_days.len() >= 60, "{}: {} days", fact.name(), planted_days.len());
    }
    assert_eq!(planted.len(), Fact::ALL.len());
}
