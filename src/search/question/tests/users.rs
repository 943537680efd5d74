//! Questions that name users, and what must be understood of them in a store whose users are `anna`, `ben`, `user_000042`
//! and some who are called like words.

use crate::record::Date;
use crate::search::question::understand;
use crate::search::question::users::named_user;
use crate::search::shelf::{Letters, Shelf, planted_for};
use crate::search::{Answer, Given, Request, SearchError, SqliteStore, search};

use super::questions::assert_understood;

const USERS: [&str; 9] = [
    "user_000042",
    "anna",
    "ben",
    "may",
    "run",
    "5",
    "P17",
    "Zoe-Maria",
    "user_000003",
];

fn shelf() -> Shelf {
    planted_for(&USERS)
}

/// 2025-09-11 was a Thursday. No word is understood by a vector.
fn understood(store: &SqliteStore, question: &str) -> String {
    let today = Date::from_ymd(2025, 9, 11).unwrap();
    let named = named_user::read(question, store).unwrap();
    if let Some(unknown) = named.unknown {
        return format!("nobody is {unknown}");
    }
    let nothing = &mut |_: &str, _: f32| -> Result<_, String> { Ok(None) };
    let mut understanding = understand(&named.rest, today, nothing).unwrap();
    understanding.whose = named.whose;
    understanding.texts().join(" | ")
}

/// Question, what must be understood.
#[rustfmt::skip]
const QUESTIONS: &[(&str, &str)] = &[
    // A bare id is a user, whether it owns something or does it.
    ("nights ben slept less than 5 hours", "user ben | sleep under 5 h"),
    ("anna's runs", "user anna | a run"),
    ("When did Anna sleep badly?", "user anna | poor sleep"),
    ("when did BEN overeat", "user ben | overate"),
    ("ben never ran those days", "user ben | not a run"),
    ("anna: three worst nights", "user anna | the first 3 by worst sleep"),
    ("what did anna eat most", "user anna | the first by most eaten energy"),
    ("did p17 sleep badly", "user P17 | poor sleep"),
    ("zoe-maria’s swims", "user Zoe-Maria | a swim"),
    ("poor sleep (ben)", "user ben | poor sleep"),
    ("days Ben's resting heart rate was above 75", "user ben | resting heart rate over 75 bpm"),
    // However the id is written.
    ("USER_000003 slept badly", "user user_000003 | poor sleep"),
    ("User_000003's swims", "user user_000003 | a swim"),
    ("poor sleep of user_3", "user user_000003 | poor sleep"),
    ("user3 runs", "user user_000003 | a run"),
    ("user-42: rest days", "user user_000042 | rest day"),
    ("user no. 3 poor sleep", "user user_000003 | poor sleep"),
    ("user #3, poor sleep", "user user_000003 | poor sleep"),
    ("the user with the id 42 slept badly", "user user_000042 | poor sleep"),
    ("participant 3 overate", "user user_000003 | overate"),
    ("patient 42 slept badly", "user user_000042 | poor sleep"),
    ("rest days of member 3", "user user_000003 | rest day"),
    ("user 3's rest days", "user user_000003 | rest day"),
    // Several of them, and all others.
    ("hard workouts of user_000003 and user_000042 in June", "user user_000003, user_000042 | hard workout | 2025-06-01 to 2025-06-30"),
    ("users 3 and 42 slept badly", "user user_000003, user_000042 | poor sleep"),
    ("poor sleep of users 3, 42 and anna", "user user_000003, user_000042, anna | poor sleep"),
    ("anna and ben both: walks in the rain", "user anna, ben | a walk in the rain"),
    ("anna/ben poor sleep", "user anna, ben | poor sleep"),
    ("anna vs. ben: poor sleep", "user anna, ben | poor sleep"),
    ("overate, not user_000042", "not user user_000042 | overate"),
    ("not user_000042, overate", "not user user_000042 | overate"),
    ("poor sleep for all except user_000042", "not user user_000042 | poor sleep"),
    ("poor sleep of everyone but ben", "not user ben | poor sleep"),
    ("rest days of all users other than anna and ben", "not user anna, ben | rest day"),
    ("poor sleep without user 3", "not user user_000003 | poor sleep"),
    ("poor sleep, ben excluded", "not user ben | poor sleep"),
    ("anna but not ben overate", "user anna | overate"),
    ("did not ben overeat", "user ben | not overate"),
    // Somebody who is said to be a user must be one.
    ("poor sleep of user_000099", "nobody is user_000099"),
    ("user 77 runs", "nobody is 77"),
    ("participant 12 slept badly", "nobody is 12"),
    ("overate, not user_000099", "nobody is user_000099"),
    // Users who are called like words are meant only where that is said.
    ("poor sleep in May", "poor sleep | 2025-05-01 to 2025-05-31"),
    ("a run of 5 km", "a run of from 4.5 to 5.5 km"),
    ("the 5 worst nights", "the first 5 by worst sleep"),
    ("poor sleep of user may", "user may | poor sleep"),
    ("user 5 slept badly", "user 5 | poor sleep"),
    // Words around users that name none.
    ("how many users slept badly", "poor sleep"),
    ("was the user awake more than 4 times", "awakenings over 4"),
    ("users with 3 nights of poor sleep", "poor sleep"),
    ("patient people who slept badly", "poor sleep"),
    // Nothing but users.
    ("user_000003", "user user_000003"),
    ("show me the days of anna and ben", "user anna, ben"),
];

#[test]
fn questions_of_users_are_understood() {
    let store = shelf().store();
    assert_understood(QUESTIONS, |question| understood(&store, question));
}

fn answer(store: &SqliteStore, question: &str) -> Result<Answer, SearchError> {
    let request = Request {
        question: question.to_string(),
        user: None,
        from: None,
        until: None,
        today: None,
        k: 100,
        given: Given::default(),
    };
    search(store, &Letters, &request)
}

fn users(store: &SqliteStore, question: &str) -> Vec<String> {
    let results = answer(store, question).unwrap().results;
    let mut users: Vec<String> = results.into_iter().map(|hit| hit.user_id).collect();
    users.sort();
    users.dedup();
    users
}

#[test]
fn only_the_days_of_those_who_are_named_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = planted_for(&["anna", "ben", "carl"]).packed(&folder);
    for store in [
        planted_for(&["anna", "ben", "carl"]).store(),
        SqliteStore::open(&path).unwrap(),
    ] {
        for (asked, expected) in [
            ("days of anna with enough sleep", vec!["anna"]),
            ("days of anna and carl with enough sleep", vec!["anna", "carl"]),
            ("enough sleep, not anna", vec!["ben", "carl"]),
            ("anna and ben", vec!["anna", "ben"]),
            ("not ben", vec!["anna", "carl"]),
            ("carl's zebra crossing", vec!["carl"]),
            ("zebra crossing, not carl", vec!["anna", "ben"]),
        ] {
            assert_eq!(users(&store, asked), expected, "{asked}");
        }
    }
}

#[test]
fn a_user_alone_has_their_days_shown_the_newest_first() {
    let results = answer(&shelf().store(), "anna").unwrap().results;
    let first: Vec<(&str, &str)> = results[..2].iter().map(|hit| (&*hit.user_id, &*hit.date)).collect();
    assert_eq!(first, [("anna", "2025-09-11"), ("anna", "2025-09-10")]);
    assert_eq!(results.len(), 40);
}

#[test]
fn who_is_said_to_be_a_user_but_is_none_is_an_error_that_says_so() {
    let error = answer(&shelf().store(), "poor sleep of user_000099")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no user `user_000099`") && error.contains("user_000042"),
        "{error}"
    );
}

#[test]
fn a_name_that_is_nobody_is_said_not_to_be_understood() {
    let store = shelf().store();
    let last = |question: &str| answer(&store, question).unwrap().understood.pop().unwrap();
    assert_eq!(last("John slept badly in August"), "not understood: john");
    assert_eq!(last("my wife's poor sleep"), "not understood: wife");
    assert_eq!(last("Anna slept badly"), "poor sleep");
}
