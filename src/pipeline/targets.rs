//! Opens targets: the one place that chooses which kinds there are.

use std::path::Path;
use std::sync::Arc;

use super::compare::OpenLedger;
use super::push::OpenSink;
use crate::config::{IngestConfig, TargetSpec};
use crate::document::Document;
use crate::embed::ModelFiles;
use crate::sink::ingest_api::{check_ingest_api, open_ingest_api};
use crate::sink::ndjson::open_ndjson;
use crate::sink::parquet::open_parquet;
use crate::sink::sqlite::open_sqlite;
use crate::sink::weaviate::{check_weaviate, open_weaviate};
use crate::sink::{Expect, Known, Ledger, Sink, SinkError};

/// What is to become of a document at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    New,
    Changed,
    Unchanged,
}

impl Fate {
    /// Compares a document with what the target holds of its day.
    pub(super) fn of(document: &Document, known: Option<Known>) -> Fate {
        let Some(known) = known else { return Fate::New };
        let same = known.content_hash == document.content_hash
            && known.template == document.template
            && known.model.as_deref() == document.model.as_deref();
        if same { Fate::Unchanged } else { Fate::Changed }
    }
}

/// A target, ready.
pub(super) struct OpenTarget {
    pub(super) name: String,
    ledger: Option<Box<dyn Ledger>>,
    sink: Box<dyn Sink>,
    wants_vectors: bool,
}

impl OpenTarget {
    /// Its two halves, for two threads.
    pub(super) fn split(self) -> (OpenLedger, OpenSink) {
        let OpenTarget {
            ledger,
            sink,
            wants_vectors,
            ..
        } = self;
        let is_whole_file = ledger.is_none();
        let sink = OpenSink {
            sink,
            wants_vectors,
            is_whole_file,
            pushed: 0,
        };
        (OpenLedger { ledger, wants_vectors }, sink)
    }
}

/// Finds out, before the files are read, which target could not take this run's days: its folder is missing or not
/// writable, it is no file, a store is there that holds other vectors or is in use, or a server is not well.
pub fn check(config: &IngestConfig, model: Option<&ModelFiles>) -> Result<(), SinkError> {
    for target in &config.targets {
        match target {
            TargetSpec::Weaviate(address) => check_weaviate(address, &config.weaviate, &expect(target, config, model))?,
            TargetSpec::IngestApi(service) => check_ingest_api(service, &config.weaviate, config.prune)?,
            TargetSpec::Sqlite(path) => {
                if check_file(path)? > 0 {
                    open_one(target, config, model)?;
                }
            }
            TargetSpec::Ndjson(path) | TargetSpec::Parquet(path) => {
                check_file(path)?;
            }
        }
    }
    Ok(())
}

/// Whether a file can be written; its bytes, 0 where there is none.
fn check_file(path: &Path) -> Result<u64, SinkError> {
    let file_error = |source| SinkError::File {
        path: path.to_path_buf(),
        source,
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    tempfile::tempfile_in(folder.unwrap_or(Path::new("."))).map_err(file_error)?;
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(metadata.len()),
        Ok(_) => Err(file_error(std::io::Error::other("this is no regular file"))),
        Err(_) => Ok(0),
    }
}

/// Opens every target of the run.
pub(super) fn open(config: &IngestConfig, model: Option<&ModelFiles>) -> Result<Vec<OpenTarget>, SinkError> {
    config
        .targets
        .iter()
        .map(|target| open_one(target, config, model))
        .collect()
}

fn expect<'a>(spec: &TargetSpec, config: &IngestConfig, model: Option<&'a ModelFiles>) -> Expect<'a> {
    let model = model.filter(|_| config.wants_vectors(spec));
    Expect {
        model: model.map(|model| Arc::from(model.fingerprint())),
        dimensions: model.map(|model| model.settings.dimensions),
        template: config.style.template(),
    }
}

fn open_one(spec: &TargetSpec, config: &IngestConfig, model: Option<&ModelFiles>) -> Result<OpenTarget, SinkError> {
    let wants_vectors = config.wants_vectors(spec);
    let expect = expect(spec, config, model);
    let (ledger, sink): (Option<Box<dyn Ledger>>, Box<dyn Sink>) = match spec {
        TargetSpec::Sqlite(path) => {
            let (ledger, sink) = open_sqlite(path, &expect)?;
            (Some(Box::new(ledger)), Box::new(sink.with_threads(config.threads)))
        }
        TargetSpec::Ndjson(path) => (None, Box::new(open_ndjson(path, expect.dimensions)?)),
        TargetSpec::Parquet(path) => (None, Box::new(open_parquet(path, expect.dimensions)?)),
        TargetSpec::Weaviate(address) => {
            let (ledger, sink) = open_weaviate(address, &config.weaviate, &expect)?;
            (Some(Box::new(ledger)), Box::new(sink))
        }
        TargetSpec::IngestApi(service) => {
            let (ledger, sink) = open_ingest_api(service, &config.weaviate, &expect)?;
            (Some(Box::new(ledger)), Box::new(sink))
        }
    };
    Ok(OpenTarget {
        name: spec.to_string(),
        ledger,
        sink,
        wants_vectors,
    })
}
