//! The SQLite store, read. What comes in: what must be loaded of which days; what goes out: days, vectors, texts.
//! It ranks nothing, and writes nothing but the vectors of the vocabulary's phrases, once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params, params_from_iter};

use crate::record::Date;

use super::condition::Clause;
use super::load::{Candidate, Load, narrowing};
use super::window::Window;

/// Bits of a day key below the user.
const DATE_BITS: u32 = 22;
/// Days from 0000-01-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_528;

/// Why the store could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("there is no store at {0}; run `vitalvec ingest` first, or name another one with --in")]
    Missing(PathBuf),
    /// The file is something else.
    #[error("{0} is no vitalvec store; name one that `vitalvec ingest` has made with --in")]
    Foreign(PathBuf),
    /// SQLite refused.
    #[error("{path}: {source}")]
    Sqlite {
        /// The store.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

/// Whose days are searched, and from when to when.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scope {
    /// One user by its number in the store; `None` for all.
    pub(super) user: Option<i64>,
    /// Not before.
    pub(super) from: Option<Date>,
    /// Not after.
    pub(super) until: Option<Date>,
}

impl Scope {
    /// First and last value of the low bits of a day key.
    fn low_bits(&self) -> (i64, i64) {
        let bits = |date: Date| (i64::from(date.days()) + DAYS_BEFORE_1970).clamp(0, (1 << DATE_BITS) - 1);
        (self.from.map_or(0, bits), self.until.map_or((1 << DATE_BITS) - 1, bits))
    }

    /// The scope narrowed to the hull of a window.
    pub(super) fn within(mut self, window: &Window) -> Scope {
        let (from, until) = window.hull();
        self.from = self.from.max(from);
        self.until = [self.until, until].into_iter().flatten().min();
        self
    }
}

/// The date of a day key.
pub(super) fn date_of(key: i64) -> Date {
    Date::from_days(((key & ((1 << DATE_BITS) - 1)) - DAYS_BEFORE_1970) as i32)
}

/// What is shown of a day.
pub(super) struct Shown {
    pub(super) user_id: String,
    pub(super) text: String,
    pub(super) facets: Vec<String>,
}

/// A store, open for reading.
pub struct SqliteStore {
    path: PathBuf,
    connection: Connection,
}

impl SqliteStore {
    /// Opens the store at `path`.
    pub fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing(path.to_path_buf()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|source| StoreError::Sqlite {
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

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A value of the store's own notes, such as `model`.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut query = self.prepare("SELECT value FROM meta WHERE key = ?")?;
        self.read(query.query_row([key], |row| row.get(0)).optional())
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

    /// The number of a user in this store.
    pub(super) fn user(&self, user_id: &str) -> Result<Option<i64>, StoreError> {
        let mut query = self.prepare("SELECT user FROM users WHERE user_id = ?")?;
        self.read(query.query_row([user_id], |row| row.get(0)).optional())
    }

    /// Some user of this store, for an example.
    pub(super) fn any_user(&self) -> Result<Option<String>, StoreError> {
        let mut query = self.prepare("SELECT user_id FROM users ORDER BY user LIMIT 1")?;
        self.read(query.query_row([], |row| row.get(0)).optional())
    }

    /// The newest day in scope: one look at the end of each user's days.
    pub(super) fn newest(&self, scope: &Scope) -> Result<Option<Date>, StoreError> {
        let sql = "SELECT max(newest & 4194303) FROM (SELECT (SELECT max(day) FROM days \
                   WHERE day BETWEEN (user << 22) + ?2 AND (user << 22) + ?3) AS newest FROM users WHERE ?1 IS NULL OR user = ?1)";
        let (first, last) = scope.low_bits();
        let mut query = self.prepare(sql)?;
        let newest: Option<i64> = self.read(query.query_row(params![scope.user, first, last], |row| row.get(0)))?;
        Ok(newest.map(date_of))
    }

    /// Hands out every day in scope that may meet the clauses.
    pub(super) fn candidates(
        &self,
        scope: &Scope,
        load: &Load,
        clauses: &[Clause],
        each: &mut dyn FnMut(Candidate),
    ) -> Result<(), StoreError> {
        let mut bound: Vec<rusqlite::types::Value> = Vec::new();
        let (first, last) = scope.low_bits();
        bound.extend([first.into(), last.into()]);
        let one_user = scope.user.map_or(String::new(), |user| format!(" AND u.user = {user}"));
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
        let mut query = self.prepare(&sql)?;
        let nobody: Arc<str> = Arc::from("");
        let mut rows = self.read(query.query(params_from_iter(bound)))?;
        while let Some(row) = self.read(rows.next())? {
            each(self.read(load.candidate(row, &nobody))?);
        }
        Ok(())
    }

    /// One day again, with what the clauses need.
    pub(super) fn candidate(&self, key: i64, load: &Load) -> Result<Option<Candidate>, StoreError> {
        let sql = format!("SELECT {} FROM days d0{} WHERE d0.day = ?", load.select(), load.joins());
        let mut query = self.prepare(&sql)?;
        let nobody: Arc<str> = Arc::from("");
        self.read(query.query_row([key], |row| load.candidate(row, &nobody)).optional())
    }

    /// Who, text and facets of a day.
    pub(super) fn shown(&self, key: i64) -> Result<Shown, StoreError> {
        let mut query = self.prepare("SELECT user_id, text, facets FROM days WHERE day = ?")?;
        let shown = query.query_row([key], |row| {
            let facets: String = row.get(2)?;
            Ok(Shown {
                user_id: row.get(0)?,
                text: row.get(1)?,
                facets: serde_json::from_str(&facets).unwrap_or_default(),
            })
        });
        self.read(shown)
    }

    /// Cosine of the question with the vector of one day; `None` where it has none.
    pub(super) fn likeness(&self, key: i64, question: &[f32]) -> Result<Option<f32>, StoreError> {
        let mut query = self.prepare("SELECT vector FROM vectors WHERE day = ?")?;
        let found = query.query_row([key], |row| Ok(blob_dot(row.get_ref(0)?, question)));
        Ok(self.read(found.optional())?.flatten())
    }

    /// Hands out the cosine of the question with every vector in scope, in the order of the keys.
    pub(super) fn likenesses(
        &self,
        scope: &Scope,
        question: &[f32],
        each: &mut dyn FnMut(i64, f32),
    ) -> Result<(), StoreError> {
        let sql = "SELECT v.day, v.vector FROM users u CROSS JOIN vectors v \
                   ON v.day BETWEEN (u.user << 22) + ?2 AND (u.user << 22) + ?3 WHERE ?1 IS NULL OR u.user = ?1";
        let (first, last) = scope.low_bits();
        let mut query = self.prepare(sql)?;
        let mut rows = self.read(query.query(params![scope.user, first, last]))?;
        while let Some(row) = self.read(rows.next())? {
            if let Some(cosine) = blob_dot(self.read(row.get_ref(1))?, question) {
                each(self.read(row.get(0))?, cosine);
            }
        }
        Ok(())
    }

    /// The days that have most of these words, the best first.
    pub(super) fn by_words(&self, words: &[&str], scope: &Scope, limit: usize) -> Result<Vec<i64>, StoreError> {
        let quoted: Vec<String> = words
            .iter()
            .map(|word| format!("\"{}\"", word.replace('"', "")))
            .collect();
        let (first, last) = scope.low_bits();
        let user = scope.user.map_or(String::new(), |user| {
            format!(
                " AND rowid BETWEEN {} AND {}",
                (user << DATE_BITS) + first,
                (user << DATE_BITS) + last
            )
        });
        let sql = format!(
            "SELECT rowid FROM words WHERE words MATCH ?{user} AND rowid & 4194303 BETWEEN ? AND ? ORDER BY rank LIMIT ?"
        );
        let mut query = self.prepare(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = query.query_map(params![quoted.join(" OR "), first, last, limit], |row| row.get(0));
        self.read(rows.and_then(|rows| rows.collect()))
    }

    /// Vectors of phrases kept in the store for this model; `None` unless all are there.
    pub(super) fn phrase_vectors(&self, phrases: &[&str], model: &str) -> Option<Vec<Arc<[f32]>>> {
        let mut query = self
            .connection
            .prepare("SELECT vector FROM phrases WHERE model = ? AND phrase = ?")
            .ok()?;
        let vector = |phrase: &&str| {
            let blob: Vec<u8> = query.query_row([model, phrase], |row| row.get(0)).ok()?;
            let numbers = blob
                .chunks_exact(4)
                .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
            Some(numbers.collect())
        };
        phrases.iter().map(vector).collect()
    }

    /// Keeps the vectors of phrases for the next search. A store that cannot be written is searched all the same, so
    /// what fails here is only slower next time.
    pub(super) fn keep_phrase_vectors(
        &self,
        phrases: &[&str],
        vectors: &[Arc<[f32]>],
        model: &str,
    ) -> rusqlite::Result<()> {
        let mut connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(
            "CREATE TABLE IF NOT EXISTS phrases( -- the vocabulary of `search`, embedded once\n\
             model TEXT NOT NULL, phrase TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, phrase)) WITHOUT ROWID; \
             DELETE FROM phrases",
        )?;
        {
            let mut insert = transaction.prepare("INSERT OR REPLACE INTO phrases VALUES (?, ?, ?)")?;
            for (phrase, vector) in phrases.iter().zip(vectors) {
                let blob: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
                insert.execute(params![model, phrase, blob])?;
            }
        }
        transaction.commit()
    }
}

/// The cosine of a unit vector with one stored as little-endian 32-bit floats; `None` where the lengths differ.
fn blob_dot(column: ValueRef<'_>, question: &[f32]) -> Option<f32> {
    /// Sums side by side, so that the compiler can use vector instructions.
    const LANES: usize = 8;
    let blob = column.as_blob().ok()?;
    if blob.len() != question.len() * 4 {
        return None;
    }
    let mut sums = [0.0_f32; LANES];
    let (blocks, rest) = question.as_chunks::<LANES>();
    let (bytes, rest_bytes) = blob.split_at(blocks.len() * LANES * 4);
    for (block, bytes) in blocks.iter().zip(bytes.chunks_exact(LANES * 4)) {
        for lane in 0..LANES {
            let at = lane * 4;
            let stored = f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
            sums[lane] += block[lane] * stored;
        }
    }
    let tail = rest.iter().zip(rest_bytes.chunks_exact(4));
    let tail: f32 = tail
        .map(|(a, bytes)| a * f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .sum();
    Some(sums.iter().sum::<f32>() + tail)
}
