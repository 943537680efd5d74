//! Days as far as a question needs them. What comes in: the clauses of a question; what goes out: which days and
//! properties every store must load, and the form in which it hands them out. It reads nothing.

use crate::day::{Day, Property, PropertyType, Value};
use crate::record::Milli;
use crate::search::condition::{Clause, Condition};

use super::DayKey;

/// A day and its neighbours, as far as loaded.
#[derive(Debug)]
pub struct Candidate {
    pub(in crate::search) key: DayKey,
    /// By position in [`Load::offsets`]; `None` where there is no such day.
    pub(in crate::search) days: Vec<Option<Day>>,
    /// If the load asked for it.
    pub(in crate::search) shown: Option<Shown>,
}

/// What is shown of a day.
#[derive(Debug)]
pub(in crate::search) struct Shown {
    pub(in crate::search) text: String,
    pub(in crate::search) facets: Vec<String>,
}

/// What is loaded of each candidate.
#[derive(Debug)]
pub struct Load {
    /// 0 first.
    pub(in crate::search) offsets: Vec<i32>,
    pub(super) properties: Vec<Property>,
    /// Whether what is shown is loaded, too.
    pub(super) shown: bool,
}

impl Load {
    /// The days that the clauses speak of, and these properties of each.
    pub(in crate::search) fn of(clauses: &[Clause], properties: impl IntoIterator<Item = Property>) -> Load {
        let mut offsets = vec![0];
        let mut all: Vec<Property> = properties.into_iter().collect();
        for clause in clauses {
            if !offsets.contains(&clause.offset) {
                offsets.push(clause.offset);
            }
            all.extend(clause.any.iter().flat_map(Condition::properties));
        }
        all.sort_unstable();
        all.dedup();
        Load {
            offsets,
            properties: all,
            shown: false,
        }
    }

    /// With what is shown of the day.
    pub(in crate::search) fn with_shown(mut self) -> Load {
        self.shown = true;
        self
    }
}

/// A count that a store keeps in thousandths.
pub(super) fn count(thousandths: i64) -> u32 {
    u32::try_from(thousandths / 1000).unwrap_or(u32::MAX)
}

/// A number of the property's type.
pub(super) fn number(thousandths: i64, property: Property) -> Option<Value> {
    match property.info().kind {
        PropertyType::Count => Some(Value::Count(count(thousandths))),
        PropertyType::Number => Some(Value::Number(Milli::from_thousandths(thousandths))),
        PropertyType::Text | PropertyType::List | PropertyType::Numbers => None,
    }
}
