//! The day document: a `Day` with its words, its identity and its provenance; what every target receives.

use std::sync::Arc;

use serde::ser::{Error, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::day::{Day, Value};
use crate::record::{Date, Milli};

/// A day in words, from `describe`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// The readable day, with numbers; shown to people and searched by word.
    pub text: String,
    /// What is embedded: words without numbers and names. Never empty.
    pub gist: String,
    /// The facts of the day, in the vocabulary's words.
    pub facets: Vec<Arc<str>>,
    /// The facts of the calendar day before; empty where it has no data.
    pub facets_day_before: Vec<Arc<str>>,
}

/// One user's day, ready for a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The numbers.
    pub day: Day,
    /// The words.
    pub words: Words,
    /// 32 hexadecimal digits over everything but provenance and vector.
    pub content_hash: String,
    /// Version of the wording.
    pub template: &'static str,
    /// Fingerprint of the model; absent in a run without vectors.
    pub model: Option<Arc<str>>,
}

impl Document {
    /// Joins a day and its words; the content hash is taken here.
    pub fn new(day: Day, words: Words, template: &'static str, model: Option<Arc<str>>) -> Document {
        let mut document = Document {
            day,
            words,
            content_hash: String::new(),
            template,
            model,
        };
        document.content_hash = document.hash();
        document
    }

    /// Version 5 UUID (RFC 9562) of namespace DNS and `vitalvec/day/<user_id>/<date>`: the same day has the same id
    /// in every run and every target.
    pub fn id(&self) -> Uuid {
        day_id(&self.day.user_id, self.day.date)
    }

    /// The first half of the SHA-256 over the document's JSON without provenance.
    fn hash(&self) -> String {
        let body = serde_json::to_vec(&Body(self)).expect("a document holds only strings and finite numbers");
        let digest = Sha256::digest(&body);
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    fn serialize_body<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id().to_string())?;
        map.serialize_entry("user_id", &*self.day.user_id)?;
        map.serialize_entry("date", &self.day.date.to_string())?;
        map.serialize_entry("kind", "day")?;
        map.serialize_entry("records", &self.day.records)?;
        map.serialize_entry("text", &self.words.text)?;
        map.serialize_entry("gist", &self.words.gist)?;
        map.serialize_entry("facets", &Texts(&self.words.facets))?;
        map.serialize_entry("facets_day_before", &Texts(&self.words.facets_day_before))?;
        for (property, value) in self.day.values() {
            map.serialize_entry(property.name(), value)?;
        }
        Ok(())
    }
}

/// See [`Document::id`].
pub fn day_id(user_id: &str, date: Date) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_DNS,
        format!("vitalvec/day/{user_id}/{date}").as_bytes(),
    )
}

/// The document as one JSON object, keys in the order of the contract.
impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_body(&mut map)?;
        map.serialize_entry("content_hash", &self.content_hash)?;
        map.serialize_entry("template", self.template)?;
        if let Some(model) = &self.model {
            map.serialize_entry("model", &**model)?;
        }
        map.end()
    }
}

/// A document without its provenance: what the content hash is taken over.
struct Body<'a>(&'a Document);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.serialize_body(&mut map)?;
        map.end()
    }
}

struct Texts<'a>(&'a [Arc<str>]);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|text| &**text))
    }
}

/// Whole numbers are written without a fraction.
impl Serialize for Milli {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.thousandths() {
            thousandths if thousandths % 1000 == 0 => serializer.serialize_i64(thousandths / 1000),
            // A double would not print as the same decimal.
            thousandths if thousandths.unsigned_abs() > 1 << f64::MANTISSA_DIGITS => {
                let text = RawValue::from_string(self.to_string()).map_err(Error::custom)?;
                text.serialize(serializer)
            }
            _ => serializer.serialize_f64(self.as_f64()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Count(count) => serializer.serialize_u32(*count),
            Value::Number(number) => number.serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(list) => Texts(list).serialize(serializer),
            Value::Numbers(numbers) => numbers.serialize(serializer),
        }
    }
}

/// A document and its vector.
#[derive(Clone, Debug)]
pub struct Object {
    /// The document.
    pub document: Document,
    /// Unit vector of the gist; absent in a run without vectors.
    pub vector: Option<Arc<[f32]>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::Property;
    use crate::record::{Date, Milli};

    fn document() -> Document {
        let mut day = Day::new("user_000001".into(), Date::from_ymd(2025, 9, 11).unwrap());
        day.records = 3;
        day.set(Property::HrMean, Value::Number(Milli::from_thousandths(72_500)));
        day.set(Property::Steps, Value::Number(Milli::from_whole(9000)));
        let words = Words {
            text: "a day".into(),
            gist: "a day".into(),
            ..Words::default()
        };
        Document::new(day, words, "t1", None)
    }

    #[test]
    fn numbers_beyond_the_doubles_keep_their_decimals() {
        for (thousandths, text) in [
            (16_000_000_000_000_001, "16000000000000.001"),
            (-12_000_000_000_000_003, "-12000000000000.003"),
            (i64::MAX, "9223372036854775.807"),
            (72_500, "72.5"),
        ] {
            let number = Milli::from_thousandths(thousandths);
            assert_eq!(serde_json::to_string(&number).unwrap(), text);
        }
    }

    #[test]
    fn the_json_follows_the_contract() {
        let json = serde_json::to_string(&document()).unwrap();
        assert!(json.starts_with(r#"{"id":""#), "{json}");
        assert!(
            json.contains(r#""date":"2025-09-11","kind":"day","records":3,"text":"a day""#),
            "{json}"
        );
        assert!(
            json.contains(r#""facets":[],"facets_day_before":[],"hr_mean":72.5,"steps":9000"#),
            "{json}"
        );
        assert!(json.ends_with(r#""template":"t1"}"#), "{json}");
    }

    #[test]
    fn the_id_is_the_uuid_of_user_and_date() {
        // python3: uuid.uuid5(uuid.NAMESPACE_DNS, "vitalvec/day/user_000001/2025-09-11")
        assert_eq!(document().id().to_string(), "6d0b8a66-ae5f-5313-91a5-f0fee8d18072");
    }

    #[test]
    fn provenance_does_not_change_the_hash() {
        let with_model = Document::new(document().day, document().words, "t2", Some("m".into()));
        assert_eq!(with_model.content_hash, document().content_hash);
        let mut day = document().day;
        day.records = 4;
        assert_ne!(
            Document::new(day, document().words, "t1", None).content_hash,
            document().content_hash
        );
    }
}
