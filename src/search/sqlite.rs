//! The SQLite store, read. What comes in: which days are wanted; what goes out: days and their likeness. It ranks
//! nothing, and writes nothing.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use crate::record::Date;

use super::load::{Candidate, Load, narrowing};
use super::packed::Asked;
use super::phrases::PhraseFile;
use super::store::{DayKey, Like, Nearest, Scope, Store, StoreError, Survey, Wanted, cosine};
use super::sweep;

/// Bits of a row's key below the user.
const DATE_BITS: u32 = 22;
/// Days from 0000-01-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_528;

/// The date in a row's key.
pub(super) fn date_of(row: i64) -> Date {
    Date::from_days(((row & ((1 << DATE_BITS) - 1)) - DAYS_BEFORE_1970) as i32)
}

fn low_bits(date: Date) -> i64 {
    (i64::from(date.days()) + DAYS_BEFORE_1970).clamp(0, (1 << DATE_BITS) - 1)
}

/// First and last value of the low bits of the keys in scope.
fn span(scope: &Scope) -> (i64, i64) {
    let (from, until) = scope.window.hull();
    (from.map_or(0, low_bits), until.map_or((1 << DATE_BITS) - 1, low_bits))
}

/// The users of a store, both ways.
#[derive(Default)]
pub(super) struct Users {
    ids: HashMap<i64, Arc<str>>,
    numbers: HashMap<Arc<str>, i64>,
}

impl Users {
    /// Whose day this is; `None` for a user who came while we read.
    pub(super) fn of(&self, row: i64) -> Option<&Arc<str>> {
        self.ids.get(&(row >> DATE_BITS))
    }

    fn in_order(&self) -> Vec<(i64, Arc<str>)> {
        let mut users: Vec<_> = self.ids.iter().map(|(user, id)| (*user, Arc::clone(id))).collect();
        users.sort_unstable_by_key(|(user, _)| *user);
        users
    }

    fn key(&self, row: i64) -> Option<DayKey> {
        let user_id = Arc::clone(self.of(row)?);
        Some(DayKey {
            user_id,
            date: date_of(row),
        })
    }

    fn row(&self, key: &DayKey) -> Option<i64> {
        Some((self.numbers.get(&key.user_id)? << DATE_BITS) | low_bits(key.date))
    }
}

/// A store, open for reading.
pub struct SqliteStore {
    path: PathBuf,
    connection: Connection,
    users: OnceCell<Users>,
}

impl SqliteStore {
    /// Opens the store at `path`.
    pub fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing(path.to_path_buf()));
        }
        let connection = sweep::open(path).map_err(|source| StoreError::Sqlite {
            path: path.to_path_buf(),
            source,
        })?;
        SqliteStore::from_connection(path, connection)
    }

    /// A store of an open connection.
    pub(super) fn from_connection(path: &Path, connection: Connection) -> Result<SqliteStore, StoreError> {
        let tables = "SELECT count(*) FROM sqlite_master WHERE name IN ('meta', 'users', 'days', 'vectors', 'words')";
        let count: Result<i64, rusqlite::Error> = connection.query_row(tables, [], |row| row.get(0));
        match count {
            Ok(5) => Ok(SqliteStore {
                path: path.to_path_buf(),
                connection,
                users: OnceCell::new(),
            }),
            Ok(_) => Err(StoreError::Foreign(path.to_path_buf())),
            Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == rusqlite::ErrorCode::NotADatabase => {
                Err(StoreError::Foreign(path.to_path_buf()))
            }
            Err(source) => Err(StoreError::Sqlite {
                path: path.to_path_buf(),
                source,
            }),
        }
    }

    /// A value of the store's own notes, such as `model`.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut query = self.prepare("SELECT value FROM meta WHERE key = ?")?;
        self.read(query.query_row([key], |row| row.get(0)).optional())
    }

    pub(super) fn phrases(&self) -> PhraseFile {
        PhraseFile::within(&self.path)
    }

    fn read<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|source| StoreError::Sqlite {
            path: self.path.clone(),
            source,
        })
    }

    fn prepare(&self, sql: &str) -> Result<rusqlite::CachedStatement<'_>, StoreError> {
        self.read(self.connection.prepare_cached(sql))
    }

    fn users(&self) -> Result<&Users, StoreError> {
        if let Some(users) = self.users.get() {
            return Ok(users);
        }
        let mut users = Users::default();
        let mut query = self.prepare("SELECT user, user_id FROM users")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)));
        for row in self.read(rows)? {
            let (number, user_id) = self.read(row)?;
            let user_id: Arc<str> = user_id.into();
            users.ids.insert(number, Arc::clone(&user_id));
            users.numbers.insert(user_id, number);
        }
        Ok(self.users.get_or_init(|| users))
    }

    /// The number of the one user in scope; -1, which nobody has, for one that is not there.
    fn user(&self, scope: &Scope) -> Result<Option<i64>, StoreError> {
        let users = self.users()?;
        let number = |user_id| users.numbers.get(user_id).copied().unwrap_or(-1);
        Ok(scope.user_id.as_ref().map(number))
    }

    /// The newest day in scope: one look at the end of each user's days.
    fn newest(&self, scope: &Scope) -> Result<Option<Date>, StoreError> {
        let sql = "SELECT max(newest & 4194303) FROM (SELECT (SELECT max(day) FROM days \
                   WHERE day BETWEEN (user << 22) + ?2 AND (user << 22) + ?3) AS newest FROM users WHERE ?1 IS NULL OR user = ?1)";
        let (first, last) = span(scope);
        let mut query = self.prepare(sql)?;
        let newest: Option<i64> =
            self.read(query.query_row(params![self.user(scope)?, first, last], |row| row.get(0)))?;
        Ok(newest.map(date_of))
    }

    /// Days of all users come out of their packed columns; of those who have none, and of one user alone, out of rows.
    fn meeting(&self, asked: &Asked<'_>, each: &mut dyn FnMut(Candidate)) -> Result<(), StoreError> {
        if asked.scope.user_id.is_some() || !self.has_columns()? {
            return self.rows(asked, None, each);
        }
        let users: Vec<(i64, Arc<str>)> = self.users()?.in_order();
        let mut left = Vec::new();
        let work = |connection: &Connection, users: &[(i64, Arc<str>)], send: &mut dyn FnMut(_)| {
            for (user, user_id) in users {
                send(asked.of_user(connection, *user, user_id)?.ok_or(*user));
            }
            Ok(())
        };
        self.read(sweep::on_all_cores(&self.path, &users, work, |found| match found {
            Ok(candidates) => candidates.into_iter().for_each(&mut *each),
            Err(user) => left.push(user),
        }))?;
        if left.len() == users.len() {
            return self.rows(asked, None, each);
        }
        left.into_iter().try_for_each(|user| self.rows(asked, Some(user), each))
    }

    /// Whether some user is packed: a store that another version made, or one in memory, has no columns.
    fn has_columns(&self) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE name IN ('columns', 'packed_users')";
        let tables: i64 = self.read(self.prepare(sql)?.query_row([], |row| row.get(0)))?;
        Ok(tables == 2)
    }

    /// Days row by row, of all users in scope or of this one.
    fn rows(&self, asked: &Asked<'_>, only: Option<i64>, each: &mut dyn FnMut(Candidate)) -> Result<(), StoreError> {
        let Asked { scope, clauses, load } = *asked;
        let mut bound: Vec<rusqlite::types::Value> = Vec::new();
        let (first, last) = span(scope);
        bound.extend([first.into(), last.into()]);
        let user = only.or(self.user(scope)?);
        let one_user = user.map_or(String::new(), |user| format!(" AND u.user = {user}"));
        let narrowing: String = clauses
            .iter()
            .filter_map(|clause| narrowing(clause, scope, &mut bound))
            .collect();
        let sql = format!(
            "SELECT {} FROM users u CROSS JOIN days d0 ON d0.day BETWEEN (u.user << 22) + ? AND (u.user << 22) + ?{} \
             WHERE true{one_user}{narrowing}",
            load.select(),
            load.joins()
        );
        let users = self.users()?;
        let mut query = self.prepare(&sql)?;
        let mut rows = self.read(query.query(params_from_iter(bound)))?;
        while let Some(row) = self.read(rows.next())? {
            if let Some(candidate) = self.read(load.candidate(row, users))? {
                each(candidate);
            }
        }
        Ok(())
    }

    fn named(&self, keys: &[DayKey], load: &Load, each: &mut dyn FnMut(Candidate)) -> Result<(), StoreError> {
        let sql = format!("SELECT {} FROM days d0{} WHERE d0.day = ?", load.select(), load.joins());
        let users = self.users()?;
        let mut query = self.prepare(&sql)?;
        for key in keys {
            let Some(row) = users.row(key) else { continue };
            let found = query.query_row([row], |row| load.candidate(row, users));
            if let Some(candidate) = self.read(found.optional())?.flatten() {
                each(candidate);
            }
        }
        Ok(())
    }

    /// Sweeps over every vector in scope: an index would answer only roughly. A question that was not understood, most of
    /// it this sweep, took 1.7 s over 1.8 million days, beside other work.
    fn by_vector(&self, scope: &Scope, question: &[f32], limit: usize) -> Result<Vec<(DayKey, f32)>, StoreError> {
        let users = self.users()?;
        let (first, last) = span(scope);
        let wanted = match self.user(scope)? {
            Some(user) => vec![(user, Arc::clone(users.ids.get(&user).unwrap_or(&Arc::from(""))))],
            None => users.in_order(),
        };
        let sql = "SELECT day, vector FROM vectors WHERE day BETWEEN ?1 AND ?2";
        let work = |connection: &Connection, stretch: &[(i64, Arc<str>)], send: &mut dyn FnMut(_)| {
            let mut nearest = Nearest::new(limit);
            let mut query = connection.prepare(sql)?;
            for (user, user_id) in stretch {
                let user = user << DATE_BITS;
                let mut rows = query.query((user + first, user + last))?;
                while let Some(row) = rows.next()? {
                    let cosine = cosine(question, row.get_ref(1)?.as_blob().unwrap_or_default());
                    let Some(cosine) = cosine.filter(|cosine| *cosine >= nearest.threshold()) else {
                        continue;
                    };
                    let (user_id, date) = (Arc::clone(user_id), date_of(row.get(0)?));
                    if scope.window.holds(date) {
                        nearest.push(DayKey { user_id, date }, cosine);
                    }
                }
            }
            send(nearest.sorted());
            Ok(())
        };
        self.likest_of_all(&wanted, work, limit)
    }

    fn among(&self, keys: &[DayKey], question: &[f32], limit: usize) -> Result<Vec<(DayKey, f32)>, StoreError> {
        let users = self.users()?;
        let work = |connection: &Connection, keys: &[DayKey], send: &mut dyn FnMut(_)| {
            let mut nearest = Nearest::new(limit);
            let mut query = connection.prepare("SELECT vector FROM vectors WHERE day = ?")?;
            for key in keys {
                let Some(row) = users.row(key) else { continue };
                let likeness = query.query_row([row], |row| {
                    Ok(cosine(question, row.get_ref(0)?.as_blob().unwrap_or_default()))
                });
                let cosine = likeness.optional()?.flatten();
                if let Some(cosine) = cosine.filter(|cosine| *cosine >= nearest.threshold()) {
                    nearest.push(key.clone(), cosine);
                }
            }
            send(nearest.sorted());
            Ok(())
        };
        self.likest_of_all(keys, work, limit)
    }

    /// The likest of what the threads found: on all cores, or in a store in memory, which has one connection, on this one.
    fn likest_of_all<T: Sync>(
        &self,
        items: &[T],
        work: impl Fn(&Connection, &[T], &mut dyn FnMut(Vec<(DayKey, f32)>)) -> rusqlite::Result<()> + Sync,
        limit: usize,
    ) -> Result<Vec<(DayKey, f32)>, StoreError> {
        let mut nearest = Nearest::new(limit);
        let mut each =
            |found: Vec<(DayKey, f32)>| found.into_iter().for_each(|(key, cosine)| nearest.push(key, cosine));
        self.read(
            match sweep::is_worth_threads(items) && self.connection.path().is_some_and(|path| !path.is_empty()) {
                true => sweep::on_all_cores(&self.path, items, work, each),
                false => work(&self.connection, items, &mut each),
            },
        )?;
        Ok(nearest.sorted())
    }

    /// The days that have most of these words, the best first.
    fn by_words(&self, words: &[&str], scope: &Scope, limit: usize) -> Result<Vec<(DayKey, f32)>, StoreError> {
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

impl Store for SqliteStore {
    fn survey(&self, scope: &Scope) -> Result<Survey, StoreError> {
        let users = self.users()?;
        let first = users.ids.iter().min_by_key(|(number, _)| **number);
        let is_known = |user_id: &Arc<str>| users.numbers.contains_key(user_id);
        Ok(Survey {
            name: self.path.display().to_string(),
            model: self.meta("model")?,
            newest: self.newest(scope)?,
            knows_user: scope.user_id.as_ref().is_none_or(is_known),
            some_user: first.map(|(_, user_id)| user_id.to_string()),
            phrases: self.phrases(),
        })
    }

    fn days(&self, wanted: &Wanted<'_>, load: &Load, each: &mut dyn FnMut(Candidate)) -> Result<(), StoreError> {
        match *wanted {
            Wanted::Meeting(scope, clauses) => self.meeting(&Asked { scope, clauses, load }, each),
            Wanted::Keys(keys) => self.named(keys, load, each),
        }
    }

    fn likest(&self, like: &Like<'_>, limit: usize) -> Result<Vec<(DayKey, f32)>, StoreError> {
        match *like {
            Like::Vector(scope, question) => self.by_vector(scope, question, limit),
            Like::Among(_, keys, question) => self.among(keys, question, limit),
            Like::Words(scope, words) => self.by_words(words, scope, limit),
        }
    }
}
