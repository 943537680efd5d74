//! Writes days into a store. What comes in: objects; what goes out: rows of `users`, `days` and `vectors`. It never
//! writes a row that is there already.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use rusqlite::config::DbConfig;
use rusqlite::types::Null;
use rusqlite::{Connection, OptionalExtension, Statement, ToSql, Transaction, TransactionBehavior};
use serde::Serialize;

use super::pack;
use super::schema::{INDEX_BY_DATE, day_columns, day_key, day_keys, user_of, vector_to_blob};
use super::store::{refused, set_meta};
use crate::day::{PROPERTIES, Value};
use crate::document::{Document, Object, Words};
use crate::record::Date;
use crate::sink::{Finished, KIND, Pushed, Sink, SinkError, checked_vector};

/// The writing half of a store.
#[derive(Debug)]
pub struct SqliteSink {
    path: PathBuf,
    connection: Connection,
    dimensions: Option<usize>,
    /// Threads that pack columns in the end.
    threads: usize,
}

impl SqliteSink {
    pub(super) fn new(path: &Path, connection: Connection, dimensions: Option<usize>) -> SqliteSink {
        SqliteSink {
            path: path.to_path_buf(),
            connection,
            dimensions,
            threads: 1,
        }
    }

    /// Lets so many threads pack columns in the end, at least one.
    pub fn with_threads(mut self, threads: usize) -> SqliteSink {
        self.threads = threads.max(1);
        self
    }

    fn write(&mut self, objects: &[Object]) -> rusqlite::Result<()> {
        fire_triggers(&self.connection, false)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        set_meta(&transaction, "complete", "0")?;
        let rows = keyed(&transaction, objects)?;
        let (new, there) = insert_days(&transaction, rows)?;
        put_vectors(&transaction, &new)?;
        index_words(&transaction, &new)?;
        unpack_users(&transaction, &new)?;
        if !there.is_empty() {
            fire_triggers(&transaction, true)?;
            replace_days(&transaction, &there)?;
            put_vectors(&transaction, &there)?;
        }
        transaction.commit()
    }

    fn delete_others(&mut self, user_id: &str, dates: &[Date]) -> rusqlite::Result<u64> {
        fire_triggers(&self.connection, true)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let find_user = "SELECT user FROM users WHERE user_id = ?1";
        let user: Option<i64> = transaction
            .query_row(find_user, [user_id], |row| row.get(0))
            .optional()?;
        let Some(user) = user else { return Ok(0) };
        let kept: HashSet<i64> = dates.iter().map(|date| day_key(user, *date)).collect();
        let there: Vec<i64> = transaction
            .prepare_cached("SELECT day FROM days WHERE day BETWEEN ?1 AND ?2")?
            .query_map(day_keys(user), |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let vanished: Vec<i64> = there.into_iter().filter(|day| !kept.contains(day)).collect();
        for day in &vanished {
            // A trigger takes vector and words along.
            transaction
                .prepare_cached("DELETE FROM days WHERE day = ?1")?
                .execute([day])?;
        }
        transaction.commit()?;
        Ok(vanished.len() as u64)
    }

    /// From here the log is flushed at the commit, and with it everything before.
    fn complete(&mut self) -> rusqlite::Result<()> {
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(INDEX_BY_DATE, [])?;
        pack::pack(&transaction, &self.path, self.threads)?;
        set_meta(&transaction, "complete", "1")?;
        transaction.commit()?;
        // Moves the log into the database as far as no reader is in the way; whatever stays is as durable there.
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }
}

impl Sink for SqliteSink {
    fn push(&mut self, objects: &[Object]) -> Result<Pushed, SinkError> {
        if objects.is_empty() {
            return Ok(Pushed::default());
        }
        for object in objects {
            checked_vector(&self.path, object, self.dimensions)?;
        }
        self.write(objects).map_err(|error| refused(&self.path, error))?;
        Ok(Pushed::default())
    }

    fn prune(&mut self, user_id: &str, dates: &[Date]) -> Result<u64, SinkError> {
        self.delete_others(user_id, dates)
            .map_err(|error| refused(&self.path, error))
    }

    fn finish(mut self: Box<Self>) -> Result<Finished, SinkError> {
        self.complete().map_err(|error| refused(&self.path, error))?;
        Ok(Finished::Stored)
    }
}

/// A day on its way into the store, with its key.
type Keyed<'a> = (i64, &'a Object);

/// Whether triggers fire on this connection. For new days they do not, and [`index_words`] and [`unpack_users`] do what
/// they would have done: a statement whose triggers write more rows is a savepoint, and at each one FTS5 writes out what
/// it gathered, so that every day became a segment of its own, to be merged again (91 µs a day against 45, measured over
/// 60,000 days). FTS5 gathers the words of a whole batch as long as nothing but words is written.
fn fire_triggers(connection: &Connection, fire: bool) -> rusqlite::Result<()> {
    let fires = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, fire)?;
    debug_assert_eq!(fires, fire);
    Ok(())
}

/// The objects with the keys of their days; a new user gets a number.
fn keyed<'a>(transaction: &Transaction<'_>, objects: &'a [Object]) -> rusqlite::Result<Vec<Keyed<'a>>> {
    let mut find = transaction.prepare_cached("SELECT user FROM users WHERE user_id = ?1")?;
    let mut insert = transaction.prepare_cached("INSERT INTO users(user_id) VALUES (?1)")?;
    let mut keyed = Vec::with_capacity(objects.len());
    for of_user in objects.chunk_by(|one, next| one.document.day.user_id == next.document.day.user_id) {
        let user_id = &*of_user[0].document.day.user_id;
        let user = match find.query_row([user_id], |row| row.get(0)).optional()? {
            Some(user) => user,
            None => insert.insert([user_id])?,
        };
        keyed.extend(
            of_user
                .iter()
                .map(|object| (day_key(user, object.document.day.date), object)),
        );
    }
    Ok(keyed)
}

static INSERT_DAY: LazyLock<String> = LazyLock::new(|| {
    let columns = day_columns();
    let values: Vec<String> = (1..=columns.len()).map(|number| format!("?{number}")).collect();
    format!(
        "INSERT INTO days({}) VALUES ({}) ON CONFLICT(day) DO ",
        columns.join(", "),
        values.join(", ")
    )
});

/// Inserts the days that are not there, and parts them from those that are.
fn insert_days<'a>(
    transaction: &Transaction<'_>,
    rows: Vec<Keyed<'a>>,
) -> rusqlite::Result<(Vec<Keyed<'a>>, Vec<Keyed<'a>>)> {
    let mut insert = transaction.prepare_cached(&format!("{}NOTHING", *INSERT_DAY))?;
    let (mut new, mut there) = (Vec::with_capacity(rows.len()), Vec::new());
    for (key, object) in rows {
        bind_day(&mut insert, key, &object.document)?;
        match insert.raw_execute()? {
            0 => there.push((key, object)),
            _ => new.push((key, object)),
        }
    }
    Ok((new, there))
}

/// Same hash, wording and model: same row, which then is not written again.
static REPLACE_DAY: LazyLock<String> = LazyLock::new(|| {
    let replace: Vec<String> = day_columns()[1..]
        .iter()
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    format!(
        "{}UPDATE SET {} \
         WHERE (content_hash, template, model) IS NOT (excluded.content_hash, excluded.template, excluded.model)",
        *INSERT_DAY,
        replace.join(", ")
    )
});

fn replace_days(transaction: &Transaction<'_>, rows: &[Keyed<'_>]) -> rusqlite::Result<()> {
    let mut replace = transaction.prepare_cached(&REPLACE_DAY)?;
    for (key, object) in rows {
        bind_day(&mut replace, *key, &object.document)?;
        replace.raw_execute()?;
    }
    Ok(())
}

fn put_vectors(transaction: &Transaction<'_>, rows: &[Keyed<'_>]) -> rusqlite::Result<()> {
    let mut put = transaction.prepare_cached(
        "INSERT INTO vectors(day, vector) VALUES (?1, ?2) \
         ON CONFLICT(day) DO UPDATE SET vector = excluded.vector WHERE vector <> excluded.vector",
    )?;
    let mut blob = Vec::new();
    for (key, object) in rows {
        if let Some(vector) = &object.vector {
            vector_to_blob(vector, &mut blob);
            put.execute((key, &blob))?;
        }
    }
    Ok(())
}

/// What the trigger `days_inserted` does.
fn index_words(transaction: &Transaction<'_>, new: &[Keyed<'_>]) -> rusqlite::Result<()> {
    let mut insert =
        transaction.prepare_cached("INSERT INTO words(rowid, text, gist, facets) VALUES (?1, ?2, ?3, ?4)")?;
    for (key, object) in new {
        let Words { text, gist, facets, .. } = &object.document.words;
        insert.execute((key, text, gist, json_array(facets)))?;
    }
    Ok(())
}

/// What the triggers of [`columns`](super::columns) do: who has new days is not packed any more.
fn unpack_users(transaction: &Transaction<'_>, new: &[Keyed<'_>]) -> rusqlite::Result<()> {
    let mut delete = transaction.prepare_cached("DELETE FROM packed_users WHERE user = ?1")?;
    for of_user in new.chunk_by(|(one, _), (next, _)| user_of(*one) == user_of(*next)) {
        delete.execute([user_of(of_user[0].0)])?;
    }
    Ok(())
}

/// Binds every column, in the order of [`day_columns`].
fn bind_day(statement: &mut Statement<'_>, key: i64, document: &Document) -> rusqlite::Result<()> {
    let Document { day, words, .. } = document;
    let mut column = 0;
    let mut bind = |value: &dyn ToSql| {
        column += 1;
        statement.raw_bind_parameter(column, value)
    };
    bind(&key)?;
    bind(&&*day.user_id)?;
    bind(&day.date.to_string())?;
    bind(&document.id().to_string())?;
    bind(&KIND)?;
    bind(&day.records)?;
    bind(&words.text)?;
    bind(&words.gist)?;
    bind(&json_array(&words.facets))?;
    bind(&json_array(&words.facets_day_before))?;
    // Both stand in the order of the contract.
    let mut values = day.values().peekable();
    for info in &PROPERTIES {
        let value = values.next_if(|(property, _)| *property == info.property);
        match value.map(|(_, value)| value) {
            None => bind(&Null)?,
            Some(Value::Count(count)) => bind(count)?,
            Some(Value::Number(number)) => bind(&number.as_f64())?,
            Some(Value::Text(text)) => bind(&&**text)?,
            Some(Value::List(list)) => bind(&json_array(list))?,
            Some(Value::Numbers(numbers)) => bind(&json_array(numbers))?,
        }
    }
    bind(&document.content_hash)?;
    bind(&document.template)?;
    bind(&document.model.as_deref())
}

fn json_array(values: &impl Serialize) -> String {
    serde_json::to_string(values).expect("texts and numbers are always JSON")
}
