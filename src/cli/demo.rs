//! `vitalvec demo`: from nothing to three answers.

use std::path::Path;

use super::ingest::ingest;
use super::{DemoArgs, Terminal, search, thread_count};
use crate::config::{IngestConfig, TargetSpec};
use crate::embed::{self, Device, Encoder, Precision};
use crate::error::Error;
use crate::generate::{Form, Options, generate};
use crate::pipeline::{Ending, exit_code};
use crate::search::{Given, Request, search as answer};

/// Enough for every kind of fact, few enough for a minute on two cores.
const USERS: u32 = 5;
const DAYS: u32 = 60;

const QUESTIONS: [&str; 3] = [
    "nights I slept badly after a hard workout",
    "days with an elevated resting heart rate in September",
    "the three days I walked the most",
];

pub(super) fn run(args: &DemoArgs, terminal: &Terminal) -> Result<u8, Error> {
    let folder = tempfile::tempdir().map_err(|source| Error::Output {
        path: std::env::temp_dir(),
        source,
    })?;
    let data = folder.path().join("data");
    terminal.print(&format!(
        "Generating {USERS} users x {DAYS} days of stand-in data ...\n"
    ))?;
    let options = Options {
        dir: data.clone(),
        users: USERS,
        days: DAYS,
        seed: 1,
        form: Form::Pretty,
        threads: thread_count(None),
    };
    generate(&options, &terminal.stop_signal(), &|_| ())?;

    terminal.print("Ingesting: parse, aggregate, put into words, embed, store ...\n")?;
    let store = folder.path().join("demo.db");
    let config = config(args, &data, &store);
    let outcome = ingest(&config, terminal);
    terminal.print(&outcome.report.summary())?;
    if outcome.ending? == Ending::Interrupted {
        return Ok(exit_code::INTERRUPTED);
    }
    ask(args, &store, terminal)?;
    terminal.print(
        "\nWith your own files:\n  vitalvec ingest DIR\n  vitalvec search \"nights I slept badly after a hard workout\"\n",
    )
}

fn ask(args: &DemoArgs, store: &Path, terminal: &Terminal) -> Result<(), Error> {
    let files = embed::fetch(&args.model.source(), &mut |text| terminal.say(text))?;
    let encoder = Encoder::load(&files, Device::Auto, Precision::Auto, 1)?;
    let store = search::open(store)?;
    for question in QUESTIONS {
        let request = Request {
            question: question.to_string(),
            user: None,
            from: None,
            until: None,
            today: None,
            k: 3,
            given: Given::default(),
        };
        let answer = answer(&store, &encoder, &request)?;
        terminal.print(&format!("\n> {question}\n{}", answer.to_text()))?;
    }
    Ok(())
}

fn config(args: &DemoArgs, data: &Path, store: &Path) -> IngestConfig {
    let targets = vec![TargetSpec::Sqlite(store.to_path_buf())];
    IngestConfig::new(vec![data.to_path_buf()], targets, args.model.source())
}
