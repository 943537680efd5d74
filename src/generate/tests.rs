//! The files are read back with serde_json, an oracle that knows nothing of how they were made.

use std::path::Path;
use std::sync::atomic::AtomicU64;

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::record::{FieldType, RecordKind};

mod facts;

static NEVER: AtomicBool = AtomicBool::new(false);

fn options(dir: &Path, users: u32, days: u32) -> Options {
    Options {
        dir: dir.to_path_buf(),
        users,
        days,
        seed: 42,
        form: Form::Pretty,
        threads: 2,
    }
}

fn make(users: u32, days: u32, form: Form, threads: usize) -> (TempDir, Summary) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        form,
        threads,
        ..options(folder.path(), users, days)
    };
    let summary = generate(&options, &NEVER, &|_| ()).unwrap();
    (folder, summary)
}

fn texts(summary: &Summary) -> Vec<String> {
    let paths = summary
        .files
        .iter()
        .map(|(path, _, _)| path)
        .chain([&summary.planted_path]);
    paths.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn array(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn pretty_files_are_byte_for_byte_what_a_json_printer_writes() {
    let (_folder, summary) = make(3, 120, Form::Pretty, 2);
    for text in &texts(&summary)[..7] {
        let printed = serde_json::to_string_pretty(&array(text)).unwrap();
        assert!(*text == printed, "differs from the printer's: {}", &text[..300]);
        assert!(text.is_ascii());
    }
}

#[test]
fn the_three_forms_hold_the_same_records() {
    let (_pretty_folder, pretty) = make(3, 60, Form::Pretty, 1);
    let (_compact_folder, compact) = make(3, 60, Form::Compact, 1);
    let (_ndjson_folder, ndjson) = make(3, 60, Form::Ndjson, 1);
    let (pretty, compact, ndjson) = (texts(&pretty), texts(&compact), texts(&ndjson));
    for kind in 0..7 {
        assert_eq!(array(&pretty[kind]), array(&compact[kind]));
        assert_eq!(array(&pretty[kind]), lines(&ndjson[kind]));
        assert_eq!(compact[kind], serde_json::to_string(&array(&pretty[kind])).unwrap());
        assert!(ndjson[kind].ends_with("}\n"));
    }
    assert_eq!(pretty[7], ndjson[7]);
}

#[test]
fn the_data_depends_on_the_seed_and_not_on_the_threads() {
    let (_one, with_one) = make(7, 40, Form::Pretty, 1);
    for threads in [0, 2, 3, 16] {
        let (_more, with_more) = make(7, 40, Form::Pretty, threads);
        assert!(texts(&with_one) == texts(&with_more), "{threads} threads");
    }
    let folder = tempfile::tempdir().unwrap();
    let other_seed = Options {
        seed: 43,
        ..options(folder.path(), 7, 40)
    };
    assert!(texts(&generate(&other_seed, &NEVER, &|_| ()).unwrap()) != texts(&with_one));
}

#[test]
fn a_user_does_not_depend_on_how_many_there_are() {
    let (_few_folder, few) = make(2, 30, Form::Compact, 2);
    let (_many_folder, many) = make(5, 30, Form::Compact, 2);
    for (few, many) in texts(&few)[..7].iter().zip(&texts(&many)[..7]) {
        let (few, many) = (array(few), array(many));
        assert_eq!(few, many[..few.len()]);
    }
}

#[test]
fn every_field_of_the_contract_is_in_every_record() {
    let (_folder, summary) = make(2, 90, Form::Pretty, 1);
    for (kind, text) in RecordKind::ALL.into_iter().zip(texts(&summary)) {
        for record in array(&text) {
            assert!(record["user_id"].is_string());
            for field in kind.fields().iter().filter(|field| !field.key.is_empty()) {
                let value = &record[field.key];
                let is_right = match field.kind {
                    FieldType::Number => value.is_number(),
                    FieldType::Text | FieldType::Clock | FieldType::TextOrNumber | FieldType::TimeOfDay => {
                        value.is_string()
                    }
                };
                assert!(is_right, "{} {}: {value}", kind.name(), field.key);
            }
        }
    }
}

#[test]
fn counts_and_sizes_are_those_of_the_data_set() {
    let users = 5;
    let (_folder, summary) = make(users, 365, Form::Pretty, 2);
    let user_days = f64::from(users) * 365.0;
    let per_user_day = |kind: RecordKind| {
        let position = RecordKind::ALL.iter().position(|other| *other == kind).unwrap();
        summary.files[position].2 as f64 / user_days
    };
    assert_eq!(per_user_day(RecordKind::HeartRate), 12.0);
    assert_eq!(per_user_day(RecordKind::Sleep), 1.0);
    assert_eq!(per_user_day(RecordKind::Measurements), 12.0 / 365.0);
    assert_eq!(per_user_day(RecordKind::Users), 1.0 / 365.0);
    assert!((3.8..4.2).contains(&per_user_day(RecordKind::Nutrition)));
    assert!((0.9..1.1).contains(&per_user_day(RecordKind::Workouts)));
    assert!((0.58..0.74).contains(&per_user_day(RecordKind::Activities)));

    let bytes: u64 = summary.files.iter().map(|(_, bytes, _)| bytes).sum();
    let full_size_gb = bytes as f64 / f64::from(users) * 5000.0 / 1e9;
    assert!((7.125..7.875).contains(&full_size_gb), "{full_size_gb} GB");
}

#[test]
fn the_summary_tells_what_is_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let heard = AtomicU64::new(0);
    let on_bytes = |bytes| {
        heard.fetch_add(bytes, Ordering::Relaxed);
    };
    let summary = generate(&options(folder.path(), 4, 20), &NEVER, &on_bytes).unwrap();
    for ((_, bytes, records), text) in summary.files.iter().zip(texts(&summary)) {
        assert_eq!(*bytes, text.len() as u64);
        assert_eq!(*records, array(&text).len() as u64);
    }
    let planted = std::fs::read_to_string(&summary.planted_path).unwrap();
    assert_eq!(summary.planted, lines(&planted).len() as u64);
    let total: u64 = summary.files.iter().map(|(_, bytes, _)| bytes).sum();
    assert!(heard.into_inner() <= total);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 8);
}

#[test]
fn users_ascend_and_activities_come_newest_first() {
    let (_folder, summary) = make(12, 60, Form::Compact, 3);
    let texts = texts(&summary);
    for (kind, text) in RecordKind::ALL.into_iter().zip(&texts) {
        let records = array(text);
        let users: Vec<&str> = records
            .iter()
            .map(|record| record["user_id"].as_str().unwrap())
            .collect();
        assert!(users.is_sorted(), "{}", kind.name());
    }
    let activities = array(&texts[1]);
    let of_first = activities.iter().filter(|record| record["user_id"] == "user_000001");
    let mut dates: Vec<&str> = of_first.map(|record| record["date"].as_str().unwrap()).collect();
    dates.reverse();
    assert!(dates.is_sorted() && dates.len() > 20);
    let measurements: Vec<Value> = array(&texts[6]);
    assert!(
        !measurements
            .iter()
            .map(|record| record["date"].as_str().unwrap())
            .is_sorted()
    );
}

#[test]
fn a_stopped_run_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let on_bytes = |_| stop.store(true, Ordering::Relaxed);
    let result = generate(&options(folder.path(), 50, 30), &stop, &on_bytes);
    assert!(matches!(result, Err(GenerateError::Interrupted)));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_data_set_in_another_form_is_not_joined() {
    let (folder, _) = make(1, 5, Form::Pretty, 1);
    let again = generate(&options(folder.path(), 1, 5), &NEVER, &|_| ());
    assert!(again.is_ok(), "the same form replaces");
    let ndjson = Options {
        form: Form::Ndjson,
        ..options(folder.path(), 1, 5)
    };
    let error = generate(&ndjson, &NEVER, &|_| ()).unwrap_err();
    assert!(error.to_string().contains("users.json is there already"), "{error}");
}

#[test]
fn no_user_and_no_day() {
    for (form, text) in [(Form::Pretty, "[]"), (Form::Compact, "[]"), (Form::Ndjson, "")] {
        let (_folder, summary) = make(0, 10, form, 2);
        assert!(texts(&summary)[..7].iter().all(|file| file == text));
    }
    let folder = tempfile::tempdir().unwrap();
    for days in [0, MOST_DAYS + 1] {
        let error = generate(&options(folder.path(), 1, days), &NEVER, &|_| ()).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot make {days} days; choose 1 to 3000"));
    }
    let (_one_folder, one_day) = make(3, 1, Form::Pretty, 1);
    assert_eq!(one_day.files[4].2, 3, "one night a user");
}
