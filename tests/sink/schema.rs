//! The tables of a store, word for word: other programs rely on them.

use rusqlite::Connection;
use tempfile::TempDir;
use vitalvec::sink::Sink;
use vitalvec::sink::sqlite::{APPLICATION_ID, SCHEMA_VERSION, open_for_reading, open_sqlite};

use crate::days::{MODEL, objects};
use crate::store::expect;

#[test]
fn the_schema_is_what_other_programs_rely_on() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("days.db");
    let (_, sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    Box::new(sink).finish().unwrap();
    let connection = open_for_reading(&path).unwrap();
    // The tables behind `words` are FTS5's own.
    let sql = r"SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'words\_%' ESCAPE '\'";
    let mut statement = connection.prepare(sql).unwrap();
    let tables: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    insta::assert_snapshot!(tables.join("\n\n"));
}

#[test]
fn the_header_names_the_program_and_the_version() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("days.db");
    let (_, mut sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
    sink.push(&objects(3)).unwrap();
    Box::new(sink).finish().unwrap();
    let header = std::fs::read(&path).unwrap();
    // https://www.sqlite.org/fileformat.html: page size at 16, write-ahead at 18, user_version at 60, application_id at 68
    assert_eq!(u16::from_be_bytes([header[16], header[17]]), 16_384);
    assert_eq!(header[18..20], [2, 2]);
    assert_eq!(header[60..64], SCHEMA_VERSION.to_be_bytes());
    assert_eq!(header[68..72], APPLICATION_ID.to_be_bytes());
    assert_eq!(&header[68..72], b"vvec");
}

#[test]
fn a_store_from_before_the_columns_gets_them() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("days.db");
    let ingest = |objects: &[_]| {
        let (_, mut sink) = open_sqlite(&path, &expect(Some(MODEL))).unwrap();
        sink.push(objects).unwrap();
        Box::new(sink.with_threads(3)).finish().unwrap();
    };
    ingest(&objects(25));
    let old = Connection::open(&path).unwrap();
    for trigger in [
        "days_inserted",
        "days_updated",
        "days_deleted",
        "vectors_inserted",
        "vectors_updated",
        "vectors_deleted",
    ] {
        old.execute_batch(&format!("DROP TRIGGER {trigger}_unpack")).unwrap();
    }
    old.execute_batch("DROP TABLE columns; DROP TABLE packed_users;")
        .unwrap();
    drop(old);
    ingest(&objects(30));
    let connection = open_for_reading(&path).unwrap();
    let count = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM packed_users"), 3);
    assert_eq!(
        count("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%_unpack'"),
        6
    );
    assert_eq!(
        count("SELECT sum(length(packed)) / 4 FROM columns WHERE property = 'day'"),
        30
    );
}
