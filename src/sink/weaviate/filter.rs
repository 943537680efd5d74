//! Conditions as the server takes them. What comes in: properties and values; what goes out: the `where` of a query. It
//! never sends.

use std::fmt;

use serde_json::json;

use crate::record::Date;

/// The first date that a filter can name. The server counts nanoseconds in 64 bits and takes dates beyond for quite
/// other ones, without a word (seen with 1.39.0).
pub const FIRST_DATE: Date = Date::from_days(-106_751);

/// The last date that a filter can name: 2262-04-11.
pub const LAST_DATE: Date = Date::from_days(106_751);

/// What an object must be like.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of these; nothing in it lets everything through.
    All(Vec<Filter>),
    /// One of these.
    Any(Vec<Filter>),
    /// One property.
    Is(&'static str, Test),
}

/// What a property must be like.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// This text, as a whole.
    Equal(String),
    /// Any text but this.
    Other(String),
    /// A text that begins like this.
    Begins(String),
    /// A list, or a text, with one of these.
    Holds(Vec<String>),
    /// At least this number.
    Least(Number),
    /// At most this number.
    Most(Number),
}

/// A number of the property's own type: the server takes no other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Of an `int`.
    Int(i64),
    /// Of a `number`.
    Number(f64),
    /// Of a `date`.
    Date(Date),
}

impl Filter {
    /// Both.
    #[must_use]
    pub fn and(self, other: Filter) -> Filter {
        Filter::All(vec![self, other])
    }

    /// Whether it lets everything through.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Filter::All(parts) if parts.iter().all(Filter::is_empty))
    }
}

/// As an argument of a GraphQL query; strings are escaped as in JSON.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operator, parts) = match self {
            Filter::Is(property, test) => return write!(f, "{{path:[{}],{test}}}", json!(property)),
            Filter::All(parts) => ("And", parts),
            Filter::Any(parts) => ("Or", parts),
        };
        let parts: Vec<&Filter> = parts.iter().filter(|part| !part.is_empty()).collect();
        if let [only] = parts.as_slice() {
            return only.fmt(f);
        }
        let operands: Vec<String> = parts.iter().map(|part| part.to_string()).collect();
        write!(f, "{{operator:{operator},operands:[{}]}}", operands.join(","))
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Equal(text) => write!(f, "operator:Equal,valueText:{}", json!(text)),
            Test::Other(text) => write!(f, "operator:NotEqual,valueText:{}", json!(text)),
            Test::Begins(text) => write!(f, "operator:Like,valueText:{}", json!(format!("{text}*"))),
            Test::Holds(texts) => write!(f, "operator:ContainsAny,valueText:{}", json!(texts)),
            Test::Least(number) => write!(f, "operator:GreaterThanEqual,{number}"),
            Test::Most(number) => write!(f, "operator:LessThanEqual,{number}"),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(number) => write!(f, "valueInt:{number}"),
            Number::Number(number) => write!(f, "valueNumber:{number}"),
            Number::Date(date) => {
                let date = date.clamp(&FIRST_DATE, &LAST_DATE);
                write!(f, "valueDate:\"{date}T00:00:00Z\"")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_written_as_the_server_takes_it() {
        let user = Filter::Is("user_id", Test::Equal("a \"b\"\n".to_string()));
        assert_eq!(
            user.to_string(),
            r#"{path:["user_id"],operator:Equal,valueText:"a \"b\"\n"}"#
        );
        let date = Filter::Is("date", Test::Least(Number::Date(Date::from_ymd(2025, 9, 1).unwrap())));
        let steps = Filter::Is("steps", Test::Most(Number::Number(9000.5)));
        let meals = Filter::Is("meals", Test::Most(Number::Int(3)));
        let facets = Filter::Is("facets", Test::Holds(vec!["poor sleep".to_string()]));
        let both = Filter::All(vec![date, Filter::Any(vec![steps, meals])]);
        assert_eq!(
            both.and(facets).to_string(),
            r#"{operator:And,operands:[{operator:And,operands:[{path:["date"],operator:GreaterThanEqual,valueDate:"2025-09-01T00:00:00Z"},{operator:Or,operands:[{path:["steps"],operator:LessThanEqual,valueNumber:9000.5},{path:["meals"],operator:LessThanEqual,valueInt:3}]}]},{path:["facets"],operator:ContainsAny,valueText:["poor sleep"]}]}"#
        );
    }

    #[test]
    fn dates_that_the_server_cannot_count_become_the_nearest_that_it_can() {
        let named = |year| Number::Date(Date::from_ymd(year, 12, 31).unwrap()).to_string();
        assert_eq!(named(2025), r#"valueDate:"2025-12-31T00:00:00Z""#);
        assert_eq!(named(1), r#"valueDate:"1677-09-22T00:00:00Z""#);
        assert_eq!(named(9999), r#"valueDate:"2262-04-11T00:00:00Z""#);
    }

    #[test]
    fn parts_that_let_everything_through_are_left_out() {
        let nothing = Filter::All(vec![Filter::All(Vec::new())]);
        let begins = Filter::Is("id", Test::Begins("a0".to_string()));
        assert!(nothing.is_empty());
        assert_eq!(
            nothing.and(begins).to_string(),
            r#"{path:["id"],operator:Like,valueText:"a0*"}"#
        );
    }
}
