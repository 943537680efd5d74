//! Queries to the strict server: what a real one (1.39.0) answers is answered, what it refuses is refused, and so is
//! what nobody asks yet.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::graphql::{ENUM, Field, Query, parse};
use super::store::{Collection, Store, Stored};

/// `QUERY_MAXIMUM_RESULTS` and the limit of who names none.
const MOST: u64 = 10_000;
const DEFAULT: u64 = 10;

type Rows = Result<Vec<Value>, String>;

impl Store {
    /// A query that fails is answered with 200, too.
    pub(super) fn query(&self, text: &str) -> Value {
        let query = match parse(text) {
            Ok(query) => query,
            Err(message) => return json!({"errors": [{"message": message, "path": null}]}),
        };
        let Query {
            function, collection, ..
        } = &query;
        match self.run(&query) {
            Ok(rows) => json!({"data": {function: {collection: rows}}}),
            Err(message) => json!({"data": {function: {collection: null}}, "errors": [{"message": message}]}),
        }
    }

    fn run(&self, query: &Query) -> Rows {
        let name = &query.collection;
        let collection = self.collection(name).ok_or(format!("Cannot query field \"{name}\""))?;
        if query.arguments.contains_key("where") && collection.definition["class"] != **name {
            // Filters do not go through aliases.
            return Err(format!(
                "invalid 'where' filter: class \"{name}\" does not exist in schema"
            ));
        }
        match &*query.function {
            "Aggregate" => aggregate(collection, query),
            "Get" => get(collection, query),
            other => Err(format!("Cannot query field \"{other}\"")),
        }
    }
}

fn aggregate(collection: &Collection, query: &Query) -> Rows {
    known_arguments(query, &["where"])?;
    match query.fields.as_slice() {
        [Field { name, fields }] if name == "meta" && fields.len() == 1 && fields[0].name == "count" => {}
        _ => return Err("only objects are counted here".to_string()),
    }
    Ok(vec![json!({"meta": {"count": filtered(collection, query)?.len()}})])
}

fn get(collection: &Collection, query: &Query) -> Rows {
    known_arguments(query, &["limit", "where", "nearVector", "bm25"])?;
    let limit = query
        .arguments
        .get("limit")
        .map_or(Ok(DEFAULT), |limit| limit.as_u64().ok_or("limit is no Int"))?;
    if !(1..=MOST).contains(&limit) {
        return Err(format!("limit {limit} exceeds QUERY_MAXIMUM_RESULTS or is 0"));
    }
    let mut found: Vec<Found> = filtered(collection, query)?.into_iter().map(Found::new).collect();
    match (query.arguments.get("nearVector"), query.arguments.get("bm25")) {
        (None, None) => {}
        (Some(near), None) => near_vector(&mut found, near)?,
        (None, Some(words)) => bm25(collection, &mut found, words)?,
        _ => return Err("nearVector and bm25 exclude each other".to_string()),
    }
    let limit = usize::try_from(limit).unwrap();
    found
        .iter()
        .take(limit)
        .map(|found| row(collection, found, &query.fields))
        .collect()
}

fn known_arguments(query: &Query, known: &[&str]) -> Result<(), String> {
    match query.arguments.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("Unknown argument \"{name}\" on field \"{}\"", query.collection)),
        None => Ok(()),
    }
}

struct Found<'a> {
    id: &'a str,
    stored: &'a Stored,
    distance: Option<f64>,
    score: Option<f64>,
}

impl<'a> Found<'a> {
    fn new((id, stored): (&'a String, &'a Stored)) -> Found<'a> {
        Found {
            id,
            stored,
            distance: None,
            score: None,
        }
    }
}

fn near_vector(found: &mut Vec<Found<'_>>, near: &Value) -> Result<(), String> {
    let near = object(near, &["vector", "targetVectors"])?;
    if near.get("targetVectors") != Some(&json!(["default"])) {
        return Err("targetVectors must name the vector".to_string());
    }
    let numbers = near
        .get("vector")
        .and_then(Value::as_array)
        .ok_or("nearVector without a vector")?;
    let question: Option<Vec<f64>> = numbers.iter().map(Value::as_f64).collect();
    let question = question.ok_or("a vector holds something else than numbers")?;
    found.retain(|found| found.stored.indexed);
    for found in found.iter_mut() {
        let vector = &found.stored.held.vector;
        if vector.len() != question.len() {
            return Err(format!(
                "vector lengths don't match: {} vs {}",
                vector.len(),
                question.len()
            ));
        }
        found.distance = Some(1.0 - cosine(&question, vector));
    }
    found.sort_by(|a, b| a.distance.unwrap().total_cmp(&b.distance.unwrap()));
    Ok(())
}

fn cosine(question: &[f64], vector: &[f32]) -> f64 {
    let vector: Vec<f64> = vector.iter().copied().map(f64::from).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(question, &vector) / (dot(question, question) * dot(&vector, &vector)).sqrt()
}

/// Counts words: enough to tell days that have them from days that have not.
fn bm25(collection: &Collection, found: &mut Vec<Found<'_>>, words: &Value) -> Result<(), String> {
    let words = object(words, &["query", "properties"])?;
    let [name] = words
        .get("properties")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice)
    else {
        return Err("bm25 over one property only is known here".to_string());
    };
    let name = name.as_str().ok_or("a property is no String")?;
    if property(collection, name)?["indexSearchable"] != true {
        return Err(format!("Searching by property '{name}' requires inverted index"));
    }
    let query = words
        .get("query")
        .and_then(Value::as_str)
        .ok_or("bm25 without a query")?;
    let split = |text: &str| -> Vec<String> {
        let words = text
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let wanted = split(query);
    for found in found.iter_mut() {
        let text = split(found.stored.held.properties[name].as_str().unwrap_or_default());
        found.score = Some(wanted.iter().filter(|word| text.contains(word)).count() as f64);
    }
    found.retain(|found| found.score > Some(0.0));
    found.sort_by(|a, b| b.score.unwrap().total_cmp(&a.score.unwrap()));
    Ok(())
}

fn row(collection: &Collection, found: &Found<'_>, fields: &[Field]) -> Result<Value, String> {
    let mut row = Map::new();
    for Field { name, fields } in fields {
        let value = match &**name {
            "_additional" => additional(found, fields)?,
            _ => {
                property(collection, name).map_err(|_| format!("Cannot query field \"{name}\""))?;
                found.stored.held.properties[name].clone()
            }
        };
        row.insert(name.clone(), value);
    }
    Ok(Value::Object(row))
}

fn additional(found: &Found<'_>, fields: &[Field]) -> Result<Value, String> {
    let mut row = Map::new();
    for Field { name, fields } in fields {
        let value = match &**name {
            "id" => json!(found.id),
            "distance" => json!(found.distance),
            "score" => json!(found.score.map(|score| score.to_string())),
            "vectors" if fields.len() == 1 && fields[0].name == "default" => {
                json!({"default": found.stored.held.vector})
            }
            _ => return Err(format!("Cannot query field \"{name}\" on type \"Additional\"")),
        };
        row.insert(name.clone(), value);
    }
    Ok(Value::Object(row))
}

fn filtered<'a>(collection: &'a Collection, query: &Query) -> Result<BTreeMap<&'a String, &'a Stored>, String> {
    if let Some(filter) = query.arguments.get("where") {
        // Also with no object to try it on.
        passes(collection, "", &Value::Null, filter)?;
    }
    let mut kept = BTreeMap::new();
    for (id, stored) in &collection.objects {
        let passes = match query.arguments.get("where") {
            None => true,
            Some(filter) => passes(collection, id, &stored.held.properties, filter)?,
        };
        if passes {
            kept.insert(id, stored);
        }
    }
    Ok(kept)
}

/// Every part is looked at, so that an error in one of them does not hide behind another.
fn passes(collection: &Collection, id: &str, properties: &Value, filter: &Value) -> Result<bool, String> {
    let all = filter.as_object().ok_or("a filter is no object")?;
    let operator = all
        .get("operator")
        .and_then(Value::as_str)
        .and_then(|operator| operator.strip_prefix(ENUM));
    let operator = operator.ok_or("a filter without an operator")?;
    if !matches!(operator, "And" | "Or") {
        return test(collection, id, properties, all, operator);
    }
    let operands = object(filter, &["operator", "operands"])?
        .get("operands")
        .and_then(Value::as_array);
    let operands = operands.filter(|operands| !operands.is_empty()).ok_or("no operands")?;
    let parts = operands.iter().map(|part| passes(collection, id, properties, part));
    let parts: Vec<bool> = parts.collect::<Result<_, _>>()?;
    Ok(match operator {
        "And" => parts.into_iter().all(|passes| passes),
        _ => parts.into_iter().any(|passes| passes),
    })
}

fn test(
    collection: &Collection,
    id: &str,
    properties: &Value,
    filter: &Map<String, Value>,
    operator: &str,
) -> Result<bool, String> {
    let Some([Value::String(name)]) = filter.get("path").and_then(Value::as_array).map(Vec::as_slice) else {
        return Err("a path is one property".to_string());
    };
    let id = json!(id);
    let (data_type, held) = match &**name {
        "id" => ("text", &id),
        _ => {
            let property = property(collection, name)?;
            let is_range = operator.contains("Than");
            let has_index = property["indexFilterable"] == true || is_range && property["indexRangeFilters"] == true;
            if !has_index {
                return Err(format!("Filtering by property '{name}' requires inverted index"));
            }
            let data_type = property["dataType"][0].as_str().unwrap();
            (data_type.trim_end_matches("[]"), &properties[name])
        }
    };
    let key = match data_type {
        "text" => "valueText",
        "int" => "valueInt",
        "number" => "valueNumber",
        _ => "valueDate",
    };
    if let Some(other) = filter
        .keys()
        .find(|other| !["path", "operator", key].contains(&other.as_str()))
    {
        return Err(format!(
            "data type filter cannot use \"{other}\" on type \"{data_type}\", use \"{key}\" instead"
        ));
    }
    let value = filter.get(key).ok_or(format!("no {key}"))?;
    let year = value.as_str().and_then(|date| date.get(..4)?.parse().ok());
    if key == "valueDate" && !year.is_some_and(|year: u32| (1677..=2262).contains(&year)) {
        // A real server wraps around and says nothing.
        return Err(format!("a date that 64 bits of nanoseconds do not hold: {value}"));
    }
    compare(operator, held, value)
}

fn compare(operator: &str, held: &Value, value: &Value) -> Result<bool, String> {
    let held_texts = || match held {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    };
    let order = || match (held, value) {
        (Value::String(held), Value::String(value)) => Some(held.cmp(value)),
        _ => held.as_f64()?.partial_cmp(&value.as_f64()?),
    };
    match operator {
        "Equal" => Ok(held_texts().contains(value)),
        "NotEqual" => Ok(!held_texts().contains(value)),
        "ContainsAny" => {
            let values = value.as_array().ok_or("ContainsAny takes a list")?;
            Ok(held_texts().iter().any(|held| values.contains(held)))
        }
        "Like" => {
            let pattern = value.as_str().and_then(|text| text.strip_suffix('*'));
            let start = pattern.ok_or("only beginnings are known here")?;
            Ok(held.as_str().is_some_and(|held| held.starts_with(start)))
        }
        "GreaterThanEqual" => Ok(order().is_some_and(|order| order.is_ge())),
        "LessThanEqual" => Ok(order().is_some_and(|order| order.is_le())),
        other => Err(format!("unknown operator {other}")),
    }
}

fn property<'a>(collection: &'a Collection, name: &str) -> Result<&'a Value, String> {
    let mut properties = collection.definition["properties"].as_array().unwrap().iter();
    let found = properties.find(|property| property["name"] == *name);
    found.ok_or(format!("no such prop with name '{name}' found"))
}

fn object<'a>(value: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, String> {
    let object = value.as_object().ok_or("expected an object")?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("Unknown field {key}")),
        None => Ok(object),
    }
}
