//! Ground that was covered: whether the distance or the steps of a question are the day's or a session's. What comes in:
//! tokens, an order and facts with their places; what goes out: facts of the one that is meant.

use crate::day::Property;
use crate::search::condition::Condition;
use crate::search::order::Order;
use crate::search::question::Placed;
use crate::search::question::words::token::Token;
use crate::search::session_filter::SessionFilter;

/// "Covered a great distance running" is a long run, where both are said of the same thing.
pub(in crate::search::question) fn far_session(tokens: &[Token], placed: &mut Vec<Placed>) {
    let is_far = |placed: &Placed| match placed.any.as_slice() {
        [Condition::Facts(facets)] => facets.iter().any(|facet| facet.phrase == "long distance"),
        _ => false,
    };
    let Some(far) = placed.iter().position(is_far) else {
        return;
    };
    let distance = &placed[far];
    let near = |index: &usize| of_activity(&placed[*index]).is_some() && are_near(tokens, distance, &placed[*index]);
    let apart = |index: &usize| between(distance, &placed[*index]).len();
    let Some(session) = (0..placed.len()).filter(near).min_by_key(apart) else {
        return;
    };
    if let [Condition::Session(filter)] = placed[session].any.as_mut_slice() {
        filter.long = true;
    }
    placed.remove(far);
}

fn of_activity(placed: &Placed) -> Option<&SessionFilter> {
    match placed.any.as_slice() {
        [Condition::Session(filter)] if filter.activity.is_some() => Some(filter),
        _ => None,
    }
}

/// The words between two facts.
fn between(one: &Placed, other: &Placed) -> std::ops::Range<usize> {
    let (from, until) = (one.end.min(other.end), one.start.max(other.start));
    from..until.max(from)
}

/// Few words stand between, and none that begins another fact, day or choice: "ran in the park and covered a lot of
/// ground", but neither "a long distance on the day after a run" nor "a long distance or a run".
fn are_near(tokens: &[Token], distance: &Placed, session: &Placed) -> bool {
    /// "In the park and I" is as much as is said within one breath.
    const REACH: usize = 5;
    const PARTING: [&str; 11] = [
        "or", "nor", "but", "not", "no", "without", "day", "days", "night", "nights", "meals",
    ];
    let words = tokens.get(between(distance, session)).unwrap_or_default();
    words.len() <= REACH && words.iter().all(|token| !token.used && !token.is(&PARTING))
}

/// "Walking all day with loads of steps" is about steps, not about a walk.
pub(in crate::search::question) fn without_walked_steps(
    tokens: &[Token],
    order: &Option<Order>,
    placed: &mut Vec<Placed>,
) {
    let of_steps = |placed: &Placed| placed.any.iter().flat_map(Condition::properties).any(is_of_steps);
    let by_steps = order
        .as_ref()
        .is_some_and(|order| order.key.properties().into_iter().any(is_of_steps));
    if !by_steps && !placed.iter().any(of_steps) {
        return;
    }
    let is_walking = |placed: &Placed| match placed.any.as_slice() {
        [Condition::Session(filter)] => {
            let is_walk = filter.activity.is_some_and(|activity| activity.noun == "walk");
            is_walk && filter.only_activity() && tokens[placed.start].is(&["walking", "walked"])
        }
        _ => false,
    };
    placed.retain(|placed| !is_walking(placed));
}

fn is_of_steps(property: Property) -> bool {
    matches!(property, Property::Steps | Property::StepsDelta)
}
