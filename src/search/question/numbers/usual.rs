//! Comparisons with one's own usual that name no number: "walked less than I normally do", "step count above my
//! average". What comes in: tokens; what goes out: facts, and the tokens they were read from are marked as used.

use crate::describe::vocabulary;
use crate::search::condition::Condition;
use crate::search::question::Placed;
use crate::search::question::words::token::Token;

use super::measure::{Measure, measure_at};

const UP: [&str; 20] = [
    "more",
    "above",
    "higher",
    "over",
    "longer",
    "bigger",
    "larger",
    "extra",
    "greater",
    "up",
    "busier",
    "exceeded",
    "exceed",
    "beat",
    "beyond",
    "lengthier",
    "heavier",
    "surpass",
    "surpassed",
    "past",
];
const DOWN: [&str; 16] = [
    "less",
    "below",
    "lower",
    "under",
    "fewer",
    "shorter",
    "smaller",
    "down",
    "short",
    "lazier",
    "lesser",
    "undersleeping",
    "lighter",
    "hardly",
    "barely",
    "beneath",
];
/// Words for less where something is compared.
const LESSENED: [&str; 10] = [
    "low",
    "little",
    "few",
    "diminished",
    "reduced",
    "decreased",
    "decline",
    "curtailed",
    "drop",
    "reduction",
];
/// What joins the word of direction to the usual.
const JOINTS: [&str; 22] = [
    "than",
    "compared",
    "above",
    "below",
    "over",
    "under",
    "versus",
    "from",
    "on",
    "against",
    "of",
    "relative",
    "exceeded",
    "exceed",
    "beat",
    "beyond",
    "beneath",
    "surpass",
    "surpassed",
    "past",
    "comparison",
    "undersleeping",
];
const USUAL: [&str; 21] = [
    "generally",
    "usual",
    "usually",
    "normal",
    "normally",
    "average",
    "baseline",
    "typical",
    "typically",
    "norm",
    "ordinarily",
    "ordinary",
    "regular",
    "regularly",
    "standard",
    "everyday",
    "habitual",
    "customary",
    "habit",
    "habitually",
    "accustomed",
];
/// Words that end the surroundings in which a comparison finds its noun.
const WALLS: [&str; 10] = [
    "and", "but", "after", "before", "without", "while", "or", "followed", "when", "with",
];

/// Name of a measure, the fact of more than usual and that of less.
const FACTS: [(&str, &str, &str); 5] = [
    (
        "resting heart rate",
        "elevated resting heart rate",
        "lowered resting heart rate",
    ),
    ("sleep", "slept more than usual", "slept less than usual"),
    ("steps", "more steps than usual", "fewer steps than usual"),
    ("eaten energy", "ate more than usual", "ate less than usual"),
    ("meals", "ate more than usual", "ate less than usual"),
];

/// Reads every such comparison.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let Some((fact, start, end)) = fact_at(tokens, at) else {
            continue;
        };
        let Some(facet) = vocabulary::facet(fact) else {
            continue;
        };
        let mut placed = Placed::new(start, end, Condition::Facts(vec![facet]));
        // A "not" in front of all of it is read with all others.
        placed.negated = at > start
            && tokens[at - 1].is(&["not", "no", "never"])
            && tokens[at].word != "as"
            && !tokens[at].after_break;
        tokens[start..end].iter_mut().for_each(|token| token.used = true);
        found.push(placed);
    }
    found
}

/// The fact whose word of direction stands here, and the words it takes.
fn fact_at(tokens: &[Token], at: usize) -> Option<(&'static str, usize, usize)> {
    if tokens[at].used {
        return None;
    }
    if let Some(found) = unusually(tokens, at) {
        return Some(found);
    }
    let compared = tokens[at + 1..(at + 5).min(tokens.len())]
        .iter()
        .any(|token| token.is(&["compared", "versus", "comparison", "relative"]));
    let up = tokens[at].is(&UP)
        || (compared
            && tokens[at].is(&[
                "high",
                "long",
                "many",
                "lots",
                "much",
                "increase",
                "increased",
                "surplus",
            ]));
    let down = tokens[at].is(&DOWN) || (compared && tokens[at].is(&LESSENED));
    // "Not as many as usual".
    let not_as = (at.saturating_sub(3)..at).find(|before| tokens[at].word == "as" && tokens[*before].word == "not");
    let multiple = multiple(tokens, at);
    let up = up || multiple == Some(true);
    if !(up || not_as.is_some() || down || multiple.is_some()) {
        return None;
    }
    let wall = |index: usize| is_wall(tokens, index);
    let usual = (at + 1..(at + 9).min(tokens.len()))
        .take_while(|index| !wall(*index))
        .find(|index| names_it(tokens, *index))?;
    // "Clocked up fewer steps than usual".
    let plainer = |token: &Token| token.is(&["fewer", "less", "lower", "shorter", "smaller"]);
    if tokens[at].word == "up" && tokens[at..usual].iter().any(plainer) {
        return None;
    }
    let as_as = not_as.is_some() || multiple.is_some();
    let joins = |token: &Token| token.is(&JOINTS) || (as_as && token.word == "as");
    if !tokens[at..usual].iter().any(joins) || tokens[at..usual].iter().any(|token| token.number.is_some()) {
        return None;
    }
    let first = (at.saturating_sub(6)..at)
        .rev()
        .take_while(|index| !wall(*index))
        .last()
        .unwrap_or(at);
    let last = (usual + 1..(usual + 5).min(tokens.len()))
        .take_while(|index| !wall(*index))
        .last()
        .unwrap_or(usual);
    let (measure, from, until) = nearest_measure(tokens, first, last + 1, at)?;
    Some((
        fact_of(measure, up)?,
        from.min(not_as.unwrap_or(at)).min(start_of_share(tokens, at)),
        until.max(usual + 1),
    ))
}

/// Whether the "as" of "twice as much as usual", "half as many as usual" says more or less.
fn multiple(tokens: &[Token], at: usize) -> Option<bool> {
    let before = |back: usize| {
        at.checked_sub(back)
            .map(|index| &tokens[index])
            .filter(|token| !token.used)
    };
    let number = before(1)?
        .number
        .or_else(|| before(2)?.number.filter(|_| tokens[at - 1].word == "times"));
    match number {
        _ if tokens[at].word != "as" => None,
        Some(number) => (number != 1000).then_some(number > 1000),
        None => (tokens[at - 1].word == "half").then_some(false),
    }
}

/// The "10 percent" of "10 percent more sleep than usual" is said with it, and so is the "twice" of "twice as much".
fn start_of_share(tokens: &[Token], at: usize) -> usize {
    let is_number = |index: usize| tokens[index].number.is_some() && !tokens[index].used;
    let of_share = at > 1 && tokens[at - 1].is(&["percent", "%", "times"]) && is_number(at - 2);
    let of_multiple = at > 0 && tokens[at].word == "as" && (is_number(at - 1) || tokens[at - 1].word == "half");
    at - if of_share { 2 } else { usize::from(of_multiple) }
}

fn fact_of(measure: &Measure, up: bool) -> Option<&'static str> {
    let (_, more, less) = FACTS.iter().find(|(name, ..)| *name == measure.name)?;
    Some(if up { more } else { less })
}

/// `unusually few steps`.
fn unusually(tokens: &[Token], at: usize) -> Option<(&'static str, usize, usize)> {
    if !tokens[at].is(&["unusually", "abnormally", "uncommonly", "atypically"]) {
        return None;
    }
    let how = &tokens.get(at + 1)?;
    let up = how.is(&["many", "much", "long", "high", "large", "big"]);
    if !up && !how.is(&["few", "little", "short", "low", "small"]) {
        return None;
    }
    let (measure, length) = measure_at(tokens, at + 2)?;
    Some((fact_of(measure, up)?, at, at + 2 + length))
}

/// A word for what is usual stands here: "normally", "my norm", "what I am used to".
pub(in crate::search::question) fn names_it(tokens: &[Token], at: usize) -> bool {
    let used_to = tokens[at].word == "used" && tokens.get(at + 1).is_some_and(|next| next.word == "to");
    !tokens[at].used && (used_to || tokens[at].is(&USUAL))
}

/// A connective, or a word that something else has claimed.
fn is_wall(tokens: &[Token], index: usize) -> bool {
    let compared_with = tokens[index].word == "with" && index > 0 && tokens[index - 1].word == "compared";
    let breaks = tokens[index].after_break && !tokens[index].is(&["compared", "versus"]);
    tokens[index].used || breaks || (tokens[index].is(&WALLS) && !compared_with)
}

/// The measure that stands nearest to a place, with its first token and the one behind it.
fn nearest_measure(tokens: &[Token], first: usize, end: usize, at: usize) -> Option<(&'static Measure, usize, usize)> {
    let mut found: Vec<(&Measure, usize, usize)> = Vec::new();
    let mut index = first;
    while index < end {
        let measure = measure_at(tokens, index);
        found.extend(measure.map(|(measure, length)| (measure, index, index + length)));
        index += measure.map_or(1, |(_, length)| length);
    }
    // "Far more" is no distance.
    found.retain(|(measure, ..)| fact_of(measure, true).is_some());
    found
        .into_iter()
        .min_by_key(|(_, from, until)| from.abs_diff(at).min(until.abs_diff(at)))
}
