//! Opens targets: the one place that chooses which kinds there are.

use std::sync::Arc;

use super::publish::{OpenLedger, OpenSink};
use crate::config::{IngestConfig, TargetSpec};
use crate::document::Document;
use crate::embed::ModelFiles;
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
        (OpenLedger { ledger, wants_vectors }, OpenSink { sink, wants_vectors })
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

/// Finds out, before hours of work, whether the targets that are there already will take this run's days. It makes
/// nothing.
pub(super) fn check(config: &IngestConfig, model: Option<&ModelFiles>) -> Result<(), SinkError> {
    for spec in &config.targets {
        let expect = expect(spec, config, model);
        match spec {
            TargetSpec::Sqlite(path) if path.exists() => drop(open_sqlite(path, &expect)?),
            TargetSpec::Weaviate(address) => check_weaviate(address, &config.weaviate, &expect)?,
            TargetSpec::Sqlite(_) | TargetSpec::Ndjson(_) | TargetSpec::Parquet(_) => {}
        }
    }
    Ok(())
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
            (Some(Box::new(ledger)), Box::new(sink))
        }
        TargetSpec::Ndjson(path) => (None, Box::new(open_ndjson(path, expect.dimensions)?)),
        TargetSpec::Parquet(path) => (None, Box::new(open_parquet(path, expect.dimensions)?)),
        TargetSpec::Weaviate(address) => {
            let (ledger, sink) = open_weaviate(address, &config.weaviate, &expect)?;
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
