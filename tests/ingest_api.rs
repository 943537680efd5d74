//! The `ingest-api:` target against a service in this process that fails by script: whatever happens, it holds each day.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on may panic anywhere; clippy knows only the functions marked as tests"
)]

#[expect(dead_code, reason = "the days of the other targets; not all of them are pushed here")]
#[path = "sink/days.rs"]
mod days;
#[expect(
    dead_code,
    reason = "made for the Weaviate server, which drips and knows more methods"
)]
#[path = "weaviate/server/http.rs"]
mod http;

use std::collections::{BTreeMap, VecDeque};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use vitalvec::document::Object;
use vitalvec::sink::ingest_api::{check_ingest_api, open_ingest_api};
use vitalvec::sink::{Access, Expect, Ledger, Sink, SinkError, Timing, replay};

use days::{DIMENSIONS, MODEL, TEMPLATE, changed, objects};

/// What the service does with a request instead of what it should.
#[derive(Clone, Debug)]
enum Fault {
    Answer(u16, &'static str),
    Busy(&'static str),
    /// Goes away before it has stored anything.
    Reset,
    /// Stores, and goes away in the middle of its answer.
    StoredAndCut,
}

#[derive(Default)]
struct Held {
    /// By user and date, what was stored: all of it, so that a day that came twice shows.
    days: BTreeMap<(String, String), Vec<Value>>,
    script: VecDeque<Fault>,
    connections: usize,
    requests: usize,
}

/// A service of the original contract that takes no key: what comes twice is there twice.
#[derive(Clone)]
struct Service {
    url: String,
    held: Arc<Mutex<Held>>,
}

impl Service {
    fn start() -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Service {
            url: format!("http://{}", listener.local_addr().unwrap()),
            held: Arc::default(),
        };
        let of_connections = service.clone();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let service = of_connections.clone();
                service.held.lock().unwrap().connections += 1;
                thread::spawn(move || service.serve(connection.unwrap()));
            }
        });
        service
    }

    fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.held.lock().unwrap().script.extend(faults);
    }

    fn serve(&self, mut connection: TcpStream) {
        while let Some(head) = http::read_head(&mut connection) {
            let Some(request) = http::read_request(&mut connection, head) else {
                return;
            };
            if request.method != "POST" {
                http::send_answer(&mut connection, 405, None, "");
                continue;
            }
            assert_eq!(request.path, "/ingest");
            let fault = {
                let mut held = self.held.lock().unwrap();
                held.requests += 1;
                held.script.pop_front()
            };
            match fault {
                None => {
                    self.store(&request.body);
                    http::send_answer(&mut connection, 201, None, r#"{"status":"ok"}"#);
                }
                Some(Fault::Answer(status, body)) => {
                    http::send_answer(&mut connection, status, None, body);
                }
                Some(Fault::Busy(after)) => {
                    http::send_answer(&mut connection, 429, Some(after), "slow down");
                }
                Some(Fault::Reset) => return,
                Some(Fault::StoredAndCut) => {
                    self.store(&request.body);
                    return http::send_cut(&mut connection, 201, r#"{"status":"ok"}"#);
                }
            }
        }
    }

    fn store(&self, body: &[u8]) {
        let day: Value = serde_json::from_slice(body).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_string();
        let key = (text(&day["meta"]["user_id"]), text(&day["meta"]["date"]));
        self.held.lock().unwrap().days.entry(key).or_default().push(day);
    }

    /// Times that each day is there, none but those of `objects`, each as it should be.
    fn copies(&self, objects: &[Object]) -> Vec<usize> {
        let held = self.held.lock().unwrap();
        assert!(held.days.len() <= objects.len(), "days that nobody pushed");
        let of = |object: &Object| {
            let day = &object.document.day;
            let copies = held.days.get(&(day.user_id.to_string(), day.date.to_string()));
            let expected = json!({
                "text": object.document.words.text,
                "meta": {"user_id": &*day.user_id, "date": day.date.to_string(), "type": "day"},
                "embedding": object.vector.as_deref().unwrap(),
            });
            let as_pushed = |day: &&Value| same(day, &expected);
            copies.map_or(0, |copies| copies.iter().filter(as_pushed).count())
        };
        objects.iter().map(of).collect()
    }
}

/// Vectors as 32 bits hold them, all else to the letter.
fn same(one: &Value, other: &Value) -> bool {
    let vector = |day: &Value| -> Vec<f32> {
        let numbers = day["embedding"].as_array().unwrap().iter();
        numbers.map(|number| number.as_f64().unwrap() as f32).collect()
    };
    one["text"] == other["text"] && one["meta"] == other["meta"] && vector(one) == vector(other)
}

fn access(folder: &TempDir) -> Access {
    Access {
        timing: Timing {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(30),
            first_delay: Duration::from_millis(5),
            longest_delay: Duration::from_millis(20),
            pause: Duration::from_millis(30),
            patience: Duration::from_secs(60),
        },
        ..Access::new(folder.path().join("state"), folder.path().to_path_buf())
    }
}

/// Pushes what the ledger lacks: how many went, and how many of them were refused.
fn run(service: &Service, access: &Access, objects: &[Object]) -> Result<(usize, usize), SinkError> {
    let expect = Expect {
        model: Some(MODEL.into()),
        dimensions: Some(DIMENSIONS),
        template: TEMPLATE,
    };
    let (mut ledger, mut sink) = open_ingest_api(&service.url.parse().unwrap(), access, &expect)?;
    let mut wanted = Vec::new();
    for object in objects {
        let day = &object.document.day;
        let known = ledger.known(&day.user_id, &[day.date])?.remove(0);
        if known.is_none_or(|known| known.content_hash != object.document.content_hash) {
            wanted.push(object.clone());
        }
    }
    let pushed = sink.push(&wanted)?;
    Box::new(sink).finish()?;
    Ok((wanted.len(), pushed.refused.len()))
}

#[test]
fn each_day_is_posted_once_and_a_second_run_posts_nothing() {
    let (service, folder, mut objects) = (Service::start(), TempDir::new().unwrap(), objects(300));
    let access = access(&folder);
    check_ingest_api(&service.url.parse().unwrap(), &access, false).unwrap();
    assert_eq!(run(&service, &access, &objects).unwrap(), (300, 0));
    assert_eq!(service.copies(&objects), vec![1; 300]);
    assert_eq!(run(&service, &access, &objects).unwrap(), (0, 0));
    objects[7] = changed(&objects[7], 99);
    assert_eq!(run(&service, &access, &objects).unwrap(), (1, 0));
    assert_eq!(service.copies(&objects), vec![1; 300]);
    let held = service.held.lock().unwrap();
    assert_eq!(held.requests, 301);
    assert!(
        held.connections < 40,
        "{} connections: they are kept open",
        held.connections
    );
}

#[test]
fn faults_lose_no_day() {
    let (service, folder, objects) = (Service::start(), TempDir::new().unwrap(), objects(60));
    service.script([
        Fault::Answer(500, "oops"),
        Fault::Busy("0"),
        Fault::Answer(201, "<html>"),
        Fault::Reset,
        Fault::Answer(503, ""),
        Fault::Answer(201, r#"{"status":"queued"}"#),
        Fault::Answer(502, "bad gateway"),
    ]);
    assert_eq!(run(&service, &access(&folder), &objects).unwrap(), (60, 0));
    assert_eq!(service.copies(&objects), vec![1; 60]);
}

#[test]
fn a_lost_answer_is_the_only_way_to_a_second_copy() {
    let (service, folder, objects) = (Service::start(), TempDir::new().unwrap(), objects(20));
    service.script([Fault::StoredAndCut, Fault::StoredAndCut]);
    assert_eq!(run(&service, &access(&folder), &objects).unwrap(), (20, 0));
    let copies = service.copies(&objects);
    assert!(copies.iter().all(|copies| *copies >= 1));
    assert_eq!(copies.iter().sum::<usize>(), 22);
}

#[test]
fn refused_days_are_kept_with_their_reason_and_replayed() {
    let (service, folder, mut objects) = (Service::start(), TempDir::new().unwrap(), objects(20));
    let access = access(&folder);
    objects[3].vector = Some(vec![0.0; DIMENSIONS].into());
    service.script([Fault::Answer(422, "no such user"), Fault::Answer(400, "too long")]);
    assert_eq!(run(&service, &access, &objects).unwrap(), (20, 3));
    let file = folder.path().join("ingest-api.refused.ndjson");
    let text = std::fs::read_to_string(&file).unwrap();
    for reason in [
        "HTTP 422: no such user",
        "HTTP 400: too long",
        "its vector has only zeros",
    ] {
        assert!(text.contains(reason), "{text}");
    }
    let replayed = replay(&file, &access).unwrap();
    assert_eq!((replayed.stored, replayed.refused, replayed.superseded), (2, 1, 0));
    let copies = service.copies(&objects);
    assert_eq!((copies[3], copies.iter().sum::<usize>()), (0, 19));
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 1);
}

#[test]
fn a_service_that_cannot_be_worked_with_ends_the_run_and_what_was_stored_stays() {
    let (service, folder, objects) = (Service::start(), TempDir::new().unwrap(), objects(30));
    let access = access(&folder);
    service.script([Fault::Answer(401, "who are you?")]);
    let error = run(&service, &access, &objects).unwrap_err().to_string();
    assert!(error.contains("/ingest: HTTP 401: who are you?"), "{error}");
    let stored: usize = service.copies(&objects).iter().sum();
    assert_eq!(run(&service, &access, &objects).unwrap(), (30 - stored, 0));
    assert_eq!(service.copies(&objects), vec![1; 30]);
}

#[test]
fn what_the_service_cannot_do_is_said_before_any_work() {
    let (service, folder) = (Service::start(), TempDir::new().unwrap());
    let check = |url: &str, prune| check_ingest_api(&url.parse().unwrap(), &access(&folder), prune);
    let error = check(&service.url, true).unwrap_err().to_string();
    assert!(error.contains("cannot delete days; leave --prune out"), "{error}");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = check(&format!("http://{nobody}"), false).unwrap_err().to_string();
    assert!(error.contains("start the service"), "{error}");
}
