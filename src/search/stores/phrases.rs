//! Where the vectors of the vocabulary's phrases are kept, so that they are made once. What comes in: vectors; what goes
//! out: the same vectors, in a later search. A file that cannot be read or written only costs time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags, params};

/// A table in an SQLite file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseFile {
    path: PathBuf,
    flags: OpenFlags,
}

impl PhraseFile {
    /// A table in a store that is there.
    pub fn within(store: &Path) -> PhraseFile {
        PhraseFile {
            path: store.to_path_buf(),
            flags: OpenFlags::SQLITE_OPEN_READ_WRITE,
        }
    }

    /// A file in a folder of this machine, for stores that are elsewhere; made when it is needed.
    pub fn beside(folder: &Path) -> PhraseFile {
        PhraseFile {
            path: folder.join("phrases.db"),
            flags: OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        }
    }

    /// The vectors of these phrases by this model; `None` unless all are there.
    pub(in crate::search) fn vectors(&self, phrases: &[&str], model: &str) -> Option<Vec<Arc<[f32]>>> {
        let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        let mut query = connection
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

    /// Keeps the vectors for the next search, in the place of others of this model.
    pub(in crate::search) fn keep(
        &self,
        phrases: &[&str],
        vectors: &[Arc<[f32]>],
        model: &str,
    ) -> rusqlite::Result<()> {
        if let Some(folder) = self
            .path
            .parent()
            .filter(|_| self.flags.contains(OpenFlags::SQLITE_OPEN_CREATE))
        {
            // If this fails, so does opening, which says why.
            let _ = std::fs::create_dir_all(folder);
        }
        let mut connection = Connection::open_with_flags(&self.path, self.flags)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(
            "CREATE TABLE IF NOT EXISTS phrases( -- the vocabulary of `search`, embedded once\n\
             model TEXT NOT NULL, phrase TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, phrase)) WITHOUT ROWID",
        )?;
        transaction.execute("DELETE FROM phrases WHERE model = ?", [model])?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_kept_by_model_and_only_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = PhraseFile::beside(&folder.path().join("made/when/needed"));
        assert_eq!(file.vectors(&["a"], "m"), None);
        let vectors: Vec<Arc<[f32]>> = vec![[0.5, -1.0].into(), [2.0, 0.25].into()];
        file.keep(&["a", "b"], &vectors, "m").unwrap();
        file.keep(&["a"], &vectors[1..], "n").unwrap();
        assert_eq!(
            file.vectors(&["b", "a"], "m"),
            Some(vec![vectors[1].clone(), vectors[0].clone()])
        );
        assert_eq!(file.vectors(&["a"], "n"), Some(vec![vectors[1].clone()]));
        assert_eq!(file.vectors(&["a", "c"], "m"), None);
    }

    #[test]
    fn a_store_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("no.db");
        assert!(PhraseFile::within(&store).keep(&[], &[], "m").is_err());
        assert!(!store.exists());
    }
}
