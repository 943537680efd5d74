//! The `ingest-api:` target: the HTTP service that took one summary at a time. What comes in: objects; what goes out: a
//! `POST /ingest` each, several at a time over connections that stay open, and a line for each that the service would
//! not take. It never takes silence for a yes.
//!
//! A request is `{"text": …, "meta": {"user_id": …, "date": "YYYY-MM-DD", "type": "day"}, "embedding": […]}`; the answer
//! to a stored day is 201 and `{"status": "ok"}`. The service has no ids and no way to ask what it holds. What it took
//! is written down here (`state.rs`), so a second run sends nothing. A request whose answer is missing is sent again:
//! a service that does not look at its `Idempotency-Key` may then hold that day twice, which is better than not at all.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};

use super::books::{Books, Fate, Sent};
use super::refusals::RefusalLog;
use super::replay::Resender;
use super::rest::{Answer, Exchange, Rest};
use super::state::{Encoded, State};
use super::turns::Turns;
use super::{Access, Expect, Finished, KIND, Ledger, Pushed, Sink, SinkError, unfit_for_a_server};
use crate::document::Object;

/// Where days are posted to.
const PATH: &str = "/ingest";

/// Requests at the same time: each waits for its answer, so one alone would leave the service idle in between.
const REQUESTS: usize = 8;

/// Tries of one day while others go through; after that it is the day.
const MOST_ATTEMPTS: u32 = 8;

/// A service, by the URL that `/ingest` is added to: `http://localhost:8000`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Service(String);

impl FromStr for Service {
    type Err = String;

    fn from_str(text: &str) -> Result<Service, String> {
        let wrong = |problem: &str| format!("`{text}` {problem}; write for example ingest-api:http://localhost:8000");
        let url = Url::parse(text).map_err(|error| wrong(&format!("is no URL ({error})")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the URL of a service holds no user and no password".to_string());
        }
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("does not begin with http:// or https:// and a host"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("has something behind the path"));
        }
        let base = url
            .path()
            .trim_end_matches('/')
            .trim_end_matches(PATH)
            .trim_end_matches('/');
        Ok(Service(url.origin().ascii_serialization() + base))
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Finds out whether the service answers at all. It posts nothing.
pub fn check_ingest_api(service: &Service, access: &Access, prune: bool) -> Result<(), SinkError> {
    let error = |problem: String, remedy: &str| SinkError::Server {
        url: format!("{service}{PATH}"),
        problem,
        remedy: remedy.to_string(),
    };
    if prune {
        return Err(error(
            "this service cannot delete days".to_string(),
            "leave --prune out",
        ));
    }
    match rest(service, access)?.get(PATH) {
        Exchange::Answered(_) => Ok(()),
        Exchange::NotSent(reason) | Exchange::Unclear(reason) => {
            Err(error(reason, "check the URL, and start the service"))
        }
    }
}

/// Opens a service for a run.
pub fn open_ingest_api(
    service: &Service,
    access: &Access,
    expect: &Expect<'_>,
) -> Result<(impl Ledger + use<>, IngestApiSink), SinkError> {
    let refusals = access.refused_dir.join("ingest-api.refused.ndjson");
    let state = state_path(service, access);
    let sink = IngestApiSink {
        poster: Poster::new(service, access)?,
        books: Books {
            state: State::open(&state)?,
            refusals: Some(RefusalLog::new(refusals, format!("ingest-api:{service}"))),
        },
        dimensions: expect.dimensions,
    };
    Ok((State::open(&state)?, sink))
}

/// Opens a service for days that were encoded once before.
pub(super) fn open_again(service: &Service, access: &Access) -> Result<Resender, SinkError> {
    let poster = Poster::new(service, access)?;
    Ok(Resender {
        books: Books {
            state: State::open(&state_path(service, access))?,
            refusals: None,
        },
        send: Box::new(move |objects, _| poster.post(objects)),
    })
}

/// The key and the headers in the environment are for Weaviate.
fn rest(service: &Service, access: &Access) -> Result<Rest, SinkError> {
    let access = Access {
        api_key: None,
        headers: Vec::new(),
        ..access.clone()
    };
    Rest::new(&service.0, &access)
}

/// One ledger a service.
fn state_path(service: &Service, access: &Access) -> PathBuf {
    let place = service.0.split_once("://").map_or(&*service.0, |(_, place)| place);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let place = place.replace(|letter| !is_plain(letter), "-");
    access.state_dir.join(format!("ingest-api-{place}.db"))
}

/// The writing half of a service.
#[derive(Debug)]
pub struct IngestApiSink {
    poster: Poster,
    books: Books,
    dimensions: Option<usize>,
}

impl Sink for IngestApiSink {
    fn push(&mut self, objects: &[Object]) -> Result<Pushed, SinkError> {
        let unfit = objects.iter().map(|object| unfit_for_a_server(object, self.dimensions));
        let encoded: Vec<Encoded> = objects.iter().map(encode).collect();
        let refused = self
            .books
            .push(&encoded, unfit.collect(), |objects, _| self.poster.post(objects))?;
        Ok(Pushed {
            refused: (0..refused.len()).filter(|index| refused[*index].is_some()).collect(),
        })
    }

    fn finish(self: Box<Self>) -> Result<Finished, SinkError> {
        Ok(Finished::Stored)
    }
}

#[derive(Serialize)]
struct Body<'a> {
    text: &'a str,
    meta: Meta<'a>,
    embedding: Option<&'a [f32]>,
}

#[derive(Serialize)]
struct Meta<'a> {
    user_id: &'a str,
    date: String,
    #[serde(rename = "type")]
    kind: &'a str,
}

fn encode(object: &Object) -> Encoded {
    let document = &object.document;
    let body = Body {
        text: &document.words.text,
        meta: Meta {
            user_id: &document.day.user_id,
            date: document.day.date.to_string(),
            kind: KIND,
        },
        embedding: object.vector.as_deref(),
    };
    let json = serde_json::to_vec(&body).expect("a day holds only strings and numbers");
    Encoded::new(document, json)
}

/// Posts days to one service.
#[derive(Debug)]
struct Poster {
    rest: Rest,
    service: Service,
    turns: Turns,
}

/// What to do after an answer, or without one.
#[derive(Debug, PartialEq)]
enum Next {
    Settle(Fate),
    /// The same again, after the service's own time if it named one; `own` if it may be the day that is at fault.
    Again {
        reason: String,
        after: Option<Duration>,
        own: bool,
    },
    GiveUp {
        problem: String,
        remedy: &'static str,
    },
}

impl Poster {
    fn new(service: &Service, access: &Access) -> Result<Poster, SinkError> {
        Ok(Poster {
            rest: rest(service, access)?,
            service: service.clone(),
            turns: Turns::new(access.timing),
        })
    }

    /// Posts all; the fates are there also after an error.
    fn post(&self, objects: &[&Encoded]) -> Sent {
        self.turns.progressed();
        let next = AtomicUsize::new(0);
        let fates = Mutex::new(vec![Fate::Open; objects.len()]);
        let failure = Mutex::new(None);
        let work = || {
            while lock(&failure).is_none() {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(object) = objects.get(index) else { return };
                match self.settle(object) {
                    Ok(fate) => lock(&fates)[index] = fate,
                    Err(error) => *lock(&failure) = Some(error),
                }
            }
        };
        thread::scope(|scope| {
            (0..REQUESTS.min(objects.len())).for_each(|_| drop(scope.spawn(work)));
        });
        let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        let fates = fates.into_inner().unwrap_or_else(PoisonError::into_inner);
        (fates, failure.map_or(Ok(()), Err))
    }

    /// Posts a day until its fate is known.
    fn settle(&self, object: &Encoded) -> Result<Fate, SinkError> {
        let key = format!("{}/{}", object.id, object.known.content_hash);
        let (since, mut attempt, mut own_attempts) = (Instant::now(), 0, 0);
        loop {
            self.turns.wait();
            let exchange = self.rest.send_with_key(Method::POST, PATH, object.json.clone(), &key);
            let (reason, after, own) = match next(&exchange) {
                Next::Settle(fate) => {
                    self.turns.progressed();
                    return Ok(fate);
                }
                Next::GiveUp { problem, remedy } => return Err(self.error(problem, remedy)),
                Next::Again { reason, after, own } => (reason, after, own),
            };
            attempt += 1;
            own_attempts += u32::from(own);
            if own_attempts >= MOST_ATTEMPTS && self.turns.progressed_since(since) {
                self.turns.progressed();
                return Ok(Fate::Refused(format!(
                    "{reason} (given up after {MOST_ATTEMPTS} attempts)"
                )));
            }
            let delay = self.turns.delay(attempt).max(after.unwrap_or_default());
            let held = self.turns.hold(&reason, delay);
            held.map_err(|problem| self.error(problem, "run again when the service is well; what was stored stays"))?;
        }
    }

    fn error(&self, problem: String, remedy: &str) -> SinkError {
        SinkError::Server {
            url: format!("{}{PATH}", self.service),
            problem,
            remedy: remedy.to_string(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn next(exchange: &Exchange) -> Next {
    let again = |reason: &str, after, own| Next::Again {
        reason: reason.to_string(),
        after,
        own,
    };
    match exchange {
        Exchange::NotSent(reason) => again(reason, None, false),
        Exchange::Unclear(reason) => again(reason, None, true),
        Exchange::Answered(answer) => answered(answer),
    }
}

fn answered(answer: &Answer) -> Next {
    let Answer {
        status,
        retry_after,
        body,
    } = answer;
    let text = String::from_utf8_lossy(&body[..body.len().min(400)]);
    let reason = format!(
        "HTTP {status}: {}",
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    let give_up = |remedy| Next::GiveUp {
        problem: reason.clone(),
        remedy,
    };
    match status {
        200..300 if says_ok(body) => Next::Settle(Fate::Stored),
        300..400 => give_up("the service redirects; give the URL that it redirects to"),
        401 | 403 => give_up("the service wants a login, which this target does not have; put a gateway before it"),
        404 | 405 => give_up("check that the URL is that of a service with POST /ingest"),
        408 | 425 | 429 | 503 => Next::Again {
            reason,
            after: *retry_after,
            own: false,
        },
        400..500 => Next::Settle(Fate::Refused(reason)),
        _ => Next::Again {
            reason,
            after: *retry_after,
            own: true,
        },
    }
}

/// Only `{"status": "ok"}` is a yes.
fn says_ok(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Said {
        status: String,
    }
    serde_json::from_slice::<Said>(body).is_ok_and(|said| said.status == "ok")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Next {
        next(&Exchange::Answered(Answer {
            status,
            retry_after: None,
            body: body.as_bytes().to_vec(),
        }))
    }

    #[test]
    fn only_a_plain_ok_counts_as_stored() {
        assert_eq!(answer(201, r#"{"status":"ok"}"#), Next::Settle(Fate::Stored));
        for body in ["", "ok", "{}", r#"{"status":"queued"}"#, r#"{"status":1}"#] {
            assert!(matches!(answer(201, body), Next::Again { own: true, .. }), "{body}");
        }
    }

    #[test]
    fn each_status_has_its_consequence() {
        let refused = |reason: &str| Next::Settle(Fate::Refused(reason.to_string()));
        assert_eq!(answer(422, "no  date"), refused("HTTP 422: no date"));
        assert!(matches!(answer(429, ""), Next::Again { own: false, .. }));
        assert!(matches!(answer(503, ""), Next::Again { own: false, .. }));
        assert!(matches!(answer(500, ""), Next::Again { own: true, .. }));
        for status in [301, 401, 404] {
            assert!(matches!(answer(status, ""), Next::GiveUp { .. }), "{status}");
        }
    }

    #[test]
    fn a_service_is_named_by_its_base() {
        for (text, shown) in [
            ("http://localhost:8000", "http://localhost:8000"),
            ("http://localhost:8000/", "http://localhost:8000"),
            ("http://localhost:8000/ingest", "http://localhost:8000"),
            ("https://h/a/b/ingest/", "https://h/a/b"),
        ] {
            assert_eq!(text.parse::<Service>().unwrap().to_string(), shown);
        }
        for wrong in [
            "localhost:8000",
            "ftp://h",
            "http://",
            "http://h/?a=1",
            "http://me:secret@h",
        ] {
            assert!(wrong.parse::<Service>().is_err(), "{wrong}");
        }
    }
}
