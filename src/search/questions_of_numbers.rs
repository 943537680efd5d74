//! Questions with numbers in them, as an audit asked them, and what must be understood of the words alone, without vectors.

use super::questions::understood;

/// Question, what must be understood.
#[rustfmt::skip]
const QUESTIONS: &[(&str, &str)] = &[
    // What is denied, and what holds for all readings of a day.
    ("heart rate never above 80", "highest heart rate at most 80 bpm"),
    ("pulse never over 100", "highest heart rate at most 100 bpm"),
    ("heart rate didn't go above 90", "highest heart rate at most 90 bpm"),
    ("my heart rate did not exceed 90", "highest heart rate at most 90 bpm"),
    ("heart rate that never dropped below 50", "lowest heart rate at least 50 bpm"),
    ("heart rate stayed below 90", "highest heart rate under 90 bpm"),
    ("heart rate stayed above 50", "lowest heart rate over 50 bpm"),
    ("heart rate below 45", "lowest heart rate under 45 bpm"),
    ("heart rate of 45 or less", "lowest heart rate at most 45 bpm"),
    ("heart rate no more than 110", "highest heart rate at most 110 bpm"),
    ("heart rate below 90 all day", "highest heart rate under 90 bpm"),
    ("sleep never more than 5 hours", "sleep at most 5 h"),
    ("never more than 1500 kcal", "eaten energy at most 1500 kcal"),
    ("not more sleep than usual", "not slept more than usual"),
    ("slept not more than usual", "not slept more than usual"),
    ("failed to reach 3000 steps", "steps under 3000"),
    ("failed to hit 10000 steps", "steps under 10000"),
    ("didn't hit 10000 steps", "steps under 10000"),
    ("never made it to 10,000 steps", "steps under 10000"),
    ("couldn't get to 5000 steps", "steps under 5000"),
    ("did not get at least 6 hours of sleep", "sleep under 6 h"),
    ("weight didn't drop below 80 kg", "weight at least 80 kg"),
    ("failed to sleep 6 hours", "sleep under 6 h"),
    // Signs.
    ("steps<400", "steps under 400"),
    ("sleep<5h", "sleep under 5 h"),
    ("sleep_hours<5", "sleep under 5 h"),
    ("resting_hr >= 70", "resting heart rate at least 70 bpm"),
    ("steps>10000", "steps over 10000"),
    ("steps>=10000", "steps at least 10000"),
    ("weight<=80kg", "weight at most 80 kg"),
    ("hr<=180", "highest heart rate at most 180 bpm"),
    // Units.
    ("waist over 35 inches", "waist over 88.9 cm"),
    ("waist over 35\"", "waist over 88.9 cm"),
    ("chest over 40 inches", "chest over 101.6 cm"),
    ("waist in inches under 30", "waist under 76.2 cm"),
    ("weight under 14 stone", "weight under 88.904 kg"),
    ("weight under 14 st 5", "weight under 91.171 kg"),
    ("walked over 20000 feet", "a walk of over 6.096 km"),
    ("weight over 180 lbs and under 200", "weight over 81.647 kg | weight under 90.718 kg"),
    ("six feet of snow", "a session in the snow"),
    ("salt over 10 g", "sodium over 4000 mg"),
    ("between 5 and 10 g of salt", "sodium from 2000 to 4000 mg"),
    ("sodium over 2 g", "sodium over 2000 mg"),
    // Durations and lengths.
    ("workouts of three quarters of an hour or more", "workout at least 45 min"),
    ("a quarter of an hour of walking or less", "a walk of at most 15 min"),
    ("active for an hour and a quarter or more", "activity at least 75 min"),
    ("slept 7h30 or more", "sleep at least 7.5 h"),
    ("slept less than 6h15", "sleep under 6.25 h"),
    ("slept over 7h30m", "sleep over 7.5 h"),
    ("slept less than 4:30 hours", "sleep under 4.5 h"),
    ("ran less than a mile and a half", "a run of under 2.414 km"),
    ("ran over two and a half miles", "a run of over 4.023 km"),
    ("ran less than a mile", "a run of under 1.609 km"),
    // Multipliers.
    ("15-20k steps", "steps from 15000 to 20000"),
    ("10-12k steps", "steps from 10000 to 12000"),
    ("5 to 6 thousand steps", "steps from 5000 to 6000"),
    ("between five and six thousand steps", "steps from 5000 to 6000"),
    ("steps in the 20 thousands", "steps from 20000 to 29999"),
    // Parts of the body.
    ("biceps over 33 cm", "biceps over 33 cm"),
    ("upper arms thicker than 33 cm", "biceps over 33 cm"),
    ("thighs over 55 cm", "thigh over 55 cm"),
    ("bone mass under 2.8 kg", "bone mass under 2.8 kg"),
    ("muscle mass over 30 kg", "muscle mass over 30 kg"),
    ("hydration above 58 percent", "body water over 58 %"),
    ("biggest biceps", "the first by most biceps"),
    ("slimmest waist", "the first by least waist"),
    ("smallest waist", "the first by least waist"),
    // The heart in training, and over the day.
    ("pulse in training over 170", "highest heart rate in activity over 170 bpm"),
    ("max heart rate during activity above 175", "highest heart rate in activity over 175 bpm"),
    ("heart rate during exercise averaging above 140", "heart rate in activity over 140 bpm"),
    ("highest heart rate in training", "the first by highest heart rate in activity"),
    ("std of heart rate above 30", "standard deviation of heart rate over 30 bpm"),
    ("pulse above 175", "highest heart rate over 175 bpm"),
    ("heart rate went over 170", "highest heart rate over 170 bpm"),
    ("HR max above 170", "highest heart rate over 170 bpm"),
    // Burned and eaten.
    ("when did I burn the most calories", "the first by most burned energy"),
    ("where did I burn most calories on a swim day", "a swim | the first by most burned energy"),
    ("spent more than 1500 kcal", "burned energy over 1500 kcal"),
    ("energy expenditure above 900", "burned energy over 900 kcal"),
    ("burned most calories", "the first by most burned energy"),
    ("when did I eat the most calories", "the first by most eaten energy"),
    ("ate more than 2500 kcal and burned over 800", "eaten energy over 2500 kcal | burned energy over 800 kcal"),
    // Clocks.
    ("bedtime between 11 pm and midnight", "bedtime from 23:00 until 24:00"),
    ("woke up between 6 and 7", "wake time from 06:00 until 07:00"),
    ("woke up between 3 and 5 times", "awakenings from 3 to 5"),
    ("woke up after 9:30", "wake time from 09:30 until 24:00"),
    ("woke up after 9 am", "wake time from 09:00 until 24:00"),
    ("woke up later than 9", "wake time from 09:00 until 24:00"),
    ("woke up after 3 nights of bad sleep", "poor sleep"),
    ("woke up after a bad night", "poor sleep"),
    ("out of bed before six", "wake time from 00:00 until 06:00"),
    ("asleep by 10:30 pm", "bedtime from 12:00 until 22:30"),
    ("in bed by 10:30", "bedtime from 12:00 until 22:30"),
    ("slept until 10", "wake time from 10:00 until 24:00"),
    ("stayed up until 2 am", "bedtime from 02:00 until 12:00"),
    // Meals.
    ("only two meals", "meals 2"),
    ("four meals", "meals 4"),
    ("ate once or twice", "meals from 1 to 2"),
    ("fewer than 3 meals", "meals under 3"),
    ("ate more than 3 times", "meals over 3"),
    ("two or more meals and under 1300 kcal", "meals at least 2 | eaten energy under 1300 kcal"),
    // What nothing is known of, and what is compared with the usual.
    ("blood sugar over 120 mg/dl", "no fact of the vocabulary: the days most like the question"),
    ("time in zone 4 over 30 minutes", "no fact of the vocabulary: the days most like the question"),
    ("blood sugar was high", "no fact of the vocabulary: the days most like the question"),
    ("poor sleep and blood pressure over 140", "poor sleep"),
    ("my pulse was up more than 8 beats over baseline", "resting heart rate against own usual over 8 bpm"),
    ("resting pulse lower than usual", "lowered resting heart rate"),
    ("10 percent more sleep than usual", "slept more than usual"),
    ("walked twice as much as usual", "more steps than usual"),
    ("ate half as much as usual", "ate less than usual"),
    // Slips.
    ("more then 10000 stpes", "steps over 10000"),
    ("restin hart rate over 70", "resting heart rate over 70 bpm"),
    ("proten above 160 grms", "protein over 160 g"),
];

#[test]
fn questions_with_numbers_are_understood() {
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
