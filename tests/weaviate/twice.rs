//! Runs after runs: what is there is not sent again, what changed is, and a killed run is completed.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use vitalvec::sink::weaviate::Access;

use crate::days::{changed, objects};
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

/// Where the child of the kill test finds server and ledger; only the child has it.
const CHILD_URL: &str = "VITALVEC_TEST_CHILD_URL";
const CHILD_FOLDER: &str = "VITALVEC_TEST_CHILD_FOLDER";

/// Not a test of its own: what [`a_run_that_is_killed_anywhere_is_completed_by_the_next`] starts and kills.
#[test]
fn child_of_the_kill_test() {
    let (Ok(url), Some(folder)) = (std::env::var(CHILD_URL), std::env::var_os(CHILD_FOLDER)) else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let access = Access {
        in_place: true,
        ..Access::new(folder.join("state"), folder)
    };
    crate::run::run_at(&url.parse().unwrap(), &access, &objects(DAYS)).unwrap();
}

fn start_child(server: &Server, place: &Place) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "twice::child_of_the_kill_test", "--test-threads", "1"])
        .env(CHILD_URL, address(server).to_string())
        .env(CHILD_FOLDER, place.folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_run_that_is_killed_anywhere_is_completed_by_the_next() {
    for server in Server::all() {
        let (place, objects) = (Place::new(), objects(DAYS));
        let mut killed_at_work = 0;
        // Each child goes on where the last was killed, and lives a little longer.
        for round in 0..20 {
            let batches = server.batches();
            let mut child = start_child(&server, &place);
            let started = Instant::now();
            while server.batches() == batches && started.elapsed() < Duration::from_secs(20) {
                if child.try_wait().unwrap().is_some() {
                    break;
                }
                std::thread::sleep(Duration::from_micros(200));
            }
            std::thread::sleep(Duration::from_micros(round * 1700));
            killed_at_work += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(killed_at_work > 0, "every child was done before it was killed");
        let tally = run(&server, &place, &objects).unwrap();
        assert_eq!(tally.new + tally.changed + tally.unchanged, DAYS);
        assert_holds_within(0.01, &server, &objects);
        assert_eq!(run(&server, &place, &objects).unwrap().unchanged, DAYS);
    }
}
