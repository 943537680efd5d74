//! Runs after runs: what is there is not sent again, what changed is, and a killed run is completed.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use vitalvec::document::Object;
use vitalvec::sink::{Access, GrpcUse};

use crate::days::{changed, objects};
use crate::harness::Random;
use crate::run::{Place, Tally, address, assert_holds, assert_holds_within, run};
use crate::server::Server;

#[test]
fn a_second_run_sends_nothing_and_a_changed_day_is_one_object() {
    for server in Server::all() {
        let (place, mut objects) = (Place::new(), objects(50));
        assert_eq!(run(&server, &place, &objects).unwrap().new, 50);
        objects[17] = changed(&objects[17], 4711);
        let expected = Tally {
            changed: 1,
            unchanged: 49,
            ..Tally::default()
        };
        assert_eq!(run(&server, &place, &objects).unwrap(), expected);
        assert_holds(&server, &objects);
    }
}

#[test]
fn a_lost_ledger_costs_a_second_sending_and_no_second_object() {
    for server in Server::all() {
        let objects = objects(50);
        run(&server, &Place::new(), &objects).unwrap();
        assert_eq!(run(&server, &Place::new(), &objects).unwrap().new, 50);
        assert_holds(&server, &objects);
    }
}

#[test]
fn a_collection_that_was_made_anew_or_lost_days_is_filled_again() {
    for server in Server::all() {
        let (place, objects) = (Place::new(), objects(50));
        let name = server.collection();
        run(&server, &place, &objects).unwrap();
        server.ask("DELETE", &format!("/v1/schema/{name}"), &serde_json::Value::Null);
        assert_eq!(run(&server, &place, &objects).unwrap().new, 50);
        let condition = serde_json::json!({"path": ["id"], "operator": "ContainsAny", "valueTextArray": [objects[0].document.id().to_string()]});
        let body = serde_json::json!({"match": {"class": name, "where": condition}});
        assert_eq!(server.ask("DELETE", "/v1/batch/objects", &body).0, 200);
        assert_eq!(run(&server, &place, &objects).unwrap().new, 50);
        assert_holds(&server, &objects);
    }
}

const DAYS: usize = 2000;

/// Where the child of the kill test finds server and ledger, and what it pushes; only the child has it.
const CHILD_URL: &str = "VITALVEC_TEST_CHILD_URL";
const CHILD_GRPC_URL: &str = "VITALVEC_TEST_CHILD_GRPC_URL";
const CHILD_FOLDER: &str = "VITALVEC_TEST_CHILD_FOLDER";
const CHILD_ROUND: &str = "VITALVEC_TEST_CHILD_ROUND";

/// The days as they are in some round: each time all of them changed, so that each child has all to push.
fn days_of(round: usize) -> Vec<Object> {
    let days = objects(DAYS).into_iter().enumerate();
    days.map(|(index, object)| changed(&object, round * 100_000 + index))
        .collect()
}

/// Not a test of its own: what [`runs_that_are_killed_at_twenty_random_moments_are_completed_by_the_next`] starts and
/// kills.
#[test]
fn child_of_the_kill_test() {
    let (Ok(url), Some(folder), Ok(round)) = (
        std::env::var(CHILD_URL),
        std::env::var_os(CHILD_FOLDER),
        std::env::var(CHILD_ROUND),
    ) else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let grpc = match std::env::var(CHILD_GRPC_URL).unwrap() {
        off if off == "off" => GrpcUse::Off,
        url => GrpcUse::At(url),
    };
    let access = Access {
        in_place: true,
        grpc,
        ..Access::new(folder.join("state"), folder)
    };
    let days = days_of(round.parse().unwrap());
    crate::run::run_at(&url.parse().unwrap(), &access, &days).unwrap();
}

fn start_child(server: &Server, place: &Place, round: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .env(CHILD_GRPC_URL, server.grpc_variable().1)
        .args(["--exact", "twice::child_of_the_kill_test", "--test-threads", "1"])
        .env(CHILD_URL, address(server).to_string())
        .env(CHILD_FOLDER, place.folder.path())
        .env(CHILD_ROUND, round.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until the child is at work.
fn wait_for_a_batch(server: &Server, child: &mut Child, batches: usize) {
    let started = Instant::now();
    while server.batches() == batches && started.elapsed() < Duration::from_secs(20) {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn runs_that_are_killed_at_twenty_random_moments_are_completed_by_the_next() {
    const KILLS: usize = 20;
    let mut random = Random(11);
    for server in Server::all() {
        let place = Place::new();
        let mut killed_at_work = 0;
        for round in 0..KILLS {
            let batches = server.batches();
            let mut child = start_child(&server, &place, round);
            wait_for_a_batch(&server, &mut child, batches);
            std::thread::sleep(Duration::from_micros(random.below(60_000) as u64));
            killed_at_work += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(killed_at_work >= KILLS / 2, "only {killed_at_work} were killed at work");
        let days = days_of(KILLS);
        let tally = run(&server, &place, &days).unwrap();
        assert_eq!(tally.new + tally.changed, DAYS);
        assert_holds_within(0.01, &server, &days);
        assert_eq!(run(&server, &place, &days).unwrap().unchanged, DAYS);
    }
}
