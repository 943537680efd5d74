//! Every property comes back from every target as it went in.

use std::path::Path;

use tempfile::TempDir;
use vitalvec::document::Object;
use vitalvec::sink::ndjson::open_ndjson;
use vitalvec::sink::parquet::open_parquet;
use vitalvec::sink::sqlite::open_sqlite;
use vitalvec::sink::{Finished, Sink};

use crate::days::{DIMENSIONS, objects, without_vectors};
use crate::read_back::{self, Days};
use crate::store::expect;

/// Pushes in batches of three, so that batches cut through users.
fn push_all(mut sink: Box<dyn Sink>, objects: &[Object]) {
    for batch in objects.chunks(3) {
        sink.push(batch).unwrap();
    }
    assert_eq!(sink.finish().unwrap(), Finished::Stored);
}

/// What the objects say of themselves, in JSON.
fn in_memory(objects: &[Object]) -> Days {
    let row = |object: &Object| {
        let serde_json::Value::Object(mut row) = serde_json::to_value(&object.document).unwrap() else {
            panic!("a document is an object");
        };
        if let Some(vector) = &object.vector {
            let numbers = vector.iter().map(|number| f64::from(*number)).collect();
            row.insert("vector".to_string(), numbers);
        }
        (object.document.id().to_string(), row)
    };
    objects.iter().map(row).collect()
}

fn written_everywhere(folder: &Path, objects: &[Object], dimensions: Option<usize>) -> [Days; 3] {
    let [db, lines, table] = ["days.db", "days.ndjson", "days.parquet"].map(|name| folder.join(name));
    let model = dimensions.map(|_| crate::days::MODEL);
    let (_, sink) = open_sqlite(&db, &expect(model)).unwrap();
    push_all(Box::new(sink), objects);
    push_all(Box::new(open_ndjson(&lines, dimensions).unwrap()), objects);
    push_all(Box::new(open_parquet(&table, dimensions).unwrap()), objects);
    [
        read_back::sqlite(&db),
        read_back::ndjson(&lines),
        read_back::parquet(&table),
    ]
}

#[test]
fn every_property_comes_back_from_every_target() {
    let folder = TempDir::new().unwrap();
    let objects = objects(25);
    let expected = in_memory(&objects);
    for days in written_everywhere(folder.path(), &objects, Some(DIMENSIONS)) {
        assert_eq!(days, expected);
    }
}

#[test]
fn a_run_without_vectors_has_no_model_and_no_vector() {
    let folder = TempDir::new().unwrap();
    let objects = without_vectors(12);
    let expected = in_memory(&objects);
    for days in written_everywhere(folder.path(), &objects, None) {
        assert_eq!(days, expected);
    }
}
