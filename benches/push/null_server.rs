//! A Weaviate that reads what it gets and forgets it: as much of its REST and gRPC as pushing needs.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::wire::{Field, fields};

type Answer = Response<BoxBody<Bytes, Infallible>>;

/// What it read, in sums that do not depend on the order.
#[derive(Clone, Copy, Default)]
struct Sums {
    objects: u64,
    /// Bytes of the ids and bits of the vectors' numbers.
    content: u64,
    properties: u64,
}

impl Sums {
    fn object(id: &[u8], bits: impl Iterator<Item = u32>, properties: usize) -> Sums {
        let of_id = id
            .iter()
            .fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        Sums {
            objects: 1,
            content: bits.fold(of_id, |sum, bits| sum.wrapping_add(u64::from(bits))),
            properties: properties as u64,
        }
    }

    fn add(&mut self, other: Sums) {
        self.objects += other.objects;
        self.content = self.content.wrapping_add(other.content);
        self.properties += other.properties;
    }
}

#[derive(Default)]
struct State {
    sums: Mutex<Sums>,
    collection: Mutex<Option<Bytes>>,
}

/// Names its two ports, and serves until it is ended.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime can be made").block_on(async {
        let state = Arc::new(State::default());
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        let rest = TcpListener::bind(any).await.expect("a port is free");
        let grpc = TcpListener::bind(any).await.expect("a port is free");
        let port = |listener: &TcpListener| listener.local_addr().map_or(0, |address| address.port());
        println!("{} {}", port(&rest), port(&grpc));
        tokio::spawn(serve_grpc(grpc, Arc::clone(&state)));
        serve_rest(rest, state).await;
    });
}

async fn serve_rest(listener: TcpListener, state: Arc<State>) {
    while let Ok((connection, _)) = listener.accept().await {
        // As servers do; without it an answer of several small writes waits 40 ms for the other side.
        connection.set_nodelay(true).expect("a socket takes this option");
        let state = Arc::clone(&state);
        let service = service_fn(move |request| rest(Arc::clone(&state), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
    }
}

async fn serve_grpc(listener: TcpListener, state: Arc<State>) {
    while let Ok((connection, _)) = listener.accept().await {
        // As servers do; without it an answer of several small writes waits 40 ms for the other side.
        connection.set_nodelay(true).expect("a socket takes this option");
        let state = Arc::clone(&state);
        let service = service_fn(move |request| grpc(Arc::clone(&state), request));
        let server = http2::Builder::new(TokioExecutor::new());
        tokio::spawn(server.serve_connection(TokioIo::new(connection), service));
    }
}

async fn rest(state: Arc<State>, request: Request<Incoming>) -> Result<Answer, hyper::Error> {
    let (method, path) = (request.method().clone(), request.uri().path().to_string());
    let body = request.into_body().collect().await?.to_bytes();
    let answer = match (method, &*path) {
        (Method::GET, "/read") => {
            let Sums {
                objects,
                content,
                properties,
            } = *lock(&state.sums);
            Some(format!("{objects} objects with {properties} properties, checksum {content:x}").into())
        }
        (Method::GET, "/v1/.well-known/ready") => Some(Bytes::new()),
        (Method::GET, "/v1/meta") => Some(
            json!({"version": "1.39.0", "grpcMaxMessageSize": 104_858_000})
                .to_string()
                .into(),
        ),
        (Method::POST, "/v1/schema") => {
            *lock(&state.collection) = Some(body.clone());
            Some(body)
        }
        (Method::GET, "/v1/schema/HealthDay") => lock(&state.collection).clone(),
        (Method::POST, "/v1/batch/objects") => Some(read_json(&state, &body)),
        _ => None,
    };
    let mut response = Response::new(Full::from(answer.clone().unwrap_or_default()).boxed());
    if answer.is_none() {
        *response.status_mut() = hyper::StatusCode::NOT_FOUND;
    }
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics while it holds this")
}

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    objects: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Object<'a> {
    id: &'a str,
    properties: Map<String, Value>,
    vectors: Vectors,
}

#[derive(Deserialize)]
struct Vectors {
    default: Vec<f32>,
}

/// Weaviate repeats each object in its answer.
fn read_json(state: &State, body: &[u8]) -> Bytes {
    let batch: Batch<'_> = serde_json::from_slice(body).expect("a batch is JSON");
    let mut sums = Sums::default();
    let mut answer = b"[".to_vec();
    for (index, raw) in batch.objects.iter().enumerate() {
        let object: Object<'_> = serde_json::from_str(raw.get()).expect("an object is JSON");
        let bits = object.vectors.default.iter().map(|number| number.to_bits());
        sums.add(Sums::object(object.id.as_bytes(), bits, object.properties.len()));
        answer.extend_from_slice(if index == 0 { b"" } else { b"," });
        answer.extend_from_slice(raw.get().trim_end_matches('}').as_bytes());
        answer.extend_from_slice(br#"},"result":{"status":"SUCCESS"}}"#);
    }
    answer.push(b']');
    lock(&state.sums).add(sums);
    answer.into()
}

async fn grpc(state: Arc<State>, request: Request<Incoming>) -> Result<Answer, hyper::Error> {
    let path = request.uri().path().to_string();
    let body = request.into_body().collect().await?.to_bytes();
    let message = match &*path {
        "/grpc.health.v1.Health/Check" => vec![1 << 3, 1],
        "/weaviate.v1.Weaviate/BatchObjects" => {
            let sums = read_messages(&body[5..]).expect("a batch is of its kind");
            lock(&state.sums).add(sums);
            Vec::new()
        }
        _ => Vec::new(),
    };
    let frame = [&[0, 0, 0, 0, message.len() as u8], &message[..]].concat();
    let trailers = HeaderMap::from_iter([(
        hyper::header::HeaderName::from_static("grpc-status"),
        HeaderValue::from_static("0"),
    )]);
    let mut response = Response::new(Full::from(frame).with_trailers(async { Some(Ok(trailers)) }).boxed());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    Ok(response)
}

fn read_messages(request: &[u8]) -> Result<Sums, String> {
    let mut sums = Sums::default();
    for (number, object) in fields(request)? {
        if number == 1 {
            sums.add(read_message(object.bytes()?)?);
        }
    }
    Ok(sums)
}

fn read_message(object: &[u8]) -> Result<Sums, String> {
    let (mut id, mut properties, mut vector) = (&[][..], 0, &[][..]);
    for (number, field) in fields(object)? {
        match number {
            1 => id = field.bytes()?,
            3 => properties = count(field.bytes()?)?,
            23 => vector = part(field.bytes()?, 3)?,
            _ => {}
        }
    }
    let (floats, _) = vector.as_chunks::<4>();
    Ok(Sums::object(
        id,
        floats.iter().map(|float| f32::from_le_bytes(*float).to_bits()),
        properties,
    ))
}

/// Single values stand in one message; each list is one of its own.
fn count(properties: &[u8]) -> Result<usize, String> {
    let mut count = 0;
    for (number, field) in fields(properties)? {
        count += match number {
            1 => fields(field.bytes()?)?.len(),
            _ => 1,
        };
    }
    Ok(count)
}

fn part(message: &[u8], wanted: u64) -> Result<&[u8], String> {
    let found = fields(message)?.into_iter().find(|(number, _)| *number == wanted);
    found.map_or(Ok(&[]), |(_, field): (u64, Field<'_>)| field.bytes())
}
