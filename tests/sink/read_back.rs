//! Reads what the targets wrote into one form: a JSON object a day, as `ndjson:` has it, without nulls.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};
use vitalvec::day::{PROPERTIES, PropertyType};
use vitalvec::record::Date;
use vitalvec::sink::sqlite::{open_for_reading, vector_from_blob};

/// Days by id.
pub(crate) type Days = BTreeMap<String, Map<String, Value>>;

fn by_id(rows: impl IntoIterator<Item = Map<String, Value>>) -> Days {
    rows.into_iter()
        .map(|row| (row["id"].as_str().unwrap().to_string(), row))
        .collect()
}

/// Whole numbers are written without a fraction.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 {
        json!(value as i64)
    } else {
        json!(value)
    }
}

fn numbers(vector: &[f32]) -> Value {
    vector.iter().map(|number| f64::from(*number)).collect()
}

/// The lines of an NDJSON file.
pub(crate) fn ndjson(path: &Path) -> Days {
    let text = std::fs::read_to_string(path).unwrap();
    by_id(text.lines().map(|line| {
        let mut row: Map<String, Value> = serde_json::from_str(line).unwrap();
        if let Some(vector) = row.get_mut("vector") {
            let parsed: Vec<f32> = serde_json::from_value(vector.clone()).unwrap();
            *vector = numbers(&parsed);
        }
        row
    }))
}

/// The days of a store, with their vectors.
pub(crate) fn sqlite(path: &Path) -> Days {
    let connection = open_for_reading(path).unwrap();
    let sql = "SELECT days.*, vectors.vector FROM days LEFT JOIN vectors USING (day)";
    let mut statement = connection.prepare(sql).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_string).collect();
    let mut rows = statement.query([]).unwrap();
    let mut days = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let mut day = Map::new();
        for (index, name) in names.iter().enumerate().skip(1) {
            if let Some(value) = sqlite_value(name, row.get_ref(index).unwrap()) {
                day.insert(name.clone(), value);
            }
        }
        days.push(day);
    }
    by_id(days)
}

fn sqlite_value(name: &str, value: ValueRef<'_>) -> Option<Value> {
    let property = PROPERTIES.iter().find(|info| info.name == name);
    let is_list = name.starts_with("facets")
        || property.is_some_and(|info| matches!(info.kind, PropertyType::List | PropertyType::Numbers));
    Some(match value {
        ValueRef::Null => return None,
        ValueRef::Integer(integer) => json!(integer),
        ValueRef::Real(real) => number(real),
        ValueRef::Text(text) if is_list => serde_json::from_slice(text).unwrap(),
        ValueRef::Text(text) => json!(std::str::from_utf8(text).unwrap()),
        ValueRef::Blob(blob) => numbers(&vector_from_blob(blob).unwrap()),
    })
}

/// The rows of a Parquet file.
pub(crate) fn parquet(path: &Path) -> Days {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap())
        .unwrap()
        .build()
        .unwrap();
    let mut days = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        for row in 0..batch.num_rows() {
            let mut day = Map::new();
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                if column.is_valid(row) {
                    day.insert(field.name().clone(), arrow_value(column, row));
                }
            }
            days.push(day);
        }
    }
    by_id(days)
}

fn arrow_value(column: &ArrayRef, row: usize) -> Value {
    match column.data_type() {
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => number(column.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => json!(Date::from_days(column.as_primitive::<Date32Type>().value(row)).to_string()),
        DataType::List(element) if *element.data_type() == DataType::Float64 => {
            let list = column.as_list::<i32>().value(row);
            list.as_primitive::<Float64Type>()
                .values()
                .iter()
                .map(|value| number(*value))
                .collect()
        }
        DataType::List(_) => column
            .as_list::<i32>()
            .value(row)
            .as_string::<i32>()
            .iter()
            .map(|text| text.unwrap())
            .collect(),
        DataType::FixedSizeList(_, _) => {
            let vector = column.as_fixed_size_list().value(row);
            numbers(vector.as_primitive::<Float32Type>().values())
        }
        other => panic!("unexpected column type {other}"),
    }
}
