//! The gist: what is embedded. What comes in: a day and the day before; what goes out: a few sentences of facts, the
//! most important first, then the day before in one sentence. Never a number, a name or an address.

use crate::day::{Day, Property};

use super::capitalised;
use super::facts::DayFacts;
use super::session::{self, sessions};
use super::vocabulary::Group;

/// More facts of the day before would drown the day itself.
const FACTS_OF_THE_DAY_BEFORE: usize = 4;

/// More sessions than this say nothing new and would push the meals out of the model's window.
const SESSIONS: usize = 4;

/// The gist of a day.
pub(super) fn of_day(day: &DayFacts<'_>, before: Option<&DayFacts<'_>>) -> String {
    let mut sentences: Vec<String> = Vec::new();
    let mut fact_count = 0;
    for group in [
        Group::Sleep,
        Group::Heart,
        Group::Training,
        Group::Activity,
        Group::Nutrition,
        Group::Body,
    ] {
        let facts = facts_of_group(day, group);
        fact_count += facts.len();
        if !facts.is_empty() {
            sentences.push(capitalised(&facts.join(", ")));
        }
    }
    if fact_count <= 1 {
        sentences.push(kinds_sentence(day.day));
    }
    let facts_before = before.map(facts_of_the_day_before).unwrap_or_default();
    if !facts_before.is_empty() {
        sentences.push(format!("The day before: {}", facts_before.join(", ")));
    }
    sentences.join(". ") + "."
}

/// The strongest fact of each subject of a group; after training, the sessions themselves.
fn facts_of_group(day: &DayFacts<'_>, group: Group) -> Vec<String> {
    let mut facts: Vec<String> = day.strongest_of(group).map(str::to_string).collect();
    if group == Group::Training {
        let workouts = day.day.list(Property::WorkoutTypes).iter();
        let workouts = workouts.filter_map(|workout_type| session::workout(workout_type));
        for phrase in sessions(day.day)
            .map(|session| session.phrase())
            .chain(workouts)
            .take(SESSIONS)
        {
            if !facts.contains(&phrase) {
                facts.push(phrase);
            }
        }
    }
    facts
}

/// What of the day before may explain this day: training and food first, then the night before.
fn facts_of_the_day_before(before: &DayFacts<'_>) -> Vec<&'static str> {
    let of = |group| before.strongest_of(group).take(2);
    of(Group::Training)
        .take(1)
        .chain(of(Group::Sleep))
        .chain(of(Group::Nutrition).take(1))
        .chain(of(Group::Heart))
        .take(FACTS_OF_THE_DAY_BEFORE)
        .collect()
}

/// A day with hardly a fact of the vocabulary still says what it has data of.
fn kinds_sentence(day: &Day) -> String {
    let kinds = kinds_of_data(day);
    match kinds.as_slice() {
        [] => "A day without any measurement".to_string(),
        [only] => format!("A day with {only} only"),
        [first @ .., last] => format!("An ordinary day with {} and {last}", first.join(", ")),
    }
}

fn kinds_of_data(day: &Day) -> Vec<&'static str> {
    use Property::*;
    let kinds = [
        (HrCount, HrP95, "heart rate readings"),
        (SleepHours, WakeTime, "sleep"),
        (ActivityMinutes, Sessions, "activity"),
        (WorkoutMinutes, WorkoutTypes, "a workout"),
        (Meals, SodiumMg, "meals"),
        (WeightKg, BoneMassKg, "body measurements"),
    ];
    let has = |first, last| day.values().any(|(property, _)| (first..=last).contains(&property));
    let present = kinds.into_iter().filter(|&(first, last, _)| has(first, last));
    present.map(|(_, _, name)| name).collect()
}
