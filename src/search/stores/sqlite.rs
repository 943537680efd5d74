//! The SQLite store, read. What comes in: which days are wanted; what goes out: days and their likeness. It ranks
//! nothing, and writes no day.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::record::Date;
use crate::search::condition::Clause;
use crate::search::ranking::judge::{Asked, Best, Graded};
use crate::search::whose::Whose;
use crate::sink::sqlite::{DATE_BITS, DATE_MASK, date_of, low_bits, open_for_reading};

use super::load::{Candidate, Load};
use super::sql::narrowing;
use super::{DayKey, Like, PhraseFile, Scope, Store, StoreError, Survey, Wanted, best_of_days, packed, sweep};

/// First and last value of the low bits of the keys in scope.
pub(super) fn span(scope: &Scope) -> (i64, i64) {
    let (from, until) = scope.window.hull();
    (from.map_or(0, low_bits), until.map_or(DATE_MASK, low_bits))
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

    pub(super) fn in_order(&self) -> Vec<(i64, Arc<str>)> {
        let mut users: Vec<_> = self.ids.iter().map(|(user, id)| (*user, Arc::clone(id))).collect();
        users.sort_unstable_by_key(|(user, _)| *user);
        users
    }

    /// The number of a user.
    pub(super) fn number(&self, user_id: &Arc<str>) -> Option<i64> {
        self.numbers.get(user_id).copied()
    }

    /// The key of a user's day.
    pub(super) fn row(&self, user: i64, date: Date) -> i64 {
        (user << DATE_BITS) | low_bits(date)
    }
}

/// A store, open for reading.
pub struct SqliteStore {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    users: OnceCell<Users>,
}

impl SqliteStore {
    /// Opens the store at `path`.
    pub fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing(path.to_path_buf()));
        }
        let store = SqliteStore::from_connection(path, open_for_reading(path)?);
        store.read(sweep::map(&store.connection))?;
        Ok(store)
    }

    /// A store of an open connection.
    pub(in crate::search) fn from_connection(path: &Path, connection: Connection) -> SqliteStore {
        SqliteStore {
            path: path.to_path_buf(),
            connection,
            users: OnceCell::new(),
        }
    }

    /// A value of the store's own notes, such as `model`.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut query = self.prepare("SELECT value FROM meta WHERE key = ?")?;
        self.read(query.query_row([key], |row| row.get(0)).optional())
    }

    pub(in crate::search) fn phrases(&self) -> PhraseFile {
        PhraseFile::within(&self.path)
    }

    pub(super) fn read<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        let path = || self.path.clone();
        result.map_err(|error| match error {
            rusqlite::Error::FromSqlConversionFailure(_, _, source) => StoreError::Changed { path: path(), source },
            source => StoreError::Sqlite { path: path(), source },
        })
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<rusqlite::CachedStatement<'_>, StoreError> {
        self.read(self.connection.prepare_cached(sql))
    }

    pub(super) fn users(&self) -> Result<&Users, StoreError> {
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

    /// The numbers of the only users in scope, as far as they are there; `None` where it is not limited to some.
    pub(super) fn only_users(&self, scope: &Scope) -> Result<Option<Vec<i64>>, StoreError> {
        let users = self.users()?;
        let only = scope.whose.only();
        Ok(only.map(|only| only.iter().filter_map(|user_id| users.number(user_id)).collect()))
    }

    /// The users in scope, in the order of their numbers.
    pub(super) fn users_in(&self, scope: &Scope) -> Result<Vec<(i64, Arc<str>)>, StoreError> {
        let mut users = self.users()?.in_order();
        if scope.whose != Whose::Everybody {
            users.retain(|(_, user_id)| scope.whose.holds(user_id));
        }
        Ok(users)
    }

    /// What SQL adds to a condition, such that the user of this number is in scope.
    pub(super) fn whose(&self, scope: &Scope, number: &str) -> Result<String, StoreError> {
        let (users, sign) = match &scope.whose {
            Whose::Everybody => return Ok(String::new()),
            Whose::Only(users) => (users, "IN"),
            Whose::Except(users) => (users, "NOT IN"),
        };
        let known = self.users()?;
        let numbers = users.iter().filter_map(|user_id| known.number(user_id));
        let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
        Ok(format!(" AND {number} {sign} ({})", numbers.join(", ")))
    }

    /// The newest day in scope: one look at the end of each user's days.
    fn newest(&self, scope: &Scope) -> Result<Option<Date>, StoreError> {
        let sql = format!(
            "SELECT max(newest & {DATE_MASK}) FROM (SELECT (SELECT max(day) FROM days \
             WHERE day BETWEEN (user << {DATE_BITS}) + ?1 AND (user << {DATE_BITS}) + ?2) AS newest FROM users WHERE true{})",
            self.whose(scope, "user")?
        );
        let (first, last) = span(scope);
        let mut query = self.prepare(&sql)?;
        let newest: Option<i64> = self.read(query.query_row([first, last], |row| row.get(0)))?;
        Ok(newest.map(date_of))
    }

    /// The best days out of packed columns, and those of users who have none out of rows.
    fn best_of_all(&self, asked: &Asked<'_>) -> Result<Vec<Graded>, StoreError> {
        let users = self.users_in(asked.scope)?;
        let work = |connection: &Connection, users: &[(i64, Arc<str>)], send: &mut dyn FnMut(_)| {
            send(packed::best(connection, asked, users)?);
            Ok(())
        };
        let mut best = Best::new(asked.count);
        let mut unpacked = Vec::new();
        self.read(sweep::on_all_cores(&self.path, &users, work, |found| {
            let packed::Found { days, unpacked: others } = found;
            unpacked.extend(others);
            days.into_iter().for_each(|day| best.take(day));
        }))?;
        // All in one go, if it is all.
        let unpacked = match unpacked.len() == users.len() {
            true => vec![None],
            false => unpacked.into_iter().map(Some).collect(),
        };
        for user in unpacked {
            let each = &mut |candidate| best.judge(asked, candidate);
            self.rows(asked.scope, asked.clauses, asked.load, user, each)?;
        }
        Ok(best.into_days())
    }

    /// Whether other connections can be opened to it.
    pub(super) fn is_file(&self) -> bool {
        self.connection.path().is_some_and(|path| !path.is_empty())
    }

    /// Whether some user is packed: nobody is before the first run has ended, and a store that another version made, or
    /// one in memory, has no columns.
    pub(super) fn has_columns(&self) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE name IN ('columns', 'packed_users')";
        let tables: i64 = self.read(self.prepare(sql)?.query_row([], |row| row.get(0)))?;
        let some = "SELECT EXISTS (SELECT 1 FROM packed_users)";
        Ok(tables == 2 && self.read(self.prepare(some)?.query_row([], |row| row.get(0)))?)
    }

    /// Days row by row, of all users in scope or of this one.
    fn rows(
        &self,
        scope: &Scope,
        clauses: &[Clause],
        load: &Load,
        only: Option<i64>,
        each: &mut dyn FnMut(Candidate),
    ) -> Result<(), StoreError> {
        let mut bound: Vec<rusqlite::types::Value> = Vec::new();
        let (first, last) = span(scope);
        bound.extend([first.into(), last.into()]);
        let whose = match only {
            Some(user) => format!(" AND u.user = {user}"),
            None => self.whose(scope, "u.user")?,
        };
        let narrowing: String = clauses
            .iter()
            .filter_map(|clause| narrowing(clause, scope, &mut bound))
            .collect();
        let sql = format!(
            "SELECT {} FROM users u CROSS JOIN days d0 ON d0.day BETWEEN (u.user << {DATE_BITS}) + ? AND (u.user << {DATE_BITS}) + ?{} \
             WHERE true{whose}{narrowing}",
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
            let Some(user) = users.number(&key.user_id) else {
                continue;
            };
            let row = users.row(user, key.date);
            let found = query.query_row([row], |row| load.candidate(row, users));
            if let Some(candidate) = self.read(found.optional())?.flatten() {
                each(candidate);
            }
        }
        Ok(())
    }
}

impl Store for SqliteStore {
    fn survey(&self, scope: &Scope) -> Result<Survey, StoreError> {
        let users = self.users()?;
        let first = users.ids.iter().min_by_key(|(number, _)| **number);
        let only = scope.whose.only().unwrap_or_default();
        let is_known = |user_id: &&Arc<str>| users.numbers.contains_key(*user_id);
        Ok(Survey {
            name: self.path.display().to_string(),
            model: self.meta("model")?,
            newest: self.newest(scope)?,
            known: only.iter().filter(is_known).cloned().collect(),
            some_user: first.map(|(_, user_id)| user_id.to_string()),
            phrases: self.phrases(),
        })
    }

    fn days(&self, wanted: &Wanted<'_>, load: &Load, each: &mut dyn FnMut(Candidate)) -> Result<(), StoreError> {
        match *wanted {
            Wanted::Meeting(scope, clauses) => self.rows(scope, clauses, load, None, each),
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

    fn best(&self, asked: &Asked<'_>) -> Result<Vec<Graded>, StoreError> {
        match asked.scope.whose.only().is_none() && self.has_columns()? {
            true => self.best_of_all(asked),
            false => best_of_days(self, asked),
        }
    }
}
