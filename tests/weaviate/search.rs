//! Questions to a collection: the same answers as from an SQLite store with the same days, through the whole program.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::days::objects;
use crate::run::{Place, run};
use crate::server::Server;
use crate::{harness, tiny_model};

/// The same days in an SQLite store and in a collection.
struct Shelf {
    folder: TempDir,
    model: PathBuf,
    collection: String,
}

const USERS: u32 = 3;
const DAYS: u32 = 70;

impl Shelf {
    fn new(server: &Server) -> Shelf {
        let (folder, data) = (tempfile::tempdir().unwrap(), harness::generated(USERS, DAYS));
        let shelf = Shelf {
            model: tiny_model::write(folder.path()),
            collection: format!("weaviate:{}", server.url()),
            folder,
        };
        let mut ingest = shelf.command("ingest");
        ingest.envs([server.grpc_variable()]);
        ingest
            .arg(data.path())
            .args(["--to", &shelf.collection, "--to", &shelf.store()]);
        let output = ingest.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        shelf
    }

    fn store(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("days.db").display())
    }

    fn command(&self, name: &str) -> Command {
        let mut command = harness::vitalvec();
        command.arg(name).arg("--quiet").arg("--model").arg(&self.model);
        command.arg("--state").arg(self.folder.path().join("state"));
        command
    }

    fn search(&self, store: &str, question: &str, options: &[&str]) -> Output {
        let mut command = self.command("search");
        command.args([question, "--json", "--in", store]).args(options);
        command.output().unwrap()
    }

    fn answer(&self, store: &str, question: &str, options: &[&str]) -> Value {
        let output = self.search(store, question, options);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{question} at {store}: {error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Whether both answer the same, to the last digit; how many days.
    fn assert_same(&self, question: &str, options: &[&str]) -> usize {
        let [ours, theirs] = [&self.store(), &self.collection].map(|store| self.answer(store, question, options));
        assert_eq!(ours, theirs, "{question} {options:?}");
        ours["results"].as_array().unwrap().len()
    }
}

/// Facts, the day before, numbers, sums, sessions, denials, superlatives, windows, missing data, and likeness.
const QUESTIONS: [&str; 22] = [
    "nights I slept badly",
    "nights I slept badly after a hard workout",
    "hard workout followed by a good night",
    "days without any exercise",
    "slept less than six hours",
    "more than 10,000 steps",
    "at least four meals",
    "heart rate over 150",
    "between 7 and 8 hours of sleep",
    "burned more than 300 kcal",
    "a run in the rain",
    "long runs",
    "ran more than 5 km",
    "low carb or high protein days",
    "poor sleep without a hard workout the day before",
    "the three days I walked the most",
    "my worst night",
    "the first time I ran",
    "rest days on a weekend",
    "last week",
    "yesterday",
    "days without sleep data",
];

#[test]
fn a_collection_answers_as_an_sqlite_store_does() {
    for server in Server::all() {
        let shelf = Shelf::new(&server);
        let mut found = 0;
        for (index, question) in QUESTIONS.iter().enumerate() {
            let options: &[&str] = [
                &["--user", "user_000002"][..],
                &["-k", "25"],
                &["--from", "2025-07-20", "--until", "2025-08-31"],
            ][index % 3];
            found += shelf.assert_same(question, options);
            found += shelf.assert_same(question, &[]);
        }
        assert!(found > QUESTIONS.len() * 5, "{found} days were found");
    }
}

#[test]
fn users_whom_a_question_names_are_the_same_in_both() {
    for server in Server::all() {
        let shelf = Shelf::new(&server);
        for question in [
            "user_000001's rest days",
            "user_000001 and user_000003: more than 5,000 steps",
            "more than 5,000 steps, not user 2",
            "rest days of everyone but USER_000002 and user 3",
            "show me the days, not user_000001",
            "user_000002",
        ] {
            assert!(shelf.assert_same(question, &["-k", "50"]) > 0, "{question}");
        }
        let output = shelf.search(&shelf.collection, "rest days of user 77", &[]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("knows no user `77`"), "{error}");
    }
}

#[test]
fn a_question_in_which_nothing_is_understood_is_answered_by_likeness() {
    for server in Server::all() {
        let shelf = Shelf::new(&server);
        for options in [&[][..], &["--user", "user_000001", "-k", "5"]] {
            assert!(shelf.assert_same("show me the days", options) > 0);
        }
    }
}

#[test]
fn who_is_not_there_is_an_error_and_a_time_without_days_is_none() {
    for server in Server::all() {
        let shelf = Shelf::new(&server);
        let output = shelf.search(&shelf.collection, "rest days", &["--user", "nobody"]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(
            error.contains("knows no user `nobody`") && error.contains("user_00000"),
            "{error}"
        );
        assert_eq!(shelf.assert_same("rest days", &["--until", "1999-12-31"]), 0);
    }
}

#[test]
fn vectors_of_another_model_are_not_searched() {
    for server in Server::all() {
        run(&server, &Place::new(), &objects(20)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf {
            model: tiny_model::write(folder.path()),
            collection: format!("weaviate:{}", server.url()),
            folder,
        };
        let output = shelf.search(&shelf.collection, "rest days", &[]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("were made with model"), "{error}");
    }
}

#[test]
fn a_collection_that_is_not_there_and_a_tenant_too_many_are_errors() {
    let server = Server::strict();
    let shelf = Shelf::new(&server);
    for (store, wanted) in [
        (format!("{}NotThere", shelf.collection), "there is no collection"),
        (format!("{}?tenant=t", shelf.collection), "do not agree on tenants"),
        ("weaviate:http://127.0.0.1:9/HealthDay".to_string(), "check the URL"),
    ] {
        let output = shelf.search(&store, "rest days", &[]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(wanted), "{error}");
    }
}
