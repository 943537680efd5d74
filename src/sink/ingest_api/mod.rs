//! The `ingest-api:` target: the HTTP service that took one summary at a time. What comes in: objects; what goes out: a
//! `POST /ingest` each, several at a time over connections that stay open, and a line for each that the service would
//! not take. It never takes silence for a yes.
//!
//! A request is `{"text": …, "meta": {"user_id": …, "date": "YYYY-MM-DD", "type": "day"}, "embedding": […]}`; the answer
//! to a stored day is 201 and `{"status": "ok"}`. The service has no ids and no way to ask what it holds. What it took
//! is written down here (`state.rs`), so a second run sends nothing. A request whose answer is missing is sent again:
//! a service that does not look at its `Idempotency-Key` may then hold that day twice, which is better than not at all.

mod post;
mod service;

use std::path::PathBuf;

use serde::Serialize;

use self::post::{PATH, Poster};
use super::books::{Batch, Books};
use super::refusals::RefusalLog;
use super::replay::Resender;
use super::rest::{Exchange, Rest};
use super::state::{Encoded, State};
use super::{Access, Expect, Finished, KIND, Ledger, Pushed, Sink, SinkError, unfit_for_a_server};
use crate::document::Object;

pub use service::Service;

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
    Rest::new(service.url(), &access)
}

/// One ledger a service.
fn state_path(service: &Service, access: &Access) -> PathBuf {
    let place = service
        .url()
        .split_once("://")
        .map_or(service.url(), |(_, place)| place);
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
        let batch = Batch {
            objects: &encoded,
            json: &|index| encoded[index].body.clone(),
        };
        let refused = self
            .books
            .push(batch, unfit.collect(), |objects, _| self.poster.post(objects))?;
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
    Encoded::new(document, json.into())
}
