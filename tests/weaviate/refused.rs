//! Days that a server will not take: in a file with the reason, counted, and sent again by `replay`.

use std::fs;

use vitalvec::sink::{Replayed, replay};

use crate::days::{changed, objects};
use crate::run::{Place, Tally, assert_holds, run};
use crate::server::{Fault, Server};

const PERMANENT: &str = "invalid text property 'gist' on class: not a string, but json.Number";

fn file(place: &Place, server: &Server) -> std::path::PathBuf {
    place
        .folder
        .path()
        .join(format!("{}.refused.ndjson", server.collection()))
}

fn reasons(place: &Place, server: &Server) -> Vec<String> {
    let text = fs::read_to_string(file(place, server)).unwrap();
    let line = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["reason"]
            .as_str()
            .unwrap()
            .to_string()
    };
    text.lines().map(line).collect()
}

#[test]
fn refused_rows_are_kept_with_their_reason_and_replayed() {
    for server in Server::all() {
        let (place, objects) = (Place::new(), objects(40));
        server.script([Fault::Rows(vec![1, 4], PERMANENT)]);
        let tally = run(&server, &place, &objects).unwrap();
        let expected = Tally {
            new: 38,
            refused: 2,
            ..Tally::default()
        };
        assert_eq!(tally, expected);
        assert_eq!(reasons(&place, &server), [PERMANENT, PERMANENT]);
        assert_eq!(server.held().len(), 38);
        let replayed = replay(&file(&place, &server), &place.access).unwrap();
        let expected = Replayed {
            stored: 2,
            ..Replayed::default()
        };
        assert_eq!(replayed, expected);
        assert!(!file(&place, &server).exists());
        assert_holds(&server, &objects);
        assert_eq!(run(&server, &place, &objects).unwrap().unchanged, 40);
    }
}

#[test]
fn what_is_refused_again_stays_in_the_file() {
    let server = Server::strict();
    let (place, objects) = (Place::new(), objects(10));
    server.script([Fault::Rows(vec![1, 4], PERMANENT), Fault::Rows(vec![0], "still wrong")]);
    run(&server, &place, &objects).unwrap();
    let replayed = replay(&file(&place, &server), &place.access).unwrap();
    assert_eq!((replayed.stored, replayed.refused), (1, 1));
    assert_eq!(reasons(&place, &server), ["still wrong"]);
}

#[test]
fn one_object_that_spoils_its_batch_is_found_and_refused_alone() {
    for server in Server::all() {
        let (place, objects) = (Place::new(), objects(100));
        server.poison(Some(&objects[37].document.id().to_string()));
        let tally = run(&server, &place, &objects).unwrap();
        assert_eq!((tally.new, tally.refused), (99, 1));
        assert!(reasons(&place, &server)[0].contains("must be of type uuid"));
        assert_eq!(server.held().len(), 99);
        server.poison(None);
        // The next run tries it again, without the file.
        let tally = run(&server, &place, &objects).unwrap();
        assert_eq!((tally.new, tally.unchanged), (1, 99));
        assert_holds(&server, &objects);
        let replayed = replay(&file(&place, &server), &place.access).unwrap();
        assert_eq!((replayed.stored, replayed.superseded), (0, 1));
    }
}

#[test]
fn an_old_day_is_not_put_over_a_newer_one() {
    let server = Server::strict();
    let (place, mut objects) = (Place::new(), objects(10));
    server.script([Fault::Rows(vec![3], PERMANENT)]);
    run(&server, &place, &objects).unwrap();
    objects[3] = changed(&objects[3], 99);
    std::thread::sleep(std::time::Duration::from_millis(2));
    run(&server, &place, &objects).unwrap();
    let replayed = replay(&file(&place, &server), &place.access).unwrap();
    assert_eq!(replayed.superseded, 1);
    assert_holds(&server, &objects);
}

#[test]
fn vectors_that_would_spoil_the_index_are_refused_here() {
    let server = Server::strict();
    let (place, mut objects) = (Place::new(), objects(6));
    for (index, vector) in [vec![0.0; 8], vec![f32::NAN; 8], vec![0.5; 7]].into_iter().enumerate() {
        objects[index].vector = Some(vector.into());
    }
    let tally = run(&server, &place, &objects).unwrap();
    assert_eq!((tally.new, tally.refused), (3, 3));
    let text = reasons(&place, &server).join("\n");
    assert_eq!(
        text,
        "its vector has only zeros\nits vector holds a number that is not finite\nits vector has 7 dimensions instead of 8"
    );
    assert_holds(&server, &objects[3..]);
    let replayed = replay(&file(&place, &server), &place.access).unwrap();
    assert_eq!((replayed.stored, replayed.refused), (0, 3));
}

#[test]
fn a_file_that_is_no_list_of_refused_days_is_named() {
    let server = Server::strict();
    let place = Place::new();
    fs::write(file(&place, &server), "\nnonsense\n").unwrap();
    let error = replay(&file(&place, &server), &place.access).unwrap_err().to_string();
    assert!(error.contains("refused.ndjson, line 2: "), "{error}");
}
