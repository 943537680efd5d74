//! The tables of a store, word for word: other programs rely on them.

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
