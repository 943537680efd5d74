//! Opens a store, makes it where there is none, and refuses what is not ours. What comes in: a path and what the run
//! makes; what goes out: a connection, or an error that says what the file is and what to do. It never changes a file
//! of another program.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};

use super::columns;
use super::schema::{APPLICATION_ID, SCHEMA_VERSION, schema_sql};
use super::{Expect, SinkError};

/// How long to wait for another writer. A batch of thousands of days commits in well under a second, so whoever holds
/// the store longer is not about to let go.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Each page goes through the log and then into the file. With 16 KiB instead of 8, 569,400 days took a tenth less time
/// to write and a twentieth less room, and four questions between 8 % less time and 4 % more; 32 KiB gained little more.
const PAGE_BYTES: u32 = 16_384;

/// Negative: in KiB. Days arrive in the order of their key, but the index by date, once it is there, is
/// written all over.
const CACHE_KIB: i32 = -32 * 1024;

const ANOTHER_FILE: &str = "name another file with --to sqlite:PATH";

/// What a store was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Fingerprint of the model; `None` in a store without vectors.
    pub model: Option<String>,
    /// Length of a vector; `None` in a store without vectors.
    pub dimensions: Option<usize>,
    /// Version of the wording.
    pub template: String,
    /// Whether the last run into the store came to its end.
    pub complete: bool,
}

/// Opens a store that must be there, to read. Other programs may read and write it at the same time.
pub fn open_for_reading(path: &Path) -> Result<Connection, SinkError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    match identify(&connection).map_err(|error| refused(path, error))? {
        Identity::Ours => Ok(connection),
        Identity::Empty => Err(mismatch(
            path,
            "there is no day in it yet",
            "run `vitalvec ingest` first",
        )),
        Identity::Foreign(problem) => Err(mismatch(path, &problem, "name the file of an ingest")),
        Identity::Version(version) => Err(other_version(path, version)),
    }
}

/// Opens a store for a run; the file is made where there is none.
pub(super) fn open_for_writing(path: &Path, expect: &Expect<'_>) -> Result<Connection, SinkError> {
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    let identity = identify(&connection).map_err(|error| refused(path, error))?;
    match identity {
        Identity::Ours | Identity::Empty => {}
        Identity::Foreign(problem) => return Err(mismatch(path, &problem, ANOTHER_FILE)),
        Identity::Version(version) => return Err(other_version(path, version)),
    }
    prepare(&connection).map_err(|error| refused(path, error))?;
    create(&mut connection, expect).map_err(|error| refused(path, error))?;
    agree(path, &mut connection, expect)?;
    add_columns(&mut connection).map_err(|error| refused(path, error))?;
    Ok(connection)
}

fn connect(path: &Path, mode: OpenFlags) -> Result<Connection, SinkError> {
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| refused(path, error))?;
    connection
        .busy_timeout(BUSY_TIMEOUT)
        .map_err(|error| refused(path, error))?;
    let writing = mode.contains(OpenFlags::SQLITE_OPEN_READ_WRITE);
    if writing && connection.is_readonly("main").map_err(|error| refused(path, error))? {
        return Err(SinkError::file(path, std::io::ErrorKind::PermissionDenied.into()));
    }
    Ok(connection)
}

/// What a database is.
enum Identity {
    Ours,
    Empty,
    Foreign(String),
    Version(i32),
}

fn identify(connection: &Connection) -> rusqlite::Result<Identity> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let application_id = match pragma("application_id") {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Ok(Identity::Foreign("this is no SQLite database".to_string()));
        }
        other => other?,
    };
    let version = pragma("user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application_id, version) {
        (0, 0) if tables == 0 => Identity::Empty,
        (APPLICATION_ID, SCHEMA_VERSION) => Identity::Ours,
        (APPLICATION_ID, version) => Identity::Version(version),
        _ => Identity::Foreign("this is an SQLite database of another program".to_string()),
    })
}

/// The page size counts for an empty file only, the journal's mode stays with the file.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)
}

/// Makes the tables in one transaction, so that a store has all of them or none.
fn create(connection: &mut Connection, expect: &Expect<'_>) -> rusqlite::Result<()> {
    if !matches!(identify(connection)?, Identity::Empty) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another run may have made them between the question and the lock.
    if !matches!(identify(&transaction)?, Identity::Empty) {
        return Ok(());
    }
    transaction.execute_batch(&schema_sql())?;
    transaction.execute_batch(columns::TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    let created_by = concat!("vitalvec ", env!("CARGO_PKG_VERSION"));
    for (key, value) in [
        ("template", expect.template),
        ("created_by", created_by),
        ("complete", "0"),
    ] {
        set_meta(&transaction, key, value)?;
    }
    transaction.commit()
}

/// Stores that are older than the columns get their tables.
fn add_columns(connection: &mut Connection) -> rusqlite::Result<()> {
    if connection.table_exists(None, "packed_users")? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(columns::TABLES)?;
    transaction.commit()
}

pub(super) fn set_meta(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO meta(key, value) VALUES (?1, ?2) \
               ON CONFLICT(key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value";
    connection.prepare_cached(sql)?.execute([key, value])?;
    Ok(())
}

/// What the store was made with.
pub fn made(connection: &Connection) -> rusqlite::Result<Made> {
    let meta = |key: &str| -> rusqlite::Result<Option<String>> {
        connection
            .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
            .optional()
    };
    Ok(Made {
        model: meta("model")?,
        dimensions: meta("dimensions")?.and_then(|number| number.parse().ok()),
        template: meta("template")?.unwrap_or_default(),
        complete: meta("complete")?.as_deref() == Some("1"),
    })
}

/// Store and run must agree on model and wording. A store without vectors takes the model of the first run with one:
/// all its days then count as not known, and get their vectors.
fn agree(path: &Path, connection: &mut Connection, expect: &Expect<'_>) -> Result<(), SinkError> {
    let made = made(connection).map_err(|error| refused(path, error))?;
    if made.template != expect.template {
        let problem = format!(
            "the store was made with wording {}, this run uses {}",
            made.template, expect.template
        );
        return Err(mismatch(path, &problem, &format!("{ANOTHER_FILE}, or delete this one")));
    }
    match (&made.model, &expect.model) {
        (None, None) => Ok(()),
        (None, Some(model)) => adopt(connection, model, expect.dimensions).map_err(|error| refused(path, error)),
        (Some(stored), Some(model)) if **stored == **model && made.dimensions == expect.dimensions => Ok(()),
        (Some(stored), model) => {
            let stored = described(Some(stored), made.dimensions);
            let ours = described(model.as_deref(), expect.dimensions);
            let problem = format!("the store was made with {stored}, this run uses {ours}");
            let remedy = format!("use the same --model, {ANOTHER_FILE}, or delete this one");
            Err(mismatch(path, &problem, &remedy))
        }
    }
}

fn described(model: Option<&str>, dimensions: Option<usize>) -> String {
    match (model, dimensions) {
        (None, _) => "no model".to_string(),
        (Some(model), None) => format!("model {model}"),
        (Some(model), Some(dimensions)) => format!("model {model} ({dimensions} dimensions)"),
    }
}

fn adopt(connection: &mut Connection, model: &str, dimensions: Option<usize>) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    set_meta(&transaction, "model", model)?;
    if let Some(dimensions) = dimensions {
        set_meta(&transaction, "dimensions", &dimensions.to_string())?;
    }
    set_meta(&transaction, "complete", "0")?;
    transaction.commit()
}

fn mismatch(path: &Path, problem: &str, remedy: &str) -> SinkError {
    SinkError::Mismatch {
        path: path.to_path_buf(),
        problem: problem.to_string(),
        remedy: remedy.to_string(),
    }
}

fn other_version(path: &Path, version: i32) -> SinkError {
    let problem = format!("the store has schema version {version}, this program knows version {SCHEMA_VERSION}");
    mismatch(
        path,
        &problem,
        &format!("use the version of vitalvec that made it, or {ANOTHER_FILE}"),
    )
}

/// What SQLite said, in words that help.
pub(super) fn refused(path: &Path, error: rusqlite::Error) -> SinkError {
    let system = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            return SinkError::Busy {
                path: path.to_path_buf(),
            };
        }
        Some(ErrorCode::NotADatabase) => return mismatch(path, "this is no SQLite database", ANOTHER_FILE),
        Some(ErrorCode::CannotOpen) => why_not_opened(path),
        Some(ErrorCode::ReadOnly) => Some(std::io::ErrorKind::PermissionDenied.into()),
        Some(ErrorCode::DiskFull) => Some(std::io::ErrorKind::StorageFull.into()),
        _ => None,
    };
    match system {
        Some(source) => SinkError::file(path, source),
        None => SinkError::Sqlite {
            path: path.to_path_buf(),
            source: error,
        },
    }
}

/// SQLite does not tell why it cannot open a file; the system does.
fn why_not_opened(path: &Path) -> Option<std::io::Error> {
    let error = OpenOptions::new().read(true).write(true).open(path).err()?;
    if error.kind() != std::io::ErrorKind::NotFound {
        return Some(error);
    }
    let folder = path.parent().filter(|folder| folder.is_dir());
    Some(
        folder
            .and_then(|folder| tempfile::tempfile_in(folder).err())
            .unwrap_or(error),
    )
}
