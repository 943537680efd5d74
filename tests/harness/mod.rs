//! Runs the built binary from outside and reads back what it wrote; writes input files in every accepted form.
//!
//! It knows the contract's commands and files only, nothing of `src/`.

#![allow(
    dead_code,
    reason = "each test file is a crate of its own and uses its part of the harness"
)]

pub(crate) mod forms;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// One line of `--rejects`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reject {
    pub(crate) file: PathBuf,
    pub(crate) record: Option<usize>,
    pub(crate) byte_offset: usize,
    pub(crate) reason: String,
    pub(crate) detail: String,
    #[serde(default)]
    pub(crate) excerpt: Option<String>,
}

/// What one `ingest` did.
pub(crate) struct Outcome {
    /// `None`: ended by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    /// The `ndjson:` target; `None` where it was not written.
    pub(crate) documents: Option<String>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) report: Option<serde_json::Value>,
}

/// The binary, with no setting taken from the tests' environment but where the model is, and without the user's cache.
pub(crate) fn vitalvec() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitalvec"));
    command.env("VITALVEC_CACHE", "off");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("VITALVEC_") && !text.starts_with("VITALVEC_MODEL") && text != "VITALVEC_CACHE" {
            command.env_remove(name);
        }
    }
    command
}

/// Ingests paths into an `ndjson:` target without vectors, and reads back all it wrote.
pub(crate) fn ingest<P: AsRef<Path>>(paths: &[P], extra: &[&str]) -> Outcome {
    let out = tempfile::tempdir().unwrap();
    let [documents, rejects, report] =
        ["days.ndjson", "rejects.ndjson", "report.json"].map(|name| out.path().join(name));
    let output = vitalvec()
        .current_dir(out.path())
        .arg("ingest")
        .args(paths.iter().map(AsRef::as_ref))
        .arg("--to")
        .arg(format!("ndjson:{}", documents.display()))
        .arg("--no-vectors")
        .arg("--rejects")
        .arg(&rejects)
        .arg("--report")
        .arg(&report)
        .arg("--quiet")
        .args(extra)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(output.status.code().is_some(), "ended by a signal: {stderr}");
    let read = |path: &Path| std::fs::read_to_string(path).ok();
    Outcome {
        code: output.status.code(),
        documents: read(&documents),
        rejects: read(&rejects).as_deref().map(reject_lines).unwrap_or_default(),
        report: read(&report).map(|text| serde_json::from_str(&text).unwrap()),
        stderr,
    }
}

/// Every line must be a reject of exactly the contract's keys.
fn reject_lines(text: &str) -> Vec<Reject> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

impl Outcome {
    /// The lines of the target; fails where there is none.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.documents
            .as_deref()
            .unwrap_or_else(|| panic!("no documents were written: {}", self.stderr))
            .lines()
            .collect()
    }

    /// The users that have a day.
    pub(crate) fn users(&self) -> BTreeSet<String> {
        let parse = |line: &&str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        let user = |document: serde_json::Value| document["user_id"].as_str().unwrap().to_string();
        self.lines().iter().map(parse).map(user).collect()
    }

    /// The rejects of one file.
    pub(crate) fn rejects_of(&self, file: &Path) -> Vec<&Reject> {
        self.rejects.iter().filter(|reject| reject.file == file).collect()
    }
}

/// Stand-in data as the program generates it.
pub(crate) fn generated(users: u32, days: u32) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let output = vitalvec()
        .arg("generate")
        .arg(dir.path())
        .args([
            "--users",
            &users.to_string(),
            "--days",
            &days.to_string(),
            "--seed",
            "1",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    dir
}

/// Whether the model is on this machine. Where it is not, a test that needs it skips, unless the environment says
/// `VITALVEC_TEST_REQUIRE_MODEL=1`: then it fails.
pub(crate) fn has_model() -> bool {
    let output = vitalvec().args(["model", "path"]).output().unwrap();
    let path = String::from_utf8_lossy(&output.stdout).trim().to_string();
    let found = output.status.success() && Path::new(&path).exists();
    if !found {
        skip_without_model();
    }
    found
}

/// Says that a test skips for want of the model, or fails where none may.
#[allow(clippy::print_stderr, reason = "a skipped test says why")]
pub(crate) fn skip_without_model() {
    let required = std::env::var_os("VITALVEC_TEST_REQUIRE_MODEL").is_some_and(|value| value == "1");
    assert!(
        !required,
        "the model is not on this machine; run `vitalvec model fetch`"
    );
    eprintln!("skipped: the model is not on this machine; `vitalvec model fetch` gets it");
}

/// The folder of the JSON parsing test suite, where this machine has it.
pub(crate) fn json_test_suite() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/jsontestsuite/test_parsing");
    folder.is_dir().then_some(folder)
}

/// A small generator of pseudo-random numbers (SplitMix64): the same seed shuffles alike everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// Fisher and Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
