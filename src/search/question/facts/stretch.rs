//! Stretches of words that are no phrase of the vocabulary, understood by their meaning. What comes in: tokens that
//! nothing has claimed yet; what goes out: facts, with a note how each was found.

use crate::day::Property;
use crate::search::condition::Condition;
use crate::search::question::sessions::workouts::names_a_workout;
use crate::search::question::words::filler::is_filler;
use crate::search::question::words::token::Token;
use crate::search::question::{Meaning, MeaningOf, Placed};

use super::negation;

/// Words that end a stretch: facts on both sides are facts of their own.
const WALLS: [&str; 20] = [
    "excluding",
    "except",
    "minus",
    "unless",
    "barring",
    "leaving",
    "leave",
    "instead",
    "and",
    "but",
    "or",
    "when",
    "while",
    "because",
    "although",
    "though",
    "despite",
    "plus",
    "yet",
    "without",
];

/// Words that may stand within one fact ("overdid it with salt") or between two ("bad sleep with a hard workout").
const SOFT_WALLS: [&str; 5] = ["with", "that", "which", "where", "in"];

/// How much nearer a stretch must be that stands beside a fact that is understood already: its words are mostly about
/// that fact.
const BESIDE: f32 = 0.08;

/// How much nearer a stretch with a soft wall in it must be.
const ACROSS: f32 = 0.06;

/// A place of the question.
#[derive(Clone, Copy)]
struct Stretch {
    start: usize,
    end: usize,
}

/// Reads the stretches that are left over.
pub(in crate::search::question) fn read<E>(
    tokens: &mut [Token],
    placed: &[Placed],
    meaning_of: &mut MeaningOf<'_, E>,
    notes: &mut Vec<String>,
) -> Result<Vec<Placed>, E> {
    let mut found = Vec::new();
    for whole in split(tokens, 0, tokens.len(), &WALLS) {
        let parts = split(tokens, whole.start, whole.end, &SOFT_WALLS);
        let across = if parts.len() > 1 { ACROSS } else { 0.0 };
        if let Some((fact, note)) = fact(tokens, placed, whole, across, meaning_of)? {
            notes.push(note);
            found.push(fact);
        } else {
            let smaller = |part: &Stretch| (part.start, part.end) != (whole.start, whole.end);
            for part in parts.into_iter().filter(smaller) {
                if let Some((fact, note)) = fact(tokens, placed, part, 0.0, meaning_of)? {
                    notes.push(note);
                    found.push(fact);
                }
            }
        }
    }
    for fact in &found {
        let claimed = tokens[fact.start..fact.end].iter_mut();
        claimed
            .filter(|token| !is_negation(token))
            .for_each(|token| token.used = true);
    }
    Ok(found)
}

/// The stretches of unclaimed words between walls.
fn split(tokens: &[Token], from: usize, until: usize, walls: &[&str]) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut start = from;
    for at in from..until {
        let said = (start..at).filter(|before| is_content(&tokens[*before])).count();
        // A new subject begins a new fact: "I pushed too hard my pulse was up".
        let wall = tokens[at].used || tokens[at].is(walls) || (said >= 2 && tokens[at].is(&["i", "my"]));
        if wall || tokens[at].after_break {
            stretches.push(Stretch { start, end: at });
            start = if wall { at + 1 } else { at };
        }
    }
    stretches.push(Stretch { start, end: until });
    stretches
        .iter_mut()
        .for_each(|stretch| stretch.end = without_last_negation(tokens, *stretch));
    stretches.retain(|stretch| says_something(tokens, *stretch));
    stretches
}

/// The "not" of "bad sleep that was not preceded by ..." denies what stands behind the stretch.
fn without_last_negation(tokens: &[Token], stretch: Stretch) -> usize {
    let said = (stretch.start..stretch.end).rfind(|at| is_content(&tokens[*at]) || is_negation(&tokens[*at]));
    let last = said.filter(|at| *at > stretch.start && is_negation(&tokens[*at]));
    let goes_on = tokens
        .get(stretch.end)
        .is_some_and(|next| next.used && !next.after_break);
    last.filter(|_| goes_on).unwrap_or(stretch.end)
}

/// Stems of what facts are about: alone they do not say which fact. The vector of "sleep" is near that of "long sleep",
/// and as near to its contrary.
pub(in crate::search::question) const TOPICS: [&str; 22] = [
    "sleep", "bed", "heart", "rat", "puls", "step", "food", "meal", "eat", "calori", "protein", "carb", "fat", "sugar",
    "salt", "fiber", "weight", "body", "health", "activity", "number", "intak",
];

/// More than filler, topics and the bare word "workout".
fn says_something(tokens: &[Token], stretch: Stretch) -> bool {
    let topic = |token: &Token| TOPICS.contains(&token.stem.as_str());
    (stretch.start..stretch.end)
        .any(|at| is_content(&tokens[at]) && !topic(&tokens[at]) && !names_a_workout(tokens, at))
}

/// A word that a fact may be in.
pub(in crate::search::question) fn is_content(token: &Token) -> bool {
    let other = is_negation(token) || token.is(&["nor", "neither", "except"]) || token.is(&negation::VERBS);
    !other && !is_filler(token) && token.number.is_none() && token.clock.is_none()
}

/// A "not" within a stretch. Other denials, like "without", are walls.
fn is_negation(token: &Token) -> bool {
    token.is(&negation::NOT)
}

/// The fact that a stretch means, with or without the filler at its ends, whichever is nearer.
fn fact<E>(
    tokens: &[Token],
    placed: &[Placed],
    stretch: Stretch,
    margin: f32,
    meaning_of: &mut MeaningOf<'_, E>,
) -> Result<Option<(Placed, String)>, E> {
    let bare = trimmed(tokens, stretch);
    let beside = placed
        .iter()
        .any(|fact| fact.end == bare.start || fact.start == bare.end);
    let margin = margin + if beside { BESIDE } else { 0.0 };
    let of_bare = exact_fact(tokens, bare, margin, meaning_of)?;
    if (bare.start, bare.end) == (stretch.start, stretch.end) {
        return Ok(of_bare.map(|(fact, _, note)| (fact, note)));
    }
    let of_whole = exact_fact(tokens, stretch, margin, meaning_of)?;
    let best = of_bare.into_iter().chain(of_whole).max_by(|a, b| a.1.total_cmp(&b.1));
    Ok(best.map(|(fact, _, note)| (fact, note)))
}

/// The fact that just these words mean, its score and a note. One with a "not" in it is read with the "not" if the nearest
/// phrase has one, too ("did not get enough rest"); else without it, and the "not" turns the fact around.
fn exact_fact<E>(
    tokens: &[Token],
    stretch: Stretch,
    margin: f32,
    meaning_of: &mut MeaningOf<'_, E>,
) -> Result<Option<(Placed, f32, String)>, E> {
    let Stretch { start, end } = stretch;
    let words = |negations: bool| {
        let kept = tokens[start..end]
            .iter()
            .filter(|token| negations || !is_negation(token));
        kept.map(|token| token.word.as_str()).collect::<Vec<_>>().join(" ")
    };
    let found = |from: usize, text: &str, meaning: Meaning| {
        let note = format!("\"{text}\" is near \"{}\", score {:.2}", meaning.phrase, meaning.score);
        let mut fact = Placed::new(from, end, Condition::Facts(meaning.facets));
        fact.negated = says_all_is_well(&fact, text);
        (fact, meaning.score, note)
    };
    let negation = (start..end).find(|at| is_negation(&tokens[*at]));
    let of_degree = negation.is_some_and(|at| {
        let many = tokens.get(at + 2).is_some_and(|next| next.word == "many");
        many || tokens.get(at + 1).is_some_and(|next| next.is(&DEGREES))
    });
    if negation.is_some() && !of_degree {
        let text = words(true);
        let meaning = meaning_of(&text, margin)?;
        if let Some(meaning) = meaning.filter(|meaning| is_negative(meaning.phrase)) {
            return Ok(Some(found(start, &text, meaning)));
        }
    }
    let text = words(false);
    let from = negation.map_or(start, |at| at + 1);
    let meaning = meaning_of(&text, margin)?;
    Ok(meaning
        .filter(|_| from < end)
        .map(|meaning| found(from, &text, meaning)))
}

/// "Not high" denies the high; it does not name the low.
const DEGREES: [&str; 20] = [
    "high", "higher", "low", "lower", "raised", "elevated", "long", "short", "hard", "bad", "big", "large", "heaps",
    "lots", "loads", "plenty", "tons", "rich", "heavy", "load",
];

/// "The pulse stayed normal", "... was fine" denies the high pulse that it is near to.
fn says_all_is_well(fact: &Placed, text: &str) -> bool {
    const WELL: [&str; 10] = [
        "normal",
        "normally",
        "fine",
        "ok",
        "okay",
        "alright",
        "unremarkable",
        "unchanged",
        "unaffected",
        "calm",
    ];
    let compares = text
        .split(' ')
        .any(|word| matches!(word, "than" | "above" | "below" | "over" | "under" | "not"));
    let of_heart = fact
        .any
        .iter()
        .flat_map(Condition::properties)
        .any(|property| property == Property::RestingHr);
    let ends_well = text.rsplit(' ').next().is_some_and(|last| WELL.contains(&last));
    !compares && ends_well && (of_heart || text.ends_with(" normal"))
}

/// A phrase that denies something itself, or says that there was little of it: "did not get much" is near to "little".
fn is_negative(phrase: &str) -> bool {
    const LITTLE: [&str; 9] = [
        "hardly", "barely", "little", "without", "few", "lack", "low", "less", "skipped",
    ];
    let denies = |word: &str| negation::NOT.contains(&word) || LITTLE.contains(&word);
    phrase.split(' ').any(denies)
}

/// The stretch without filler at its ends: "days I" before a fact moves its vector away. "Night" stays at the end: a
/// "dreadful night" is about sleep.
fn trimmed(tokens: &[Token], stretch: Stretch) -> Stretch {
    const LEADING: &[&str] = &[
        "days", "day", "i", "my", "me", "the", "a", "an", "when", "was", "were", "did", "do", "nights", "night", "on",
        "of", "in", "had", "have", "that", "where", "to", "which", "what", "show", "find", "list", "give", "how",
        "often", "many", "with", "date", "dates", "time", "times", "is", "it", "are", "am", "been", "mornings",
    ];
    const TRAILING: &[&str] = &[
        "i", "my", "me", "the", "a", "an", "when", "was", "were", "did", "on", "of", "in", "had", "with", "to", "days",
        "that", "for", "very", "at", "by", "from",
    ];
    let Stretch { mut start, mut end } = stretch;
    while start + 1 < end && tokens[start].is(LEADING) {
        start += 1;
    }
    while end > start + 1 && tokens[end - 1].is(TRAILING) {
        end -= 1;
    }
    Stretch { start, end }
}
