//! The gist: what is embedded. What comes in: the facts of a day and of the day before; what goes out: a few sentences of
//! facts, the most important first, then the day before in one sentence. Never a number, a name or an address.

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
pub(super) fn of_day(facts: &DayFacts<'_>, facts_before: Option<&DayFacts<'_>>) -> String {
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
        let phrases = phrases_of_group(facts, group);
        fact_count += phrases.len();
        if !phrases.is_empty() {
            sentences.push(capitalised(&phrases.join(", ")));
        }
    }
    if fact_count <= 1 {
        sentences.push(kinds_sentence(facts.day));
    }
    let phrases = facts_before.map(phrases_of_the_day_before).unwrap_or_default();
    if !phrases.is_empty() {
        sentences.push(format!("The day before: {}", phrases.join(", ")));
    }
    sentences.join(". ") + "."
}

/// The strongest fact of each subject of a group; after training, the sessions themselves.
fn phrases_of_group(facts: &DayFacts<'_>, group: Group) -> Vec<String> {
    let mut phrases: Vec<String> = facts.strongest_of(group).map(str::to_string).collect();
    if group == Group::Training {
        let workouts = facts.day.list(Property::WorkoutTypes).iter();
        let workouts = workouts.filter_map(|workout_type| session::workout(workout_type));
        for phrase in sessions(facts.day)
            .map(|session| session.phrase())
            .chain(workouts)
            .take(SESSIONS)
        {
            if !phrases.contains(&phrase) {
                phrases.push(phrase);
            }
        }
    }
    phrases
}

/// What of the day before may explain this day: training first, then the night, food and the heart.
fn phrases_of_the_day_before(facts: &DayFacts<'_>) -> Vec<&'static str> {
    let of = |group| facts.strongest_of(group).take(2);
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
