//! Posts days until the fate of each is known. What comes in: encoded days; what goes out: stored or refused, one for
//! each, or an error when the service cannot be worked with. It keeps no books: see `sink/books.rs`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde::Deserialize;

use super::{Service, rest};
use crate::sink::books::{Fate, Sent};
use crate::sink::rest::{Answer, Exchange, Rest};
use crate::sink::state::Encoded;
use crate::sink::turns::Turns;
use crate::sink::{Access, SinkError};

/// Where days are posted to.
pub(super) const PATH: &str = "/ingest";

/// Requests at the same time: each waits for its answer, so one alone would leave the service idle in between.
const REQUESTS: usize = 8;

/// Tries of one day while others go through; after that it is the day.
const MOST_ATTEMPTS: u32 = 8;

/// Posts days to one service.
#[derive(Debug)]
pub(super) struct Poster {
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
    pub(super) fn new(service: &Service, access: &Access) -> Result<Poster, SinkError> {
        Ok(Poster {
            rest: rest(service, access)?,
            service: service.clone(),
            turns: Turns::new(access),
        })
    }

    /// Posts all; the fates are there also after an error.
    pub(super) fn post(&self, objects: &[&Encoded]) -> Sent {
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
            self.turns.wait()?;
            let exchange = self.rest.send_with_key(Method::POST, PATH, object.body.clone(), &key);
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
}
