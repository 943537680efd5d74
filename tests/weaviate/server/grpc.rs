//! The front's gRPC face: HTTP/2 by hyper, frames and trailers by hand, so that it can do what no gRPC library would.

use std::convert::Infallible;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Channel, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};

use super::batch;
use super::{Backend, Fault, POISONED, Shared};

type Answer = Response<BoxBody<Bytes, Infallible>>;

/// A status that is not OK: code, message, seconds to wait.
pub(super) struct Refusal {
    code: u32,
    message: String,
    retry_after: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(code: u32, message: impl Into<String>) -> Refusal {
        Refusal {
            code,
            message: message.into(),
            retry_after: None,
        }
    }
}

/// Opens the face; it ends with the front.
pub(super) fn start(shared: Arc<Shared>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        shared.accept(listener, address, |connection| {
            connection.set_nonblocking(true).unwrap();
            runtime.spawn(serve(Arc::clone(&shared), connection));
        });
        runtime.shutdown_background();
    });
    address
}

async fn serve(shared: Arc<Shared>, connection: TcpStream) {
    let socket = Arc::new(connection.try_clone().unwrap());
    let stream = tokio::net::TcpStream::from_std(connection).unwrap();
    let service = service_fn(move |request| {
        let (shared, socket) = (Arc::clone(&shared), Arc::clone(&socket));
        async move { answer(shared, socket, request).await.ok_or("the connection is cut") }
    });
    let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    // A client that goes away is no trouble of the server's.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

/// `None` where the connection was cut.
async fn answer(shared: Arc<Shared>, socket: Arc<TcpStream>, mut request: Request<Incoming>) -> Option<Answer> {
    let path = request.uri().path().to_string();
    let fault = match &*path {
        "/weaviate.v1.Weaviate/BatchObjects" => shared.next_fault(),
        _ => Fault::None,
    };
    if matches!(fault, Fault::CutRequest) {
        let _part = request.body_mut().frame().await;
        socket.shutdown(Shutdown::Both).unwrap();
        return None;
    }
    let body = request.into_body().collect().await.ok()?.to_bytes();
    let message = message(&body);
    // What the front does takes locks and time.
    let worker = tokio::task::spawn_blocking(move || match &*path {
        "/grpc.health.v1.Health/Check" => Some(reply(vec![1 << 3, 1])),
        "/weaviate.v1.Weaviate/Aggregate" => Some(whole(shared.backend.knows(&message))),
        "/weaviate.v1.Weaviate/BatchObjects" => shared.play_grpc(fault, &message, &socket),
        other => Some(refuse(&Refusal::new(12, format!("unknown method {other}")))),
    });
    worker.await.unwrap()
}

/// The one message of a call: a byte that says it is not compressed, its length, itself.
fn message(body: &[u8]) -> Vec<u8> {
    let length = u32::from_be_bytes(body[1..5].try_into().unwrap()) as usize;
    assert!(body[0] == 0 && body.len() == 5 + length, "not one uncompressed message");
    body[5..].to_vec()
}

fn frame(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap();
    [&[0], &length.to_be_bytes()[..], message].concat().into()
}

fn response(body: BoxBody<Bytes, Infallible>) -> Answer {
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

fn reply(message: Vec<u8>) -> Answer {
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static("0"))]);
    response(
        Full::new(frame(&message))
            .with_trailers(async { Some(Ok(trailers)) })
            .boxed(),
    )
}

fn refuse(refusal: &Refusal) -> Answer {
    let mut answer = response(Full::default().boxed());
    let headers = answer.headers_mut();
    headers.insert("grpc-status", refusal.code.into());
    let text: String = refusal.message.bytes().map(percent_encoded).collect();
    headers.insert("grpc-message", text.parse().unwrap());
    if let Some(seconds) = refusal.retry_after {
        headers.insert("retry-after", HeaderValue::from_static(seconds));
    }
    answer
}

fn percent_encoded(byte: u8) -> String {
    match byte {
        b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

fn whole(outcome: Result<Vec<u8>, Refusal>) -> Answer {
    outcome.map_or_else(|refusal| refuse(&refusal), reply)
}

/// What stands for an answer of HTTP: Weaviate's own refusals have their codes, a gateway's stay what they are.
fn refused_as(status: u16, retry_after: Option<&'static str>, body: &str) -> Answer {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let message = value["message"]
        .as_str()
        .or(value["error"][0]["message"].as_str())
        .unwrap_or(body);
    let is_quota = body.contains("USAGE_LIMIT_EXCEEDED");
    let code = match status {
        401 => 16,
        403 => 7,
        422 => 3,
        429 if is_quota || retry_after.is_some() => 8,
        500 if message.is_empty() => 13,
        500 => 2,
        503 => 14,
        _ => {
            let mut gateway = Response::new(Full::from(body.to_string()).boxed());
            *gateway.status_mut() = status.try_into().unwrap();
            return gateway;
        }
    };
    refuse(&Refusal {
        code,
        message: if is_quota {
            body.to_string()
        } else {
            message.to_string()
        },
        retry_after,
    })
}

impl Backend {
    /// Whether the collection of an `AggregateRequest` is there.
    fn knows(&self, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        let store = match self {
            Backend::Strict(store) => store,
            Backend::Real(real) => return real.call("/weaviate.v1.Weaviate/Aggregate", message),
        };
        let fields = super::wire::fields(message).map_err(|error| Refusal::new(13, error))?;
        let name = fields
            .iter()
            .find(|(number, _)| *number == 1)
            .map(|(_, name)| name.text().unwrap());
        match name.is_some_and(|name| store.lock().unwrap().collection(&name).is_some()) {
            true => Ok(Vec::new()),
            false => Err(Refusal::new(2, "could not find class in schema")),
        }
    }

    /// Puts encoded objects; position and reason of each that failed.
    fn batch(&self, objects: &[&[u8]]) -> Result<Vec<(usize, String)>, Refusal> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Backend::Real(real) => {
                let request = batch::request(objects.iter().copied());
                let reply = real.call("/weaviate.v1.Weaviate/BatchObjects", &request)?;
                Ok(batch::errors(&reply))
            }
            Backend::Strict(store) => {
                let objects: Result<Vec<Value>, String> = objects.iter().map(|object| batch::object(object)).collect();
                let objects = objects.map_err(|error| Refusal::new(13, error))?;
                let answers = store.lock().unwrap().put(&json!({"objects": objects}));
                let answers = answers.map_err(|(_, message)| Refusal::new(3, message))?;
                let failed = |(index, answer): (usize, &Value)| {
                    let message = answer["result"]["errors"]["error"][0]["message"].as_str()?;
                    Some((index, message.to_string()))
                };
                Ok(answers
                    .as_array()
                    .unwrap()
                    .iter()
                    .enumerate()
                    .filter_map(failed)
                    .collect())
            }
        }
    }
}

impl Shared {
    fn play_grpc(&self, fault: Fault, request: &[u8], socket: &TcpStream) -> Option<Answer> {
        let objects = match batch::objects(request) {
            Ok(objects) => objects,
            Err(error) => return Some(refuse(&Refusal::new(13, error))),
        };
        let done = || {
            let errors = self.backend.batch(&objects)?;
            Ok(batch::reply(errors.iter().map(|(index, message)| (*index, &**message))))
        };
        let cut = || {
            // Without an error: the connection may be gone already.
            let _ = socket.shutdown(Shutdown::Both);
        };
        match fault {
            Fault::None if self.is_poisoned(request) => Some(refuse(&Refusal::new(3, POISONED))),
            Fault::None => Some(whole(done())),
            Fault::Answer(status, retry_after, body) => Some(refused_as(status, retry_after, body)),
            Fault::Garbled(body) => {
                whole(done());
                Some(reply(body.as_bytes().to_vec()))
            }
            Fault::CutAnswer => {
                whole(done());
                Some(begun(socket.try_clone().unwrap()))
            }
            Fault::CutRequest => None,
            Fault::HalfDone(rows) => {
                whole(self.half_grpc(&objects, rows));
                cut();
                None
            }
            Fault::Slow(delay) => {
                let answer = whole(done());
                thread::sleep(delay);
                Some(answer)
            }
            Fault::Dripping => {
                whole(done());
                Some(dripping())
            }
            Fault::Rows(rows, message) => Some(whole(self.rows_grpc(&objects, &rows, message))),
            Fault::AllRows(message) => {
                let all: Vec<usize> = (0..objects.len()).collect();
                Some(whole(self.rows_grpc(&objects, &all, message)))
            }
            Fault::LostVectors => {
                objects.iter().for_each(|object| self.store_unindexed(object));
                Some(reply(batch::reply([])))
            }
            Fault::Gone(time) => {
                self.go_away(time);
                None
            }
        }
    }

    fn store_unindexed(&self, object: &[u8]) {
        if let Backend::Strict(store) = &self.backend {
            store.lock().unwrap().store_unindexed(&batch::object(object).unwrap());
        }
    }

    /// The first rows are done, the next is stored without its vector in the index, the rest is lost.
    fn half_grpc(&self, objects: &[&[u8]], rows: usize) -> Result<Vec<u8>, Refusal> {
        self.backend.batch(&objects[..objects.len().min(rows)])?;
        objects
            .get(rows)
            .into_iter()
            .for_each(|next| self.store_unindexed(next));
        Ok(Vec::new())
    }

    fn rows_grpc(&self, objects: &[&[u8]], failing: &[usize], message: &str) -> Result<Vec<u8>, Refusal> {
        let kept: Vec<usize> = (0..objects.len()).filter(|index| !failing.contains(index)).collect();
        let sent: Vec<&[u8]> = kept.iter().map(|index| objects[*index]).collect();
        let failed = self.backend.batch(&sent)?;
        let of_backend = failed.iter().map(|(index, message)| (kept[*index], &**message));
        let of_script = failing
            .iter()
            .filter(|index| **index < objects.len())
            .map(|index| (*index, message));
        Ok(batch::reply(of_backend.chain(of_script)))
    }
}

/// An answer that begins, and a connection that breaks before its end.
fn begun(socket: TcpStream) -> Answer {
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        let half = Bytes::from_static(&[0, 0, 0, 0, 9, 1]);
        let _ = sender.send_data(half).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let _ = socket.shutdown(Shutdown::Both);
    });
    response(body.boxed())
}

/// An answer that never ends.
fn dripping() -> Answer {
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        let _ = sender.send_data(Bytes::from_static(&[0, 0x40, 0, 0, 0])).await;
        while sender.send_data(Bytes::from_static(&[0])).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    response(body.boxed())
}
