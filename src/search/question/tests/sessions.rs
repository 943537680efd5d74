//! Questions about single sessions, workouts and their extremes, and what must be understood of the words alone.

use super::questions::{assert_understood, understood};

/// Question, what must be understood.
#[rustfmt::skip]
pub(in crate::search) const QUESTIONS: &[(&str, &str)] = &[
    // A session is one fact.
    ("longest run in the snow", "the first by longest run in the snow"),
    ("longest ride on a sunny day", "the first by longest ride in the sun"),
    ("snowy hikes over an hour", "a hike in the snow of over 60 min"),
    ("a walk of more than 5 km in the rain", "a walk in the rain of over 5 km"),
    ("show me days when it was windy and I walked", "a walk in the wind"),
    ("it was rainy when I went on my longest run", "the first by longest run in the rain"),
    ("walked in snow or rain", "a walk in the snow or a walk in the rain"),
    ("neither ran nor swam nor biked on a sunny day", "not a run in the sun | not a swim in the sun | not a ride in the sun"),
    ("ran, but not in the rain", "a run | not a session in the rain"),
    ("surfing in the sun", "a surfing session in the sun"),
    ("hard training, ran over 10 km", "hard workout | a run of over 10 km"),
    // What is said in passing of a session tells how a night was.
    ("a fabulous night", "excellent sleep"),
    ("a glorious night", "excellent sleep"),
    ("nights that were fabulous", "excellent sleep"),
    ("a fabulous run", "a run"),
    ("a glorious run", "a run"),
    ("a powerful run in the rain", "a run in the rain"),
    // What a session was not.
    ("runs that weren't in the rain", "a run not in the rain"),
    ("dry runs (no rain)", "a run not in the rain"),
    ("swims not in the rain", "a swim not in the rain"),
    ("swims that were not hard", "a swim that is not hard"),
    ("walks that weren't easy", "a walk that is not easy"),
    ("runs which were not long", "a run that is not long"),
    ("in the rain I did not run", "a session in the rain | not a run"),
    ("no long runs", "not a long run"),
    ("walks that weren't in the rain or snow", "a walk not in the rain or in the snow"),
    ("rainy runs over 10 km that were not hard", "a run in the rain that is not hard of over 10 km"),
    ("an endurance run", "a long run"),
    ("endurance rides in the rain", "a long ride in the rain"),
    ("ran for ages", "a long run"),
    ("the first run in ages", "a run | the first by earliest"),
    ("extended walks", "a long walk"),
    ("burpees", "a HIIT session"),
    ("covered a great distance while running", "a long run"),
    ("ran in the park and covered a lot of ground", "a long run"),
    ("swam in the morning and covered a lot of ground running", "a swim | a long run"),
    ("covered a long distance or went for a swim", "long distance or a swim"),
    ("covered a long distance, ate too much, then the next day a run", "the day before: long distance | the day before: overate | a run"),
    ("covered a great distance running", "a long run"),
    ("long-distance runs", "a long run"),
    // Intensity.
    ("high intensity runs", "a hard run"),
    ("low intensity swims", "an easy swim"),
    ("runs at high intensity", "a hard run"),
    // Meals.
    ("breakfast skipped", "skipped breakfast"),
    ("breakfast was skipped", "skipped breakfast"),
    ("breakfast not eaten", "skipped breakfast"),
    ("dinner was skipped", "not a dinner"),
    // Facts that cannot both hold.
    ("took it easy at the gym", "easy workout"),
    ("no activity at all but a gym workout", "no activity | workout over 0 min"),
    ("a run but no workout", "a run | no workout"),
    ("no gym but over 10000 steps", "no workout | steps over 10000"),
    // Superlatives.
    ("longest yoga session", "the first by longest yoga session"),
    ("longest swim in km", "the first by longest swim by distance"),
    ("latest bedtime", "the first by latest bedtime"),
    ("the three latest bedtimes in May", "the first 3 by latest bedtime | 2025-05-01 to 2025-05-31"),
    ("latest I went to bed", "the first by latest bedtime"),
    ("when did I get up earliest?", "the first by earliest wake time"),
    ("earliest wake-up time", "the first by earliest wake time"),
    ("latest wake time", "the first by latest wake time"),
    ("saltiest day", "the first by most sodium"),
    ("fattiest day", "the first by most fat"),
    ("sweetest day", "the first by most sugar"),
    ("second longest run", "the second by longest run"),
    ("2nd longest run", "the second by longest run"),
    ("my third worst night", "the third by worst sleep"),
    ("the 21st longest run", "the 21st by longest run"),
    ("the 22nd longest run", "the 22nd by longest run"),
    ("the 12th longest run", "the 12th by longest run"),
    ("my 93rd worst night", "the 93rd by worst sleep"),
    ("second heaviest", "the second by most weight"),
    ("biggest sleep deficit compared to usual", "the first by most sleep below usual"),
    ("day I exceeded my usual steps the most", "the first by most steps above usual"),
    ("day with the biggest calorie intake under 3000", "eaten energy under 3000 kcal | the first by most eaten energy"),
    ("longest time without sleep", "no fact of the vocabulary: the days most like the question"),
    ("median sleep", "no fact of the vocabulary: the days most like the question"),
    ("average sleep in May", "2025-05-01 to 2025-05-31"),
    // Workouts.
    ("longest strength workout", "the first by longest strength workout"),
    ("longest HIIT workout", "the first by longest HIIT workout"),
    ("strength workout longer than an hour", "a strength workout of over 60 min"),
    ("HIIT over 30 minutes", "a HIIT session of over 30 min or a HIIT workout of over 30 min"),
    ("longest single workout", "the first by most workout"),
    ("longest weight training session", "the first by longest strength session"),
    // By date.
    ("last 3 runs", "a run | the first 3 by newest"),
    ("my last three swims", "a swim | the first 3 by newest"),
    ("the first five swims in July", "a swim | the first 5 by earliest | 2025-07-01 to 2025-07-31"),
    ("the last two bad nights", "poor sleep | the first 2 by newest"),
    ("previous run", "a run | the first by newest"),
    // In a row.
    ("two bad nights in a row", "poor sleep | the day before: poor sleep"),
    ("poor sleep twice in a row", "poor sleep | the day before: poor sleep"),
    ("bad nights in a row", "poor sleep | the day before: poor sleep"),
    ("three rest days in a row", "rest day | the day before: rest day | 2 days before: rest day"),
    // The day asked for.
    ("week after a long run", "7 days before: a long run"),
    ("two weeks after a long ride", "14 days before: a long ride"),
    ("next day after overeating: few steps", "the day before: overate | few steps"),
    ("didn't sleep less than usual after a hard workout", "not slept less than usual | the day before: hard workout"),
    ("after a night under 5 hours, how many steps did I do", "sleep under 5 h"),
    // Races.
    ("half marathon", "a run of at least 21 km"),
    ("ran a marathon", "a run of at least 42 km"),
];

#[test]
fn questions_of_sessions_are_understood() {
    assert_understood(QUESTIONS, understood);
}
