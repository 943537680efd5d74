//! A run that is killed at any moment: the next one completes the store, and it equals an undisturbed one.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tempfile::TempDir;
use vitalvec::document::Object;
use vitalvec::sink::sqlite::{made, open_for_reading, open_sqlite};
use vitalvec::sink::{Ledger, Sink};

use crate::days::{DAYS_PER_USER, MODEL, objects};
use crate::store::{expect, ingest};

const DAYS: usize = 3000;

/// Where the child of a test writes; only the child has it.
const CHILD_STORE: &str = "VITALVEC_TEST_CHILD_STORE";

/// A run as `publish` does it: asks for each user what is there, pushes the rest. Returns how many days it pushed.
fn resume(path: &Path, objects: &[Object]) -> usize {
    let (mut ledger, mut sink) = open_sqlite(path, &expect(Some(MODEL))).unwrap();
    let mut pushed = 0;
    for user in objects.chunks(DAYS_PER_USER) {
        let dates: Vec<_> = user.iter().map(|object| object.document.day.date).collect();
        let known = ledger.known(&user[0].document.day.user_id, &dates).unwrap();
        let new: Vec<Object> = user
            .iter()
            .zip(known)
            .filter(|(object, known)| {
                known
                    .as_ref()
                    .is_none_or(|known| known.content_hash != object.document.content_hash)
            })
            .map(|(object, _)| object.clone())
            .collect();
        pushed += new.len();
        sink.push(&new).unwrap();
    }
    Box::new(sink).finish().unwrap();
    pushed
}

/// Every row of every table but the index of words, which is checked against the days instead.
fn dump(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    connection
        .execute("INSERT INTO words(words, rank) VALUES ('integrity-check', 1)", [])
        .unwrap();
    let intact: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(intact, "ok");
    let mut lines = Vec::new();
    for sql in [
        "SELECT * FROM meta ORDER BY key",
        "SELECT * FROM users ORDER BY user",
        "SELECT * FROM days ORDER BY day",
        "SELECT * FROM vectors ORDER BY day",
        "SELECT rowid FROM words WHERE words MATCH 'slept' ORDER BY rowid",
    ] {
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..columns).map(|column| row.get_ref(column).unwrap()).collect();
            lines.push(format!("{values:?}"));
        }
    }
    lines
}

#[test]
fn a_run_that_was_dropped_half_way_is_completed_by_the_next() {
    let folder = TempDir::new().unwrap();
    let objects = objects(100);
    let undisturbed = folder.path().join("undisturbed.db");
    ingest(&undisturbed, &objects);
    let disturbed = folder.path().join("disturbed.db");
    let (_, mut sink) = open_sqlite(&disturbed, &expect(Some(MODEL))).unwrap();
    sink.push(&objects[..33]).unwrap();
    drop(sink);
    assert!(!made(&open_for_reading(&disturbed).unwrap()).unwrap().complete);
    assert_eq!(resume(&disturbed, &objects), 67);
    assert_eq!(dump(&disturbed), dump(&undisturbed));
    assert_eq!(resume(&disturbed, &objects), 0);
}

/// Not a test of its own: what [`a_run_that_was_killed_is_completed_by_the_next`] starts and kills.
#[test]
fn child_of_the_kill_test() {
    if let Some(path) = std::env::var_os(CHILD_STORE) {
        resume(Path::new(&path), &objects(DAYS));
    }
}

fn start_child(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child_of_the_kill_test", "--test-threads", "1"])
        .env(CHILD_STORE, path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Days that a reader sees while the child writes; 0 before there is a store.
fn days_in(path: &Path) -> i64 {
    let Ok(connection) = open_for_reading(path) else {
        return 0;
    };
    connection
        .query_row("SELECT count(*) FROM days", [], |row| row.get(0))
        .unwrap_or(0)
}

#[test]
fn a_run_that_was_killed_is_completed_by_the_next() {
    let folder = TempDir::new().unwrap();
    let objects = objects(DAYS);
    let undisturbed = folder.path().join("undisturbed.db");
    resume(&undisturbed, &objects);
    let disturbed = folder.path().join("disturbed.db");
    // Killed while the store is made, early, and in the middle; each child goes on where the last one was killed.
    for days in [0, 1, DAYS as i64 / 3, DAYS as i64 / 2] {
        let mut child = start_child(&disturbed);
        let started = Instant::now();
        while days_in(&disturbed) < days && started.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let pushed = resume(&disturbed, &objects);
    assert!(pushed < DAYS, "the killed runs left nothing behind");
    assert_eq!(dump(&disturbed), dump(&undisturbed));
}
