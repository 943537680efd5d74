//! The front's REST face.

use std::net::{Shutdown, TcpStream};
use std::thread;

use serde_json::{Value, json};

use super::http::{self, Request, read_request, send_answer, send_cut, send_dripping};
use super::{Backend, Fault, POISONED, Shared};

impl Shared {
    /// Answers one request after the other, until the connection ends, and ends it: the front keeps a second handle.
    pub(super) fn serve(&self, mut connection: TcpStream) {
        self.answer_all(&mut connection);
        let _ = connection.shutdown(Shutdown::Both);
    }

    fn answer_all(&self, connection: &mut TcpStream) {
        while let Some(head) = http::read_head(connection) {
            // Puts and deletions.
            let is_batch = head.path.starts_with("/v1/batch/objects");
            let fault = if is_batch { self.next_fault() } else { Fault::None };
            if matches!(fault, Fault::CutRequest) {
                http::read_some(connection, head.content_length / 2);
                return;
            }
            let Some(request) = read_request(connection, head) else {
                return;
            };
            if self.play(fault, &request, connection).is_none() {
                return;
            }
        }
    }

    /// `None` when the connection is over.
    fn play(&self, fault: Fault, request: &Request, connection: &mut TcpStream) -> Option<()> {
        match fault {
            Fault::None => {
                let (status, body) = self.unless_poisoned(request);
                send_answer(connection, status, None, &body)
            }
            Fault::Answer(status, retry_after, body) => send_answer(connection, status, retry_after, body),
            Fault::Garbled(body) => {
                self.backend.answer(request);
                send_answer(connection, 200, None, body)
            }
            Fault::CutAnswer => {
                let (status, body) = self.backend.answer(request);
                send_cut(connection, status, &body);
                None
            }
            Fault::CutRequest => None,
            Fault::HalfDone(rows) => {
                self.half(request, rows);
                None
            }
            Fault::Slow(delay) => {
                let (status, body) = self.backend.answer(request);
                thread::sleep(delay);
                send_answer(connection, status, None, &body)
            }
            Fault::Dripping => {
                self.backend.answer(request);
                send_dripping(connection);
                None
            }
            Fault::Rows(rows, message) => {
                let body = self.rows(request, &rows, message);
                send_answer(connection, 200, None, &body)
            }
            Fault::AllRows(message) => {
                let count = objects(request).len();
                let body = self.rows(request, &(0..count).collect::<Vec<_>>(), message);
                send_answer(connection, 200, None, &body)
            }
            Fault::LostVectors => {
                let all = objects(request);
                if let Backend::Strict(store) = &self.backend {
                    all.iter()
                        .for_each(|object| store.lock().unwrap().store_unindexed(object));
                }
                let yes: Vec<Value> = all.iter().map(|_| json!({"result": {"status": "SUCCESS"}})).collect();
                send_answer(connection, 200, None, &Value::from(yes).to_string())
            }
            Fault::Gone(time) => {
                self.go_away(time);
                None
            }
        }
    }

    fn unless_poisoned(&self, request: &Request) -> (u16, String) {
        if request.path.starts_with("/v1/batch") && self.is_poisoned(&request.body) {
            return (422, json!({"code": 601, "message": POISONED}).to_string());
        }
        self.backend.answer(request)
    }

    /// The first rows are done, the next is stored without its vector in the index, the rest is lost.
    fn half(&self, request: &Request, rows: usize) {
        let all = objects(request);
        let part = &all[..all.len().min(rows)];
        if !part.is_empty() {
            self.backend.answer(&with_objects(request, part));
        }
        if let (Backend::Strict(store), Some(next)) = (&self.backend, all.get(rows)) {
            store.lock().unwrap().store_unindexed(next);
        }
    }

    fn rows(&self, request: &Request, failing: &[usize], message: &str) -> String {
        let all = objects(request);
        let kept: Vec<Value> = (0..all.len())
            .filter(|index| !failing.contains(index))
            .map(|index| all[index].clone())
            .collect();
        let mut done = match kept.is_empty() {
            true => Vec::new(),
            false => serde_json::from_str(&self.backend.answer(&with_objects(request, &kept)).1).unwrap(),
        };
        let failed = json!({"result": {"status": "FAILED", "errors": {"error": [{"message": message}]}}});
        for index in failing.iter().filter(|index| **index < all.len()) {
            done.insert(*index, failed.clone());
        }
        Value::from(done).to_string()
    }
}

fn objects(request: &Request) -> Vec<Value> {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    body["objects"].as_array().unwrap().clone()
}

fn with_objects(request: &Request, objects: &[Value]) -> Request {
    Request {
        body: json!({"objects": objects}).to_string().into_bytes(),
        ..request.clone()
    }
}
