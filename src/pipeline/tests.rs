//! No way of cutting a file into chunks changes what comes of it: rows, rejects and their places.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use super::collect::{Collected, Reading, collect};
use super::rejects::RejectLog;
use crate::aggregate::{Cpu, Grouped, Numbers, Room, user_days};
use crate::day::Day;
use crate::error::Error;
use crate::report::InputReport;
use crate::source::discover;
use crate::stats::Stats;

/// All days, and the reject lines, of a folder read in chunks of about `chunk_bytes`.
fn read(folder: &Path, chunk_bytes: usize, threads: usize) -> (Vec<Day>, String) {
    let files = discover(&[folder.to_path_buf()]).unwrap().files;
    let mut inputs: Vec<InputReport> = files.iter().map(super::input_report).collect();
    let rejects_path = folder.join(format!("rejects-{chunk_bytes}-{threads}"));
    let mut rejects = RejectLog::create(Some(&rejects_path), None).unwrap();
    let reading = Reading {
        threads,
        memory_bytes: 200,
        chunk_bytes,
    };
    let collected = collect(
        reading,
        &files,
        &mut inputs,
        &mut rejects,
        &Stats::default(),
        &AtomicBool::new(false),
    );
    rejects.flush().unwrap();
    let days = match collected {
        Ok(collected) => all_days(&collected),
        Err(Error::NoReadableData { .. }) => Vec::new(),
        Err(error) => panic!("{error}"),
    };
    (days, std::fs::read_to_string(rejects_path).unwrap())
}

fn all_days(collected: &Collected) -> Vec<Day> {
    let mut days = Vec::new();
    for bucket in 0..collected.columns.buckets() {
        let bucket = collected.columns.bucket(bucket).unwrap();
        let grouped = Grouped::load(&bucket, 0, Room::default()).unwrap();
        let numbers = Numbers::of(&grouped, &Cpu, &|_| None).unwrap();
        for user in 0..grouped.users().len() {
            days.extend(user_days(&grouped, &numbers, user, &collected.columns, None));
        }
    }
    days
}

/// Pieces that records, damage and whole files are made of.
fn pieces() -> impl Strategy<Value = String> {
    let record = (0u8..4, 1u8..4, 0u32..300)
        .prop_map(|(user, day, value)| format!(r#"{{"user_id":"u{user}","date":"2025-01-0{day}","value":{value}}}"#));
    let pretty = (0u8..4, 1u8..4).prop_map(|(user, day)| {
        format!("\n  {{\n    \"user_id\": \"u{user}\",\n    \"date\": \"2025-01-0{day}\",\n    \"value\": 1\n  }}")
    });
    let nested = Just(r#"{"user_id":"n","date":"2025-01-01","laps":[{"x":1},{"x":"},{"}],"value":7}"#.to_string());
    let damage = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "\\",
        ":",
        "\n",
        " ",
        "nul",
        "{\"a\":",
        "},{",
        "\n{\n",
        "\n  {",
        "]\n[",
        "{}",
        "1",
        "\u{e9}",
        "\"k\":",
        "\"x\":]",
        "\"\\q\"",
        "[[",
        "]]",
        "}}",
        "{\"a\":\"\\q\",\"y\":\"},{\"}",
        "{\"a\" {\"user_id\":\"i\",\"date\":\"2025-01-01\"}}",
        "{\"a\":1 ",
        "{\"a\":\"\t]\",",
        "\n  },\n  17,",
        "{\"user_id\":",
    ]);
    prop_oneof![5 => record, 5 => pretty, 1 => nested, 3 => damage.prop_map(str::to_string)]
}

fn files() -> impl Strategy<Value = String> {
    let separator = prop_oneof![6 => Just(","), 2 => Just(",\n"), 1 => Just("\n"), 1 => Just("")];
    let body = prop::collection::vec((pieces(), separator), 0..30);
    (
        prop::sample::select(vec!["[", "[\n", "", "\u{feff}[ "]),
        body,
        prop::sample::select(vec!["]", "\n]", "", "]]"]),
    )
        .prop_map(|(opening, body, closing)| {
            let body: String = body.into_iter().map(|(piece, separator)| piece + separator).collect();
            format!("{opening}{body}{closing}")
        })
}

proptest! {

    #[test]
    fn no_way_of_cutting_changes_days_or_rejects(content in files(), chunk_bytes in 1usize..400) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("heart_rate.json"), &content).unwrap();
        let whole = read(folder.path(), 1 << 20, 1);
        let cut = read(folder.path(), chunk_bytes, 3);
        prop_assert_eq!(&whole.1, &cut.1, "rejects of {}", &content);
        prop_assert_eq!(whole.0, cut.0, "days of {}", &content);
    }
}

#[test]
fn a_file_of_nothing_but_damage_gives_each_reject_once() {
    let folder = tempfile::tempdir().unwrap();
    let good = r#"{"user_id":"u","date":"2025-01-01","value":1}"#;
    let content = format!("[{}{good},{}{good}]", "1,".repeat(150_000), "2,".repeat(10));
    std::fs::write(folder.path().join("heart_rate.json"), &content).unwrap();
    let (days, rejects) = read(folder.path(), 1 << 20, 2);
    assert_eq!(days.iter().map(|day| day.records).sum::<u32>(), 2);
    let lines: Vec<serde_json::Value> = rejects
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 150_010);
    for (number, line) in lines[..150_000].iter().enumerate() {
        assert_eq!(
            (&line["record"], &line["byte_offset"]),
            (&number.into(), &(1 + 2 * number).into())
        );
    }
    assert_eq!(lines[150_009]["record"], 150_010);
}
