//! Searching a small store with planted days.

use crate::record::Date;

use super::shelf::{Letters, Shelf, shelf};
use super::{Given, Request, SqliteStore, search};

fn request(question: &str) -> Request {
    Request {
        question: question.into(),
        user: Some("user_000001".into()),
        from: None,
        until: None,
        today: None,
        k: 5,
        given: Given::default(),
    }
}

fn dates(question: &str) -> Vec<String> {
    let answer = search(&shelf(), &Letters, &request(question)).unwrap();
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
        ("over 15,000 steps, but not in September", vec!["08-30"]),
        ("over 15,000 steps in September, except on Saturdays", vec![]),
        ("nights I slept badly, not in August", vec![]),
        ("nights I slept badly outside of the last week of August", vec!["08-11"]),
        ("slept less than five hours next week", vec![]),
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
    let answer = search(&shelf(), &Letters, &everything).unwrap();
    let dates: Vec<&str> = answer.results.iter().map(|hit| hit.date.as_str()).collect();
    assert!(!dates.contains(&"2025-08-16") && !dates.contains(&"2025-08-11") && dates.contains(&"2025-08-15"));
}

#[test]
fn all_users_are_searched_unless_one_is_named() {
    let mut of_all = request("days with over 15,000 steps or enough sleep");
    of_all.user = None;
    of_all.k = 200;
    let users = |request: &Request| -> std::collections::BTreeSet<String> {
        search(&shelf(), &Letters, request)
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
    let error = search(&shelf(), &Letters, &nobody).unwrap_err().to_string();
    assert!(
        error.contains("no user `nobody`") && error.contains("user_000001"),
        "{error}"
    );
}

#[test]
fn no_result_still_says_what_was_understood() {
    let answer = search(&shelf(), &Letters, &request("more than 90,000 steps")).unwrap();
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"question": "more than 90,000 steps", "understood": ["steps over 90000"], "results": []})
    );
    assert!(answer.to_text().contains("No day matches"));
}

#[test]
fn a_result_says_why_it_is_there() {
    let answer = search(&shelf(), &Letters, &request("slept badly after a hard workout")).unwrap();
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
    let answer = search(&shelf(), &Letters, &request("zebra crossing")).unwrap();
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
    let answer = search(&shelf(), &Letters, &request("hardd wourkout")).unwrap();
    assert_eq!(answer.understood, ["hard workout"], "{:?}", answer.notes);
}

#[test]
fn flags_narrow_the_days_and_today_moves_the_windows() {
    let mut narrowed = request("nights I slept badly");
    narrowed.from = Date::from_ymd(2025, 8, 20);
    let answer = search(&shelf(), &Letters, &narrowed).unwrap();
    assert_eq!(answer.results.len(), 1);
    assert!(answer.understood.contains(&"from 2025-08-20".to_string()));
    let mut earlier = request("slept badly last week");
    earlier.today = Date::from_ymd(2025, 8, 18);
    assert_eq!(
        search(&shelf(), &Letters, &earlier).unwrap().results[0].date,
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
    assert!(foreign.contains("no SQLite database; name the file"), "{foreign}");
    let newer = Shelf::new();
    newer.connection.pragma_update(None, "user_version", 99).unwrap();
    let path = newer.packed(&folder);
    let version = SqliteStore::open(&path).err().unwrap().to_string();
    assert!(version.contains("schema version 99"), "{version}");
}

#[test]
fn vectors_of_another_model_are_refused() {
    let shelf = Shelf::new();
    shelf
        .connection
        .execute("UPDATE meta SET value = 'other' WHERE key = 'model'", [])
        .unwrap();
    let error = search(&shelf.store(), &Letters, &request("poor sleep"))
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
        search(&shelf.store(), &Letters, &request("poor sleep last week"))
            .unwrap()
            .results
            .is_empty()
    );
}
