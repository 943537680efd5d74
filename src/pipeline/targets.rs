//! Opens targets: the one place that chooses which kinds there are.

use std::path::Path;
use std::sync::Arc;

use super::publish::{OpenLedger, OpenSink};
use crate::config::{IngestConfig, TargetSpec};
use crate::document::Document;
use crate::embed::{EncoderSettings, ModelFiles};
use crate::sink::ndjson::open_ndjson;
use crate::sink::parquet::open_parquet;
use crate::sink::sqlite::{Expect, open_sqlite};
use crate::sink::{Known, Ledger, Sink, SinkError};

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
/// writable, it is no file, or a store is there that holds other vectors or is in use.
pub(super) fn check(config: &IngestConfig, model: Option<&ModelFiles>) -> Result<(), SinkError> {
    for target in &config.targets {
        let path = target.path();
        let file_error = |source| SinkError::File {
            path: path.clone(),
            source,
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        tempfile::tempfile_in(folder.unwrap_or(Path::new("."))).map_err(file_error)?;
        let Ok(metadata) = std::fs::metadata(path) else {
            continue;
        };
        if !metadata.is_file() {
            return Err(file_error(std::io::Error::other("this is no regular file")));
        }
        if matches!(target, TargetSpec::Sqlite(_)) && metadata.len() > 0 {
            open_one(target, config, model)?;
        }
    }
    Ok(())
}

/// Opens every target of the run.
pub(super) fn open(config: &IngestConfig, model: Option<&ModelFiles>) -> Result<Vec<OpenTarget>, SinkError> {
    config
        .targets
        .iter()
        .map(|target| open_one(target, config, model))
        .collect()
}

fn open_one(spec: &TargetSpec, config: &IngestConfig, model: Option<&ModelFiles>) -> Result<OpenTarget, SinkError> {
    let wants_vectors = config.wants_vectors(spec);
    let model = model.filter(|_| wants_vectors);
    let dimensions = model
        .map(|model| &model.settings)
        .map(|settings: &EncoderSettings| settings.dimensions);
    let (ledger, sink): (Option<Box<dyn Ledger>>, Box<dyn Sink>) = match spec {
        TargetSpec::Sqlite(path) => {
            let fingerprint = model.map(|model| Arc::from(model.fingerprint()));
            let expect = Expect {
                model: fingerprint,
                dimensions,
                template: config.style.template(),
            };
            let (ledger, sink) = open_sqlite(path, &expect)?;
            (Some(Box::new(ledger)), Box::new(sink))
        }
        TargetSpec::Ndjson(path) => (None, Box::new(open_ndjson(path, dimensions)?)),
        TargetSpec::Parquet(path) => (None, Box::new(open_parquet(path, dimensions)?)),
    };
    Ok(OpenTarget {
        name: spec.to_string(),
        ledger,
        sink,
        wants_vectors,
    })
}
