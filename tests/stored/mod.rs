//! Documents and vectors read back from the three targets, by plain readers of their formats: serde_json, rusqlite
//! and the row reader of parquet.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, List};
use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

/// What a target holds of one day.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stored {
    /// The document; a number is a double here, whichever type the format gave it.
    pub(crate) document: Map<String, Value>,
    /// The vector, bit for bit.
    pub(crate) vector: Option<Vec<u32>>,
}

/// Days by `id`.
pub(crate) type Days = BTreeMap<String, Stored>;

fn add(days: &mut Days, day: Stored) {
    let id = day.document["id"].as_str().unwrap().to_string();
    assert!(days.insert(id.clone(), day).is_none(), "{id} is there twice");
}

/// Numbers as doubles, so that 45 and 45.0 are equal; object keys sorted.
fn normal(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64().unwrap()),
        Value::Array(list) => list.into_iter().map(normal).collect(),
        other => other,
    }
}

/// Days of an `ndjson:` target.
pub(crate) fn ndjson(path: &Path) -> Days {
    let mut days = Days::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let mut object: Map<String, Value> = serde_json::from_str(line).unwrap();
        let vector = object.remove("vector").map(|vector| {
            let numbers = vector.as_array().unwrap();
            numbers
                .iter()
                .map(|number| (number.as_f64().unwrap() as f32).to_bits())
                .collect()
        });
        let document = object.into_iter().map(|(name, value)| (name, normal(value))).collect();
        add(&mut days, Stored { document, vector });
    }
    days
}

/// Days of a `parquet:` target.
pub(crate) fn parquet(path: &Path) -> Days {
    let mut days = Days::new();
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    for row in reader.get_row_iter(None).unwrap() {
        let mut day = Stored::default();
        for (name, field) in row.unwrap().get_column_iter() {
            match field {
                Field::Null => {}
                Field::ListInternal(list) if name == "vector" => day.vector = Some(floats(list)),
                field => {
                    day.document.insert(name.clone(), json(field));
                }
            }
        }
        add(&mut days, day);
    }
    days
}

fn floats(list: &List) -> Vec<u32> {
    let bits = |field: &Field| match field {
        Field::Float(value) => value.to_bits(),
        other => panic!("no float32: {other:?}"),
    };
    list.elements().iter().map(bits).collect()
}

fn json(field: &Field) -> Value {
    match field {
        Field::Str(text) => Value::from(text.as_str()),
        Field::Int(value) => Value::from(f64::from(*value)),
        Field::Long(value) => Value::from(*value as f64),
        Field::Double(value) => Value::from(*value),
        Field::Date(days) => Value::from(civil_date(*days)),
        Field::ListInternal(list) => list.elements().iter().map(json).collect(),
        other => panic!("no column of the contract has such a type: {other:?}"),
    }
}

/// `YYYY-MM-DD` of a day since 1970-01-01, found by counting years and months.
fn civil_date(days: i32) -> String {
    let leap = |year: i32| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut year, mut left) = (1970, days);
    while left >= 365 + i32::from(leap(year)) {
        left -= 365 + i32::from(leap(year));
        year += 1;
    }
    let february = 28 + i32::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", left + 1)
}

/// Days of a `sqlite:` store: the tables `days` and `vectors`, joined on `day`.
pub(crate) fn sqlite(path: &Path) -> Days {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT days.*, vectors.vector AS vector FROM days LEFT JOIN vectors ON vectors.day = days.day")
        .unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_string).collect();
    let mut rows = statement.query([]).unwrap();
    let mut days = Days::new();
    while let Some(row) = rows.next().unwrap() {
        let mut day = Stored::default();
        for (index, name) in names.iter().enumerate() {
            match row.get_ref(index).unwrap() {
                ValueRef::Blob(bytes) => day.vector = Some(little_endian(bytes)),
                value => {
                    if let Some(value) = column(name, value) {
                        day.document.insert(name.clone(), value);
                    }
                }
            }
        }
        add(&mut days, day);
    }
    assert_eq!(orphans(&connection), 0, "vectors without a day");
    days
}

/// A column's value; `None` for NULL and for the store's own key.
fn column(name: &str, value: ValueRef<'_>) -> Option<Value> {
    if name == "day" {
        return None;
    }
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(value) => Some(Value::from(value as f64)),
        ValueRef::Real(value) => Some(Value::from(value)),
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes).unwrap();
            // Lists are JSON arrays; no text of the generated data begins with a bracket.
            Some(if text.starts_with('[') {
                normal(serde_json::from_str(text).unwrap())
            } else {
                Value::from(text)
            })
        }
        ValueRef::Blob(_) => panic!("{name} is a blob"),
    }
}

fn little_endian(bytes: &[u8]) -> Vec<u32> {
    let (floats, rest) = bytes.as_chunks::<4>();
    assert!(rest.is_empty(), "{} bytes are no float32s", bytes.len());
    floats.iter().map(|float| u32::from_le_bytes(*float)).collect()
}

/// How many days a store holds that a killed run has left; `None` where it has no tables yet. It is read as it lies
/// on disk, and left as it is.
pub(crate) fn sqlite_count(path: &Path) -> Option<usize> {
    let connection = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    let count: i64 = connection
        .query_row("SELECT count(*) FROM days", [], |row| row.get(0))
        .ok()?;
    Some(count as usize)
}

fn orphans(connection: &rusqlite::Connection) -> i64 {
    let query = "SELECT count(*) FROM vectors WHERE day NOT IN (SELECT day FROM days)";
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

/// Fails with the first day and property that differ.
pub(crate) fn assert_equal(ours: &Days, wanted: &Days, what: &str) {
    for (id, day) in wanted {
        let our_day = ours.get(id).unwrap_or_else(|| panic!("{what}: {id} is missing"));
        for (name, value) in &day.document {
            assert_eq!(our_day.document.get(name), Some(value), "{what}: {id} {name}");
        }
        assert_eq!(
            our_day.document.len(),
            day.document.len(),
            "{what}: {id} has more properties"
        );
        assert!(our_day.vector == day.vector, "{what}: {id}: the vectors differ");
    }
    assert_eq!(ours.len(), wanted.len(), "{what}: more days");
}
