//! A Weaviate to test against: the strict one of `store.rs`, or a real one, behind a front that fails by script.

mod batch;
mod graphql;
mod grpc;
mod http;
mod query;
mod real;
mod rest;
mod store;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use http::Request;
use real::Real;
use store::Store;
use vitalvec::sink::GrpcUse;

/// What is said of a batch in which one object spoils all.
const POISONED: &str = "objects.3.id in body must be of type uuid";

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
    /// The gRPC face, in a server whose objects come that way.
    grpc: Option<SocketAddr>,
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
    /// A strict server that is asked over REST.
    pub(crate) fn strict() -> Server {
        Server::start(Backend::Strict(Mutex::default()))
    }

    /// Strict servers, one for each of the two ways for objects.
    pub(crate) fn strict_both() -> Vec<Server> {
        vec![Server::strict(), Server::strict().with_grpc()]
    }

    /// The servers to run a test against: the strict one and a real one if there is one, over REST and gRPC each.
    pub(crate) fn all() -> Vec<Server> {
        let mut servers = Server::strict_both();
        let variable = |name| std::env::var(name).map_err(|_| format!("{name} is not set"));
        match variable("WEAVIATE_URL") {
            Ok(url) => servers.push(Server::start(Backend::Real(Real::new(&url)))),
            Err(reason) => println!("not run against a real server: {reason}"),
        }
        match variable("WEAVIATE_URL").and_then(|url| Ok((url, variable("WEAVIATE_GRPC_URL")?))) {
            Ok((url, grpc)) => {
                servers.push(Server::start(Backend::Real(Real::new(&url).with_grpc(&grpc))).with_grpc());
            }
            Err(reason) => println!("not run against a real server over gRPC: {reason}"),
        }
        servers
    }

    fn with_grpc(mut self) -> Server {
        self.grpc = Some(grpc::start(Arc::clone(&self.shared)));
        self
    }

    /// The way that objects are to take to it.
    pub(crate) fn grpc_use(&self) -> GrpcUse {
        self.grpc
            .map_or(GrpcUse::Off, |address| GrpcUse::At(format!("http://{address}")))
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
        thread::spawn(move || {
            accepting.accept(listener, address, |connection| {
                connection.set_nonblocking(false).unwrap();
                let shared = Arc::clone(&accepting);
                thread::spawn(move || shared.serve(connection));
            });
        });
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let collection = format!("Test_{}_{number}", std::process::id());
        Server {
            address,
            grpc: None,
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

    /// The same for a program of its own, whatever this one's environment says.
    pub(crate) fn grpc_variable(&self) -> (&'static str, String) {
        let url = match self.grpc_use() {
            GrpcUse::At(url) => url,
            _ => "off".to_string(),
        };
        ("WEAVIATE_GRPC_URL", url)
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
    /// Takes connections, but while the server is gone.
    fn accept(&self, listener: TcpListener, address: SocketAddr, mut serve: impl FnMut(TcpStream)) {
        let mut listener = Some(listener);
        while !self.stop.load(Ordering::Relaxed) {
            if self.is_gone() {
                listener = None;
                thread::sleep(Duration::from_millis(1));
                continue;
            }
            let listener = listener.get_or_insert_with(|| TcpListener::bind(address).unwrap());
            listener.set_nonblocking(true).unwrap();
            match listener.accept() {
                Ok((connection, _)) => {
                    self.connections.lock().unwrap().push(connection.try_clone().unwrap());
                    // It may have gone since; if it goes after this, it cuts this connection itself.
                    match self.is_gone() {
                        true => drop(connection.shutdown(std::net::Shutdown::Both)),
                        false => serve(connection),
                    }
                }
                Err(_) => thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    fn is_gone(&self) -> bool {
        let gone_until = *self.gone_until.lock().unwrap();
        gone_until.is_some_and(|until| Instant::now() < until)
    }

    /// What happens to a batch that arrived.
    fn next_fault(&self) -> Fault {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.script.lock().unwrap().pop_front().unwrap_or(Fault::None)
    }

    fn go_away(&self, time: Duration) {
        *self.gone_until.lock().unwrap() = Some(Instant::now() + time);
        for connection in self.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(std::net::Shutdown::Both);
        }
    }

    fn is_poisoned(&self, body: &[u8]) -> bool {
        let poison = self.poison.lock().unwrap();
        let is_in_body = |poison: &String| body.windows(poison.len()).any(|window| window == poison.as_bytes());
        poison.as_ref().is_some_and(is_in_body)
    }
}
