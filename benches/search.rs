//! Questions to a large SQLite store: 1.8 million days, unless told otherwise, within a user and over all. The model is
//! loaded before anything is timed.
//!
//! `cargo bench --bench search -- [--days N] [--rounds N] [--store FILE] [--only WORDS]`: the days of twenty generated
//! users are embedded, and stored again under other user ids until there are N; with `--store` the file is kept, and used
//! again if it is there. Each question, or each one with those words in it, is asked several times; then every answer
//! must be what judging every day plainly gives.

#![expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use vitalvec::aggregate::Backend;
use vitalvec::config::{IngestConfig, TargetSpec};
use vitalvec::embed::{self, Device, Encoder, ModelSource, Precision};
use vitalvec::generate::{Form, Options, generate};
use vitalvec::pipeline;
use vitalvec::search::{Answer, Given, Request, SqliteStore, search, search_plainly};
use vitalvec::sink::Sink;
use vitalvec::sink::sqlite::{Expect, made, open_for_reading, open_sqlite};
use vitalvec::stats::Stats;

const USERS: u32 = 20;
const DAYS: u32 = 365;
const USUAL_DAYS: i64 = 1_825_000;
const USUAL_ROUNDS: usize = 5;
const USER: &str = "user_000003";

/// All families of `eval`, and a question in which nothing is understood.
const QUESTIONS: [(&str, &str); 19] = [
    ("single", "nights I slept badly"),
    ("single", "days with an elevated resting heart rate"),
    ("conjunction", "hard workout and high protein"),
    ("cross-day", "nights I slept badly after a hard workout"),
    ("cross-day", "rest day after a long run"),
    ("relative", "days I walked less than I usually do"),
    ("threshold", "slept less than five hours"),
    ("threshold", "over 15,000 steps"),
    ("threshold", "ran more than 10 km"),
    ("negation", "days I did not sleep badly"),
    ("negation", "poor sleep without a hard workout the day before"),
    ("negation", "days without sleep data"),
    ("literal", "a run in the rain"),
    ("literal", "yoga"),
    ("window", "poor sleep in July"),
    ("window", "weekends in August"),
    ("superlative", "my worst night"),
    ("superlative", "the three days I walked the most"),
    ("likeness", "feeling blue about the meeting"),
];

fn main() {
    let Arguments {
        days,
        rounds,
        store: kept,
        only,
    } = Arguments::read();
    let Some(files) = embed::locate(&model()).expect("the cache can be read") else {
        println!("skipped: the model is not on this machine (`vitalvec model fetch`)");
        return;
    };
    // A new one for each round and scope: it would answer an equal text from memory.
    let load = || Encoder::load(&files, Device::Cpu, Precision::Auto, 2).expect("the model loads");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = kept.unwrap_or_else(|| folder.path().join("days.db"));
    if !path.exists() {
        fill(&path, folder.path(), days);
    }
    pack(&path);
    let store = SqliteStore::open(&path).expect("the store was just made");
    println!(
        "{} days of {} users, {rounds} rounds; milliseconds, median and 95th percentile",
        count(&path, "days"),
        count(&path, "users")
    );
    let asked = || {
        QUESTIONS
            .into_iter()
            .enumerate()
            .filter(|(_, (_, question))| question.contains(&only))
    };
    let mut times = Times::default();
    let mut answers = Vec::new();
    for round in 0..rounds {
        for (scope, (_, user)) in SCOPES.into_iter().enumerate() {
            let encoder = load();
            for (index, (_, question)) in asked() {
                let begun = Instant::now();
                let answer = search(&store, &encoder, &request(question, user)).expect("the store can be asked");
                times[scope][index].push(begun.elapsed());
                if round == 0 {
                    answers.push((question, user, json(&answer)));
                }
            }
        }
    }
    print_table(&mut times);
    drop(store);
    compare(&path, &load(), &answers);
}

const SCOPES: [(&str, Option<&str>); 2] = [("within a user", Some(USER)), ("over all users", None)];

/// By scope and by question.
type Times = [[Vec<Duration>; QUESTIONS.len()]; SCOPES.len()];

fn print_table(times: &mut Times) {
    print!("{:<64}", "");
    SCOPES.iter().for_each(|(name, _)| print!(" {name:>16}"));
    println!();
    for (index, (family, question)) in QUESTIONS.into_iter().enumerate() {
        if times[0][index].is_empty() {
            continue;
        }
        print!("{family:<12} {question:<51}");
        times
            .iter_mut()
            .for_each(|times| print!(" {:>16}", spread(&mut times[index])));
        println!();
    }
    print!("{:<64}", "all");
    times
        .iter()
        .for_each(|times| print!(" {:>16}", spread(&mut times.concat())));
    println!();
}

struct Arguments {
    days: i64,
    rounds: usize,
    store: Option<PathBuf>,
    only: String,
}

impl Arguments {
    fn read() -> Arguments {
        let arguments: Vec<String> = std::env::args().collect();
        let after = |flag: &str| {
            let at = arguments.iter().position(|argument| argument == flag)?;
            arguments.get(at + 1).cloned()
        };
        Arguments {
            days: after("--days").map_or(USUAL_DAYS, |days| days.parse().expect("--days takes a number")),
            rounds: after("--rounds").map_or(USUAL_ROUNDS, |rounds| rounds.parse().expect("--rounds takes a number")),
            store: after("--store").map(PathBuf::from),
            only: after("--only").unwrap_or_default(),
        }
    }
}

fn model() -> ModelSource {
    ModelSource {
        name_or_dir: embed::DEFAULT_MODEL.to_string(),
        offline: true,
        cache_dir: embed::default_cache_dir().unwrap_or_default(),
    }
}

fn request(question: &str, user: Option<&str>) -> Request {
    Request {
        question: question.to_string(),
        user: user.map(str::to_string),
        from: None,
        until: None,
        today: None,
        k: 10,
        given: Given::default(),
    }
}

fn json(answer: &Answer) -> String {
    serde_json::to_string(answer).expect("an answer holds only strings and finite numbers")
}

/// Median and 95th percentile in milliseconds.
fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    format!("{:.1} {:.1}", at(0.5), at(0.95))
}

fn count(path: &Path, table: &str) -> i64 {
    let connection = Connection::open(path).expect("the store is there");
    let sql = format!("SELECT count(*) FROM {table}");
    connection
        .query_row(&sql, [], |row| row.get(0))
        .expect("a store has this table")
}

/// Ingests the days of a few users and stores them again under other ids.
fn fill(path: &Path, folder: &Path, days: i64) {
    let data = folder.join("data");
    let options = Options {
        dir: data.clone(),
        users: USERS,
        days: DAYS,
        seed: 1,
        form: Form::Compact,
        threads: 2,
    };
    generate(&options, &AtomicBool::new(false), &|_| ()).expect("stand-in data can be made");
    let targets = vec![TargetSpec::Sqlite(path.to_path_buf())];
    let config = IngestConfig {
        device: Device::Cpu,
        aggregate: Backend::Cpu,
        ..IngestConfig::new(vec![data], targets, model())
    };
    let outcome = pipeline::ingest(&config, &Stats::default(), &AtomicBool::new(false), &mut |_| ());
    outcome.ending.expect("generated data can be ingested");
    let begun = Instant::now();
    copy(path, days / i64::from(USERS * DAYS));
    println!("copied in {:.0} s", begun.elapsed().as_secs_f64());
}

/// Ends a run that wrote nothing: whoever has no columns gets them.
fn pack(path: &Path) {
    let begun = Instant::now();
    let made = made(&open_for_reading(path).expect("the store is there")).expect("the store says what it is");
    let expect = Expect {
        model: made.model.map(Into::into),
        dimensions: made.dimensions,
        template: &made.template,
    };
    let (_, sink) = open_sqlite(path, &expect).expect("the store is there");
    Box::new(sink).finish().expect("the disk has room for it");
    println!("packed in {:.0} s", begun.elapsed().as_secs_f64());
}

/// So many times the days that are there, under user ids of their own.
fn copy(path: &Path, times: i64) {
    let connection = Connection::open(path).expect("the store is there");
    let columns: Vec<String> = connection
        .prepare("SELECT name FROM pragma_table_info('days') WHERE name NOT IN ('day', 'user_id', 'id')")
        .and_then(|mut names| names.query_map([], |row| row.get(0))?.collect())
        .expect("days has columns");
    let columns = columns.join(", ");
    let of_user = format!("(users.user + :shift * {USERS})");
    let key = format!("(({of_user} << 22) | (day & 4194303))");
    let user_id = format!("printf('user_%06d', {of_user})");
    let originals = format!("JOIN users ON users.user = day >> 22 AND day < {} << 22", USERS + 1);
    let statements = [
        format!("INSERT INTO users SELECT {of_user}, {user_id} FROM users WHERE user <= {USERS}"),
        format!(
            "INSERT INTO days(day, user_id, id, {columns}) SELECT {key}, {user_id}, {user_id} || days.date, {} FROM days {originals}",
            columns
                .split(", ")
                .map(|name| format!("days.{name}"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        format!("INSERT INTO vectors SELECT {key}, vector FROM vectors {originals}"),
    ];
    for shift in 1..times {
        let run = |sql: &String| connection.execute(sql, rusqlite::named_params! {":shift": shift});
        connection
            .execute_batch("BEGIN")
            .and_then(|()| statements.iter().try_for_each(|sql| run(sql).map(|_| ())))
            .and_then(|()| connection.execute_batch("COMMIT"))
            .expect("the disk has room for it");
    }
}

/// Every answer must be what judging every day plainly gives.
fn compare(path: &Path, encoder: &Encoder, answers: &[(&str, Option<&str>, String)]) {
    let begun = Instant::now();
    for (question, user, fast) in answers {
        let plain = search_plainly(path, encoder, &request(question, *user)).expect("the store can be asked");
        let plain = json(&plain);
        assert!(*fast == plain, "{question}, {user:?}:\n{fast}\n{plain}");
    }
    println!(
        "{} answers are those of judging every day plainly ({:.1} s)",
        answers.len(),
        begun.elapsed().as_secs_f64()
    );
}
