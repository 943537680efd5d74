//! Facts of a question: first the phrases of the vocabulary as they stand, by stems, then by meaning, through
//! vectors. What comes in: tokens, or vectors of stretches of words; what goes out: facets.

pub(super) mod contradictions;
pub(super) mod guesses;
pub(in crate::search) mod meaning;
pub(super) mod negation;
pub(super) mod no_data;
pub(super) mod quality;
pub(super) mod stretch;

use std::sync::{Arc, LazyLock};

use crate::describe::vocabulary::{self, FACETS, Facet};
use crate::search::condition::Condition;
use crate::search::cosine::cosine;
use crate::search::question::numbers::measure::measure_at;
use crate::search::question::sessions::lexicon::activity_of;
use crate::search::question::words::token::{Token, tokens};

use super::{Meaning, Placed};

/// A phrase by its stems.
struct Pattern {
    stems: Vec<String>,
    /// A phrase of one word must stand as it is where the word is short or a measure by its stem: "fasted" is not "fast",
    /// "weight" not "weights".
    only_word: Option<String>,
    facet: &'static Facet,
}

/// Words that may be missing or added within a phrase.
const LOOSE: [&str; 19] = [
    "a", "an", "the", "my", "of", "i", "was", "were", "is", "so", "really", "just", "had", "any", "quite", "pretty",
    "rather", "bloody", "been",
];

/// All phrases and everyday phrasings of the vocabulary, with the facet each stands for.
pub(super) fn phrases() -> impl Iterator<Item = (&'static str, &'static Facet)> {
    FACETS.iter().flat_map(|facet| {
        std::iter::once(facet.phrase)
            .chain(facet.phrasings())
            .map(move |phrase| (phrase, facet))
    })
}

/// Made once: there are more than a thousand.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(patterns);

fn patterns() -> Vec<Pattern> {
    let pattern = |(phrase, facet): (&str, &'static Facet)| {
        let kept: Vec<Token> = tokens(phrase).into_iter().filter(|token| !token.is(&LOOSE)).collect();
        Pattern {
            only_word: (kept.len() == 1 && (kept[0].stem.len() < 6 || measure_at(&kept, 0).is_some()))
                .then(|| kept[0].word.clone()),
            stems: kept.into_iter().map(|token| token.stem).collect(),
            facet,
        }
    };
    phrases().map(pattern).collect()
}

/// Finds phrases of the vocabulary word by word; the longest first, none over another.
pub(super) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    let mut matches: Vec<(usize, usize, usize, &'static Facet)> = Vec::new();
    for pattern in PATTERNS.iter() {
        for start in 0..tokens.len() {
            if let Some(end) = match_end(tokens, start, pattern) {
                matches.push((pattern.stems.len(), start, end, pattern.facet));
            }
        }
    }
    matches.sort_by_key(|(length, start, ..)| (std::cmp::Reverse(*length), *start));
    let mut found: Vec<Placed> = Vec::new();
    for (_, start, end, facet) in matches {
        match found.iter_mut().find(|placed| placed.start < end && start < placed.end) {
            Some(placed) if (placed.start, placed.end) == (start, end) => placed.add_facet(facet),
            Some(_) => {}
            None => found.push(Placed::new(start, end, Condition::Facts(vec![facet]))),
        }
    }
    for placed in &found {
        tokens[placed.start..placed.end]
            .iter_mut()
            .for_each(|token| token.used = true);
    }
    found
}

/// Where the phrase ends that starts here.
fn match_end(tokens: &[Token], start: usize, pattern: &Pattern) -> Option<usize> {
    let mut at = start;
    for (index, stem) in pattern.stems.iter().enumerate() {
        while index > 0 && tokens.get(at).is_some_and(|token| token.is(&LOOSE) && !token.used) {
            at += 1;
        }
        let token = tokens.get(at).filter(|token| !token.used && token.stem == *stem)?;
        if pattern.only_word.as_ref().is_some_and(|word| *word != token.word) || (index > 0 && token.after_break) {
            return None;
        }
        at += 1;
    }
    let quantity = pattern
        .stems
        .last()
        .is_some_and(|stem| matches!(stem.as_str(), "lot" | "load" | "much" | "ton"));
    if quantity && pattern.stems.len() > 1 && tokens.get(at).is_some_and(|next| next.word == "of") {
        // "Ate lots of protein" says nothing of how much was eaten.
        return None;
    }
    if quantity && pattern.stems.len() > 1 && measure_at(tokens, at).is_some() {
        // "Did not eat much protein".
        return None;
    }
    let how = [
        "hard",
        "heavily",
        "intensely",
        "intensively",
        "strenuously",
        "vigorously",
        "really",
        "very",
    ];
    let ends_in_training = pattern
        .stems
        .last()
        .is_some_and(|stem| matches!(stem.as_str(), "train" | "exercis" | "out"));
    let says_how = tokens.get(at).is_some_and(|next| next.is(&how) && !next.after_break);
    if pattern.facet.phrase == "rest day" && ends_in_training && says_how {
        // "Did not train hard" is no rest day.
        return None;
    }
    if pattern.stems.len() > 1 && is_the_night_before(tokens, at) {
        // "Up late the night before" has no late night.
        return None;
    }
    let next_is_activity = tokens.get(at).is_some_and(|next| activity_of(next).is_some());
    if pattern.facet.phrase == "long distance" && tokens[start].word == "long" && next_is_activity {
        // "A long-distance run" is a long run.
        return None;
    }
    if pattern.stems.last().is_some_and(|stem| stem == "in") && !ends_in_its_own_words(tokens, start, at) {
        return None;
    }
    (at > start).then_some(at)
}

/// The words before this place are `the night` or `the day`, and it goes on with `before` or `after`; but "waking in the
/// night" is one phrase.
fn is_the_night_before(tokens: &[Token], at: usize) -> bool {
    let related = tokens.get(at).is_some_and(|next| next.is(&["before", "after"]));
    let inside = at > 2 && tokens[at - 3].is(&["in", "through", "during", "throughout", "half"]);
    related && !inside && at > 1 && tokens[at - 1].is(&["night", "day"]) && tokens[at - 2].word == "the"
}

/// "Slept in", but neither "sleep in July" nor "slept in the last week".
fn ends_in_its_own_words(tokens: &[Token], start: usize, end: usize) -> bool {
    let next = tokens[end..].iter().find(|token| !token.is(&["the", "this", "my"]));
    // "Did not sleep in".
    let denied = start > 0 && tokens[start - 1].word == "not";
    let gerund =
        start > 0 && tokens[start].word == "sleeping" && tokens[start - 1].is(&["from", "also", "no", "without"]);
    let denied = denied || gerund;
    let asked = start > 1 && tokens[start - 1].word == "i" && tokens[start - 2].word == "did";
    let verb_is_past = denied || asked || !tokens[start].is(&["sleep", "sleeps", "sleeping"]);
    verb_is_past && next.is_none_or(|token| !token.used)
}

/// Who asks for a high resting heart rate means high for them, too: someone with 50 never has a high one by any
/// standard.
pub(super) fn high_for_oneself(placed: &mut Placed) {
    let names_it = |condition: &Condition| match condition {
        Condition::Facts(facets) => facets.iter().any(|facet| facet.phrase == "high resting heart rate"),
        _ => false,
    };
    if placed.any.iter().any(names_it)
        && let Some(elevated) = vocabulary::facet("elevated resting heart rate")
    {
        placed.add_facet(elevated);
    }
}

/// The vectors of all [`phrases`], in their order.
struct PhraseVectors(Vec<Arc<[f32]>>);

/// Least score at which a stretch of words means a facet.
///
/// Calibrated with all-MiniLM-L6-v2 on 42 stretches that name a fact and 20 that do not, before their words went into
/// the vocabulary: right minus wrong minus false was best from 0.56 to 0.60. On 46 others, kept apart: at 0.58 43
/// right, 2 wrong, 1 missed; of 80 that name nothing ("days fever", "when I drank beer") 10 were taken for a fact. The
/// best phrasing alone gave 39 right and 7 wrong. Models whose cosines lie closer together need another cut.
const CUT: f32 = 0.58;

/// Facets nearly as near as the nearest are meant, too, where they are of the same subject.
const TIE: f32 = 0.02;

impl PhraseVectors {
    /// The facets that a stretch of words means, with the phrase that was nearest; none below the cut.
    ///
    /// A facet scores the mean of its best cosine and the mean of its three best: one phrasing may be near by a word
    /// that has nothing to do with the fact, three hardly are.
    fn nearest(&self, words: &str, vector: &[f32], cut: f32) -> Option<Meaning> {
        let mut scored: Vec<(f32, &'static str, &'static Facet)> = Vec::with_capacity(FACETS.len());
        let cosines: Vec<(&str, &Facet, f32)> = phrases()
            .zip(&self.0)
            .filter(|((phrase, facet), _)| {
                !contrary(words, facet.phrase)
                    && (denies(words) || !denies(phrase))
                    && (lessens(words) || !lessens(phrase))
            })
            .map(|((phrase, facet), phrase_vector)| (phrase, facet, cosine(vector, phrase_vector)))
            .collect();
        for of_facet in cosines.chunk_by(|a, b| a.1.phrase == b.1.phrase) {
            let mut sorted: Vec<(f32, &str)> = of_facet.iter().map(|(phrase, _, cosine)| (*cosine, *phrase)).collect();
            sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
            let three = &sorted[..sorted.len().min(3)];
            let mean = three.iter().map(|(cosine, _)| cosine).sum::<f32>() / three.len() as f32;
            scored.push((f32::midpoint(sorted[0].0, mean), sorted[0].1, of_facet[0].1));
        }
        let (best, phrase, facet) = *scored.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
        if best < cut {
            return None;
        }
        let mut facets = vec![facet];
        for (score, _, other) in scored {
            let alike = (other.group, other.subject) == (facet.group, facet.subject);
            if other.phrase != facet.phrase && alike && score >= best - TIE && !opposed(facet.phrase, other.phrase) {
                facets.push(other);
            }
        }
        if !EMPHASIS.iter().any(|word| words.split(' ').any(|said| said == *word)) {
            add_mild(&mut facets);
        }
        Some(Meaning {
            facets,
            phrase,
            score: best,
        })
    }
}

/// Who says one of these means what is clear only.
const EMPHASIS: [&str; 9] = [
    "clearly",
    "far",
    "much",
    "way",
    "significantly",
    "considerably",
    "substantially",
    "markedly",
    "well",
];

/// "Unusually few steps" is near to "clearly fewer steps than usual", and fewer than usual are few, too.
fn add_mild(facets: &mut Vec<&'static Facet>) {
    let mild: Vec<String> = facets
        .iter()
        .map(|facet| facet.phrase.replace("clearly ", ""))
        .collect();
    for facet in FACETS
        .iter()
        .filter(|facet| mild.iter().any(|phrase| phrase == facet.phrase))
    {
        if facets.iter().all(|known| known.phrase != facet.phrase) {
            facets.push(facet);
        }
    }
}

/// A word of the text says that something was not. What leaves days out, like "except", stands in no phrase.
fn denies(text: &str) -> bool {
    const NONE: [&str; 6] = ["without", "zero", "skipped", "missed", "skip", "none"];
    let denies = |word: &str| negation::NOT.contains(&word) || NONE.contains(&word);
    text.split(' ').any(denies)
}

/// A word of the text says that there was little: who says none of them asks for no little. "Living on sugar" is much sugar.
fn lessens(text: &str) -> bool {
    const LITTLE: [&str; 13] = [
        "avoided",
        "avoid",
        "cut",
        "reduced",
        "skimped",
        "light",
        "lean",
        "free",
        "deficient",
        "poor",
        "superficial",
        "shallow",
        "nothing",
    ];
    text.split([' ', '-'])
        .any(|word| DOWN.contains(&word) || LITTLE.contains(&word))
        || denies(text)
}

const DOWN: [&str; 15] = [
    "low", "lower", "little", "few", "fewer", "less", "short", "shorter", "hardly", "barely", "scarcely", "lack",
    "small", "below", "lowered",
];

/// One says much and the other little: vectors hardly tell "short deep sleep" from "much deep sleep".
fn contrary(words: &str, phrase: &str) -> bool {
    const UP: [&str; 17] = [
        "high", "higher", "much", "many", "more", "lots", "loads", "plenty", "tons", "long", "longer", "raised",
        "elevated", "extra", "huge", "heaps", "above",
    ];
    const TURNING: [&str; 8] = ["no", "not", "never", "without", "enough", "usual", "normal", "average"];
    let has = |text: &str, some: &[&str]| text.split([' ', '-']).any(|word| some.contains(&word));
    let only = |text: &str, some: &[&str], other: &[&str]| has(text, some) && !has(text, other) && !has(text, &TURNING);
    (only(words, &UP, &DOWN) && only(phrase, &DOWN, &UP)) || (only(words, &DOWN, &UP) && only(phrase, &UP, &DOWN))
}

/// Facets on both sides of what is usual: no words mean both.
fn opposed(one: &str, other: &str) -> bool {
    const SIDES: [(&[&str], &[&str]); 3] = [
        (
            &["more", "many", "much", "high", "long", "very"],
            &["fewer", "few", "less", "little", "low", "short", "hardly"],
        ),
        (&["good", "excellent"], &["poor"]),
        (&["efficient"], &["inefficient"]),
    ];
    let has = |text: &str, some: &[&str]| text.split([' ', '-']).any(|word| some.contains(&word));
    let split = |(up, down): &(&[&str], &[&str])| {
        (has(one, up) && !has(one, down) && has(other, down)) || (has(one, down) && has(other, up) && !has(other, down))
    };
    SIDES.iter().any(split)
}
