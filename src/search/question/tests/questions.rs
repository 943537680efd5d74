//! Questions as a person would ask them, and what must be understood of the words alone, without vectors.

use crate::describe::vocabulary;
use crate::record::Date;
use crate::search::question::dates::calendar;
use crate::search::question::words::token::tokens;
use crate::search::question::{Meaning, understand};

/// 2025-09-11 was a Thursday.
pub(super) fn understood(question: &str) -> String {
    understood_on(Date::from_ymd(2025, 9, 11).unwrap(), question)
}

/// What is understood of the words alone.
pub(super) fn understood_on(today: Date, question: &str) -> String {
    let nothing = &mut |_: &str, _: f32| -> Result<_, String> { Ok(None) };
    understand(question, today, nothing).unwrap().texts().join(" | ")
}

/// Question, what must be understood.
#[rustfmt::skip]
pub(in crate::search) const QUESTIONS: &[(&str, &str)] = &[
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
    ("I overate and had poor sleep the next day", "overate | the day after: poor sleep"),
    ("I had a rest day and poor sleep the next day", "the day before: rest day | poor sleep"),
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
    ("rest days in August's last week", "rest day | 2025-08-25 to 2025-08-31"),
    ("rest days in the final August week", "rest day | 2025-08-25 to 2025-08-31"),
    ("yoga, July up to the 15th", "a yoga session | 2025-07-01 to 2025-07-15"),
    ("poor sleep from 15/07 onwards", "poor sleep | from 2025-07-15"),
    ("poor sleep from July 15 to now", "poor sleep | from 2025-07-15"),
    ("poor sleep 01/07-15/07", "poor sleep | 2025-07-01 to 2025-07-15"),
    ("poor sleep, 30 days back to now", "poor sleep | 2025-08-13 to 2025-09-11"),
    ("poor sleep in the previous calendar month", "poor sleep | 2025-08-01 to 2025-08-31"),
    ("hard workout Sat/Sun", "hard workout | weekends"),
    ("hard workouts, not on weekdays", "hard workout | weekends"),
    ("high protein on Mon", "high protein | Mondays"),
    // Shorthand, and what is denied behind its noun.
    ("hard workout w/o high protein", "hard workout | not high protein"),
    ("overate, rest days excluded", "overate | not rest day"),
    ("snack-free days", "not a snack"),
    ("10k+ steps", "steps at least 10000"),
    ("95 grams of sugar or more", "sugar at least 95 g"),
    ("activity missing", "no activity data"),
    // The same in other words.
    ("pulse too high while resting", "elevated resting heart rate"),
    ("rotten night post gruelling workout", "poor sleep | the day before: hard workout"),
    ("previous day no exercise, terrible sleep", "the day before: rest day | poor sleep"),
    ("bad sleep where the day before was a rest day", "poor sleep | the day before: rest day"),
    ("days I overate and then slept badly", "overate | the day after: poor sleep"),
    ("not as many steps as usual", "fewer steps than usual"),
    ("nights I slept badly because yesterday's training was brutal", "poor sleep | the day before: hard workout"),
    ("which workouts did I do yesterday", "not rest day | 2025-09-10"),
    ("unusually few steps", "fewer steps than usual"),
    ("more steps than on any other day", "the first by most steps"),
    ("bottom five nights by deep sleep", "the first 5 by least deep sleep"),
    ("latest binge", "overate | the first by newest"),
    ("top sleep", "excellent sleep"),
    ("rank days by steps, the first three", "the first 3 by most steps"),
    ("bad sleep in July", "poor sleep | 2025-07-01 to 2025-07-31"),
    ("days I slept in", "slept in"),
    // Superlatives.
    ("my worst night", "the first by worst sleep"),
    ("the three days I walked most", "the first 3 by most steps"),
    ("top 5 days by steps", "the first 5 by most steps"),
    ("my longest run", "the first by longest run"),
    ("nights with the least deep sleep", "least deep sleep"),
    ("the day with the highest resting heart rate in July", "the first by most resting heart rate | 2025-07-01 to 2025-07-31"),
    ("the first time I ran more than 10 km", "a run of over 10 km | the first by earliest"),
    ("the last time I slept badly", "poor sleep | the first by newest"),
    ("my five shortest nights", "the first 5 by least sleep"),
    ("when did I eat the most protein", "the first by most protein"),
    // Sessions, weather, meals.
    ("a run in the rain", "a run in the rain"),
    ("long rides", "a long ride"),
    ("rainy days", "a session in the rain"),
    ("swimming", "a swim"),
    ("hard runs on sunny days", "a hard run in the sun"),
    ("yoga days with high protein", "a yoga session | high protein"),
    // What eval showed.
    ("days off from sport", "rest day"),
    ("an exhausting training session", "hard workout"),
    ("hard workout not followed by a bad night", "hard workout | the day after: not poor sleep"),
    ("days I walked less than I usually do", "fewer steps than usual"),
    ("the night with the worst sleep efficiency", "the first by least sleep efficiency"),
    ("the longest distance I ran", "the first by longest run"),
    ("I jogged over 10k", "a run of over 10 km"),
    // What people asked and did not get.
    ("days I did not eat much", "ate little"),
    ("the run with the most kilometres", "the first by longest run"),
    ("when did I rest", "rest day"),
    ("after a hard workout the day before I slept badly", "the day before: hard workout | poor sleep"),
    ("days my RHR was up", "elevated resting heart rate"),
    ("max RHR", "the first by most resting heart rate"),
    ("when was my sleep efficiency at its worst", "the first by least sleep efficiency"),
    ("which three days did I walk the most steps", "the first 3 by most steps"),
    ("the night I slept the most badly of all", "the first by worst sleep"),
    ("I did not even manage 5 hours of sleep", "sleep under 5 h"),
    ("when did I top twelve thousand steps", "steps over 12000"),
    ("ate more than three and a half thousand calories", "eaten energy over 3500 kcal"),
    ("resting pulse up by more than 10 bpm compared with my average", "resting heart rate against own usual over 10 bpm"),
    ("overate and then slept badly the next night", "overate | the day after: poor sleep"),
    ("no training the previous day and then a rough night", "the day before: rest day | poor sleep"),
    ("back from a day off and trained hard", "the day before: rest day | hard workout"),
    ("bad nights not preceded by a tough workout", "poor sleep | the day before: not hard workout"),
    ("woke up refreshed after an excellent night", "good sleep | excellent sleep"),
    ("hard workout but not much protein", "hard workout | not high protein"),
    ("pigged out other than on rest days", "overate | not rest day"),
    ("rest days, zero breakfasts", "rest day | not a breakfast"),
    ("tough weekend training sessions", "hard workout | weekends"),
    ("poor sleep from the fifteenth of July until now", "poor sleep | from 2025-07-15"),
    ("days where nothing was logged for activities", "no activity data"),
    ("days with a blustery ride", "a ride in the wind"),
    ("trained hard one day, slept badly the next", "the day before: hard workout | poor sleep"),
    ("went all out yesterday, then slept like a log", "the day before: hard workout | excellent sleep"),
    ("couch potato days, zero workouts", "rest day"),
    ("top 3 step days", "the first 3 by most steps"),
    ("upwards of a hundred and fifty grams of protein", "protein over 150 g"),
    ("slept at least two hours less than I normally do", "sleep against own usual at most -2 h"),
    ("the day my pulse at rest hit its all-time peak", "the first by most resting heart rate"),
    ("in the pool doing lengths", "a swim"),
    ("poor sleep during July this year", "poor sleep | 2025-07-01 to 2025-07-31"),
    // Which of the days is asked for.
    ("stuffed myself, then tossed and turned; which eating days were those", "overate | the day after: restless sleep"),
    ("pigged out, then slept badly. Give me the nights.", "the day before: overate | poor sleep"),
    ("trained hard, then slept badly", "the day before: hard workout | poor sleep"),
    ("trained hard, then slept badly. I want the training days.", "hard workout | the day after: poor sleep"),
    ("when did I overeat with a lousy night afterwards", "overate | the day after: poor sleep"),
    ("overate, next night awful", "overate | the day after: poor sleep"),
    ("days of overeating when the night after was bad", "overate | the day after: poor sleep"),
    ("no exercise one day, trained hard the next: which training days?", "the day before: rest day | hard workout"),
    ("cheat meals that wrecked the following night's sleep", "poor sleep"),
    ("which tough workouts did not ruin my sleep that night", "hard workout | the day after: not poor sleep"),
    ("no training the day after a really tough one", "rest day | the day before: hard workout"),
    ("which days did I take off right after a tough workout", "rest day | the day before: hard workout"),
    ("took the day off and still slept terribly", "the day before: rest day | poor sleep"),
    ("slept really well after a tough workout", "excellent sleep | the day before: hard workout"),
    ("mornings I woke up badly rested after going all out the day before", "poor sleep | the day before: hard workout"),
    ("did I sit still the day after a killer session", "rest day | the day before: hard workout"),
    ("heavy training day, the day before nothing", "hard workout | the day before: rest day"),
    ("having done no training the day before, on what nights did I nevertheless sleep poorly", "the day before: rest day | poor sleep"),
    ("nights of bad sleep with hard training yesterday", "poor sleep | the day before: hard workout"),
    ("yesterday big training, today nothing", "the day before: hard workout | rest day"),
    ("killer sessions that left my sleep unharmed", "hard workout | not poor sleep"),
    ("bad nights although the day before I did not train hard", "poor sleep | the day before: not hard workout"),
    ("list the poor nights for which intense exercise can be excluded", "poor sleep | not hard workout"),
    ("bad nights with no elevation of the resting heart rate", "poor sleep | not elevated resting heart rate"),
    ("overate, but not on the days when I paused from sport", "overate | not rest day"),
    ("did not eat anything between the meals", "not a snack"),
    ("intense exercise after which the night was not a poor one", "hard workout | the day after: not poor sleep"),
    ("days of overeating that preceded a bad night", "overate | the day after: poor sleep"),
    ("days of overeating succeeded by a poor night", "overate | the day after: poor sleep"),
    ("when did I do no sport yesterday and then sleep badly", "the day before: rest day | poor sleep"),
    ("hard training for which the preceding day had been a rest day", "hard workout | the day before: rest day"),
    ("which day ranks first by protein", "the first by most protein"),
    ("the one night where efficiency of sleeping was the lowest", "the first by least sleep efficiency"),
    ("nights where deep sleep amounted to less than about an hour", "deep sleep under 1 h"),
    ("days I clocked up fewer steps than I generally manage", "fewer steps than usual"),
    ("lousy nights not following heavy training", "poor sleep | the day before: not hard workout"),
    ("trained hard, ruined sleep that night", "the day before: hard workout | poor sleep"),
    ("no exercise to speak of", "rest day"),
    ("trained hard, then slept badly. Which nights last month?", "the day before: hard workout | poor sleep | 2025-08-01 to 2025-08-31"),
    ("nights after I destroyed myself training", "the day before: hard workout"),
    ("the workout destroyed me and I slept great", "not rest day | excellent sleep"),
    ("rest day, really bad sleep", "rest day | poor sleep"),
    ("trained hard, then slept badly; not the sessions, the nights please", "the day before: hard workout | poor sleep"),
    ("elevated resting heart rate but still slept well", "elevated resting heart rate | good sleep"),
    ("rest days. Show me the ones with a bad night", "rest day | poor sleep"),
    // Nothing in the vocabulary.
    ("feeling blue about the meeting", "no fact of the vocabulary: the days most like the question"),
    // Everyday shapes that fresh authors showed.
    ("Tue+Thu, strength training, last 30 days incl. today", "strength training | Tuesdays or Thursdays, 2025-08-13 to 2025-09-11"),
    ("yoga/pilates", "yoga or pilates"),
    ("REM sleep <1h, prev day hard workout", "REM sleep under 1 h | the day before: hard workout"),
    ("d-1: hard workout; d: poor sleep", "the day before: hard workout | poor sleep"),
    ("prior day: rest day. today: long workout", "the day before: rest day | long workout"),
    ("slept badly two nights running", "poor sleep | the day before: poor sleep"),
    ("second night in a row of poor sleep", "poor sleep | the day before: poor sleep"),
    ("much sugar again, having had much sugar the day before too", "much sugar | the day before: much sugar"),
    ("resting pulse raised, having been raised the day before too", "the day before: elevated resting heart rate | elevated resting heart rate"),
    ("low REM with low REM also the night before", "little REM sleep | the day before: little REM sleep"),
    ("slept in, not up late the night before", "slept in | not late to bed"),
    ("rest days and the day before that I trained hard", "rest day | the day before: hard workout"),
    ("went to bed late and then tossed and turned", "late to bed | restless sleep"),
    ("easy jogs following a lengthy session the day before", "an easy run | the day before: long workout"),
    ("long distance but I did not, all the same, burn many calories", "long distance | not burned many calories"),
    ("running days apart from the ones with a run in sunshine", "a run | not a run in the sun"),
    ("slept more than 9 hrs 15 min", "sleep over 9.25 h"),
    ("workouts longer than an hour and a half", "workout over 90 min"),
    ("body fat did not exceed fifteen per cent", "body fat at most 15 %"),
    ("BMI of at least 25 but below 30", "BMI at least 25 kg/m² | BMI under 30 kg/m²"),
    ("ate more then 150g protein", "protein over 150 g"),
    ("five meals or more", "meals at least 5"),
    ("um days where I like ate loads of protien", "high protein"),
    ("lowest mean HR, 5 rows", "the first 5 by least mean heart rate"),
    ("the first two nights I slept badly", "poor sleep | the first 2 by earliest"),
    ("3 days I burned the most kcal in my workouts", "the first 3 by most energy burned in workouts"),
    ("slept longer than is my wont", "slept more than usual"),
    ("an easy run for which a strenuous workout was on the previous day", "an easy run | the day before: hard workout"),
    ("hard training exactly one day after a day off training", "hard workout | the day before: rest day"),
    ("slept like garbage after eating super salty food the day before", "poor sleep | the day before: salty food"),
    ("hard training, and the night after it was restless sleep", "the day before: hard workout | restless sleep"),
    ("poor sleep not preceded by a day with a demanding workout", "poor sleep | the day before: not hard workout"),
    ("high fat, but on the day before not high fat", "high fat | the day before: not high fat"),
    ("over 90 but under 120 minutes of activity", "activity over 90 min | activity under 120 min"),
    ("days I smashed over 12k steps", "steps over 12000"),
    ("average of my heart rate not more than 65", "mean heart rate at most 65 bpm"),
    ("did not retire until a late hour", "late to bed"),
    // A word said once for two.
    ("a long but easy workout", "long workout | easy workout"),
    ("the workout was both easy and short", "easy workout | short workout"),
    ("slept short and badly", "short sleep | poor sleep"),
    ("lots of protein and fibre", "high protein | high fiber"),
    ("too much salt and sugar", "salty food | much sugar"),
    // What a reviewer saw go wrong.
    ("the first night in August I slept badly", "poor sleep | the first by earliest | 2025-08-01 to 2025-08-31"),
    ("poor sleep after two consecutive days of hard training", "poor sleep | the day before: hard workout | 2 days before: hard workout"),
    ("less than 6 hours sleep or more than 20000 steps", "sleep under 6 h or steps over 20000"),
    ("protein over 150 days", "protein over 150 g"),
    ("over 10000 steps and fewer than 2 snacks", "steps over 10000 | a snack"),
    ("lots of waking in the night after hard training", "restless sleep | the day before: hard workout"),
    ("5 nights ordered by lowest resting heart rate", "the first 5 by least resting heart rate"),
    ("poor sleep but on the night before a long run", "poor sleep | a long run"),
    ("run/swim/ride", "a run or a swim or a ride"),
    ("run+swim days", "a run | a swim"),
    ("slept under 6 hours, 30 minutes of yoga", "sleep under 6 h | a yoga session of from 27 to 33 min"),
];

#[test]
fn questions_are_understood() {
    assert_understood(QUESTIONS, understood);
}

/// Each question is understood as it must be; those that are not are listed.
pub(super) fn assert_understood(questions: &[(&str, &str)], understood: impl Fn(&str) -> String) {
    let wrong: Vec<String> = questions
        .iter()
        .map(|(question, expected)| (question, expected, understood(question)))
        .filter(|(_, expected, got)| got != *expected)
        .map(|(question, expected, got)| format!("{question}\n  expected {expected}\n  got      {got}"))
        .collect();
    let (count, all) = (wrong.len(), questions.len());
    assert!(wrong.is_empty(), "{count} of {all}\n{}", wrong.join("\n"));
}

fn window(question: &str) -> String {
    calendar::read(&mut tokens(question), Date::from_ymd(2025, 9, 11).unwrap()).to_string()
}

#[test]
fn windows_are_read_as_people_mean_them() {
    for (question, expected) in [
        ("last week of August", "2025-08-25 to 2025-08-31"),
        ("weekends in July", "weekends, 2025-07-01 to 2025-07-31"),
        ("in June 2025", "2025-06-01 to 2025-06-30"),
        ("bad sleep on Mondays", "Mondays"),
        ("last week", "2025-09-01 to 2025-09-07"),
        ("this week", "2025-09-08 to 2025-09-14"),
        ("the past week", "2025-09-05 to 2025-09-11"),
        ("in the last 10 days", "2025-09-02 to 2025-09-11"),
        ("past two weeks", "2025-08-29 to 2025-09-11"),
        ("last month", "2025-08-01 to 2025-08-31"),
        ("yesterday", "2025-09-10"),
        ("three days ago", "2025-09-08"),
        ("last Monday", "2025-09-08"),
        ("in October", "2024-10-01 to 2024-10-31"),
        ("on August 14", "2025-08-14"),
        ("on the 14th of August 2024", "2024-08-14"),
        ("between August 5 and 12", "2025-08-05 to 2025-08-12"),
        ("between 25 and 31 August", "2025-08-25 to 2025-08-31"),
        ("from the 3rd to the 9th of May", "2025-05-03 to 2025-05-09"),
        ("5 to 8 June 2024", "2024-06-05 to 2024-06-08"),
        ("between 9 and 3 May", "2025-05-03"),
        ("10 to 12 km", ""),
        ("from June to August", "2025-06-01 to 2025-08-31"),
        ("since July 15", "from 2025-07-15"),
        ("before March", "until 2025-02-28"),
        (
            "in July and August",
            "2025-07-01 to 2025-07-31 or 2025-08-01 to 2025-08-31",
        ),
        ("second half of May", "2025-05-16 to 2025-05-31"),
        ("end of July", "2025-07-22 to 2025-07-31"),
        ("last summer", "2025-06-01 to 2025-08-31"),
        ("in 2024", "2024-01-01 to 2024-12-31"),
        ("2025-08-14", "2025-08-14"),
        ("2025-08-01..2025-08-15", "2025-08-01 to 2025-08-15"),
        ("Q3 2025", "2025-07-01 to 2025-09-30"),
        ("the second quarter of the year", "2025-04-01 to 2025-06-30"),
        ("since Monday", "from 2025-09-08"),
        ("the third quarter of 2025", "2025-07-01 to 2025-09-30"),
        ("the last quarter of 2024", "2024-10-01 to 2024-12-31"),
        ("Monday till today", "2025-09-08 to 2025-09-11"),
        ("from Monday to Friday", "weekdays"),
        ("fourteen days ending on 31 August", "2025-08-18 to 2025-08-31"),
        (
            "from the twentieth until the last day of May",
            "2025-05-20 to 2025-05-31",
        ),
        ("last 10 days counting today", "2025-09-02 to 2025-09-11"),
        ("Aug, 2 nights", "2025-08-01 to 2025-08-31"),
        ("I may march on", ""),
        ("over 2000 calories", ""),
    ] {
        assert_eq!(window(question), expected, "{question}");
    }
}

#[test]
fn a_guess_beside_a_fact_of_the_same_subject_is_none() {
    let today = Date::from_ymd(2025, 9, 11).unwrap();
    let good_sleep = vocabulary::facet("good sleep").unwrap();
    let nearest = &mut |_: &str, _: f32| -> Result<_, String> {
        Ok(Some(Meaning {
            facets: vec![good_sleep],
            phrase: "good rest",
            score: 0.9,
        }))
    };
    let understood = understand("when did I have a bad night's rest", today, nearest).unwrap();
    assert_eq!(understood.texts(), ["poor sleep"]);
}
