//! Whatever goes wrong: in the end the server holds every document once, its index finds each, and the numbers add up.

use std::time::Duration;

use crate::days::{DAYS_PER_USER, objects};
use crate::run::{Place, Tally, assert_holds, run};
use crate::server::{Fault, Server};

/// Enough for several requests at once.
const DAYS: usize = 30 * DAYS_PER_USER;

/// Runs with faults that pass, then looks.
fn survives(faults: impl IntoIterator<Item = Fault> + Clone) {
    survives_waiting(Duration::from_secs(30), faults);
}

/// The same with another patience for each answer.
fn survives_waiting(answer: Duration, faults: impl IntoIterator<Item = Fault> + Clone) {
    for server in Server::all() {
        let (mut place, objects) = (Place::new(), objects(DAYS));
        place.access.timing.answer = answer;
        server.script(faults.clone());
        let tally = run(&server, &place, &objects).unwrap();
        assert!(server.script_is_played());
        let all_new = Tally {
            new: DAYS,
            ..Tally::default()
        };
        assert_eq!(tally, all_new);
        assert_holds(&server, &objects);
        let batches = server.batches();
        let unchanged = Tally {
            unchanged: DAYS,
            ..Tally::default()
        };
        assert_eq!(run(&server, &place, &objects).unwrap(), unchanged);
        assert_eq!(server.batches(), batches, "the second run pushed something");
    }
}

#[test]
fn nothing_goes_wrong() {
    survives([]);
}

#[test]
fn rows_that_fail_for_a_while_under_200_are_sent_again_alone() {
    let message = "cannot reach enough replicas";
    survives([Fault::Rows(vec![0, 7, 12], message), Fault::Rows(vec![3], message)]);
}

#[test]
fn a_server_that_is_too_busy_is_asked_later() {
    survives([Fault::Answer(429, None, "slow down"), Fault::Answer(429, None, "")]);
}

#[test]
fn retry_after_is_honoured() {
    for server in Server::all() {
        let (place, objects) = (Place::new(), objects(DAYS));
        server.script([Fault::Answer(429, Some("2"), "")]);
        let start = std::time::Instant::now();
        run(&server, &place, &objects).unwrap();
        assert!(start.elapsed() >= Duration::from_secs(2));
        assert_holds(&server, &objects);
    }
}

#[test]
fn a_server_out_of_memory_gets_a_rest() {
    let memory = r#"{"error":[{"message":"batch objects: cannot process batch: not enough memory"}]}"#;
    survives([Fault::Answer(500, None, memory), Fault::Answer(500, None, memory)]);
}

#[test]
fn a_server_that_is_not_ready_gets_a_rest() {
    survives([Fault::Answer(503, None, ""), Fault::Answer(503, Some("1"), "")]);
}

#[test]
fn a_disk_that_is_full_for_a_while_loses_nothing() {
    let full = "store is read-only due to: disk usage too high. Set to read-only at 91.00%, threshold set to 90.00%";
    survives([Fault::AllRows(full), Fault::AllRows(full), Fault::AllRows(full)]);
}

#[test]
fn an_error_without_words_is_not_taken_for_no() {
    survives([
        Fault::Answer(500, None, ""),
        Fault::Answer(502, None, "<html>bad gateway</html>"),
    ]);
}

#[test]
fn a_connection_that_breaks_in_the_answer_is_repaired() {
    survives([Fault::CutAnswer, Fault::CutAnswer]);
}

#[test]
fn a_connection_that_breaks_in_the_request_is_repaired() {
    survives([Fault::CutRequest, Fault::CutRequest]);
}

#[test]
fn objects_that_are_stored_but_not_indexed_are_put_anew() {
    survives([Fault::HalfDone(20), Fault::HalfDone(0)]);
}

#[test]
fn a_late_answer_counts_as_none() {
    survives_waiting(Duration::from_secs(2), [Fault::Slow(Duration::from_secs(4))]);
}

#[test]
fn an_answer_that_never_ends_is_given_up() {
    survives_waiting(Duration::from_secs(2), [Fault::Dripping]);
}

#[test]
fn answers_that_make_no_sense_are_not_taken_for_a_yes() {
    survives([
        Fault::Garbled("<html>ok</html>"),
        Fault::Garbled(r#"[{"result":{"status":"SUCC"#),
        Fault::Garbled("[]"),
        Fault::Garbled("{}"),
        Fault::Garbled(""),
    ]);
}

#[test]
fn a_server_that_dies_and_comes_back_is_waited_for() {
    survives([Fault::None, Fault::Gone(Duration::from_millis(700))]);
}

#[test]
fn many_faults_in_a_row_add_up_to_nothing() {
    let message = "Node not ready";
    survives([
        Fault::Answer(429, None, ""),
        Fault::CutAnswer,
        Fault::Rows(vec![0, 1, 2], message),
        Fault::Gone(Duration::from_millis(100)),
        Fault::Answer(503, None, ""),
        Fault::HalfDone(5),
        Fault::Garbled("null"),
        Fault::CutRequest,
        Fault::AllRows(message),
    ]);
}

#[test]
fn a_server_that_stays_away_ends_the_run_and_the_next_completes_it() {
    for server in Server::all() {
        let (mut place, objects) = (Place::new(), objects(2 * DAYS));
        let patience = place.access.timing.patience;
        place.access.timing.patience = Duration::from_millis(300);
        server.script([
            Fault::None,
            Fault::None,
            Fault::None,
            Fault::Gone(Duration::from_secs(2)),
        ]);
        let error = run(&server, &place, &objects).unwrap_err().to_string();
        assert!(error.contains("no day could be stored for"), "{error}");
        place.access.timing.patience = patience;
        std::thread::sleep(Duration::from_secs(2));
        let tally = run(&server, &place, &objects).unwrap();
        assert!(tally.unchanged > 0, "{tally:?}");
        assert_eq!(tally.new + tally.unchanged, 2 * DAYS);
        assert_holds(&server, &objects);
    }
}

#[test]
fn a_wrong_key_ends_the_run_at_once() {
    for (status, server) in [401, 403]
        .into_iter()
        .flat_map(|status| Server::strict_both().into_iter().map(move |server| (status, server)))
    {
        let place = Place::new();
        let body = r#"{"code":401,"message":"invalid api key"}"#;
        server.script([Fault::Answer(status, None, body), Fault::Answer(status, None, body)]);
        let error = run(&server, &place, &objects(5)).unwrap_err().to_string();
        assert!(error.contains("invalid api key; "), "{error}");
        assert_eq!(server.batches(), 1);
    }
}

#[test]
fn a_quota_is_not_waited_for() {
    for server in Server::strict_both() {
        let place = Place::new();
        let body = r#"{"errorCode":"USAGE_LIMIT_EXCEEDED","limit":"objects","value":100,"message":"limit reached"}"#;
        server.script([Fault::Answer(429, Some("1"), body)]);
        let error = run(&server, &place, &objects(5)).unwrap_err().to_string();
        assert!(error.contains("quota"), "{error}");
        assert_eq!(server.batches(), 1);
    }
}
