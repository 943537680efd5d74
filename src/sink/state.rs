//! What a server holds of us, kept on this machine. What comes in: ids that are about to be sent, and the server's
//! yes; what goes out: what is known of a day. It never marks a day before the server said yes.
//!
//! An SQLite database a target, in the folder of `--state`:
//!
//! | table | holds |
//! | --- | --- |
//! | `meta` | `load`: which making of the collection, if it is one, this is about |
//! | `pushed` | id, content hash, wording, model and time of each object that the server took |
//! | `in_flight` | ids that were sent and not yet answered: a run that is killed leaves them |

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use super::{Known, Ledger, SinkError};
use crate::document::{Document, day_id};
use crate::record::Date;

/// `PRAGMA application_id`: "vvws".
const APPLICATION_ID: i32 = 0x7676_7773;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS pushed(
        id BLOB PRIMARY KEY, content_hash TEXT NOT NULL, template TEXT NOT NULL, model TEXT, pushed_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS in_flight(id BLOB PRIMARY KEY) WITHOUT ROWID;";

const MARK: &str = "INSERT INTO pushed(id, content_hash, template, model, pushed_at) VALUES (?1, ?2, ?3, ?4, ?5) \
    ON CONFLICT(id) DO UPDATE SET content_hash = excluded.content_hash, template = excluded.template, \
    model = excluded.model, pushed_at = excluded.pushed_at";

/// Another run holds the database for a moment at most: it writes a few hundred rows at once.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A day as a server takes it, ready to be sent, perhaps more than once.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    pub(super) id: Uuid,
    /// What the ledger keeps of it.
    pub(super) known: Known,
    /// As it goes over the line.
    pub(super) body: Bytes,
}

impl Encoded {
    pub(super) fn new(document: &Document, body: Bytes) -> Encoded {
        Encoded {
            id: document.id(),
            known: Known {
                content_hash: document.content_hash.clone(),
                template: document.template.to_string(),
                model: document.model.as_deref().map(str::to_string),
            },
            body,
        }
    }
}

/// A connection to the ledger of one target.
#[derive(Debug)]
pub(super) struct State {
    path: PathBuf,
    connection: Connection,
}

impl State {
    /// Opens the ledger, and makes it where there is none.
    pub(super) fn open(path: &Path) -> Result<State, SinkError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| SinkError::file(folder, error))?;
        }
        let state = State {
            path: path.to_path_buf(),
            connection: Connection::open(path).map_err(|source| failed(path, source))?,
        };
        let id = state
            .sql(|connection| connection.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0)))?;
        if id != 0 && id != APPLICATION_ID {
            return Err(SinkError::Mismatch {
                path: path.to_path_buf(),
                problem: "this is a database of another program".to_string(),
                remedy: "name another folder with --state".to_string(),
            });
        }
        state.sql(|connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
            connection.execute_batch(TABLES)
        })?;
        Ok(state)
    }

    /// Deletes the ledger of a collection that is no more; none is as good as deleted.
    pub(super) fn remove(path: &Path) -> Result<(), SinkError> {
        for end in ["-wal", "-shm", ""] {
            let mut file = path.as_os_str().to_owned();
            file.push(end);
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(SinkError::file(path, error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn sql<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, SinkError> {
        run(&self.connection).map_err(|source| failed(&self.path, source))
    }

    fn transaction<T>(&mut self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, SinkError> {
        let all = |connection: &mut Connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let outcome = run(&transaction)?;
            transaction.commit()?;
            Ok(outcome)
        };
        all(&mut self.connection).map_err(|source| failed(&self.path, source))
    }

    /// Which making of the collection the ledger is about.
    pub(super) fn load(&self) -> Result<Option<String>, SinkError> {
        let sql = "SELECT value FROM meta WHERE key = 'load'";
        self.sql(|connection| connection.query_row(sql, [], |row| row.get(0)).optional())
    }

    /// Forgets everything: from here on the ledger is about another making of the collection.
    pub(super) fn forget(&mut self, load: &str) -> Result<(), SinkError> {
        self.transaction(|connection| {
            connection.execute_batch("DELETE FROM pushed; DELETE FROM in_flight")?;
            connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('load', ?1)", [load])?;
            Ok(())
        })
    }

    /// How many objects the server took.
    pub(super) fn pushed(&self) -> Result<i64, SinkError> {
        self.sql(|connection| connection.query_row("SELECT count(*) FROM pushed", [], |row| row.get(0)))
    }

    /// When an object was taken, in milliseconds since 1970.
    pub(super) fn pushed_at(&self, id: Uuid) -> Result<Option<i64>, SinkError> {
        let sql = "SELECT pushed_at FROM pushed WHERE id = ?1";
        self.sql(|connection| connection.query_row(sql, [id.as_bytes()], |row| row.get(0)).optional())
    }

    /// Writes down what is about to be sent; `true` for each object that an earlier run left in flight.
    pub(super) fn begin(&mut self, objects: &[&Encoded]) -> Result<Vec<bool>, SinkError> {
        self.transaction(|connection| {
            let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO in_flight(id) VALUES (?1)")?;
            objects
                .iter()
                .map(|object| Ok(insert.execute([object.id.as_bytes()])? == 0))
                .collect()
        })
    }

    /// Marks what the server took, and takes what is settled out of flight.
    pub(super) fn settle(&mut self, stored: &[&Encoded], refused: &[&Encoded]) -> Result<(), SinkError> {
        let now = milliseconds_since_1970();
        self.transaction(|connection| {
            let mut mark = connection.prepare_cached(MARK)?;
            let mut land = connection.prepare_cached("DELETE FROM in_flight WHERE id = ?1")?;
            for Encoded { id, known, .. } in stored {
                mark.execute((id.as_bytes(), &known.content_hash, &known.template, &known.model, now))?;
            }
            for object in stored.iter().chain(refused) {
                land.execute([object.id.as_bytes()])?;
            }
            Ok(())
        })
    }

    /// Forgets days that are about to be deleted.
    pub(super) fn drop_days(&mut self, ids: &[Uuid]) -> Result<(), SinkError> {
        self.transaction(|connection| {
            let mut drop = connection.prepare_cached("DELETE FROM pushed WHERE id = ?1")?;
            let all = ids.iter().map(|id| drop.execute([id.as_bytes()]).map(|_| ()));
            all.collect()
        })
    }

    fn known_of(&self, id: Uuid) -> rusqlite::Result<Option<Known>> {
        // What is in flight may be there in its old form or its new: it equals neither.
        let sql = "SELECT iif(EXISTS (SELECT 1 FROM in_flight WHERE in_flight.id = pushed.id), '', content_hash), \
                   template, model FROM pushed WHERE id = ?1";
        let known = |row: &rusqlite::Row<'_>| {
            Ok(Known {
                content_hash: row.get(0)?,
                template: row.get(1)?,
                model: row.get(2)?,
            })
        };
        self.connection
            .prepare_cached(sql)?
            .query_row([id.as_bytes()], known)
            .optional()
    }
}

impl Ledger for State {
    fn known(&mut self, user_id: &str, dates: &[Date]) -> Result<Vec<Option<Known>>, SinkError> {
        let all = dates.iter().map(|date| self.known_of(day_id(user_id, *date)));
        all.collect::<rusqlite::Result<_>>()
            .map_err(|source| failed(&self.path, source))
    }

    /// The vectors are on the server only.
    fn vectors(&mut self, _user_id: &str, dates: &[Date]) -> Result<Vec<Option<Arc<[f32]>>>, SinkError> {
        Ok(vec![None; dates.len()])
    }
}

pub(super) fn milliseconds_since_1970() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_millis() as i64)
}

fn failed(path: &Path, source: rusqlite::Error) -> SinkError {
    SinkError::Sqlite {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(date: Date, content_hash: &str) -> Encoded {
        Encoded {
            id: day_id("u", date),
            known: Known {
                content_hash: content_hash.to_string(),
                template: "t1".to_string(),
                model: Some("m".to_string()),
            },
            body: Bytes::new(),
        }
    }

    #[test]
    fn a_day_is_known_after_the_yes_and_unknown_while_it_is_in_flight() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("deep/state.db");
        let mut state = State::open(&path).unwrap();
        let dates = [Date::from_days(1), Date::from_days(2)];
        let (first, second) = (encoded(dates[0], "a"), encoded(dates[1], "b"));
        assert_eq!(state.begin(&[&first, &second]).unwrap(), [false, false]);
        assert_eq!(state.known("u", &dates).unwrap(), [None, None]);
        state.settle(&[&first], &[&second]).unwrap();
        assert_eq!(state.known("u", &dates).unwrap(), [Some(first.known.clone()), None]);
        state.begin(&[&encoded(dates[0], "c")]).unwrap();
        let mut again = State::open(&path).unwrap();
        let known = again.known("u", &dates).unwrap().remove(0).unwrap();
        assert_eq!(known.content_hash, "");
        assert_eq!(again.begin(&[&first, &second]).unwrap(), [true, false]);
        again.forget("another").unwrap();
        assert_eq!(
            (again.pushed().unwrap(), again.load().unwrap().as_deref()),
            (0, Some("another"))
        );
    }
}
