//! What holds for a day, judged once. What comes in: a day; what goes out: its facts, which its text, its gist, its facets
//! and the words of the day after all ask for.

use std::sync::Arc;

use crate::day::Day;

use super::session;
use super::vocabulary::{self, Facet, Group};

/// A day and the facts that hold for it.
#[derive(Clone, Debug)]
pub struct DayFacts<'a> {
    pub(super) day: &'a Day,
    /// Of the vocabulary, in its order.
    holding: Vec<&'static Facet>,
    facets: Vec<Arc<str>>,
}

impl<'a> DayFacts<'a> {
    /// Judges a day.
    pub fn of(day: &'a Day) -> DayFacts<'a> {
        let holding: Vec<&Facet> = vocabulary::holding(day).collect();
        let mut facets: Vec<Arc<str>> = holding.iter().map(|facet| Arc::from(facet.phrase)).collect();
        for phrase in session::phrases(day) {
            if !facets.iter().any(|facet| **facet == *phrase) {
                facets.push(phrase.into());
            }
        }
        DayFacts { day, holding, facets }
    }

    /// Every fact: those of the vocabulary in its order, then those of single sessions.
    pub fn facets(&self) -> &[Arc<str>] {
        &self.facets
    }

    /// Of each subject the first fact that holds, which is the strongest.
    fn strongest(&self) -> impl Iterator<Item = &'static Facet> {
        let mut last = None;
        let is_first =
            move |facet: &&Facet| last.replace((facet.group, facet.subject)) != Some((facet.group, facet.subject));
        self.holding.iter().copied().filter(is_first)
    }

    /// The phrases of the strongest facts of a group.
    pub(super) fn strongest_of(&self, group: Group) -> impl Iterator<Item = &'static str> {
        self.strongest()
            .filter(move |facet| facet.group == group)
            .map(|facet| facet.phrase)
    }
}
