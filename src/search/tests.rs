//! Questions as a person would ask them, and what must be understood.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::understanding::understand;
use super::{Embed, EmbedFailure, Request, SqliteStore, search};
use crate::day::{Day, PROPERTIES, Property, Value};
use crate::describe::{Style, describe};
use crate::record::{Date, Milli};

/// 2025-09-11 was a Thursday. Without vectors: what the words alone say.
fn understood(question: &str) -> String {
    let today = Date::from_ymd(2025, 9, 11).unwrap();
    let nothing = &mut |_: &str, _: f32| -> Result<_, String> { Ok(None) };
    understand(question, today, nothing).unwrap().texts().join(" | ")
}

/// Question, what must be understood.
#[rustfmt::skip]
const QUESTIONS: &[(&str, &str)] = &[
    // Facts, in our words and in everyday ones.
    ("nights I slept badly", "poor sleep"),
    ("days with an elevated resting heart rate", "elevated resting heart rate"),
    ("when did I toss and turn?", "restless sleep"),
    ("days I ate like a horse", "overate"),
    ("couch days", "rest day"),
    ("high-protein days", "high protein"),
    // Conjunction and disjunction.
    ("hard workout and high protein", "hard workout | high protein"),
    ("slept badly and overate on the same day", "poor sleep | overate"),
    ("low carb or high protein days", "low carb or high protein"),
    // The day before and after.
    ("nights I slept badly after a hard workout", "poor sleep | the day before: hard workout"),
    ("after a hard workout I slept badly", "the day before: hard workout | poor sleep"),
    ("poor sleep the day after overeating", "poor sleep | the day before: overate"),
    ("overate after a bad night", "overate | poor sleep"),
    ("overate the day after a bad night", "overate | the day before: poor sleep"),
    ("hard workout the day before poor sleep", "hard workout | the day after: poor sleep"),
    ("poor sleep the night before a hard workout", "poor sleep | hard workout"),
    ("poor sleep with a hard workout the day before", "poor sleep | the day before: hard workout"),
    ("elevated resting heart rate two days after a hard workout", "elevated resting heart rate | 2 days before: hard workout"),
    ("a hard workout followed by short sleep", "the day before: hard workout | short sleep"),
    ("I overate and had poor sleep the next day", "the day before: overate | poor sleep"),
    ("rest day after a long run", "rest day | the day before: a long run"),
    // Negation, and absence told from zero.
    ("days without any exercise", "rest day"),
    ("poor sleep without a hard workout the day before", "poor sleep | the day before: not hard workout"),
    ("days I did not sleep badly", "not poor sleep"),
    ("hard workout but not high protein", "hard workout | not high protein"),
    ("days without sleep data", "no sleep data"),
    ("days I didn't track my food", "no nutrition data"),
    ("days with a workout", "not rest day"),
    ("days without breakfast", "not a breakfast"),
    ("skipped breakfast", "skipped breakfast"),
    // Numbers.
    ("slept less than five hours", "sleep under 5 h"),
    ("less than 5 hours of deep sleep", "deep sleep under 5 h"),
    ("over 15,000 steps", "steps over 15000"),
    ("days I walked more than ten thousand steps", "steps over 10000"),
    ("resting heart rate above 75", "resting heart rate over 75 bpm"),
    ("at least 150 g of protein", "protein at least 150 g"),
    ("between six and seven hours of sleep", "sleep from 6 to 7 h"),
    ("ate more than 3000 calories", "eaten energy over 3000 kcal"),
    ("burned more than 800 kcal", "burned energy over 800 kcal"),
    ("heart rate went above 180", "highest heart rate over 180 bpm"),
    ("woke up more than 4 times", "awakenings over 4"),
    ("ran more than 10 km", "a run of over 10 km"),
    ("ran at least 5 miles", "a run of at least 8.047 km"),
    ("slept at least two hours less than usual", "sleep against own usual at most -2 h"),
    ("resting heart rate 10 bpm above usual", "resting heart rate against own usual at least 10 bpm"),
    ("10000 steps or more", "steps at least 10000"),
    ("more than 2 g of sodium", "sodium over 2000 mg"),
    ("went to bed after 11pm", "bedtime from 23:00 until 12:00"),
    ("sleep efficiency below 80%", "sleep efficiency under 80 %"),
    ("slept under 6 hours after a run of more than 10 km", "sleep under 6 h | the day before: a run of over 10 km"),
    // Windows.
    ("poor sleep last week", "poor sleep | 2025-09-01 to 2025-09-07"),
    ("hard workouts on weekends in July", "hard workout | weekends, 2025-07-01 to 2025-07-31"),
    ("rest days in the last week of August", "rest day | 2025-08-25 to 2025-08-31"),
    ("bad nights on Mondays", "poor sleep | Mondays"),
    ("over 10000 steps in June 2025", "steps over 10000 | 2025-06-01 to 2025-06-30"),
    // Superlatives.
    ("my worst night", "the first 1 by worst sleep"),
    ("the three days I walked most", "the first 3 by most steps"),
    ("top 5 days by steps", "the first 5 by most steps"),
    ("my longest run", "the first 1 by longest run"),
    ("nights with the least deep sleep", "least deep sleep"),
    ("the day with the highest resting heart rate in July", "the first 1 by most resting heart rate | 2025-07-01 to 2025-07-31"),
    ("the first time I ran more than 10 km", "a run of over 10 km | the first 1 by the earliest first"),
    ("the last time I slept badly", "poor sleep | the first 1 by the newest first"),
    ("my five shortest nights", "the first 5 by least sleep"),
    ("when did I eat the most protein", "the first 1 by most protein"),
    // Sessions, weather, meals.
    ("a run in the rain", "a run in the rain"),
    ("long rides", "a long ride"),
    ("rainy days", "a session in the rain"),
    ("swimming", "a swim"),
    ("hard runs on sunny days", "a hard run in the sun"),
    ("yoga days with high protein", "a yoga session | high protein"),
    // Nothing in the vocabulary.
    ("feeling blue about the meeting", "no fact of the vocabulary: the days most like the question"),
];

#[test]
fn questions_are_understood() {
    let wrong: Vec<String> = QUESTIONS
        .iter()
        .filter(|(question, expected)| understood(question) != *expected)
        .map(|(question, expected)| format!("{question}\n  expected {expected}\n  got      {}", understood(question)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        QUESTIONS.len(),
        wrong.join("\n")
    );
}

/// Embeds a text as counts of its stems' letters: alike where words are alike, and deterministic.
struct Letters;

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
    connection: Connection,
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
        Shelf { connection }
    }

    fn add(&self, user: i64, day: &Day, before: Option<&Day>) {
        let words = describe(day, before, None, Style::Facets);
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
            };
        }
        run(
            "INSERT INTO words(rowid, text, gist, facets) SELECT day, text, gist, facets FROM days WHERE day = ?",
            &[&key],
        );
        let blob: Vec<u8> = letters(&words.gist).iter().flat_map(|x| x.to_le_bytes()).collect();
        run("INSERT INTO vectors VALUES (?, ?)", &[&key, &blob]);
    }

    pub(super) fn store(self) -> SqliteStore {
        SqliteStore::from_connection(Path::new("in memory"), self.connection).unwrap()
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
fn shelf() -> SqliteStore {
    let shelf = Shelf::new();
    for (user, user_id) in [(1, "user_000001"), (2, "user_000002")] {
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
    shelf.store()
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

fn request(question: &str) -> Request {
    Request {
        question: question.into(),
        user: Some("user_000001".into()),
        from: None,
        until: None,
        today: None,
        k: 5,
    }
}

fn dates(question: &str) -> Vec<String> {
    let answer = search(&mut shelf(), &Letters, &request(question)).unwrap();
    answer
        .results
        .into_iter()
        .map(|hit| hit.date[5..].to_string())
        .collect()
}

#[test]
fn planted_days_are_found() {
    for (question, expected) in [
        ("nights I slept badly after a hard workout", vec!["08-11"]),
        ("nights I slept badly", vec!["08-11", "08-25"]),
        ("poor sleep without a hard workout the day before", vec!["08-25"]),
        ("hard workout followed by a good night", vec![]),
        ("days without any exercise", vec!["08-15"]),
        ("days without sleep data", vec!["08-16"]),
        ("slept less than five hours", vec!["09-03", "09-05"]),
        ("slept less than five hours last week", vec!["09-03", "09-05"]),
        ("slept less than five hours this week", vec![]),
        ("the two days I walked most", vec!["08-30", "09-06"]),
        ("my shortest night", vec!["09-03"]),
        ("over 15,000 steps on a Saturday", vec!["08-30", "09-06"]),
        ("over 15,000 steps in September", vec!["09-06"]),
        ("a run in the rain", vec!["08-22"]),
        ("long runs", vec!["08-22"]),
        ("ran less than 5 km", vec!["08-23"]),
        ("my longest run", vec!["08-22"]),
        ("the first time I slept badly", vec!["08-11"]),
        ("the last time I slept badly", vec!["08-25"]),
        ("the day after a rest day", vec!["08-16"]),
        ("yesterday", vec!["09-10"]),
    ] {
        assert_eq!(dates(question), expected, "{question}");
    }
}

#[test]
fn a_night_without_a_record_is_unknown_not_good() {
    let mut everything = request("days I did not sleep badly in August");
    everything.k = 100;
    let answer = search(&mut shelf(), &Letters, &everything).unwrap();
    let dates: Vec<&str> = answer.results.iter().map(|hit| hit.date.as_str()).collect();
    assert!(!dates.contains(&"2025-08-16") && !dates.contains(&"2025-08-11") && dates.contains(&"2025-08-15"));
}

#[test]
fn all_users_are_searched_unless_one_is_named() {
    let mut of_all = request("days with over 15,000 steps or enough sleep");
    of_all.user = None;
    of_all.k = 200;
    let users = |request: &Request| -> std::collections::BTreeSet<String> {
        search(&mut shelf(), &Letters, request)
            .unwrap()
            .results
            .into_iter()
            .map(|hit| hit.user_id)
            .collect()
    };
    assert_eq!(users(&of_all).len(), 2);
    of_all.user = Some("user_000002".into());
    assert_eq!(users(&of_all).into_iter().collect::<Vec<_>>(), ["user_000002"]);
}

#[test]
fn an_unknown_user_is_an_error_that_says_so() {
    let mut nobody = request("poor sleep");
    nobody.user = Some("nobody".into());
    let error = search(&mut shelf(), &Letters, &nobody).unwrap_err().to_string();
    assert!(
        error.contains("no user `nobody`") && error.contains("user_000001"),
        "{error}"
    );
}

#[test]
fn no_result_still_says_what_was_understood() {
    let answer = search(&mut shelf(), &Letters, &request("more than 90,000 steps")).unwrap();
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"question": "more than 90,000 steps", "understood": ["steps over 90000"], "results": []})
    );
    assert!(answer.to_text().contains("No day matches"));
}

#[test]
fn a_result_says_why_it_is_there() {
    let answer = search(&mut shelf(), &Letters, &request("slept badly after a hard workout")).unwrap();
    let hit = serde_json::to_value(&answer.results[0]).unwrap();
    assert_eq!(hit["rank"], 1);
    assert_eq!(hit["date"], "2025-08-11");
    assert_eq!(
        hit["matched"],
        serde_json::json!(["poor sleep", "the day before: hard workout"])
    );
    assert!(
        hit["facets"]
            .as_array()
            .unwrap()
            .iter()
            .any(|facet| facet == "poor sleep")
    );
    let keys: Vec<&String> = hit.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["rank", "score", "user_id", "date", "text", "facets", "matched"]);
}

#[test]
fn a_question_of_no_known_fact_falls_back_to_likeness_and_says_so() {
    let answer = search(&mut shelf(), &Letters, &request("zebra crossing")).unwrap();
    assert_eq!(answer.results.len(), 5);
    assert!(
        answer.understood[0].starts_with("no fact of the vocabulary"),
        "{:?}",
        answer.understood
    );
}

#[test]
fn words_are_understood_by_meaning_where_they_are_no_phrase() {
    // Letters make "a hard workoutt" the nearest of all phrases to a misspelt one.
    let answer = search(&mut shelf(), &Letters, &request("hardd wourkout")).unwrap();
    assert_eq!(answer.understood, ["hard workout"], "{:?}", answer.notes);
}

#[test]
fn flags_narrow_the_days_and_today_moves_the_windows() {
    let mut narrowed = request("nights I slept badly");
    narrowed.from = Date::from_ymd(2025, 8, 20);
    let answer = search(&mut shelf(), &Letters, &narrowed).unwrap();
    assert_eq!(answer.results.len(), 1);
    assert!(answer.understood.contains(&"from 2025-08-20".to_string()));
    let mut earlier = request("slept badly last week");
    earlier.today = Date::from_ymd(2025, 8, 18);
    assert_eq!(
        search(&mut shelf(), &Letters, &earlier).unwrap().results[0].date,
        "2025-08-11"
    );
}

#[test]
fn a_missing_or_foreign_store_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let missing = SqliteStore::open(&folder.path().join("no.db"))
        .err()
        .unwrap()
        .to_string();
    assert!(missing.contains("vitalvec ingest"), "{missing}");
    let other = folder.path().join("other.db");
    std::fs::write(&other, "no database at all, but long enough to be looked at".repeat(20)).unwrap();
    let foreign = SqliteStore::open(&other).err().unwrap().to_string();
    assert!(foreign.contains("no vitalvec store"), "{foreign}");
}

#[test]
fn vectors_of_another_model_are_refused() {
    let shelf = Shelf::new();
    shelf
        .connection
        .execute("UPDATE meta SET value = 'other' WHERE key = 'model'", [])
        .unwrap();
    let error = search(&mut shelf.store(), &Letters, &request("poor sleep"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("other") && error.contains("letters"), "{error}");
}

#[test]
fn an_empty_store_has_no_answer_but_no_error() {
    let shelf = Shelf::new();
    shelf
        .connection
        .execute("INSERT INTO users VALUES (1, 'user_000001')", [])
        .unwrap();
    assert!(
        search(&mut shelf.store(), &Letters, &request("poor sleep last week"))
            .unwrap()
            .results
            .is_empty()
    );
}
