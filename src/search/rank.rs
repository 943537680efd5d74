//! Ranks days: filters first, then the grade of the fact, then the likeness of the vector. What comes in: a request;
//! what goes out: an [`Answer`].

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::record::Date;

use super::answer::{Answer, Hit, matched};
use super::load::{Candidate, Load};
use super::meaning::Meanings;
use super::store::{DayKey, Like, Scope, Store, Survey, Wanted};
use super::superlative::Order;
use super::understanding::{Understanding, understand};
use super::window::Window;
use super::{Embed, Request, SearchError};

/// Answers a question from a store.
pub fn search(store: &dyn Store, embed: &dyn Embed, request: &Request) -> Result<Answer, SearchError> {
    let mut scope = Scope {
        user_id: request.user.as_deref().map(Arc::from),
        window: Window::default().between(request.from, request.until),
    };
    let survey = store.survey(&scope)?;
    check(&survey, embed, request)?;
    let today = request.today.or(survey.newest).unwrap_or(Date::from_days(0));
    let meanings = Meanings::new(embed, &survey.phrases);
    let mut understanding = if request.given.only_words {
        Understanding::of_words(&request.question)
    } else {
        understand(&request.question, today, &mut |words, strict| {
            meanings.of(words, strict)
        })?
    };
    request.given.complete(&mut understanding);
    let mut answer = Answer::new(request, &understanding);
    if survey.newest.is_none() {
        return Ok(answer);
    }
    scope.window = understanding.window.clone().between(request.from, request.until);
    let ranking = Ranking {
        store,
        embed,
        request,
        scope,
        has_vectors: survey.model.is_some(),
        understanding: &understanding,
    };
    let load = Load::of(
        &understanding.clauses,
        understanding.order.iter().flat_map(|order| order.key.properties()),
    );
    let ranked = ranking.ranked(&load)?;
    answer.results = hits(store, &understanding, load.with_shown(), ranked)?;
    Ok(answer)
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
fn check(survey: &Survey, embed: &dyn Embed, request: &Request) -> Result<(), SearchError> {
    if let Some(stored) = survey.model.as_ref().filter(|stored| *stored != embed.fingerprint()) {
        return Err(SearchError::OtherModel {
            store: survey.name.clone(),
            stored: stored.clone(),
            given: embed.fingerprint().to_string(),
        });
    }
    match &request.user {
        Some(user) if !survey.knows_user => Err(SearchError::UnknownUser {
            user: user.clone(),
            store: survey.name.clone(),
            example: survey.some_user.clone().unwrap_or_else(|| "user_000001".to_string()),
        }),
        _ => Ok(()),
    }
}

struct Ranking<'a> {
    store: &'a dyn Store,
    embed: &'a dyn Embed,
    request: &'a Request,
    scope: Scope,
    has_vectors: bool,
    understanding: &'a Understanding,
}

/// A candidate that meets every clause.
struct Graded {
    key: DayKey,
    /// Sum over the clauses, in hundredths: finer differences are left to the likeness.
    grade: i64,
    /// What a superlative compares.
    value: i64,
}

impl Ranking<'_> {
    /// Keys and scores of the answer, the best first.
    fn ranked(&self, load: &Load) -> Result<Vec<(DayKey, f64)>, SearchError> {
        if self.understanding.is_only_window() {
            return self.newest_first();
        }
        if self.understanding.is_empty() {
            return self.by_likeness();
        }
        let graded = self.graded(load)?;
        match &self.understanding.order {
            Some(order) => Ok(ordered(graded, order, self.request.k)),
            None => self.by_grade(graded),
        }
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted::Meeting(&self.scope, &self.understanding.clauses)
    }

    /// Every day that meets all clauses.
    fn graded(&self, load: &Load) -> Result<Vec<Graded>, SearchError> {
        let understanding = self.understanding;
        let mut graded = Vec::new();
        let mut judge = |candidate: Candidate| {
            if !self.scope.window.holds(candidate.key.date) {
                return;
            }
            let day_at = |offset: i32| {
                let index = load.offsets.iter().position(|known| *known == offset)?;
                candidate.days[index].as_ref()
            };
            let grades = understanding
                .clauses
                .iter()
                .map(|clause| clause.grade(day_at(clause.offset)));
            let Some(grade) = grades.sum::<Option<i64>>() else {
                return;
            };
            let value = match &understanding.order {
                Some(order) => day_at(0).and_then(|day| order.key.value(day)),
                None => Some(0),
            };
            if let Some(value) = value {
                graded.push(Graded {
                    key: candidate.key,
                    grade: grade / 10,
                    value,
                });
            }
        };
        self.store.days(&self.wanted(), load, &mut judge)?;
        Ok(graded)
    }

    /// The highest grade first, and among equal grades the day most like the question.
    fn by_grade(&self, mut graded: Vec<Graded>) -> Result<Vec<(DayKey, f64)>, SearchError> {
        keep_best(&mut graded, self.request.k, |day| day.grade);
        graded.sort_unstable_by(|a, b| (b.grade, &a.key).cmp(&(a.grade, &b.key)));
        let question = self.question_vector()?;
        let mut ranked = Vec::new();
        for tied in graded.chunk_by(|one, next| one.grade == next.grade) {
            let open = self.request.k - ranked.len();
            if open == 0 {
                break;
            }
            let keys: Vec<DayKey> = tied.iter().map(|day| day.key.clone()).collect();
            let likest = self.likest_first(keys, question.as_deref(), open)?;
            // A grade is a whole number of hundredths; the likeness only parts equal ones.
            let score = |likeness: f32| tied[0].grade as f64 / 100.0 + f64::from(likeness.clamp(0.0, 0.999)) / 100.0;
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
            let rest = keys.into_iter().filter(|key| !known.contains(key));
            likest.extend(rest.map(|key| (key, 0.0)));
            likest.truncate(count);
        }
        Ok(likest)
    }

    /// The vector of the question; none in a store without vectors.
    fn question_vector(&self) -> Result<Option<Arc<[f32]>>, SearchError> {
        if !self.has_vectors || self.request.question.is_empty() {
            return Ok(None);
        }
        self.embed
            .question(&self.request.question)
            .map(Some)
            .map_err(SearchError::Embed)
    }

    /// Nothing was understood: the days most like the question; days that have its words literally are lifted. Ranks
    /// are joined by reciprocal rank fusion (Cormack 2009, with its usual constant of 60).
    fn by_likeness(&self) -> Result<Vec<(DayKey, f64)>, SearchError> {
        const RANK_CONSTANT: f64 = 60.0;
        const FUSED: usize = 100;
        let depth = self.request.k.max(FUSED);
        let likest = match self.question_vector()? {
            Some(question) => self.store.likest(&Like::Vector(&self.scope, &question), depth)?,
            None => Vec::new(),
        };
        let content: Vec<&str> = self.understanding.content.iter().map(String::as_str).collect();
        let literal = match content.is_empty() {
            true => Vec::new(),
            false => self.store.likest(&Like::Words(&self.scope, &content), depth)?,
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
        let load = Load::of(&[], []);
        let mut keys = Vec::new();
        let wanted = Wanted::Meeting(&self.scope, &[]);
        self.store.days(&wanted, &load, &mut |candidate| {
            if self.scope.window.holds(candidate.key.date) {
                keys.push(candidate.key);
            }
        })?;
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

/// Leaves out what can be none of the best `count`: whatever is less than as many others. A question over all users
/// finds a million days, and to sort them all would take a second.
fn keep_best(graded: &mut Vec<Graded>, count: usize, value: impl Fn(&Graded) -> i64) {
    if count == 0 || graded.len() <= count {
        return;
    }
    let (_, last, _) = graded.select_nth_unstable_by_key(count - 1, |day| Reverse(value(day)));
    let last = value(last);
    graded.retain(|day| value(day) >= last);
}

/// In the order of the superlative; equal values by the stronger fact, then the newer day.
fn ordered(mut graded: Vec<Graded>, order: &Order, k: usize) -> Vec<(DayKey, f64)> {
    let signed = |value: i64| if order.descending { value } else { -value };
    let count = order.count.unwrap_or(k).min(k);
    keep_best(&mut graded, count, |day| signed(day.value));
    graded.sort_by_cached_key(|day| {
        (
            Reverse(signed(day.value)),
            Reverse(day.grade),
            Reverse(day.key.date),
            day.key.clone(),
        )
    });
    graded.truncate(count);
    graded
        .into_iter()
        .map(|day| (day.key, signed(day.value) as f64 / 1000.0))
        .collect()
}
