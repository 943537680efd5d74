//! The alias: behind it one collection for each model, moved when the new one is proved.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};
use vitalvec::document::{Document, Object};
use vitalvec::sink::Access;
use vitalvec::sink::Sink;
use vitalvec::sink::weaviate::{check_weaviate, open_weaviate};

use crate::days::objects;
use crate::run::{Place, address, assert_holds, expect, run};
use crate::server::{Fault, Server};

fn place() -> Place {
    let Place { folder, access } = Place::new();
    Place {
        folder,
        access: Access {
            in_place: false,
            ..access
        },
    }
}

fn behind_the_alias(server: &Server) -> Option<String> {
    let (_, alias) = server.ask("GET", &format!("/v1/aliases/{}", server.collection()), &Value::Null);
    alias["class"].as_str().map(str::to_string)
}

/// The same days from another model.
fn of_model(model: &str, objects: Vec<Object>) -> Vec<Object> {
    let other = |object: Object| Object {
        document: Document {
            model: Some(model.into()),
            ..object.document
        },
        vector: object.vector.map(|vector| vector.iter().rev().copied().collect()),
    };
    objects.into_iter().map(other).collect()
}

#[test]
fn the_alias_is_made_when_the_first_run_ends() {
    for server in Server::all() {
        let (place, objects) = (place(), objects(300));
        run(&server, &place, &objects).unwrap();
        let behind = behind_the_alias(&server).unwrap();
        assert!(behind.starts_with(&format!("{}_", server.collection())), "{behind}");
        assert_holds(&server, &objects);
        assert_eq!(run(&server, &place, &objects).unwrap().unchanged, 300);
        assert_eq!(behind_the_alias(&server), Some(behind));
    }
}

#[test]
fn another_model_is_loaded_beside_and_readers_never_fail() {
    for server in Server::all() {
        let (place, old) = (place(), objects(200));
        run(&server, &place, &old).unwrap();
        let before = behind_the_alias(&server);
        let new = of_model("model-b", objects(200));
        let name = server.collection();
        let count = json!({"query": format!("{{Aggregate{{{name}{{meta{{count}}}}}}}}")});
        let done = AtomicBool::new(false);
        let reads = thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut reads = 0;
                while !done.load(Ordering::Relaxed) {
                    let (status, answer) = server.ask("POST", "/v1/graphql", &count);
                    assert_eq!(
                        (status, &answer["data"]["Aggregate"][name][0]["meta"]["count"]),
                        (200, &json!(200))
                    );
                    reads += 1;
                }
                reads
            });
            let (_, mut sink) = open_weaviate(&address(&server), &place.access, &expect("model-b")).unwrap();
            for call in new.chunks(50) {
                sink.push(call).unwrap();
                assert_eq!(behind_the_alias(&server), before);
            }
            Box::new(sink).finish().unwrap();
            done.store(true, Ordering::Relaxed);
            reader.join().unwrap()
        });
        assert!(reads > 0);
        assert_ne!(behind_the_alias(&server), before);
        assert_holds(&server, &new);
        // The old collection is the way back.
        assert_eq!(
            server
                .ask("GET", &format!("/v1/schema/{}", before.unwrap()), &Value::Null)
                .0,
            200
        );
    }
}

/// A run with another model, which is to drop what it replaces.
fn replace(server: &Server, place: &Place, objects: &[Object]) {
    let access = Access {
        drop_old: true,
        grpc: server.grpc_use(),
        ..place.access.clone()
    };
    let (_, mut sink) = open_weaviate(&address(server), &access, &expect("model-b")).unwrap();
    sink.push(objects).unwrap();
    Box::new(sink).finish().unwrap();
}

#[test]
fn an_old_collection_is_dropped_on_request_with_its_ledger_and_no_other() {
    for server in Server::all() {
        let (place, new) = (place(), of_model("model-b", objects(60)));
        run(&server, &place, &objects(60)).unwrap();
        let old = behind_the_alias(&server).unwrap();
        let ledgers = |of: &str| {
            let state = place.access.state_dir.read_dir().unwrap();
            state
                .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains(of))
                .count()
        };
        assert!(ledgers(&old) > 0);
        // Collections of the same beginning, one as if made by hand and one with another word at its end.
        let [by_hand, archive] = ["00c0ffee", "archive"].map(|end| format!("{}_{end}", server.collection()));
        for name in [&by_hand, &archive] {
            let (_, mut definition) = server.ask("GET", &format!("/v1/schema/{old}"), &Value::Null);
            definition["class"] = json!(name);
            if *name == by_hand {
                definition["description"] = json!("mine");
            }
            assert_eq!(server.ask("POST", "/v1/schema", &definition).0, 200);
        }
        let there = |name: &str| server.ask("GET", &format!("/v1/schema/{name}"), &Value::Null).0 == 200;

        replace(&server, &place, &new);
        assert_holds(&server, &new);
        assert_ne!(behind_the_alias(&server).as_ref(), Some(&old));
        assert!(!there(&old) && ledgers(&old) == 0);
        assert!(there(&by_hand) && there(&archive));
    }
}

#[test]
fn an_old_collection_that_a_killed_run_left_is_dropped_by_the_next() {
    for server in Server::all() {
        let (place, new) = (place(), of_model("model-b", objects(60)));
        run(&server, &place, &objects(60)).unwrap();
        let old = behind_the_alias(&server).unwrap();
        // As after a kill between the switch and the drop: the alias has moved already.
        let (_, mut sink) = open_weaviate(&address(&server), &place.access, &expect("model-b")).unwrap();
        sink.push(&new).unwrap();
        Box::new(sink).finish().unwrap();
        replace(&server, &place, &[]);
        assert_holds(&server, &new);
        assert_eq!(server.ask("GET", &format!("/v1/schema/{old}"), &Value::Null).0, 404);
    }
}

#[test]
fn the_old_collection_of_several_tenants_is_not_dropped() {
    let server = Server::strict();
    let access = Access {
        drop_old: true,
        ..place().access
    };
    let mut address = address(&server);
    address.tenant = Some("one".into());
    let error = check_weaviate(&address, &access, &expect("model-b"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("all its tenants"), "{error}");
}

#[test]
fn a_load_that_does_not_end_leaves_the_alias() {
    let server = Server::strict();
    let (place, old) = (place(), objects(100));
    run(&server, &place, &old).unwrap();
    let before = behind_the_alias(&server);
    let new = of_model("model-b", objects(100));
    let (_, mut sink) = open_weaviate(&address(&server), &place.access, &expect("model-b")).unwrap();
    sink.push(&new[..50]).unwrap();
    drop(sink);
    assert_eq!(behind_the_alias(&server), before);
    assert_holds(&server, &old);
}

#[test]
fn a_collection_that_does_not_find_its_days_is_not_switched_to() {
    let server = Server::strict();
    let (place, objects) = (place(), objects(40));
    // Stored, answered with yes, and not in the index: the trap that a client cannot see.
    server.script([Fault::LostVectors]);
    let error = run(&server, &place, &objects).unwrap_err().to_string();
    assert!(error.contains("are found by their own vector"), "{error}");
    assert_eq!(behind_the_alias(&server), None);
    // The next run has nothing to push, and does not believe it either.
    let error = run(&server, &place, &objects).unwrap_err().to_string();
    assert!(error.contains("are found by their own vector"), "{error}");
    assert_eq!(behind_the_alias(&server), None);
}

#[test]
fn the_alias_stays_while_days_are_refused() {
    for server in Server::all() {
        let (place, old) = (place(), objects(40));
        run(&server, &place, &old).unwrap();
        let before = behind_the_alias(&server);
        let new = of_model("model-b", objects(40));
        server.script([Fault::Rows(
            vec![1, 4],
            "invalid text property 'gist' on class: not a string, but json.Number",
        )]);
        let with_new = |calls: &[Object]| {
            let (_, mut sink) = open_weaviate(&address(&server), &place.access, &expect("model-b")).unwrap();
            sink.push(calls).unwrap();
            Box::new(sink).finish().unwrap();
        };
        with_new(&new);
        assert_eq!(behind_the_alias(&server), before);
        with_new(&new);
        assert_ne!(behind_the_alias(&server), before);
        assert_holds(&server, &new);
    }
}
