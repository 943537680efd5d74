//! `vitalvec eval`: planted data is made and ingested, and every way of answering is measured on it.

use std::path::{Path, PathBuf};

use super::ingest::ingest;
use super::{EvalArgs, Terminal, thread_count};
use crate::aggregate::Backend;
use crate::config::{IngestConfig, TargetSpec};
use crate::describe::Style;
use crate::embed::{self, Encoder, ModelSource};
use crate::error::Error;
use crate::generate::{Form, Options, generate};
use crate::pipeline::{Ending, Outcome, exit_code};
use crate::search::eval::{Corpus, Evaluation, Model, Phrasings, comparison, evaluate};

pub(super) fn run(args: &EvalArgs, terminal: &Terminal) -> Result<u8, Error> {
    let folder = temporary_folder()?;
    let data = folder.path().join("data");
    let planted = plant(args, &data, terminal)?;
    let mut evaluations = Vec::new();
    for name in std::iter::once(&args.model.model).chain(&args.beside) {
        if !args.beside.is_empty() {
            terminal.say(&format!("with the model {name}"));
        }
        let source = ModelSource {
            name_or_dir: name.clone(),
            ..args.model.source()
        };
        let phrasings = if args.tuning {
            Phrasings::Tuning
        } else {
            Phrasings::Judging
        };
        match with_model(args, &source, phrasings, (&data, &planted), terminal)? {
            Some(evaluation) => evaluations.push(evaluation),
            None => return Ok(exit_code::INTERRUPTED),
        }
    }
    if let (Some(path), Some(first)) = (&args.plot, evaluations.first()) {
        std::fs::write(path, first.svg()).map_err(|source| Error::Output {
            path: path.clone(),
            source,
        })?;
    }
    terminal.print(&output(&evaluations, args.json))
}

/// For people a table a model, and of several one that compares them; for programs one JSON object a line.
fn output(evaluations: &[Evaluation], json: bool) -> String {
    let one = |evaluation: &Evaluation| {
        if json {
            serde_json::to_string(evaluation).expect("an evaluation holds only strings and finite numbers") + "\n"
        } else {
            evaluation.to_text()
        }
    };
    let mut text: String = evaluations.iter().map(one).collect();
    if !json && evaluations.len() > 1 {
        text.push_str(&comparison(evaluations));
    }
    text
}

/// Asks all questions with one model; `None` after the stop signal.
fn with_model(
    args: &EvalArgs,
    source: &ModelSource,
    phrasings: Phrasings,
    (data, planted): (&Path, &Path),
    terminal: &Terminal,
) -> Result<Option<Evaluation>, Error> {
    let folder = temporary_folder()?;
    let Some((mut corpus, texts_a_second)) = corpus(args, source, (data, planted), folder.path(), terminal)? else {
        return Ok(None);
    };
    let files = embed::fetch(source, &mut |text| terminal.say(text))?;
    let encoder = Encoder::load(
        &files,
        args.encoder.device.into(),
        args.encoder.precision.into(),
        thread_count(None),
    )?;
    terminal.say("asking every question of every user");
    let model = Model {
        name: source.name_or_dir.clone(),
        dimensions: files.settings.dimensions,
        bytes: files.weight_bytes().map_err(|source| Error::Output {
            path: files.dir.clone(),
            source,
        })?,
        texts_a_second,
    };
    Ok(Some(evaluate(&mut corpus, &encoder, model, phrasings, args.seed)?))
}

fn temporary_folder() -> Result<tempfile::TempDir, Error> {
    tempfile::tempdir().map_err(|source| Error::Output {
        path: std::env::temp_dir(),
        source,
    })
}

/// Makes the data, and says where it stands what was planted.
fn plant(args: &EvalArgs, data: &Path, terminal: &Terminal) -> Result<PathBuf, Error> {
    let options = Options {
        dir: data.to_path_buf(),
        users: args.users,
        days: args.days,
        seed: args.seed,
        form: Form::Compact,
        threads: thread_count(None),
    };
    Ok(generate(&options, &terminal.stop_signal(), &|_| ())?.planted_path)
}

/// The data in a store, in one of seed style and as documents, and how many texts a second became vectors; `None` after
/// the stop signal.
fn corpus(
    args: &EvalArgs,
    model: &ModelSource,
    (data, planted): (&Path, &Path),
    folder: &Path,
    terminal: &Terminal,
) -> Result<Option<(Corpus, f64)>, Error> {
    let (store, seed_store) = (folder.join("eval.db"), folder.join("seed.db"));
    let documents = folder.join("days.ndjson");
    let runs = [
        (
            Style::Facets,
            vec![TargetSpec::Sqlite(store.clone()), TargetSpec::Ndjson(documents.clone())],
        ),
        (Style::Seed, vec![TargetSpec::Sqlite(seed_store.clone())]),
    ];
    let (mut texts, mut seconds) = (0, 0.0);
    for (style, targets) in runs {
        let Outcome { report, ending, .. } = ingest(&config(args, model, data, style, targets), terminal);
        if ending? == Ending::Interrupted {
            return Ok(None);
        }
        texts += report.embedding.texts;
        let embedding = report
            .stages
            .iter()
            .filter(|stage| ["prepare", "embed"].contains(&stage.name));
        seconds += embedding.map(|stage| stage.seconds).sum::<f64>();
    }
    let corpus = Corpus::open(&store, &seed_store, &documents, planted)?;
    Ok(Some((corpus, texts as f64 / seconds)))
}

fn config(args: &EvalArgs, model: &ModelSource, data: &Path, style: Style, targets: Vec<TargetSpec>) -> IngestConfig {
    IngestConfig {
        aggregate: Backend::Cpu,
        device: args.encoder.device.into(),
        precision: args.encoder.precision.into(),
        style,
        file_vectors: false,
        ..IngestConfig::new(vec![data.to_path_buf()], targets, model.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command, LogFormat};
    use clap::Parser;

    /// Small, and with phrasings for tuning, so that nobody tunes by what this test says.
    #[test]
    fn the_full_search_answers_better_than_the_seed_style_and_that_better_than_chance() {
        let line = ["vitalvec", "eval", "--users", "2", "--days", "40", "--offline"];
        let Command::Eval(args) = Cli::try_parse_from(line).unwrap().command else {
            panic!("not eval");
        };
        if embed::model_for_tests().is_none() {
            return;
        }
        let terminal = Terminal::start(LogFormat::Text, true);
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let planted = plant(&args, &data, &terminal).unwrap();
        let sample = Phrasings::TuningSample;
        let evaluation = with_model(&args, &args.model.source(), sample, (&data, &planted), &terminal);
        let evaluation = evaluation.unwrap().unwrap();
        let ndcg = |arm: &str| {
            let row = evaluation
                .rows
                .iter()
                .find(|row| (row.arm, row.scope, row.family) == (arm, "within a user", "all"));
            row.unwrap().ndcg_at_10.mean
        };
        assert!(ndcg("full") > 0.9, "{}", evaluation.to_text());
        assert!(ndcg("full") > ndcg("seed style") + 0.3, "{}", evaluation.to_text());
        assert!(ndcg("seed style") > ndcg("random"), "{}", evaluation.to_text());
    }
}
