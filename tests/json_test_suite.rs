//! The JSON parsing test suite (`shared/data/jsontestsuite`) as a torture corpus: its files as the value of a field
//! that is skipped, and as whole files. Never a panic, never a valid text rejected, never an invalid one accepted.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

mod bad_files;
mod harness;

use std::path::PathBuf;

use harness::forms::Form;

/// Invalid as texts, but harmless or worse as a value inside a record; each with its reason.
const NOT_INVALID_INSIDE: [(&str, &str); 1] = [(
    "n_structure_object_followed_by_closing_object.json",
    "its second brace closes the record, and the record's own brace is damage after it",
)];

/// Files on which RFC 8259 lets parsers differ, and that the contract takes as a skipped value: numbers of any size
/// and lone surrogates in escapes. The other `i_` files are not UTF-8, nested beyond 128, or begin with a byte-order
/// mark in the middle of a file.
fn taken_where_parsers_differ(name: &str) -> bool {
    let escaped = [
        "i_object_key_lone_2nd_surrogate.json",
        "i_string_1st_surrogate_but_2nd_missing.json",
        "i_string_1st_valid_surrogate_2nd_invalid.json",
        "i_string_incomplete_surrogate_and_escape_valid.json",
        "i_string_incomplete_surrogate_pair.json",
        "i_string_incomplete_surrogates_escape_valid.json",
        "i_string_invalid_lonely_surrogate.json",
        "i_string_invalid_surrogate.json",
        "i_string_inverted_surrogates_U+1D11E.json",
        "i_string_lone_second_surrogate.json",
    ];
    name.starts_with("i_number") || escaped.contains(&name)
}

/// Name and content of each file, sorted; `None` says why on standard error.
fn corpus() -> Option<Vec<(String, Vec<u8>)>> {
    let Some(folder) = harness::json_test_suite() else {
        eprintln!("skipped: ../shared/data/jsontestsuite is not on this machine");
        return None;
    };
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        (name, std::fs::read(path).unwrap())
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| read(entry.unwrap().path()))
        .filter(|(name, _)| name.ends_with(".json"))
        .collect();
    files.sort();
    assert!(files.len() > 300, "{} files", files.len());
    Some(files)
}

/// Writes each content as a `heart_rate.json` in a folder of its own and ingests all in one run.
fn ingest_each(contents: &[Vec<u8>]) -> (Vec<PathBuf>, harness::Outcome, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let mut paths = Vec::new();
    for (number, content) in contents.iter().enumerate() {
        let folder = root.join(number.to_string());
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("heart_rate.json");
        std::fs::write(&path, content).unwrap();
        paths.push(path);
    }
    let outcome = harness::ingest(&paths, &[]);
    (paths, outcome, dir)
}

/// A file of one record, or of three, with a text as the value of an unknown field.
fn record_with(number: usize, value: &[u8], first: bool) -> Vec<u8> {
    let known = format!("\"user_id\":\"u{number}\",\"date\":\"2025-01-01\",\"value\":60");
    if first {
        [b"[{\"x\":", value, b",", known.as_bytes(), b"}]"].concat()
    } else {
        [b"[{", known.as_bytes(), b",\"x\":", value, b"}]"].concat()
    }
}

#[test]
fn as_a_skipped_value_valid_texts_are_taken_and_invalid_ones_rejected() {
    let Some(files) = corpus() else { return };
    for first in [false, true] {
        let contents: Vec<Vec<u8>> = files
            .iter()
            .enumerate()
            .map(|(number, (_, value))| record_with(number, value, first))
            .collect();
        let (paths, outcome, _dir) = ingest_each(&contents);
        assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
        let users = outcome.users();
        for (number, (name, _)) in files.iter().enumerate() {
            let taken = users.contains(&format!("u{number}"));
            let rejects = outcome.rejects_of(&paths[number]);
            if NOT_INVALID_INSIDE.iter().any(|(listed, _)| listed == name) {
                assert!(!rejects.is_empty(), "{name} leaves no trace");
            } else if name.starts_with("y_") || taken_where_parsers_differ(name) {
                assert!(
                    taken && rejects.is_empty(),
                    "{name}, first {first}: taken {taken}, {rejects:?}"
                );
            } else {
                assert!(
                    !taken && !rejects.is_empty(),
                    "{name}, first {first}: taken {taken}, {rejects:?}"
                );
                assert_eq!(
                    (rejects[0].record, rejects[0].byte_offset),
                    (Some(0), 1),
                    "{name}: {rejects:?}"
                );
            }
        }
    }
}

#[test]
fn as_a_skipped_value_no_text_costs_a_neighbour() {
    let Some(files) = corpus() else { return };
    for form in [
        Form::Pretty("  "),
        Form::Pretty("    "),
        Form::RecordPerLine,
        Form::Ndjson,
    ] {
        let contents: Vec<Vec<u8>> = files
            .iter()
            .enumerate()
            .map(|(number, (_, value))| {
                let place = format!("{{\"user_id\":\"u{number}\",\"x\":PLACE}}");
                let [before, after] = ["before", "after"].map(|name| bad_files::good(form, &format!("{name}{number}")));
                let content = form.file_of_texts(&[before, place, after]);
                let (first, rest) = content.split_once("PLACE").unwrap();
                [first.as_bytes(), value, rest.as_bytes()].concat()
            })
            .collect();
        let (_, outcome, _dir) = ingest_each(&contents);
        let users = outcome.users();
        for (number, (name, _)) in files.iter().enumerate() {
            for neighbour in ["before", "after"] {
                assert!(
                    users.contains(&format!("{neighbour}{number}")),
                    "{form:?} {name}: {neighbour}"
                );
            }
        }
    }
}

#[test]
fn as_whole_files_none_ends_the_run_and_each_is_accounted_for() {
    let Some(files) = corpus() else { return };
    let mut contents: Vec<Vec<u8>> = files.iter().map(|(_, content)| content.clone()).collect();
    contents.push(record_with(0, b"1", true));
    let (paths, outcome, _dir) = ingest_each(&contents);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    assert_eq!(outcome.users().into_iter().collect::<Vec<_>>(), ["u0"]);
    for ((name, content), path) in files.iter().zip(&paths) {
        let rejects = outcome.rejects_of(path);
        // Nothing in the corpus has a user: every element of a valid array is one reject, and so is every file.
        match serde_json::from_slice::<serde_json::Value>(content) {
            Ok(serde_json::Value::Array(elements)) if name.starts_with("y_") => {
                let numbers: Vec<Option<usize>> = rejects.iter().map(|reject| reject.record).collect();
                let wanted: Vec<Option<usize>> = (0..elements.len()).map(Some).collect();
                assert_eq!(numbers, wanted, "{name}: {rejects:?}");
            }
            _ => assert!(!rejects.is_empty(), "{name} leaves no trace"),
        }
    }
}
