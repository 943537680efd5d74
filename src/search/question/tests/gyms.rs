//! Questions of workouts in a gym, what must be understood of them, and which recorded types they find.

use crate::record::Date;
use crate::search::question::sessions::lexicon::{ACTIVITIES, Activity};
use crate::search::question::understand;

use super::questions::assert_understood;

/// 2025-09-11 was a Thursday. No word is understood by a vector.
fn understood(question: &str) -> String {
    let today = Date::from_ymd(2025, 9, 11).unwrap();
    let nothing = &mut |_: &str, _: f32| -> Result<_, String> { Ok(None) };
    understand(question, today, nothing).unwrap().texts().join(" | ")
}

/// Question, what must be understood.
#[rustfmt::skip]
const QUESTIONS: &[(&str, &str)] = &[
    ("leg day", "a leg workout"),
    ("poor sleep after leg day", "poor sleep | the day before: a leg workout"),
    ("slept badly the day after leg day", "poor sleep | the day before: a leg workout"),
    ("leg day and run", "a leg workout | a run"),
    ("leg days last week", "a leg workout | 2025-09-01 to 2025-09-07"),
    ("days without a leg workout", "not a leg workout"),
    ("I trained legs", "a leg workout"),
    ("upper body at the gym", "an upper-body workout"),
    ("lower-body workouts on Mondays", "a lower-body workout | Mondays"),
    ("full body training", "a full-body workout"),
    ("chest workout and slept under 7 hours", "a chest workout | sleep under 7 h"),
    ("chest and back day", "a chest workout | a back workout"),
    ("push day or pull day", "a push workout or a pull workout"),
    ("arm day, poor sleep", "an arm workout | poor sleep"),
    ("shoulder workouts", "a shoulder workout"),
    ("core workouts", "a core workout"),
    ("worked on my abs in July", "a core workout | 2025-07-01 to 2025-07-31"),
    ("kickboxing for an hour or more", "a kickboxing session of at least 60 min"),
    ("boxing", "a boxing session"),
    ("circuit training", "a circuit training"),
    ("mobility", "a mobility session"),
    ("crossfit", "a crossfit session"),
    ("stretching", "a stretching session"),
    ("zumba", "a zumba session"),
    ("functional training", "a functional training"),
    ("calisthenics", "a calisthenics session"),
    ("powerlifting", "a powerlifting session"),
    ("bodyweight exercises", "a bodyweight workout"),
    ("a hard leg day", "a hard leg workout"),
    ("a long crossfit session", "a long crossfit session"),
    // What is measured of a body is no workout of it.
    ("chest over 100 cm", "chest over 100 cm"),
    ("lower body fat than usual", "no fact of the vocabulary: the days most like the question"),
    ("body weight over 80 kg", "weight over 80 kg"),
];

#[test]
fn questions_of_gyms_are_understood() {
    assert_understood(QUESTIONS, understood);
}

fn kind(noun: &str) -> &'static Activity {
    ACTIVITIES.iter().find(|activity| activity.noun == noun).unwrap()
}

#[test]
fn recorded_types_are_of_the_kinds_that_their_words_say() {
    for (noun, recorded, others) in [
        (
            "leg workout",
            &["Leg Day", "legs", "LEGS & glutes", "leg_press"][..],
            &["Delegation", "Upper Body"][..],
        ),
        (
            "upper-body workout",
            &["Upper Body", "upper_body", "UpperBody"],
            &["Lower Body"],
        ),
        (
            "full-body workout",
            &["Full Body", "full-body strength"],
            &["Upper Body"],
        ),
        (
            "core workout",
            &["Core", "core & abs", "Ab workout"],
            &["Scored match", "Cable"],
        ),
        ("back workout", &["Back", "chest/back"], &["Backpacking", "Backstroke"]),
        ("push workout", &["Push", "push day"], &["Pushing daisies"]),
        ("kickboxing session", &["Kickboxing", "kick-boxing"], &["Boxing"]),
        ("stretching session", &["Stretching", "evening stretch"], &["Yoga"]),
        ("crossfit session", &["CrossFit", "Cross-Fit"], &["Cross country"]),
    ] {
        let activity = kind(noun);
        assert!(recorded.iter().all(|text| activity.names(text)), "{noun}");
        assert!(!others.iter().any(|text| activity.names(text)), "{noun}");
    }
}
