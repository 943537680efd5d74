//! Facts that cannot both hold of a day are never both made of the same words: "active but no gym" is no rest day. What
//! comes in: facts with their days; what goes out: facts that a day may have.

use crate::day::Property;
use crate::describe::vocabulary::Group;
use crate::search::condition::{Condition, Span};
use crate::search::question::Placed;
use crate::search::question::sessions::workouts::is_rest;
use crate::search::question::words::token::Token;

/// Replaces what is said against a workout, or against activity, where the other is said to have been.
pub(in crate::search::question) fn resolve(tokens: &[Token], placed: &mut Vec<Placed>) {
    without_activity(tokens, placed);
    let others = placed.clone();
    for fact in placed.iter_mut().filter(|fact| is_rest(fact) && !fact.negated) {
        let active = others
            .iter()
            .any(|other| other.offset == fact.offset && !other.negated && is_active(other));
        if active {
            // Who ran had no rest day; what they did not have is a workout.
            fact.any = vec![no_workout()];
        }
    }
    let rested: Vec<i32> = placed
        .iter()
        .filter(|fact| is_rest(fact) && !fact.negated)
        .map(|fact| fact.offset)
        .collect();
    placed.retain(|fact| !(is_rest(fact) && fact.negated && rested.contains(&fact.offset)));
}

fn no_workout() -> Condition {
    Condition::NoData {
        name: "workout",
        first: Property::WorkoutMinutes,
        last: Property::WorkoutTypes,
    }
}

/// Only a day with some activity has it.
fn is_active(fact: &Placed) -> bool {
    fact.any.iter().all(|condition| match condition {
        Condition::Session(_) => true,
        Condition::Facts(facets) => facets.iter().all(|facet| {
            let little = ["few", "hardly", "clearly few"]
                .iter()
                .any(|word| facet.phrase.starts_with(word));
            facet.group == Group::Activity && !little
        }),
        Condition::Number { properties, span, .. } => {
            let of_activity = |property: &Property| (Property::ActivityMinutes..=Property::Sessions).contains(property);
            properties.iter().all(of_activity) && span.low.is_some()
        }
        _ => false,
    })
}

/// "No activity at all but a gym workout": the workout is not denied, and is no activity.
fn without_activity(tokens: &[Token], placed: &mut Vec<Placed>) {
    let no_activity = tokens.windows(2).position(|pair| {
        pair[0].is(&["no", "without", "zero"]) && pair[1].is(&["activity", "activities"])
            || pair[0].word == "any" && pair[1].word == "activity"
    });
    let Some(at) = no_activity else { return };
    let Some(workout) = placed.iter_mut().find(|fact| is_rest(fact) && fact.negated) else {
        return;
    };
    workout.negated = false;
    workout.any = vec![Condition::Number {
        name: "workout",
        properties: &[Property::WorkoutMinutes],
        span: Span {
            low: Some((0, false)),
            high: None,
        },
    }];
    let offset = workout.offset;
    placed.retain(|fact| !(is_rest(fact) && !fact.negated && fact.offset == offset));
    let condition = Condition::NoData {
        name: "activity",
        first: Property::ActivityMinutes,
        last: Property::Sessions,
    };
    let mut fact = Placed::new(at, at + 2, condition);
    fact.offset = offset;
    placed.push(fact);
    placed.sort_by_key(|fact| fact.start);
}
