//! The run: what happens, in what order, on which thread. The one place that chooses implementations.
//!
//! `collect` reads everything or fails; only then `publish` embeds and pushes, partition by partition. Nothing
//! partial is ever embedded or stored.

mod assemble;
mod collect;
mod compare;
mod days;
mod dry_run;
mod outputs;
mod parser;
mod publish;
mod push;
mod rejects;
mod targets;
#[cfg(test)]
mod tests;

pub use dry_run::Preview;
pub use targets::check as check_targets;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::aggregate::{Choice, Grouped, Room};
use crate::columns::SpillError;
use crate::config::{IngestConfig, TargetSpec};
use crate::embed::{self, Encoder, ModelFiles};
use crate::error::Error;
use crate::report::{Aggregation, InputReport, Report, peak_rss_bytes};
use crate::search::{PhraseFile, keep_vocabulary};
use crate::source::{InputFile, discover};
use crate::stats::{Stats, add};
use collect::{Collected, Reading, collect};
use days::DayMaker;
use publish::Published;
use rejects::RejectLog;

/// How a run that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything was done.
    Complete,
    /// The stop signal came; what was done stays done.
    Interrupted,
}

/// What a run leaves.
pub struct Outcome {
    /// How far it came.
    pub report: Report,
    /// The days a dry run shows.
    pub preview: Option<Preview>,
    /// How it ended.
    pub ending: Result<Ending, Error>,
}

/// Exit codes of the contract.
pub mod exit_code {
    use crate::error::Error;
    use crate::generate::GenerateError;
    use crate::sink::SinkError;

    /// All ingested.
    pub const OK: u8 = 0;
    /// The run failed.
    pub const FAILED: u8 = 1;
    /// Wrong usage.
    pub const USAGE: u8 = 2;
    /// Finished, but records were rejected or objects refused.
    pub const REJECTS: u8 = 3;
    /// Interrupted.
    pub const INTERRUPTED: u8 = 130;

    /// That of a command which ended with an error.
    pub fn of(error: &Error) -> u8 {
        match error {
            Error::Usage(_) => USAGE,
            Error::Sink(SinkError::Interrupted) | Error::Generate(GenerateError::Interrupted) => INTERRUPTED,
            _ => FAILED,
        }
    }
}

/// Ingests, and reports also when it fails.
pub fn ingest(config: &IngestConfig, stats: &Stats, stop: &AtomicBool, say: &mut dyn FnMut(&str)) -> Outcome {
    let start = Instant::now();
    let mut run = Run {
        config,
        stats,
        stop,
        report: Report::default(),
        preview: None,
    };
    run.report.version = env!("CARGO_PKG_VERSION");
    run.report.aggregation = Aggregation {
        backend: "cpu",
        adapter: None,
        reason: "the run did not come so far".to_string(),
    };
    let ending = run.all(say);
    let Run {
        mut report, preview, ..
    } = run;
    report.seconds = start.elapsed().as_secs_f64();
    report.stages = stats.stages();
    report.peak_rss_bytes = peak_rss_bytes();
    report.exit_code = match &ending {
        Err(error) => exit_code::of(error),
        Ok(Ending::Interrupted) => exit_code::INTERRUPTED,
        Ok(Ending::Complete) if report.rejected > 0 || report.targets.iter().any(|tally| tally.refused > 0) => {
            exit_code::REJECTS
        }
        Ok(Ending::Complete) => exit_code::OK,
    };
    Outcome {
        report,
        preview,
        ending,
    }
}

struct Run<'a> {
    config: &'a IngestConfig,
    stats: &'a Stats,
    stop: &'a AtomicBool,
    report: Report,
    preview: Option<Preview>,
}

impl Run<'_> {
    fn all(&mut self, say: &mut dyn FnMut(&str)) -> Result<Ending, Error> {
        let inputs = discover(&self.config.paths)?;
        for kind in &inputs.missing {
            tracing::warn!(kind = kind.name(), "no file of this kind; days go without it");
        }
        outputs::check(self.config, &inputs.files)?;
        let asked = Choice::asked(self.config.aggregate)?;
        let model = self.model(say)?;
        targets::check(self.config, model.as_ref())?;
        add(
            &self.stats.input_bytes,
            inputs.files.iter().map(|file| file.bytes).sum(),
        );
        let collected = self.collect(&inputs.files)?;
        if self.stopped() {
            return Ok(Ending::Interrupted);
        }
        let choice = asked.map_or_else(|| self.fastest(&collected), Ok)?;
        self.report_aggregation(&choice);
        let days = DayMaker {
            collected: &collected,
            aggregator: choice.aggregator(),
            config: self.config,
        };
        let ending = match self.config.dry_run {
            true => self.look(days).map(|()| {
                if self.stopped() {
                    Ending::Interrupted
                } else {
                    Ending::Complete
                }
            }),
            false => self.publish(days, model.as_ref()),
        };
        self.report_aggregation(&choice);
        ending
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The model's files, fetched if need be, before hours of work could be in vain.
    fn model(&mut self, say: &mut dyn FnMut(&str)) -> Result<Option<ModelFiles>, Error> {
        if self.config.dry_run {
            self.report.embedding.reason = "dry run: nothing is embedded".to_string();
            return Ok(None);
        }
        if !self
            .config
            .targets
            .iter()
            .any(|target| self.config.wants_vectors(target))
        {
            self.report.embedding.reason = "no target wants vectors (--no-vectors)".to_string();
            return Ok(None);
        }
        Ok(Some(embed::fetch(&self.config.model, say)?))
    }

    fn collect(&mut self, files: &[InputFile]) -> Result<Collected, Error> {
        let mut inputs: Vec<InputReport> = files.iter().map(input_report).collect();
        let mut rejects = RejectLog::create(self.config.rejects.as_deref(), self.config.max_rejects)?;
        let collected = collect(
            Reading::of(self.config),
            files,
            &mut inputs,
            &mut rejects,
            self.stats,
            self.stop,
        );
        self.report.records = inputs.iter().map(|input| input.records).sum();
        self.report.input = inputs;
        self.report.rejected = rejects.count();
        self.report.rejects_by_reason = rejects.by_reason().clone();
        rejects.flush()?;
        collected
    }

    /// The aggregator that is faster for this input, tried on its first partition that is not empty.
    fn fastest(&self, collected: &Collected) -> Result<Choice, SpillError> {
        let columns = &collected.columns;
        let sample = || {
            let first = |bucket| Grouped::load(&columns.bucket(bucket)?, 0, Room::default());
            (1..columns.buckets()).try_fold(first(0)?, |found, bucket| match found.users().is_empty() {
                true => first(bucket),
                false => Ok(found),
            })
        };
        Choice::fastest(columns.rows(), self.config.threads, sample)
    }

    fn report_aggregation(&mut self, choice: &Choice) {
        self.report.aggregation = Aggregation {
            backend: choice.backend,
            adapter: choice.adapter.clone(),
            reason: choice.reason(),
        };
    }

    fn look(&mut self, days: DayMaker<'_>) -> Result<(), Error> {
        self.stats.publishing_since.get_or_init(Instant::now);
        let preview = dry_run::look(days, self.stats, self.stop)?;
        (self.report.users, self.report.user_days) = (preview.users, preview.user_days);
        self.preview = Some(preview);
        Ok(())
    }

    fn publish(&mut self, days: DayMaker<'_>, model: Option<&ModelFiles>) -> Result<Ending, Error> {
        let (config, threads) = (self.config, self.config.threads);
        let encoder = model
            .map(|model| Encoder::load(model, config.device, config.precision, threads))
            .transpose()?
            .map(|encoder| match &config.cache {
                Some(cache) => encoder.with_cache(cache),
                None => Ok(encoder),
            })
            .transpose()?;
        let targets = targets::open(config, model)?;
        self.stats.publishing_since.get_or_init(Instant::now);
        let mut published = Published::default();
        let outcome = publish::publish(
            days,
            targets,
            encoder.as_ref(),
            &mut published,
            self.stats,
            self.stop,
            self.may_prune(),
        );
        (self.report.users, self.report.user_days) = (published.users, published.user_days);
        self.report.targets = published.tallies.into_inner().unwrap_or_default();
        if let Some(encoder) = &encoder {
            self.report_embedding(encoder);
            if matches!(outcome, Ok(Ending::Complete)) {
                self.keep_vocabulary(encoder);
            }
        }
        outcome
    }

    /// A day may be missing only because its records could not be read, so a run that rejected any deletes nothing.
    fn may_prune(&self) -> bool {
        let rejected = self.report.rejected;
        if self.config.prune && rejected > 0 {
            tracing::warn!(
                rejected,
                "records were rejected, so no day is deleted; mend them and run again"
            );
        }
        self.config.prune && rejected == 0
    }

    /// Saves the first search the seconds of embedding the vocabulary. A store without it is complete all the same.
    fn keep_vocabulary(&self, encoder: &Encoder) {
        for target in &self.config.targets {
            let phrases = match target {
                TargetSpec::Sqlite(path) => PhraseFile::within(path),
                TargetSpec::Weaviate(_) => PhraseFile::beside(&self.config.weaviate.state_dir),
                TargetSpec::IngestApi(_) | TargetSpec::Ndjson(_) | TargetSpec::Parquet(_) => continue,
            };
            let kept = keep_vocabulary(&phrases, encoder);
            if let Err(error) = kept {
                tracing::warn!(%error, "the store has no vectors of the vocabulary; the first search will be slower");
            }
        }
    }

    fn report_embedding(&mut self, encoder: &Encoder) {
        let (info, counts, embedding) = (encoder.info(), encoder.counts(), &mut self.report.embedding);
        (embedding.texts, embedding.tokens) = (counts.texts, counts.tokens);
        (embedding.cached, embedding.recalled) = (counts.reused + counts.recalled, counts.recalled);
        embedding.device = Some(info.device);
        embedding.precision = Some(info.precision);
        embedding.model = Some(Arc::clone(&info.fingerprint));
        embedding.reason = info.reason.clone();
    }
}

fn input_report(file: &InputFile) -> InputReport {
    InputReport {
        path: Arc::clone(&file.path),
        kind: file.kind.name(),
        bytes: file.bytes,
        records: 0,
        rejected: 0,
    }
}
