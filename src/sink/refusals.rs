//! The file of refused days. What comes in: refused objects and why, or such a file; what goes out: one JSON line each.
//! It never loses a line of an earlier run.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
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
    let mut file = open_to_append(path)?;
    // A line that a full disk or a kill cut stands alone, so that it costs no other.
    if file.seek(SeekFrom::End(0))? > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    file.write_all(lines)?;
    file.sync_data()
}

/// The file, locked; not one that a replay has replaced meanwhile.
fn open_to_append(path: &Path) -> std::io::Result<File> {
    loop {
        let file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        file.lock()?;
        if is_at(&file, path) {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let (opened, named) = (file.metadata().map(place), std::fs::metadata(path).map(place));
    matches!((opened, named), (Ok(opened), Ok(named)) if opened == named)
}

/// Where an open file cannot be replaced.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// Reads all lines of a file, and how many bytes they take.
pub(super) fn read(path: &Path) -> Result<(Vec<Refusal>, u64), SinkError> {
    let bytes = std::fs::read(path).map_err(|error| SinkError::file(path, error))?;
    let mut refusals = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(line) {
            Ok(refusal) => refusals.push(refusal),
            Err(error) if error.is_eof() => {
                tracing::warn!(file = %path.display(), line = index + 1, "a line was cut; the next ingest tries its day again");
            }
            Err(error) => {
                return Err(SinkError::Refusals {
                    path: path.to_path_buf(),
                    line: index + 1,
                    problem: error.to_string(),
                });
            }
        }
    }
    Ok((refusals, bytes.len() as u64))
}

/// Leaves these lines in the file in place of its first `bytes`, and those that came since; no line, no file.
pub(super) fn replace(path: &Path, bytes: u64, refusals: &[Refusal]) -> Result<(), SinkError> {
    let all = || -> std::io::Result<()> {
        let mut old = File::open(path)?;
        old.lock()?;
        old.seek(SeekFrom::Start(bytes))?;
        let mut since = Vec::new();
        old.read_to_end(&mut since)?;
        if refusals.is_empty() && since.is_empty() {
            return std::fs::remove_file(path);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let mut writer = BufWriter::new(file);
        for refusal in refusals {
            serde_json::to_writer(&mut writer, refusal)?;
            writer.write_all(b"\n")?;
        }
        writer.write_all(&since)?;
        let file = writer.into_inner()?;
        file.as_file().sync_data()?;
        file.persist(path)?;
        Ok(())
    };
    all().map_err(|error| SinkError::file(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(path: &Path) -> RefusalLog {
        RefusalLog::new(path.to_path_buf(), "ingest-api:http://localhost".to_string())
    }

    fn add(log: &RefusalLog, id: u128) {
        let object = Encoded {
            id: Uuid::from_u128(id),
            known: Known {
                content_hash: "h".to_string(),
                template: "t1".to_string(),
                model: None,
            },
            body: Bytes::new(),
        };
        let refused = Refused {
            object: &object,
            json: Bytes::from_static(b"{}"),
            reason: "no",
            unfit: false,
        };
        log.add(&[refused]).unwrap();
    }

    fn ids(path: &Path) -> Vec<u128> {
        read(path).unwrap().0.iter().map(|line| line.id.as_u128()).collect()
    }

    #[test]
    fn lines_that_came_while_others_were_sent_again_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("HealthDay.refused.ndjson");
        add(&log(&path), 1);
        add(&log(&path), 2);
        let (lines, bytes) = read(&path).unwrap();
        add(&log(&path), 3);
        replace(&path, bytes, &lines[..1]).unwrap();
        assert_eq!(ids(&path), [1, 3]);
        let (_, bytes) = read(&path).unwrap();
        replace(&path, bytes, &[]).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_cut_line_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("HealthDay.refused.ndjson");
        add(&log(&path), 1);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        add(&log(&path), 2);
        assert_eq!(ids(&path), [2]);
    }
}
