//! What is said of one session in several places stays one session. What comes in: tokens and facts with their places;
//! what goes out: fewer facts, each of one session.

use crate::search::condition::Condition;
use crate::search::order::{Order, OrderKey};
use crate::search::question::Placed;
use crate::search::question::facts::negation;
use crate::search::question::numbers::measure::unit_of;
use crate::search::question::relations::relation::Relation;
use crate::search::question::words::token::Token;
use crate::search::session_filter::SessionFilter;

/// What is said once for a list: the activity of "walked in snow or rain", the weather of "neither ran nor swam on a
/// sunny day".
pub(in crate::search::question) fn share(tokens: &[Token], found: &mut [Placed]) {
    for index in 1..found.len() {
        let (first, rest) = found.split_at_mut(index);
        let Some((before, behind)) = first.last_mut().zip(rest.first_mut()) else {
            continue;
        };
        let listed = is_list(tokens, before.end, behind.start);
        if let (Some(before), Some(behind)) = (of_session(before), of_session(behind))
            && listed
            && before.activity.is_some()
            && before.weather.is_some()
            && behind.only_weather()
        {
            let weather = behind.weather;
            *behind = before.clone();
            behind.weather = weather;
        }
    }
    for index in (1..found.len()).rev() {
        let (first, rest) = found.split_at_mut(index);
        let Some((before, behind)) = first.last_mut().zip(rest.first_mut()) else {
            continue;
        };
        let listed = is_list(tokens, before.end, behind.start);
        if let (Some(before), Some(behind)) = (of_session(before), of_session(behind))
            && listed
            && before.only_activity()
            && behind.activity.is_some()
        {
            before.weather = behind.weather;
        }
    }
}

/// Nothing but an "or" and small words stand between.
fn is_list(tokens: &[Token], from: usize, until: usize) -> bool {
    const SMALL: [&str; 12] = [
        "or", "nor", "in", "on", "the", "a", "an", "i", "of", "neither", "did", "went",
    ];
    let between = tokens.get(from..until).unwrap_or(&[]);
    between.iter().any(|token| token.is(&["or", "nor"])) && between.iter().all(|token| token.is(&SMALL))
}

fn of_session(placed: &mut Placed) -> Option<&mut SessionFilter> {
    match placed.any.as_mut_slice() {
        [Condition::Session(filter)] => Some(filter),
        _ => None,
    }
}

/// "It was windy and I walked" speaks of a walk in the wind, where only one activity and one weather are named.
pub(in crate::search::question) fn join(
    tokens: &[Token],
    relations: &[Relation],
    placed: &mut Vec<Placed>,
    order: &mut Option<Order>,
) {
    let mut weathers = Vec::new();
    let mut activities = Vec::new();
    for (index, fact) in placed.iter_mut().enumerate() {
        if let Some(filter) = of_session(fact) {
            let list = if filter.only_weather() {
                &mut weathers
            } else {
                &mut activities
            };
            list.push(index);
        }
    }
    // What is denied, or said of other days or of either, is no part of the same session.
    let parts = |(at, token): (usize, &Token)| {
        let inside = placed.iter().any(|fact| (fact.start..fact.end).contains(&at));
        !inside && (negation::denies(token) || token.word == "or")
    };
    if !relations.is_empty() || tokens.iter().enumerate().any(parts) {
        return;
    }
    let [weather] = weathers.as_slice() else { return };
    let Some(said) = of_session(&mut placed[*weather]).and_then(|filter| filter.weather) else {
        return;
    };
    let filter = match (order.as_mut(), activities.as_slice()) {
        (Some(order), []) => match &mut order.key {
            OrderKey::Session(filter, _) => {
                let longest = order.name.split(' ').next().unwrap_or_default().to_string();
                filter.weather = filter.weather.or(Some(said));
                order.name = format!("{longest} {}", filter.kind());
                Some(filter)
            }
            _ => None,
        },
        (_, [activity]) => of_session(&mut placed[*activity]),
        _ => None,
    };
    if let Some(filter) = filter.filter(|filter| filter.weather.is_none_or(|known| known == said)) {
        filter.weather = Some(said);
        placed.remove(*weather);
    }
}

/// "Yoga or pilates while it was cloudy, at least 40 minutes": weather and length are those of either session.
pub(in crate::search::question) fn join_list(tokens: &[Token], relations: &[Relation], placed: &mut Vec<Placed>) {
    let denied = |(at, token): (usize, &Token)| {
        let inside = placed.iter().any(|fact| (fact.start..fact.end).contains(&at));
        !inside && negation::denies(token)
    };
    if !relations.is_empty() || tokens.iter().enumerate().any(denied) {
        return;
    }
    let listed: Vec<usize> = (0..placed.len())
        .filter(|index| of_session(&mut placed[*index]).is_some_and(|filter| filter.activity.is_some()))
        .collect();
    let is_one_list = listed
        .windows(2)
        .all(|pair| is_list(tokens, placed[pair[0]].end, placed[pair[1]].start));
    let (Some(first), Some(last)) = (listed.first(), listed.last()) else {
        return;
    };
    if listed.len() < 2 || !is_one_list {
        return;
    }
    let (start, end) = (placed[*first].start, placed[*last].end);
    let mut weathers = placed.iter_mut().enumerate().filter_map(|(index, fact)| {
        let apart = fact.start >= end || fact.end <= start;
        let weather = of_session(fact)
            .filter(|filter| filter.only_weather() && apart)?
            .weather;
        Some((index, weather))
    });
    let (weather, other) = (weathers.next(), weathers.next());
    let length = placed.iter().position(|fact| is_bare_length(tokens, fact));
    for index in &listed {
        let minutes = length.and_then(|length| match placed[length].any.as_slice() {
            [Condition::Number { span, .. }] => Some(*span),
            _ => None,
        });
        if let Some(filter) = of_session(&mut placed[*index]) {
            if let Some((_, weather)) = weather.filter(|_| other.is_none()) {
                filter.weather = filter.weather.or(weather);
            }
            filter.minutes = filter.minutes.or(minutes);
        }
    }
    let joined = weather.filter(|_| other.is_none()).map(|(index, _)| index);
    let mut index = 0;
    placed.retain(|_| {
        index += 1;
        Some(index - 1) != joined && Some(index - 1) != length
    });
}

/// Minutes behind a comma, of which nothing says what took them.
fn is_bare_length(tokens: &[Token], fact: &Placed) -> bool {
    let is_exercise = matches!(fact.any.as_slice(), [Condition::Number { name: "exercise", .. }]);
    let said = &tokens[fact.start..fact.end];
    let is_bare = said.iter().all(|token| {
        token.number.is_some()
            || unit_of(&token.word).is_some()
            || token.is(&["at", "least", "most", "over", "under", "more", "less", "than"])
    });
    is_exercise && is_bare && said[0].after_break
}
