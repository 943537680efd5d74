//! Reads what a store holds. What comes in: a user and dates; what goes out: hashes and vectors. It never writes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::schema::{day_key, vector_from_blob};
use super::store::refused;
use crate::record::Date;
use crate::sink::{Known, Ledger, SinkError};

/// The reading half of a store.
#[derive(Debug)]
pub struct SqliteLedger {
    path: PathBuf,
    connection: Connection,
    /// Bytes of a vector; a day whose vector is missing or of another length counts as not known.
    vector_bytes: Option<usize>,
}

impl SqliteLedger {
    pub(super) fn new(path: &Path, connection: Connection, dimensions: Option<usize>) -> SqliteLedger {
        SqliteLedger {
            path: path.to_path_buf(),
            connection,
            vector_bytes: dimensions.map(|dimensions| dimensions * size_of::<f32>()),
        }
    }

    fn user(&self, user_id: &str) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT user FROM users WHERE user_id = ?1")?
            .query_row([user_id], |row| row.get(0))
            .optional()
    }

    /// Reads the days from the first to the last date asked in one sweep: they lie together.
    fn sweep<T: Clone>(
        &self,
        user_id: &str,
        dates: &[Date],
        rows: impl Fn(&Connection, i64, i64) -> rusqlite::Result<HashMap<i64, T>>,
    ) -> rusqlite::Result<Vec<Option<T>>> {
        let (Some(first), Some(last)) = (dates.iter().min(), dates.iter().max()) else {
            return Ok(Vec::new());
        };
        let Some(user) = self.user(user_id)? else {
            return Ok(vec![None; dates.len()]);
        };
        let found = rows(&self.connection, day_key(user, *first), day_key(user, *last))?;
        let keys = dates.iter().map(|date| day_key(user, *date));
        Ok(keys.map(|key| found.get(&key).cloned()).collect())
    }

    fn known_rows(&self, user_id: &str, dates: &[Date]) -> rusqlite::Result<Vec<Option<Known>>> {
        let sql = "SELECT day, content_hash, template, model FROM days WHERE day BETWEEN ?1 AND ?2 AND \
                   (?3 IS NULL OR EXISTS (SELECT 1 FROM vectors WHERE vectors.day = days.day AND length(vector) = ?3))";
        self.sweep(user_id, dates, |connection, first, last| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map((first, last, self.vector_bytes.map(|bytes| bytes as i64)), |row| {
                let known = Known {
                    content_hash: row.get(1)?,
                    template: row.get(2)?,
                    model: row.get(3)?,
                };
                Ok((row.get(0)?, known))
            })?;
            rows.collect()
        })
    }

    fn vector_rows(&self, user_id: &str, dates: &[Date]) -> rusqlite::Result<Vec<Option<Arc<[f32]>>>> {
        let sql = "SELECT day, vector FROM vectors WHERE day BETWEEN ?1 AND ?2";
        self.sweep(user_id, dates, |connection, first, last| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query((first, last))?;
            let mut found = HashMap::new();
            while let Some(row) = rows.next()? {
                let blob = row.get_ref(1)?.as_blob()?;
                if Some(blob.len()) == self.vector_bytes
                    && let Some(vector) = vector_from_blob(blob)
                {
                    found.insert(row.get(0)?, vector);
                }
            }
            Ok(found)
        })
    }
}

impl Ledger for SqliteLedger {
    fn known(&mut self, user_id: &str, dates: &[Date]) -> Result<Vec<Option<Known>>, SinkError> {
        self.known_rows(user_id, dates)
            .map_err(|error| refused(&self.path, error))
    }

    fn vectors(&mut self, user_id: &str, dates: &[Date]) -> Result<Vec<Option<Arc<[f32]>>>, SinkError> {
        self.vector_rows(user_id, dates)
            .map_err(|error| refused(&self.path, error))
    }
}
