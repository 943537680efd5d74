//! Facts of a question: first the phrases of the vocabulary as they stand, by stems, then by meaning, through
//! vectors. What comes in: tokens, or vectors of stretches of words; what goes out: facets.

use std::sync::Arc;

use crate::describe::vocabulary::{FACETS, Facet};

use super::condition::Condition;
use super::token::{Token, tokens};
use super::understanding::Placed;

/// A phrase by its stems.
struct Pattern {
    stems: Vec<String>,
    /// A phrase of one short word must stand as it is: "fasted" is not "fast".
    only_word: Option<String>,
    facet: &'static Facet,
}

/// Words that may be missing or added within a phrase.
const LOOSE: [&str; 15] = [
    "a",
    "an",
    "the",
    "my",
    "of",
    "i",
    "was",
    "were",
    "is",
    "so",
    "really",
    "very much",
    "just",
    "had",
    "any",
];

/// All phrases and everyday phrasings of the vocabulary, with the facet each stands for.
pub(super) fn phrases() -> impl Iterator<Item = (&'static str, &'static Facet)> {
    FACETS.iter().flat_map(|facet| {
        std::iter::once(facet.phrase)
            .chain(facet.phrasings())
            .map(move |phrase| (phrase, facet))
    })
}

fn patterns() -> Vec<Pattern> {
    let pattern = |(phrase, facet): (&str, &'static Facet)| {
        let kept: Vec<Token> = tokens(phrase).into_iter().filter(|token| !token.is(&LOOSE)).collect();
        Pattern {
            only_word: (kept.len() == 1 && kept[0].stem.len() < 6).then(|| kept[0].word.clone()),
            stems: kept.into_iter().map(|token| token.stem).collect(),
            facet,
        }
    };
    phrases().map(pattern).collect()
}

/// Finds phrases of the vocabulary word by word; the longest first, none over another.
pub(super) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    let mut matches: Vec<(usize, usize, usize, &'static Facet)> = Vec::new();
    for pattern in patterns() {
        for start in 0..tokens.len() {
            if let Some(end) = match_end(tokens, start, &pattern) {
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
    (at > start).then_some(at)
}

/// The vectors of all [`phrases`], in their order.
pub(super) struct PhraseVectors(pub(super) Vec<Arc<[f32]>>);

/// Least cosine at which a stretch of words means a facet.
///
/// Calibrated with all-MiniLM-L6-v2; the procedure and its figures stand in the notes of `tests.rs`.
pub(super) const CUT: f32 = 0.58;

/// Facets nearly as near as the nearest are meant, too.
const TIE: f32 = 0.02;

impl PhraseVectors {
    /// The facets that a stretch of words means, with the phrase that was nearest; none below the cut.
    pub(super) fn nearest(&self, vector: &[f32], cut: f32) -> Option<(Vec<&'static Facet>, &'static str, f32)> {
        let scored: Vec<(f32, &'static str, &'static Facet)> = phrases()
            .zip(&self.0)
            .map(|((phrase, facet), phrase_vector)| (dot(vector, phrase_vector), phrase, facet))
            .collect();
        let (best, phrase, facet) = *scored.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
        if best < cut {
            return None;
        }
        let mut facets = vec![facet];
        for (score, _, other) in scored {
            let new = !facets.iter().any(|known| known.phrase == other.phrase);
            if new && score >= best - TIE && other.group == facet.group {
                facets.push(other);
            }
        }
        Some((facets, phrase, best))
    }
}

/// Cosine of unit vectors.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
