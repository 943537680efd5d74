//! Comparisons with one's own usual that name no number: "walked less than I normally do", "step count above my
//! average". What comes in: tokens; what goes out: facts, and the tokens they were read from are marked as used.

use crate::describe::vocabulary;

use super::condition::Condition;
use super::measure::{Measure, measure_at};
use super::token::Token;
use super::understanding::Placed;

const UP: [&str; 9] = [
    "more", "above", "higher", "over", "longer", "bigger", "larger", "extra", "greater",
];
const DOWN: [&str; 7] = ["less", "below", "lower", "under", "fewer", "shorter", "smaller"];
const USUAL: [&str; 11] = [
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
];
/// Words that end the surroundings in which a comparison finds its noun.
const WALLS: [&str; 10] = [
    "and", "but", "after", "before", "without", "while", "or", "followed", "when", "with",
];

/// Name of a measure, the fact of more than usual and that of less.
const FACTS: [(&str, &str, &str); 4] = [
    (
        "resting heart rate",
        "elevated resting heart rate",
        "lowered resting heart rate",
    ),
    ("sleep", "slept more than usual", "slept less than usual"),
    ("steps", "more steps than usual", "fewer steps than usual"),
    ("eaten energy", "ate more than usual", "ate less than usual"),
];

/// Reads every such comparison.
pub(super) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let Some((fact, start, end)) = fact_at(tokens, at) else {
            continue;
        };
        let Some(facet) = vocabulary::facet(fact) else {
            continue;
        };
        let mut placed = Placed::new(start, end, Condition::Facts(vec![facet]));
        placed.negated = at > 0 && tokens[at - 1].is(&["not", "no"]);
        tokens[start..end].iter_mut().for_each(|token| token.used = true);
        found.push(placed);
    }
    found
}

/// The fact whose word of direction stands here, and the words it takes.
fn fact_at(tokens: &[Token], at: usize) -> Option<(&'static str, usize, usize)> {
    let up = tokens[at].is(&UP);
    if tokens[at].used || !(up || tokens[at].is(&DOWN)) {
        return None;
    }
    let wall = |index: usize| is_wall(tokens, index);
    let usual = (at + 1..(at + 8).min(tokens.len()))
        .take_while(|index| !wall(*index))
        .find(|index| tokens[*index].is(&USUAL))?;
    let compared = tokens[at..usual]
        .iter()
        .any(|token| token.is(&["than", "compared", "above", "below", "over", "under"]));
    if !compared || tokens[at..usual].iter().any(|token| token.number.is_some()) {
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
    let (_, more, less) = FACTS.iter().find(|(name, ..)| *name == measure.name)?;
    Some((if up { more } else { less }, from.min(at), until.max(usual + 1)))
}

/// A connective, or a word that something else has claimed.
fn is_wall(tokens: &[Token], index: usize) -> bool {
    let compared_with = tokens[index].word == "with" && index > 0 && tokens[index - 1].word == "compared";
    tokens[index].used || tokens[index].after_break || (tokens[index].is(&WALLS) && !compared_with)
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
    found
        .into_iter()
        .min_by_key(|(_, from, until)| from.abs_diff(at).min(until.abs_diff(at)))
}
