//! Exit codes, dry runs, the report's keys, and Ctrl-C.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    harness::vitalvec()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn wrong_usage_is_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("heart_rate.json"), "[]").unwrap();
    let wrong: [&[&str]; 11] = [
        &[],
        &["ingest"],
        &["unheard-of"],
        &["ingest", ".", "--unheard-of"],
        &["ingest", ".", "--to", "carrier-pigeon:x", "--dry-run"],
        &["ingest", ".", "--to", "nothing", "--dry-run"],
        &["ingest", ".", "--max-rejects", "-1", "--dry-run"],
        &["ingest", ".", "--threads", "many", "--dry-run"],
        &["ingest", ".", "--device", "abacus", "--dry-run"],
        &["ingest", ".", "--log-format", "xml", "--dry-run"],
        &["generate"],
    ];
    for arguments in wrong {
        let output = run(folder.path(), arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!output.stderr.is_empty(), "{arguments:?} says nothing");
    }
}

#[test]
fn help_and_version_are_exit_0() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["ingest", "--help"],
        &["search", "--help"],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty(), "{arguments:?}");
    }
    let help = String::from_utf8(run(folder.path(), &["ingest", "--help"]).stdout).unwrap();
    for flag in [
        "--to",
        "--dry-run",
        "--device",
        "--aggregate",
        "--precision",
        "--model",
        "--style",
        "--memory",
        "--threads",
        "--rejects",
        "--max-rejects",
        "--no-vectors",
        "--report",
        "--log-format",
        "--quiet",
    ] {
        assert!(help.contains(flag), "{flag} is not in the help");
        let variable = format!(
            "VITALVEC_{}",
            flag.trim_start_matches('-').replace('-', "_").to_uppercase()
        );
        assert!(help.contains(&variable), "{variable} is not in the help");
    }
}

#[test]
fn a_good_run_is_exit_0_and_one_with_rejects_exit_3() {
    let data = harness::generated(1, 3);
    assert_eq!(harness::ingest(&[data.path()], &[]).code, Some(0));
    let workouts = data.path().join("workouts.json");
    std::fs::write(&workouts, "[{\"user_id\":\"a\"}]").unwrap();
    let outcome = harness::ingest(&[data.path()], &[]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    assert_eq!(outcome.rejects.len(), 1);
}

#[test]
fn quiet_runs_say_nothing_when_nothing_is_wrong() {
    let data = harness::generated(1, 3);
    let outcome = harness::ingest(&[data.path()], &[]);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_target_that_cannot_be_written_is_exit_1_and_is_named() {
    let data = harness::generated(1, 3);
    for target in [
        "ndjson:/no/such/folder/days.ndjson",
        "parquet:/no/such/folder/days.parquet",
    ] {
        let output = run(
            data.path(),
            &["ingest", data.path().to_str().unwrap(), "--no-vectors", "--to", target],
        );
        assert_eq!(output.status.code(), Some(1), "{target}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("/no/such/folder"), "{told}");
    }
}

#[test]
fn a_dry_run_creates_no_target_and_loads_no_model() {
    let data = harness::generated(1, 5);
    let data_path = data.path().to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for targets in [
        &[][..],
        &[
            "--to",
            "sqlite:a.db",
            "--to",
            "ndjson:a.ndjson",
            "--to",
            "parquet:a.parquet",
        ],
    ] {
        let arguments = [
            &["ingest", data_path, "--dry-run", "--model", "/no/such/model"][..],
            targets,
        ]
        .concat();
        let output = run(folder.path(), &arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{targets:?}: {told}");
        assert_eq!(names_in(folder.path()), BTreeSet::new(), "{targets:?}");
    }
}

#[test]
fn a_dry_run_writes_rejects_and_report_with_the_same_exit_code() {
    let data = harness::generated(1, 5);
    std::fs::write(data.path().join("workouts.json"), "[{\"user_id\":\"a\"}]").unwrap();
    let real = harness::ingest(&[data.path()], &[]);
    let dry = harness::ingest(&[data.path()], &["--dry-run"]);
    assert_eq!((real.code, dry.code), (Some(3), Some(3)));
    assert!(dry.documents.is_none());
    assert_eq!(dry.rejects.len(), 1);
    let (real_report, dry_report) = (real.report.unwrap(), dry.report.unwrap());
    for key in [
        "records",
        "rejected",
        "rejects_by_reason",
        "users",
        "user_days",
        "input",
        "exit_code",
    ] {
        assert_eq!(real_report[key], dry_report[key], "{key}");
    }
    let failed = harness::ingest(&[data.path()], &["--dry-run", "--max-rejects", "0"]);
    assert_eq!(failed.code, Some(1));
}

/// Exactly these keys, in any order.
fn assert_keys(value: &Value, keys: &[&str], what: &str) {
    let ours: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(ours, keys.iter().copied().collect(), "{what}: {value}");
}

#[test]
fn the_report_has_exactly_the_keys_of_the_contract() {
    let data = harness::generated(2, 5);
    std::fs::write(
        data.path().join("workouts.json"),
        "[{\"user_id\":\"a\"},{\"user_id\":\"a\",\"date\":\"2025-01-01\",\"sets\":\"x\"},{\"user_id\":\"a\",\"date\":\"2025-01-01\"}]",
    )
    .unwrap();
    let outcome = harness::ingest(&[data.path()], &[]);
    let report = outcome.report.as_ref().unwrap();
    let top = "version exit_code seconds peak_rss_bytes input records rejected rejects_by_reason users user_days stages \
               aggregation embedding targets";
    assert_keys(report, &top.split_whitespace().collect::<Vec<_>>(), "report");
    for input in report["input"].as_array().unwrap() {
        assert_keys(input, &["path", "kind", "bytes", "records", "rejected"], "input");
    }
    for stage in report["stages"].as_array().unwrap() {
        assert_keys(stage, &["name", "seconds", "blocked_seconds"], "stages");
    }
    assert_keys(&report["aggregation"], &["backend", "adapter", "reason"], "aggregation");
    let embedding = ["texts", "tokens", "cached", "device", "precision", "model", "reason"];
    assert_keys(&report["embedding"], &embedding, "embedding");
    let counts = ["target", "new", "changed", "unchanged", "refused", "deleted"];
    assert_keys(&report["targets"][0], &counts, "targets");
}

#[test]
fn the_report_counts_what_was_read_and_written() {
    let data = harness::generated(2, 5);
    let workouts = "[{\"user_id\":\"a\"},{\"user_id\":\"a\",\"date\":\"2025-01-01\",\"sets\":\"x\"},{\"user_id\":\"a\",\"date\":\"2025-01-01\"}]";
    std::fs::write(data.path().join("workouts.json"), workouts).unwrap();
    let outcome = harness::ingest(&[data.path()], &[]);
    let report = outcome.report.as_ref().unwrap();
    let days: Vec<Value> = outcome
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let records: u64 = days.iter().map(|day| day["records"].as_u64().unwrap()).sum();
    assert_eq!(report["exit_code"], 3);
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["user_days"], days.len());
    assert_eq!(report["rejected"], 2);
    let by_reason: u64 = report["rejects_by_reason"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(by_reason, 2);
    for reject in &outcome.rejects {
        assert!(report["rejects_by_reason"][&reject.reason].is_u64(), "{reject:?}");
    }
    let inputs = report["input"].as_array().unwrap();
    assert_eq!(inputs.len(), 7);
    let of = |kind: &str, key: &str| -> u64 {
        let input = inputs.iter().find(|input| input["kind"] == kind).unwrap();
        input[key].as_u64().unwrap()
    };
    assert_eq!(of("workouts", "rejected"), 2);
    assert_eq!(of("workouts", "bytes"), workouts.len() as u64);
    let of_data: u64 = inputs
        .iter()
        .filter(|input| input["kind"] != "users")
        .map(|input| input["records"].as_u64().unwrap())
        .sum();
    assert_eq!(of_data, records);
    assert_eq!(report["records"], records + of("users", "records"));
    assert!(report["peak_rss_bytes"].as_u64().unwrap() > 1_000_000);
    assert!(report["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(report["targets"][0]["new"], days.len());
}

#[test]
fn ctrl_c_ends_with_130_and_leaves_no_half_file() {
    let data = harness::generated(12, 200);
    let out = tempfile::tempdir().unwrap();
    let target = format!("ndjson:{}", out.path().join("days.ndjson").display());
    let start = || {
        harness::vitalvec()
            .arg("ingest")
            .arg(data.path())
            .args(["--no-vectors", "--to", &target, "--report"])
            .arg(out.path().join("report.json"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let started = Instant::now();
    assert!(start().wait_with_output().unwrap().status.success());
    let duration = started.elapsed();
    let mut interrupted = 0;
    for attempt in 1..=8 {
        for name in names_in(out.path()) {
            std::fs::remove_file(out.path().join(name)).unwrap();
        }
        let child = start();
        std::thread::sleep(
            duration
                .mul_f64(f64::from(attempt) / 10.0)
                .max(Duration::from_millis(30)),
        );
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(130) => {
                interrupted += 1;
                let left = names_in(out.path());
                assert!(!left.iter().any(|name| name != "report.json"), "{left:?}: {told}");
                assert!(!told.is_empty(), "an interrupted run says so");
            }
            Some(0) => assert!(
                attempt > 1,
                "a run interrupted after a tenth of its time went on to its end"
            ),
            code => panic!("exit {code:?}: {told}"),
        }
    }
    assert!(interrupted > 0, "no attempt was interrupted");
}

#[test]
fn no_output_may_be_an_input_or_another_output() {
    let folder = tempfile::tempdir().unwrap();
    let sleep = folder.path().join("sleep.json");
    let content = r#"[{"user_id":"u","date":"2025-01-01","total_sleep":7}]"#;
    std::fs::write(&sleep, content).unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    for arguments in [
        vec!["--to", "ndjson:out.ndjson", "--rejects", "sleep.json"],
        vec!["--to", "ndjson:sub/../sleep.json"],
        vec!["--to", "ndjson:out.ndjson", "--to", "parquet:./out.ndjson"],
        vec!["--to", "ndjson:out.ndjson", "--report", "sub/../out.ndjson"],
        vec!["--to", "ndjson:out.ndjson", "--rejects", "r", "--report", "r"],
    ] {
        let output = run(
            folder.path(),
            &[vec!["ingest", ".", "--no-vectors"], arguments.clone()].concat(),
        );
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(std::fs::read_to_string(&sleep).unwrap(), content, "{arguments:?}");
        assert_eq!(names_in(folder.path()).len(), 2, "{arguments:?}: nothing new");
    }
}

#[test]
fn the_doctor_says_which_targets_would_take_days() {
    let folder = tempfile::tempdir().unwrap();
    let [good, bad] = ["days.ndjson", "missing/days.ndjson"].map(|name| folder.path().join(name));
    let targets = format!("ndjson:{},ndjson:{}", good.display(), bad.display());
    let output = harness::vitalvec()
        .args(["doctor", "--json", "--to", &targets])
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["targets"][0]["works"], true, "{found}");
    assert_eq!(found["targets"][1]["works"], false, "{found}");
    assert!(
        found["targets"][1]["detail"]
            .as_str()
            .unwrap()
            .contains("check that the folder exists")
    );
    assert!(!good.exists());
}
