//! Which day of a question about several days is asked for. What comes in: tokens, or facts with their days; what goes
//! out: what a closing remark like "give me those nights" is about, and facts whose days count from the day asked for.

use crate::describe::vocabulary::Group;
use crate::search::condition::Condition;
use crate::search::question::Placed;
use crate::search::question::sessions::workouts::{is_rest, is_training};
use crate::search::question::words::filler::is_filler;
use crate::search::question::words::token::Token;

use super::relation::{Kind, Relation};

/// What a day is asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::search::question) enum Subject {
    /// How one slept.
    Night,
    /// What one ate.
    Food,
    /// A workout.
    Workout,
    /// A day without one.
    Rest,
}

/// Stems that name a subject.
pub(in crate::search::question) const NAMES: [(Subject, &[&str]); 4] = [
    (Subject::Night, &["night", "sleep"]),
    (
        Subject::Food,
        &[
            "eat", "food", "meal", "feast", "bing", "blowout", "stuff", "gorg", "calori", "overeat", "intak",
        ],
    ),
    (
        Subject::Workout,
        &["workout", "exercis", "train", "session", "gym", "sport", "effort"],
    ),
    (
        Subject::Rest,
        &[
            "rest", "off", "break", "breath", "breather", "quiet", "lazy", "idl", "inactiv", "paus", "recovery", "noth",
        ],
    ),
];

impl Subject {
    fn of_word(token: &Token) -> Option<Subject> {
        let named = NAMES.iter().find(|(_, stems)| stems.contains(&token.stem.as_str()));
        named.map(|(subject, _)| *subject)
    }

    /// The fact is about it.
    pub(in crate::search::question) fn is_of(self, fact: &Placed) -> bool {
        match self {
            Subject::Night => fact.is_sleep(),
            Subject::Food => fact.any.iter().all(is_food),
            Subject::Rest => is_rest(fact) && !fact.negated,
            Subject::Workout => (is_training(fact) || fact.any.iter().all(is_session)) && !Subject::Rest.is_of(fact),
        }
    }
}

fn is_food(condition: &Condition) -> bool {
    match condition {
        Condition::Facts(facets) => facets.iter().all(|facet| facet.group == Group::Nutrition),
        Condition::Meal(_) => true,
        _ => false,
    }
}

fn is_session(condition: &Condition) -> bool {
    matches!(condition, Condition::Session(_))
}

/// Where a closing remark starts that only says which of the days are wanted, and what by: "...; give me those nights",
/// "..., I want the day of the eating", "... Which training days?".
pub(in crate::search::question) fn closing_remark(tokens: &[Token]) -> Option<(usize, Subject)> {
    /// No remark is longer.
    const WORDS: usize = 12;
    const ASKING: [&str; 12] = [
        "show", "give", "list", "find", "return", "want", "which", "when", "what", "see", "days", "please",
    ];
    // A remark that says more than that is none: "which nights last month?"
    const NARROWING: [&str; 17] = [
        "last", "this", "week", "weeks", "month", "months", "year", "most", "least", "first", "more", "less", "only",
        "ago", "morning", "evening", "single",
    ];
    let begins = |at: usize| tokens[at].after_break || tokens[at].is(&["show", "give", "list", "find", "return"]);
    let only_asks = |token: &Token| is_filler(token) || Subject::of_word(token).is_some() || token.word == "not";
    let earliest = tokens.len().saturating_sub(WORDS).max(2);
    let start = (earliest..tokens.len()).find(|at| begins(*at) && tokens[*at..].iter().all(only_asks))?;
    let remark = &tokens[start..];
    let narrows = |token: &Token| token.number.is_some() || token.date.is_some() || token.is(&NARROWING);
    if !remark.iter().any(|token| token.is(&ASKING)) || remark.iter().any(narrows) {
        return None;
    }
    // "The nights, not the sessions" wants the nights.
    let denied = |at: usize| remark[at.saturating_sub(2)..at].iter().any(|token| token.word == "not");
    let mut places = (0..remark.len()).filter(|at| !denied(*at));
    let subject = places.find_map(|at| Subject::of_word(&remark[at]))?;
    Some((start, subject))
}

/// Moves the days of all facts so that they count from the day that is asked for.
pub(super) fn from_the_day_asked(
    tokens: &[Token],
    relations: &[Relation],
    asked: Option<Subject>,
    placed: &mut [Placed],
) {
    let wanted = asked.and_then(|subject| placed.iter().rfind(|fact| subject.is_of(fact)));
    if let Some(fact) = wanted {
        let offset = fact.offset;
        return move_all(placed, offset);
    }
    if is_for_the_first(tokens, relations, placed) {
        return move_all(placed, placed[0].offset);
    }
    // A day is asked for by what it is: in "a hard workout and no bad night after it" the day is that of the workout.
    let is = placed.iter().filter(|fact| !fact.negated).map(|fact| fact.offset).max();
    // "Did not sleep less than usual after a hard workout" asks for the night it begins with.
    let is_after = |relation: &Relation| matches!(relation.kind, Kind::After { .. });
    let begins_with_not = placed.first().is_some_and(|fact| fact.negated && fact.offset == 0);
    if begins_with_not
        && relations
            .first()
            .is_some_and(|relation| is_after(relation) && placed[0].end <= relation.start)
    {
        return;
    }
    let is_not = placed.iter().any(|fact| fact.negated && fact.offset == 0);
    if let Some(offset) = is.filter(|offset| is_not && *offset < 0) {
        move_all(placed, offset);
    }
}

fn move_all(placed: &mut [Placed], offset: i32) {
    placed.iter_mut().for_each(|fact| fact.offset -= offset);
}

/// "Days I ate too much and slept badly that night" are the days of the first fact; without "days" the last one gives
/// the date. A day of eating is meant where sleep is what came of it: nobody who says "pigged out, then tossed and
/// turned" looks for the night, while "trained hard, then slept like a log" does.
fn is_for_the_first(tokens: &[Token], relations: &[Relation], placed: &[Placed]) -> bool {
    let Some((first, others)) = placed.split_first() else {
        return false;
    };
    let onward = |relation: &Relation| match relation.kind {
        Kind::NextDay | Kind::FollowedBy | Kind::Afterwards => true,
        // "A huge dinner, a lousy night after."
        Kind::After { .. } => placed.iter().all(|fact| fact.start < relation.end),
        _ => false,
    };
    if first.offset >= 0 || relations.is_empty() || !relations.iter().all(onward) {
        return false;
    }
    // "Binge days followed by a rough night", "days on which I binged and ...".
    let noun = |token: &&Token| token.is(&["day", "days", "night", "nights", "morning", "mornings", "dates"]);
    let before = tokens[..first.start].iter().rev().find(noun);
    let behind = tokens.get(first.end).is_some_and(|token| token.word == "days");
    let is_day = behind || before.is_some_and(|token| token.is(&["day", "days"]));
    let night_of_eating = Subject::Food.is_of(first) && others.iter().all(Placed::is_sleep);
    (is_day && !first.is_sleep()) || night_of_eating
}
