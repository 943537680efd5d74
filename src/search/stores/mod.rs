//! The seam between ranking and the places where days are kept. What goes out: what a [`Store`] must be able to do, and
//! the words in which it is asked. It ranks nothing and reads nothing itself.

mod likeness;
pub(super) mod load;
mod packed;
mod phrases;
pub(super) mod sql;
mod sqlite;
mod sweep;
mod weaviate;

use std::path::PathBuf;
use std::sync::Arc;

use crate::record::Date;
use crate::search::ranking::judge::{Asked, Best, Graded};
use crate::sink::SinkError;

use super::condition::Clause;
use super::whose::Whose;
use super::window::Window;

use load::{Candidate, Load};

pub use phrases::PhraseFile;
pub use sqlite::SqliteStore;
pub use weaviate::WeaviateStore;

/// Where days are kept, as far as a question needs it. Every store hands out the same days with the same likeness, so
/// the answer does not depend on where they lie.
pub trait Store {
    /// What a question must know before it is understood.
    fn survey(&self, scope: &Scope) -> Result<Survey, StoreError>;

    /// Hands out the days that are wanted, each once, with what `load` names, in no order.
    fn days(&self, wanted: &Wanted<'_>, load: &Load, each: &mut dyn FnMut(Candidate)) -> Result<(), StoreError>;

    /// At most `limit` days, the likest first; equally like ones in the order of their keys. The number is the cosine,
    /// or what the store ranks words by. Days without a vector are left out.
    fn likest(&self, like: &Like<'_>, limit: usize) -> Result<Vec<(DayKey, f32)>, StoreError>;

    /// The days that may be among the best: all that are wanted, judged one by one. A store that can judge its days
    /// faster does so, with the same outcome.
    fn best(&self, asked: &Asked<'_>) -> Result<Vec<Graded>, StoreError> {
        best_of_days(self, asked)
    }
}

/// The best of all days that a store hands out.
fn best_of_days(store: &(impl Store + ?Sized), asked: &Asked<'_>) -> Result<Vec<Graded>, StoreError> {
    let mut best = Best::new(asked.count);
    let wanted = Wanted::Meeting(asked.scope, asked.clauses);
    store.days(&wanted, asked.load, &mut |candidate| best.judge(asked, candidate))?;
    Ok(best.into_days())
}

/// One user's one day. The order is what parts days that are alike in everything else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayKey {
    /// Whose.
    pub user_id: Arc<str>,
    /// Which.
    pub date: Date,
}

/// Whose days are searched, and which.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Whose.
    pub whose: Whose,
    /// The days.
    pub window: Window,
}

/// What a store says of itself, and of a scope.
#[derive(Debug)]
pub struct Survey {
    /// For messages.
    pub name: String,
    /// Fingerprint of the model of its vectors; `None` in a store without vectors.
    pub model: Option<String>,
    /// The newest day in scope.
    pub newest: Option<Date>,
    /// Those of the scope's only users who are there.
    pub known: Vec<Arc<str>>,
    /// For an example where the user is not known; `None` in an empty store.
    pub some_user: Option<String>,
    /// Where the vectors of the vocabulary's phrases are kept.
    pub phrases: PhraseFile,
}

/// Which days.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// Those in scope that may meet every clause; others may come along, and are judged by who asked.
    Meeting(&'a Scope, &'a [Clause]),
    /// These, as far as they are there.
    Keys(&'a [DayKey]),
}

/// Like what.
#[derive(Clone, Copy, Debug)]
pub enum Like<'a> {
    /// Days in scope, by the cosine of their vectors with this one.
    Vector(&'a Scope, &'a [f32]),
    /// The same, among these days only, which all are of the wanted ones.
    Among(Wanted<'a>, &'a [DayKey], &'a [f32]),
    /// Days in scope that have most of these words.
    Words(&'a Scope, &'a [&'a str]),
}

/// Why a store could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("there is no store at {0}; run `vitalvec ingest` first, or name another one with --in")]
    Missing(PathBuf),
    /// SQLite refused.
    #[error("{path}: {source}")]
    Sqlite {
        /// The store.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Another program has changed a day.
    #[error("{path} holds a value that vitalvec did not write, {source}; move it away and run `vitalvec ingest` again")]
    Changed {
        /// The store.
        path: PathBuf,
        /// Which value, and what is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store is not ours, or its server cannot be worked with.
    #[error(transparent)]
    Target(#[from] SinkError),
}

/// Keeps the likest days of a sweep.
struct Nearest<K> {
    depth: usize,
    kept: Vec<(K, f32)>,
    threshold: f32,
}

impl<K: Ord> Nearest<K> {
    fn new(depth: usize) -> Nearest<K> {
        Nearest {
            depth,
            kept: Vec::new(),
            threshold: f32::NEG_INFINITY,
        }
    }

    /// Below this no day is kept any more; an equal one may still come before by its key.
    fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Collects twice the depth before it cuts, so that a cut is rare.
    fn push(&mut self, key: K, cosine: f32) {
        self.kept.push((key, cosine));
        if self.kept.len() >= 2 * self.depth {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.kept
            .sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        self.kept.truncate(self.depth);
        if let Some((_, last)) = self.kept.last().filter(|_| self.kept.len() == self.depth) {
            self.threshold = *last;
        }
    }

    fn sorted(mut self) -> Vec<(K, f32)> {
        self.cut();
        self.kept
    }
}
