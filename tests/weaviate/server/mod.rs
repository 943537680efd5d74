//! A Weaviate to test against: the strict one of `store.rs`, or a real one, behind a front that fails by script.

mod graphql;
mod http;
mod query;
mod real;
mod store;

use std::collections::{BTreeMap, VecDeque};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use http::{Request, read_request, send_answer, send_cut, send_dripping};
use real::Real;
use store::Store;

/// What goes wrong with one batch.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Another answer; nothing is done.
    Answer(u16, Option<&'static str>, &'static str),
    /// Everything is done, and answered with this body.
    Garbled(&'static str),
    /// Everything is done; the connection breaks in the middle of the answer.
    CutAnswer,
    /// The connection breaks in the middle of the request.
    CutRequest,
    /// Some rows are done as they should, one more is stored but not indexed; no answer.
    HalfDone(usize),
    /// Everything is done; the answer comes late.
    Slow(Duration),
    /// Everything is done; the answer never ends.
    Dripping,
    /// Rows that fail under HTTP 200; the others are done.
    Rows(Vec<usize>, &'static str),
    /// Every row fails under HTTP 200.
    AllRows(&'static str),
    /// Everything is stored and answered with yes, and nothing is indexed.
    LostVectors,
    /// The server goes away before it does anything, and comes back.
    Gone(Duration),
}

/// An object as the server holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) properties: Value,
    pub(crate) vector: Vec<f32>,
}

enum Backend {
    Strict(Mutex<Store>),
    Real(Real),
}

impl Backend {
    fn answer(&self, request: &Request) -> (u16, String) {
        match self {
            Backend::Strict(store) => store.lock().unwrap().answer(request),
            Backend::Real(real) => real.answer(request),
        }
    }
}

/// The front.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    collection: String,
}

struct Shared {
    backend: Backend,
    script: Mutex<VecDeque<Fault>>,
    /// Text that makes a whole batch fail with 422, as a malformed id does.
    poison: Mutex<Option<String>>,
    gone_until: Mutex<Option<Instant>>,
    connections: Mutex<Vec<TcpStream>>,
    batches: AtomicUsize,
    stop: AtomicBool,
}

static NUMBER: AtomicUsize = AtomicUsize::new(0);

impl Server {
    /// A strict server.
    pub(crate) fn strict() -> Server {
        Server::start(Backend::Strict(Mutex::default()))
    }

    /// The servers to run a test against: the strict one, and a real one if there is one.
    pub(crate) fn all() -> Vec<Server> {
        let mut servers = vec![Server::strict()];
        match std::env::var("WEAVIATE_URL") {
            Ok(url) => servers.push(Server::start(Backend::Real(Real::new(&url)))),
            Err(_) => println!("not run against a real server: WEAVIATE_URL is not set"),
        }
        servers
    }

    fn start(backend: Backend) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            backend,
            script: Mutex::default(),
            poison: Mutex::default(),
            gone_until: Mutex::default(),
            connections: Mutex::default(),
            batches: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accepting.accept(listener, address));
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let collection = format!("Test_{}_{number}", std::process::id());
        Server {
            address,
            shared,
            collection,
        }
    }

    pub(crate) fn is_real(&self) -> bool {
        matches!(self.shared.backend, Backend::Real(_))
    }

    /// As on the command line, after `weaviate:`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/{}", self.address, self.collection)
    }

    pub(crate) fn collection(&self) -> &str {
        &self.collection
    }

    /// What happens to the next batches, one after the other.
    pub(crate) fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.shared.script.lock().unwrap() = faults.into_iter().collect();
    }

    /// Whether all that was to go wrong did.
    pub(crate) fn script_is_played(&self) -> bool {
        self.shared.script.lock().unwrap().is_empty()
    }

    /// A batch with this text fails as a whole.
    pub(crate) fn poison(&self, text: Option<&str>) {
        *self.shared.poison.lock().unwrap() = text.map(str::to_string);
    }

    /// Batches that arrived so far.
    pub(crate) fn batches(&self) -> usize {
        self.shared.batches.load(Ordering::Relaxed)
    }

    /// Asks the server itself, past the front's faults.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = Request {
            method: method.to_string(),
            path: path.to_string(),
            body: if body.is_null() {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            },
        };
        let (status, answer) = self.shared.backend.answer(&request);
        (status, serde_json::from_str(&answer).unwrap_or(Value::Null))
    }

    /// Every object, by id.
    pub(crate) fn held(&self) -> BTreeMap<String, Held> {
        match &self.shared.backend {
            Backend::Strict(store) => store.lock().unwrap().held(&self.collection),
            Backend::Real(real) => real.held(&self.collection),
        }
    }

    /// Objects that a search by their own vector does not find.
    pub(crate) fn lost(&self) -> Vec<String> {
        match &self.shared.backend {
            Backend::Strict(store) => store.lock().unwrap().unindexed(&self.collection),
            Backend::Real(real) => real.lost(&self.collection),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.is_real() {
            self.ask("DELETE", &format!("/v1/aliases/{}", self.collection), &Value::Null);
            let (_, schema) = self.ask("GET", "/v1/schema", &Value::Null);
            for class in schema["classes"].as_array().unwrap() {
                let name = class["class"].as_str().unwrap();
                if name == self.collection || name.starts_with(&format!("{}_", self.collection)) {
                    self.ask("DELETE", &format!("/v1/schema/{name}"), &Value::Null);
                }
            }
        }
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn accept(self: Arc<Shared>, listener: TcpListener, address: SocketAddr) {
        let mut listener = Some(listener);
        while !self.stop.load(Ordering::Relaxed) {
            let gone_until = *self.gone_until.lock().unwrap();
            if gone_until.is_some_and(|until| Instant::now() < until) {
                listener = None;
                thread::sleep(Duration::from_millis(1));
                continue;
            }
            let listener = listener.get_or_insert_with(|| TcpListener::bind(address).unwrap());
            listener.set_nonblocking(true).unwrap();
            match listener.accept() {
                Ok((connection, _)) => {
                    connection.set_nonblocking(false).unwrap();
                    self.connections.lock().unwrap().push(connection.try_clone().unwrap());
                    let shared = Arc::clone(&self);
                    thread::spawn(move || shared.serve(connection));
                }
                Err(_) => thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// Answers one request after the other, until the connection ends.
    fn serve(&self, mut connection: TcpStream) {
        while let Some(head) = http::read_head(&mut connection) {
            // Puts and deletions.
            let is_batch = head.path.starts_with("/v1/batch/objects");
            let fault = if is_batch {
                self.batches.fetch_add(1, Ordering::Relaxed);
                self.script.lock().unwrap().pop_front().unwrap_or(Fault::None)
            } else {
                Fault::None
            };
            if matches!(fault, Fault::CutRequest) {
                http::read_some(&mut connection, head.content_length / 2);
                return;
            }
            let Some(request) = read_request(&mut connection, head) else {
                return;
            };
            if self.play(fault, &request, &mut connection).is_none() {
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
                *self.gone_until.lock().unwrap() = Some(Instant::now() + time);
                for connection in self.connections.lock().unwrap().drain(..) {
                    let _ = connection.shutdown(std::net::Shutdown::Both);
                }
                None
            }
        }
    }

    fn unless_poisoned(&self, request: &Request) -> (u16, String) {
        let poison = self.poison.lock().unwrap().clone();
        let text = String::from_utf8_lossy(&request.body);
        if request.path.starts_with("/v1/batch") && poison.is_some_and(|poison| text.contains(&poison)) {
            return (
                422,
                r#"{"code":601,"message":"objects.3.id in body must be of type uuid"}"#.to_string(),
            );
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
