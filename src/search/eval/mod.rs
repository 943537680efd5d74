//! How right the answers are. What comes in: stores made of planted data, the same days as documents, and what was
//! planted; what goes out: measures of several ways of answering, for families of questions, within a user and over
//! all. Truth is taken from the records, never from texts or facets, and it makes no data itself.

mod arms;
mod cases;
mod metrics;
mod phrasings;
mod report;
mod truth;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use serde_json::{Map, Value};

use super::{Embed, SearchError, SqliteStore};
use crate::generate::Fact;
use crate::record::Date;
use arms::{Arm, ArmStore, Arms, FacetVectors, Remembering};
use cases::CASES;
use metrics::Scores;
use report::Scored;
pub use report::{Evaluation, Model, comparison};
use truth::{Case, KnownDay, KnownDays};

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A question could not be asked.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The days or what was planted could not be read back.
    #[error("{path}: {problem}; the data must come from this version of `vitalvec generate` and `vitalvec ingest`")]
    Read {
        /// The file.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

/// Which phrasings are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phrasings {
    /// Those that nothing was tuned with.
    Judging,
    /// Those that may be looked at while tuning.
    Tuning,
    /// One in five of these, for who has no time for all.
    TuningSample,
}

/// Planted data, ingested.
pub struct Corpus {
    days: KnownDays,
    facets: ArmStore,
    seed: ArmStore,
}

impl Corpus {
    /// Reads it: the store to judge, one in seed style, the documents as NDJSON, and `planted.ndjson`.
    pub fn open(store: &Path, seed_store: &Path, documents: &Path, planted: &Path) -> Result<Corpus, EvalError> {
        let days = known_days(documents, planted)?;
        let shelf = |path: &Path| {
            let store = SqliteStore::open(path).map_err(SearchError::from)?;
            ArmStore::new(store, &days)
        };
        Ok(Corpus {
            facets: shelf(store)?,
            seed: shelf(seed_store)?,
            days,
        })
    }
}

/// Asks every question of every user, and of all together.
pub fn evaluate(
    corpus: &mut Corpus,
    embed: &dyn Embed,
    model: Model,
    phrasings: Phrasings,
    seed: u64,
) -> Result<Evaluation, EvalError> {
    let mut users: Vec<String> = corpus.days.days.iter().map(|day| day.user_id.clone()).collect();
    users.sort_unstable();
    users.dedup();
    let mut arms = Arms {
        days: &corpus.days,
        facets: &mut corpus.facets,
        seed: &corpus.seed,
        embed: Remembering::new(embed),
        phrases: FacetVectors::new(&corpus.days, embed)?,
        dice: Xoshiro256PlusPlus::seed_from_u64(seed),
    };
    let mut scored = Vec::new();
    for case in CASES {
        for question in questions(phrasings, case) {
            scored.push(of_question(&mut arms, case, question, &users)?);
        }
    }
    Ok(Evaluation::new(
        scored,
        model,
        (users.len(), corpus.days.days.len()),
        phrasings,
        seed,
    ))
}

/// The phrasings of a case.
fn questions(phrasings: Phrasings, case: &Case) -> impl Iterator<Item = &'static str> {
    let (table, step) = match phrasings {
        Phrasings::Judging => (phrasings::JUDGING, 1),
        Phrasings::Tuning => (phrasings::TUNING, 1),
        Phrasings::TuningSample => (phrasings::TUNING, 5),
    };
    let found = table.iter().find(|(name, _)| *name == case.name);
    let questions: &[&str] = found.map_or(&[], |(_, questions)| questions);
    questions.iter().copied().step_by(step)
}

fn of_question(arms: &mut Arms<'_>, case: &Case, question: &str, users: &[String]) -> Result<Scored, SearchError> {
    let mut within = Vec::new();
    for user in users {
        within.extend(of_scope(arms, case, question, Some(user))?.map(|(scores, _)| scores));
    }
    let over_all = of_scope(arms, case, question, None)?;
    let mean_of = |arm: usize| {
        let of_arm: Vec<Scores> = within.iter().map(|scores| scores[arm]).collect();
        (!of_arm.is_empty()).then(|| Scores::mean(&of_arm))
    };
    let understood = over_all
        .as_ref()
        .map_or(Vec::new(), |(_, understood)| understood.clone());
    Ok(Scored {
        family: case.family,
        case: case.name,
        question: question.to_string(),
        understood,
        within: (0..Arm::ALL.len()).map(mean_of).collect(),
        over_all: (0..Arm::ALL.len())
            .map(|arm| over_all.as_ref().map(|(scores, _)| scores[arm]))
            .collect(),
    })
}

type OfScope = ([Scores; Arm::ALL.len()], Vec<String>);

/// Scores of all arms; `None` where no day in scope is right, so that nothing can be said.
fn of_scope(
    arms: &mut Arms<'_>,
    case: &Case,
    question: &str,
    user: Option<&String>,
) -> Result<Option<OfScope>, SearchError> {
    let user = user.map(String::as_str);
    let judged = case.judge(arms.days, &arms.days.of_user(user));
    if judged.right.is_empty() {
        return Ok(None);
    }
    let mut scores = [Scores::default(); Arm::ALL.len()];
    let mut understood = Vec::new();
    for (index, arm) in Arm::ALL.into_iter().enumerate() {
        let ranking = arms.rank(arm, question, user)?;
        let judgeable = ranking.places.iter().filter(|place| !judged.open.contains(place));
        let right: Vec<bool> = judgeable.map(|place| judged.right.contains(place)).collect();
        scores[index] = Scores::of(&right, judged.right.len(), judged.wanted);
        if arm == Arm::Full {
            understood = ranking.understood;
        }
    }
    Ok(Some((scores, understood)))
}

fn known_days(documents: &Path, planted: &Path) -> Result<KnownDays, EvalError> {
    let mut facts: HashMap<(String, Date), HashSet<Fact>> = HashMap::new();
    for line in objects(planted)? {
        let name = line.get("fact").and_then(Value::as_str);
        let fact = Fact::ALL.into_iter().find(|fact| Some(fact.name()) == name);
        let fact = fact.ok_or_else(|| unreadable(planted, "an unknown fact"))?;
        facts.entry(key(planted, &line)?).or_default().insert(fact);
    }
    let mut days = Vec::new();
    for document in objects(documents)? {
        let (user_id, date) = key(documents, &document)?;
        days.push(KnownDay {
            planted: facts.remove(&(user_id.clone(), date)).unwrap_or_default(),
            user_id,
            date,
            document,
        });
    }
    match facts.keys().next() {
        Some((user_id, date)) => Err(unreadable(
            documents,
            &format!("the day {date} of {user_id} is missing, though a fact is planted in it"),
        )),
        None => Ok(KnownDays::new(days)),
    }
}

/// One JSON object a line.
fn objects(path: &Path) -> Result<Vec<Map<String, Value>>, EvalError> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let object = |line: &str| serde_json::from_str(line).map_err(|error| unreadable(path, &error.to_string()));
    text.lines().map(object).collect()
}

fn key(path: &Path, line: &Map<String, Value>) -> Result<(String, Date), EvalError> {
    let text = |name: &str| line.get(name).and_then(Value::as_str);
    let date = text("date").and_then(|date| date.parse().ok());
    let key = text("user_id").map(str::to_string).zip(date);
    key.ok_or_else(|| unreadable(path, "a line without user_id and date"))
}

fn unreadable(path: &Path, problem: &str) -> EvalError {
    EvalError::Read {
        path: path.display().to_string(),
        problem: problem.to_string(),
    }
}
