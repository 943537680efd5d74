//! A run as `publish` does it, and what must be true after it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use vitalvec::document::Object;
use vitalvec::sink::weaviate::{Address, open_weaviate};
use vitalvec::sink::{Access, Timing};
use vitalvec::sink::{Expect, Ledger, Sink, SinkError};

use crate::days::{DIMENSIONS, MODEL, TEMPLATE};
use crate::server::{Held, Server};

/// A place for ledgers and refused days.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) access: Access,
}

impl Place {
    pub(crate) fn new() -> Place {
        let folder = TempDir::new().unwrap();
        let access = Access {
            timing: timing(),
            in_place: true,
            ..Access::new(folder.path().join("state"), folder.path().to_path_buf())
        };
        Place { folder, access }
    }
}

/// Retries come quickly; for an answer and for progress the tests wait long, because other work may hold the machine.
fn timing() -> Timing {
    Timing {
        connect: Duration::from_secs(5),
        answer: Duration::from_secs(30),
        first_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(50),
        pause: Duration::from_millis(30),
        patience: Duration::from_secs(90),
    }
}

pub(crate) fn expect(model: &str) -> Expect<'static> {
    Expect {
        model: Some(model.into()),
        dimensions: Some(DIMENSIONS),
        template: TEMPLATE,
    }
}

/// What became of the days of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) new: usize,
    pub(crate) changed: usize,
    pub(crate) unchanged: usize,
    pub(crate) refused: usize,
}

pub(crate) fn address(server: &Server) -> Address {
    server.url().parse().unwrap()
}

/// Asks the ledger, pushes what it lacks, in calls of 300 days.
pub(crate) fn run(server: &Server, place: &Place, objects: &[Object]) -> Result<Tally, SinkError> {
    let access = Access {
        grpc: server.grpc_use(),
        ..place.access.clone()
    };
    run_at(&address(server), &access, objects)
}

pub(crate) fn run_at(address: &Address, access: &Access, objects: &[Object]) -> Result<Tally, SinkError> {
    let (mut ledger, mut sink) = open_weaviate(address, access, &expect(MODEL))?;
    let mut tally = Tally::default();
    for call in objects.chunks(300) {
        let (mut wanted, mut new) = (Vec::new(), Vec::new());
        for object in call {
            let day = &object.document.day;
            let known = ledger.known(&day.user_id, &[day.date])?.remove(0);
            match known {
                Some(known) if known.content_hash == object.document.content_hash => tally.unchanged += 1,
                known => {
                    wanted.push(object.clone());
                    new.push(known.is_none());
                }
            }
        }
        let pushed = sink.push(&wanted)?;
        for (index, new) in new.into_iter().enumerate() {
            match new {
                _ if pushed.refused.contains(&index) => tally.refused += 1,
                true => tally.new += 1,
                false => tally.changed += 1,
            }
        }
    }
    Box::new(sink).finish()?;
    Ok(tally)
}

/// The objects as the server must hold them.
pub(crate) fn wanted<'a>(objects: impl IntoIterator<Item = &'a Object>) -> BTreeMap<String, Held> {
    let held = |object: &Object| {
        let mut properties = serde_json::to_value(&object.document).unwrap();
        let map = properties.as_object_mut().unwrap();
        let id = map.shift_remove("id").unwrap();
        let date = format!("{}T00:00:00Z", map["date"].as_str().unwrap());
        map.insert("date".to_string(), json!(date));
        let vector = object.vector.as_deref().unwrap().to_vec();
        (id.as_str().unwrap().to_string(), Held { properties, vector })
    };
    objects.into_iter().map(held).collect()
}

/// The server holds exactly these objects, and its index finds each.
pub(crate) fn assert_holds<'a>(server: &Server, objects: impl IntoIterator<Item = &'a Object>) {
    assert_holds_within(0.0, server, objects);
}

/// The same, with vectors that may differ a little: a put of a killed run may arrive after all others.
pub(crate) fn assert_holds_within<'a>(tolerance: f32, server: &Server, objects: impl IntoIterator<Item = &'a Object>) {
    let (held, wanted) = (server.held(), wanted(objects));
    let missing: Vec<_> = wanted.keys().filter(|id| !held.contains_key(*id)).take(3).collect();
    let surplus: Vec<_> = held.keys().filter(|id| !wanted.contains_key(*id)).take(3).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "missing {missing:?}, too many {surplus:?}"
    );
    for (id, object) in wanted {
        assert_eq!(
            numbers_as_written(&held[&id].properties),
            numbers_as_written(&object.properties)
        );
        let pairs = held[&id].vector.iter().zip(&object.vector);
        let differs = |(held, wanted): (&f32, &f32)| (held - wanted).abs() > tolerance;
        assert!(
            held[&id].vector.len() == object.vector.len() && !pairs.into_iter().any(differs),
            "the vector of {id}"
        );
    }
    let lost = server.lost();
    assert!(lost.is_empty(), "{} are not in the index, as {:?}", lost.len(), lost[0]);
}

/// 7 and 7.0 are the same number; the order of keys means nothing.
fn numbers_as_written(properties: &Value) -> BTreeMap<String, Value> {
    let written = |(name, value): (&String, &Value)| (name.clone(), as_written(value));
    properties.as_object().unwrap().iter().map(written).collect()
}

fn as_written(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(as_written).collect(),
        other => other.as_f64().map_or_else(|| other.clone(), Value::from),
    }
}
