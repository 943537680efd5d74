//! Vectors kept between runs: for other targets, bit for bit, and never at the price of a run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;
mod tiny_model;

use std::path::{Path, PathBuf};

use serde_json::Value;

struct Place {
    folder: tempfile::TempDir,
    data: tempfile::TempDir,
    model: PathBuf,
}

struct Run {
    embedding: Value,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let model = tiny_model::write(folder.path());
        let data = harness::generated(2, 20);
        Place { folder, data, model }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ingest(&self, target: &str, cache: &Path, extra: &[&str]) -> Run {
        let report = self.path("report.json");
        let output = harness::vitalvec()
            .current_dir(self.folder.path())
            .arg("ingest")
            .arg(self.data.path())
            .args(["--to", target, "--device", "cpu", "--report"])
            .arg(&report)
            .arg("--model")
            .arg(&self.model)
            .arg("--cache")
            .arg(cache)
            .args(extra)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{stderr}");
        let report: Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
        Run {
            embedding: report["embedding"].clone(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr,
        }
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

#[test]
fn a_text_is_embedded_once_for_all_runs_and_targets() {
    let place = Place::new();
    let cache = place.path("vectors.db");
    let first = place.ingest("ndjson:first.ndjson", &cache, &[]).embedding;
    let texts = first["texts"].as_u64().unwrap();
    assert!(texts > 10, "{first}");
    let second = place.ingest("ndjson:second.ndjson", &cache, &[]);
    assert_eq!(second.embedding["texts"], 0, "{}", second.embedding);
    assert_eq!(
        second.embedding["cached"].as_u64().unwrap(),
        first["cached"].as_u64().unwrap() + texts
    );
    let said = format!("{texts} came from the cache");
    assert!(second.stdout.contains(&said), "{}", second.stdout);
    assert_eq!(place.read("first.ndjson"), place.read("second.ndjson"));
    let store = place.ingest("sqlite:days.db", &cache, &[]).embedding;
    assert_eq!(
        (&store["texts"], &store["cached"]),
        (&0.into(), &second.embedding["cached"])
    );
}

#[test]
fn half_the_room_is_another_set_of_vectors_and_off_keeps_none() {
    let place = Place::new();
    let cache = place.path("vectors.db");
    let half = &["--cache-precision", "f16"];
    let texts = place.ingest("ndjson:a.ndjson", &cache, &[]).embedding["texts"].clone();
    assert_eq!(place.ingest("ndjson:b.ndjson", &cache, half).embedding["texts"], texts);
    assert_eq!(place.ingest("ndjson:c.ndjson", &cache, half).embedding["texts"], 0);
    assert_eq!(
        place.ingest("ndjson:d.ndjson", Path::new("off"), &[]).embedding["texts"],
        texts
    );
    assert!(!place.path("off").exists());
}

#[test]
fn a_damaged_cache_is_a_warning_and_the_days_are_the_same() {
    let place = Place::new();
    let cache = place.path("vectors.db");
    place.ingest("ndjson:whole.ndjson", Path::new("off"), &[]);
    place.ingest("ndjson:filled.ndjson", &cache, &[]);
    let mut bytes = std::fs::read(&cache).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    std::fs::write(&cache, bytes).unwrap();
    place.ingest("ndjson:damaged.ndjson", &cache, &[]);
    std::fs::write(&cache, "no database at all ".repeat(100)).unwrap();
    let run = place.ingest("ndjson:none.ndjson", &cache, &[]);
    assert!(
        run.stderr.contains("vectors.db") && run.stderr.contains("--cache"),
        "{}",
        run.stderr
    );
    for name in ["filled.ndjson", "damaged.ndjson", "none.ndjson"] {
        assert_eq!(place.read(name), place.read("whole.ndjson"), "{name}");
    }
}
