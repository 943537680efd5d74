//! Golden wordings, and what no gist may ever hold.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::day::{Day, PROPERTIES, Property, PropertyType, Value};
use crate::record::{Date, Milli};

fn day(records: u32, numbers: &[(Property, i64)]) -> Day {
    let mut day = Day::new("user_000001".into(), Date::from_ymd(2025, 9, 11).unwrap());
    day.records = records;
    for &(property, thousandths) in numbers {
        let number = Milli::from_thousandths(thousandths);
        let value = match property.info().kind {
            PropertyType::Count => Value::Count((thousandths / 1000) as u32),
            _ => Value::Number(number),
        };
        day.set(property, value);
    }
    day
}

fn worded(day: &Day, before: Option<&Day>, profile: Option<&Profile>, style: Style) -> Words {
    let before = before.map(DayFacts::of);
    describe(&DayFacts::of(day), before.as_ref(), profile, style)
}

fn facets_of(day: &Day) -> Vec<Arc<str>> {
    DayFacts::of(day).facets().to_vec()
}

fn list(texts: &[&str]) -> Value {
    Value::List(texts.iter().map(|text| Arc::from(*text)).collect())
}

fn full_day() -> Day {
    use Property::*;
    let mut day = day(
        20,
        &[
            (HrCount, 12_000),
            (HrMin, 48_000),
            (HrMax, 175_000),
            (HrMean, 78_500),
            (HrStd, 21_250),
            (HrP5, 50_000),
            (HrP25, 61_000),
            (HrP50, 72_000),
            (HrP75, 90_000),
            (HrP95, 160_000),
            (SleepHours, 4_600),
            (DeepSleepHours, 800),
            (RemSleepHours, 1_100),
            (LightSleepHours, 2_700),
            (SleepEfficiency, 71_000),
            (Awakenings, 5_000),
            (RestingHr, 74_000),
            (ActivityMinutes, 45_000),
            (DistanceKm, 7_200),
            (Steps, 12_900_000),
            (ActivityKcal, 450_000),
            (ActivityHrMean, 151_000),
            (ActivityHrMax, 175_000),
            (WorkoutMinutes, 30_000),
            (WorkoutKcal, 200_000),
            (WorkoutSets, 12_000),
            (WorkoutReps, 120_000),
            (Meals, 3_000),
            (EatenKcal, 3_100_000),
            (ProteinG, 130_000),
            (CarbsG, 300_000),
            (FatG, 90_000),
            (FiberG, 31_000),
            (SugarG, 80_000),
            (SodiumMg, 2_500_000),
            (WeightKg, 71_500),
            (Bmi, 22_100),
            (RestingHrDelta, 14_000),
            (SleepHoursDelta, -2_400),
            (StepsDelta, 0),
            (EatenKcalDelta, 700_000),
        ],
    );
    set_usual(&mut day);
    day.set(SleepQuality, Value::Text("Poor".into()));
    day.set(Bedtime, Value::Text("00:40".into()));
    day.set(WakeTime, Value::Text("05:20".into()));
    day.set(ActivityTypes, list(&["Running"]));
    day.set(Weather, list(&["Rainy"]));
    day.set(Intensities, list(&["High"]));
    day.set(Sessions, list(&["running, 45 min, 7.2 km, rainy, high intensity"]));
    day.set(WorkoutTypes, list(&["Strength"]));
    day.set(MealTypes, list(&["breakfast", "lunch", "dinner"]));
    day
}

fn set_usual(day: &mut Day) {
    use Property::*;
    for (property, thousandths) in [
        (RestingHrUsual, 60_000),
        (SleepHoursUsual, 7_000),
        (StepsUsual, 12_900_000),
        (EatenKcalUsual, 2_400_000),
        (RestingHrSpread, 15_000),
        (SleepHoursSpread, 1_000),
        (StepsSpread, 0),
        (EatenKcalSpread, 500_000),
    ] {
        day.set(property, Value::Number(Milli::from_thousandths(thousandths)));
    }
}

#[test]
fn time_in_zones_is_told_and_long_times_are_facts() {
    let mut day = day(1, &[(Property::HrMin, 60_000), (Property::HrMax, 170_000)]);
    let minutes = [30_000, 20_000, 12_500, 20_000, 5_000].map(Milli::from_thousandths);
    day.set(Property::HrZoneMinutes, Value::Numbers(minutes.to_vec()));
    let text = worded(&day, None, None, Style::Facets).text;
    assert!(
        text.contains("minutes in heart rate zones 1 to 5: 30, 20, 12.5, 20, 5"),
        "{text}"
    );
    assert!(
        facets_of(&day)
            .iter()
            .any(|facet| &**facet == "long at a high heart rate")
    );
    assert!(
        !facets_of(&day)
            .iter()
            .any(|facet| &**facet == "long at a peak heart rate")
    );
}

#[test]
fn a_full_day_is_worded_completely() {
    let before = day(
        2,
        &[
            (Property::ActivityHrMean, 155_000),
            (Property::SleepHours, 5_500_000 / 1000),
        ],
    );
    let words = worded(&full_day(), Some(&before), None, Style::Facets);
    insta::assert_snapshot!(words.text, @"Thursday, 11 September 2025. Poor sleep, very short sleep, restless sleep, slept clearly less than usual, inefficient sleep, little deep sleep, late to bed, up early: slept 4.6 hours, 2.4 hours less than the usual 7 hours, deep sleep 0.8 hours, REM sleep 1.1 hours, light sleep 2.7 hours, sleep efficiency 71%, sleep quality Poor, awakenings 5, went to bed at 00:40, woke up at 05:20. Elevated resting heart rate: resting heart rate 74 bpm, 14 bpm higher than the usual 60 bpm, heart rate from 48 to 175 bpm, mean 78.5 bpm, standard deviation 21.25 bpm, median 72 bpm, half of the readings from 61 to 90 bpm, nine in ten from 50 to 160 bpm, readings 12. Hard workout, strength training, cardio training: workout: Strength, workouts of 30 minutes, burned 200 kcal in workouts, sets 12, repetitions 120. Very many steps: sessions: running, 45 min, 7.2 km, rainy, high intensity, active for 45 minutes, distance 7.2 km, 12900 steps, as usual (12900), burned 450 kcal in activity, heart rate in activity 151 bpm, at most 175 bpm. Overate, ate more than usual, high protein, high fiber, salty food: meals 3, meal types breakfast; lunch; dinner, ate 3100 kcal, 700 kcal more than the usual 2400 kcal, protein 130 g, carbs 300 g, fat 90 g, fiber 31 g, sugar 80 g, sodium 2500 mg. BMI in the healthy range, body measured: weight 71.5 kg, BMI 22.1 kg/m².");
    insta::assert_snapshot!(words.gist, @"Poor sleep, very short sleep, restless sleep, slept clearly less than usual, inefficient sleep, little deep sleep, late to bed, up early. Elevated resting heart rate. Hard workout, strength training, cardio training, a hard run in the rain, a strength workout. Very many steps. Overate, ate more than usual, high protein, high fiber, salty food. BMI in the healthy range, body measured. The day before: hard workout, short sleep.");
    insta::assert_snapshot!(words.facets.join("; "), @"poor sleep; very short sleep; short sleep; restless sleep; slept clearly less than usual; slept less than usual; inefficient sleep; little deep sleep; late to bed; up early; elevated resting heart rate; hard workout; strength training; cardio training; very many steps; many steps; overate; ate more than usual; high protein; high fiber; salty food; BMI in the healthy range; body measured; a run; a hard run; a run in the rain; a strength workout");
    insta::assert_snapshot!(words.facets_day_before.join("; "), @"short sleep; hard workout");
}

#[test]
fn a_day_with_one_kind_of_data_says_so() {
    let numbers = [
        (Property::HrCount, 2_000),
        (Property::HrMin, 60_000),
        (Property::HrMax, 90_000),
        (Property::HrMean, 75_000),
    ];
    let mut readings = day(3, &numbers);
    readings.set(Property::ActivityTypes, list(&["Climbing"]));
    let words = worded(&readings, None, None, Style::Facets);
    insta::assert_snapshot!(words.text, @"Thursday, 11 September 2025. Heart rate from 60 to 90 bpm, mean 75 bpm, readings 2.");
    insta::assert_snapshot!(words.gist, @"An ordinary day with heart rate readings and activity.");
}

#[test]
fn a_rest_day_has_records_but_no_activity_and_no_workout() {
    let rest = day(1, &[(Property::SleepHours, 7_500), (Property::SleepEfficiency, 90_000)]);
    insta::assert_snapshot!(worded(&rest, None, None, Style::Facets).text, @"Thursday, 11 September 2025. Enough sleep, efficient sleep: slept 7.5 hours, sleep efficiency 90%. Rest day.");
    insta::assert_snapshot!(worded(&rest, None, None, Style::Facets).gist, @"Enough sleep, efficient sleep. Rest day.");
    let trained = day(1, &[(Property::WorkoutMinutes, 0)]);
    assert!(!facets_of(&trained).iter().any(|facet| &**facet == "rest day"));
    assert!(!facets_of(&day(0, &[])).iter().any(|facet| &**facet == "rest day"));
}

#[test]
fn extreme_values_are_worded_as_they_are() {
    let extreme = day(
        1,
        &[
            (Property::HrMin, -2_000_000_000),
            (Property::HrMax, 2_000_000_000),
            (Property::Steps, i64::MAX),
            (Property::SleepHours, 0),
        ],
    );
    let words = worded(&extreme, None, None, Style::Facets);
    insta::assert_snapshot!(words.text, @"Thursday, 11 September 2025. Very short sleep: slept 0 hours. Very high heart rate peak, very low heart rate: heart rate from -2000000 to 2000000 bpm. Very many steps: 9223372036854775.807 steps.");
    insta::assert_snapshot!(words.gist, @"Very short sleep. Very high heart rate peak, very low heart rate. Very many steps.");
}

#[test]
fn a_record_without_values_still_makes_a_day() {
    let words = worded(&day(1, &[]), None, None, Style::Facets);
    insta::assert_snapshot!(words.text, @"Thursday, 11 September 2025. Rest day.");
    insta::assert_snapshot!(words.gist, @"Rest day. A day without any measurement.");
    let mut quiet = day(2, &[(Property::HrMean, 70_000)]);
    quiet.set(Property::ActivityMinutes, Value::Number(Milli::from_whole(25)));
    insta::assert_snapshot!(worded(&quiet, None, None, Style::Facets).gist, @"An ordinary day with heart rate readings and activity.");
}

#[test]
fn the_seed_style_keeps_the_originals_order() {
    let profile = Profile {
        age: Some(Milli::from_whole(40)),
        gender: Some("Female".into()),
        height_cm: Some(Milli::from_whole(170)),
        weight_kg: Some(Milli::from_thousandths(65_500)),
        fitness_level: Some("Beginner".into()),
    };
    let words = worded(&full_day(), None, Some(&profile), Style::Seed);
    insta::assert_snapshot!(words.text, @"Profile: 40 years old, Female, 170 cm, 65.5 kg, fitness level Beginner. Did running, 45 min, 7.2 km, rainy, high intensity. Workout: Strength, 30 minutes, 12 sets, 120 reps, 200 calories burned. Ate breakfast, lunch, dinner, 3100 calories, 130 g protein, 300 g carbs, 90 g fat. Slept 4.6 hours, 0.8 h deep, 1.1 h REM, 2.7 h light, efficiency 71%, quality Poor, 5 awakenings, resting heart rate 74 bpm. Heart rate ranged from 48 to 175 bpm during the day.");
    assert!(!words.gist.contains("years old") && words.text.ends_with(&words.gist));
    assert_eq!(words.facets, worded(&full_day(), None, None, Style::Facets).facets);
}

#[test]
fn a_profile_reaches_the_text_only() {
    let profile = Profile {
        age: Some(Milli::from_whole(40)),
        gender: Some("Female".into()),
        ..Profile::default()
    };
    let with = worded(&full_day(), None, Some(&profile), Style::Facets);
    let without = worded(&full_day(), None, None, Style::Facets);
    assert!(with.text.ends_with("Profile: 40 years old, Female."), "{}", with.text);
    assert_eq!((with.gist, with.facets), (without.gist, without.facets));
}

#[test]
fn the_gist_says_only_the_strongest_of_a_subject() {
    let short = worded(&day(1, &[(Property::SleepHours, 4_000)]), None, None, Style::Facets);
    let has = |phrase: &str| short.facets.iter().any(|facet| &**facet == phrase);
    assert!(has("very short sleep") && has("short sleep"));
    assert!(short.gist.starts_with("Very short sleep"), "{}", short.gist);
    assert!(!short.gist.contains("sleep, short sleep"), "{}", short.gist);
}

fn any_value(kind: PropertyType) -> BoxedStrategy<Value> {
    let text = || any::<String>().prop_map(Arc::<str>::from);
    match kind {
        PropertyType::Count => any::<u32>().prop_map(Value::Count).boxed(),
        PropertyType::Number => any::<i64>()
            .prop_map(|n| Value::Number(Milli::from_thousandths(n / 2)))
            .boxed(),
        PropertyType::Text => text().prop_map(Value::Text).boxed(),
        PropertyType::List => prop::collection::vec(text(), 0..4).prop_map(Value::List).boxed(),
        PropertyType::Numbers => prop::collection::vec(any::<i32>(), 0..6)
            .prop_map(|numbers| {
                numbers
                    .into_iter()
                    .map(i64::from)
                    .map(Milli::from_thousandths)
                    .collect()
            })
            .prop_map(Value::Numbers)
            .boxed(),
    }
}

prop_compose! {
    fn any_day()(records in any::<u32>(), properties in prop::collection::vec(0..PROPERTIES.len(), 0..40))
        (values in properties.into_iter()
            .map(|at| any_value(PROPERTIES[at].kind).prop_map(move |value| (PROPERTIES[at].property, value)))
            .collect::<Vec<_>>(), records in Just(records)) -> Day {
        let mut day = Day::new("user 4711 <a@b.c>".into(), Date::from_days(0));
        day.records = records;
        values.into_iter().for_each(|(property, value)| day.set(property, value));
        day
    }
}

proptest! {
    #[test]
    fn no_gist_holds_a_digit_or_an_address(day in any_day(), before in any_day()) {
        let words = worded(&day, Some(&before), None, Style::Facets);
        prop_assert!(!words.gist.is_empty());
        prop_assert!(!words.gist.contains(|c: char| c.is_numeric() || c == '@'), "{}", words.gist);
        prop_assert!(words.gist.len() < 4000);
        for facet in words.facets.iter().chain(&words.facets_day_before) {
            prop_assert!(!facet.contains(|c: char| c.is_numeric() || c == '@'), "{}", facet);
        }
    }
}
