//! Planted facts are true in the records, and the records show no others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use super::{array, lines, make, texts};
use crate::generate::{Fact, Form};
use crate::record::{Date, RecordKind};

type Key = (String, Date);

/// What the files say of one user's day.
#[derive(Default)]
struct Seen {
    records: u32,
    workouts: Vec<Value>,
    activities: Vec<Value>,
    meals: Vec<Value>,
    /// The one night.
    sleep: Value,
}

/// A data set read back, and its planted facts by name.
struct DataSet {
    days: BTreeMap<Key, Seen>,
    planted: BTreeMap<String, BTreeMap<Key, Value>>,
    users: Vec<Value>,
    measurements: Vec<Value>,
}

static DATA: LazyLock<DataSet> = LazyLock::new(|| {
    let (_folder, summary) = make(60, 200, Form::Compact, 2);
    let texts = texts(&summary);
    let mut days: BTreeMap<Key, Seen> = BTreeMap::new();
    for (kind, text) in RecordKind::ALL.into_iter().zip(&texts).skip(1) {
        for record in array(text) {
            let day = days.entry(key(&record)).or_default();
            day.records += 1;
            match kind {
                RecordKind::Workouts => day.workouts.push(record),
                RecordKind::Activities => day.activities.push(record),
                RecordKind::Nutrition => day.meals.push(record),
                RecordKind::Sleep => day.sleep = record,
                _ => {}
            }
        }
    }
    let mut planted: BTreeMap<String, BTreeMap<Key, Value>> = BTreeMap::new();
    for line in lines(&texts[7]) {
        let name = line["fact"].as_str().unwrap().to_string();
        let twice = planted.entry(name).or_default().insert(key(&line), line);
        assert!(twice.is_none(), "{twice:?}");
    }
    DataSet {
        days,
        planted,
        users: array(&texts[0]),
        measurements: array(&texts[6]),
    }
});

fn key(record: &Value) -> Key {
    let date = record.get("date").unwrap_or(&record["date_time"]).as_str().unwrap();
    (
        record["user_id"].as_str().unwrap().to_string(),
        date[..10].parse().unwrap(),
    )
}

fn number(record: &Value, key: &str) -> f64 {
    record[key].as_f64().unwrap_or_else(|| panic!("no {key} in {record}"))
}

fn sum(records: &[Value], key: &str) -> f64 {
    records.iter().map(|record| number(record, key)).sum()
}

impl DataSet {
    fn is_planted(&self, fact: Fact, key: &Key) -> bool {
        self.planted[fact.name()].contains_key(key)
    }

    /// A user's own usual, taken from all the days: the median.
    fn median(&self, value: fn(&Seen) -> f64) -> BTreeMap<String, f64> {
        let mut by_user: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for ((user, _), day) in &self.days {
            by_user.entry(user.clone()).or_default().push(value(day));
        }
        let middle = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        by_user
            .into_iter()
            .map(|(user, values)| (user, middle(values)))
            .collect()
    }
}

impl Seen {
    fn resting_hr(&self) -> f64 {
        number(&self.sleep, "resting_heart_rate")
    }

    fn eaten_kcal(&self) -> f64 {
        sum(&self.meals, "calories")
    }

    fn is_hard(&self) -> bool {
        let exhausting = |session: &Value| session["intensity"] == "High" || session["intensity"] == "Peak";
        let long = sum(&self.workouts, "duration") >= 80.0 && sum(&self.workouts, "calories_burned") >= 650.0;
        assert_eq!(
            long,
            self.activities.iter().any(exhausting),
            "both files tell of a hard workout"
        );
        long
    }

    fn is_poor_night(&self) -> bool {
        number(&self.sleep, "total_sleep") < 5.5 && self.sleep["sleep_quality"] == "Poor"
    }

    fn any_run(&self, wanted: impl Fn(&Value) -> bool) -> bool {
        let mut runs = self
            .activities
            .iter()
            .filter(|session| session["activity_type"] == "Running");
        runs.any(wanted)
    }
}

#[test]
fn planted_facts_are_in_the_records_and_no_others_are() {
    let usual_resting_hr = DATA.median(Seen::resting_hr);
    let usual_kcal = DATA.median(Seen::eaten_kcal);
    // Judged by limits that lie between the two bands of the table.
    let shows = |fact: Fact, (user, date): &Key, day: &Seen| match fact {
        Fact::HardWorkout => day.is_hard(),
        Fact::PoorSleep => day.is_poor_night(),
        Fact::GreatSleep => number(&day.sleep, "total_sleep") > 8.5 && day.sleep["sleep_quality"] == "Excellent",
        Fact::ElevatedRestingHr => day.resting_hr() >= usual_resting_hr[user] + 8.0,
        Fact::Overeating => day.eaten_kcal() > 1.4 * usual_kcal[user],
        Fact::HighProtein => sum(&day.meals, "protein") > 150.0,
        Fact::RestDay => day.records > 0 && day.activities.is_empty() && day.workouts.is_empty(),
        Fact::Illness => {
            let elevated = day.resting_hr() >= usual_resting_hr[user] + 8.0;
            elevated && day.eaten_kcal() < 0.83 * usual_kcal[user] && day.workouts.is_empty()
        }
        Fact::LongRun => day.any_run(|run| number(run, "distance") >= 10.0),
        Fact::RunInRain => day.any_run(|run| run["weather"] == "Rainy"),
        Fact::PoorSleepAfterHardWorkout => {
            let before = DATA.days.get(&(user.clone(), date.plus(-1)));
            day.is_poor_night() && before.is_some_and(Seen::is_hard)
        }
    };
    for fact in Fact::ALL {
        let planted: BTreeSet<&Key> = DATA.planted[fact.name()].keys().collect();
        let showing = DATA.days.iter().filter(|(key, day)| shows(fact, key, day));
        let found: BTreeSet<&Key> = showing.map(|(key, _)| key).collect();
        let differing: Vec<_> = planted.symmetric_difference(&found).collect();
        assert!(differing.is_empty(), "{}: {differing:?}", fact.name());
        assert!(planted.len() >= 60, "{}: {} days", fact.name(), planted.len());
    }
    assert_eq!(DATA.planted.len(), Fact::ALL.len());
}

#[test]
fn planted_days_lie_in_their_bands() {
    let within = |value: f64, low: f64, high: f64| assert!((low..=high).contains(&value), "{value} in {low}..{high}");
    for fact in Fact::ALL {
        for (key, line) in &DATA.planted[fact.name()] {
            let day = &DATA.days[key];
            match fact {
                Fact::HardWorkout => {
                    within(number(line, "workout_minutes"), 80.0, 110.0);
                    assert_eq!(number(line, "workout_minutes"), sum(&day.workouts, "duration"));
                    assert_eq!(number(line, "workout_kcal"), sum(&day.workouts, "calories_burned"));
                }
                Fact::PoorSleep => within(number(line, "sleep_hours"), 3.6, 5.2),
                Fact::GreatSleep => within(number(line, "sleep_hours"), 8.6, 9.6),
                Fact::ElevatedRestingHr | Fact::Illness => {
                    within(
                        number(line, "resting_hr") - number(line, "usual_resting_hr"),
                        10.0,
                        15.0,
                    );
                    assert_eq!(number(line, "resting_hr"), day.resting_hr());
                }
                Fact::Overeating => {
                    within(number(line, "eaten_kcal") / number(line, "usual_eaten_kcal"), 1.47, 1.8);
                    assert_eq!(number(line, "eaten_kcal"), day.eaten_kcal());
                }
                Fact::HighProtein => {
                    within(number(line, "protein_g"), 160.0, 210.0);
                    within(
                        (number(line, "protein_g") - sum(&day.meals, "protein")).abs(),
                        0.0,
                        0.01,
                    );
                }
                Fact::RestDay => assert!(day.activities.is_empty()),
                Fact::LongRun => within(number(line, "distance_km"), 15.0, 28.0),
                Fact::RunInRain => assert_eq!(line["weather"], "Rainy"),
                Fact::PoorSleepAfterHardWorkout => within(number(line, "workout_minutes_day_before"), 80.0, 110.0),
            }
            if line.get("sleep_hours").is_some() {
                assert_eq!(line["sleep_hours"], day.sleep["total_sleep"]);
            }
        }
    }
}

#[test]
fn other_days_lie_in_theirs() {
    for (key, day) in &DATA.days {
        let not = |fact: Fact| !DATA.is_planted(fact, key);
        if not(Fact::HardWorkout) {
            assert!(sum(&day.workouts, "duration") <= 60.0 && sum(&day.workouts, "calories_burned") <= 500.0);
        }
        if not(Fact::PoorSleep) {
            assert!(
                (6.2..=10.0).contains(&number(&day.sleep, "total_sleep")),
                "{}",
                day.sleep
            );
            assert!(number(&day.sleep, "sleep_efficiency") >= 76.0 && number(&day.sleep, "awakenings") <= 4.0);
        }
        if not(Fact::GreatSleep) {
            assert!(number(&day.sleep, "sleep_efficiency") <= 93.0);
            assert!(!not(Fact::Illness) || number(&day.sleep, "total_sleep") <= 8.4);
        }
        if not(Fact::Overeating) {
            assert!(day.eaten_kcal() < 3000.0);
        }
        if not(Fact::HighProtein) {
            assert!(sum(&day.meals, "protein") <= 105.0);
        }
        if not(Fact::LongRun) {
            assert!(!day.any_run(|run| number(run, "distance") > 8.0 || number(run, "duration") >= 60.0));
        }
    }
}

#[test]
fn near_misses_are_there() {
    let after = |fact: Fact, wanted: fn(&Seen) -> bool| {
        let nights = DATA.planted[fact.name()].keys().filter_map(|(user, date)| {
            let next = (user.clone(), date.plus(1));
            DATA.days.get(&next)
        });
        nights.filter(|day| wanted(day)).count()
    };
    let is_good = |day: &Seen| day.sleep["sleep_quality"] == "Good" || day.sleep["sleep_quality"] == "Excellent";
    assert!(after(Fact::HardWorkout, is_good) > 100, "hard workout, good night");
    assert!(after(Fact::RestDay, is_good) > 100, "rest day, good night");
    assert!(after(Fact::RestDay, Seen::is_poor_night) > 20, "rest day, poor night");
    assert_eq!(after(Fact::LongRun, Seen::is_poor_night), 0);
    let dry_run = |day: &&Seen| {
        let rain = day.activities.iter().any(|session| session["weather"] == "Rainy");
        rain && day.any_run(|run| run["weather"] != "Rainy")
    };
    assert!(DATA.days.values().filter(dry_run).count() > 20, "dry run, rain later");
}

#[test]
fn numbers_of_one_record_agree() {
    for day in DATA.days.values() {
        let part = |key| number(&day.sleep, key);
        let parts = part("deep_sleep") + part("rem_sleep") + part("light_sleep");
        assert!((parts - part("total_sleep")).abs() < 0.01, "{}", day.sleep);
        for meal in &day.meals {
            let kcal = 4.0 * number(meal, "protein") + 4.0 * number(meal, "carbs") + 9.0 * number(meal, "fat");
            assert!(kcal + 6.0 > number(meal, "calories") && number(meal, "sugar") <= number(meal, "carbs"));
        }
        for session in &day.activities {
            assert!(number(session, "heart_rate_max") > number(session, "heart_rate_avg"));
        }
    }
    for record in &DATA.measurements {
        let user = DATA
            .users
            .iter()
            .find(|user| user["user_id"] == record["user_id"])
            .unwrap();
        let height_m = number(user, "height") / 100.0;
        let bmi = number(record, "weight") / (height_m * height_m);
        assert!((bmi - number(record, "bmi")).abs() < 0.06, "{record}");
    }
}

#[test]
fn people_differ_and_their_weekends_too() {
    let resting: BTreeSet<i64> = DATA
        .median(Seen::resting_hr)
        .into_values()
        .map(|bpm| bpm as i64)
        .collect();
    assert!(resting.len() > 10, "{resting:?}");
    let mean_hours = |weekend: bool| {
        let nights = DATA
            .days
            .iter()
            .filter(|((_, date), _)| (date.weekday() >= 5) == weekend);
        let hours: Vec<f64> = nights.map(|(_, day)| number(&day.sleep, "total_sleep")).collect();
        hours.iter().sum::<f64>() / hours.len() as f64
    };
    assert!(mean_hours(true) > mean_hours(false) + 0.2);
}
