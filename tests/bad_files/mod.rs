//! Files with one fault each, and what the program made of them.

#![allow(
    dead_code,
    reason = "each test file is a crate of its own and uses its part of this module"
)]

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::harness::forms::Form;
use crate::harness::{self, Outcome, Reject};

/// A heart rate reading, its date and value as JSON texts.
pub(crate) fn reading(user_id: &str, date: &str, value: &str) -> String {
    format!(r#"{{"user_id":"{user_id}","date":{date},"value":{value}}}"#)
}

/// A good reading, in the fields and layout of the form.
pub(crate) fn good(form: Form, user_id: &str) -> String {
    let field = |key: &str, value: &str| (format!("\"{key}\""), value.to_string());
    form.record(&vec![
        field("heart_rate_id", "\"hr_00\""),
        field("user_id", &format!("\"{user_id}\"")),
        field("date_time", "\"2025-01-01 10:00:00\""),
        field("value", "60"),
    ])
}

/// A file in a folder of its own.
pub(crate) struct BadFile {
    _dir: TempDir,
    path: PathBuf,
    bad_offset: usize,
}

impl BadFile {
    /// A file of this content.
    pub(crate) fn new(name: &str, content: &[u8]) -> BadFile {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap().join(name);
        std::fs::write(&path, content).unwrap();
        BadFile {
            _dir: dir,
            path,
            bad_offset: 0,
        }
    }

    /// A file of three records: `before` and `after` are good.
    pub(crate) fn around(form: Form, bad: &str) -> BadFile {
        BadFile::around_bytes(form, bad.as_bytes())
    }

    /// The same, where the bad record need not be text.
    pub(crate) fn around_bytes(form: Form, bad: &[u8]) -> BadFile {
        const PLACE: &str = "{\"place\":0}";
        let content = form.file_of_texts(&[good(form, "before"), PLACE.to_string(), good(form, "after")]);
        let (first, rest) = content.split_once(PLACE).unwrap();
        let mut file = BadFile::new(
            if form == Form::Ndjson {
                "heart_rate.ndjson"
            } else {
                "heart_rate.json"
            },
            &[first.as_bytes(), bad, rest.as_bytes()].concat(),
        );
        file.bad_offset = first.len();
        file
    }

    /// Where the file is, without links.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the bad record begins.
    pub(crate) fn bad_offset(&self) -> usize {
        self.bad_offset
    }
}

/// The users that have a day, sorted.
pub(crate) fn survivors(outcome: &Outcome) -> Vec<String> {
    outcome.users().into_iter().collect()
}

/// What a file cost.
pub(crate) struct Cost {
    pub(crate) code: Option<i32>,
    pub(crate) users: Vec<String>,
    pub(crate) rejects: Vec<Reject>,
}

/// Ingests one file beside a good one of another kind (user `good`, who is left out of `users`), so that the run
/// itself never lacks data.
pub(crate) fn cost_of(name: &str, content: &[u8]) -> Cost {
    let file = BadFile::new(name, content);
    let dir = file.path().parent().unwrap();
    std::fs::write(
        dir.join("measurements.json"),
        r#"[{"user_id":"good","date":"2025-01-01","weight":70}]"#,
    )
    .unwrap();
    let outcome = harness::ingest(&[dir], &[]);
    let mut users = survivors(&outcome);
    let others = users.len();
    users.retain(|user| user != "good");
    assert_eq!(users.len() + 1, others, "the good file was lost: {}", outcome.stderr);
    for reject in &outcome.rejects {
        assert_eq!(reject.file.file_name().unwrap(), name, "{reject:?}");
        assert_readable(reject);
    }
    Cost {
        code: outcome.code,
        users,
        rejects: outcome.rejects,
    }
}

/// A reject has a code, a sentence, and a short printable excerpt.
pub(crate) fn assert_readable(reject: &Reject) {
    assert!(!reject.reason.is_empty() && !reject.reason.contains(' '), "{reject:?}");
    assert!(reject.detail.contains(' '), "{reject:?}");
    let excerpt = reject.excerpt.as_deref().unwrap_or_default();
    assert!(excerpt.chars().count() <= 120, "{reject:?}");
    assert!(!excerpt.chars().any(char::is_control), "{reject:?}");
}
