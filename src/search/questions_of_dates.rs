//! Windows of questions: holidays, and days that are left out.

use super::calendar;
use super::token::tokens;
use super::understanding::understand;
use crate::record::Date;

const TODAY: Option<Date> = Date::from_ymd(2025, 9, 11);

fn window(question: &str) -> String {
    calendar::read(&mut tokens(question), TODAY.unwrap()).to_string()
}

#[test]
fn days_that_are_left_out_are_no_days_that_are_wanted() {
    for (question, expected) in [
        ("swims, but not in August", "not 2025-08-01 to 2025-08-31"),
        ("poor sleep outside of July", "not 2025-07-01 to 2025-07-31"),
        ("poor sleep outside July", "not 2025-07-01 to 2025-07-31"),
        ("hard workouts, every month but June", "not 2025-06-01 to 2025-06-30"),
        ("hard workouts excluding last week", "not 2025-09-01 to 2025-09-07"),
        ("swims other than in July", "not 2025-07-01 to 2025-07-31"),
        ("not in July: poor sleep", "not 2025-07-01 to 2025-07-31"),
        (
            "poor sleep except in June or July",
            "not 2025-06-01 to 2025-06-30, not 2025-07-01 to 2025-07-31",
        ),
        ("swims except on weekends", "weekdays"),
        ("tennis, not on a weekend", "weekdays"),
        (
            "runs on weekdays, but not on Fridays",
            "Mondays or Tuesdays or Wednesdays or Thursdays",
        ),
        ("runs not on a Saturday or Sunday", "weekdays"),
        (
            "yoga on any day except Monday",
            "Tuesdays or Wednesdays or Thursdays or Fridays or Saturdays or Sundays",
        ),
        ("hard workout, not on weekdays", "weekends"),
        (
            "in April except over Easter",
            "2025-04-01 to 2025-04-30, not 2025-04-18 to 2025-04-21",
        ),
        ("I didn't run in July", "2025-07-01 to 2025-07-31"),
        ("not a single run in July", "2025-07-01 to 2025-07-31"),
        ("slept badly but ran in July", "2025-07-01 to 2025-07-31"),
        ("nothing before March", "from 2025-03-01"),
    ] {
        assert_eq!(window(question), expected, "{question}");
    }
}

#[test]
fn what_is_left_out_denies_no_fact() {
    for (question, expected) in [
        ("swims, but not in August", "a swim | not 2025-08-01 to 2025-08-31"),
        (
            "poor sleep outside of July",
            "poor sleep | not 2025-07-01 to 2025-07-31",
        ),
        ("poor sleep but not on weekends", "poor sleep | weekdays"),
        (
            "runs not on a Sunday",
            "a run | Mondays or Tuesdays or Wednesdays or Thursdays or Fridays or Saturdays",
        ),
        (
            "hard workouts, every month but June",
            "hard workout | not 2025-06-01 to 2025-06-30",
        ),
    ] {
        let nothing = &mut |_: &str, _: f32| -> Result<_, String> { Ok(None) };
        let understood = understand(question, TODAY.unwrap(), nothing).unwrap();
        assert_eq!(understood.texts().join(" | "), expected, "{question}");
    }
}

#[test]
fn holidays_are_the_newest_that_have_begun() {
    for (question, expected) in [
        ("what did I do over Christmas", "2024-12-24 to 2024-12-26"),
        ("workouts on Christmas Day", "2024-12-25"),
        ("Christmas Eve", "2024-12-24"),
        ("how much did I sleep on New Year's Eve", "2024-12-31"),
        ("new year's day", "2025-01-01"),
        ("runs between Christmas and New Year", "2024-12-24 to 2025-01-01"),
        ("since New Year, days I overate", "from 2025-01-01"),
        ("tennis over the holidays", "2024-12-24 to 2025-01-01"),
        ("hikes in the week before Christmas", "2024-12-17 to 2024-12-23"),
        ("easter", "2025-04-18 to 2025-04-21"),
        ("Good Friday", "2025-04-18"),
        ("Easter Sunday", "2025-04-20"),
        ("thanksgiving", "2024-11-28"),
        ("Black Friday", "2024-11-29"),
        ("Memorial Day", "2025-05-26"),
        ("Labor Day", "2025-09-01"),
        ("Independence Day", "2025-07-04"),
        ("on Halloween", "2024-10-31"),
        ("Valentine's Day", "2025-02-14"),
        ("a new personal best this year", "2025-01-01 to 2025-12-31"),
        ("holidays", ""),
    ] {
        assert_eq!(window(question), expected, "{question}");
    }
}

#[test]
fn counts_in_words_are_counts() {
    for (question, expected) in [
        ("poor sleep in the past fortnight", "2025-08-29 to 2025-09-11"),
        ("a month ago", "2025-08-01 to 2025-08-31"),
        ("a week ago", "2025-09-01 to 2025-09-07"),
        ("yoga in the first half of the year", "2025-01-01 to 2025-06-30"),
        ("second half of 2024", "2024-07-01 to 2024-12-31"),
        ("first half of July", "2025-07-01 to 2025-07-15"),
    ] {
        assert_eq!(window(question), expected, "{question}");
    }
}
