//! Vectors of texts embedded in earlier runs, in one SQLite file for all models and targets. What comes in: texts, and
//! vectors of those that had none; what goes out: vectors, bit for bit where they are kept in f32. It holds no text, its
//! size is bounded, and no trouble with it ever fails a run: there is a warning, and the run goes on without it.
//!
//! A row's key is a digest over the model's fingerprint, the precisions and the text. Rows are numbered as they come, so
//! that writing appends, and when there is no more room the oldest go.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use half::f16;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use super::EncoderInfo;

/// `PRAGMA application_id` of a cache: "vvca".
const APPLICATION_ID: i32 = 0x7676_6361;

/// A batch of another run is written in well under this time.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// How far from one the length of a vector may be that was not damaged; f16 rounds to three digits.
const LENGTH_TOLERANCE: f32 = 0.01;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS vectors (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE, -- 16 bytes of SHA-256
    vector BLOB NOT NULL      -- little-endian
)";

/// Where vectors are kept between runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// The SQLite file; made where there is none.
    pub path: PathBuf,
    /// Vectors beyond this make room for newer ones.
    pub most_bytes: u64,
    /// Whether vectors are rounded to f16, at half the size.
    pub half: bool,
}

impl CacheSettings {
    /// The cache of this user; `None` where the system has no such place.
    pub fn default_path() -> Option<PathBuf> {
        Some(dirs::cache_dir()?.join("vitalvec").join("vectors.db"))
    }
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
enum CacheError {
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("this is a database of another program")]
    Foreign,
}

/// The vectors that one model has given, or nothing once there was trouble.
pub(super) struct VectorCache {
    settings: CacheSettings,
    /// Begins every digest.
    model: String,
    dimensions: usize,
    connection: Option<Connection>,
}

impl VectorCache {
    /// Opens the cache for the vectors of an encoder.
    pub(super) fn open(settings: CacheSettings, info: &EncoderInfo) -> VectorCache {
        let kept = if settings.half { "f16" } else { "f32" };
        let mut cache = VectorCache {
            model: format!("{} {} {kept}\n", info.fingerprint, info.precision),
            dimensions: info.dimensions,
            connection: None,
            settings,
        };
        match connect(&cache.settings.path) {
            Ok(connection) => cache.connection = Some(connection),
            Err(error) => cache.give_up(&error),
        }
        cache
    }

    /// The vectors that are there, in the order of the texts.
    pub(super) fn get(&mut self, texts: &[&str]) -> Vec<Option<Arc<[f32]>>> {
        self.read(texts).unwrap_or_else(|error| {
            self.give_up(&error);
            vec![None; texts.len()]
        })
    }

    /// Whether it was opened, and gave no trouble since.
    pub(super) fn is_usable(&self) -> bool {
        self.connection.is_some()
    }

    /// Keeps the vectors of texts.
    pub(super) fn put<T: AsRef<str>>(&mut self, batch: &[(T, Arc<[f32]>)]) {
        if let Err(error) = self.write(batch) {
            self.give_up(&error);
        }
    }

    fn give_up(&mut self, error: &CacheError) {
        let path = self.settings.path.display();
        tracing::warn!(
            "{path}: {error}; this run goes on without reading the cache, or without writing it. If nobody else works with \
             the file, delete it, or name another with --cache"
        );
        self.connection = None;
    }

    fn read(&self, texts: &[&str]) -> Result<Vec<Option<Arc<[f32]>>>, CacheError> {
        let Some(connection) = self.connection.as_ref() else {
            return Ok(vec![None; texts.len()]);
        };
        let transaction = connection.unchecked_transaction()?;
        let mut select = transaction.prepare_cached("SELECT vector FROM vectors WHERE key = ?1")?;
        let vector = |text: &&str| -> Result<Option<Arc<[f32]>>, CacheError> {
            let bytes = select.query_row([self.key(text)], |row| row.get::<_, Vec<u8>>(0));
            Ok(bytes.optional()?.and_then(|bytes| self.decode(&bytes)))
        };
        texts.iter().map(vector).collect()
    }

    fn write<T: AsRef<str>>(&mut self, batch: &[(T, Arc<[f32]>)]) -> Result<(), CacheError> {
        if batch.is_empty() {
            return Ok(());
        }
        // Only a connection that gave no trouble is put back.
        let Some(mut connection) = self.connection.take() else {
            return Ok(());
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            // A damaged vector is replaced.
            let mut insert = transaction.prepare_cached(
                "INSERT INTO vectors (key, vector) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET vector = excluded.vector",
            )?;
            for (text, vector) in batch {
                insert.execute(params![self.key(text.as_ref()), self.encode(vector)])?;
            }
        }
        self.make_room(&transaction, batch.len())?;
        transaction.commit()?;
        self.connection = Some(connection);
        Ok(())
    }

    /// Deletes the oldest vectors, of whatever model, so many at a time, until the pages in use fit.
    fn make_room(&self, connection: &Connection, at_once: usize) -> rusqlite::Result<()> {
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let most_pages = i64::try_from(self.settings.most_bytes).unwrap_or(i64::MAX) / pragma("page_size")?;
        let mut delete = connection.prepare_cached(
            "DELETE FROM vectors WHERE number IN (SELECT number FROM vectors ORDER BY number LIMIT ?1)",
        )?;
        while pragma("page_count")? - pragma("freelist_count")? > most_pages {
            if delete.execute([at_once as i64])? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn width(&self) -> usize {
        if self.settings.half { 2 } else { 4 }
    }

    fn key(&self, text: &str) -> [u8; 16] {
        let digest = Sha256::new().chain_update(&self.model).chain_update(text).finalize();
        std::array::from_fn(|at| digest[at])
    }

    fn encode(&self, vector: &[f32]) -> Vec<u8> {
        if self.settings.half {
            vector
                .iter()
                .flat_map(|&value| f16::from_f32(value).to_le_bytes())
                .collect()
        } else {
            vector.iter().flat_map(|value| value.to_le_bytes()).collect()
        }
    }

    /// `None` for what is no unit vector of this model.
    fn decode(&self, bytes: &[u8]) -> Option<Arc<[f32]>> {
        let (halves, []) = bytes.as_chunks::<2>() else {
            return None;
        };
        let (singles, _) = bytes.as_chunks::<4>();
        let vector: Arc<[f32]> = if self.settings.half {
            halves.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect()
        } else {
            singles.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
        };
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        let sound = bytes.len() == self.dimensions * self.width() && (length - 1.0).abs() < LENGTH_TOLERANCE;
        sound.then_some(vector)
    }
}

fn connect(path: &Path) -> Result<Connection, CacheError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    make_private(path)?;
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && (application != 0 || tables != 0) {
        return Err(CacheError::Foreign);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    if application == 0 {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    connection.execute_batch(TABLE)?;
    Ok(connection)
}

/// Vectors can be read back into text: the file is its owner's alone. SQLite gives its other files the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(path: &Path, half: bool, most_bytes: u64) -> VectorCache {
        cache_of("model", path, half, most_bytes)
    }

    fn cache_of(fingerprint: &str, path: &Path, half: bool, most_bytes: u64) -> VectorCache {
        let info = EncoderInfo {
            model: "a model".to_string(),
            fingerprint: fingerprint.into(),
            dimensions: 2,
            device: "cpu",
            precision: "f32",
            reason: String::new(),
        };
        let settings = CacheSettings {
            path: path.to_path_buf(),
            most_bytes,
            half,
        };
        VectorCache::open(settings, &info)
    }

    fn unit(angle: f32) -> Arc<[f32]> {
        Arc::from([angle.cos(), angle.sin()])
    }

    const ROOM: u64 = 1 << 20;

    #[test]
    fn what_one_run_put_another_gets_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("vectors.db");
        cache(&path, false, ROOM).put(&[("a", unit(0.3)), ("", unit(2.0))]);
        let found = cache(&path, false, ROOM).get(&["", "b", "a"]);
        assert_eq!(found, [Some(unit(2.0)), None, Some(unit(0.3))]);
    }

    #[test]
    fn vectors_in_f16_are_near_and_kept_apart_from_those_in_f32_and_of_other_models() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.db");
        cache(&path, true, ROOM).put(&[("a", unit(0.3))]);
        let found = cache(&path, true, ROOM).get(&["a"]).remove(0).unwrap();
        assert!((found[0] - unit(0.3)[0]).abs() < 1e-3, "{found:?}");
        assert_eq!(cache(&path, false, ROOM).get(&["a"]), [None]);
        assert_eq!(cache_of("another", &path, true, ROOM).get(&["a"]), [None]);
    }

    #[test]
    fn the_oldest_vectors_go_when_there_is_no_more_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.db");
        const BOUND: u64 = 256 << 10;
        let texts: Vec<String> = (0..9000).map(|number| number.to_string()).collect();
        let mut caches = ["one model", "another"].map(|model| cache_of(model, &path, false, BOUND));
        for (batch, texts) in texts.chunks(50).enumerate() {
            let vectors: Vec<_> = texts.iter().map(|text| (text, unit(1.0))).collect();
            caches[batch % 2].put(&vectors);
        }
        let mut all = Vec::new();
        for (batch, texts) in texts.chunks(50).enumerate() {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            all.extend(caches[batch % 2].get(&texts).iter().map(Option::is_some));
        }
        assert!(all.is_sorted() && all[8000] && !all[1000]);
        drop(caches);
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        assert!(fs::metadata(&path).unwrap().len() <= BOUND);
    }

    #[test]
    fn a_damaged_vector_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.db");
        let mut cache = cache(&path, false, ROOM);
        for damage in [
            "x''",
            "x'0000803f'",
            "x'0000c07f0000c07f'",
            "zeroblob(8)",
            "zeroblob(3)",
        ] {
            cache.put(&[("a", unit(0.3))]);
            let connection = cache.connection.as_ref().unwrap();
            connection
                .execute(&format!("UPDATE vectors SET vector = {damage}"), [])
                .unwrap();
            assert_eq!(cache.get(&["a"]), [None], "{damage}");
        }
        cache.put(&[("a", unit(0.3))]);
        assert_eq!(cache.get(&["a"]), [Some(unit(0.3))]);
    }

    #[test]
    fn a_file_that_is_no_cache_is_left_alone_and_the_run_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("notes.txt");
        fs::write(&text, "no database, but long enough to be looked at".repeat(100)).unwrap();
        let foreign = folder.path().join("other.db");
        let other = Connection::open(&foreign).unwrap();
        other.execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
        drop(other);
        for path in [&text, &foreign, folder.path()] as [&Path; 3] {
            let before = fs::read(path).ok();
            let mut cache = cache(path, false, ROOM);
            cache.put(&[("a", unit(0.3))]);
            assert_eq!(cache.get(&["a", "b"]), [None, None]);
            assert_eq!(fs::read(path).ok(), before, "{}", path.display());
        }
    }

    #[test]
    fn a_locked_cache_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.db");
        let mut cache = cache(&path, false, ROOM);
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        cache.connection.as_ref().unwrap().busy_timeout(Duration::ZERO).unwrap();
        cache.put(&[("a", unit(0.3))]);
        assert!(cache.connection.is_none());
        assert_eq!(cache.get(&["a"]), [None]);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        cache(&folder.path().join("vectors.db"), false, ROOM).put(&[("a", unit(0.3))]);
        for entry in fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{entry:?}");
        }
    }
}
