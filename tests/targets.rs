//! The three targets hold the same days, a second run changes nothing, and a killed run is completed by the next.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

mod harness;
mod stored;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use harness::Random;
use serde_json::Value;

/// Runs an ingest into these targets and gives its report.
fn ingest_to(data: &Path, targets: &[String], extra: &[&str]) -> Value {
    let out = tempfile::tempdir().unwrap();
    let report = out.path().join("report.json");
    let mut command = harness::vitalvec();
    command
        .arg("ingest")
        .arg(data)
        .arg("--quiet")
        .arg("--report")
        .arg(&report)
        .args(extra);
    for target in targets {
        command.args(["--to", target]);
    }
    let output = command.output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap()
}

fn model_or_skip() -> bool {
    let found = harness::has_model();
    if !found {
        eprintln!("skipped: the model is not on this machine; `vitalvec model fetch` gets it");
    }
    found
}

#[test]
fn ndjson_and_parquet_without_vectors_hold_the_same_days() {
    let data = harness::generated(2, 20);
    let out = tempfile::tempdir().unwrap();
    let [ndjson, parquet] = ["days.ndjson", "days.parquet"].map(|name| out.path().join(name));
    let targets = [
        format!("ndjson:{}", ndjson.display()),
        format!("parquet:{}", parquet.display()),
    ];
    let report = ingest_to(data.path(), &targets, &["--no-vectors"]);
    let wanted = stored::ndjson(&ndjson);
    assert!(wanted.len() >= 38 && wanted.values().all(|day| day.vector.is_none()));
    stored::assert_equal(&stored::parquet(&parquet), &wanted, "parquet");
    assert_eq!(report["embedding"]["texts"].as_u64().unwrap_or(0), 0);
}

#[test]
fn all_targets_hold_the_same_days_and_vectors() {
    if !model_or_skip() {
        return;
    }
    let data = harness::generated(2, 10);
    let out = tempfile::tempdir().unwrap();
    let [sqlite, ndjson, parquet] = ["days.db", "days.ndjson", "days.parquet"].map(|name| out.path().join(name));
    let targets = [
        format!("sqlite:{}", sqlite.display()),
        format!("ndjson:{}", ndjson.display()),
        format!("parquet:{}", parquet.display()),
    ];
    let report = ingest_to(data.path(), &targets, &[]);
    let wanted = stored::ndjson(&ndjson);
    assert_eq!(report["user_days"], wanted.len());
    for day in wanted.values() {
        let vector = day.vector.as_ref().unwrap();
        let squares: f64 = vector.iter().map(|bits| f64::from(f32::from_bits(*bits)).powi(2)).sum();
        assert!((squares - 1.0).abs() < 1e-5, "the vector has length {}", squares.sqrt());
        assert!(day.document.contains_key("model"));
    }
    stored::assert_equal(&stored::sqlite(&sqlite), &wanted, "sqlite");
    stored::assert_equal(&stored::parquet(&parquet), &wanted, "parquet");
}

#[test]
fn a_second_ingest_embeds_and_writes_nothing() {
    if !model_or_skip() {
        return;
    }
    let data = harness::generated(2, 10);
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("days.db");
    let targets = [format!("sqlite:{}", path.display())];
    let first = ingest_to(data.path(), &targets, &[]);
    let days = stored::sqlite(&path);
    assert_eq!(first["targets"][0]["new"], days.len());
    let second = ingest_to(data.path(), &targets, &[]);
    assert_eq!(second["targets"][0]["unchanged"], days.len());
    for key in ["new", "changed", "refused", "deleted"] {
        assert_eq!(second["targets"][0][key], 0, "{key}");
    }
    assert_eq!(second["embedding"]["texts"].as_u64().unwrap_or(0), 0, "{second}");
    stored::assert_equal(&stored::sqlite(&path), &days, "second run");
}

#[test]
fn one_changed_record_changes_the_days_it_touches_only() {
    if !model_or_skip() {
        return;
    }
    let data = harness::generated(2, 10);
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("days.db");
    let targets = [format!("sqlite:{}", path.display())];
    ingest_to(data.path(), &targets, &[]);
    let before = stored::sqlite(&path);
    let sleep = data.path().join("sleep.json");
    let text = std::fs::read_to_string(&sleep).unwrap();
    let at = text.find("\"total_sleep\": ").unwrap() + "\"total_sleep\": ".len();
    let end = at + text[at..].find([',', '\n']).unwrap();
    std::fs::write(&sleep, format!("{}1.5{}", &text[..at], &text[end..])).unwrap();
    let report = ingest_to(data.path(), &targets, &[]);
    let after = stored::sqlite(&path);
    let differing = after
        .iter()
        .filter(|(id, day)| before[*id].document != day.document)
        .count();
    assert!(differing > 0 && differing < 6, "{differing} days differ");
    assert_eq!(report["targets"][0]["changed"], differing);
    assert_eq!(report["targets"][0]["unchanged"], before.len() - differing);
}

#[test]
fn a_run_killed_at_any_moment_is_completed_by_the_next() {
    if !model_or_skip() {
        return;
    }
    let data = harness::generated(1, 30);
    let out = tempfile::tempdir().unwrap();
    let undisturbed = out.path().join("undisturbed.db");
    let started = Instant::now();
    ingest_to(data.path(), &[format!("sqlite:{}", undisturbed.display())], &[]);
    let duration = started.elapsed();
    let wanted = stored::sqlite(&undisturbed);
    let mut random = Random(20);
    for round in 0..20 {
        let path = out.path().join(format!("killed-{round}.db"));
        let target = format!("sqlite:{}", path.display());
        let moment = duration.mul_f64(random.below(1000) as f64 / 1000.0);
        kill_after(data.path(), &target, moment);
        ingest_to(data.path(), &[target], &[]);
        stored::assert_equal(&stored::sqlite(&path), &wanted, &format!("killed after {moment:?}"));
    }
}

/// Starts an ingest and ends it without mercy (SIGKILL) after some time.
fn kill_after(data: &Path, target: &str, moment: Duration) {
    let mut child = harness::vitalvec()
        .arg("ingest")
        .arg(data)
        .args(["--quiet", "--to", target])
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(moment);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_whole_file_target_is_whole_or_as_it_was_wherever_the_run_is_killed() {
    let data = harness::generated(2, 40);
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("days.ndjson");
    let target = format!("ndjson:{}", path.display());
    let started = Instant::now();
    ingest_to(data.path(), &[target], &["--no-vectors"]);
    let duration = started.elapsed();
    let whole = std::fs::read(&path).unwrap();
    let mut random = Random(21);
    for round in 0..20 {
        let path = out.path().join(format!("days-{round}.ndjson"));
        let earlier = round % 2 == 1;
        if earlier {
            std::fs::write(&path, "{\"earlier\":true}\n").unwrap();
        }
        let mut child = harness::vitalvec()
            .arg("ingest")
            .arg(data.path())
            .args(["--quiet", "--no-vectors", "--to", &format!("ndjson:{}", path.display())])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(duration.mul_f64(random.below(1000) as f64 / 1000.0));
        child.kill().unwrap();
        child.wait().unwrap();
        match std::fs::read(&path) {
            Ok(bytes) if bytes == whole => {}
            Ok(bytes) => assert!(earlier && bytes == b"{\"earlier\":true}\n", "half a file is left"),
            Err(error) => assert!(!earlier, "the earlier file is gone: {error}"),
        }
        ingest_to(data.path(), &[format!("ndjson:{}", path.display())], &["--no-vectors"]);
        assert!(
            std::fs::read(&path).unwrap() == whole,
            "the next run gives another file"
        );
    }
}
