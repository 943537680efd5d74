//! Where refused records go: counted by reason, written one JSON line each, limited by `--max-rejects`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::parse::Reject;

/// The rejects of a run.
pub(super) struct RejectLog {
    file: Option<(PathBuf, BufWriter<File>)>,
    limit: Option<u64>,
    count: u64,
    by_reason: BTreeMap<&'static str, u64>,
}

impl RejectLog {
    /// Rejects go to a new file at `path`, if one is given; more than `limit` of them fail the run.
    pub(super) fn create(path: Option<&Path>, limit: Option<u64>) -> Result<RejectLog, Error> {
        let open = |path: &Path| {
            let file = File::create(path).map_err(|source| Error::Output {
                path: path.to_path_buf(),
                source,
            })?;
            Ok::<_, Error>((path.to_path_buf(), BufWriter::new(file)))
        };
        Ok(RejectLog {
            file: path.map(open).transpose()?,
            limit,
            count: 0,
            by_reason: BTreeMap::new(),
        })
    }

    pub(super) fn push(&mut self, reject: &Reject) -> Result<(), Error> {
        self.count += 1;
        *self.by_reason.entry(reject.reason.code()).or_default() += 1;
        if let Some((path, file)) = &mut self.file {
            let mut line = serde_json::to_vec(reject).expect("a reject holds only strings and numbers");
            line.push(b'\n');
            file.write_all(&line).map_err(|source| Error::Output {
                path: path.clone(),
                source,
            })?;
        }
        match self.limit {
            Some(limit) if self.count > limit => Err(Error::TooManyRejects {
                limit,
                rejects: self.place(),
            }),
            _ => Ok(()),
        }
    }

    /// Where to look, for a message.
    fn place(&self) -> String {
        match &self.file {
            Some((path, _)) => path.display().to_string(),
            None => "them (--rejects FILE writes them down)".to_string(),
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn by_reason(&self) -> &BTreeMap<&'static str, u64> {
        &self.by_reason
    }

    /// Writes out what is buffered.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        match &mut self.file {
            Some((path, file)) => file.flush().map_err(|source| Error::Output {
                path: path.clone(),
                source,
            }),
            None => Ok(()),
        }
    }
}
