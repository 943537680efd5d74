//! The `ndjson:` target. What comes in: objects; what goes out: one JSON object a line, the keys in the order of the
//! contract, `vector` last where there is one. It never leaves a half-written file: see `whole_file`.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::whole_file::WholeFile;
use super::{Finished, Pushed, Sink, SinkError, checked_vector};
use crate::document::{Document, Object};

/// A file with one day a line.
#[derive(Debug)]
pub struct NdjsonSink {
    path: PathBuf,
    file: WholeFile,
    dimensions: Option<usize>,
    /// The lines of one call: a call writes all of them or none.
    lines: Vec<u8>,
}

/// Opens a file with one day a line; `dimensions` is the length of the run's vectors, `None` in a run without.
pub fn open_ndjson(path: &Path, dimensions: Option<usize>) -> Result<NdjsonSink, SinkError> {
    let file = WholeFile::open(path).map_err(|source| SinkError::file(path, source))?;
    Ok(NdjsonSink {
        path: path.to_path_buf(),
        file,
        dimensions,
        lines: Vec::new(),
    })
}

/// One line of the file.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    document: &'a Document,
    #[serde(skip_serializing_if = "Option::is_none")]
    vector: Option<&'a [f32]>,
}

impl Sink for NdjsonSink {
    fn push(&mut self, objects: &[Object]) -> Result<Pushed, SinkError> {
        self.lines.clear();
        for object in objects {
            let line = Line {
                document: &object.document,
                vector: checked_vector(&self.path, object, self.dimensions)?,
            };
            serde_json::to_writer(&mut self.lines, &line).map_err(|error| SinkError::file(&self.path, error.into()))?;
            self.lines.push(b'\n');
        }
        self.file
            .write_all(&self.lines)
            .map_err(|source| SinkError::file(&self.path, source))?;
        Ok(Pushed::default())
    }

    fn finish(self: Box<Self>) -> Result<Finished, SinkError> {
        self.file.finish().map_err(|source| SinkError::file(&self.path, source))
    }
}
