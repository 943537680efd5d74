//! What facts are judged by: the values of a day, wherever they lie. What comes in: a day in memory, or one in the
//! columns of a store; what goes out: single values. It judges nothing and copies nothing that it can borrow.

use std::borrow::Cow;
use std::sync::Arc;

use crate::day::{Day, Property, Value};
use crate::record::{Date, Milli};

/// A user's day, as far as its values are asked for.
pub trait Values {
    /// The local day.
    fn date(&self) -> Date;

    /// Accepted records of all kinds.
    fn records(&self) -> u32;

    /// The value of a property; `None` where the day has none.
    fn value(&self, property: Property) -> Option<ValueRef<'_>>;

    /// Whether the day has the property.
    fn has(&self, property: Property) -> bool {
        self.value(property).is_some()
    }

    /// A number, or a count as a number, in thousandths.
    fn thousandths(&self, property: Property) -> Option<i64> {
        match self.value(property)? {
            ValueRef::Number(number) => Some(number.thousandths()),
            _ => None,
        }
    }

    /// A text property.
    fn word(&self, property: Property) -> Option<&str> {
        match self.value(property)? {
            ValueRef::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list; none where the day has no such list.
    fn texts(&self, property: Property) -> Texts<'_> {
        match self.value(property) {
            Some(ValueRef::List(texts)) => texts,
            _ => Texts::Kept([].iter()),
        }
    }
}

/// The value of a property, where it lies.
#[derive(Clone, Debug)]
pub enum ValueRef<'a> {
    /// A number or a count.
    Number(Milli),
    /// One word or clock time.
    Text(&'a str),
    /// Distinct texts.
    List(Texts<'a>),
    /// Several numbers that belong together.
    Numbers(Cow<'a, [Milli]>),
}

/// The texts of a list, one after the other.
#[derive(Clone, Debug)]
pub enum Texts<'a> {
    /// Of a list in memory.
    Kept(std::slice::Iter<'a, Arc<str>>),
    /// Of a JSON array without escapes: what is left of it behind the quote that opens the next text; empty at the end.
    Written(&'a str),
    /// Of any other JSON array.
    Read(std::vec::IntoIter<String>),
}

impl<'a> Texts<'a> {
    /// Of a JSON array of strings; `None` for anything else.
    pub fn of_json(json: &'a str) -> Option<Texts<'a>> {
        if is_plain(json.as_bytes()) {
            return Some(Texts::Written(&json[2..]));
        }
        let texts: Vec<String> = serde_json::from_str(json).ok()?;
        Some(Texts::Read(texts.into_iter()))
    }
}

/// `["a","b"]`, with at least one text and nothing in them that JSON would escape.
fn is_plain(json: &[u8]) -> bool {
    let Some(mut rest) = json.strip_prefix(b"[\"") else {
        return false;
    };
    if rest.iter().any(|byte| *byte < b' ' || *byte == b'\\') {
        return false;
    }
    while let Some(end) = memchr::memchr(b'"', rest) {
        rest = match &rest[end + 1..] {
            b"]" => return true,
            [b',', b'"', next @ ..] => next,
            _ => return false,
        };
    }
    false
}

impl<'a> Iterator for Texts<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        match self {
            Texts::Kept(texts) => texts.next().map(|text| Cow::Borrowed(&**text)),
            Texts::Written(rest) => {
                let end = memchr::memchr(b'"', rest.as_bytes())?;
                let text = &rest[..end];
                *rest = rest.get(end + 3..).unwrap_or("");
                Some(Cow::Borrowed(text))
            }
            Texts::Read(texts) => texts.next().map(Cow::Owned),
        }
    }
}

impl Values for Day {
    fn date(&self) -> Date {
        self.date
    }

    fn records(&self) -> u32 {
        self.records
    }

    fn value(&self, property: Property) -> Option<ValueRef<'_>> {
        Some(match self.get(property)? {
            Value::Count(count) => ValueRef::Number(Milli::from_whole(i64::from(*count))),
            Value::Number(number) => ValueRef::Number(*number),
            Value::Text(text) => ValueRef::Text(text),
            Value::List(list) => ValueRef::List(Texts::Kept(list.iter())),
            Value::Numbers(numbers) => ValueRef::Numbers(Cow::Borrowed(numbers)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_json_is() {
        for json in [
            r#"["a"]"#,
            r#"["a","b, c",""]"#,
            "[]",
            "[ \"a\" ]",
            r#"["a", "b"]"#,
            r#"["a\"b","c\\"]"#,
            r#"["äöü","b"]"#,
            r#"["]","[",","]"#,
            r#"["a","]"#,
            r#"["a""b"]"#,
            r#"["a"]]"#,
            r#"["a",1]"#,
            r#"["a"#,
            r#"[""#,
            "[\"a\tb\"]",
            "",
            "7",
        ] {
            let expected: Option<Vec<String>> = serde_json::from_str(json).ok();
            let read = Texts::of_json(json).map(|texts| texts.map(Cow::into_owned).collect::<Vec<_>>());
            assert_eq!(read, expected, "{json}");
        }
    }
}
