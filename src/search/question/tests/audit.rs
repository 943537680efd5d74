//! Questions of the kinds that an independent auditor found misread, and what must be understood of the words alone.

use super::questions::{assert_understood, understood};

/// Question, what must be understood.
#[rustfmt::skip]
const QUESTIONS: &[(&str, &str)] = &[
    // The unit stands behind "or more".
    ("three or more hours of exercise", "exercise at least 180 min"),
    ("3 or more grams of sodium", "sodium at least 3000 mg"),
    ("five or more hours of running", "a run of at least 300 min"),
    ("two or more km of running", "a run of at least 2 km"),
    ("5k runs or shorter", "a run of at most 5 km"),
    // None of what is counted.
    ("0 awakenings", "awakenings 0"),
    ("nights without waking up once", "awakenings 0"),
    ("nights without a single awakening", "awakenings 0"),
    ("zero steps", "steps 0"),
    ("no steps at all", "steps 0"),
    // Left out.
    ("swims except in the rain", "a swim not in the rain"),
    ("swims except rainy ones", "a swim not in the rain"),
    ("all runs except easy ones", "a run that is not easy"),
    ("all workouts except crossfit", "not rest day | not a crossfit session"),
    ("only yoga", "a yoga session and nothing else"),
    ("nothing but yoga", "a yoga session and nothing else"),
    ("a walk and nothing else", "a walk and nothing else"),
    ("I didn't exercise (rest day)", "rest day"),
    ("slept longer than usual on a work day", "slept more than usual | weekdays"),
    // The record's own words.
    ("nights with fair sleep", "sleep called fair"),
    ("my sleep was rated fair but I still slept over 7.5 hours", "sleep called fair | sleep over 7.5 h"),
    ("nights my sleep quality was only Good, not excellent", "sleep called good"),
    ("a fair amount of sleep", "no fact of the vocabulary: the days most like the question"),
    ("runs at peak intensity", "a run at peak intensity"),
    ("runs with peak intensity", "a run at peak intensity"),
    ("peak-intensity swims", "a swim at peak intensity"),
    // Clocks.
    ("went to bed after half past one", "bedtime from 01:30 until 12:00"),
    ("up after quarter past ten", "wake time from 10:15 until 24:00"),
    ("in bed by quarter to midnight", "bedtime from 12:00 until 23:45"),
    ("lay in bed until at least 9:30", "wake time from 09:30 until 24:00"),
    ("got up at ten or later", "wake time from 10:00 until 24:00"),
    ("woke up at 9:45 or later", "wake time from 09:45 until 24:00"),
    ("went to bed at 23:15 or earlier", "bedtime from 12:00 until 23:16"),
    ("got out of bed later than 10:15", "wake time from 10:16 until 24:00"),
    ("in bed between 22:00 and 23:15", "bedtime from 22:00 until 23:16"),
    // Superlatives.
    ("ten most salty days", "the first 10 by most sodium"),
    ("three least salty days", "the first 3 by least sodium"),
    ("the three most sugary days", "the first 3 by most sugar"),
    ("the two most carb heavy days", "the first 2 by most carbs"),
    ("most intense workout by calories burned", "not rest day | the first by most energy burned in workouts"),
    ("workout with the most calories", "not rest day | the first by most energy burned in workouts"),
    ("step count double my usual", "more steps than usual"),
    ("half my usual sleep", "slept less than usual"),
    // What is burned and beaten in exercise.
    ("workouts of more than 1000 kcal", "not rest day | energy burned in workouts over 1000 kcal"),
    ("workouts where I burned over 1000 kcal", "not rest day | energy burned in workouts over 1000 kcal"),
    ("burned between 500 and 900 calories in a workout", "energy burned in workouts from 500 to 900 kcal | not rest day"),
    ("a run of more than 500 kcal", "a run | energy burned in activity over 500 kcal"),
    ("over 3000 kcal on workout days", "eaten energy over 3000 kcal | not rest day"),
    ("pulse went up to 180 or more during exercise", "highest heart rate in activity at least 180 bpm"),
    ("activity with average heart rate of at least 150", "heart rate in activity at least 150 bpm"),
    ("mean heart rate in activity over 150", "heart rate in activity over 150 bpm"),
    ("median heart rate above 85", "median heart rate over 85 bpm"),
    // Context.
    ("When I have slept under seven hours, what is my resting pulse?", "sleep under 7 h"),
    ("my resting heart rate on days I slept under 7 hours", "sleep under 7 h"),
    ("I usually go to bed early but on which nights was it after 00:30?", "bedtime from 00:30 until 12:00"),
    ("I usually run in the morning. Which days did I swim?", "a swim"),
    ("The doctor told me to keep my sodium below 2.5 g. On which days did I go over that?", "sodium over 2500 mg"),
    ("My limit is 2500 kcal. When did I exceed it?", "eaten energy over 2500 kcal"),
    ("glasses of water over 8", "no fact of the vocabulary: the days most like the question"),
    // Dates.
    ("over 2500 kcal in the last two weeks of July", "eaten energy over 2500 kcal | 2025-07-18 to 2025-07-31"),
    ("May 24 - 26", "2025-05-24 to 2025-05-26"),
    ("long weekend of memorial day, May 24 - 26", "2025-05-24 to 2025-05-26"),
    // One session, one night.
    ("ran more than 4 km in rain or wind", "a run in the rain of over 4 km or a run in the wind of over 4 km"),
    ("a swim or a ride while it was cloudy, at least 40 minutes", "a swim under clouds of at least 40 min or a ride under clouds of at least 40 min"),
    ("dates where deep+rem sleep was more than 3.5 hours", "deep and REM sleep over 3.5 h"),
    ("days I moved a lot more than I usually do", "more steps than usual"),
    ("late to bed and then slept in the next morning", "late to bed | slept in"),
    ("two different workouts in one day", "workouts of at least 2 kinds"),
    ("days with two workouts", "workouts of at least 2 kinds"),
    ("last two workouts", "not rest day | the first 2 by newest"),
    // Not recorded.
    ("no weight measurement in August", "no weight | 2025-08-01 to 2025-08-31"),
    ("days I was not weighed", "no weight"),
    ("days with no weight", "no weight"),
    ("days where distance is missing", "no distance"),
    ("no distance recorded", "no distance"),
    // Slips.
    ("excelent slep", "excellent sleep"),
];

#[test]
fn what_the_auditor_asked_is_understood() {
    assert_understood(QUESTIONS, understood);
}
