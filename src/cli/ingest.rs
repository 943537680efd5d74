//! `vitalvec ingest`

use std::path::Path;

use super::{IngestArgs, Terminal, thread_count};
use crate::config::{IngestConfig, TargetSpec};
use crate::error::Error;
use crate::pipeline::{self, Ending, Outcome, Preview, exit_code};
use crate::progress::Progress;
use crate::report::{Report, duration, grouped};
use crate::sink::Access;
use crate::stats::Stats;

pub(super) fn run(args: &IngestArgs, terminal: &Terminal) -> Result<u8, Error> {
    let config = config(args, terminal)?;
    let Outcome {
        report,
        preview,
        ending,
    } = ingest(&config, terminal);
    match ending {
        // Where the report was to go may be what is wrong.
        Err(error @ Error::Usage(_)) => return Err(error),
        Err(error) => terminal.error(&error),
        Ok(Ending::Interrupted) => {
            tracing::warn!("interrupted; what was stored stays, the next run goes on from there");
        }
        Ok(Ending::Complete) => {}
    }
    // First: a standard output that cannot be written to must not cost the report.
    if let Some(path) = &config.report {
        write_report(path, &report)?;
    }
    if report.exit_code != exit_code::FAILED && !terminal.quiet {
        terminal.print(&closing(&report, preview.as_ref(), &config))?;
    }
    Ok(report.exit_code)
}

/// Runs an ingest with its progress on the terminal.
pub(super) fn ingest(config: &IngestConfig, terminal: &Terminal) -> Outcome {
    let stats = Stats::default();
    std::thread::scope(|scope| {
        let progress = (!terminal.quiet).then(|| Progress::start(scope, &stats, terminal.interactive));
        let outcome = pipeline::ingest(config, &stats, &terminal.stop_signal(), &mut |text| terminal.say(text));
        drop(progress);
        outcome
    })
}

fn config(args: &IngestArgs, terminal: &Terminal) -> Result<IngestConfig, Error> {
    Ok(IngestConfig {
        paths: args.paths.clone(),
        targets: if args.dry_run { Vec::new() } else { targets(args) },
        dry_run: args.dry_run,
        device: args.encoder.device.into(),
        precision: args.encoder.precision.into(),
        model: args.model.source(),
        cache: args.cache.settings(),
        aggregate: args.aggregate.into(),
        style: args.style.into(),
        profile: args.profile,
        memory_bytes: args.memory,
        threads: thread_count(args.threads),
        rejects: args.rejects.clone(),
        max_rejects: args.max_rejects,
        prune: args.prune,
        file_vectors: !args.no_vectors,
        report: args.report.clone(),
        weaviate: Access {
            drop_old: args.drop_old,
            stop: terminal.stop_signal(),
            ..args.weaviate.access()?
        },
    })
}

fn targets(args: &IngestArgs) -> Vec<TargetSpec> {
    args.to.iter().flat_map(|list| list.0.clone()).collect()
}

fn write_report(path: &Path, report: &Report) -> Result<(), Error> {
    let mut json = serde_json::to_vec_pretty(report).expect("a report holds only strings and finite numbers");
    json.push(b'\n');
    std::fs::write(path, json).map_err(|source| Error::Output {
        path: path.to_path_buf(),
        source,
    })
}

/// The closing summary; a dry run also shows each file and some days.
fn closing(report: &Report, preview: Option<&Preview>, config: &IngestConfig) -> String {
    let mut lines = Vec::new();
    if let Some(preview) = preview {
        for input in &report.input {
            let (records, rejected) = (grouped(input.records), grouped(input.rejected));
            lines.push(format!(
                "{}: {records} records, {rejected} rejected",
                input.path.display()
            ));
        }
        for sample in &preview.samples {
            let day = &sample.day;
            lines.push(format!(
                "\n{} {}\n  text: {}\n  gist: {}",
                day.user_id, day.date, sample.words.text, sample.words.gist
            ));
        }
        let (tokens, seconds) = (
            grouped(preview.estimated_tokens),
            duration(preview.estimated_cpu_seconds),
        );
        lines.push(format!(
            "\nEstimated: about {tokens} tokens to embed, about {seconds} on the CPU with {} threads (equal days cost nothing).",
            config.threads
        ));
    }
    let summary = report.summary();
    lines.push(summary.trim_end().to_string());
    if report.rejected > 0 && config.rejects.is_none() {
        lines.push("Run with --rejects FILE to see each refused record.".to_string());
    }
    lines.join("\n") + "\n"
}
