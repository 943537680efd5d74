//! Understands a question without a language model. What comes in: the question, the day it counts from, and a way
//! to compare stretches of words with the vocabulary; what goes out: an [`Understanding`]. It never looks at days.
//!
//! | room | reads |
//! | --- | --- |
//! | `words` | text into tokens, and everyday wordings into plain ones |
//! | `dates` | when |
//! | `numbers` | how much, against a number or one's own usual |
//! | `sessions` | what was done: activities, their weather, workouts; and meals |
//! | `facts` | the vocabulary's phrases, by words and by meaning; what is denied or missing |
//! | `relations` | which day each fact is of: "the day after" |
//! | `superlatives` | the most, the least, the first, the last |
//! | `users` | whose days |

mod dates;
pub(super) mod facts;
pub(super) mod numbers;
mod relations;
pub(super) mod sessions;
mod superlatives;
pub(super) mod users;
pub(super) mod words;

#[cfg(test)]
pub(super) mod tests;

use std::fmt::Display;

use crate::day::Property;
use crate::describe::vocabulary::Facet;
use crate::record::Date;

use super::condition::{Clause, Condition};
use super::order::{Order, OrderKey};
use super::whose::Whose;
use super::window::{WEEKDAYS, Window};

use dates::calendar;
use facts::guesses::{adds_nothing, is_against_usual};
use facts::{contradictions, no_data, quality, stretch};
use numbers::{compare, unknown, usual};
use relations::asked::{self, Subject};
use relations::{offsets, relation, streak};
use sessions::{ground, one_session, several, workouts};
use superlatives::{extremes, longest, superlative};
use words::token::{Token, tokens};

/// What a question asks for.
#[derive(Clone, Debug, Default)]
pub struct Understanding {
    /// Whose days it is about; read before the rest, because only a store knows its users.
    pub whose: Whose,
    /// Which days it is about.
    pub window: Window,
    /// What a day must be like; all of them.
    pub clauses: Vec<Clause>,
    /// What days are ordered by, where the question has a superlative.
    pub order: Option<Order>,
    /// How stretches of words were understood by meaning, for `--explain`.
    pub notes: Vec<String>,
    /// Words that no part of the understanding has claimed.
    pub content: Vec<String>,
}

impl Understanding {
    /// Words to look for, not understood.
    pub(super) fn of_words(words: &str) -> Understanding {
        let content = tokens(words).into_iter().map(|token| token.word).collect();
        Understanding {
            content,
            ..Understanding::default()
        }
    }

    /// Nothing tells one day from another but the likeness to the question.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty() && self.order.is_none()
    }

    /// The question names days, or whose, and nothing about them.
    pub fn is_only_scope(&self) -> bool {
        let is_narrowed = self.window != Window::default() || self.whose != Whose::Everybody;
        self.is_empty() && self.content.is_empty() && is_narrowed
    }

    /// What was understood, one text a part.
    pub fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        if self.whose != Whose::Everybody {
            texts.push(self.whose.to_string());
        }
        texts.extend(self.clauses.iter().map(Clause::to_string));
        texts.extend(self.order.as_ref().map(Order::to_string));
        if self.window != Window::default() {
            texts.push(self.window.to_string());
        }
        if self.is_empty() && !self.is_only_scope() {
            texts.push("no fact of the vocabulary: the days most like the question".to_string());
        }
        texts
    }
}

/// A condition and where in the question it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    start: usize,
    end: usize,
    pub(super) any: Vec<Condition>,
    negated: bool,
    offset: i32,
}

impl Placed {
    fn new(start: usize, end: usize, condition: Condition) -> Placed {
        Placed {
            start,
            end,
            any: vec![condition],
            negated: false,
            offset: 0,
        }
    }

    /// The same words name this facet, too.
    fn add_facet(&mut self, facet: &'static Facet) {
        match self.any.first_mut() {
            Some(Condition::Facts(facets)) if facets.iter().all(|known| known.phrase != facet.phrase) => {
                facets.push(facet)
            }
            _ => {}
        }
    }

    /// When somebody went to bed.
    fn is_bedtime(&self) -> bool {
        let of_bedtime = |condition: &Condition| match condition {
            Condition::Facts(facets) => facets.iter().all(|facet| facet.subject == "bedtime"),
            condition => condition
                .properties()
                .into_iter()
                .all(|property| property == Property::Bedtime),
        };
        self.any.iter().all(of_bedtime)
    }

    /// When somebody got up.
    fn is_wake_time(&self) -> bool {
        let of_waking = |condition: &Condition| {
            let mut properties = condition.properties().into_iter();
            properties.all(|property| property == Property::WakeTime)
        };
        self.any.iter().all(of_waking)
    }

    fn is_sleep(&self) -> bool {
        self.any.iter().all(Condition::is_sleep)
    }
}

/// Facets that a stretch of words means.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    facets: Vec<&'static Facet>,
    /// The phrase of the vocabulary that was nearest.
    phrase: &'static str,
    score: f32,
}

/// Compares a stretch of words with the vocabulary; nothing where nothing is near. The number asks for so much more.
type MeaningOf<'a, E> = dyn FnMut(&str, f32) -> Result<Option<Meaning>, E> + 'a;

/// Understands a question that counts from `today`.
///
/// A closing remark that only says which of the days are wanted is read apart, unless it is the only place where its
/// subject is named.
pub(super) fn understand<E: Display>(
    question: &str,
    today: Date,
    meaning_of: &mut MeaningOf<'_, E>,
) -> Result<Understanding, E> {
    let tokens = tokens(question);
    if let Some((start, subject)) = asked::closing_remark(&tokens) {
        let (understanding, is_named) = understand_tokens(tokens[..start].to_vec(), Some(subject), today, meaning_of)?;
        if is_named {
            return Ok(understanding);
        }
    }
    let (understanding, _) = understand_tokens(tokens, None, today, meaning_of)?;
    Ok(understanding)
}

/// Understands the words, and says whether some fact is of the subject that is asked for.
fn understand_tokens<E: Display>(
    mut tokens: Vec<Token>,
    asked: Option<Subject>,
    today: Date,
    meaning_of: &mut MeaningOf<'_, E>,
) -> Result<(Understanding, bool), E> {
    let window = calendar::read(&mut tokens, today);
    // "A tough weekend training session" is a tough training session.
    let weekday = |token: &Token| token.used && (token.is(&WEEKDAYS) || token.word == "weekend");
    tokens.retain(|token| !weekday(token));
    let streak = streak::read(&mut tokens);
    let unknown = unknown::read(&mut tokens);
    let (mut placed, mut order) = read_phrases(&mut tokens);
    let relations = relation::read(&mut tokens);
    let mut notes = Vec::new();
    let mut meant = stretch::read(&mut tokens, &placed, meaning_of, &mut notes)?;
    meant.retain(|fact| !adds_nothing(fact, &placed, &order, &tokens));
    placed.extend(meant);
    let workouts = workouts::any(&mut tokens, &placed);
    placed.extend(workouts);
    placed.iter_mut().for_each(facts::high_for_oneself);
    ground::far_session(&tokens, &mut placed);
    placed.sort_by_key(|placed| placed.start);
    one_session::share(&tokens, &mut placed);
    one_session::join_list(&tokens, &relations, &mut placed);
    one_session::join(&tokens, &relations, &mut placed, &mut order);
    ground::without_walked_steps(&tokens, &order, &mut placed);
    order
        .iter_mut()
        .for_each(|order| longest::of_session(order, &mut placed));
    let unclaimed = tokens.iter().filter(|token| !token.used && stretch::is_content(token));
    let content = unclaimed.map(|token| token.word.clone()).chain(unknown).collect();
    placed.sort_by_key(|placed| placed.start);
    offsets::apply(&tokens, &relations, &mut placed, order.is_some(), asked);
    streak::apply(&tokens, &relations, streak, &mut placed);
    contradictions::resolve(&tokens, &mut placed);
    let is_named = asked.is_some_and(|subject| placed.iter().any(|fact| subject.is_of(fact)));
    let clauses = offsets::clauses(&tokens, placed);
    let understanding = Understanding {
        whose: Whose::Everybody,
        window,
        clauses,
        order,
        notes,
        content,
    };
    Ok((understanding, is_named))
}

/// What is said in words that are known, and the superlative.
fn read_phrases(tokens: &mut [Token]) -> (Vec<Placed>, Option<Order>) {
    let mut placed = no_data::read(tokens);
    placed.extend(quality::read(tokens));
    placed.extend(several::read(tokens));
    let extreme = extremes::read(tokens);
    placed.extend(compare::read(tokens));
    placed.extend(usual::read(tokens));
    let order = extreme
        .or_else(|| extremes::within_bound(tokens, &placed))
        .or_else(|| superlative::read(tokens));
    if order
        .as_ref()
        .is_some_and(|order| order.key == OrderKey::Number(&[Property::Steps]))
    {
        // Who asks for the most steps walked them.
        tokens
            .iter_mut()
            .filter(|token| token.stem == "walk")
            .for_each(|token| token.used = true);
    }
    // "How many steps did I do" asks for a number, and not for many steps.
    for at in 1..tokens.len() {
        tokens[at].used |= tokens[at].is(&["many", "much"]) && tokens[at - 1].word == "how";
    }
    let against_usual = placed.clone();
    placed.extend(
        facts::read(tokens)
            .into_iter()
            .filter(|fact| !is_against_usual(fact, &against_usual)),
    );
    placed.extend(sessions::read(tokens));
    placed.extend(workouts::read(tokens));
    (placed, order)
}
