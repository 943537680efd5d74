//! One exchange with the server over HTTP. What comes in: method, path, body; what goes out: what came back, or how far
//! the request came. It never retries and never judges an answer.

use std::io::Read;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, redirect};

use super::SinkError;
use super::access::Access;
use crate::record::Date;

/// Weaviate repeats each object in its answer, so an answer is about as long as its request (at most 8 MiB, see
/// `weaviate/pace.rs`); no server sends more in earnest.
const LONGEST_ANSWER_BYTES: u64 = 64 * 1024 * 1024;

/// An answer, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Exchange {
    /// The server answered.
    Answered(Answer),
    /// The server never saw the request.
    NotSent(String),
    /// The server may have done what was asked, or a part of it.
    Unclear(String),
}

/// A client of one server.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    client: Client,
    server: String,
    answer_timeout: Duration,
}

impl Rest {
    /// A client of the server at this URL, which has no slash at its end.
    pub(super) fn new(server: &str, access: &Access) -> Result<Rest, SinkError> {
        let unusable = |problem: String, remedy: &str| SinkError::Server {
            url: server.to_string(),
            problem,
            remedy: remedy.to_string(),
        };
        let headers = headers(access)
            .map_err(|name| unusable(format!("{name} holds characters that no header may have"), "correct it"))?;
        if access.api_key.is_some() && server.starts_with("http://") && !is_loopback(server) {
            tracing::warn!("the API key goes over the network in plain text; use https:// if the server has it");
        }
        let client = Client::builder()
            .connect_timeout(access.timing.connect)
            .timeout(access.timing.answer)
            .redirect(redirect::Policy::none())
            .default_headers(headers)
            .user_agent(concat!("vitalvec/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| unusable(innermost(&error), "check the TLS settings of this machine"))?;
        Ok(Rest {
            client,
            server: server.to_string(),
            answer_timeout: access.timing.answer,
        })
    }

    /// Asks; `path` begins with a slash.
    pub(super) fn get(&self, path: &str) -> Exchange {
        self.exchange(self.request(Method::GET, path))
    }

    /// Sends JSON.
    pub(super) fn send(&self, method: Method, path: &str, json: Bytes) -> Exchange {
        self.exchange(self.json(method, path, json))
    }

    /// Sends JSON with a key that tells a repeated request from a new one (`Idempotency-Key`, an IETF draft).
    pub(super) fn send_with_key(&self, method: Method, path: &str, json: Bytes, key: &str) -> Exchange {
        self.exchange(self.json(method, path, json).header("Idempotency-Key", key))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.server))
    }

    fn json(&self, method: Method, path: &str, json: Bytes) -> RequestBuilder {
        let request = self.request(method, path);
        request.header(CONTENT_TYPE, "application/json").body(json)
    }

    fn exchange(&self, request: RequestBuilder) -> Exchange {
        let deadline = Instant::now() + self.answer_timeout;
        match request.send() {
            Ok(response) => read(response, deadline),
            Err(error) if error.is_connect() || error.is_builder() => Exchange::NotSent(innermost(&error)),
            Err(error) if error.is_timeout() => Exchange::Unclear(timed_out(self.answer_timeout)),
            Err(error) => Exchange::Unclear(innermost(&error)),
        }
    }
}

fn timed_out(timeout: Duration) -> String {
    format!("no whole answer within {} s", timeout.as_secs_f64())
}

fn headers(access: &Access) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    if let Some(key) = &access.api_key {
        let mut value =
            HeaderValue::from_str(&format!("Bearer {}", key.reveal())).map_err(|_| "the API key".to_string())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    for (name, value) in &access.headers {
        let wrong = || format!("the header `{name}`");
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value.reveal()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}

fn is_loopback(server: &str) -> bool {
    let host = server.trim_start_matches("http://");
    ["localhost", "127.", "[::1]"]
        .iter()
        .any(|loopback| host.starts_with(loopback))
}

/// Reads the whole answer. The client's own time limit starts anew with each piece, so a server that drips is ended here.
fn read(mut response: Response, deadline: Instant) -> Exchange {
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| wait_time(value.to_str().ok()?, SystemTime::now()));
    let mut body = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match response.read(&mut piece) {
            Ok(0) => {
                return Exchange::Answered(Answer {
                    status,
                    retry_after,
                    body,
                });
            }
            Ok(count) => body.extend_from_slice(&piece[..count]),
            Err(error) => return Exchange::Unclear(innermost(&error)),
        }
        if Instant::now() > deadline {
            return Exchange::Unclear("the answer does not end".to_string());
        }
        if body.len() as u64 > LONGEST_ANSWER_BYTES {
            return Exchange::Unclear(format!("an answer of more than {LONGEST_ANSWER_BYTES} bytes"));
        }
    }
}

/// The innermost cause says what happened ("connection refused"); the outer ones only where.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Reads a `Retry-After` (RFC 9110): seconds, or a date such as `Wed, 21 Oct 2026 07:28:00 GMT`.
fn wait_time(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let mut words = text.split_whitespace().skip(1);
    let day: u32 = words.next()?.parse().ok()?;
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let name = words.next()?;
    let month = months.iter().position(|month| *month == name)? as u32 + 1;
    let date = Date::from_ymd(words.next()?.parse().ok()?, month, day)?;
    let mut clock = words.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let seconds = clock.try_fold(0, |seconds, part| Some(seconds * 60 + part?))?;
    let at = u64::try_from(date.days()).ok()? * 86_400 + seconds;
    let now = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(Duration::from_secs(at.saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(1_792_567_680 - 30);
        let seconds = |text| wait_time(text, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds("Wed, 21 Oct 2026 07:28:00 GMT"), Some(30));
        assert_eq!(seconds("Wed, 21 Oct 2020 07:28:00 GMT"), Some(0));
        for wrong in [
            "",
            "soon",
            "-3",
            "Wed, 99 Oct 2026 07:28:00 GMT",
            "Wed, 21 Oct 2026 x:28:00 GMT",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
