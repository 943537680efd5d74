//! Which days of an SQLite store are most like a question: by their vectors, or by their words. What comes in: a vector
//! or words, and which days are compared; what goes out: the likest days. It judges no facts.

use std::sync::Arc;

use rusqlite::{Connection, Row, params};

use super::sqlite::{DATE_BITS, SqliteStore, Users, date_of, span};
use super::store::{DayKey, Nearest, Scope, StoreError, cosine};
use super::sweep;

const VECTORS: &str = "SELECT day, vector FROM vectors WHERE day BETWEEN ?1 AND ?2";

/// Days of which so many others may lie between are read in one go: to step over a row costs a sixth of looking one up.
const GAP: i64 = 6;

/// The likest days of a stretch.
struct Comparing<'a> {
    question: &'a [f32],
    users: &'a Users,
    nearest: Nearest<DayKey>,
}

impl Comparing<'_> {
    /// Compares the day in a row of [`VECTORS`].
    fn row(&mut self, row: &Row<'_>, day: i64) -> rusqlite::Result<()> {
        let cosine = cosine(self.question, row.get_ref(1)?.as_blob().unwrap_or_default());
        if let Some(cosine) = cosine.filter(|cosine| *cosine >= self.nearest.threshold())
            && let Some(key) = self.users.key(day)
        {
            self.nearest.push(key, cosine);
        }
        Ok(())
    }
}

impl SqliteStore {
    /// Sweeps over every vector in scope: an index would answer only roughly.
    pub(super) fn by_vector(
        &self,
        scope: &Scope,
        question: &[f32],
        limit: usize,
    ) -> Result<Vec<(DayKey, f32)>, StoreError> {
        let (first, last) = span(scope);
        let wanted: Vec<i64> = match self.user(scope)? {
            Some(user) => vec![user],
            None => self.users()?.in_order().into_iter().map(|(user, _)| user).collect(),
        };
        let work = |connection: &Connection, users: &[i64], comparing: &mut Comparing<'_>| {
            let mut query = connection.prepare(VECTORS)?;
            for user in users {
                let user = user << DATE_BITS;
                let mut rows = query.query((user + first, user + last))?;
                while let Some(row) = rows.next()? {
                    let day = row.get(0)?;
                    if scope.window.holds(date_of(day)) {
                        comparing.row(row, day)?;
                    }
                }
            }
            Ok(())
        };
        self.likest_of_all(&wanted, question, limit, work)
    }

    /// The same of these days only.
    pub(super) fn among(
        &self,
        keys: &[DayKey],
        question: &[f32],
        limit: usize,
    ) -> Result<Vec<(DayKey, f32)>, StoreError> {
        let mut days = self.users()?.rows(keys);
        days.sort_unstable();
        let work = |connection: &Connection, days: &[i64], comparing: &mut Comparing<'_>| {
            let mut query = connection.prepare(VECTORS)?;
            for mut wanted in days.chunk_by(|one, next| next - one <= GAP) {
                let mut rows = query.query((wanted[0], wanted[wanted.len() - 1]))?;
                while let Some(row) = rows.next()? {
                    let day = row.get(0)?;
                    let missing = wanted.iter().take_while(|wanted| **wanted < day).count();
                    wanted = &wanted[missing..];
                    if wanted.first() == Some(&day) {
                        comparing.row(row, day)?;
                    }
                }
            }
            Ok(())
        };
        self.likest_of_all(&days, question, limit, work)
    }

    /// The likest of what the threads found: on all cores, or in a store in memory, which has one connection, on this one.
    fn likest_of_all<T: Sync>(
        &self,
        items: &[T],
        question: &[f32],
        limit: usize,
        work: impl Fn(&Connection, &[T], &mut Comparing<'_>) -> rusqlite::Result<()> + Sync,
    ) -> Result<Vec<(DayKey, f32)>, StoreError> {
        let users = self.users()?;
        let work = |connection: &Connection, items: &[T], send: &mut dyn FnMut(_)| {
            let nearest = Nearest::new(limit);
            let mut comparing = Comparing {
                question,
                users,
                nearest,
            };
            work(connection, items, &mut comparing)?;
            send(comparing.nearest.sorted());
            Ok(())
        };
        let mut nearest = Nearest::new(limit);
        let mut each =
            |found: Vec<(DayKey, f32)>| found.into_iter().for_each(|(key, cosine)| nearest.push(key, cosine));
        self.read(match sweep::is_worth_threads(items) && self.is_file() {
            true => sweep::on_all_cores(&self.path, items, work, each),
            false => work(&self.connection, items, &mut each),
        })?;
        Ok(nearest.sorted())
    }

    /// The days that have most of these words, the best first.
    pub(super) fn by_words(
        &self,
        words: &[&str],
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<(DayKey, f32)>, StoreError> {
        let quoted: Vec<String> = words
            .iter()
            .map(|word| format!("\"{}\"", word.replace('"', "")))
            .collect();
        let (first, last) = span(scope);
        let user = self.user(scope)?.map_or(String::new(), |user| {
            format!(
                " AND rowid BETWEEN {} AND {}",
                (user << DATE_BITS) + first,
                (user << DATE_BITS) + last
            )
        });
        let sql = format!(
            "SELECT rowid, -rank FROM words WHERE words MATCH ?{user} AND rowid & 4194303 BETWEEN ? AND ? ORDER BY rank LIMIT ?"
        );
        let mut query = self.prepare(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = query.query_map(params![quoted.join(" OR "), first, last, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        let rows: Vec<(i64, f32)> = self.read(rows.and_then(|rows| rows.collect()))?;
        let users = self.users()?;
        let key = |(row, rank)| Some((users.key(row)?, rank));
        Ok(rows
            .into_iter()
            .filter_map(key)
            .filter(|(key, _)| scope.window.holds(key.date))
            .collect())
    }
}

impl Users {
    fn key(&self, row: i64) -> Option<DayKey> {
        Some(DayKey {
            user_id: Arc::clone(self.of(row)?),
            date: date_of(row),
        })
    }

    /// The rows of these days; one user's days come together, so that most users are looked up once.
    fn rows(&self, keys: &[DayKey]) -> Vec<i64> {
        let of_user = |one: &DayKey, next: &DayKey| Arc::ptr_eq(&one.user_id, &next.user_id);
        let days = keys.chunk_by(of_user);
        days.flat_map(|keys| {
            let user = self.number(&keys[0].user_id);
            keys.iter().filter_map(move |key| Some(self.row(user?, key.date)))
        })
        .collect()
    }
}
