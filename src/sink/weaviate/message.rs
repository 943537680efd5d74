//! Days as messages of Weaviate's gRPC interface (package `weaviate.v1`). What comes in: objects; what goes out: their
//! bytes. It never sends. The numbers of the fields are those of Weaviate's own definitions, version 1.32 and later; what
//! this program does not use is left out.

use bytes::Bytes;
use prost::{Message, Oneof};

use super::object::{Held, VECTOR, nudged_number, properties};
use crate::day::Value as DayValue;
use crate::document::Object;
use crate::record::Milli;
use crate::sink::extend_little_endian;

/// `BatchObjectsRequest`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct BatchRequest {
    /// `BatchObject` each. A message inside another is its length and its bytes, and so is a field of bytes: objects that
    /// are encoded already need not be taken apart.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(super) objects: Vec<Bytes>,
    /// `ConsistencyLevel`; 0 is the server's default.
    #[prost(int32, optional, tag = "2")]
    pub(super) consistency: Option<i32>,
}

/// `BatchObjectsReply`: names only what failed.
#[derive(Clone, PartialEq, Message)]
pub(super) struct BatchReply {
    #[prost(message, repeated, tag = "2")]
    pub(super) errors: Vec<BatchError>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct BatchError {
    /// Position in the request.
    #[prost(int32, tag = "1")]
    pub(super) index: i32,
    #[prost(string, tag = "2")]
    pub(super) error: String,
}

/// `AggregateRequest`, as far as objects are counted.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CountRequest {
    #[prost(string, tag = "1")]
    pub(super) collection: String,
    #[prost(string, tag = "10")]
    pub(super) tenant: String,
    #[prost(bool, tag = "20")]
    pub(super) objects_count: bool,
}

/// `AggregateReply`, of which only its coming counts.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CountReply {}

/// `grpc.health.v1.HealthCheckRequest`, about the whole server.
#[derive(Clone, PartialEq, Message)]
pub(super) struct HealthRequest {}

/// `grpc.health.v1.HealthCheckResponse`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct HealthReply {
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
}

/// `HealthCheckResponse.SERVING`.
pub(super) const SERVING: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct BatchObject {
    #[prost(string, tag = "1")]
    uuid: String,
    #[prost(message, optional, tag = "3")]
    properties: Option<Properties>,
    #[prost(string, tag = "4")]
    collection: String,
    #[prost(string, tag = "5")]
    tenant: String,
    #[prost(message, repeated, tag = "23")]
    vectors: Vec<Vectors>,
}

#[derive(Clone, PartialEq, Message)]
struct Vectors {
    #[prost(string, tag = "1")]
    name: String,
    /// 32-bit floats, little-endian.
    #[prost(bytes = "bytes", tag = "3")]
    vector_bytes: Bytes,
    /// `VectorType`.
    #[prost(int32, tag = "4")]
    kind: i32,
}

/// `VECTOR_TYPE_SINGLE_FP32`.
const SINGLE_FP32: i32 = 1;

/// `BatchObject.Properties`: lists stand apart from single values, empty ones apart from all.
#[derive(Clone, PartialEq, Message)]
struct Properties {
    #[prost(message, optional, tag = "1")]
    values: Option<Struct>,
    #[prost(message, repeated, tag = "4")]
    numbers: Vec<NumberList>,
    #[prost(message, repeated, tag = "6")]
    texts: Vec<TextList>,
    #[prost(string, repeated, tag = "10")]
    empty: Vec<String>,
}

/// `NumberArrayProperties`.
#[derive(Clone, PartialEq, Message)]
struct NumberList {
    #[prost(bytes = "bytes", tag = "2")]
    name: Bytes,
    /// 64-bit floats, little-endian.
    #[prost(bytes = "bytes", tag = "3")]
    values: Bytes,
}

/// `TextArrayProperties`.
#[derive(Clone, PartialEq, Message)]
struct TextList {
    #[prost(string, repeated, tag = "1")]
    values: Vec<String>,
    #[prost(bytes = "bytes", tag = "2")]
    name: Bytes,
}

/// `google.protobuf.Struct`; a map is a list of its entries.
#[derive(Clone, PartialEq, Message)]
struct Struct {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<Entry>,
}

/// Names are strings to the server, which are bytes on the wire; ours are constants, and as bytes need no copy.
#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(bytes = "bytes", tag = "1")]
    name: Bytes,
    #[prost(message, optional, tag = "2")]
    value: Option<Value>,
}

/// `google.protobuf.Value`.
#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(oneof = "Kind", tags = "2, 3")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Kind {
    #[prost(double, tag = "2")]
    Number(f64),
    #[prost(string, tag = "3")]
    Text(String),
}

fn little_endian(vector: &[f32]) -> Bytes {
    let mut bytes = Vec::new();
    extend_little_endian(vector, &mut bytes);
    bytes.into()
}

/// Writes an object for a collection.
pub(super) fn encode(object: &Object, collection: &str, tenant: Option<&str>) -> Bytes {
    let vector = object.vector.as_deref().map(|vector| Vectors {
        name: VECTOR.to_string(),
        vector_bytes: little_endian(vector),
        kind: SINGLE_FP32,
    });
    let mut message = BatchObject {
        uuid: object.document.id().to_string(),
        properties: Some(Properties::default()),
        collection: collection.to_string(),
        tenant: tenant.unwrap_or_default().to_string(),
        vectors: vector.into_iter().collect(),
    };
    let all = message.properties.get_or_insert_default();
    for (name, held) in properties(&object.document) {
        all.add(name, held);
    }
    message.encode_to_vec().into()
}

impl Properties {
    fn add(&mut self, name: &'static str, held: Held<'_>) {
        match held {
            Held::Text(text) => self.single(name, Kind::Text(text.into_owned())),
            Held::Records(records) => self.single(name, Kind::Number(f64::from(records))),
            Held::Texts(list) => self.list(name, list),
            Held::Value(DayValue::Count(count)) => self.single(name, Kind::Number(f64::from(*count))),
            Held::Value(DayValue::Number(number)) => self.single(name, Kind::Number(number.as_f64())),
            Held::Value(DayValue::Text(text)) => self.single(name, Kind::Text(text.to_string())),
            Held::Value(DayValue::List(list)) => self.list(name, list),
            Held::Value(DayValue::Numbers(numbers)) => self.number_list(name, numbers),
        }
    }

    fn single(&mut self, name: &'static str, kind: Kind) {
        self.values.get_or_insert_default().entries.push(Entry {
            name: name.as_bytes().into(),
            value: Some(Value { kind: Some(kind) }),
        });
    }

    fn list(&mut self, name: &'static str, list: &[std::sync::Arc<str>]) {
        if list.is_empty() {
            return self.empty.push(name.to_string());
        }
        self.texts.push(TextList {
            values: list.iter().map(|text| text.to_string()).collect(),
            name: name.as_bytes().into(),
        });
    }

    fn number_list(&mut self, name: &'static str, numbers: &[Milli]) {
        if numbers.is_empty() {
            return self.empty.push(name.to_string());
        }
        self.numbers.push(NumberList {
            name: name.as_bytes().into(),
            values: numbers
                .iter()
                .flat_map(|number| number.as_f64().to_le_bytes())
                .collect(),
        });
    }
}

/// The same object with a vector that differs a little; see `object.rs`.
pub(super) fn nudged(encoded: &Bytes, attempt: u32) -> Bytes {
    let mut object = BatchObject::decode(encoded.clone()).expect("these bytes are our own");
    for vector in &mut object.vectors {
        let mut bytes = vector.vector_bytes.to_vec();
        if let Some(first) = bytes.first_chunk_mut::<4>() {
            *first = nudged_number(f32::from_le_bytes(*first), attempt).to_le_bytes();
        }
        vector.vector_bytes = bytes.into();
    }
    object.encode_to_vec().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::weaviate::object::example;

    #[test]
    fn a_nudge_changes_the_first_number_and_nothing_else() {
        let object = example();
        let encoded = encode(&object, "HealthDay", Some("t"));
        let moved = BatchObject::decode(nudged(&encoded, 0)).unwrap();
        let mut back = moved.clone();
        let bytes = &moved.vectors[0].vector_bytes;
        let first = f32::from_le_bytes(*bytes.first_chunk().unwrap());
        assert!((first - 0.1).abs() < 2e-5 && first != 0.1);
        back.vectors[0].vector_bytes = [&0.1f32.to_le_bytes(), &bytes[4..]].concat().into();
        assert_eq!(back.encode_to_vec(), encoded);
        assert_ne!(nudged(&encoded, 0), nudged(&encoded, 1));
    }

    #[test]
    fn what_is_empty_is_named_and_what_is_not_is_of_its_kind() {
        let message = BatchObject::decode(encode(&example(), "HealthDay", None)).unwrap();
        let properties = message.properties.unwrap();
        assert_eq!(properties.empty, ["facets_day_before"]);
        assert_eq!(properties.texts[0].name, "facets");
        let steps = properties
            .values
            .unwrap()
            .entries
            .into_iter()
            .find(|entry| entry.name == "steps");
        assert_eq!(steps.unwrap().value.unwrap().kind, Some(Kind::Number(9000.0)));
    }
}
