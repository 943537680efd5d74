//! Files cut at every byte: at the end, in the middle, with and without the comma that follows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_files;
mod harness;

use std::collections::BTreeSet;
use std::path::PathBuf;

use bad_files::good;
use harness::forms::Form;
use harness::{Outcome, Random};

/// One run over many variants of a file, each in a folder of its own; users are named `first-N`, `cut-N`, `next-N`,
/// `last-N`.
struct Variants {
    dir: tempfile::TempDir,
    paths: Vec<PathBuf>,
}

impl Variants {
    fn new() -> Variants {
        Variants {
            dir: tempfile::tempdir().unwrap(),
            paths: Vec::new(),
        }
    }

    /// The number of the next variant.
    fn number(&self) -> usize {
        self.paths.len()
    }

    fn add(&mut self, content: &[u8]) {
        let folder = self.dir.path().canonicalize().unwrap().join(self.number().to_string());
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("heart_rate.json");
        std::fs::write(&path, content).unwrap();
        self.paths.push(path);
    }

    fn ingest(&self) -> (Outcome, BTreeSet<String>) {
        let outcome = harness::ingest(&self.paths, &[]);
        assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
        let users = outcome.users();
        (outcome, users)
    }
}

fn records_of(form: Form, number: usize) -> [String; 4] {
    ["first", "cut", "next", "last"].map(|name| good(form, &format!("{name}-{number}")))
}

#[test]
fn a_file_cut_at_any_byte_of_its_last_record_loses_that_record_only() {
    for form in [
        Form::Pretty("  "),
        Form::Ndjson,
        Form::OneLine,
        Form::RecordPerLine,
        Form::Crlf,
    ] {
        let mut variants = Variants::new();
        let mut offsets = Vec::new();
        let length = records_of(form, 0)[3].len();
        for kept in 1..length {
            let records = records_of(form, variants.number());
            let content = form.file_of_texts(&records);
            let offset = content.rfind(&records[3]).unwrap();
            offsets.push(offset);
            variants.add(&content.as_bytes()[..offset + kept]);
        }
        let (outcome, users) = variants.ingest();
        for (number, path) in variants.paths.iter().enumerate() {
            for name in ["first", "cut", "next"] {
                assert!(
                    users.contains(&format!("{name}-{number}")),
                    "{form:?}, {} bytes kept: {name}",
                    number + 1
                );
            }
            let rejects = outcome.rejects_of(path);
            assert_eq!(rejects.len(), 1, "{form:?}, {} bytes kept: {rejects:?}", number + 1);
            assert_eq!(
                rejects[0].record,
                Some(3),
                "{form:?}, {} bytes kept: {rejects:?}",
                number + 1
            );
            assert_eq!(
                rejects[0].byte_offset,
                offsets[number],
                "{form:?}, {} bytes kept",
                number + 1
            );
            bad_files::assert_readable(rejects[0]);
        }
        assert!(users.iter().all(|user| !user.starts_with("last")));
    }
}

#[test]
fn a_record_cut_in_the_middle_of_a_file_costs_no_other() {
    for form in [
        Form::Pretty("  "),
        Form::Pretty("    "),
        Form::Pretty("\t"),
        Form::Crlf,
        Form::Ndjson,
    ] {
        let mut variants = Variants::new();
        let length = records_of(form, 0)[1].len();
        for kept in 1..length {
            let records = records_of(form, variants.number());
            let content = form.file_of_texts(&records);
            let offset = content.find(&records[1]).unwrap();
            let rest = &content[offset + records[1].len()..];
            variants.add(format!("{}{rest}", &content[..offset + kept]).as_bytes());
        }
        let (outcome, users) = variants.ingest();
        for (number, path) in variants.paths.iter().enumerate() {
            for name in ["first", "next", "last"] {
                assert!(
                    users.contains(&format!("{name}-{number}")),
                    "{form:?}, {} bytes kept: {name}",
                    number + 1
                );
            }
            let rejects = outcome.rejects_of(path);
            assert_eq!(rejects.len(), 1, "{form:?}, {} bytes kept: {rejects:?}", number + 1);
            assert_eq!(
                rejects[0].record,
                Some(1),
                "{form:?}, {} bytes kept: {rejects:?}",
                number + 1
            );
        }
    }
}

#[test]
fn a_record_cut_with_its_comma_costs_no_other() {
    for form in [Form::Pretty("  "), Form::Pretty("    ")] {
        let mut variants = Variants::new();
        let length = records_of(form, 0)[1].len();
        for kept in 1..length {
            let records = records_of(form, variants.number());
            let content = form.file_of_texts(&records);
            let offset = content.find(&records[1]).unwrap();
            let rest = &content[offset + records[1].len() + 1..];
            variants.add(format!("{}{rest}", &content[..offset + kept]).as_bytes());
        }
        let (outcome, users) = variants.ingest();
        for (number, path) in variants.paths.iter().enumerate() {
            for name in ["first", "next", "last"] {
                assert!(
                    users.contains(&format!("{name}-{number}")),
                    "{form:?}, {} bytes kept: {name}",
                    number + 1
                );
            }
            assert!(
                !outcome.rejects_of(path).is_empty(),
                "{form:?}, {} bytes kept",
                number + 1
            );
        }
    }
}

#[test]
fn on_one_line_a_cut_record_swallows_one_neighbour_at_most() {
    for form in [Form::OneLine, Form::Spacious] {
        let mut variants = Variants::new();
        let length = records_of(form, 0)[1].len();
        for kept in 1..length {
            let records = records_of(form, variants.number());
            let content = form.file_of_texts(&records);
            let offset = content.find(&records[1]).unwrap();
            let rest = &content[offset + records[1].len()..];
            variants.add(format!("{}{rest}", &content[..offset + kept]).as_bytes());
        }
        let (outcome, users) = variants.ingest();
        for (number, path) in variants.paths.iter().enumerate() {
            for name in ["first", "last"] {
                assert!(
                    users.contains(&format!("{name}-{number}")),
                    "{form:?}, {} bytes kept: {name}",
                    number + 1
                );
            }
            assert!(
                !outcome.rejects_of(path).is_empty(),
                "{form:?}, {} bytes kept",
                number + 1
            );
        }
    }
}

#[test]
fn a_byte_lost_anywhere_in_a_pretty_record_costs_that_record_at_most() {
    let form = Form::Pretty("  ");
    let mut variants = Variants::new();
    for lost in 0..records_of(form, 0)[1].len() {
        let records = records_of(form, variants.number());
        let content = form.file_of_texts(&records);
        let offset = content.find(&records[1]).unwrap() + lost;
        variants.add(format!("{}{}", &content[..offset], &content[offset + 1..]).as_bytes());
    }
    let (_, users) = variants.ingest();
    for number in 0..variants.number() {
        for name in ["first", "next", "last"] {
            assert!(
                users.contains(&format!("{name}-{number}")),
                "byte {number} lost: {name}"
            );
        }
    }
}

#[test]
fn damage_anywhere_in_a_large_file_is_numbered_and_placed_exactly() {
    const RECORDS: usize = 150_000;
    for form in [Form::Pretty("  "), Form::Ndjson] {
        let mut random = Random(11);
        let mut texts: Vec<String> = (0..RECORDS)
            .map(|number| good(form, &format!("u{}", number % 7)))
            .collect();
        // Neighbours are left whole: damage after damage is one fault or two, as a reader likes.
        let damaged: Vec<usize> = (0..300)
            .map(|part| part * (RECORDS / 300) + random.below(RECORDS / 300 - 1))
            .collect();
        for number in &damaged {
            let kept = 1 + random.below(texts[*number].len() - 1);
            texts[*number].truncate(kept);
        }
        let content = form.file_of_texts(&texts);
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("heart_rate.json"), &content).unwrap();
        let outcome = harness::ingest(&[dir.path()], &[]);
        let numbers: Vec<usize> = outcome.rejects.iter().filter_map(|reject| reject.record).collect();
        assert_eq!(numbers, damaged, "{form:?}");
        for (reject, number) in outcome.rejects.iter().zip(damaged) {
            assert!(
                content[reject.byte_offset..].starts_with(&texts[number]),
                "{form:?} {reject:?}"
            );
        }
        assert_eq!(records_in(&outcome), RECORDS - 300, "{form:?}");
    }
}

/// Accepted records, over all days.
fn records_in(outcome: &Outcome) -> usize {
    let records = |line: &&str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["records"]
            .as_u64()
            .unwrap()
    };
    outcome.lines().iter().map(records).sum::<u64>() as usize
}
