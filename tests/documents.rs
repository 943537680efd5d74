//! Every property of every document, as the binary writes it, against the oracle.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;
mod oracle;
mod strange_records;

use std::collections::BTreeMap;
use std::path::Path;

use harness::forms::{Compression, Form, Record};
use harness::{Outcome, Random};
use oracle::{Expected, UserDay};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::value::RawValue;

const KINDS: [&str; 7] = [
    "users",
    "activities",
    "workouts",
    "nutrition",
    "sleep",
    "heart_rate",
    "measurements",
];

/// Properties that the oracle does not know: words and provenance.
const WORDS_AND_PROVENANCE: [&str; 6] = [
    "text",
    "gist",
    "facets",
    "facets_day_before",
    "content_hash",
    "template",
];

/// The documents of a target by (user, day); numbers as they are written, everything else in serde_json's own form.
fn documents(outcome: &Outcome) -> BTreeMap<UserDay, BTreeMap<String, String>> {
    let mut documents = BTreeMap::new();
    for line in outcome.lines() {
        let raw: BTreeMap<String, &RawValue> = serde_json::from_str(line).unwrap();
        let properties: BTreeMap<String, String> = raw
            .into_iter()
            .map(|(name, value)| (name, written(value.get())))
            .collect();
        let text = |name: &str| serde_json::from_str::<String>(&properties[name]).unwrap();
        let user_day = (text("user_id"), text("date"));
        assert!(
            documents.insert(user_day.clone(), properties).is_none(),
            "{user_day:?} has two documents"
        );
    }
    documents
}

fn written(json: &str) -> String {
    if json.starts_with(['"', '[']) {
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        return value.to_string();
    }
    json.to_string()
}

/// Compares documents, rejects and exit code with the oracle; the first difference as a sentence.
fn difference(outcome: &Outcome, expected: &Expected) -> Option<String> {
    let mut rejected: Vec<oracle::Rejected> = outcome
        .rejects
        .iter()
        .map(|reject| oracle::Rejected {
            file: reject.file.file_name().unwrap().to_str().unwrap().to_string(),
            record: reject.record.unwrap_or(usize::MAX),
            byte_offset: reject.byte_offset,
        })
        .collect();
    rejected.sort();
    for (ours, theirs) in rejected.iter().zip(&expected.rejected) {
        if ours != theirs {
            return Some(format!("rejected: {ours:?}, wanted {theirs:?}"));
        }
    }
    if rejected.len() != expected.rejected.len() {
        return Some(format!(
            "rejected {}, wanted {}: {rejected:?}, wanted {:?}",
            rejected.len(),
            expected.rejected.len(),
            expected.rejected
        ));
    }
    let code = if rejected.is_empty() { 0 } else { 3 };
    if outcome.code != Some(code) {
        return Some(format!("exit {:?}, wanted {code}: {}", outcome.code, outcome.stderr));
    }
    let documents = documents(outcome);
    for user_day in documents.keys() {
        if !expected.days.contains_key(user_day) {
            return Some(format!("{user_day:?} has a document, but no record"));
        }
    }
    expected
        .days
        .iter()
        .find_map(|(user_day, properties)| match documents.get(user_day) {
            None => Some(format!("{user_day:?} has no document")),
            Some(document) => difference_of_day(user_day, document, properties),
        })
}

fn difference_of_day(
    user_day: &UserDay,
    document: &BTreeMap<String, String>,
    properties: &oracle::Properties,
) -> Option<String> {
    for (name, value) in properties {
        let wanted = value.json();
        match document.get(*name) {
            Some(got) if *got == wanted => {}
            got => return Some(format!("{user_day:?} {name}: {got:?}, wanted {wanted}")),
        }
    }
    for name in WORDS_AND_PROVENANCE {
        if !document.contains_key(name) {
            return Some(format!("{user_day:?} lacks {name}"));
        }
    }
    document
        .keys()
        .find(|name| !properties.contains_key(name.as_str()) && !WORDS_AND_PROVENANCE.contains(&name.as_str()))
        .map(|name| format!("{user_day:?} has {name}: {}, wanted none", document[name]))
}

#[test]
fn generated_data_gives_the_documents_of_the_oracle() {
    let data = harness::generated(3, 40);
    let outcome = harness::ingest(&[data.path()], &[]);
    let expected = oracle::read_dir(data.path());
    assert!(expected.days.len() >= 110, "{} days", expected.days.len());
    assert_eq!(difference(&outcome, &expected), None);
    let delta = |name: &str| expected.days.values().any(|day| day.contains_key(name));
    assert!(
        delta("resting_hr_delta") && delta("steps_delta"),
        "no baseline was compared"
    );
}

#[test]
fn readings_of_a_watch_give_the_time_in_zones_in_any_order() {
    let mut random = Random(7);
    let mut readings = Vec::new();
    for day in 1..=3 {
        let mut second = 0;
        while second < 80_000 {
            let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
            let bpm = 40 + random.below(150);
            readings.push(format!(
                "{{\"user_id\":\"u\",\"date_time\":\"2025-03-0{day} {hours:02}:{minutes:02}:{seconds:02}\",\"value\":{bpm}}}"
            ));
            // Mostly seconds, at times a long gap, at times the same instant.
            second += [0, 1, 5, 60, 600, 601, 4000][random.below(7)];
        }
    }
    for shuffled in [false, true] {
        if shuffled {
            random.shuffle(&mut readings);
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("heart_rate.json"),
            format!("[{}]", readings.join(",\n")),
        )
        .unwrap();
        let expected = oracle::read_dir(dir.path());
        assert!(expected.days.values().all(|day| day.contains_key("hr_zone_minutes")));
        assert_eq!(difference(&harness::ingest(&[dir.path()], &[]), &expected), None);
    }
}

/// The files of one data set, as records.
struct DataSet(Vec<(&'static str, Vec<Record>)>);

impl DataSet {
    fn read(dir: &Path) -> DataSet {
        let read = |kind: &'static str| {
            let text = std::fs::read_to_string(dir.join(format!("{kind}.json"))).unwrap();
            (kind, harness::forms::records_of(&text))
        };
        DataSet(KINDS.into_iter().map(read).collect())
    }

    fn write(&self, dir: &Path, form: Form, compression: Compression) {
        for (kind, records) in &self.0 {
            let stem = if form == Form::Ndjson { "ndjson" } else { "json" };
            let name = format!("{kind}.{stem}{}", compression.ending());
            std::fs::write(dir.join(name), compression.compress(form.file(records).as_bytes())).unwrap();
        }
    }

    /// Mixes users and days; the records of one user's day keep their order.
    fn shuffled(&self, seed: u64) -> DataSet {
        let mut random = Random(seed);
        let shuffle = |(kind, records): &(&'static str, Vec<Record>)| {
            let mut of_day: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
            let mut turns: Vec<String> = records.iter().map(user_day_of).collect();
            for record in records.iter().rev() {
                of_day.entry(user_day_of(record)).or_default().push(record);
            }
            random.shuffle(&mut turns);
            let next = |user_day: String| of_day.get_mut(&user_day).unwrap().pop().unwrap().clone();
            (*kind, turns.into_iter().map(next).collect())
        };
        DataSet(self.0.iter().map(shuffle).collect())
    }
}

/// User and date of a generated record.
fn user_day_of(record: &Record) -> String {
    let value = |wanted: &[&str]| {
        let found = record.iter().find(|(key, _)| wanted.contains(&key.as_str()));
        found.map_or("", |(_, value)| value.as_str())
    };
    let day = value(&["\"date\"", "\"date_time\"", "\"timestamp\""]);
    format!("{} {}", value(&["\"user_id\""]), day.get(..11).unwrap_or(""))
}

#[test]
fn every_form_of_the_same_records_gives_the_same_bytes() {
    let data = harness::generated(3, 40);
    let plain = harness::ingest(&[data.path()], &[]);
    assert_eq!(plain.code, Some(0), "{}", plain.stderr);
    let data_set = DataSet::read(data.path());
    let shuffled = data_set.shuffled(7);
    let mut runs: Vec<(String, &DataSet, Form, Compression)> = Form::ALL
        .into_iter()
        .map(|form| (format!("{form:?}"), &data_set, form, Compression::None))
        .collect();
    for compression in [Compression::Gzip, Compression::Zstd] {
        for form in [Form::Pretty("  "), Form::Ndjson] {
            runs.push((format!("{form:?} {compression:?}"), &data_set, form, compression));
        }
    }
    for form in [Form::Pretty("  "), Form::OneLine, Form::Ndjson] {
        runs.push((format!("shuffled {form:?}"), &shuffled, form, Compression::None));
    }
    for (number, (name, records, form, compression)) in runs.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        records.write(dir.path(), form, compression);
        let threads = (number % 4 + 1).to_string();
        let outcome = harness::ingest(&[dir.path()], &["--threads", &threads]);
        assert_eq!(outcome.code, Some(0), "{name}: {}", outcome.stderr);
        let (mut ours, mut wanted) = (outcome.lines(), plain.lines());
        ours.sort_unstable();
        wanted.sort_unstable();
        for (our_line, wanted_line) in ours.iter().zip(&wanted) {
            assert_eq!(our_line, wanted_line, "{name}");
        }
        assert!(
            outcome.documents == plain.documents,
            "{name}: the order of the documents differs"
        );
    }
}

#[test]
fn little_memory_and_many_threads_change_nothing() {
    let data = harness::generated(12, 120);
    let plain = harness::ingest(&[data.path()], &[]);
    for extra in [
        ["--memory", "64K"],
        ["--memory", "1M"],
        ["--threads", "1"],
        ["--threads", "16"],
    ] {
        let outcome = harness::ingest(&[data.path()], &extra);
        assert_eq!(outcome.code, Some(0), "{extra:?}: {}", outcome.stderr);
        assert!(outcome.documents == plain.documents, "{extra:?} gives other documents");
    }
}

#[test]
fn the_zone_of_the_machine_changes_nothing() {
    let data = harness::generated(1, 5);
    let documents_in = |zone: &str| {
        let out = tempfile::tempdir().unwrap();
        let target = out.path().join("days.ndjson");
        let status = harness::vitalvec()
            .env("TZ", zone)
            .arg("ingest")
            .arg(data.path())
            .arg("--to")
            .arg(format!("ndjson:{}", target.display()))
            .args(["--no-vectors", "--quiet"])
            .status()
            .unwrap();
        assert!(status.success());
        std::fs::read(target).unwrap()
    };
    assert_eq!(documents_in("Pacific/Kiritimati"), documents_in("America/Los_Angeles"));
}

/// A large file of awkward records: nested look-alikes, quotes, long strings; far more than one chunk.
#[test]
fn chunk_borders_inside_awkward_records_change_nothing() {
    let nested = r#"[{"user_id":"fake","date":"2025-01-02","value":60},{"user_id":"fake","date":"2025-01-03"}]"#;
    let mut random = Random(3);
    let records: Vec<Record> = (0..60_000)
        .map(|number| {
            let padding = "}],[{\\\"\\\\ ".repeat(random.below(60));
            let user = format!("\"u{}\"", number % 5);
            let date = format!("\"2025-01-{:02}\"", number % 28 + 1);
            vec![
                ("\"user_id\"".to_string(), user),
                ("\"x\"".to_string(), nested.to_string()),
                ("\"notes\"".to_string(), format!("\"{padding}\"")),
                ("\"date\"".to_string(), date),
                ("\"value\"".to_string(), (40 + number % 100).to_string()),
            ]
        })
        .collect();
    for form in [Form::OneLine, Form::Ndjson, Form::Flat] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("heart_rate.json"), form.file(&records)).unwrap();
        let outcome = harness::ingest(&[dir.path()], &[]);
        assert_eq!(difference(&outcome, &oracle::read_dir(dir.path())), None, "{form:?}");
    }
}

#[test]
fn a_record_larger_than_any_chunk_is_read() {
    let record = |user: &str, notes: String| -> Record {
        vec![
            ("\"user_id\"".to_string(), format!("\"{user}\"")),
            ("\"notes\"".to_string(), format!("\"{notes}\"")),
            ("\"date\"".to_string(), "\"2025-01-01\"".to_string()),
            ("\"value\"".to_string(), "60".to_string()),
        ]
    };
    let records = [
        record("a", String::new()),
        record("big", "\\\"}, {".repeat(6_000_000)),
        record("b", String::new()),
    ];
    for form in [Form::OneLine, Form::Pretty("  "), Form::Ndjson] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("heart_rate.json"), form.file(&records)).unwrap();
        let outcome = harness::ingest(&[dir.path()], &[]);
        assert_eq!(difference(&outcome, &oracle::read_dir(dir.path())), None, "{form:?}");
    }
}

proptest! {
    #![proptest_config(Config { cases: 24, max_shrink_iters: 400, failure_persistence: None, ..Config::default() })]

    #[test]
    fn strange_records_give_the_documents_of_the_oracle(
        records in strange_records::records(),
        forms in proptest::collection::vec(proptest::sample::select(Form::ALL.to_vec()), KINDS.len()),
        compressions in proptest::collection::vec(
            proptest::sample::select(vec![Compression::None, Compression::None, Compression::Gzip, Compression::Zstd]),
            KINDS.len(),
        ),
    ) {
        let dir = tempfile::tempdir().unwrap();
        for ((kind, form), compression) in KINDS.iter().zip(forms).zip(compressions) {
            let of_kind: Vec<Record> = records.iter().filter(|(of, _)| of == kind).map(|(_, record)| record.clone()).collect();
            // An empty NDJSON file would be an empty file: a reject of its own, tested elsewhere.
            let form = if of_kind.is_empty() { Form::OneLine } else { form };
            let name = format!("{kind}.json{}", compression.ending());
            std::fs::write(dir.path().join(name), compression.compress(form.file(&of_kind).as_bytes())).unwrap();
        }
        let outcome = harness::ingest(&[dir.path()], &[]);
        let found = difference(&outcome, &oracle::read_dir(dir.path()));
        prop_assert!(found.is_none(), "{}", found.unwrap());
    }
}
