//! A day as the server takes it over REST. What comes in: objects; what goes out: their JSON. It never sends. The same
//! properties as messages of gRPC are in `message`.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap, Serializer};
use uuid::Uuid;

use crate::day::Value;
use crate::document::{Document, Object};
use crate::sink::KIND;
use crate::sink::state::Encoded;

/// The one vector of an object: named, because a collection can get a second one only if the first has a name.
pub const VECTOR: &str = "default";

/// Writes an object for a collection.
pub(super) fn encode(object: &Object, collection: &str, tenant: Option<&str>) -> Bytes {
    let document = &object.document;
    let body = Body {
        collection,
        tenant,
        id: document.id(),
        object,
    };
    let json = serde_json::to_vec(&body).expect("a document holds only strings and numbers");
    json.into()
}

/// The body of a batch: the objects as they are.
pub(super) fn batch_body(objects: &[&Encoded]) -> Bytes {
    batch(objects.iter().map(|object| &*object.body))
}

/// The body of a batch whose vectors all differ a little from the true ones, and from those of another attempt.
pub(super) fn nudged_batch_body(objects: &[&Encoded], attempt: u32) -> Bytes {
    let objects: Vec<Vec<u8>> = objects.iter().map(|object| nudged(&object.body, attempt)).collect();
    batch(objects.iter().map(Vec::as_slice))
}

fn batch<'a>(objects: impl Iterator<Item = &'a [u8]>) -> Bytes {
    let mut body = br#"{"objects":["#.to_vec();
    for (index, object) in objects.enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(object);
    }
    body.extend_from_slice(b"]}");
    body.into()
}

/// How far the first number of a vector is moved, in parts of itself: more than the rounding of 32 bits, and so little
/// that the angle to anything stays the same to seven digits, should this ever be the form that remains.
const NUDGE: f32 = 1e-4;

/// The first number of a vector, moved by a little; otherwise in each attempt.
pub(super) fn nudged_number(number: f32, attempt: u32) -> f32 {
    let scale = if number == 0.0 { 1.0 } else { number };
    number + scale * NUDGE * (attempt % 16 + 1) as f32
}

/// The vector stands last, so its bracket is the last that opens. An object without a vector stays as it is.
fn nudged(json: &[u8], attempt: u32) -> Vec<u8> {
    let start = json
        .iter()
        .rposition(|byte| *byte == b'[')
        .map_or(json.len(), |bracket| bracket + 1);
    let length = json[start..]
        .iter()
        .position(|byte| matches!(byte, b',' | b']'))
        .unwrap_or(0);
    let number = std::str::from_utf8(&json[start..start + length])
        .ok()
        .and_then(|text| text.parse::<f32>().ok());
    let Some(number) = number else { return json.to_vec() };
    let moved = nudged_number(number, attempt).to_string();
    [&json[..start], moved.as_bytes(), &json[start + length..]].concat()
}

struct Body<'a> {
    collection: &'a str,
    tenant: Option<&'a str>,
    id: Uuid,
    object: &'a Object,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("class", self.collection)?;
        // Lower case with hyphens: the server compares ids as text.
        map.serialize_entry("id", &self.id.to_string())?;
        if let Some(tenant) = self.tenant {
            map.serialize_entry("tenant", tenant)?;
        }
        map.serialize_entry("properties", &Properties(&self.object.document))?;
        if let Some(vector) = &self.object.vector {
            map.serialize_entry("vectors", &Vectors(vector))?;
        }
        map.end()
    }
}

/// Numbers are written as short as 32 bits allow, never by way of 64.
struct Vectors<'a>(&'a [f32]);

impl Serialize for Vectors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(VECTOR, self.0)?;
        map.end()
    }
}

struct Properties<'a>(&'a Document);

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(properties(self.0))
    }
}

/// The value of a property on the server.
pub(super) enum Held<'a> {
    Text(Cow<'a, str>),
    Records(u32),
    Texts(&'a [Arc<str>]),
    Value(&'a Value),
}

impl Serialize for Held<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Held::Text(text) => serializer.serialize_str(text),
            Held::Records(records) => records.serialize(serializer),
            Held::Texts(list) => serializer.collect_seq(list.iter().map(|text| &**text)),
            Held::Value(value) => value.serialize(serializer),
        }
    }
}

/// The document without its id, its date as midnight UTC: the server knows no dates without a time.
pub(super) fn properties(document: &Document) -> impl Iterator<Item = (&'static str, Held<'_>)> {
    let Document { day, words, .. } = document;
    let text = |text| Held::Text(Cow::Borrowed(text));
    let before = [
        ("user_id", text(&*day.user_id)),
        ("date", Held::Text(Cow::Owned(format!("{}T00:00:00Z", day.date)))),
        ("kind", text(KIND)),
        ("records", Held::Records(day.records)),
        ("text", text(&words.text)),
        ("gist", text(&words.gist)),
        ("facets", Held::Texts(&words.facets)),
        ("facets_day_before", Held::Texts(&words.facets_day_before)),
    ];
    let of_day = day
        .values()
        .map(|(property, value)| (property.name(), Held::Value(value)));
    let after = [
        ("content_hash", text(&document.content_hash)),
        ("template", text(document.template)),
    ];
    let model = document.model.as_deref().map(|model| ("model", text(model)));
    before.into_iter().chain(of_day).chain(after).chain(model)
}

/// A day of few properties, for the tests of both interfaces.
#[cfg(test)]
pub(super) fn example() -> Object {
    use crate::day::{Day, Property};
    use crate::document::Words;
    use crate::record::{Date, Milli};

    let mut day = Day::new("user_000001".into(), Date::from_ymd(2025, 9, 11).unwrap());
    day.records = 2;
    day.set(Property::Steps, Value::Number(Milli::from_whole(9000)));
    let words = Words {
        text: "Walked".into(),
        gist: "walked".into(),
        facets: vec!["walk".into()],
        ..Words::default()
    };
    Object {
        document: Document::new(day, words, "t1", Some("m".into())),
        vector: Some(vec![0.1, -0.5].into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(object: &Object, tenant: Option<&str>) -> Encoded {
        Encoded::new(&object.document, encode(object, "HealthDay", tenant))
    }

    #[test]
    fn an_object_is_written_as_the_server_takes_it() {
        let encoded = made(&example(), Some("t"));
        let json = String::from_utf8(batch_body(&[&encoded, &encoded]).to_vec()).unwrap();
        let hash = &example().document.content_hash;
        let one = format!(
            r#"{{"class":"HealthDay","id":"6d0b8a66-ae5f-5313-91a5-f0fee8d18072","tenant":"t","properties":{{"user_id":"user_000001","date":"2025-09-11T00:00:00Z","kind":"day","records":2,"text":"Walked","gist":"walked","facets":["walk"],"facets_day_before":[],"steps":9000,"content_hash":"{hash}","template":"t1","model":"m"}},"vectors":{{"default":[0.1,-0.5]}}}}"#
        );
        assert_eq!(json, format!(r#"{{"objects":[{one},{one}]}}"#));
    }

    #[test]
    fn a_nudge_changes_the_vector_and_nothing_else() {
        let encoded = made(&example(), None);
        let true_json: serde_json::Value = serde_json::from_slice(&encoded.body).unwrap();
        let moved = |attempt| serde_json::from_slice::<serde_json::Value>(&nudged(&encoded.body, attempt)).unwrap();
        let first = |json: &serde_json::Value| json["vectors"]["default"][0].as_f64().unwrap();
        assert!((first(&moved(0)) - 0.1).abs() < 2e-5 && first(&moved(0)) != first(&true_json));
        assert_ne!(first(&moved(0)), first(&moved(1)));
        let mut back = moved(3);
        back["vectors"]["default"][0] = true_json["vectors"]["default"][0].clone();
        assert_eq!(back, true_json);
        let without = Object {
            vector: None,
            ..example()
        };
        let encoded = made(&without, None);
        assert_eq!(nudged(&encoded.body, 0), encoded.body);
    }
}
