//! Ranks days: filters first, then the grade of the fact, then the likeness of the vector. What comes in: a request;
//! what goes out: an [`Answer`].

pub(super) mod judge;
mod plain;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::record::Date;
use crate::search::question::facts::meaning::Meanings;
use crate::search::question::users::named_user::{self, NamedUsers};
use crate::search::question::{Understanding, understand};
use crate::search::stores::load::Load;
use crate::search::stores::{DayKey, Like, Scope, Store, Survey, Wanted};

use super::answer::{Answer, Hit, matched};
use super::order::{Order, OrderKey};
use super::whose::Whose;
use super::window::Window;
use super::{Embed, Request, SearchError};

use judge::{Asked, Graded};

pub use plain::search_plainly;

/// Answers a question from a store.
pub fn search(store: &dyn Store, embed: &dyn Embed, request: &Request) -> Result<Answer, SearchError> {
    let prepared = prepare(store, embed, request)?;
    let ranking = Ranking {
        store,
        embed,
        request,
        prepared: &prepared,
    };
    let ranked = ranking.ranked()?;
    prepared.answer(store, ranked)
}

/// A question that is understood, before any day is looked at.
struct Prepared {
    understanding: Understanding,
    scope: Scope,
    /// Without the user that it names.
    question: String,
    /// Whether days have vectors.
    has_vectors: bool,
    /// Whether there is no day.
    is_empty: bool,
    /// Still without results.
    answer: Answer,
}

/// Understands a question that is asked of a store.
fn prepare(store: &dyn Store, embed: &dyn Embed, request: &Request) -> Result<Prepared, SearchError> {
    let named = match request.user {
        None if !request.given.only_words => named_user::read(&request.question, store)?,
        _ => NamedUsers::nobody(&request.question),
    };
    let asked_for = request.user.as_ref().or(named.unknown.as_ref());
    let mut scope = Scope {
        whose: asked_for.map_or_else(|| named.whose.clone(), |user| Whose::of(user)),
        window: Window::default().between(request.from, request.until),
    };
    let survey = store.survey(&scope)?;
    check(&survey, embed, &scope.whose)?;
    let today = request.today.or(survey.newest).unwrap_or(Date::from_days(0));
    let meanings = Meanings::new(embed, &survey.phrases);
    let mut understanding = if request.given.only_words {
        Understanding::of_words(&request.question)
    } else {
        understand(&named.rest, today, &mut |words, strict| meanings.of(words, strict))?
    };
    understanding.whose = named.whose;
    request.given.complete(&mut understanding);
    scope.window = understanding.window.clone().between(request.from, request.until);
    let mut answer = Answer::new(request, &understanding);
    let is_open = |name: &&String| understanding.content.contains(name);
    let strangers = named.strangers.iter().filter(is_open);
    answer
        .understood
        .extend(strangers.map(|name| format!("not understood: {name}")));
    Ok(Prepared {
        answer,
        question: named.rest,
        understanding,
        scope,
        has_vectors: survey.model.is_some(),
        is_empty: survey.newest.is_none(),
    })
}

impl Prepared {
    /// What must be known of a day to judge it.
    fn load(&self) -> Load {
        let Understanding { clauses, order, .. } = &self.understanding;
        Load::of(clauses, order.iter().flat_map(|order| order.key.properties()))
    }

    /// The vector of the question; none in a store without vectors.
    fn question_vector(&self, embed: &dyn Embed) -> Result<Option<Arc<[f32]>>, SearchError> {
        if !self.has_vectors || self.question.is_empty() {
            return Ok(None);
        }
        embed.question(&self.question).map(Some).map_err(SearchError::Embed)
    }

    /// The answer with these days, the best first.
    fn answer(self, store: &dyn Store, ranked: Vec<(DayKey, f64)>) -> Result<Answer, SearchError> {
        let load = self.load().with_shown();
        let mut answer = self.answer;
        answer.results = hits(store, &self.understanding, load, ranked)?;
        Ok(answer)
    }
}

/// The ranked days as they are shown.
fn hits(
    store: &dyn Store,
    understanding: &Understanding,
    load: Load,
    ranked: Vec<(DayKey, f64)>,
) -> Result<Vec<Hit>, SearchError> {
    let (keys, scores): (Vec<DayKey>, Vec<f64>) = ranked.into_iter().unzip();
    let mut found = HashMap::new();
    store.days(&Wanted::Keys(&keys), &load, &mut |candidate| {
        found.insert(candidate.key.clone(), candidate);
    })?;
    let mut hits = Vec::with_capacity(keys.len());
    for (key, score) in keys.into_iter().zip(scores) {
        // A day that was taken away meanwhile is not shown.
        let Some(candidate) = found.remove(&key) else { continue };
        let matched = matched(understanding, &load, &candidate);
        let Some(shown) = candidate.shown else { continue };
        hits.push(Hit {
            rank: hits.len() + 1,
            score,
            user_id: key.user_id.to_string(),
            date: key.date.to_string(),
            text: shown.text,
            facets: shown.facets,
            matched,
        });
    }
    Ok(hits)
}

/// Vectors of different models cannot be compared, and a user nobody knows is a mistake, not an empty answer.
fn check(survey: &Survey, embed: &dyn Embed, whose: &Whose) -> Result<(), SearchError> {
    if let Some(stored) = survey.model.as_ref().filter(|stored| *stored != embed.fingerprint()) {
        return Err(SearchError::OtherModel {
            store: survey.name.clone(),
            stored: stored.clone(),
            given: embed.fingerprint().to_string(),
        });
    }
    let mut only = whose.only().unwrap_or_default().iter();
    match only.find(|user| !survey.known.contains(user)) {
        Some(user) => Err(SearchError::UnknownUser {
            user: user.to_string(),
            store: survey.name.clone(),
            example: survey.some_user.clone().unwrap_or_else(|| "user_000001".to_string()),
        }),
        None => Ok(()),
    }
}

struct Ranking<'a> {
    store: &'a dyn Store,
    embed: &'a dyn Embed,
    request: &'a Request,
    prepared: &'a Prepared,
}

impl Ranking<'_> {
    /// Keys and scores of the answer, the best first.
    fn ranked(&self) -> Result<Vec<(DayKey, f64)>, SearchError> {
        let understanding = &self.prepared.understanding;
        if self.prepared.is_empty {
            return Ok(Vec::new());
        }
        if understanding.is_only_scope() {
            return self.newest_first();
        }
        if understanding.is_empty() {
            return self.by_likeness();
        }
        let k = self.request.k;
        match &understanding.order {
            Some(order) => {
                let count = order.count.unwrap_or(k).min(k);
                let with_skipped = count.saturating_add(order.skip);
                let mut days = ordered(self.best(Some(order), with_skipped)?, with_skipped);
                days.drain(..order.skip.min(days.len()));
                Ok(days)
            }
            None => self.by_grade(self.best(None, k)?),
        }
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted::Meeting(&self.prepared.scope, &self.prepared.understanding.clauses)
    }

    /// The days that may be among the best in this order, or by their grade.
    fn best(&self, order: Option<&Order>, count: usize) -> Result<Vec<Graded>, SearchError> {
        Ok(self.store.best(&Asked {
            scope: &self.prepared.scope,
            clauses: &self.prepared.understanding.clauses,
            order,
            load: &self.prepared.load(),
            count,
        })?)
    }

    /// The highest grade first, and among equal grades the day most like the question.
    fn by_grade(&self, mut graded: Vec<Graded>) -> Result<Vec<(DayKey, f64)>, SearchError> {
        graded.sort_by_key(|day| Reverse(day.grade));
        let question = self.prepared.question_vector(self.embed)?;
        let mut ranked = Vec::new();
        while let Some(grade) = graded.first().map(|day| day.grade) {
            let open = self.request.k - ranked.len();
            if open == 0 {
                break;
            }
            let tied = graded.iter().take_while(|day| day.grade == grade).count();
            let keys = graded.drain(..tied).map(|day| day.key).collect();
            let likest = self.likest_first(keys, question.as_deref(), open)?;
            // A grade is a whole number of hundredths; the likeness only parts equal ones.
            let score = |likeness: f32| grade as f64 / 100.0 + f64::from(likeness.clamp(0.0, 0.999)) / 100.0;
            ranked.extend(likest.into_iter().map(|(key, likeness)| (key, score(likeness))));
        }
        Ok(ranked)
    }

    /// At most `count` of the days, the likest first, those without a vector last.
    fn likest_first(
        &self,
        keys: Vec<DayKey>,
        question: Option<&[f32]>,
        count: usize,
    ) -> Result<Vec<(DayKey, f32)>, SearchError> {
        let mut likest = match question {
            Some(question) => self.store.likest(&Like::Among(self.wanted(), &keys, question), count)?,
            None => Vec::new(),
        };
        if likest.len() < count {
            let known: HashSet<DayKey> = likest.iter().map(|(key, _)| key.clone()).collect();
            let mut rest: Vec<DayKey> = keys.into_iter().filter(|key| !known.contains(key)).collect();
            rest.sort_unstable();
            likest.extend(rest.into_iter().map(|key| (key, 0.0)));
            likest.truncate(count);
        }
        Ok(likest)
    }

    /// Nothing was understood: the days most like the question; days that have its words literally are lifted. Ranks
    /// are joined by reciprocal rank fusion (Cormack 2009, with its usual constant of 60).
    fn by_likeness(&self) -> Result<Vec<(DayKey, f64)>, SearchError> {
        const RANK_CONSTANT: f64 = 60.0;
        const FUSED: usize = 100;
        let depth = self.request.k.max(FUSED);
        let Prepared {
            scope, understanding, ..
        } = self.prepared;
        let likest = match self.prepared.question_vector(self.embed)? {
            Some(question) => self.store.likest(&Like::Vector(scope, &question), depth)?,
            None => Vec::new(),
        };
        let content: Vec<&str> = understanding.content.iter().map(String::as_str).collect();
        let literal = match content.is_empty() {
            true => Vec::new(),
            false => self.store.likest(&Like::Words(scope, &content), depth)?,
        };
        let mut scores: Vec<(DayKey, f64)> = Vec::new();
        for ranking in [likest, literal] {
            for (rank, (key, _)) in ranking.into_iter().enumerate() {
                let share = 1.0 / (RANK_CONSTANT + rank as f64 + 1.0);
                match scores.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, score)) => *score += share,
                    None => scores.push((key, share)),
                }
            }
        }
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        scores.truncate(self.request.k);
        Ok(scores)
    }

    /// The question names only a window: its days, the newest first.
    fn newest_first(&self) -> Result<Vec<(DayKey, f64)>, SearchError> {
        let order = Order {
            name: String::new(),
            key: OrderKey::Date,
            descending: true,
            skip: 0,
            count: None,
        };
        let days = self.best(Some(&order), self.request.k)?;
        let mut keys: Vec<DayKey> = days.into_iter().map(|day| day.key).collect();
        keys.sort_unstable_by(|a, b| (Reverse(a.date), a).cmp(&(Reverse(b.date), b)));
        keys.truncate(self.request.k);
        let count = keys.len() as f64;
        Ok(keys
            .into_iter()
            .enumerate()
            .map(|(index, key)| (key, 1.0 - index as f64 / count))
            .collect())
    }
}

/// In the order of the superlative; equal values by the stronger fact, then the newer day.
fn ordered(mut graded: Vec<Graded>, count: usize) -> Vec<(DayKey, f64)> {
    graded.sort_by_cached_key(|day| {
        (
            Reverse(day.value),
            Reverse(day.grade),
            Reverse(day.key.date),
            day.key.clone(),
        )
    });
    graded.truncate(count);
    graded
        .into_iter()
        .map(|day| (day.key, day.value as f64 / 1000.0))
        .collect()
}
