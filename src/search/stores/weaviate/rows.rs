//! Days as a server tells them. What comes in: rows of an answer; what goes out: days, keys and vectors.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::day::{Day, Property, PropertyType, Value};
use crate::record::{Date, Milli};
use crate::search::stores::DayKey;
use crate::search::stores::load::{Load, Shown, number};

/// The fields that a load needs, as a query names them.
pub(super) fn fields(load: &Load, has: &dyn Fn(&str) -> bool) -> String {
    let properties = load.properties.iter().map(|property| property.name());
    let shown = ["text", "facets"].into_iter().filter(|_| load.shown);
    let all = ["user_id", "date", "records"]
        .into_iter()
        .chain(shown)
        .chain(properties);
    all.filter(|name| has(name)).collect::<Vec<_>>().join(" ")
}

/// Whose day and which; `None` for an object that is no day.
pub(super) fn key(row: &Json) -> Option<DayKey> {
    // Midnight UTC: the day stands first.
    let date: Date = row["date"].as_str()?.get(..10)?.parse().ok()?;
    Some(DayKey {
        user_id: Arc::from(row["user_id"].as_str()?),
        date,
    })
}

/// The day of a row, with the properties of the load.
pub(super) fn day(row: &Json, load: &Load) -> Option<Day> {
    let DayKey { user_id, date } = key(row)?;
    let mut day = Day::new(user_id, date);
    day.records = row["records"]
        .as_u64()
        .and_then(|records| u32::try_from(records).ok())
        .unwrap_or(0);
    for property in &load.properties {
        if let Some(value) = value(&row[property.name()], *property) {
            day.set(*property, value);
        }
    }
    Some(day)
}

/// What is shown of a row, if the load asks for it.
pub(super) fn shown(row: &Json, load: &Load) -> Option<Shown> {
    load.shown.then(|| Shown {
        text: row["text"].as_str().unwrap_or_default().to_string(),
        facets: texts(&row["facets"]),
    })
}

/// The bytes of the vector, as SQLite keeps them; `None` where the object has none.
pub(super) fn vector(row: &Json, name: &str) -> Option<Vec<u8>> {
    let numbers = row["_additional"]["vectors"][name].as_array()?.iter();
    let bytes = |number: &Json| Some((number.as_f64()? as f32).to_le_bytes());
    numbers
        .map(bytes)
        .collect::<Option<Vec<_>>>()
        .map(|bytes| bytes.concat())
}

fn value(json: &Json, property: Property) -> Option<Value> {
    match property.info().kind {
        PropertyType::Count | PropertyType::Number => number(thousandths(json.as_f64()?), property),
        PropertyType::Text => json.as_str().map(|text| Value::Text(text.into())),
        PropertyType::List => json
            .is_array()
            .then(|| Value::List(texts(json).into_iter().map(Arc::from).collect())),
        PropertyType::Numbers => {
            let numbers = json.as_array()?.iter().filter_map(Json::as_f64);
            Some(Value::Numbers(
                numbers.map(thousandths).map(Milli::from_thousandths).collect(),
            ))
        }
    }
}

/// The server keeps decimals of three places as doubles.
fn thousandths(number: f64) -> i64 {
    (number * 1000.0).round() as i64
}

fn texts(json: &Json) -> Vec<String> {
    let texts = json.as_array().into_iter().flatten().filter_map(Json::as_str);
    texts.map(str::to_string).collect()
}
