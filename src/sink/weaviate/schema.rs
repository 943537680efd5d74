//! The collection. What comes in: the properties of a day, or what the server says of a collection; what goes out: the
//! collection's definition, and what differs. It never sends.

use serde_json::{Value, json};

use super::object::VECTOR;
use crate::day::{PROPERTIES, Property, PropertyInfo, PropertyType};
use crate::sink::Expect;

/// The word in a collection's description that marks it as ours.
const MARK: &str = "vitalvec";

/// What the description of a collection says: who made it, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// Fingerprint of the model.
    pub(super) model: String,
    /// Length of a vector.
    pub(super) dimensions: usize,
    /// Changes whenever the collection is made anew, so that a ledger of the old one is known for what it is.
    pub(super) load: String,
}

impl Made {
    fn description(&self) -> String {
        let Made {
            model,
            dimensions,
            load,
        } = self;
        format!("Days of health records, one a user and day. {MARK} model={model} dimensions={dimensions} load={load}")
    }

    /// Reads it back; `None` in a collection that is not ours.
    pub(super) fn of(collection: &Value) -> Option<Made> {
        let (_, ours) = collection["description"].as_str()?.rsplit_once(MARK)?;
        let value = |key: &str| {
            let mut words = ours.split_whitespace();
            words
                .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
                .map(str::to_string)
        };
        Some(Made {
            model: value("model")?,
            dimensions: value("dimensions")?.parse().ok()?,
            load: value("load")?,
        })
    }
}

/// The definition of the collection, for `POST /v1/schema`.
///
/// HNSW with 8-bit rotational quantization: it needs no training, so loading in bulk never stops to train, and it
/// keeps a quarter of the vectors' memory.
pub(super) fn definition(name: &str, made: &Made, with_tenants: bool) -> Value {
    let mut definition = json!({
        "class": name,
        "description": made.description(),
        "vectorConfig": {VECTOR: {
            "vectorizer": {"none": {}},
            "vectorIndexType": "hnsw",
            "vectorIndexConfig": {"distance": "cosine", "rq": {"enabled": true, "bits": 8}},
        }},
        "invertedIndexConfig": {"indexTimestamps": false, "indexNullState": false, "indexPropertyLength": false},
        "properties": properties(),
    });
    if with_tenants {
        definition["multiTenancyConfig"] = json!({"enabled": true, "autoTenantCreation": true});
    }
    definition
}

/// What a search does with a property. Each index costs time on every object, so none is made that no search asks.
#[derive(Clone, Copy)]
enum Use {
    /// Only shown.
    Shown,
    /// Equal or not, as a whole.
    Filtered,
    /// Above or below.
    Compared,
    /// Its words are searched.
    Searched,
}

/// Every property of a day, with its type and indexes.
pub(super) fn properties() -> Vec<Value> {
    let before = [
        property("user_id", "text", Use::Filtered, "the user"),
        property("date", "date", Use::Compared, "the local day, as midnight UTC"),
        property("kind", "text", Use::Filtered, "always `day`"),
        property("records", "int", Use::Shown, "records of the day"),
        property("text", "text", Use::Searched, "the day in words, with numbers"),
        property("gist", "text", Use::Shown, "the words that the vector stands for"),
        property("facets", "text[]", Use::Filtered, "the facts of the day"),
        property(
            "facets_day_before",
            "text[]",
            Use::Filtered,
            "the facts of the day before",
        ),
    ];
    let after = [
        property("content_hash", "text", Use::Shown, "hash of the document"),
        property("template", "text", Use::Shown, "version of the wording"),
        property("model", "text", Use::Shown, "fingerprint of the model"),
    ];
    before
        .into_iter()
        .chain(PROPERTIES.iter().map(of_day))
        .chain(after)
        .collect()
}

fn of_day(info: &PropertyInfo) -> Value {
    let (data_type, usage) = match info.kind {
        PropertyType::Count => ("int", Use::Compared),
        PropertyType::Number => ("number", Use::Compared),
        PropertyType::Text => ("text", Use::Filtered),
        PropertyType::List if info.property == Property::Sessions => ("text[]", Use::Searched),
        PropertyType::List => ("text[]", Use::Filtered),
        PropertyType::Numbers => ("number[]", Use::Shown),
    };
    property(info.name, data_type, usage, info.unit)
}

fn property(name: &str, data_type: &str, usage: Use, description: &str) -> Value {
    let (filterable, searchable, compared) = match usage {
        Use::Shown => (false, false, false),
        Use::Filtered => (true, false, false),
        Use::Compared => (false, false, true),
        Use::Searched => (false, true, false),
    };
    let mut property = json!({
        "name": name,
        "dataType": [data_type],
        "description": description,
        "indexFilterable": filterable,
        "indexSearchable": searchable,
        "indexRangeFilters": compared,
    });
    if data_type.starts_with("text") {
        // Whole values, unless their words are searched.
        property["tokenization"] = json!(if searchable { "word" } else { "field" });
    }
    property
}

/// How an existing collection differs from what a run needs.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Differences {
    /// Sentences that a person understands; empty if days fit in.
    pub(super) problems: Vec<String>,
    /// Properties that can simply be added.
    pub(super) missing: Vec<Value>,
}

/// Compares a collection as the server describes it with what a run needs. Indexes may differ: they are the owner's
/// choice, and change speed, not answers.
pub(super) fn differences(collection: &Value, expect: &Expect<'_>, with_tenants: bool) -> Differences {
    let mut found = Differences::default();
    let theirs = collection["properties"].as_array().map_or(&[][..], Vec::as_slice);
    for ours in properties() {
        let Some(their) = theirs.iter().find(|their| their["name"] == ours["name"]) else {
            found.missing.push(ours);
            continue;
        };
        for key in ["dataType", "tokenization"] {
            if their[key] != ours[key] && !(ours[key].is_null() && their[key] == "") {
                let name = ours["name"].as_str().unwrap_or_default();
                found.problems.push(format!(
                    "property `{name}` has {key} {} instead of {}",
                    their[key], ours[key]
                ));
            }
        }
    }
    found
        .problems
        .extend(vector_problems(&collection["vectorConfig"][VECTOR]));
    if collection["multiTenancyConfig"]["enabled"].as_bool().unwrap_or(false) != with_tenants {
        let (has, asks) = if with_tenants {
            ("no tenants", "names one")
        } else {
            ("tenants", "names none")
        };
        found.problems.push(format!("it has {has}, the URL {asks}"));
    }
    if let (Some(made), Some(model)) = (Made::of(collection), &expect.model)
        && (*made.model != **model
            || expect
                .dimensions
                .is_some_and(|dimensions| dimensions != made.dimensions))
    {
        let (theirs, dimensions) = (made.model, made.dimensions);
        found.problems.push(format!(
            "it holds vectors of model {theirs} ({dimensions} dimensions), this run makes those of {model}"
        ));
    }
    found
}

fn vector_problems(config: &Value) -> Vec<String> {
    if !config.is_object() {
        return vec![format!("it has no vector of the name `{VECTOR}`")];
    }
    let mut problems = Vec::new();
    if config["vectorizer"]["none"].is_null() {
        problems.push(format!(
            "its vectors are made by {}, not by this program",
            config["vectorizer"]
        ));
    }
    let distance = &config["vectorIndexConfig"]["distance"];
    if distance != "cosine" {
        problems.push(format!("its vectors are compared by {distance} instead of cosine"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Made {
        Made {
            model: "m-1".to_string(),
            dimensions: 8,
            load: "l".to_string(),
        }
    }

    fn expect(model: &str) -> Expect<'static> {
        Expect {
            model: Some(model.into()),
            dimensions: Some(8),
            template: "t1",
        }
    }

    #[test]
    fn a_collection_of_our_own_does_not_differ() {
        let collection = definition("HealthDay", &made(), false);
        assert_eq!(Made::of(&collection), Some(made()));
        assert_eq!(differences(&collection, &expect("m-1"), false), Differences::default());
    }

    #[test]
    fn each_difference_is_explained() {
        let mut collection = definition("HealthDay", &made(), false);
        let properties = collection["properties"].as_array_mut().unwrap();
        properties.pop();
        properties[0]["tokenization"] = json!("word");
        properties[1]["dataType"] = json!(["text"]);
        collection["vectorConfig"][VECTOR]["vectorIndexConfig"]["distance"] = json!("dot");
        let Differences { problems, missing } = differences(&collection, &expect("m-2"), true);
        assert_eq!(missing.len(), 1);
        let text = problems.join("\n");
        for part in [
            "property `user_id` has tokenization \"word\" instead of \"field\"",
            "property `date` has dataType [\"text\"] instead of [\"date\"]",
            "compared by \"dot\" instead of cosine",
            "it has no tenants, the URL names one",
            "it holds vectors of model m-1 (8 dimensions), this run makes those of m-2",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
