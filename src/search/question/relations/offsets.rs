//! Gives each fact of a question its day. What comes in: tokens, the words that relate days, and facts with their places;
//! what goes out: clauses, each negated or not and on a day of its own.

use crate::search::condition::{Clause, Condition};
use crate::search::question::Placed;
use crate::search::question::facts::negation;
use crate::search::question::words::token::Token;

use super::asked::{self, Subject};
use super::relation::{Kind, Relation};

/// Gives each fact its day, and turns around what is negated.
pub(in crate::search::question) fn apply(
    tokens: &[Token],
    relations: &[Relation],
    placed: &mut [Placed],
    has_order: bool,
    asked: Option<Subject>,
) {
    let same_day = tokens
        .windows(2)
        .any(|pair| pair[0].word == "same" && pair[1].is(&["day", "date", "morning", "night"]));
    for relation in relations {
        if same_day
            && matches!(
                relation.kind,
                Kind::FollowedBy | Kind::Afterwards | Kind::NextDay | Kind::After { said_day: false, .. }
            )
        {
            continue;
        }
        let mut behind = scope_behind(tokens, relations, relation, placed);
        let mut before = segment_before(tokens, relations, relation, placed);
        // Not all facts are on the other day: "back from a day off and smashed it" has one before, "wrecked my sleep the next
        // night" one after.
        if placed.len() > 1 && behind.len() == placed.len() && matches!(relation.kind, Kind::After { .. }) {
            behind.truncate(1);
        }
        let of_days = is_onward(relation)
            || matches!(
                relation.kind,
                Kind::Before { said_day: true, .. } | Kind::DayBefore { .. }
            );
        if placed.len() > 1 && before.len() == placed.len() && behind.is_empty() && of_days {
            before.drain(..before.len() - 1);
        }
        match relation.kind {
            Kind::After { days, said_day } if !behind.is_empty() => after(placed, &behind, days, said_day, has_order),
            Kind::After { .. } => next_day(placed, &before),
            Kind::DayBefore { said_night } => {
                let of_behind = !behind.is_empty() && (before.is_empty() || begins_a_part(tokens, relation.start));
                day_before(placed, if of_behind { &behind } else { &before }, said_night);
            }
            Kind::Previous => day_before(placed, &behind[..behind.len().min(1)], false),
            Kind::NextDay if !behind.is_empty() && before.is_empty() => next_day(placed, &behind),
            Kind::NextDay => next_day(placed, if behind.is_empty() { &before } else { &behind }),
            Kind::Before { said_day, said_night }
                if behind.is_empty() || said_day && (ends_here(tokens, relation) || was_before(placed, &before)) =>
            {
                day_before(placed, &before, said_night);
            }
            Kind::Before { said_night, .. } => before_fact(placed, &behind, said_night),
            Kind::FollowedBy => followed_by(placed, relation.start),
            Kind::Afterwards => afterwards(placed, &before),
            Kind::Still => still(placed, &behind),
        }
    }
    negation::negate(tokens, relations, placed);
    asked::from_the_day_asked(tokens, relations, asked, placed);
}

/// Nothing but an article stands between this place and the beginning of its part of the sentence.
fn begins_a_part(tokens: &[Token], at: usize) -> bool {
    let leads = |place: &usize| tokens[place - 1].is(&["the", "on"]) && !tokens[*place].after_break;
    let first = at - (1..=at).rev().take_while(leads).count();
    first == 0
        || tokens[first].after_break
        || tokens[first - 1].is(&["whose", "which"])
        || tokens[first - 1].is(&CONNECTIVES)
        || tokens[first - 1].word == "then"
}

/// The words speak of the day after what stands before them.
fn is_onward(relation: &Relation) -> bool {
    matches!(relation.kind, Kind::NextDay | Kind::After { .. } | Kind::Afterwards)
}

/// The words of the relation close their part of the sentence: `..., the day before and ...`.
fn ends_here(tokens: &[Token], relation: &Relation) -> bool {
    tokens
        .get(relation.end)
        .is_none_or(|token| token.after_break || token.is(&["and", "but", "with", "or", "when", "while", "without"]))
}

/// The day before was said already: "after a hard workout the day before my sleep was poor".
fn was_before(placed: &[Placed], facts: &[usize]) -> bool {
    !facts.is_empty() && facts.iter().all(|index| placed[*index].offset < 0)
}

/// The facts behind the relation, up to a comma, another relation or the next subject ("after a hard workout I ...").
fn scope_behind(tokens: &[Token], relations: &[Relation], relation: &Relation, placed: &[Placed]) -> Vec<usize> {
    let mut facts: Vec<usize> = Vec::new();
    let mut at = relation.end;
    while at < tokens.len() {
        let other = relations.iter().any(|other| other.start == at);
        let subject = tokens[at].is(&["i", "did", "do", "when", "where", "which", "show", "find", "my"]);
        if other || (!facts.is_empty() && (tokens[at].after_break || subject)) {
            break;
        }
        match placed.iter().position(|fact| fact.start == at) {
            Some(index) => {
                facts.push(index);
                at = placed[index].end.max(at + 1);
            }
            None => at += 1,
        }
    }
    facts
}

/// Words that begin a new part of the sentence.
pub(in crate::search::question) const CONNECTIVES: [&str; 13] = [
    "and",
    "but",
    "with",
    "when",
    "while",
    "without",
    "after",
    "where",
    "although",
    "though",
    "despite",
    "because",
    "following",
];

/// The facts right before the relation, back to the nearest connective.
fn segment_before(tokens: &[Token], relations: &[Relation], relation: &Relation, placed: &[Placed]) -> Vec<usize> {
    let last = placed.iter().rposition(|fact| fact.end <= relation.start);
    let Some(last) = last else {
        return Vec::new();
    };
    let related = |at: usize| {
        relations
            .iter()
            .any(|other| other.end == at && other.start < relation.start)
    };
    let starts = |at: usize| tokens[at].after_break || related(at) || (at > 0 && tokens[at - 1].is(&CONNECTIVES));
    let first = (0..=placed[last].start).rev().find(|at| starts(*at)).unwrap_or(0);
    (0..placed.len())
        .filter(|index| placed[*index].start >= first && placed[*index].end <= relation.start)
        .collect()
}

/// `X after Y`: Y is the day before. But the night before a day carries that day's date, so "overate after a bad
/// night" speaks of one date, unless "the day after" is said.
fn after(placed: &mut [Placed], behind: &[usize], days: i32, said_day: bool, has_order: bool) {
    let others: Vec<&Placed> = others(placed, behind);
    let night_then_day = !said_day
        && !has_order
        && !others.is_empty()
        && others.iter().all(|fact| !fact.is_sleep())
        && behind.iter().all(|index| placed[*index].is_sleep());
    // One wakes up from the night before.
    let one_night = !said_day && placed.iter().all(Placed::is_sleep);
    for index in behind {
        placed[*index].offset -= if night_then_day || one_night { 0 } else { days };
    }
}

fn others<'a>(placed: &'a [Placed], some: &[usize]) -> Vec<&'a Placed> {
    let kept = placed.iter().enumerate().filter(|(index, _)| !some.contains(index));
    kept.map(|(_, fact)| fact).collect()
}

/// `X ... Y the next day`: the day asked for is that of Y, all others were the day before.
fn next_day(placed: &mut [Placed], later: &[usize]) {
    // "Late to bed and slept in the next morning" is one night.
    let gets_up = !later.is_empty() && later.iter().all(|index| placed[*index].is_wake_time());
    if gets_up && others(placed, later).iter().all(|fact| fact.is_bedtime()) {
        return;
    }
    for (index, fact) in placed.iter_mut().enumerate() {
        // "Then ... the next night" says the same twice.
        if !later.contains(&index) && fact.offset == 0 {
            fact.offset -= 1;
        }
    }
}

/// `Y, X the day before`: X was the day before; the night before a day carries that day's date.
fn day_before(placed: &mut [Placed], earlier: &[usize], said_night: bool) {
    for index in earlier {
        // "Following a workout the day before" says the same twice.
        let said_before = placed[*index].offset < 0;
        // "Low REM, with low REM also the night before".
        let is_twin = |other: &Placed| {
            other.start != placed[*index].start && other.offset == 0 && names(&other.any) == names(&placed[*index].any)
        };
        let said_night = said_night && !placed.iter().any(is_twin);
        let same_date = said_before || (said_night && placed[*index].is_sleep());
        placed[*index].offset -= if same_date { 0 } else { 1 };
    }
}

/// `X before Y`: Y is the day after X; a night before Y carries Y's date.
fn before_fact(placed: &mut [Placed], behind: &[usize], said_night: bool) {
    let others = others(placed, behind);
    let nights = others.iter().all(|fact| fact.is_sleep()) && (said_night || !others.is_empty());
    let days = behind.iter().all(|index| !placed[*index].is_sleep());
    if nights && days {
        return;
    }
    for index in behind {
        placed[*index].offset += 1;
    }
}

/// `X followed by Y`: X was the day before Y, unless X is the night and Y the day after it.
fn followed_by(placed: &mut [Placed], at: usize) {
    // "Went to bed late and then tossed about" is one night.
    let left_is_bedtime = placed.iter().filter(|fact| fact.end <= at).all(Placed::is_bedtime);
    if left_is_bedtime && placed.iter().all(Placed::is_sleep) {
        return;
    }
    let left_is_night = placed.iter().filter(|fact| fact.end <= at).all(Placed::is_sleep);
    let right_is_day = placed
        .iter()
        .filter(|fact| fact.start >= at)
        .all(|fact| !fact.is_sleep());
    let no_right = placed.iter().all(|fact| fact.end <= at);
    if (left_is_night && right_is_day) || no_right {
        return;
    }
    placed
        .iter_mut()
        .filter(|fact| fact.end <= at && fact.offset == 0)
        .for_each(|fact| fact.offset -= 1);
}

/// `X and Y afterwards`: X was the day before Y, where Y is the night after it.
fn afterwards(placed: &mut [Placed], later: &[usize]) {
    let nights = !later.is_empty() && later.iter().all(|index| placed[*index].is_sleep());
    let days = others(placed, later).iter().all(|fact| !fact.is_sleep());
    if nights && days {
        next_day(placed, later);
    }
}

/// `X and still Y`: the same, where X was done or eaten; a heart rate is of the morning.
fn still(placed: &mut [Placed], later: &[usize]) {
    let done = |fact: &&Placed| {
        [Subject::Food, Subject::Workout, Subject::Rest]
            .iter()
            .any(|subject| subject.is_of(fact))
    };
    if others(placed, later).iter().all(done) {
        afterwards(placed, later);
    }
}

fn names(conditions: &[Condition]) -> Vec<String> {
    conditions.iter().map(Condition::to_string).collect()
}

/// Joins facts around an "or" and makes clauses of all.
pub(in crate::search::question) fn clauses(tokens: &[Token], placed: Vec<Placed>) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut last_end = 0;
    for fact in placed {
        let between = tokens.get(last_end..fact.start).unwrap_or(&[]);
        let or = between.iter().any(|token| token.is(&["or"]))
            && !between.iter().any(|token| token.is(&["and", "but", "with"]));
        last_end = fact.end;
        let said = |clause: &Clause| {
            clause.offset == fact.offset && clause.negated == fact.negated && names(&clause.any) == names(&fact.any)
        };
        if clauses.iter().any(said) {
            continue;
        }
        match clauses.last_mut() {
            Some(last) if or && last.offset == fact.offset && last.negated == fact.negated => last.any.extend(fact.any),
            _ => clauses.push(Clause {
                any: fact.any,
                negated: fact.negated,
                offset: fact.offset,
            }),
        }
    }
    clauses
}
