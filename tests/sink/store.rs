//! The embedded store: what it keeps, what it leaves alone, what it refuses.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use vitalvec::document::Object;
use vitalvec::sink::sqlite::{Expect, Made, made, open_for_reading, open_sqlite};
use vitalvec::sink::{Ledger, Sink, SinkError};

use crate::days::{DIMENSIONS, MODEL, TEMPLATE, changed, date, objects, vector, without_vectors};
use crate::read_back;

/// What a test run makes.
pub(crate) fn expect(model: Option<&str>) -> Expect<'static> {
    Expect {
        model: model.map(Into::into),
        dimensions: model.map(|_| DIMENSIONS),
        template: TEMPLATE,
    }
}

fn new_store() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("days.db");
    (folder, path)
}

/// A run that asks nothing and pushes everything.
pub(crate) fn ingest(path: &Path, objects: &[Object]) {
    let (_, mut sink) = open_sqlite(path, &expect(Some(MODEL))).unwrap();
    for batch in objects.chunks(7) {
        sink.push(batch).unwrap();
    }
    Box::new(sink).finish().unwrap();
}

/// The days that the index of words knows for a word; fails where the index does not follow the days.
fn days_with_word(path: &Path, word: &str) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection
        .execute("INSERT INTO words(words, rank) VALUES ('integrity-check', 1)", [])
        .unwrap();
    let sql = "SELECT count(*) FROM words WHERE words MATCH ?1";
    connection.query_row(sql, [word], |row| row.get(0)).unwrap()
}

fn message(result: Result<impl Sized, SinkError>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn pushing_the_same_days_again_changes_nothing() {
    let (_folder, path) = new_store();
    ingest(&path, &objects(25));
    let before = fs::read(&path).unwrap();
    let days = read_back::sqlite(&path);
    ingest(&path, &objects(25));
    assert_eq!(read_back::sqlite(&path), days);
    assert_eq!(days_with_word(&path, "gist"), 25);
    // Only the flag `complete` went to 0 and back: the pages of days, vectors and words are the same.
    assert_eq!(fs::read(&path).unwrap().len(), before.len());
}

#[test]
fn a_run_with_nothing_new_leaves_every_byte_of_the_store() {
    let (_folder, path) = new_store();
    ingest(&path, &objects(25));
    let before = fs::read(&path).unwrap();
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let (mut ledger, sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    assert!(ledger.known("user_000000", &[date(0)]).unwrap()[0].is_some());
    Box::new(sink).finish().unwrap();
    drop(ledger);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified);
}

#[test]
fn a_changed_day_is_replaced_and_its_words_and_vector_follow() {
    let (_folder, path) = new_store();
    let mut objects = objects(25);
    ingest(&path, &objects);
    assert_eq!(days_with_word(&path, "\"number 12\""), 1);
    objects[12] = changed(&objects[12], 3000);
    ingest(&path, &objects);
    assert_eq!(days_with_word(&path, "\"number 12\""), 0);
    assert_eq!(days_with_word(&path, "\"number 3000\""), 1);
    let days = read_back::sqlite(&path);
    assert_eq!(days.len(), 25);
    let day = &days[&objects[12].document.id().to_string()];
    assert_eq!(day["content_hash"], objects[12].document.content_hash);
    let expected: serde_json::Value = vector(3000, DIMENSIONS)
        .iter()
        .map(|number| f64::from(*number))
        .collect();
    assert_eq!(day["vector"], expected);
}

#[test]
fn the_ledger_answers_in_the_order_asked() {
    let (_folder, path) = new_store();
    let objects = objects(25);
    let (mut ledger, mut sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    sink.push(&objects).unwrap();
    let dates = [date(9), date(400), date(0), date(9)];
    let known = ledger.known("user_000001", &dates).unwrap();
    let hashes: Vec<Option<&str>> = known
        .iter()
        .map(|known| known.as_ref().map(|known| &*known.content_hash))
        .collect();
    let (ninth, first) = (&*objects[19].document.content_hash, &*objects[10].document.content_hash);
    assert_eq!(hashes, [Some(ninth), None, Some(first), Some(ninth)]);
    let day = known[0].as_ref().unwrap();
    assert_eq!((&*day.template, day.model.as_deref()), (TEMPLATE, Some(MODEL)));
    let vectors = ledger.vectors("user_000001", &dates).unwrap();
    assert_eq!(
        vectors,
        [Some(vector(19, 8)), None, Some(vector(10, 8)), Some(vector(19, 8))]
    );
    assert_eq!(ledger.known("nobody", &dates).unwrap(), [None, None, None, None]);
    assert_eq!(ledger.known("user_000001", &[]).unwrap(), []);
}

#[test]
fn a_day_whose_vector_is_missing_or_cut_is_not_known() {
    let (_folder, path) = new_store();
    ingest(&path, &objects(3));
    let connection = Connection::open(&path).unwrap();
    let (first, second) = ("(SELECT min(day) FROM days)", "(SELECT min(day) + 1 FROM days)");
    let damage =
        format!("DELETE FROM vectors WHERE day = {first}; UPDATE vectors SET vector = x'00' WHERE day = {second}");
    connection.execute_batch(&damage).unwrap();
    let (mut ledger, _sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    let dates = [date(0), date(1), date(2)];
    let known = ledger.known("user_000000", &dates).unwrap();
    assert_eq!(
        known.iter().map(Option::is_some).collect::<Vec<_>>(),
        [false, false, true]
    );
    let vectors = ledger.vectors("user_000000", &dates).unwrap();
    assert_eq!(vectors, [None, None, Some(vector(2, 8))]);
}

#[test]
fn deleting_a_day_with_any_tool_takes_its_words_and_vector_along() {
    let (_folder, path) = new_store();
    ingest(&path, &objects(25));
    let connection = Connection::open(&path).unwrap();
    connection
        .execute("DELETE FROM days WHERE user_id = 'user_000001'", [])
        .unwrap();
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("days"), count("vectors")), (15, 15));
    assert_eq!(days_with_word(&path, "gist"), 15);
}

#[test]
fn another_model_or_wording_is_refused_with_a_remedy() {
    let (_folder, path) = new_store();
    ingest(&path, &objects(3));
    let other = message(open_sqlite(&path, &expect(Some("model-b"))));
    assert!(
        other.ends_with(
            "days.db: the store was made with model model-a (8 dimensions), this run uses model model-b \
             (8 dimensions); use the same --model, name another file with --to sqlite:PATH, or delete this one"
        ),
        "{other}"
    );
    let none = message(open_sqlite(&path, &expect(None)));
    assert!(none.contains("this run uses no model;"), "{none}");
    let wording = Expect {
        template: "t2",
        ..expect(Some(MODEL))
    };
    let wording = message(open_sqlite(&path, &wording));
    assert!(
        wording.contains("made with wording t1, this run uses t2; name another"),
        "{wording}"
    );
}

#[test]
fn a_store_without_vectors_gets_them_from_the_next_run_that_makes_some() {
    let (_folder, path) = new_store();
    let (_, mut sink) = open_sqlite(&path, &expect(None)).unwrap();
    sink.push(&without_vectors(5)).unwrap();
    Box::new(sink).finish().unwrap();
    let (mut ledger, mut sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    assert_eq!(ledger.known("user_000000", &[date(0)]).unwrap(), [None]);
    sink.push(&objects(5)).unwrap();
    Box::new(sink).finish().unwrap();
    assert!(ledger.known("user_000000", &[date(0)]).unwrap()[0].is_some());
    assert!(read_back::sqlite(&path).values().all(|day| day.contains_key("vector")));
}

#[test]
fn the_store_tells_what_it_was_made_with_and_whether_it_is_complete() {
    let (_folder, path) = new_store();
    let (_, mut sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    sink.push(&objects(3)).unwrap();
    let now = || made(&open_for_reading(&path).unwrap()).unwrap();
    let expected = Made {
        model: Some(MODEL.to_string()),
        dimensions: Some(DIMENSIONS),
        template: TEMPLATE.to_string(),
        complete: false,
    };
    assert_eq!(now(), expected);
    Box::new(sink).finish().unwrap();
    assert!(now().complete);
}

#[test]
fn a_file_that_is_no_store_is_left_as_it_is() {
    let (_folder, path) = new_store();
    fs::write(&path, "user_id,date\n").unwrap();
    let text = message(open_sqlite(&path, &expect(Some(MODEL))));
    assert!(text.contains("this is no SQLite database; name another file"), "{text}");
    assert_eq!(fs::read(&path).unwrap(), b"user_id,date\n");
    fs::remove_file(&path).unwrap();

    Connection::open(&path)
        .unwrap()
        .execute("CREATE TABLE t(x)", [])
        .unwrap();
    let before = fs::read(&path).unwrap();
    let foreign = message(open_sqlite(&path, &expect(Some(MODEL))));
    assert!(
        foreign.contains("an SQLite database of another program; name"),
        "{foreign}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_store_of_a_newer_program_is_refused() {
    let (_folder, path) = new_store();
    ingest(&path, &objects(3));
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 2)
        .unwrap();
    for text in [
        message(open_sqlite(&path, &expect(Some(MODEL)))),
        message(open_for_reading(&path)),
    ] {
        assert!(
            text.contains("schema version 2, this program knows version 1; use the version"),
            "{text}"
        );
    }
}

#[test]
fn places_where_no_store_can_be_say_why() {
    let (folder, path) = new_store();
    let missing = message(open_sqlite(&folder.path().join("no/days.db"), &expect(None)));
    assert!(missing.contains("no/days.db: No such file or directory"), "{missing}");
    let a_folder = message(open_sqlite(folder.path(), &expect(None)));
    assert!(a_folder.contains("Is a directory"), "{a_folder}");
    let absent = message(open_for_reading(&path));
    assert!(absent.contains("days.db: No such file"), "{absent}");
    assert!(!path.exists(), "reading makes no file");
}

/// `/sys` takes no files, even from root, whom permissions do not stop.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_says_so() {
    let text = message(open_sqlite(Path::new("/sys/days.db"), &expect(None)));
    assert!(
        text.contains("/sys/days.db: ") && text.contains("is writable"),
        "{text}"
    );
}

#[test]
fn a_file_of_zero_bytes_or_an_empty_database_becomes_a_store() {
    let (_folder, path) = new_store();
    fs::write(&path, "").unwrap();
    ingest(&path, &objects(3));
    assert_eq!(read_back::sqlite(&path).len(), 3);
    fs::remove_file(&path).unwrap();

    // What a run leaves that is killed between the first page and the tables.
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    drop(connection);
    let text = message(open_for_reading(&path));
    assert!(
        text.contains("there is no day in it yet; run `vitalvec ingest` first"),
        "{text}"
    );
    ingest(&path, &objects(3));
    assert_eq!(read_back::sqlite(&path).len(), 3);
}

#[test]
fn a_store_that_another_program_holds_is_reported_after_a_while() {
    let (_folder, path) = new_store();
    ingest(&path, &objects(3));
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (mut ledger, mut sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    let text = message(sink.push(&objects(5)));
    assert!(text.contains("another program is writing to it; wait"), "{text}");
    assert!(
        ledger.known("user_000000", &[date(0)]).unwrap()[0].is_some(),
        "reading goes on"
    );
    holder.execute_batch("ROLLBACK").unwrap();
    sink.push(&objects(5)).unwrap();
}

#[test]
fn a_bad_vector_stores_nothing_of_its_batch() {
    let (_folder, path) = new_store();
    let (mut ledger, mut sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    let mut objects = objects(3);
    objects[2].vector = None;
    let missing = message(sink.push(&objects));
    assert!(
        missing.contains("the vector of user user_000000 on 2025-01-03 is missing"),
        "{missing}"
    );
    assert_eq!(ledger.known("user_000000", &[date(0)]).unwrap(), [None]);
}

#[test]
fn two_runs_into_one_store_keep_the_days_of_both() {
    let (_folder, path) = new_store();
    let objects = objects(60);
    let (_, mut even) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    let (_, mut odd) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    for (index, batch) in objects.chunks(4).enumerate() {
        let sink = if index.is_multiple_of(2) { &mut even } else { &mut odd };
        sink.push(batch).unwrap();
    }
    Box::new(even).finish().unwrap();
    Box::new(odd).finish().unwrap();
    assert_eq!(read_back::sqlite(&path).len(), 60);
    assert_eq!(days_with_word(&path, "gist"), 60);
}

#[test]
fn a_batch_of_new_and_changed_days_and_one_that_comes_twice_is_stored_and_found_by_word() {
    let (_folder, path) = new_store();
    let mut objects = objects(25);
    ingest(&path, &objects[..15]);
    objects[3] = changed(&objects[3], 3000);
    objects.push(changed(&objects[20], 4000));
    let (_, mut sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    sink.push(&objects).unwrap();
    Box::new(sink).finish().unwrap();
    assert_eq!(read_back::sqlite(&path).len(), 25);
    for (gist, days) in [("3", 0), ("3000", 1), ("20", 0), ("4000", 1), ("24", 1), ("14", 1)] {
        assert_eq!(days_with_word(&path, &format!("\"number {gist}\"")), days, "{gist}");
    }
}

#[test]
fn whoever_gets_a_day_is_not_packed_until_the_run_ends() {
    let (_folder, path) = new_store();
    let mut objects = objects(30);
    ingest(&path, &objects[..25]);
    let packed = || -> Vec<i64> {
        let connection = Connection::open(&path).unwrap();
        let mut statement = connection
            .prepare("SELECT user FROM packed_users ORDER BY user")
            .unwrap();
        let users = statement.query_map([], |row| row.get(0)).unwrap();
        users.map(Result::unwrap).collect()
    };
    assert_eq!(packed(), [1, 2, 3]);
    let (_, mut sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    // One that is as it was, a new one of the third user, and one of the second user in other words.
    sink.push(&objects[..1]).unwrap();
    assert_eq!(packed(), [1, 2, 3]);
    sink.push(&objects[27..28]).unwrap();
    assert_eq!(packed(), [1, 2]);
    objects[14] = changed(&objects[14], 3000);
    sink.push(&objects[14..15]).unwrap();
    assert_eq!(packed(), [1]);
    Box::new(sink).finish().unwrap();
    assert_eq!(packed(), [1, 2, 3]);
}
