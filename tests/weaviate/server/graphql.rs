//! As much of GraphQL as queries need: one function, one collection, arguments, fields. What is not in the language is
//! an error, as it is in a real server.

use serde_json::{Map, Value};

/// `{Get{Name(argument:value){field field{field}}}}`.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) function: String,
    pub(super) collection: String,
    pub(super) arguments: Map<String, Value>,
    pub(super) fields: Vec<Field>,
}

/// A field, and what is asked of it.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
}

/// Words that are no strings: operators, orders.
pub(super) const ENUM: &str = "\u{0}";

pub(super) fn parse(text: &str) -> Result<Query, String> {
    let mut parser = Parser { rest: text };
    parser.expect('{')?;
    let function = parser.name()?;
    parser.expect('{')?;
    let collection = parser.name()?;
    let arguments = match parser.skip('(') {
        true => parser.pairs(')')?,
        false => Map::new(),
    };
    parser.expect('{')?;
    let fields = parser.fields()?;
    parser.expect('}')?;
    parser.expect('}')?;
    match parser.rest.trim() {
        "" => Ok(Query {
            function,
            collection,
            arguments,
            fields,
        }),
        rest => Err(format!("Syntax Error: unexpected {rest}")),
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    /// White space and commas mean nothing.
    fn space(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches(|letter: char| letter.is_whitespace() || letter == ',');
    }

    fn skip(&mut self, wanted: char) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        match self.skip(wanted) {
            true => Ok(()),
            false => Err(format!("Syntax Error: expected {wanted} before {:.40}", self.rest)),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        self.space();
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let end = self.rest.find(|letter| !is_name(letter)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(format!("Syntax Error: expected a name before {:.40}", self.rest));
        }
        self.rest = rest;
        Ok(name.to_string())
    }

    /// To the closing brace.
    fn fields(&mut self) -> Result<Vec<Field>, String> {
        let mut fields = Vec::new();
        while !self.skip('}') {
            let name = self.name()?;
            let fields_of = if self.skip('{') { self.fields()? } else { Vec::new() };
            fields.push(Field {
                name,
                fields: fields_of,
            });
        }
        match fields.is_empty() {
            true => Err("Syntax Error: no fields".to_string()),
            false => Ok(fields),
        }
    }

    /// `name: value` to the closing mark.
    fn pairs(&mut self, end: char) -> Result<Map<String, Value>, String> {
        let mut pairs = Map::new();
        while !self.skip(end) {
            let name = self.name()?;
            self.expect(':')?;
            if pairs.insert(name.clone(), self.value()?).is_some() {
                return Err(format!("There can be only one argument named {name}"));
            }
        }
        Ok(pairs)
    }

    fn value(&mut self) -> Result<Value, String> {
        if self.skip('{') {
            return self.pairs('}').map(Value::Object);
        }
        if self.skip('[') {
            let mut list = Vec::new();
            while !self.skip(']') {
                list.push(self.value()?);
            }
            return Ok(Value::Array(list));
        }
        if self.rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return self.name().map(|name| Value::String(format!("{ENUM}{name}")));
        }
        let is_number = |letter: char| letter.is_ascii_digit() || "+-.eE".contains(letter);
        let number = self.rest.find(|letter| !is_number(letter)).unwrap_or(self.rest.len());
        if number > 0 {
            let (number, rest) = self.rest.split_at(number);
            self.rest = rest;
            return serde_json::from_str(number).map_err(|error| format!("Syntax Error: {error}"));
        }
        // Strings are those of JSON.
        let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
        let text = stream.next().ok_or("Syntax Error: no value")?;
        let text = text.map_err(|error| format!("Syntax Error: {error}"))?;
        self.rest = &self.rest[stream.byte_offset()..];
        Ok(Value::String(text))
    }
}
