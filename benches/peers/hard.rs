//! Inputs that are not as regular as generated data: the counts must be right, and the speed stands beside that of the
//! regular file. All are made of FOLDER/heart_rate.json, which has to fit the memory here:
//!
//! - one line: an array without a line break, as large as the file
//! - shuffled: over users and days
//! - broken: five records in a hundred are damaged, each in one of several ways
//! - irregular: no record is laid out like the one before it; the strict path alone is the measure

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::measure::{Contender, Input, compare};
use super::table::Table;
use super::{dry_run, own};

/// One record in so many is broken.
const BROKEN_EVERY: usize = 20;

/// Measures each of these inputs.
pub(crate) fn compare_all(folder: &Path, scratch: &Path, rounds: usize, table: &mut Table) {
    let regular = folder.join("heart_rate.json");
    let mut records = records_of(&regular);
    let mut measure = |name: &str, path: &Path, records: &[String], contenders: Vec<Contender>| {
        let input = Input {
            name: name.to_string(),
            path: path.to_path_buf(),
            known: vec![days_of(records) as i64, records.len() as i64],
        };
        compare(contenders, &input, rounds, table);
    };
    measure("regular", &regular, &records, runs(&regular));
    let array = scratch.join("heart_rate.json");
    write(&array, ["[", ", ", "]"], records.iter().cloned());
    measure("one line", &array, &records, runs(&array));
    let lines = scratch.join("heart_rate.ndjson");
    let irregular = records
        .iter()
        .enumerate()
        .map(|(index, record)| irregular(index, record));
    write(&lines, ["", "\n", "\n"], irregular);
    let own = |name| own(name, "heart_rate", &lines, 1);
    measure(
        "irregular",
        &lines,
        &records,
        vec![own("vitalvec, strict path alone"), own("vitalvec")],
    );
    let is_broken = |index: usize| index.is_multiple_of(BROKEN_EVERY);
    let damaged = records
        .iter()
        .enumerate()
        .map(|(index, record)| match is_broken(index) {
            true => broken(index / BROKEN_EVERY, &pretty(record)),
            false => pretty(record),
        });
    write(&array, PRETTY, damaged);
    let good: Vec<String> = records
        .iter()
        .enumerate()
        .filter(|(index, _)| !is_broken(*index))
        .map(|(_, record)| record.clone())
        .collect();
    measure("5 % broken", &array, &good, runs(&array));
    drop(good);
    records.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    write(&array, PRETTY, records.iter().map(|record| pretty(record)));
    measure("shuffled", &array, &records, runs(&array));
}

fn runs(path: &Path) -> Vec<Contender> {
    vec![dry_run(path, 1), dry_run(path, 2)]
}

/// The records of a pretty-printed array, each on one line: `{"key": value, …}`.
fn records_of(array: &Path) -> Vec<String> {
    let (mut records, mut record) = (Vec::new(), String::new());
    for line in BufReader::new(File::open(array).expect("FOLDER has a heart_rate.json")).lines() {
        let line = line.expect("generated data is text");
        match line.trim() {
            "[" | "]" => {}
            "{" => record = "{".to_string(),
            "}" | "}," => records.push(std::mem::take(&mut record) + "}"),
            field => record += &field.replace(',', ", "),
        }
    }
    records
}

/// Distinct users and days.
fn days_of(records: &[String]) -> usize {
    let key = |record: &String| {
        let after = |key: &str| record.find(key).map_or(0, |at| at + key.len());
        let user = record[after("\"user_id\": \"")..]
            .split('"')
            .next()
            .unwrap_or_default()
            .to_string();
        let date = after("\"date_time\": \"");
        (user, record[date..date + 10].to_string())
    };
    records.iter().map(key).collect::<HashSet<_>>().len()
}

fn pretty(record: &str) -> String {
    let fields = record.trim_matches(['{', '}']).replace(", ", ",\n    ");
    format!("  {{\n    {fields}\n  }}")
}

/// The record with its fields in another order, other white space, and a field that no other record has.
fn irregular(index: usize, record: &str) -> String {
    let mut fields: Vec<&str> = record.trim_matches(['{', '}']).split(", ").collect();
    let count = fields.len();
    fields.rotate_left(index % count);
    let space = " ".repeat(index % 3);
    let extra = format!("\"note_{index}\": [{index}, {{\"x\": \"}},{{\"}}]");
    fields.insert(index % (count + 1), &extra);
    format!("{{{space}{}}}", fields.join(&format!(",{space}")))
}

/// A record damaged in the way that `turn` says.
fn broken(turn: usize, record: &str) -> String {
    match turn % 6 {
        0 => record.replacen("\"user_id\": \"", "\"user_id\": ", 1),
        1 => record.replacen("\"value\": ", "\"value\": NaN", 1),
        2 => record.replacen("\"value\": ", "\"value\": \"x", 1),
        3 => record.replacen("\"date_time\": \"2", "\"date_time\": \"9999-99-99", 1),
        4 => record.replacen("\"user_id\"", "\"user\\x\"", 1),
        _ => record.trim_end().trim_end_matches('}').to_string(),
    }
}

/// What stands before, between and after the records of a pretty-printed array.
const PRETTY: [&str; 3] = ["[\n", ",\n", "\n]"];

fn write(path: &Path, [start, between, end]: [&str; 3], records: impl Iterator<Item = String>) {
    let mut output = BufWriter::new(File::create(path).expect("the file can be made"));
    let mut put = |text: &str| output.write_all(text.as_bytes()).expect("the disk has room");
    put(start);
    for (index, record) in records.enumerate() {
        put(if index > 0 { between } else { "" });
        put(&record);
    }
    put(end);
    // What is still on its way to the disk would slow the runs down.
    let file = output.into_inner().expect("the disk has room");
    file.sync_all().expect("the disk has room");
}
