//! Weaviate's gRPC interface, for batches of objects. What comes in: encoded objects; what goes out: what became of them.
//! It sends once; the rest of this program waits in threads, so calls do, too.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use tokio::runtime::Runtime;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, ConnectError, Request, Status};
use tonic_prost::ProstCodec;

use super::address::{Address, Consistency};
use super::message::{BatchReply, BatchRequest, CountReply, CountRequest, HealthReply, HealthRequest, SERVING};
use super::message::{encode, nudged};
use super::retry::{RetryAction, Row, failed_row};
use super::transport::Transport;
use crate::document::Object;
use crate::sink::access::Access;
use crate::sink::rest::innermost;
use crate::sink::state::Encoded;

/// A reply names each row that failed, with a reason; 8 KiB for each of a full request's.
const LONGEST_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// A port that somebody only guessed must not hold up a run.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// A client of one collection.
#[derive(Debug)]
pub(super) struct Grpc {
    runtime: Runtime,
    channel: Channel,
    metadata: MetadataMap,
    answer_timeout: Duration,
    collection: String,
    tenant: Option<String>,
    consistency: Option<i32>,
}

impl Grpc {
    /// Connects, and finds out whether the server is well, takes the key and knows the collection; else what is wrong.
    pub(super) fn open(url: &str, address: &Address, collection: &str, access: &Access) -> Result<Grpc, String> {
        let mut endpoint = Endpoint::from_shared(url.to_string())
            .map_err(|error| format!("`{url}` is no URL ({})", innermost(&error)))?
            .connect_timeout(access.timing.connect)
            .tcp_nodelay(true);
        if url.starts_with("https://") {
            let tls = ClientTlsConfig::new().with_native_roots();
            endpoint = endpoint.tls_config(tls).map_err(|error| innermost(&error))?;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("grpc")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let entered = runtime.enter();
        let channel = endpoint.connect_lazy();
        drop(entered);
        let grpc = Grpc {
            runtime,
            channel,
            metadata: metadata(access)?,
            answer_timeout: access.timing.answer,
            collection: collection.to_string(),
            tenant: address.tenant.clone(),
            consistency: address.consistency.map(number),
        };
        grpc.check()?;
        Ok(grpc)
    }

    fn check(&self) -> Result<(), String> {
        let health: HealthReply = self
            .call("/grpc.health.v1.Health/Check", HealthRequest {}, PROBE_TIMEOUT)
            .map_err(|status| described(&status))?;
        if health.status != SERVING {
            return Err(format!("its health is {}, not {SERVING} (serving)", health.status));
        }
        let count = CountRequest {
            collection: self.collection.clone(),
            tenant: self.tenant.clone().unwrap_or_default(),
            objects_count: true,
        };
        match self.call::<_, CountReply>("/weaviate.v1.Weaviate/Aggregate", count, PROBE_TIMEOUT) {
            // A tenant is made with its first object.
            Err(status) if self.tenant.is_some() && status.message().contains("tenant not found") => Ok(()),
            answer => answer.map(drop).map_err(|status| described(&status)),
        }
    }

    /// One request and its whole answer.
    fn call<Q, A>(&self, path: &'static str, message: Q, timeout: Duration) -> Result<A, Status>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let mut client = tonic::client::Grpc::new(self.channel.clone()).max_decoding_message_size(LONGEST_ANSWER_BYTES);
        let mut request = Request::new(message);
        *request.metadata_mut() = self.metadata.clone();
        let exchange = async {
            client.ready().await.map_err(|error| Status::from_error(error.into()))?;
            let codec = ProstCodec::<Q, A>::default();
            client.unary(request, PathAndQuery::from_static(path), codec).await
        };
        let answer = self
            .runtime
            .block_on(async { tokio::time::timeout(timeout, exchange).await });
        match answer {
            Ok(answer) => answer.map(tonic::Response::into_inner),
            Err(_) => Err(Status::deadline_exceeded(format!(
                "no whole answer within {} s",
                timeout.as_secs_f64()
            ))),
        }
    }
}

impl Transport for Grpc {
    fn encode(&self, object: &Object) -> Bytes {
        encode(object, &self.collection, self.tenant.as_deref())
    }

    fn put(&self, objects: &[&Encoded], nudge: Option<u32>) -> RetryAction {
        let as_sent = |object: &&Encoded| match nudge {
            None => object.body.clone(),
            Some(attempt) => nudged(&object.body, attempt),
        };
        let request = BatchRequest {
            objects: objects.iter().map(as_sent).collect(),
            consistency: self.consistency,
        };
        match self.call("/weaviate.v1.Weaviate/BatchObjects", request, self.answer_timeout) {
            Ok(reply) => reply_action(reply, objects.len()),
            Err(status) => status_action(&status),
        }
    }
}

/// `ConsistencyLevel`.
fn number(level: Consistency) -> i32 {
    match level {
        Consistency::One => 1,
        Consistency::Quorum => 2,
        Consistency::All => 3,
    }
}

/// The key and the headers of a gateway. Their values show in no log.
fn metadata(access: &Access) -> Result<MetadataMap, String> {
    let mut metadata = MetadataMap::new();
    let key = access
        .api_key
        .iter()
        .map(|key| ("authorization", format!("Bearer {}", key.reveal())));
    let headers = access
        .headers
        .iter()
        .map(|(name, value)| (&**name, value.reveal().to_string()));
    for (name, value) in key.chain(headers) {
        let wrong = || format!("the header `{name}` holds characters that no header may have");
        let key = MetadataKey::<Ascii>::from_bytes(name.to_ascii_lowercase().as_bytes()).map_err(|_| wrong())?;
        let mut value: MetadataValue<Ascii> = value.parse().map_err(|_| wrong())?;
        value.set_sensitive(true);
        metadata.insert(key, value);
    }
    Ok(metadata)
}

const RIGHTS: &str = "the key needs the rights to create and update objects of this collection";

/// The fate of each object: what the reply does not name is stored.
fn reply_action(reply: BatchReply, objects: usize) -> RetryAction {
    let mut rows = vec![Row::Stored; objects];
    for error in reply.errors {
        // Over REST this is an answer of its own.
        if error.error.contains("insufficient permissions") {
            return RetryAction::GiveUp {
                problem: error.error,
                remedy: RIGHTS,
            };
        }
        match usize::try_from(error.index).ok().and_then(|index| rows.get_mut(index)) {
            Some(row) => *row = failed_row(error.error),
            None => return RetryAction::Unclear(format!("an error for object {} of {objects}", error.index)),
        }
    }
    RetryAction::Rows(rows)
}

/// What a failed call came to. Only the server's own words say that nothing was done, and only some of them.
fn status_action(status: &Status) -> RetryAction {
    let reason = described(status);
    if source::<ConnectError>(status) {
        return RetryAction::Again { reason, after: None };
    }
    // A status with a cause is made on this side: the connection broke.
    if status.source().is_some() {
        return RetryAction::Unclear(reason);
    }
    let after = retry_after(status);
    let give_up = |remedy| RetryAction::GiveUp {
        problem: reason.clone(),
        remedy,
    };
    match status.code() {
        Code::Unauthenticated => give_up("put a valid key into WEAVIATE_API_KEY"),
        Code::PermissionDenied => give_up(RIGHTS),
        Code::Unimplemented => give_up("check that WEAVIATE_GRPC_URL is that of a Weaviate server"),
        Code::FailedPrecondition => give_up("the server does not allow this; its administrator can"),
        Code::ResourceExhausted if is_quota(status) => {
            give_up("the server's quota is used up, and waiting does not help; raise it or remove objects")
        }
        // A message that is too long for the server, or for a gateway before it.
        Code::ResourceExhausted if after.is_none() => RetryAction::Split(reason),
        Code::ResourceExhausted => RetryAction::Again { reason, after },
        Code::InvalidArgument | Code::OutOfRange => RetryAction::Split(reason),
        Code::Unavailable => RetryAction::Pause { reason, after },
        Code::Unknown if reason.contains("not enough memory") => RetryAction::Pause { reason, after },
        _ => RetryAction::Unclear(reason),
    }
}

/// The reason of an `ErrorInfo` stands in the details as it is.
fn is_quota(status: &Status) -> bool {
    const QUOTA: &[u8] = b"USAGE_LIMIT_EXCEEDED";
    let in_details = status.details().windows(QUOTA.len()).any(|window| window == QUOTA);
    in_details || status.message().contains("USAGE_LIMIT_EXCEEDED")
}

/// Gateways send HTTP's header, in seconds; gRPC has one of its own, in milliseconds (proposal A6).
fn retry_after(status: &Status) -> Option<Duration> {
    let number = |name: &str| status.metadata().get(name)?.to_str().ok()?.trim().parse().ok();
    let seconds = number("retry-after").map(Duration::from_secs);
    seconds.or_else(|| number("grpc-retry-pushback-ms").map(Duration::from_millis))
}

fn described(status: &Status) -> String {
    match status.source() {
        Some(cause) => format!("gRPC: {}", innermost(cause)),
        None => format!("gRPC {:?}: {}", status.code(), status.message()),
    }
}

fn source<T: Error + 'static>(status: &Status) -> bool {
    let mut cause = status.source();
    while let Some(error) = cause {
        if error.is::<T>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use tonic::metadata::MetadataMap;

    use super::super::message::BatchError;
    use super::*;

    #[test]
    fn what_a_reply_does_not_name_is_stored() {
        let error = |index, error: &str| BatchError {
            index,
            error: error.to_string(),
        };
        let reply = |errors| reply_action(BatchReply { errors }, 3);
        let rows = |action| match action {
            RetryAction::Rows(rows) => rows,
            other => panic!("{other:?}"),
        };
        assert_eq!(rows(reply(vec![])), [Row::Stored, Row::Stored, Row::Stored]);
        let two = vec![
            error(2, "not a string, but"),
            error(0, "store is read-only due to: disk"),
        ];
        let two = rows(reply(two));
        assert!(
            matches!(two[..], [Row::Wait(_), Row::Stored, Row::Refused(_)]),
            "{two:?}"
        );
        assert!(matches!(rows(reply(vec![error(1, "")]))[1], Row::Again(_)));
        for index in [3, -1] {
            assert!(matches!(reply(vec![error(index, "x")]), RetryAction::Unclear(_)));
        }
        let forbidden = "rbac: authorization, forbidden action: user 'u' has insufficient permissions to create_data";
        assert!(matches!(reply(vec![error(0, forbidden)]), RetryAction::GiveUp { .. }));
    }

    #[test]
    fn each_status_has_its_action() {
        let action = |code, message: &str| status_action(&Status::new(code, message));
        for code in [
            Code::Unauthenticated,
            Code::PermissionDenied,
            Code::Unimplemented,
            Code::FailedPrecondition,
        ] {
            assert!(matches!(action(code, "no"), RetryAction::GiveUp { .. }), "{code:?}");
        }
        for code in [Code::InvalidArgument, Code::ResourceExhausted] {
            assert!(matches!(action(code, "no"), RetryAction::Split(_)), "{code:?}");
        }
        for code in [
            Code::Internal,
            Code::Unknown,
            Code::DeadlineExceeded,
            Code::Cancelled,
            Code::Aborted,
            Code::DataLoss,
        ] {
            assert!(matches!(action(code, "no"), RetryAction::Unclear(_)), "{code:?}");
        }
        let quota = Status::with_details(
            Code::ResourceExhausted,
            "full",
            b"\n\x14USAGE_LIMIT_EXCEEDED"[..].into(),
        );
        assert!(matches!(status_action(&quota), RetryAction::GiveUp { .. }));
        assert!(matches!(
            action(Code::Unavailable, "scaling"),
            RetryAction::Pause { .. }
        ));
        assert!(matches!(
            action(Code::Unknown, "cannot process batch: not enough memory"),
            RetryAction::Pause { .. }
        ));
    }

    #[test]
    fn a_wait_that_the_server_names_is_honoured() {
        let action = |name: &'static str, value: &'static str| {
            let mut metadata = MetadataMap::new();
            metadata.insert(name, MetadataValue::from_static(value));
            status_action(&Status::with_metadata(Code::ResourceExhausted, "slow down", metadata))
        };
        for (name, value) in [("retry-after", "2"), ("grpc-retry-pushback-ms", "2000")] {
            let wanted = Some(Duration::from_secs(2));
            assert!(matches!(action(name, value), RetryAction::Again { after, .. } if after == wanted));
        }
    }

    #[test]
    fn a_broken_connection_is_not_a_word_of_the_server() {
        let refused = std::io::Error::other("connection refused");
        let connect = Status::from_error(Box::new(ConnectError(Box::new(refused))));
        assert!(
            matches!(status_action(&connect), RetryAction::Again { reason, .. } if reason == "gRPC: connection refused")
        );
        let broken = Status::from_error(Box::new(std::io::Error::other("reset")));
        assert!(matches!(status_action(&broken), RetryAction::Unclear(_)));
    }
}
