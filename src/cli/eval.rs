//! `vitalvec eval`: planted data is made and ingested, and every way of answering is measured on it.

use std::path::Path;

use super::ingest::ingest;
use super::{EvalArgs, Terminal, thread_count};
use crate::aggregate::Backend;
use crate::config::{IngestConfig, TargetSpec};
use crate::describe::Style;
use crate::embed::{self, Encoder};
use crate::error::Error;
use crate::generate::{Form, Options, generate};
use crate::pipeline::{Ending, exit_code};
use crate::search::eval::{Corpus, Phrasings, evaluate};
use crate::sink::Access;

const MEMORY_BYTES: u64 = 64 << 20;

pub(super) fn run(args: &EvalArgs, terminal: &Terminal) -> Result<u8, Error> {
    let folder = tempfile::tempdir().map_err(|source| Error::Output {
        path: std::env::temp_dir(),
        source,
    })?;
    let Some(mut corpus) = corpus(args, folder.path(), terminal)? else {
        return Ok(exit_code::INTERRUPTED);
    };
    let files = embed::fetch(&args.model.source(), &mut |text| terminal.say(text))?;
    let encoder = Encoder::load(
        &files,
        args.encoder.device.into(),
        args.encoder.precision.into(),
        thread_count(None),
    )?;
    let phrasings = if args.tuning {
        Phrasings::Tuning
    } else {
        Phrasings::Judging
    };
    terminal.say("asking every question of every user");
    let evaluation = evaluate(&mut corpus, &encoder, phrasings, args.seed)?;
    if args.json {
        let json = serde_json::to_string(&evaluation).expect("an evaluation holds only strings and finite numbers");
        return terminal.print(&(json + "\n"));
    }
    terminal.print(&evaluation.to_text())
}

/// Planted data in a store, in one of seed style and as documents; `None` after the stop signal.
fn corpus(args: &EvalArgs, folder: &Path, terminal: &Terminal) -> Result<Option<Corpus>, Error> {
    let data = folder.join("data");
    let options = Options {
        dir: data.clone(),
        users: args.users,
        days: args.days,
        seed: args.seed,
        form: Form::Compact,
        threads: thread_count(None),
    };
    let planted = generate(&options, &terminal.stop, &|_| ())?.planted_path;
    let (store, seed_store) = (folder.join("eval.db"), folder.join("seed.db"));
    let documents = folder.join("days.ndjson");
    let runs = [
        (
            Style::Facets,
            vec![TargetSpec::Sqlite(store.clone()), TargetSpec::Ndjson(documents.clone())],
        ),
        (Style::Seed, vec![TargetSpec::Sqlite(seed_store.clone())]),
    ];
    for (style, targets) in runs {
        let outcome = ingest(&config(args, &data, style, targets), terminal);
        if outcome.ending? == Ending::Interrupted {
            return Ok(None);
        }
    }
    Ok(Some(Corpus::open(&store, &seed_store, &documents, &planted)?))
}

fn config(args: &EvalArgs, data: &Path, style: Style, targets: Vec<TargetSpec>) -> IngestConfig {
    IngestConfig {
        aggregate: Backend::Cpu,
        weaviate: Access::default(),
        paths: vec![data.to_path_buf()],
        targets,
        dry_run: false,
        device: args.encoder.device.into(),
        precision: args.encoder.precision.into(),
        model: args.model.source(),
        cache: None,
        style,
        profile: false,
        memory_bytes: MEMORY_BYTES,
        threads: thread_count(None),
        rejects: None,
        max_rejects: None,
        prune: false,
        file_vectors: false,
        report: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command, LogFormat};
    use clap::Parser;

    /// Small, and with the phrasings for tuning, so that nobody tunes by what this test says.
    #[test]
    #[expect(clippy::print_stderr, reason = "a skipped test says why")]
    fn the_full_search_answers_better_than_the_seed_style_and_that_better_than_chance() {
        let line = [
            "vitalvec",
            "eval",
            "--users",
            "2",
            "--days",
            "40",
            "--tuning",
            "--offline",
        ];
        let Command::Eval(args) = Cli::try_parse_from(line).unwrap().command else {
            panic!("not eval");
        };
        if !matches!(embed::locate(&args.model.source()), Ok(Some(_))) {
            eprintln!("skipped: the model is not in the cache; `vitalvec model fetch` puts it there");
            return;
        }
        let terminal = Terminal::start(LogFormat::Text, true);
        let folder = tempfile::tempdir().unwrap();
        let mut corpus = corpus(&args, folder.path(), &terminal).unwrap().unwrap();
        let files = embed::fetch(&args.model.source(), &mut |_| ()).unwrap();
        let encoder = Encoder::load(&files, embed::Device::Cpu, embed::Precision::Auto, 2).unwrap();
        let evaluation = evaluate(&mut corpus, &encoder, Phrasings::Tuning, 1).unwrap();
        let ndcg = |arm: &str| {
            let row = evaluation
                .rows
                .iter()
                .find(|row| (row.arm, row.scope, row.family) == (arm, "within a user", "all"));
            row.unwrap().ndcg_at_10.mean
        };
        assert!(ndcg("full") > 0.85, "{}", evaluation.to_text());
        assert!(ndcg("full") > ndcg("seed style") + 0.3, "{}", evaluation.to_text());
        assert!(ndcg("seed style") > ndcg("random"), "{}", evaluation.to_text());
    }
}
