//! A collection on a Weaviate server, searched. What comes in: which days are wanted; what goes out: days and their
//! likeness. It ranks nothing: the server leaves out what cannot meet the question (user, days, facts, numbers), and the
//! rest is judged and ordered as the days of an SQLite store are, so the answers are the same.
//!
//! Likeness comes from the server's index only where there is too much to fetch: it finds the nearest days roughly, and
//! their vectors are then compared exactly. Words are searched (BM25) only for a question in which nothing was
//! understood; for all others facts and numbers say more than words, and a hybrid score would only blur them.

mod narrow;
mod rows;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::day::Day;
use crate::document::day_id;
use crate::record::Date;
use crate::search::condition::Clause;
use crate::search::cosine::cosine_with_stored;
use crate::sink::Access;
use crate::sink::weaviate::{Address, FIRST_DATE, Filter, LAST_DATE, MOST_OBJECTS, Near, Number, Reader, Test, VECTOR};

use super::load::{Candidate, Load};
use super::{DayKey, Like, Nearest, PhraseFile, Scope, Store, StoreError, Survey, Wanted};

/// Days of a page on average: what their ids begin with parts them evenly, so no page comes near [`MOST_OBJECTS`].
const PAGE_DAYS: usize = MOST_OBJECTS / 2;

/// Days that are asked for by their ids at once.
const IDS_AT_ONCE: usize = 500;

/// Vectors that are fetched to be compared here; of more days the server names the nearest first. A vector of 384
/// numbers is about 4 kB of JSON, so this is at most 4 MB.
const MOST_VECTORS: usize = 1000;

/// Asked of the index at least: it searches the more thoroughly, the more it is asked for. With 36,500 days, 120 missed
/// one of the ten nearest in three questions of a hundred, 1000 in none.
const FEWEST_NEAREST: usize = 1000;

/// Nearer together than this, days count as equally near: the server computes in 32 bits.
const SAME_COSINE: f32 = 1e-5;

/// A collection, open for reading.
pub struct WeaviateStore {
    reader: Reader,
    state_dir: PathBuf,
}

impl WeaviateStore {
    /// Opens the collection that the address names, or that its alias leads to.
    pub fn open(address: &Address, access: &Access) -> Result<WeaviateStore, StoreError> {
        Ok(WeaviateStore {
            reader: Reader::open(address, access)?,
            state_dir: access.state_dir.clone(),
        })
    }

    /// The fingerprint that the collection was made for, or that a day in it names.
    fn model(&self) -> Result<Option<String>, StoreError> {
        let made = self.reader.model();
        if made.is_some() || !self.reader.has("model") {
            return Ok(made);
        }
        self.some("model")
    }

    /// The newest day in scope, by halving the calendar: counting asks an index only, while the server's own maximum
    /// reads every object.
    fn newest(&self, scope: &Scope) -> Result<Option<Date>, StoreError> {
        let (from, until) = scope.window.hull();
        let mut low = from.unwrap_or(FIRST_DATE).clamp(FIRST_DATE, LAST_DATE);
        let mut high = until.unwrap_or(LAST_DATE).clamp(FIRST_DATE, LAST_DATE);
        let all = narrow::of_scope(scope);
        let any_since = |date| -> Result<bool, StoreError> {
            let since = Filter::Is("date", Test::Least(Number::Date(date)));
            Ok(self.reader.count(&all.clone().and(since))? > 0)
        };
        if low > high || !any_since(low)? {
            return Ok(None);
        }
        while low < high {
            let middle = low.plus((high.days() - low.days() + 1) / 2);
            match any_since(middle)? {
                true => low = middle,
                false => high = middle.plus(-1),
            }
        }
        Ok(Some(low))
    }

    /// Those of these users who are there. One query asks for a day of any of them; it names one, who is then asked for no
    /// more: mostly none or one is there.
    fn known(&self, users: &[Arc<str>]) -> Result<Vec<Arc<str>>, StoreError> {
        let mut open = users.to_vec();
        let mut known = Vec::new();
        while !open.is_empty() {
            let theirs = Test::Holds(open.iter().map(|user_id| user_id.to_string()).collect());
            let theirs = Filter::Is("user_id", theirs);
            let rows = self.reader.get(&theirs, Near::Nothing, 1, "user_id")?;
            let named = rows.first().and_then(|row| row["user_id"].as_str());
            let Some(at) = open.iter().position(|user_id| Some(&**user_id) == named) else {
                break;
            };
            known.push(open.swap_remove(at));
        }
        Ok(known)
    }

    /// A property of the object that the server names first.
    fn some(&self, property: &str) -> Result<Option<String>, StoreError> {
        let rows = self.reader.get(&Filter::All(Vec::new()), Near::Nothing, 1, property)?;
        Ok(rows.first().and_then(|row| row[property].as_str().map(str::to_string)))
    }

    /// Hands out what a filter lets through, page by page: by what the ids begin with, because the server's own paging
    /// knows no filter and ends at [`MOST_OBJECTS`].
    fn pages(
        &self,
        filter: &Filter,
        fields: &str,
        each: &mut dyn FnMut(Vec<Json>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let count = self.reader.count(filter)?;
        let mut digits = 0;
        while count >> (4 * digits) > PAGE_DAYS {
            digits += 1;
        }
        if digits == 0 {
            return each(self.reader.get(filter, Near::Nothing, MOST_OBJECTS, fields)?);
        }
        for page in 0..1_usize << (4 * digits) {
            let begins = Filter::Is("id", Test::Begins(format!("{page:0digits$x}")));
            each(
                self.reader
                    .get(&filter.clone().and(begins), Near::Nothing, MOST_OBJECTS, fields)?,
            )?;
        }
        Ok(())
    }

    /// Rows of these days, as far as they are there.
    fn named(&self, keys: &[DayKey], fields: &str) -> Result<Vec<Json>, StoreError> {
        let mut rows = Vec::with_capacity(keys.len());
        for keys in keys.chunks(IDS_AT_ONCE) {
            rows.extend(self.reader.get(&of_ids(keys), Near::Nothing, MOST_OBJECTS, fields)?);
        }
        Ok(rows)
    }

    /// What the server can leave out at once.
    fn filter(&self, wanted: &Wanted<'_>) -> Filter {
        match *wanted {
            Wanted::Meeting(scope, clauses) => {
                let of_clauses = narrow::of_clauses(clauses, &|name| self.reader.can_filter(name));
                narrow::of_scope(scope).and(of_clauses)
            }
            Wanted::Keys(keys) => of_ids(keys),
        }
    }

    /// Makes candidates of rows, with their neighbours; days that cannot meet the clauses are left out.
    fn hand_out(
        &self,
        rows: &[Json],
        clauses: &[Clause],
        load: &Load,
        each: &mut dyn FnMut(Candidate),
    ) -> Result<(), StoreError> {
        let own: Vec<&Clause> = clauses.iter().filter(|clause| clause.offset == 0).collect();
        let meets = |day: &Day| own.iter().all(|clause| clause.grade(Some(day)).is_some());
        let days = rows
            .iter()
            .filter_map(|row| Some((rows::day(row, load)?, rows::shown(row, load))));
        let days: Vec<_> = days.filter(|(day, _)| meets(day)).collect();
        let neighbours = self.neighbours(days.iter().map(|(day, _)| day), load)?;
        for (day, shown) in days {
            let key = key_of(&day);
            let mut all = vec![Some(day)];
            for offset in &load.offsets[1..] {
                all.push(neighbours.get(&shifted(&key, *offset)).cloned());
            }
            each(Candidate { key, days: all, shown });
        }
        Ok(())
    }

    fn neighbours<'a>(
        &self,
        days: impl Iterator<Item = &'a Day>,
        load: &Load,
    ) -> Result<HashMap<DayKey, Day>, StoreError> {
        let around = |day: &Day| {
            let key = key_of(day);
            load.offsets[1..]
                .iter()
                .map(move |offset| shifted(&key, *offset))
                .collect::<Vec<_>>()
        };
        let keys: HashSet<DayKey> = days.flat_map(around).collect();
        let keys: Vec<DayKey> = keys.into_iter().collect();
        let rows = self.named(&keys, &rows::fields(load, &|name| self.reader.has(name)))?;
        let days = rows.iter().filter_map(|row| rows::day(row, load));
        Ok(days.map(|day| (key_of(&day), day)).collect())
    }
}

impl WeaviateStore {
    /// The nearest days that the server names, more of them until the last one wanted is nearer than the next.
    fn by_vector(
        &self,
        filter: &Filter,
        question: &[f32],
        limit: usize,
        is_wanted: &dyn Fn(&DayKey) -> bool,
    ) -> Result<Vec<(DayKey, f32)>, StoreError> {
        // A filter, even one that lets everything through, makes the server compare the days one by one (up to 40,000, as
        // it is set up), and finds them also where its index is full of days that were replaced.
        let filter = filter
            .clone()
            .and(Filter::Is("date", Test::Least(Number::Date(FIRST_DATE))));
        let mut asked = (2 * limit).clamp(FEWEST_NEAREST, MOST_OBJECTS);
        loop {
            let fields = "user_id date _additional{distance}";
            let rows = self.reader.get(&filter, Near::Vector(question), asked, fields)?;
            let near = |row: &Json| {
                let distance = row["_additional"]["distance"].as_f64()?;
                Some((rows::key(row)?, (1.0 - distance) as f32))
            };
            let found: Vec<(DayKey, f32)> = rows.iter().filter_map(near).collect();
            let farthest = found.last().map_or(0.0, |(_, cosine)| *cosine);
            let mut nearest = Nearest::new(limit);
            let wanted = found.into_iter().filter(|(key, _)| is_wanted(key));
            wanted.for_each(|(key, cosine)| nearest.push(key, cosine));
            let nearest = nearest.sorted();
            let is_settled = nearest.len() == limit && nearest[limit - 1].1 > farthest + SAME_COSINE;
            if is_settled || rows.len() < asked || asked == MOST_OBJECTS {
                return Ok(nearest);
            }
            asked = (asked * 4).min(MOST_OBJECTS);
        }
    }

    fn among(
        &self,
        of: &Wanted<'_>,
        keys: &[DayKey],
        question: &[f32],
        limit: usize,
    ) -> Result<Vec<(DayKey, f32)>, StoreError> {
        if keys.len() > MOST_VECTORS {
            let wanted: HashSet<&DayKey> = keys.iter().collect();
            let roughly = self.by_vector(&self.filter(of), question, 2 * limit, &|key| wanted.contains(key))?;
            if roughly.len() >= limit {
                let keys: Vec<DayKey> = roughly.into_iter().map(|(key, _)| key).collect();
                return self.compared(&keys, question, limit);
            }
        }
        self.compared(keys, question, limit)
    }

    /// Fetches the vectors and compares them here.
    fn compared(&self, keys: &[DayKey], question: &[f32], limit: usize) -> Result<Vec<(DayKey, f32)>, StoreError> {
        let fields = format!("user_id date _additional{{vectors{{{VECTOR}}}}}");
        let mut nearest = Nearest::new(limit);
        for keys in keys.chunks(IDS_AT_ONCE) {
            for row in self.named(keys, &fields)? {
                let likeness = rows::vector(&row, VECTOR).and_then(|vector| cosine_with_stored(question, &vector));
                if let (Some(key), Some(likeness)) = (rows::key(&row), likeness) {
                    nearest.push(key, likeness);
                }
            }
        }
        Ok(nearest.sorted())
    }

    fn by_words(&self, scope: &Scope, words: &[&str], limit: usize) -> Result<Vec<(DayKey, f32)>, StoreError> {
        let filter = narrow::of_scope(scope);
        let near = Near::Words(&words.join(" "), "text");
        let mut asked = limit.min(MOST_OBJECTS);
        loop {
            let rows = self.reader.get(&filter, near, asked, "user_id date")?;
            // The server knows the window's first and last day only.
            let held = rows
                .iter()
                .filter_map(rows::key)
                .filter(|key| scope.window.holds(key.date));
            let keys: Vec<DayKey> = held.take(limit).collect();
            if keys.len() == limit || rows.len() < asked || asked == MOST_OBJECTS {
                let ranks = keys.into_iter().enumerate();
                return Ok(ranks.map(|(rank, key)| (key, -(rank as f32))).collect());
            }
            asked = (asked * 4).min(MOST_OBJECTS);
        }
    }
}

impl Store for WeaviateStore {
    fn survey(&self, scope: &Scope) -> Result<Survey, StoreError> {
        Ok(Survey {
            name: format!("weaviate:{}", self.reader.address()),
            model: self.model()?,
            newest: self.newest(scope)?,
            known: self.known(scope.whose.only().unwrap_or_default())?,
            some_user: self.some("user_id")?,
            phrases: PhraseFile::beside(&self.state_dir),
        })
    }

    fn days(&self, wanted: &Wanted<'_>, load: &Load, each: &mut dyn FnMut(Candidate)) -> Result<(), StoreError> {
        let fields = rows::fields(load, &|name| self.reader.has(name));
        match *wanted {
            Wanted::Meeting(_, clauses) => self.pages(&self.filter(wanted), &fields, &mut |rows| {
                self.hand_out(&rows, clauses, load, each)
            }),
            Wanted::Keys(keys) => self.hand_out(&self.named(keys, &fields)?, &[], load, each),
        }
    }

    fn likest(&self, like: &Like<'_>, limit: usize) -> Result<Vec<(DayKey, f32)>, StoreError> {
        match *like {
            Like::Vector(scope, question) => {
                let in_window = |key: &DayKey| scope.window.holds(key.date);
                self.by_vector(&narrow::of_scope(scope), question, limit, &in_window)
            }
            Like::Among(of, keys, question) => self.among(&of, keys, question, limit),
            Like::Words(scope, words) => self.by_words(scope, words, limit),
        }
    }
}

fn of_ids(keys: &[DayKey]) -> Filter {
    let ids = keys.iter().map(|key| day_id(&key.user_id, key.date).to_string());
    Filter::Is("id", Test::Holds(ids.collect()))
}

fn key_of(day: &Day) -> DayKey {
    DayKey {
        user_id: day.user_id.clone(),
        date: day.date,
    }
}

fn shifted(key: &DayKey, offset: i32) -> DayKey {
    DayKey {
        user_id: key.user_id.clone(),
        date: key.date.plus(offset),
    }
}
