//! The wording of the program this one replaces, for comparison: profile, activities, workouts, meals, sleep, heart
//! rate, all as numbers. What comes in: a day, and a profile where the person asked for it; what goes out: one
//! paragraph, used as text and, without the profile, as gist.

use crate::day::Day;
use crate::day::Property::*;
use crate::record::Profile;

use super::text::{of_profile, printable};

/// The day in the original's order.
pub(super) fn of_day(day: &Day, profile: Option<&Profile>) -> String {
    let mut sentences: Vec<String> = profile.and_then(of_profile).into_iter().collect();
    sentences.extend(
        day.list(Sessions)
            .iter()
            .map(|session| format!("Did {}", printable(session))),
    );
    sentences.extend(workouts(day));
    sentences.extend(meals(day));
    sentences.extend(sleep(day));
    if let Some((low, high)) = day.number(HrMin).zip(day.number(HrMax)) {
        sentences.push(format!("Heart rate ranged from {low} to {high} bpm during the day"));
    }
    if sentences.is_empty() {
        sentences.push("A day without any measurement".to_string());
    }
    sentences.join(". ") + "."
}

fn workouts(day: &Day) -> Option<String> {
    let mut parts: Vec<String> = day.list(WorkoutTypes).iter().map(|text| printable(text)).collect();
    parts.extend(day.number(WorkoutMinutes).map(|minutes| format!("{minutes} minutes")));
    parts.extend(day.number(WorkoutSets).map(|sets| format!("{sets} sets")));
    parts.extend(day.number(WorkoutReps).map(|reps| format!("{reps} reps")));
    parts.extend(day.number(WorkoutKcal).map(|kcal| format!("{kcal} calories burned")));
    (!parts.is_empty()).then(|| format!("Workout: {}", parts.join(", ")))
}

fn meals(day: &Day) -> Option<String> {
    let mut parts: Vec<String> = day.list(MealTypes).iter().map(|text| printable(text)).collect();
    parts.extend(day.number(EatenKcal).map(|kcal| format!("{kcal} calories")));
    for (property, name) in [(ProteinG, "protein"), (CarbsG, "carbs"), (FatG, "fat")] {
        parts.extend(day.number(property).map(|grams| format!("{grams} g {name}")));
    }
    (!parts.is_empty()).then(|| format!("Ate {}", parts.join(", ")))
}

fn sleep(day: &Day) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(day.number(SleepHours).map(|hours| format!("{hours} hours")));
    for (property, name) in [
        (DeepSleepHours, "deep"),
        (RemSleepHours, "REM"),
        (LightSleepHours, "light"),
    ] {
        parts.extend(day.number(property).map(|hours| format!("{hours} h {name}")));
    }
    parts.extend(
        day.number(SleepEfficiency)
            .map(|percent| format!("efficiency {percent}%")),
    );
    parts.extend(
        day.text(SleepQuality)
            .map(|quality| format!("quality {}", printable(quality))),
    );
    parts.extend(day.number(Awakenings).map(|count| format!("{count} awakenings")));
    parts.extend(day.number(RestingHr).map(|bpm| format!("resting heart rate {bpm} bpm")));
    (!parts.is_empty()).then(|| format!("Slept {}", parts.join(", ")))
}
