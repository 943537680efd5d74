//! A store in memory with planted days, and an embedding that needs no model, for tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rusqlite::Connection;

use crate::day::{Day, PROPERTIES, Property, Value};
use crate::describe::{DayFacts, Style, describe};
use crate::record::{Date, Milli};
use crate::sink::sqlite::{APPLICATION_ID, SCHEMA_VERSION, columns, pack};

use super::{Embed, EmbedFailure, SqliteStore};

/// Embeds a text as counts of its stems' letters: alike where words are alike, and deterministic.
pub(super) struct Letters;

impl Embed for Letters {
    fn question(&self, text: &str) -> Result<Arc<[f32]>, EmbedFailure> {
        Ok(letters(text))
    }

    fn texts(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, EmbedFailure> {
        Ok(texts.iter().map(|text| letters(text)).collect())
    }

    fn fingerprint(&self) -> &str {
        "letters"
    }
}

fn letters(text: &str) -> Arc<[f32]> {
    let mut vector = vec![0.0_f32; 676];
    let lower: Vec<usize> = text
        .to_lowercase()
        .bytes()
        .filter(u8::is_ascii_lowercase)
        .map(|b| usize::from(b - b'a'))
        .collect();
    for pair in lower.windows(2) {
        vector[pair[0] * 26 + pair[1]] += 1.0;
    }
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1.0);
    vector.iter().map(|x| x / norm).collect()
}

/// A store in memory with the columns of the contract.
pub(super) struct Shelf {
    pub(super) connection: Connection,
}

impl Shelf {
    pub(super) fn new() -> Shelf {
        let connection = Connection::open_in_memory().unwrap();
        let columns: Vec<&str> = PROPERTIES.iter().map(|info| info.name).collect();
        let tables = format!(
            "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('model', 'letters'); \
             CREATE TABLE users(user INTEGER PRIMARY KEY, user_id TEXT UNIQUE); \
             CREATE TABLE days(day INTEGER PRIMARY KEY, user_id, date, records, text, gist, facets, facets_day_before, {}); \
             CREATE TABLE vectors(day INTEGER PRIMARY KEY, vector BLOB); \
             CREATE VIRTUAL TABLE words USING fts5(text, gist, facets, content = 'days', content_rowid = 'day', tokenize = 'porter unicode61');",
            columns.join(", ")
        );
        connection.execute_batch(&tables).unwrap();
        let numbers = [("application_id", APPLICATION_ID), ("user_version", SCHEMA_VERSION)];
        for (name, number) in numbers {
            connection.pragma_update(None, name, number).unwrap();
        }
        Shelf { connection }
    }

    fn add(&self, user: i64, day: &Day, before: Option<&Day>) {
        let before = before.map(DayFacts::of);
        let words = describe(&DayFacts::of(day), before.as_ref(), None, Style::Facets);
        let key = (user << 22) + i64::from(day.date.days()) + 719_528;
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| self.connection.execute(sql, values).unwrap();
        let json =
            |list: &[Arc<str>]| serde_json::to_string(&list.iter().map(|text| &**text).collect::<Vec<_>>()).unwrap();
        run("INSERT OR IGNORE INTO users VALUES (?, ?)", &[&user, &&*day.user_id]);
        run(
            "INSERT INTO days(day, user_id, date, records, text, gist, facets, facets_day_before) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            &[
                &key,
                &&*day.user_id,
                &day.date.to_string(),
                &day.records,
                &words.text,
                &words.gist,
                &json(&words.facets),
                &json(&words.facets_day_before),
            ],
        );
        for (property, value) in day.values() {
            let sql = format!("UPDATE days SET {} = ? WHERE day = ?", property.name());
            match value {
                Value::Count(count) => run(&sql, &[count, &key]),
                Value::Number(number) => run(&sql, &[&number.as_f64(), &key]),
                Value::Text(text) => run(&sql, &[&&**text, &key]),
                Value::List(list) => run(&sql, &[&json(list), &key]),
                Value::Numbers(numbers) => run(&sql, &[&serde_json::to_string(numbers).unwrap(), &key]),
            };
        }
        run(
            "INSERT INTO words(rowid, text, gist, facets) SELECT day, text, gist, facets FROM days WHERE day = ?",
            &[&key],
        );
        let blob: Vec<u8> = letters(&words.gist).iter().flat_map(|x| x.to_le_bytes()).collect();
        run("INSERT INTO vectors VALUES (?, ?)", &[&key, &blob]);
    }

    /// The same in a file, with packed columns.
    pub(super) fn packed(&self, folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("days.db");
        let into = path.display().to_string();
        self.connection.execute("VACUUM INTO ?", [into]).unwrap();
        let mut connection = Connection::open(&path).unwrap();
        // As a run does it: without a log to write ahead, who packs and who reads for it may wait for each other.
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.execute_batch(columns::TABLES).unwrap();
        let transaction = connection.transaction().unwrap();
        pack::pack(&transaction, &path, 2).unwrap();
        transaction.commit().unwrap();
        path
    }

    pub(super) fn store(self) -> SqliteStore {
        SqliteStore::from_connection(Path::new("in memory"), self.connection)
    }
}

fn ordinary_day(user_id: &str, date: Date) -> Day {
    let mut day = Day::new(user_id.into(), date);
    day.records = 4;
    let numbers = [
        (Property::SleepHours, 7_500),
        (Property::SleepEfficiency, 88_000),
        (Property::Awakenings, 2_000),
        (Property::RestingHr, 65_000),
        (Property::Steps, 8_000_000),
        (Property::ActivityMinutes, 30_000),
        (Property::EatenKcal, 2_200_000),
        (Property::ProteinG, 80_000),
    ];
    for (property, thousandths) in numbers {
        set(&mut day, property, thousandths);
    }
    day
}

fn set(day: &mut Day, property: Property, thousandths: i64) {
    day.set(property, Value::Number(Milli::from_thousandths(thousandths)));
}

/// Two users over the forty days up to 2025-09-11, with planted facts of the first one:
///
/// - 2025-08-10 hard workout, 2025-08-11 poor sleep; 2025-08-20 hard workout, good night after it;
///   2025-08-25 poor sleep after an ordinary day
/// - 2025-08-15 a rest day, 2025-08-16 without sleep data, 2025-08-17 not there at all
/// - 2025-09-03 4.2 h and 2025-09-05 4.8 h of sleep; 2025-09-06 16,000 steps, 2025-08-30 20,000
/// - 2025-08-22 a long run in the rain, 2025-08-23 a short one in the sun
pub(super) fn shelf() -> SqliteStore {
    planted().store()
}

/// The same, not yet opened.
pub(super) fn planted() -> Shelf {
    planted_for(&["user_000001", "user_000002"])
}

/// The same for users of these ids.
pub(super) fn planted_for(users: &[&str]) -> Shelf {
    let shelf = Shelf::new();
    for (user, user_id) in (1..).zip(users) {
        let mut before: Option<Day> = None;
        for back in (0..40).rev() {
            let date = Date::from_ymd(2025, 9, 11).unwrap().plus(-back);
            let mut day = ordinary_day(user_id, date);
            if user == 1 {
                plant(&mut day);
            }
            if user == 1 && date.ymd() == (2025, 8, 17) {
                before = None;
                continue;
            }
            shelf.add(user, &day, before.as_ref());
            before = Some(day);
        }
    }
    shelf
}

fn plant(day: &mut Day) {
    let list = |texts: &[&str]| Value::List(texts.iter().map(|text| Arc::from(*text)).collect());
    match day.date.to_string().as_str() {
        "2025-08-10" | "2025-08-20" => day.set(Property::Intensities, list(&["High"])),
        "2025-08-11" => set(day, Property::SleepEfficiency, 60_000),
        "2025-08-25" => set(day, Property::SleepEfficiency, 70_000),
        "2025-08-15" | "2025-08-16" => {
            let rest = day.date.to_string() == "2025-08-15";
            let kept: Vec<(Property, Value)> = day
                .values()
                .map(|(property, value)| (property, value.clone()))
                .collect();
            let records = day.records;
            *day = Day::new(day.user_id.clone(), day.date);
            day.records = records;
            let dropped = if rest {
                Property::ActivityMinutes..=Property::WorkoutTypes
            } else {
                Property::SleepHours..=Property::WakeTime
            };
            kept.into_iter()
                .filter(|(property, _)| !dropped.contains(property))
                .for_each(|(property, value)| day.set(property, value));
        }
        "2025-09-03" => set(day, Property::SleepHours, 4_200),
        "2025-09-05" => set(day, Property::SleepHours, 4_800),
        "2025-09-06" => set(day, Property::Steps, 16_000_000),
        "2025-08-30" => set(day, Property::Steps, 20_000_000),
        "2025-08-22" => day.set(Property::Sessions, list(&["running, 70 min, 12 km, rainy"])),
        "2025-08-23" => day.set(Property::Sessions, list(&["running, 20 min, 3 km, sunny"])),
        _ => {}
    }
}

/// So many users over three weeks, each with gaps, in whom anything may have happened: more than one thread has work.
pub(super) fn crowd(users: i64) -> Shelf {
    let shelf = Shelf::new();
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(7);
    shelf.connection.execute_batch("BEGIN").unwrap();
    for user in 1..=users {
        // Not in the order of their numbers.
        let user_id = format!("user_{:06}", (user * 37) % 1000);
        let mut before: Option<Day> = None;
        for back in (0..21).rev() {
            if dice.next_u64() % 10 == 0 {
                before = None;
                continue;
            }
            let mut day = ordinary_day(&user_id, Date::from_ymd(2025, 9, 11).unwrap().plus(-back));
            happen(&mut day, &mut dice);
            shelf.add(user, &day, before.as_ref());
            before = Some(day);
        }
    }
    shelf.connection.execute_batch("COMMIT").unwrap();
    shelf
}

fn happen(day: &mut Day, dice: &mut Xoshiro256PlusPlus) {
    let mut under = |limit: u64| dice.next_u64() % limit;
    let quiet = Day::new(day.user_id.clone(), day.date);
    if under(8) == 0 {
        let records = day.records;
        *day = quiet;
        day.records = records;
    } else {
        set(day, Property::SleepHours, 3_000 + 500 * under(14) as i64);
        set(day, Property::SleepEfficiency, 55_000 + 5_000 * under(9) as i64);
        set(day, Property::Awakenings, 1_000 * under(8) as i64);
        set(day, Property::StepsDelta, 1_000_000 * (under(12) as i64 - 6));
        set(day, Property::RestingHrDelta, 1_000 * (under(16) as i64 - 8));
    }
    set(day, Property::Steps, 1_000_000 * under(20) as i64);
    set(day, Property::ProteinG, 20_000 * under(10) as i64);
    set(day, Property::DistanceKm, 1_000 * under(15) as i64);
    let mut one_of = |property, texts: &[&str]| {
        let list = |text: &&str| Value::List(vec![Arc::from(*text), Arc::from("other")]);
        // Behind the last text: no list at all.
        if let Some(text) = texts.get(under(texts.len() as u64 + 1) as usize) {
            day.set(property, list(text));
        }
    };
    one_of(Property::Intensities, &["High", "Low", "Medium"]);
    one_of(Property::MealTypes, &["Breakfast", "Snack", "say \"cheese\""]);
    one_of(Property::WorkoutTypes, &["Yoga", "HIIT", "Strength"]);
    one_of(Property::ActivityTypes, &["Swimming", "Läufe"]);
    one_of(
        Property::Sessions,
        &[
            "running, 70 min, 12 km, rainy",
            "running, 20 min, 3 km, sunny, high intensity",
            "cycling, 90 min, 41 km, rainy",
            "walking, 30 min",
        ],
    );
    let times = ["23:30", "00:45", "21:50"];
    day.set(Property::Bedtime, Value::Text(times[under(3) as usize].into()));
}
