//! The readable day: full sentences with every number and unit, for people and for the word index. What comes in: a
//! day and its facts, and a profile where the person asked for it; what goes out: one paragraph.

use crate::day::Day;
use crate::day::Property::{self, *};
use crate::record::{Date, Milli, Profile};

use super::capitalised;
use super::facts::DayFacts;
use super::vocabulary::Group;

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The text of a day.
pub(super) fn of_day(facts: &DayFacts<'_>, profile: Option<&Profile>) -> String {
    let day = facts.day;
    let mut sentences = vec![date(day.date)];
    let groups: [(Group, Vec<String>); 6] = [
        (Group::Sleep, sleep(day)),
        (Group::Heart, heart(day)),
        (Group::Training, training(day)),
        (Group::Activity, activity(day)),
        (Group::Nutrition, nutrition(day)),
        (Group::Body, body(day)),
    ];
    for (group, parts) in groups {
        let phrases = facts.strongest_of(group).collect::<Vec<_>>().join(", ");
        match (phrases.is_empty(), parts.is_empty()) {
            (false, false) => sentences.push(format!("{}: {}", capitalised(&phrases), parts.join(", "))),
            (false, true) => sentences.push(capitalised(&phrases)),
            (true, false) => sentences.push(capitalised(&parts.join(", "))),
            (true, true) => {}
        }
    }
    if sentences.len() == 1 {
        sentences.push(format!("{} without any measurement", records(day.records)));
    }
    sentences.extend(profile.and_then(of_profile));
    sentences.join(". ") + "."
}

fn date(date: Date) -> String {
    let (year, month, day) = date.ymd();
    let weekday = WEEKDAYS[date.weekday() as usize];
    format!("{weekday}, {day} {} {year}", MONTHS[month as usize - 1])
}

fn records(count: u32) -> String {
    format!("{count} record{}", if count == 1 { "" } else { "s" })
}

/// Collects the parts of a sentence; a number that is absent leaves its part out.
struct Parts<'a> {
    day: &'a Day,
    parts: Vec<String>,
}

impl<'a> Parts<'a> {
    fn of(day: &'a Day) -> Parts<'a> {
        Parts { day, parts: Vec::new() }
    }

    /// `before`, the number and its unit, `after`.
    fn number(mut self, before: &str, property: Property, after: &str) -> Self {
        if let Some(number) = self.day.number(property) {
            self.parts
                .push(format!("{before}{}{after}", with_unit(number, property)));
        }
        self
    }

    fn text(mut self, before: &str, property: Property) -> Self {
        if let Some(text) = self.day.text(property) {
            self.parts.push(format!("{before}{}", printable(text)));
        }
        self
    }

    fn list(mut self, before: &str, property: Property) -> Self {
        let texts: Vec<String> = self.day.list(property).iter().map(|text| printable(text)).collect();
        if !texts.is_empty() {
            self.parts.push(format!("{before}{}", texts.join("; ")));
        }
        self
    }

    /// A comparison with the user's own usual.
    fn usual(mut self, delta: Property, usual: Property, more: &str, less: &str) -> Self {
        let Some((delta_value, usual_value)) = self.day.number(delta).zip(self.day.number(usual)) else {
            return self;
        };
        let magnitude = Milli::from_thousandths(delta_value.thousandths().saturating_abs());
        self.parts.push(match delta_value.thousandths() {
            0 => format!("as usual ({})", with_unit(usual_value, usual)),
            difference => format!(
                "{} {} than the usual {}",
                with_unit(magnitude, usual),
                if difference > 0 { more } else { less },
                with_unit(usual_value, usual)
            ),
        });
        self
    }
}

/// The number with its unit as people write it.
fn with_unit(number: Milli, property: Property) -> String {
    let one = number == Milli::from_whole(1);
    match property.info().unit {
        "" => number.to_string(),
        "h" => format!("{number} hour{}", if one { "" } else { "s" }),
        "min" => format!("{number} minute{}", if one { "" } else { "s" }),
        "%" => format!("{number}%"),
        unit => format!("{number} {unit}"),
    }
}

/// A text of the data, without control characters and not endless.
pub(super) fn printable(text: &str) -> String {
    /// Several times the longest session seen; only hostile data is cut.
    const CHARACTERS: usize = 120;
    let visible = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    visible.take(CHARACTERS).collect()
}

fn sleep(day: &Day) -> Vec<String> {
    let parts = Parts::of(day)
        .number("slept ", SleepHours, "")
        .usual(SleepHoursDelta, SleepHoursUsual, "more", "less")
        .number("deep sleep ", DeepSleepHours, "")
        .number("REM sleep ", RemSleepHours, "")
        .number("light sleep ", LightSleepHours, "")
        .number("sleep efficiency ", SleepEfficiency, "")
        .text("sleep quality ", SleepQuality)
        .number("sleep score ", SleepScore, "")
        .number("awakenings ", Awakenings, "")
        .text("went to bed at ", Bedtime)
        .text("woke up at ", WakeTime);
    parts.parts
}

fn heart(day: &Day) -> Vec<String> {
    let mut parts = Parts::of(day).number("resting heart rate ", RestingHr, "").usual(
        RestingHrDelta,
        RestingHrUsual,
        "higher",
        "lower",
    );
    if let Some((low, high)) = day.number(HrMin).zip(day.number(HrMax)) {
        parts.parts.push(format!("heart rate from {low} to {high} bpm"));
    }
    let mut parts = parts
        .number("mean ", HrMean, "")
        .number("standard deviation ", HrStd, "")
        .number("median ", HrP50, "");
    if let Some((low, high)) = day.number(HrP25).zip(day.number(HrP75)) {
        parts
            .parts
            .push(format!("half of the readings from {low} to {high} bpm"));
    }
    if let Some((low, high)) = day.number(HrP5).zip(day.number(HrP95)) {
        parts.parts.push(format!("nine in ten from {low} to {high} bpm"));
    }
    let zones = day.numbers(HrZoneMinutes);
    if !zones.is_empty() {
        let minutes: Vec<String> = zones.iter().map(Milli::to_string).collect();
        let minutes = minutes.join(", ");
        parts
            .parts
            .push(format!("minutes in heart rate zones 1 to {}: {minutes}", zones.len()));
    }
    parts.number("readings ", HrCount, "").parts
}

fn training(day: &Day) -> Vec<String> {
    let workouts = Parts::of(day)
        .list("workout: ", WorkoutTypes)
        .number("workouts of ", WorkoutMinutes, "")
        .number("burned ", WorkoutKcal, " in workouts")
        .number("sets ", WorkoutSets, "")
        .number("repetitions ", WorkoutReps, "");
    workouts.parts
}

fn activity(day: &Day) -> Vec<String> {
    let parts = Parts::of(day)
        .list("sessions: ", Sessions)
        .number("active for ", ActivityMinutes, "")
        .number("distance ", DistanceKm, "")
        .number("", Steps, " steps")
        .usual(StepsDelta, StepsUsual, "more", "fewer")
        .number("burned ", ActivityKcal, " in activity")
        .number("heart rate in activity ", ActivityHrMean, "")
        .number("at most ", ActivityHrMax, "");
    parts.parts
}

fn nutrition(day: &Day) -> Vec<String> {
    let parts = Parts::of(day)
        .number("meals ", Meals, "")
        .list("meal types ", MealTypes)
        .number("ate ", EatenKcal, "")
        .usual(EatenKcalDelta, EatenKcalUsual, "more", "less")
        .number("protein ", ProteinG, "")
        .number("carbs ", CarbsG, "")
        .number("fat ", FatG, "")
        .number("fiber ", FiberG, "")
        .number("sugar ", SugarG, "")
        .number("sodium ", SodiumMg, "");
    parts.parts
}

fn body(day: &Day) -> Vec<String> {
    let parts = Parts::of(day)
        .number("weight ", WeightKg, "")
        .number("BMI ", Bmi, "")
        .number("body fat ", BodyFatPercent, "")
        .number("muscle mass ", MuscleMassKg, "")
        .number("waist ", WaistCm, "")
        .number("chest ", ChestCm, "")
        .number("bicep ", BicepCm, "")
        .number("thigh ", ThighCm, "")
        .number("body water ", BodyWaterPercent, "")
        .number("bone mass ", BoneMassKg, "");
    parts.parts
}

/// The profile, given only with `--profile`.
pub(super) fn of_profile(profile: &Profile) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(age) = profile.age {
        parts.push(format!("{age} years old"));
    }
    parts.extend(profile.gender.as_deref().map(printable));
    if let Some(height) = profile.height_cm {
        parts.push(format!("{height} cm"));
    }
    if let Some(weight) = profile.weight_kg {
        parts.push(format!("{weight} kg"));
    }
    if let Some(level) = &profile.fitness_level {
        parts.push(format!("fitness level {}", printable(level)));
    }
    (!parts.is_empty()).then(|| format!("Profile: {}", parts.join(", ")))
}
