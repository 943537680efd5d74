//! The whole-file targets: the same days give the same bytes, and then nothing is written.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use vitalvec::document::Object;
use vitalvec::sink::ndjson::open_ndjson;
use vitalvec::sink::parquet::open_parquet;
use vitalvec::sink::{Finished, Sink, SinkError};

use crate::days::{DIMENSIONS, changed, objects};

fn open(path: &Path) -> Result<Box<dyn Sink>, SinkError> {
    Ok(match path.extension().and_then(|extension| extension.to_str()) {
        Some("ndjson") => Box::new(open_ndjson(path, Some(DIMENSIONS))?),
        _ => Box::new(open_parquet(path, Some(DIMENSIONS))?),
    })
}

fn write(path: &Path, objects: &[Object], batch: usize) -> Finished {
    let mut sink = open(path).unwrap();
    for batch in objects.chunks(batch) {
        sink.push(batch).unwrap();
    }
    sink.finish().unwrap()
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_second_run_writes_nothing_however_it_is_batched() {
    for name in ["days.ndjson", "days.parquet"] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        let objects = objects(2500);
        assert_eq!(write(&path, &objects, 700), Finished::Stored);
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(write(&path, &objects, 33), Finished::Unchanged, "{name}");
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    }
}

#[test]
fn one_changed_day_replaces_the_file() {
    for name in ["days.ndjson", "days.parquet"] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        let mut objects = objects(40);
        write(&path, &objects, 10);
        objects[20] = changed(&objects[20], 999);
        assert_eq!(write(&path, &objects, 10), Finished::Stored);
        assert_eq!(write(&path, &objects, 40), Finished::Unchanged);
        assert_eq!(names(&folder), [name]);
    }
}

#[test]
fn a_run_that_stops_half_way_leaves_the_file_of_the_last_one() {
    for name in ["days.ndjson", "days.parquet"] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        write(&path, &objects(10), 10);
        let before = fs::read(&path).unwrap();
        let mut sink = open(&path).unwrap();
        sink.push(&objects(2500)[5..]).unwrap();
        drop(sink);
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(names(&folder), [name]);
    }
}

#[test]
fn no_days_make_a_file_without_rows() {
    let folder = TempDir::new().unwrap();
    let lines = folder.path().join("days.ndjson");
    assert_eq!(write(&lines, &[], 1), Finished::Stored);
    assert_eq!(fs::read(&lines).unwrap(), b"");
    let table = folder.path().join("days.parquet");
    assert_eq!(write(&table, &[], 1), Finished::Stored);
    assert!(crate::read_back::parquet(&table).is_empty());
}

#[test]
fn a_folder_that_is_missing_is_named() {
    for name in ["days.ndjson", "days.parquet"] {
        let path = Path::new("/no/such/folder").join(name);
        let error = open(&path).err().unwrap().to_string();
        assert!(
            error.starts_with(&format!("/no/such/folder/{name}: No such file")),
            "{error}"
        );
        assert!(error.contains("check that the folder exists"), "{error}");
    }
}

#[test]
fn a_vector_that_is_not_finite_or_too_short_is_refused_before_anything_is_written() {
    for (vector, problem) in [
        (vec![0.5; DIMENSIONS - 1], "has 7 dimensions instead of 8"),
        (vec![f32::NAN; DIMENSIONS], "holds a number that is not finite"),
    ] {
        for name in ["days.ndjson", "days.parquet"] {
            let folder = TempDir::new().unwrap();
            let path = folder.path().join(name);
            let mut objects = objects(3);
            objects[2].vector = Some(vector.clone().into());
            let mut sink = open(&path).unwrap();
            let error = sink.push(&objects).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
            assert!(error.contains("user_000000 on 2025-01-03"), "{error}");
            sink.finish().unwrap();
            assert!(!fs::read_to_string(&path).is_ok_and(|text| text.contains("user_")));
        }
    }
}
