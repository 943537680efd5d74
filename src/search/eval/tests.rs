//! The tables fit each other, and what is judged was not tuned with.

use std::collections::HashSet;

use super::cases::{CASES, FAMILIES};
use super::phrasings::{JUDGING, TUNING};
use crate::describe::vocabulary::FACETS;

fn plain(text: &str) -> String {
    let letters = |c: char| {
        if c.is_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            ' '
        }
    };
    let words: String = text.chars().map(letters).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_case_has_phrasings_for_tuning_and_for_judging() {
    let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    for table in [TUNING, JUDGING] {
        assert_eq!(table.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    }
    assert!(TUNING.iter().all(|(_, questions)| !questions.is_empty()));
    assert!(JUDGING.iter().all(|(_, questions)| questions.len() >= 3));
}

#[test]
fn families_are_known_and_none_is_empty() {
    let used: HashSet<&str> = CASES.iter().map(|case| case.family).collect();
    assert_eq!(used, HashSet::from(FAMILIES));
}

#[test]
fn no_judged_phrasing_was_tuned_with_or_stands_in_the_vocabulary() {
    let tuning = TUNING.iter().flat_map(|(_, questions)| questions.iter().copied());
    let vocabulary = FACETS
        .iter()
        .flat_map(|facet| std::iter::once(facet.phrase).chain(facet.phrasings()));
    let known: HashSet<String> = tuning.chain(vocabulary).map(plain).collect();
    let judged = JUDGING.iter().flat_map(|(_, questions)| questions.iter());
    let both: Vec<&&str> = judged.filter(|question| known.contains(&plain(question))).collect();
    assert!(both.is_empty(), "{both:?}");
}
