//! The file of refused days. What comes in: refused objects and why, or such a file; what goes out: one JSON line each.
//! It never loses a line of an earlier run.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::state::{Encoded, milliseconds_since_1970};
use super::{Known, SinkError};

/// A refused day, as its line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refusal {
    /// Where it was to go: `weaviate:URL` or `ingest-api:URL`.
    pub(super) target: String,
    /// Milliseconds since 1970.
    pub(super) refused_at_ms: i64,
    /// In the server's words, or ours.
    pub(super) reason: String,
    /// Whether it never left, because of its vector: only another ingest can mend that.
    #[serde(default)]
    pub(super) unfit: bool,
    /// Id of the day.
    pub(super) id: Uuid,
    /// What the ledger keeps of it.
    pub(super) known: Known,
    /// What was sent.
    pub(super) object: Box<RawValue>,
}

impl Refusal {
    /// The object, ready to be sent again.
    pub(super) fn encoded(&self) -> Encoded {
        Encoded {
            id: self.id,
            known: self.known.clone(),
            body: Bytes::copy_from_slice(self.object.get().as_bytes()),
        }
    }
}

/// An object that is not stored, and why.
pub(super) struct Refused<'a> {
    pub(super) object: &'a Encoded,
    pub(super) json: Bytes,
    pub(super) reason: &'a str,
    pub(super) unfit: bool,
}

/// Adds lines to a file, which is made with the first.
#[derive(Debug)]
pub(super) struct RefusalLog {
    path: PathBuf,
    target: String,
}

impl RefusalLog {
    pub(super) fn new(path: PathBuf, target: String) -> RefusalLog {
        RefusalLog { path, target }
    }

    /// Adds refused objects, durably: the ledger forgets them after this.
    pub(super) fn add(&self, refused: &[Refused<'_>]) -> Result<(), SinkError> {
        if refused.is_empty() {
            return Ok(());
        }
        tracing::error!(days = refused.len(), file = %self.path.display(), "days were refused; the file says why, `vitalvec replay` sends them again");
        let now = milliseconds_since_1970();
        let mut lines = Vec::new();
        for refused in refused {
            let Refused {
                object, reason, unfit, ..
            } = refused;
            let json = String::from_utf8_lossy(&refused.json).into_owned();
            let refusal = Refusal {
                target: self.target.clone(),
                refused_at_ms: now,
                reason: (*reason).to_string(),
                unfit: *unfit,
                id: object.id,
                known: object.known.clone(),
                object: RawValue::from_string(json).expect("an encoded object is JSON"),
            };
            serde_json::to_writer(&mut lines, &refusal).expect("writing to memory does not fail");
            lines.push(b'\n');
        }
        append(&self.path, &lines).map_err(|error| SinkError::file(&self.path, error))
    }
}

fn append(path: &Path, lines: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(lines)?;
    file.sync_data()
}

/// Reads all lines of a file.
pub(super) fn read(path: &Path) -> Result<Vec<Refusal>, SinkError> {
    let failed = |error| SinkError::file(path, error);
    let mut refusals = Vec::new();
    for (index, line) in BufReader::new(File::open(path).map_err(failed)?).lines().enumerate() {
        let line = line.map_err(failed)?;
        if line.trim().is_empty() {
            continue;
        }
        let refusal = serde_json::from_str(&line).map_err(|error| SinkError::Refusals {
            path: path.to_path_buf(),
            line: index + 1,
            problem: error.to_string(),
        })?;
        refusals.push(refusal);
    }
    Ok(refusals)
}

/// Leaves only these lines in the file; no line, no file.
pub(super) fn replace(path: &Path, refusals: &[Refusal]) -> Result<(), SinkError> {
    let all = || -> std::io::Result<()> {
        if refusals.is_empty() {
            return std::fs::remove_file(path);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let mut writer = BufWriter::new(file);
        for refusal in refusals {
            serde_json::to_writer(&mut writer, refusal)?;
            writer.write_all(b"\n")?;
        }
        let file = writer.into_inner()?;
        file.as_file().sync_data()?;
        file.persist(path)?;
        Ok(())
    };
    all().map_err(|error| SinkError::file(path, error))
}
