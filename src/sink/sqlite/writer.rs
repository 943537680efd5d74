//! Writes days into a store. What comes in: objects; what goes out: rows of `users`, `days` and `vectors`. It never
//! writes a row that is there already.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use rusqlite::types::Null;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Statement, ToSql, Transaction, TransactionBehavior};
use serde::Serialize;

use super::columns;
use super::schema::{INDEX_BY_DATE, day_columns, day_key, day_keys, vector_to_blob};
use super::store::{refused, set_meta};
use crate::day::{PROPERTIES, Value};
use crate::document::{Document, Object};
use crate::record::Date;
use crate::sink::{Finished, KIND, Pushed, Sink, SinkError, checked_vector};

/// The writing half of a store.
#[derive(Debug)]
pub struct SqliteSink {
    path: PathBuf,
    connection: Connection,
    dimensions: Option<usize>,
}

impl SqliteSink {
    pub(super) fn new(path: &Path, connection: Connection, dimensions: Option<usize>) -> SqliteSink {
        SqliteSink {
            path: path.to_path_buf(),
            connection,
            dimensions,
        }
    }

    fn write(&mut self, objects: &[Object]) -> rusqlite::Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        set_meta(&transaction, "complete", "0")?;
        let mut rows = Rows::prepare(&transaction)?;
        for object in objects {
            rows.put(object)?;
        }
        drop(rows);
        transaction.commit()
    }

    fn delete_others(&mut self, user_id: &str, dates: &[Date]) -> rusqlite::Result<u64> {
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
        columns::pack(&transaction)?;
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

/// The statements of one transaction.
struct Rows<'a> {
    find_user: CachedStatement<'a>,
    insert_user: CachedStatement<'a>,
    put_day: CachedStatement<'a>,
    put_vector: CachedStatement<'a>,
    /// Objects come user by user.
    last_user: Option<(Arc<str>, i64)>,
    blob: Vec<u8>,
}

/// Same hash, wording and model: same row, which then is not written again.
static PUT_DAY: LazyLock<String> = LazyLock::new(|| {
    let columns = day_columns();
    let values: Vec<String> = (1..=columns.len()).map(|number| format!("?{number}")).collect();
    let replace: Vec<String> = columns[1..]
        .iter()
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    format!(
        "INSERT INTO days({}) VALUES ({}) ON CONFLICT(day) DO UPDATE SET {} \
         WHERE (content_hash, template, model) IS NOT (excluded.content_hash, excluded.template, excluded.model)",
        columns.join(", "),
        values.join(", "),
        replace.join(", ")
    )
});

const PUT_VECTOR: &str = "INSERT INTO vectors(day, vector) VALUES (?1, ?2) \
                          ON CONFLICT(day) DO UPDATE SET vector = excluded.vector WHERE vector <> excluded.vector";

impl<'a> Rows<'a> {
    fn prepare(transaction: &'a Transaction<'_>) -> rusqlite::Result<Rows<'a>> {
        Ok(Rows {
            find_user: transaction.prepare_cached("SELECT user FROM users WHERE user_id = ?1")?,
            insert_user: transaction.prepare_cached("INSERT INTO users(user_id) VALUES (?1)")?,
            put_day: transaction.prepare_cached(&PUT_DAY)?,
            put_vector: transaction.prepare_cached(PUT_VECTOR)?,
            last_user: None,
            blob: Vec::new(),
        })
    }

    fn put(&mut self, object: &Object) -> rusqlite::Result<()> {
        let document = &object.document;
        let user = self.user(&document.day.user_id)?;
        let key = day_key(user, document.day.date);
        bind_day(&mut self.put_day, key, document)?;
        self.put_day.raw_execute()?;
        if let Some(vector) = &object.vector {
            vector_to_blob(vector, &mut self.blob);
            self.put_vector.execute((key, &self.blob))?;
        }
        Ok(())
    }

    /// The number of a user, new where there is none.
    fn user(&mut self, user_id: &Arc<str>) -> rusqlite::Result<i64> {
        if let Some((last, user)) = &self.last_user
            && last == user_id
        {
            return Ok(*user);
        }
        let found = self.find_user.query_row([user_id], |row| row.get(0)).optional()?;
        let user = match found {
            Some(user) => user,
            None => self.insert_user.insert([user_id])?,
        };
        self.last_user = Some((user_id.clone(), user));
        Ok(user)
    }
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
    for info in &PROPERTIES {
        match day.get(info.property) {
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
