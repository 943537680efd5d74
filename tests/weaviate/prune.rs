//! Days that are no longer in the records: they stay, unless `--prune` says that they go.

use std::path::Path;

use serde_json::Value;
use vitalvec::sink::Sink;
use vitalvec::sink::weaviate::open_weaviate;

use crate::days::{MODEL, objects};
use crate::run::{Place, address, assert_holds, expect, run};
use crate::server::{Fault, Server};
use crate::{harness, tiny_model};

/// Ingests into both kinds of store, through the whole program; what the report says of each.
fn ingest(place: &Path, server: &Server, data: &Path, options: &[&str]) -> (Option<i32>, Vec<Value>) {
    let report = place.join("report.json");
    let mut command = harness::vitalvec();
    command.envs([server.grpc_variable()]);
    command.arg("ingest").arg(data).arg("--quiet").args(options);
    command.arg("--model").arg(place.join("tiny-model"));
    command
        .arg("--state")
        .arg(place.join("state"))
        .arg("--report")
        .arg(&report);
    command.arg("--to").arg(format!("weaviate:{}", server.url()));
    command
        .arg("--to")
        .arg(format!("sqlite:{}", place.join("days.db").display()));
    let output = command.current_dir(place).output().unwrap();
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    (output.status.code(), report["targets"].as_array().unwrap().clone())
}

fn stored(place: &Path) -> usize {
    let store = rusqlite::Connection::open(place.join("days.db")).unwrap();
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table}");
        store.query_row(&sql, [], |row| row.get::<_, u32>(0)).unwrap()
    };
    assert_eq!(count("vectors"), count("days"));
    count("days") as usize
}

#[test]
fn only_vanished_days_of_users_in_the_records_go_and_only_when_asked() {
    for server in Server::all() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        tiny_model::write(place);
        // The days end on the same date; the second time the first user has ten fewer, and the second user none.
        let (both, first) = (harness::generated(2, 30), harness::generated(1, 20));
        let held = || (server.held().len(), stored(place));
        ingest(place, &server, both.path(), &["--prune"]);
        assert_eq!(held(), (60, 60));
        let (code, targets) = ingest(place, &server, first.path(), &[]);
        assert_eq!((code, held()), (Some(0), (60, 60)));
        assert!(targets.iter().all(|target| target["deleted"] == 0));

        let (code, targets) = ingest(place, &server, first.path(), &["--prune"]);
        assert_eq!((code, held()), (Some(0), (50, 50)));
        assert!(targets.iter().all(|target| target["deleted"] == 10), "{targets:?}");
        let (_, targets) = ingest(place, &server, first.path(), &["--prune"]);
        assert!(
            targets
                .iter()
                .all(|target| target["deleted"] == 0 && target["unchanged"] == 20)
        );
        ingest(place, &server, both.path(), &[]);
        assert_eq!(held(), (60, 60));
        assert_eq!(server.lost(), Vec::<String>::new());
    }
}

#[test]
fn a_run_that_rejected_a_record_deletes_nothing() {
    let server = Server::strict();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    tiny_model::write(place);
    let (all, fewer) = (harness::generated(1, 30), harness::generated(1, 20));
    ingest(place, &server, all.path(), &[]);
    std::fs::write(fewer.path().join("sleep.ndjson"), "{\"user_id\": 7.5}\n").unwrap();
    let (code, targets) = ingest(place, &server, fewer.path(), &["--prune"]);
    assert_eq!((code, server.held().len(), stored(place)), (Some(3), 30, 30));
    assert!(targets.iter().all(|target| target["deleted"] == 0));
}

#[test]
fn a_deletion_that_fails_or_whose_answer_is_lost_is_repeated() {
    let server = Server::strict();
    let (place, objects) = (Place::new(), objects(60));
    run(&server, &place, &objects).unwrap();
    let user_id = &objects[0].document.day.user_id;
    let (theirs, others): (Vec<_>, Vec<_>) = objects
        .iter()
        .partition(|object| object.document.day.user_id == *user_id);
    let (_, mut sink) = open_weaviate(&address(&server), &place.access, &expect(MODEL)).unwrap();
    server.script([
        Fault::Answer(503, None, ""),
        Fault::Answer(200, None, "{}"),
        Fault::CutAnswer,
    ]);
    let kept = &theirs[0];
    assert_eq!(
        sink.prune(user_id, &[kept.document.day.date]).unwrap(),
        theirs.len() as u64 - 1
    );
    assert!(theirs.len() > 1 && server.script_is_played());
    let left: Vec<_> = others.into_iter().chain([*kept]).collect();
    assert_holds(&server, left.iter().copied());
    // The ledger does not take them for stored.
    drop(sink);
    assert_eq!(run(&server, &place, &objects).unwrap().new, theirs.len() - 1);
    assert_holds(&server, &objects);
}
