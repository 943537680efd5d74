//! Which days of an SQLite store are most like a question: by their vectors, or by their words. What comes in: a vector
//! or words, and which days are compared; what goes out: the likest days. It judges no facts.

use std::sync::Arc;

use rusqlite::{Connection, Row, params};

use crate::search::cosine::cosine_with_stored;
use crate::sink::sqlite::rough::{Bounds, RoughQuestion};
use crate::sink::sqlite::{DATE_BITS, DATE_MASK, columns, date_of};

use super::sqlite::{SqliteStore, Users, span};
use super::{DayKey, Nearest, Scope, StoreError, packed, sweep};

const VECTORS: &str = "SELECT day, vector FROM vectors WHERE day BETWEEN ?1 AND ?2";

/// Days of which so many others may lie between are read in one go: to step over a row costs a sixth of looking one up.
const GAP: i64 = 6;

/// From so many days on it pays to look at rough vectors first.
const MANY: usize = 5_000;

/// The likest days of a stretch.
struct Comparing<'a> {
    question: &'a [f32],
    users: &'a Users,
    nearest: Nearest<DayKey>,
}

impl Comparing<'_> {
    /// Compares the day in a row of [`VECTORS`].
    fn row(&mut self, row: &Row<'_>, day: i64) -> rusqlite::Result<()> {
        let cosine = cosine_with_stored(self.question, row.get_ref(1)?.as_blob().unwrap_or_default());
        if let Some(cosine) = cosine.filter(|cosine| *cosine >= self.nearest.threshold())
            && let Some(key) = self.users.key(day)
        {
            self.nearest.push(key, cosine);
        }
        Ok(())
    }
}

/// Days that may be among the likest.
pub(super) struct Perhaps {
    limit: usize,
    days: Vec<(i64, Bounds)>,
    /// So many days are at least as like as this.
    least: f32,
    /// How many days there may be before some are left out.
    room: usize,
}

impl Perhaps {
    fn new(limit: usize) -> Perhaps {
        Perhaps {
            limit,
            days: Vec::new(),
            least: f32::NEG_INFINITY,
            room: (2 * limit).max(1000),
        }
    }

    /// Takes a day, unless enough others are liker.
    pub(super) fn push(&mut self, day: i64, bounds: Bounds) {
        if bounds.high < self.least {
            return;
        }
        self.days.push((day, bounds));
        if self.days.len() >= self.room {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.limit > 0 && self.days.len() > self.limit {
            let descending = |a: &(i64, Bounds), b: &(i64, Bounds)| b.1.low.total_cmp(&a.1.low);
            let (_, (_, last), _) = self.days.select_nth_unstable_by(self.limit - 1, descending);
            self.least = last.low;
            self.days.retain(|(_, bounds)| bounds.high >= self.least);
        }
        self.room = (2 * self.days.len()).max(1000);
    }

    fn into_days(mut self) -> Vec<(i64, Bounds)> {
        self.cut();
        self.days
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
        let (days, wanted) = match self.only_users(scope)? {
            Some(users) => (Vec::new(), users),
            None => self.packed_days(scope)?,
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
        let mut nearest = Nearest::new(limit);
        let likest = self.likest_of_all(&wanted, question, limit, work)?;
        let likest = likest.into_iter().chain(self.likest_days(days, question, limit)?);
        likest.for_each(|(key, cosine)| nearest.push(key, cosine));
        Ok(nearest.sorted())
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
        self.likest_days(days, question, limit)
    }

    /// The likest of days in their order: of many, only those are compared that may be among them.
    fn likest_days(
        &self,
        mut days: Vec<i64>,
        question: &[f32],
        limit: usize,
    ) -> Result<Vec<(DayKey, f32)>, StoreError> {
        if days.len() > MANY.max(2 * limit) && self.has_columns()? {
            days = self.perhaps_likest(&days, question, limit)?;
        }
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

    /// Every day in scope of the users who are packed, and the other users.
    fn packed_days(&self, scope: &Scope) -> Result<(Vec<i64>, Vec<i64>), StoreError> {
        let users: Vec<i64> = self.users_in(scope)?.into_iter().map(|(user, _)| user).collect();
        if !self.has_columns()? {
            return Ok((Vec::new(), users));
        }
        let (mut days, mut others) = (Vec::new(), Vec::new());
        let of_user = |user, low: i64| (scope.window.holds(date_of(low))).then_some((user << DATE_BITS) | low);
        self.read(packed::dates(&self.connection, &users, |user, dates| match dates {
            Some(dates) => days.extend(
                columns::numbers(dates)
                    .flatten()
                    .filter_map(|low| of_user(user, low.into())),
            ),
            None => others.push(user),
        }))?;
        Ok((days, others))
    }

    /// Of days in their order, those that may be among the likest, in their order.
    fn perhaps_likest(&self, days: &[i64], question: &[f32], limit: usize) -> Result<Vec<i64>, StoreError> {
        let question = RoughQuestion::new(question);
        let of_users: Vec<&[i64]> = days
            .chunk_by(|one, next| one >> DATE_BITS == next >> DATE_BITS)
            .collect();
        let work = |connection: &Connection, of_users: &[&[i64]], send: &mut dyn FnMut(_)| {
            let mut perhaps = Perhaps::new(limit);
            packed::bounds(connection, &question, of_users, &mut perhaps)?;
            send(perhaps.into_days());
            Ok(())
        };
        let mut perhaps = Perhaps::new(limit);
        self.read(sweep::on_all_cores(
            &self.path,
            &of_users,
            work,
            |found: Vec<(i64, Bounds)>| {
                found.into_iter().for_each(|(day, bounds)| perhaps.push(day, bounds));
            },
        ))?;
        let mut days: Vec<i64> = perhaps.into_days().into_iter().map(|(day, _)| day).collect();
        days.sort_unstable();
        Ok(days)
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
        let only = self.only_users(scope)?.unwrap_or_default();
        // The index of words steps over rows outside of these, without a look at them.
        let hull = only.iter().min().zip(only.iter().max());
        let hull = hull.map_or(String::new(), |(least, most)| {
            let (from, until) = ((least << DATE_BITS) + first, (most << DATE_BITS) + last);
            format!(" AND rowid BETWEEN {from} AND {until}")
        });
        let whose = self.whose(scope, &format!("rowid >> {DATE_BITS}"))?;
        let sql = format!(
            "SELECT rowid, -rank FROM words WHERE words MATCH ?{hull}{whose} AND rowid & {DATE_MASK} BETWEEN ? AND ? \
             ORDER BY rank"
        );
        let mut query = self.prepare(&sql)?;
        let mut rows = self.read(query.query(params![quoted.join(" OR "), first, last]))?;
        let users = self.users()?;
        let mut found = Vec::new();
        // The words are counted within the window's first and last day; what it leaves out between them must not take the
        // place of what it holds.
        while found.len() < limit
            && let Some(row) = self.read(rows.next())?
        {
            let key = users
                .key(self.read(row.get(0))?)
                .filter(|key| scope.window.holds(key.date));
            let rank = self.read(row.get(1))?;
            found.extend(key.map(|key| (key, rank)));
        }
        Ok(found)
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

#[cfg(test)]
mod tests {
    use crate::search::Embed;
    use crate::search::shelf::{Letters, crowd};
    use crate::search::whose::Whose;
    use crate::search::window::Window;

    use super::*;

    #[test]
    fn no_day_that_is_among_the_likest_is_left_out_by_rough_vectors() {
        let folder = tempfile::tempdir().unwrap();
        let path = crowd(80).packed(&folder);
        let connection = Connection::open(&path).unwrap();
        // One user without columns, one without vectors, one with a day less.
        let changes = "DELETE FROM packed_users WHERE user = 7; DELETE FROM columns WHERE user = 9 AND property = 'vector'; \
                       DELETE FROM vectors WHERE day >> 22 = 11;";
        connection.execute_batch(changes).unwrap();
        let store = SqliteStore::open(&path).unwrap();
        let mut days = connection.prepare("SELECT day FROM days ORDER BY day").unwrap();
        let days: Vec<i64> = days
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        for question_text in ["poor sleep", "a run in the rain", "zzz"] {
            let question = Letters.question(question_text).unwrap();
            for limit in [1, 10, 300] {
                let perhaps = store.perhaps_likest(&days, &question, limit).unwrap();
                assert!(perhaps.is_sorted());
                // No day has a word of the last one.
                assert_eq!(
                    perhaps.len() < days.len(),
                    question_text != "zzz",
                    "{question_text}, {limit}"
                );
                let likest = |days: &[i64]| store.likest_days(days.to_vec(), &question, limit).unwrap();
                assert_eq!(likest(&perhaps), likest(&days));
            }
        }
    }

    #[test]
    fn days_outside_the_window_take_no_place_of_those_within() {
        let store = crowd(20).store();
        let scope = |weekdays| Scope {
            whose: Whose::Everybody,
            window: Window {
                weekdays,
                ..Window::default()
            },
        };
        let within = |weekdays, limit| store.by_words(&["sleep"], &scope(weekdays), limit).unwrap();
        let mondays = within(1, usize::MAX);
        let held: Vec<_> = within(0, usize::MAX)
            .into_iter()
            .filter(|(key, _)| key.date.weekday() == 0)
            .collect();
        assert_eq!(mondays, held);
        assert!(mondays.len() > 10);
        assert_eq!(within(1, 10), mondays[..10]);
    }
}
