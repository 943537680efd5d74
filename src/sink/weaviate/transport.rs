//! How objects get to the server. What comes in: objects; what goes out: what became of a request with them. It sends
//! once and never waits for another try: see `push`.

use std::fmt::Debug;

use bytes::Bytes;
use reqwest::{Method, Url};

use super::address::Address;
use super::grpc::Grpc;
use super::object::{batch_body, encode, nudged_batch_body};
use super::retry::{RetryAction, batch_action};
use crate::document::Object;
use crate::sink::SinkError;
use crate::sink::access::{Access, GrpcUse};
use crate::sink::rest::Rest;
use crate::sink::state::Encoded;

/// One of the server's two interfaces for objects.
pub(super) trait Transport: Debug + Send + Sync {
    /// An object as this interface takes it.
    fn encode(&self, object: &Object) -> Bytes;

    /// Puts objects with one request; with a `nudge`, with vectors that differ a little from their own, and from those
    /// of another nudge.
    fn put(&self, objects: &[&Encoded], nudge: Option<u32>) -> RetryAction;
}

/// `POST /v1/batch/objects`.
#[derive(Debug)]
pub(super) struct RestTransport {
    rest: Rest,
    path: String,
    collection: String,
    tenant: Option<String>,
}

impl RestTransport {
    pub(super) fn new(rest: &Rest, address: &Address, collection: &str) -> RestTransport {
        let level = address
            .consistency
            .map(|level| format!("?consistency_level={}", level.name()));
        RestTransport {
            rest: rest.clone(),
            path: format!("/v1/batch/objects{}", level.unwrap_or_default()),
            collection: collection.to_string(),
            tenant: address.tenant.clone(),
        }
    }
}

impl Transport for RestTransport {
    fn encode(&self, object: &Object) -> Bytes {
        encode(object, &self.collection, self.tenant.as_deref())
    }

    fn put(&self, objects: &[&Encoded], nudge: Option<u32>) -> RetryAction {
        let body = match nudge {
            None => batch_body(objects),
            Some(attempt) => nudged_batch_body(objects, attempt),
        };
        let exchange = self.rest.send(Method::POST, &self.path, body);
        batch_action(&exchange, objects.len())
    }
}

/// Takes gRPC where it answers: its vectors are raw bytes, and its answers name only what failed.
pub(super) fn choose(
    rest: &Rest,
    address: &Address,
    collection: &str,
    access: &Access,
) -> Result<Box<dyn Transport>, SinkError> {
    let by_rest = || Box::new(RestTransport::new(rest, address, collection));
    let open = |url: &str| {
        let grpc = Grpc::open(url, address, collection, access)?;
        tracing::info!(%url, "days go by gRPC");
        Ok::<_, String>(grpc)
    };
    match &access.grpc {
        GrpcUse::Off => Ok(by_rest()),
        GrpcUse::At(url) => match open(url) {
            Ok(grpc) => Ok(Box::new(grpc)),
            Err(problem) => Err(SinkError::Server {
                url: url.clone(),
                problem,
                remedy: "correct WEAVIATE_GRPC_URL, or set it to `off` for REST".to_string(),
            }),
        },
        GrpcUse::WhereItAnswers => match usual_url(address).map(|url| open(&url)) {
            Some(Ok(grpc)) => Ok(Box::new(grpc)),
            Some(Err(reason)) => {
                tracing::info!(%reason, "gRPC does not answer, so days go by REST; WEAVIATE_GRPC_URL names its address");
                Ok(by_rest())
            }
            None => {
                tracing::info!("days go by REST; WEAVIATE_GRPC_URL names the address of gRPC, which is faster");
                Ok(by_rest())
            }
        },
    }
}

/// Port 50051 beside port 8080, as Weaviate's own clients assume. Beside any other port there may be the gRPC of another
/// server.
fn usual_url(address: &Address) -> Option<String> {
    let mut url = Url::parse(&address.server).ok()?;
    if url.port() != Some(8080) || url.path() != "/" {
        return None;
    }
    url.set_port(Some(50051)).ok()?;
    Some(url.as_str().trim_end_matches('/').to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_is_looked_for_beside_the_usual_port_only() {
        let usual = |text: &str| usual_url(&text.parse().unwrap());
        assert_eq!(
            usual("http://localhost:8080/Days").as_deref(),
            Some("http://localhost:50051")
        );
        assert_eq!(usual("http://[::1]:8080").as_deref(), Some("http://[::1]:50051"));
        for other in [
            "http://localhost:8081",
            "https://cluster.example",
            "http://h:8080/prefix/Days",
        ] {
            assert_eq!(usual(other), None, "{other}");
        }
    }
}
