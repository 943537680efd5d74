//! Ranks days: filters first, then the grade of the fact, then the likeness of the vector. What comes in: a request;
//! what goes out: an [`Answer`].

use std::cmp::Reverse;
use std::sync::Arc;

use crate::record::Date;

use super::answer::{Answer, Hit, matched};
use super::load::{Candidate, Load};
use super::meaning::Meanings;
use super::store::{Scope, date_of};
use super::superlative::Order;
use super::understanding::{Understanding, understand};
use super::{Embed, Request, SearchError, SqliteStore};

/// Answers a question from the store.
pub fn search(store: &mut SqliteStore, embed: &dyn Embed, request: &Request) -> Result<Answer, SearchError> {
    let store = &*store;
    check_model(store, embed)?;
    let scope = scope(store, request)?;
    let newest = store.newest(&scope)?;
    let today = request.today.or(newest).unwrap_or(Date::from_days(0));
    let meanings = Meanings::new(embed, store);
    let understanding = understand(&request.question, today, &mut |words, strict| {
        meanings.of(words, strict)
    })?;
    let mut answer = Answer::new(request, &understanding);
    if newest.is_none() {
        return Ok(answer);
    }
    let ranking = Ranking {
        store,
        embed,
        request,
        scope: scope.within(&understanding.window),
        understanding: &understanding,
    };
    let load = Load::of(
        &understanding.clauses,
        understanding.order.iter().flat_map(|order| order.key.properties()),
    );
    for (key, score) in ranking.ranked(&load)? {
        let shown = store.shown(key)?;
        let candidate = store.candidate(key, &load)?;
        answer.results.push(Hit {
            rank: answer.results.len() + 1,
            score,
            user_id: shown.user_id,
            date: date_of(key).to_string(),
            text: shown.text,
            facets: shown.facets,
            matched: candidate.map_or(Vec::new(), |candidate| matched(&understanding, &load, &candidate)),
        });
    }
    Ok(answer)
}

/// Vectors of different models cannot be compared.
fn check_model(store: &SqliteStore, embed: &dyn Embed) -> Result<(), SearchError> {
    match store.meta("model")? {
        Some(stored) if stored != embed.fingerprint() => Err(SearchError::OtherModel {
            store: store.path().display().to_string(),
            stored,
            given: embed.fingerprint().to_string(),
        }),
        _ => Ok(()),
    }
}

fn scope(store: &SqliteStore, request: &Request) -> Result<Scope, SearchError> {
    let user = match &request.user {
        None => None,
        Some(user_id) => match store.user(user_id)? {
            Some(user) => Some(user),
            None => {
                return Err(SearchError::UnknownUser {
                    user: user_id.clone(),
                    store: store.path().display().to_string(),
                    example: store.any_user()?.unwrap_or_else(|| "user_000001".to_string()),
                });
            }
        },
    };
    Ok(Scope {
        user,
        from: request.from,
        until: request.until,
    })
}

struct Ranking<'a> {
    store: &'a SqliteStore,
    embed: &'a dyn Embed,
    request: &'a Request,
    scope: Scope,
    understanding: &'a Understanding,
}

/// A candidate that meets every clause.
struct Graded {
    key: i64,
    /// Sum over the clauses, in hundredths: finer differences are left to the likeness.
    grade: i64,
    /// What a superlative compares.
    value: i64,
}

impl Ranking<'_> {
    /// Keys and scores of the answer, the best first.
    fn ranked(&self, load: &Load) -> Result<Vec<(i64, f64)>, SearchError> {
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

    /// Every day that meets all clauses.
    fn graded(&self, load: &Load) -> Result<Vec<Graded>, SearchError> {
        let understanding = self.understanding;
        let mut graded = Vec::new();
        let mut judge = |candidate: Candidate| {
            if !understanding.window.holds(date_of(candidate.key)) {
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
        self.store
            .candidates(&self.scope, load, &understanding.clauses, &mut judge)?;
        Ok(graded)
    }

    /// The highest grade first, and among equal grades the day most like the question.
    fn by_grade(&self, mut graded: Vec<Graded>) -> Result<Vec<(i64, f64)>, SearchError> {
        let k = self.request.k.min(graded.len());
        if k == 0 {
            return Ok(Vec::new());
        }
        graded.sort_unstable_by_key(|day| (Reverse(day.grade), day.key));
        let last = graded[k - 1].grade;
        graded.retain(|day| day.grade >= last);
        let question = self.question_vector()?;
        let mut scored = Vec::with_capacity(graded.len());
        for day in graded {
            let likeness = match &question {
                Some(question) => self.store.likeness(day.key, question)?.unwrap_or(0.0),
                None => 0.0,
            };
            // A grade is a whole number of hundredths; the likeness only parts equal ones.
            scored.push((
                day.key,
                day.grade as f64 / 100.0 + f64::from(likeness.clamp(0.0, 0.999)) / 100.0,
            ));
        }
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.truncate(k);
        Ok(scored)
    }

    /// The vector of the question; none in a store without vectors.
    fn question_vector(&self) -> Result<Option<Arc<[f32]>>, SearchError> {
        if self.store.meta("model")?.is_none() {
            return Ok(None);
        }
        self.embed
            .question(&self.request.question)
            .map(Some)
            .map_err(SearchError::Embed)
    }

    /// Nothing was understood: the days most like the question; days that have its words literally are lifted. Ranks
    /// are joined by reciprocal rank fusion (Cormack 2009, with its usual constant of 60).
    fn by_likeness(&self) -> Result<Vec<(i64, f64)>, SearchError> {
        const RANK_CONSTANT: f64 = 60.0;
        const FUSED: usize = 100;
        let depth = self.request.k.max(FUSED);
        let mut nearest = Nearest::new(depth);
        if let Some(question) = self.question_vector()? {
            let window = &self.understanding.window;
            self.store.likenesses(&self.scope, &question, &mut |key, cosine| {
                if cosine > nearest.threshold() && window.holds(date_of(key)) {
                    nearest.push(key, cosine);
                }
            })?;
        }
        let content: Vec<&str> = self.understanding.content.iter().map(String::as_str).collect();
        let mut literal = Vec::new();
        if !content.is_empty() {
            literal = self.store.by_words(&content, &self.scope, depth)?;
            literal.retain(|key| self.understanding.window.holds(date_of(*key)));
        }
        let mut scores: Vec<(i64, f64)> = Vec::new();
        let likest = nearest.sorted();
        for ranking in [likest.iter().map(|(key, _)| *key).collect::<Vec<i64>>(), literal] {
            for (rank, key) in ranking.into_iter().enumerate() {
                let share = 1.0 / (RANK_CONSTANT + rank as f64 + 1.0);
                match scores.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, score)) => *score += share,
                    None => scores.push((key, share)),
                }
            }
        }
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scores.truncate(self.request.k);
        Ok(scores)
    }

    /// The question names only a window: its days, the newest first.
    fn newest_first(&self) -> Result<Vec<(i64, f64)>, SearchError> {
        let load = Load::of(&[], []);
        let mut keys = Vec::new();
        self.store.candidates(&self.scope, &load, &[], &mut |candidate| {
            if self.understanding.window.holds(date_of(candidate.key)) {
                keys.push(candidate.key);
            }
        })?;
        keys.sort_unstable_by_key(|key| (Reverse(date_of(*key)), *key));
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
fn ordered(mut graded: Vec<Graded>, order: &Order, k: usize) -> Vec<(i64, f64)> {
    let signed = |value: i64| if order.descending { value } else { -value };
    graded.sort_unstable_by_key(|day| {
        (
            Reverse(signed(day.value)),
            Reverse(day.grade),
            Reverse(date_of(day.key)),
            day.key,
        )
    });
    graded.truncate(order.count.unwrap_or(k).min(k));
    graded
        .into_iter()
        .map(|day| (day.key, signed(day.value) as f64 / 1000.0))
        .collect()
}

/// Keeps the likest days.
struct Nearest {
    depth: usize,
    kept: Vec<(i64, f32)>,
    threshold: f32,
}

impl Nearest {
    fn new(depth: usize) -> Nearest {
        Nearest {
            depth,
            kept: Vec::with_capacity(2 * depth),
            threshold: f32::NEG_INFINITY,
        }
    }

    /// What a day must exceed to be kept.
    fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Collects twice the depth before it cuts, so that a cut is rare.
    fn push(&mut self, key: i64, cosine: f32) {
        self.kept.push((key, cosine));
        if self.kept.len() >= 2 * self.depth {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.kept
            .sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        self.kept.truncate(self.depth);
        if self.kept.len() == self.depth {
            self.threshold = self.kept[self.depth - 1].1;
        }
    }

    fn sorted(mut self) -> Vec<(i64, f32)> {
        self.cut();
        self.kept
    }
}
