//! The three targets hold the same days, a second run changes nothing, and a killed run is completed by the next.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

mod harness;
mod stored;
mod tiny_model;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::Random;
use serde_json::Value;

/// Data, a folder for targets, and a model.
struct Place {
    data: tempfile::TempDir,
    out: tempfile::TempDir,
    /// `None`: the model that the program takes by itself.
    model: Option<PathBuf>,
}

impl Place {
    /// Generated data and the tiny model.
    fn new(users: u32, days: u32) -> Place {
        let out = tempfile::tempdir().unwrap();
        Place {
            data: harness::generated(users, days),
            model: Some(tiny_model::write(out.path())),
            out,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.out.path().join(name)
    }

    fn target(&self, kind: &str, name: &str) -> String {
        format!("{kind}:{}", self.path(name).display())
    }

    fn command(&self, targets: &[String], extra: &[&str]) -> Command {
        let mut command = harness::vitalvec();
        command.arg("ingest").arg(self.data.path()).arg("--quiet").args(extra);
        if let Some(model) = &self.model {
            command.arg("--model").arg(model);
        }
        for target in targets {
            command.args(["--to", target]);
        }
        command
    }

    /// Runs an ingest to its end and gives its report.
    fn ingest(&self, targets: &[String], extra: &[&str]) -> Value {
        let report = self.path("report.json");
        let output = self
            .command(targets, extra)
            .arg("--report")
            .arg(&report)
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap()
    }

    /// Starts an ingest and ends it without mercy (SIGKILL) after some time.
    fn kill_after(&self, target: &str, extra: &[&str], moment: Duration) {
        let mut child = self
            .command(&[target.to_string()], extra)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn ndjson_and_parquet_without_vectors_hold_the_same_days() {
    let place = Place::new(2, 40);
    let targets = [
        place.target("ndjson", "days.ndjson"),
        place.target("parquet", "days.parquet"),
    ];
    let report = place.ingest(&targets, &["--no-vectors"]);
    let wanted = stored::ndjson(&place.path("days.ndjson"));
    assert!(wanted.len() >= 76 && wanted.values().all(|day| day.vector.is_none()));
    stored::assert_equal(&stored::parquet(&place.path("days.parquet")), &wanted, "parquet");
    assert_eq!(report["embedding"]["texts"].as_u64().unwrap_or(0), 0);
}

/// All three targets after one run.
fn assert_all_targets_equal(place: &Place) {
    let targets = [
        place.target("sqlite", "days.db"),
        place.target("ndjson", "days.ndjson"),
        place.target("parquet", "days.parquet"),
    ];
    let report = place.ingest(&targets, &[]);
    let wanted = stored::ndjson(&place.path("days.ndjson"));
    assert_eq!(report["user_days"], wanted.len());
    for day in wanted.values() {
        let vector = day.vector.as_ref().unwrap();
        let squares: f64 = vector.iter().map(|bits| f64::from(f32::from_bits(*bits)).powi(2)).sum();
        assert!((squares - 1.0).abs() < 1e-5, "the vector has length {}", squares.sqrt());
        assert!(day.document.contains_key("model"));
    }
    stored::assert_equal(&stored::sqlite(&place.path("days.db")), &wanted, "sqlite");
    stored::assert_equal(&stored::parquet(&place.path("days.parquet")), &wanted, "parquet");
}

#[test]
fn all_targets_hold_the_same_days_and_vectors() {
    assert_all_targets_equal(&Place::new(10, 200));
}

#[test]
fn all_targets_hold_the_same_days_and_vectors_of_the_real_model() {
    if !harness::has_model() {
        return;
    }
    let place = Place {
        model: None,
        ..Place::new(1, 12)
    };
    assert_all_targets_equal(&place);
}

#[test]
fn a_second_ingest_embeds_and_writes_nothing() {
    let place = Place::new(3, 60);
    let targets = [place.target("sqlite", "days.db")];
    let first = place.ingest(&targets, &[]);
    let days = stored::sqlite(&place.path("days.db"));
    assert_eq!(first["targets"][0]["new"], days.len());
    let second = place.ingest(&targets, &[]);
    assert_eq!(second["targets"][0]["unchanged"], days.len());
    for key in ["new", "changed", "refused", "deleted"] {
        assert_eq!(second["targets"][0][key], 0, "{key}");
    }
    assert_eq!(second["embedding"]["texts"].as_u64().unwrap_or(0), 0, "{second}");
    stored::assert_equal(&stored::sqlite(&place.path("days.db")), &days, "second run");
}

#[test]
fn one_changed_record_changes_the_days_it_touches_only() {
    let place = Place::new(3, 60);
    let targets = [place.target("sqlite", "days.db")];
    place.ingest(&targets, &[]);
    let before = stored::sqlite(&place.path("days.db"));
    let sleep = place.data.path().join("sleep.json");
    let text = std::fs::read_to_string(&sleep).unwrap();
    let at = text.find("\"total_sleep\": ").unwrap() + "\"total_sleep\": ".len();
    let end = at + text[at..].find([',', '\n']).unwrap();
    std::fs::write(&sleep, format!("{}1.5{}", &text[..at], &text[end..])).unwrap();
    let report = place.ingest(&targets, &[]);
    let after = stored::sqlite(&place.path("days.db"));
    let differing = after
        .iter()
        .filter(|(id, day)| before[*id].document != day.document)
        .count();
    // The day, the day after, and at most the 28 days whose baseline it is in.
    assert!(differing > 0 && differing < 30, "{differing} days differ");
    assert_eq!(report["targets"][0]["changed"], differing);
    assert_eq!(report["targets"][0]["unchanged"], before.len() - differing);
}

#[test]
fn a_run_killed_at_any_moment_is_completed_by_the_next() {
    let place = Place::new(10, 365);
    let started = Instant::now();
    place.ingest(&[place.target("sqlite", "undisturbed.db")], &[]);
    let duration = started.elapsed();
    let wanted = stored::sqlite(&place.path("undisturbed.db"));
    let mut random = Random(20);
    let mut partial = 0;
    for round in 0..20 {
        let name = format!("killed-{round}.db");
        let target = place.target("sqlite", &name);
        let moment = duration.mul_f64(random.below(1000) as f64 / 1000.0);
        place.kill_after(&target, &[], moment);
        partial +=
            usize::from(stored::sqlite_count(&place.path(&name)).is_some_and(|days| days > 0 && days < wanted.len()));
        place.ingest(&[target], &[]);
        stored::assert_equal(
            &stored::sqlite(&place.path(&name)),
            &wanted,
            &format!("killed after {moment:?}"),
        );
        std::fs::remove_file(place.path(&name)).unwrap();
    }
    eprintln!("{partial} of 20 killed runs left a part of the days");
    assert!(partial > 0, "no run was killed while it stored days");
}

#[test]
fn a_whole_file_target_is_whole_or_as_it_was_wherever_the_run_is_killed() {
    let place = Place::new(10, 100);
    let started = Instant::now();
    place.ingest(&[place.target("ndjson", "days.ndjson")], &["--no-vectors"]);
    let duration = started.elapsed();
    let whole = std::fs::read(place.path("days.ndjson")).unwrap();
    let mut random = Random(21);
    for round in 0..20 {
        let name = format!("days-{round}.ndjson");
        let (path, target) = (place.path(&name), place.target("ndjson", &name));
        let earlier = round % 2 == 1;
        if earlier {
            std::fs::write(&path, "{\"earlier\":true}\n").unwrap();
        }
        let moment = duration.mul_f64(random.below(1000) as f64 / 1000.0);
        place.kill_after(&target, &["--no-vectors"], moment);
        match std::fs::read(&path) {
            Ok(bytes) if bytes == whole => {}
            Ok(bytes) => assert!(earlier && bytes == b"{\"earlier\":true}\n", "half a file is left"),
            Err(error) => assert!(!earlier, "the earlier file is gone: {error}"),
        }
        place.ingest(&[target], &["--no-vectors"]);
        assert!(
            std::fs::read(&path).unwrap() == whole,
            "the next run gives another file"
        );
    }
}
