//! `BatchObjects` of Weaviate's gRPC interface, as the JSON of REST and back. Read from Weaviate's definitions, and
//! strict: a field that is not there, twice or of another kind is an error.

use serde_json::{Map, Value, json};

use super::wire::{Field, fields, put_bytes, put_varint};

/// The encoded objects of a request.
pub(super) fn objects(request: &[u8]) -> Result<Vec<&[u8]>, String> {
    let mut objects = Vec::new();
    for (number, field) in fields(request)? {
        match number {
            1 => objects.push(field.bytes()?),
            2 if (1..=3).contains(&field.integer()?) => {}
            other => return Err(format!("unknown field {other} of BatchObjectsRequest")),
        }
    }
    Ok(objects)
}

/// A request with these objects.
pub(super) fn request<'a>(objects: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut request = Vec::new();
    objects
        .into_iter()
        .for_each(|object| put_bytes(&mut request, 1, object));
    request
}

/// A reply that names what failed.
pub(super) fn reply<'a>(errors: impl IntoIterator<Item = (usize, &'a str)>) -> Vec<u8> {
    let mut reply = vec![1 << 3 | 5];
    reply.extend_from_slice(&0.25f32.to_le_bytes());
    for (index, message) in errors {
        let mut error = vec![1 << 3];
        put_varint(&mut error, index as u64);
        put_bytes(&mut error, 2, message.as_bytes());
        put_bytes(&mut reply, 2, &error);
    }
    reply
}

/// Position and message of each error in a reply.
pub(super) fn errors(reply: &[u8]) -> Vec<(usize, String)> {
    // `took` is a float, which no other message has.
    let rest = match reply.first() {
        Some(0x0d) => &reply[5..],
        _ => reply,
    };
    let error = |(number, field): (u64, Field<'_>)| {
        assert_eq!(number, 2);
        let parts = fields(field.bytes().unwrap()).unwrap();
        let part = |wanted| {
            parts
                .iter()
                .find(|(number, _)| *number == wanted)
                .map(|(_, field)| *field)
        };
        // Zero is not written.
        let index = part(1).map_or(0, |field| field.integer().unwrap());
        (index as usize, part(2).unwrap().text().unwrap())
    };
    fields(rest).unwrap().into_iter().map(error).collect()
}

/// An object as REST takes it.
pub(super) fn object(message: &[u8]) -> Result<Value, String> {
    let mut object = Map::new();
    for (number, field) in fields(message)? {
        match number {
            1 => once(&mut object, "id", json!(field.text()?))?,
            3 => once(&mut object, "properties", properties(field.bytes()?)?)?,
            4 => once(&mut object, "class", json!(field.text()?))?,
            5 => once(&mut object, "tenant", json!(field.text()?))?,
            23 => {
                let (name, vector) = vector(field.bytes()?)?;
                once(&mut object, "vectors", json!({ name: vector }))?;
            }
            other => return Err(format!("unknown field {other} of BatchObject")),
        }
    }
    Ok(Value::Object(object))
}

fn once(object: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), String> {
    match object.insert(name.to_string(), value) {
        None => Ok(()),
        Some(_) => Err(format!("{name} twice")),
    }
}

fn vector(message: &[u8]) -> Result<(String, Value), String> {
    let (mut name, mut vector, mut kind) = (None, None, None);
    for (number, field) in fields(message)? {
        match number {
            1 => name = Some(field.text()?),
            3 => vector = Some(floats(field.bytes()?)?),
            4 => kind = Some(field.integer()?),
            other => return Err(format!("unknown field {other} of Vectors")),
        }
    }
    match (name, vector, kind) {
        (Some(name), Some(vector), Some(1)) => Ok((name, vector)),
        other => Err(format!("vectors of {other:?}")),
    }
}

fn floats(bytes: &[u8]) -> Result<Value, String> {
    let (floats, rest) = bytes.as_chunks::<4>();
    match rest {
        [] => Ok(floats.iter().map(|float| json!(f32::from_le_bytes(*float))).collect()),
        _ => Err(format!("{} bytes of floats", bytes.len())),
    }
}

fn properties(message: &[u8]) -> Result<Value, String> {
    let mut properties = Map::new();
    for (number, field) in fields(message)? {
        match number {
            1 => single_values(field.bytes()?, &mut properties)?,
            4 => {
                let (name, numbers) = number_list(field.bytes()?)?;
                once(&mut properties, &name, numbers)?;
            }
            6 => {
                let (name, texts) = text_list(field.bytes()?)?;
                once(&mut properties, &name, texts)?;
            }
            10 => once(&mut properties, &field.text()?, json!([]))?,
            other => return Err(format!("unknown field {other} of Properties")),
        }
    }
    Ok(Value::Object(properties))
}

fn single_values(message: &[u8], properties: &mut Map<String, Value>) -> Result<(), String> {
    for (number, entry) in fields(message)? {
        match (number, &fields(entry.bytes()?)?[..]) {
            (1, [(1, name), (2, value)]) => once(properties, &name.text()?, single_value(value.bytes()?)?)?,
            other => return Err(format!("an entry of {other:?}")),
        }
    }
    Ok(())
}

fn single_value(message: &[u8]) -> Result<Value, String> {
    match fields(message)?[..] {
        [(2, number)] => {
            let number = number.number()?;
            // Whole numbers are integers to the server.
            let whole = number.fract() == 0.0 && number.abs() < 9e15;
            Ok(if whole { json!(number as i64) } else { json!(number) })
        }
        [(3, text)] => Ok(json!(text.text()?)),
        ref other => Err(format!("a value of {other:?}")),
    }
}

fn number_list(message: &[u8]) -> Result<(String, Value), String> {
    match fields(message)?[..] {
        [(2, name), (3, bytes)] => {
            let (numbers, rest) = bytes.bytes()?.as_chunks::<8>();
            match (numbers.is_empty(), rest) {
                (false, []) => Ok((
                    name.text()?,
                    numbers.iter().map(|bits| json!(f64::from_le_bytes(*bits))).collect(),
                )),
                _ => Err("an empty or broken list of numbers".to_string()),
            }
        }
        ref other => Err(format!("a list of numbers of {other:?}")),
    }
}

fn text_list(message: &[u8]) -> Result<(String, Value), String> {
    let (mut name, mut texts) = (None, Vec::new());
    for (number, field) in fields(message)? {
        match number {
            1 => texts.push(json!(field.text()?)),
            2 => name = Some(field.text()?),
            other => return Err(format!("unknown field {other} of TextArrayProperties")),
        }
    }
    match (name, texts.is_empty()) {
        (Some(name), false) => Ok((name, Value::Array(texts))),
        _ => Err("a list of texts without a name, or an empty one".to_string()),
    }
}
