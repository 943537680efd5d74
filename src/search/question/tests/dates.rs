//! Questions as a person would ask them that say when, and what must be understood of it.

use crate::record::Date;

use super::questions::understood_on;

/// Question, what must be understood on 2025-09-11, a Thursday.
#[rustfmt::skip]
const QUESTIONS: &[(&str, &str)] = &[
    // A window that is left out.
    ("swims, but not in August", "a swim | not 2025-08-01 to 2025-08-31"),
    ("poor sleep outside of July", "poor sleep | not 2025-07-01 to 2025-07-31"),
    ("poor sleep outside July", "poor sleep | not 2025-07-01 to 2025-07-31"),
    ("hard workouts, every month but June", "hard workout | not 2025-06-01 to 2025-06-30"),
    ("swims except on weekends", "a swim | weekdays"),
    ("runs not on a Sunday", "a run | not Sundays"),
    ("poor sleep except in July", "poor sleep | not 2025-07-01 to 2025-07-31"),
    ("poor sleep excluding August", "poor sleep | not 2025-08-01 to 2025-08-31"),
    ("runs other than in July", "a run | not 2025-07-01 to 2025-07-31"),
    ("not in July: poor sleep", "poor sleep | not 2025-07-01 to 2025-07-31"),
    ("except in July, poor sleep", "poor sleep | not 2025-07-01 to 2025-07-31"),
    ("yoga on any day except Monday", "a yoga session | not Mondays"),
    ("yoga every day but Sunday", "a yoga session | not Sundays"),
    ("tennis, not on a weekend", "a tennis session | weekdays"),
    ("hard workout, weekends excluded", "hard workout | weekdays"),
    ("poor sleep, not counting weekends", "poor sleep | weekdays"),
    ("runs, leaving out the first week of August", "a run | not 2025-08-01 to 2025-08-07"),
    ("runs apart from those in July", "a run | not 2025-07-01 to 2025-07-31"),
    ("runs with the exception of August", "a run | not 2025-08-01 to 2025-08-31"),
    ("swims in 2025 but not in July or August", "a swim | 2025-01-01 to 2025-12-31, not 2025-07-01 to 2025-07-31, not 2025-08-01 to 2025-08-31"),
    ("runs except in June, July and August", "a run | not 2025-06-01 to 2025-06-30, not 2025-07-01 to 2025-07-31, not 2025-08-01 to 2025-08-31"),
    ("runs not on Saturdays and Sundays", "a run | weekdays"),
    ("runs not on weekends and in July", "a run | weekdays, 2025-07-01 to 2025-07-31"),
    ("runs on weekdays except Friday", "a run | Mondays or Tuesdays or Wednesdays or Thursdays"),
    ("runs in July, not on weekends", "a run | weekdays, 2025-07-01 to 2025-07-31"),
    ("hard workouts in July but none on Mondays", "hard workout | not Mondays, 2025-07-01 to 2025-07-31"),
    ("poor sleep, not last week", "poor sleep | not 2025-09-01 to 2025-09-07"),
    ("poor sleep but not between July 3 and July 9", "poor sleep | not 2025-07-03 to 2025-07-09"),
    ("runs, but not after July", "a run | until 2025-07-31"),
    ("runs, not before July", "a run | from 2025-07-01"),
    ("runs, not until July", "a run | from 2025-07-01"),
    ("runs, not since July", "a run | until 2025-06-30"),
    ("runs except on 2025-08-14", "a run | not 2025-08-14"),
    ("runs in July except the 14th", "a run | 2025-07-01 to 2025-07-31, not 2025-07-14"),
    ("runs, not on Monday the 25th of August", "a run | not 2025-08-25"),
    ("swims outside of the holidays", "a swim | not 2024-12-24 to 2025-01-01"),
    ("runs neither in June nor in July", "a run | not 2025-06-01 to 2025-06-30, not 2025-07-01 to 2025-07-31"),
    ("everything but weekends: hard workout", "hard workout | weekdays"),
    ("runs in 2025, not in the summer", "a run | 2025-01-01 to 2025-12-31, not 2025-06-01 to 2025-08-31"),
    ("runs that were not on weekends", "a run | weekdays"),
    ("hard workout, weekends aside", "hard workout | weekdays"),
    ("hard workout, no Mondays please", "hard workout | not Mondays"),
    ("hard workout, avoiding weekends", "hard workout | weekdays"),
    // A fact that is denied keeps its window.
    ("days I did not run in July", "not a run | 2025-07-01 to 2025-07-31"),
    ("days without a run on Mondays", "not a run | Mondays"),
    ("runs outside on Mondays", "a run | Mondays"),
    ("no runs last week", "not a run | 2025-09-01 to 2025-09-07"),
    ("slept badly but not after a hard workout in July", "poor sleep | the day before: not hard workout | 2025-07-01 to 2025-07-31"),
    ("without weekend runs", "not a run | weekends"),
    ("poor sleep, not only in July", "poor sleep | 2025-07-01 to 2025-07-31"),
    ("not in bed before 11pm in July", "not bedtime from 12:00 until 23:00 | 2025-07-01 to 2025-07-31"),
    // Holidays.
    ("swims on Christmas Day", "a swim | 2024-12-25"),
    ("a long run on Christmas Eve", "a long run | 2024-12-24"),
    ("overate over Christmas", "overate | 2024-12-24 to 2024-12-26"),
    ("overate at xmas", "overate | 2024-12-24 to 2024-12-26"),
    ("overate at Christmas 2023", "overate | 2023-12-24 to 2023-12-26"),
    ("short sleep on New Year's Eve", "short sleep | 2024-12-31"),
    ("runs on New Year's Day", "a run | 2025-01-01"),
    ("runs since New Year", "a run | from 2025-01-01"),
    ("overate between Christmas and New Year", "overate | 2024-12-25 to 2025-01-01"),
    ("overate over the holidays", "overate | 2024-12-24 to 2025-01-01"),
    ("overate during the holiday season", "overate | 2024-12-24 to 2025-01-01"),
    ("runs over Easter", "a run | 2025-04-18 to 2025-04-21"),
    ("runs on Good Friday", "a run | 2025-04-18"),
    ("runs on Easter Monday last year", "a run | 2024-04-01"),
    ("overate on Thanksgiving", "overate | 2024-11-28"),
    ("overate over Thanksgiving weekend", "overate | 2024-11-28 to 2024-12-01"),
    ("steps over 10000 on Black Friday", "steps over 10000 | 2024-11-29"),
    ("runs on Memorial Day", "a run | 2025-05-26"),
    ("runs over Labor Day weekend", "a run | 2025-08-30 to 2025-09-01"),
    ("runs on Independence Day", "a run | 2025-07-04"),
    ("runs on the 4th of July", "a run | 2025-07-04"),
    ("much sugar on Halloween", "much sugar | 2024-10-31"),
    ("late to bed on Valentine's Day", "late to bed | 2025-02-14"),
    ("a run on Boxing Day", "a run | 2024-12-26"),
    ("overate the week before Christmas", "overate | 2024-12-18 to 2024-12-24"),
    ("overate in the first week after Christmas", "overate | 2024-12-26 to 2025-01-01"),
    ("overate in the last three days before Christmas", "overate | 2024-12-22 to 2024-12-24"),
    ("overate the day after Thanksgiving", "overate | 2024-11-29"),
    ("hard workout in the two weeks after Easter", "hard workout | 2025-04-22 to 2025-05-05"),
    ("hard workout, not over Christmas", "hard workout | not 2024-12-24 to 2024-12-26"),
    ("boxing days", "a boxing session"),
    // Counted from today.
    ("runs in the past fortnight", "a run | 2025-08-29 to 2025-09-11"),
    ("runs in the last two fortnights", "a run | 2025-08-15 to 2025-09-11"),
    ("runs in the last couple of weeks", "a run | 2025-08-29 to 2025-09-11"),
    ("runs in the last few weeks", "a run | 2025-08-22 to 2025-09-11"),
    ("poor sleep a month ago", "poor sleep | 2025-08-01 to 2025-08-31"),
    ("poor sleep a week ago", "poor sleep | 2025-09-01 to 2025-09-07"),
    ("poor sleep a couple of weeks ago", "poor sleep | 2025-08-25 to 2025-08-31"),
    ("poor sleep a year ago", "poor sleep | 2024-01-01 to 2024-12-31"),
    ("poor sleep the week before last", "poor sleep | 2025-08-25 to 2025-08-31"),
    ("poor sleep in the week before last week", "poor sleep | 2025-08-25 to 2025-08-31"),
    ("runs last quarter", "a run | 2025-04-01 to 2025-06-30"),
    ("runs this quarter", "a run | 2025-07-01 to 2025-09-30"),
    ("runs next week", "a run | 2025-09-15 to 2025-09-21"),
    ("runs next Tuesday", "a run | 2025-09-16"),
    ("runs next month", "a run | 2025-10-01 to 2025-10-31"),
    ("overate and poor sleep the next day", "overate | the day after: poor sleep"),
    // Parts of years and months.
    ("runs in the first half of the year", "a run | 2025-01-01 to 2025-06-30"),
    ("runs in the second half of 2024", "a run | 2024-07-01 to 2024-12-31"),
    ("runs in the second half of last year", "a run | 2024-07-01 to 2024-12-31"),
    ("runs in H1", "a run | 2025-01-01 to 2025-06-30"),
    ("runs in the first half of July", "a run | 2025-07-01 to 2025-07-15"),
    ("runs in the second half of July", "a run | 2025-07-16 to 2025-07-31"),
    ("runs in the first half of last month", "a run | 2025-08-01 to 2025-08-15"),
    ("runs in Aug '25", "a run | 2025-08-01 to 2025-08-31"),
    ("runs in August ’24", "a run | 2024-08-01 to 2024-08-31"),
    ("runs in August 25", "a run | 2025-08-25"),
    ("runs in July last year", "a run | 2024-07-01 to 2024-07-31"),
    ("runs from November to February", "a run | 2024-11-01 to 2025-02-28"),
    ("runs from June to October", "a run | 2025-06-01 to 2025-10-31"),
    // Weeks, weekends and days that are told by another day.
    ("runs in the week of July 14", "a run | 2025-07-14 to 2025-07-20"),
    ("runs in the week of 16 July", "a run | 2025-07-14 to 2025-07-20"),
    ("runs, week beginning 15 July", "a run | 2025-07-15 to 2025-07-21"),
    ("runs in the week ending on 20 July", "a run | 2025-07-14 to 2025-07-20"),
    ("runs in week 30", "a run | 2025-07-21 to 2025-07-27"),
    ("runs in weeks 28 to 30", "a run | 2025-07-07 to 2025-07-27"),
    ("runs in calendar week 50", "a run | 2024-12-09 to 2024-12-15"),
    ("runs in week 2 of July", "a run | 2025-07-08 to 2025-07-14"),
    ("runs the weekend after July 4th", "a run | 2025-07-05 to 2025-07-06"),
    ("runs the weekend before July 4th", "a run | 2025-06-28 to 2025-06-29"),
    ("runs on July 4th weekend", "a run | 2025-07-05 to 2025-07-06"),
    ("poor sleep the night after July 4", "poor sleep | 2025-07-05"),
    ("runs on the 15th", "a run | 2025-08-15"),
    ("runs on the 10th", "a run | 2025-09-10"),
    ("runs on the 15th of last month", "a run | 2025-08-15"),
    ("runs in July, on the 15th", "a run | 2025-07-15"),
    ("runs since the 5th", "a run | from 2025-09-05"),
    ("runs between the 5th and the 9th", "a run | 2025-09-05 to 2025-09-09"),
    ("runs from the 25th to the 3rd", "a run | 2025-08-25 to 2025-09-03"),
    ("runs on the 5th of June", "a run | 2025-06-05"),
    ("runs on the 5th and the 12th", "a run | 2025-09-05 or 2025-08-12"),
    ("runs on the 5th or 6th of June", "a run | 2025-06-05 or 2025-06-06"),
    ("runs on Friday the 13th", "a run | 2025-06-13"),
    ("the 10th time I ran", "a run"),
    // Nights belong to the morning on which they end.
    ("poor sleep on school nights", "poor sleep | weekdays"),
    ("late to bed on weeknights", "late to bed | weekdays"),
    ("poor sleep on nights from Sunday to Monday", "poor sleep | Mondays"),
    ("poor sleep, Sunday to Monday nights", "poor sleep | Mondays"),
    ("poor sleep from Sunday to Monday", "poor sleep | Mondays or Sundays"),
];

#[test]
fn questions_of_dates_are_understood() {
    let today = Date::from_ymd(2025, 9, 11).unwrap();
    let wrong: Vec<String> = QUESTIONS
        .iter()
        .filter(|(question, expected)| understood_on(today, question) != *expected)
        .map(|(question, expected)| {
            let got = understood_on(today, question);
            format!("{question}\n  expected {expected}\n  got      {got}")
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        QUESTIONS.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_span_over_the_turn_of_the_year_ends_after_it_began() {
    let today = Date::from_ymd(2025, 12, 28).unwrap();
    for (question, expected) in [
        ("between Christmas and New Year", "2025-12-25 to 2026-01-01"),
        ("from November to February", "2025-11-01 to 2026-02-28"),
        ("since New Year", "from 2025-01-01"),
        ("over Christmas", "2025-12-24 to 2025-12-26"),
    ] {
        assert_eq!(understood_on(today, question), expected, "{question}");
    }
}
