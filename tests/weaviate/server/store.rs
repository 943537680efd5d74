//! A Weaviate in memory, written from its specification, that takes nothing that the specification does not have:
//! unknown fields, wrong types, missing ids and dates that are not RFC 3339 are errors, whatever a real server lets pass.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Held;
use super::http::Request;

#[derive(Default)]
pub(super) struct Store {
    collections: BTreeMap<String, Collection>,
    aliases: BTreeMap<String, String>,
}

pub(super) struct Collection {
    pub(super) definition: Value,
    pub(super) objects: BTreeMap<String, Stored>,
}

pub(super) struct Stored {
    pub(super) held: Held,
    /// Whether the vector index has it.
    pub(super) indexed: bool,
}

type Answer = Result<Value, (u16, String)>;

fn wrong(message: impl Into<String>) -> (u16, String) {
    (422, message.into())
}

impl Store {
    pub(super) fn answer(&mut self, request: &Request) -> (u16, String) {
        match self.routed(request) {
            Ok(Value::Null) => (200, String::new()),
            Ok(value) => (200, value.to_string()),
            Err((status, message)) => (status, json!({"error": [{"message": message}]}).to_string()),
        }
    }

    fn routed(&mut self, request: &Request) -> Answer {
        let path = request.path.split('?').next().unwrap();
        let segments: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        let body = || serde_json::from_slice::<Value>(&request.body).map_err(|error| (400, error.to_string()));
        match (&*request.method, &segments[..]) {
            ("GET", [".well-known", "ready"]) => Ok(Value::Null),
            ("GET", ["meta"]) => Ok(json!({"hostname": "http://[::]:8080", "version": "1.39.0", "modules": {}})),
            ("GET", ["schema"]) => {
                let all: Vec<&Value> = self.collections.values().map(|held| &held.definition).collect();
                Ok(json!({"classes": all}))
            }
            ("GET", ["schema", name]) => self.described(name),
            ("POST", ["schema"]) => self.create(body()?),
            ("POST", ["schema", name, "properties"]) => self.add_property(name, body()?),
            ("DELETE", ["schema", name]) => {
                self.collections.remove(*name);
                Ok(Value::Null)
            }
            ("GET", ["schema", name, "shards"]) => match self.collections.contains_key(self.real(name)) {
                true => Ok(json!([{"name": "s", "status": "READY", "vectorQueueSize": 0}])),
                false => Err((404, String::new())),
            },
            ("GET", ["aliases"]) => Ok(json!({"aliases": []})),
            ("GET", ["aliases", alias]) => match self.aliases.get(*alias) {
                Some(name) => Ok(json!({"alias": alias, "class": name})),
                None => Err((404, String::new())),
            },
            ("POST", ["aliases"]) => {
                let body = body()?;
                only(&body, &["alias", "class"])?;
                let alias = body["alias"].as_str().ok_or(wrong("alias is missing"))?.to_string();
                if self.aliases.contains_key(&alias) || self.collections.contains_key(&alias) {
                    return Err(wrong("the name is taken"));
                }
                self.lead(alias, &body)
            }
            ("PUT", ["aliases", alias]) if self.aliases.contains_key(*alias) => {
                let body = body()?;
                only(&body, &["class"])?;
                self.lead(alias.to_string(), &body)
            }
            ("POST", ["batch", "objects"]) => self.put(&body()?),
            ("DELETE", ["batch", "objects"]) => self.delete(&body()?),
            ("POST", ["graphql"]) => {
                let body = body()?;
                only(&body, &["query"])?;
                Ok(self.query(body["query"].as_str().ok_or(wrong("no query"))?))
            }
            _ => Err((404, format!("path {path} was not found"))),
        }
    }

    fn real<'a>(&'a self, name: &'a str) -> &'a str {
        self.aliases.get(name).map_or(name, String::as_str)
    }

    fn lead(&mut self, alias: String, body: &Value) -> Answer {
        let name = body["class"].as_str().ok_or(wrong("class is missing"))?.to_string();
        if !self.collections.contains_key(&name) {
            return Err(wrong(format!("class {name} does not exist")));
        }
        self.aliases.insert(alias.clone(), name.clone());
        Ok(json!({"alias": alias, "class": name}))
    }

    fn described(&self, name: &str) -> Answer {
        let collection = self.collections.get(self.real(name)).ok_or((404, String::new()))?;
        Ok(collection.definition.clone())
    }

    fn create(&mut self, definition: Value) -> Answer {
        let known = [
            "class",
            "description",
            "vectorConfig",
            "properties",
            "invertedIndexConfig",
            "multiTenancyConfig",
        ];
        only(&definition, &known)?;
        let name = definition["class"]
            .as_str()
            .ok_or(wrong("class is missing"))?
            .to_string();
        let vector = &definition["vectorConfig"]["default"];
        only(vector, &["vectorizer", "vectorIndexType", "vectorIndexConfig"])?;
        only(
            &vector["vectorIndexConfig"],
            &["distance", "rq", "efConstruction", "maxConnections", "ef"],
        )?;
        only(&vector["vectorIndexConfig"]["rq"], &["enabled", "bits", "rescoreLimit"])?;
        only(
            &definition["invertedIndexConfig"],
            &["indexTimestamps", "indexNullState", "indexPropertyLength"],
        )?;
        for property in definition["properties"].as_array().unwrap() {
            check_property(property)?;
        }
        if self.collections.contains_key(&name) {
            return Err(wrong(format!("class name {name} already exists")));
        }
        let collection = Collection {
            definition: definition.clone(),
            objects: BTreeMap::new(),
        };
        self.collections.insert(name, collection);
        Ok(definition)
    }

    fn add_property(&mut self, name: &str, property: Value) -> Answer {
        check_property(&property)?;
        let collection = self.collections.get_mut(name).ok_or(wrong("no such class"))?;
        let properties = collection.definition["properties"].as_array_mut().unwrap();
        if properties.iter().any(|there| there["name"] == property["name"]) {
            return Err(wrong("property exists"));
        }
        properties.push(property.clone());
        Ok(property)
    }

    pub(super) fn put(&mut self, body: &Value) -> Answer {
        only(body, &["fields", "objects"])?;
        let objects = body["objects"].as_array().filter(|objects| !objects.is_empty());
        let objects = objects.ok_or(wrong("objects must not be empty"))?;
        for object in objects {
            only(object, &["class", "id", "tenant", "properties", "vector", "vectors"])?;
            let id = object["id"].as_str().ok_or(wrong("id is missing"))?;
            if !is_canonical_uuid(id) {
                return Err(wrong(format!("objects.id in body must be of type uuid: {id:?}")));
            }
        }
        Ok(objects.iter().map(|object| self.put_one(object)).collect())
    }

    fn put_one(&mut self, object: &Value) -> Value {
        let mut answer = object.clone();
        answer["result"] = match self.checked(object) {
            Ok(held) => {
                self.store(object, held);
                json!({"status": "SUCCESS"})
            }
            Err((_, message)) => json!({"status": "FAILED", "errors": {"error": [{"message": message}]}}),
        };
        answer
    }

    fn objects_of(&mut self, object: &Value) -> &mut BTreeMap<String, Stored> {
        &mut self
            .collections
            .get_mut(object["class"].as_str().unwrap())
            .unwrap()
            .objects
    }

    /// As the real one: the same vector under the same id does not touch the index again.
    fn store(&mut self, object: &Value, held: Held) {
        let objects = self.objects_of(object);
        let id = object["id"].as_str().unwrap().to_string();
        let same = objects.get(&id).filter(|there| there.held.vector == held.vector);
        let indexed = same.is_none_or(|there| there.indexed);
        objects.insert(id, Stored { held, indexed });
    }

    /// As a real server whose client went away: the object is stored, its vector not indexed, unless it was before.
    pub(super) fn store_unindexed(&mut self, object: &Value) {
        let held = self.checked(object).unwrap();
        let objects = self.objects_of(object);
        let id = object["id"].as_str().unwrap().to_string();
        let indexed = objects
            .get(&id)
            .is_some_and(|there| there.indexed && there.held.vector == held.vector);
        objects.insert(id, Stored { held, indexed });
    }

    fn checked(&self, object: &Value) -> Result<Held, (u16, String)> {
        let name = object["class"].as_str().ok_or(wrong("class is missing"))?;
        let collection = self
            .collections
            .get(name)
            .ok_or(wrong(format!("class '{name}' not present in schema")))?;
        let properties = object["properties"]
            .as_object()
            .ok_or(wrong("properties are missing"))?;
        check_values(properties, &collection.definition["properties"])?;
        only(&object["vectors"], &["default"])?;
        let numbers = object["vectors"]["default"]
            .as_array()
            .ok_or(wrong("vectors.default is missing"))?;
        let vector: Option<Vec<f32>> = numbers
            .iter()
            .map(|number| number.as_f64().map(|number| number as f32))
            .collect();
        let vector = vector.ok_or(wrong("a vector holds something else than numbers"))?;
        let length = collection
            .objects
            .values()
            .next()
            .map(|stored| stored.held.vector.len());
        if length.is_some_and(|length| length != vector.len()) {
            return Err(wrong("new node has a vector with another length"));
        }
        Ok(Held {
            properties: object["properties"].clone(),
            vector,
        })
    }

    fn delete(&mut self, body: &Value) -> Answer {
        only(body, &["match", "output", "dryRun"])?;
        only(&body["match"], &["class", "where"])?;
        let condition = &body["match"]["where"];
        only(condition, &["path", "operator", "valueTextArray"])?;
        if condition["path"] != json!(["id"]) || condition["operator"] != "ContainsAny" {
            return Err(wrong("only deletion by ids is known here"));
        }
        let name = body["match"]["class"].as_str().unwrap();
        let collection = self.collections.get_mut(name).ok_or(wrong("no such class"))?;
        let ids = condition["valueTextArray"].as_array().ok_or(wrong("no ids"))?;
        let matches = ids
            .iter()
            .filter(|id| collection.objects.remove(id.as_str().unwrap()).is_some())
            .count();
        let results = json!({"matches": matches, "limit": 10_000, "successful": matches, "failed": 0, "objects": null});
        Ok(json!({"match": body["match"], "output": "minimal", "dryRun": false, "results": results}))
    }

    pub(super) fn collection(&self, name: &str) -> Option<&Collection> {
        self.collections.get(self.real(name))
    }

    pub(super) fn held(&self, name: &str) -> BTreeMap<String, Held> {
        let objects = self
            .collections
            .get(self.real(name))
            .map(|collection| &collection.objects);
        let held = objects
            .into_iter()
            .flatten()
            .map(|(id, stored)| (id.clone(), stored.held.clone()));
        held.collect()
    }

    pub(super) fn unindexed(&self, name: &str) -> Vec<String> {
        let objects = self
            .collections
            .get(self.real(name))
            .map(|collection| &collection.objects);
        let lost = objects.into_iter().flatten().filter(|(_, stored)| !stored.indexed);
        lost.map(|(id, _)| id.clone()).collect()
    }
}

/// An error for each key that the specification does not have.
fn only(value: &Value, keys: &[&str]) -> Result<(), (u16, String)> {
    let object = value.as_object().ok_or(wrong(format!("{value} is no object")))?;
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(wrong(format!("unknown field {key}"))),
        None => Ok(()),
    }
}

fn check_property(property: &Value) -> Result<(), (u16, String)> {
    let known = [
        "name",
        "dataType",
        "description",
        "tokenization",
        "indexFilterable",
        "indexSearchable",
        "indexRangeFilters",
    ];
    only(property, &known)?;
    let data_type = property["dataType"][0].as_str().ok_or(wrong("dataType is missing"))?;
    let is_text = matches!(data_type, "text" | "text[]");
    if !is_text && !matches!(data_type, "int" | "number" | "date" | "number[]") {
        return Err(wrong(format!("unknown data type {data_type}")));
    }
    if is_text != matches!(property["tokenization"].as_str(), Some("word" | "field")) {
        return Err(wrong("tokenization is for text"));
    }
    if property["indexSearchable"] == true && !is_text {
        return Err(wrong("`indexSearchable` is allowed only for text/text[] data types"));
    }
    if property["indexRangeFilters"] == true && (is_text || data_type == "number[]") {
        return Err(wrong(
            "`indexRangeFilters` is allowed only for number/int/date data types",
        ));
    }
    Ok(())
}

fn check_values(values: &Map<String, Value>, properties: &Value) -> Result<(), (u16, String)> {
    for (name, value) in values {
        let mut known = properties.as_array().unwrap().iter();
        let property = known.find(|property| property["name"] == *name);
        let property = property.ok_or(wrong(format!("no such prop with name '{name}' found")))?;
        let data_type = property["dataType"][0].as_str().unwrap();
        let fits = match data_type {
            "text" => value.is_string(),
            "text[]" => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
            "int" => value.is_i64(),
            "number" => value.is_number(),
            "number[]" => value.as_array().is_some_and(|list| list.iter().all(Value::is_number)),
            _ => value.as_str().is_some_and(is_rfc3339),
        };
        if !fits {
            return Err(wrong(format!("invalid {data_type} property '{name}'")));
        }
    }
    Ok(())
}

/// `2025-09-11T00:00:00Z`, the one form that the target writes.
fn is_rfc3339(text: &str) -> bool {
    let pattern = b"dddd-dd-ddTdd:dd:ddZ";
    let fits = |(byte, wanted): (u8, &u8)| {
        if *wanted == b'd' {
            byte.is_ascii_digit()
        } else {
            byte == *wanted
        }
    };
    text.len() == pattern.len() && text.bytes().zip(pattern).all(fits)
}

fn is_canonical_uuid(text: &str) -> bool {
    let hyphen = |index| matches!(index, 8 | 13 | 18 | 23);
    let fits = |(index, byte): (usize, u8)| match hyphen(index) {
        true => byte == b'-',
        false => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}
