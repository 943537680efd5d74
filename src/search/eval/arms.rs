//! The ways of answering that are compared. What comes in: a question and whose days are searched; what goes out: the
//! places of days, the best first.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::Rng;
use serde_json::Value;

use crate::search::cosine::cosine;
use crate::search::stores::load::Load;
use crate::search::stores::{DayKey, Like, Scope, Store, Wanted};
use crate::search::whose::Whose;
use crate::search::{Embed, EmbedFailure, Given, Request, SearchError, SqliteStore, search};

use super::truth::KnownDays;

/// So many days are asked of the full search: ten, and as many as may be left out because nobody can judge them.
const ASKED: usize = 60;

/// A way of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arm {
    /// Shuffled days.
    Random,
    /// Nearest vectors of texts in the style of the program this one replaces.
    Seed,
    /// Nearest vectors of gists.
    Gist,
    /// Days with the facet whose phrase is nearest to the whole question.
    Facets,
    /// [`search`].
    Full,
}

impl Arm {
    pub(super) const ALL: [Arm; 5] = [Arm::Random, Arm::Seed, Arm::Gist, Arm::Facets, Arm::Full];

    pub(super) fn name(self) -> &'static str {
        match self {
            Arm::Random => "random",
            Arm::Seed => "seed style",
            Arm::Gist => "gist",
            Arm::Facets => "facets",
            Arm::Full => "full",
        }
    }
}

/// A ranking, and what the full search understood.
pub(super) struct ArmRanking {
    pub(super) places: Vec<usize>,
    pub(super) understood: Vec<String>,
}

/// A store, with the place of each of its days.
pub(super) struct ArmStore {
    store: SqliteStore,
    places: HashMap<DayKey, usize>,
}

impl ArmStore {
    /// Finds every day of the store.
    pub(super) fn new(store: SqliteStore, days: &KnownDays) -> Result<ArmStore, SearchError> {
        let mut places = HashMap::new();
        let (scope, load) = (Scope::default(), Load::of(&[], []));
        store.days(&Wanted::Meeting(&scope, &[]), &load, &mut |candidate| {
            let key = candidate.key;
            places.extend(days.place(&key.user_id, key.date).map(|place| (key, place)));
        })?;
        Ok(ArmStore { store, places })
    }

    /// The days whose vectors are nearest to the question's.
    fn nearest(&self, question: &[f32], user_id: Option<&str>) -> Result<Vec<(f32, usize)>, SearchError> {
        let scope = Scope {
            whose: user_id.map_or(Whose::Everybody, Whose::of),
            ..Scope::default()
        };
        let likest = self
            .store
            .likest(&Like::Vector(&scope, question), self.places.len().max(1))?;
        let place = |(key, cosine): (DayKey, f32)| Some((cosine, *self.places.get(&key)?));
        let mut scored: Vec<(f32, usize)> = likest.into_iter().filter_map(place).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Ok(scored)
    }
}

/// Everything the arms need.
pub(super) struct Arms<'a> {
    pub(super) days: &'a KnownDays,
    pub(super) facets: &'a mut ArmStore,
    pub(super) seed: &'a ArmStore,
    pub(super) embed: Remembering<'a>,
    pub(super) phrases: FacetVectors,
    pub(super) dice: Xoshiro256PlusPlus,
}

impl Arms<'_> {
    pub(super) fn rank(&mut self, arm: Arm, question: &str, user_id: Option<&str>) -> Result<ArmRanking, SearchError> {
        let vector = self.embed.question(question).map_err(SearchError::Embed)?;
        let places = |scored: Vec<(f32, usize)>| scored.into_iter().map(|(_, place)| place).collect();
        let places = match arm {
            Arm::Random => self.shuffled(user_id),
            Arm::Seed => places(self.seed.nearest(&vector, user_id)?),
            Arm::Gist => places(self.facets.nearest(&vector, user_id)?),
            Arm::Facets => {
                // Equal facets are told apart by the gist.
                let mut scored = self.facets.nearest(&vector, user_id)?;
                let texts = self.embed.texts(&[question]).map_err(SearchError::Embed)?;
                scored
                    .iter_mut()
                    .for_each(|(score, place)| *score = self.phrases.score(&texts[0], *place));
                scored.sort_by(|a, b| b.0.total_cmp(&a.0));
                places(scored)
            }
            Arm::Full => return self.full(question, user_id),
        };
        Ok(ArmRanking {
            places,
            understood: Vec::new(),
        })
    }

    fn shuffled(&mut self, user_id: Option<&str>) -> Vec<usize> {
        let mut places = self.days.of_user(user_id);
        let dice = &mut self.dice;
        places.sort_by_cached_key(|_| dice.next_u64());
        places
    }

    fn full(&mut self, question: &str, user_id: Option<&str>) -> Result<ArmRanking, SearchError> {
        let request = Request {
            question: question.to_string(),
            user: user_id.map(str::to_string),
            from: None,
            until: None,
            today: None,
            k: ASKED,
            given: Given::default(),
        };
        let answer = search(&self.facets.store, &self.embed, &request)?;
        let place = |user_id: &str, date: &str| self.days.place(user_id, date.parse().ok()?);
        let hits = answer.results.iter();
        Ok(ArmRanking {
            places: hits.filter_map(|hit| place(&hit.user_id, &hit.date)).collect(),
            understood: answer.understood,
        })
    }
}

/// Vectors of every facet that some day has.
pub(super) struct FacetVectors {
    vectors: Vec<Arc<[f32]>>,
    /// By place, the facets of a day.
    of_day: Vec<Vec<usize>>,
}

impl FacetVectors {
    pub(super) fn new(days: &KnownDays, embed: &dyn Embed) -> Result<FacetVectors, SearchError> {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut phrases = Vec::new();
        let mut of_day = Vec::with_capacity(days.days.len());
        for day in &days.days {
            let facets = day.document.get("facets").and_then(Value::as_array);
            let facets = facets.into_iter().flatten().filter_map(Value::as_str);
            let number = |phrase| {
                *numbers.entry(phrase).or_insert_with(|| {
                    phrases.push(phrase);
                    phrases.len() - 1
                })
            };
            of_day.push(facets.map(number).collect());
        }
        Ok(FacetVectors {
            vectors: embed.texts(&phrases).map_err(SearchError::Embed)?,
            of_day,
        })
    }

    /// The cosine of the question with the nearest of the day's facets.
    fn score(&self, question: &[f32], place: usize) -> f32 {
        let cosines = self.of_day[place]
            .iter()
            .map(|facet| cosine(question, &self.vectors[*facet]));
        cosines.fold(-1.0, f32::max)
    }
}

/// Embeds every text once: the same question is asked of every user.
pub(super) struct Remembering<'a> {
    embed: &'a dyn Embed,
    questions: RefCell<HashMap<String, Arc<[f32]>>>,
    texts: RefCell<HashMap<String, Arc<[f32]>>>,
}

impl<'a> Remembering<'a> {
    pub(super) fn new(embed: &'a dyn Embed) -> Remembering<'a> {
        Remembering {
            embed,
            questions: RefCell::default(),
            texts: RefCell::default(),
        }
    }
}

impl Embed for Remembering<'_> {
    fn question(&self, text: &str) -> Result<Arc<[f32]>, EmbedFailure> {
        if let Some(vector) = self.questions.borrow().get(text) {
            return Ok(Arc::clone(vector));
        }
        let vector = self.embed.question(text)?;
        self.questions
            .borrow_mut()
            .insert(text.to_string(), Arc::clone(&vector));
        Ok(vector)
    }

    fn texts(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, EmbedFailure> {
        let [text] = texts else {
            return self.embed.texts(texts);
        };
        if let Some(vector) = self.texts.borrow().get(*text) {
            return Ok(vec![Arc::clone(vector)]);
        }
        let vectors = self.embed.texts(texts)?;
        let kept = vectors.first().map(|vector| (text.to_string(), Arc::clone(vector)));
        self.texts.borrow_mut().extend(kept);
        Ok(vectors)
    }

    fn fingerprint(&self) -> &str {
        self.embed.fingerprint()
    }
}
