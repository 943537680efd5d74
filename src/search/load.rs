//! Days as far as a question needs them: which columns are read, which rows SQL may leave out, and a row as a
//! [`Day`]. What comes in: clauses and rows; what goes out: SQL and days.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::day::{Day, Property, PropertyType, Value};
use crate::record::Milli;

use super::condition::{Clause, Condition};
use super::store::{Scope, date_of};

/// A day and its neighbours, as far as loaded.
pub(super) struct Candidate {
    pub(super) key: i64,
    /// By position in [`Load::offsets`]; `None` where there is no such day.
    pub(super) days: Vec<Option<Day>>,
}

/// What is loaded of each candidate.
#[derive(Debug)]
pub(super) struct Load {
    /// 0 first.
    pub(super) offsets: Vec<i32>,
    properties: Vec<Property>,
}

impl Load {
    /// The days that the clauses speak of, and these properties of each.
    pub(super) fn of(clauses: &[Clause], properties: impl IntoIterator<Item = Property>) -> Load {
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
        }
    }

    pub(super) fn select(&self) -> String {
        let mut columns = Vec::new();
        for index in 0..self.offsets.len() {
            columns.push(format!("d{index}.day, d{index}.records"));
            columns.extend(
                self.properties
                    .iter()
                    .map(|property| format!("d{index}.{}", property.name())),
            );
        }
        columns.join(", ")
    }

    pub(super) fn joins(&self) -> String {
        let join =
            |(index, offset): (usize, &i32)| format!(" LEFT JOIN days d{index} ON d{index}.day = d0.day + ({offset})");
        self.offsets.iter().enumerate().skip(1).map(join).collect()
    }

    pub(super) fn candidate(&self, row: &Row<'_>, nobody: &Arc<str>) -> rusqlite::Result<Candidate> {
        let width = 2 + self.properties.len();
        let mut days = Vec::with_capacity(self.offsets.len());
        for index in 0..self.offsets.len() {
            let first = index * width;
            let key: Option<i64> = row.get(first)?;
            days.push(match key {
                None => None,
                Some(key) => Some(self.day(row, first + 1, key, nobody)?),
            });
        }
        Ok(Candidate { key: row.get(0)?, days })
    }

    fn day(&self, row: &Row<'_>, first: usize, key: i64, nobody: &Arc<str>) -> rusqlite::Result<Day> {
        let mut day = Day::new(nobody.clone(), date_of(key));
        day.records = row.get(first)?;
        for (index, property) in self.properties.iter().enumerate() {
            if let Some(value) = value(row.get_ref(first + 1 + index)?, *property) {
                day.set(*property, value);
            }
        }
        Ok(day)
    }
}

/// A column as the property's value; `None` for NULL and for anything another program may have put there.
fn value(column: ValueRef<'_>, property: Property) -> Option<Value> {
    let thousandths = match column {
        ValueRef::Integer(whole) => whole.checked_mul(1000),
        ValueRef::Real(real) => Some((real * 1000.0).round() as i64),
        _ => None,
    };
    match property.info().kind {
        PropertyType::Count => thousandths.map(|count| Value::Count(u32::try_from(count / 1000).unwrap_or(u32::MAX))),
        PropertyType::Number => thousandths.map(|number| Value::Number(Milli::from_thousandths(number))),
        PropertyType::Text => column.as_str().ok().map(|text| Value::Text(text.into())),
        PropertyType::List => {
            let list: Vec<String> = serde_json::from_str(column.as_str().ok()?).ok()?;
            Some(Value::List(list.into_iter().map(Arc::from).collect()))
        }
    }
}

/// What SQL can leave out at once: everything it lets through is judged again by the clause itself.
pub(super) fn narrowing(clause: &Clause, scope: &Scope, bound: &mut Vec<rusqlite::types::Value>) -> Option<String> {
    if clause.negated {
        return None;
    }
    let [condition] = clause.any.as_slice() else {
        return None;
    };
    match (condition, clause.offset) {
        (Condition::Facts(facets), 0) if scope.user.is_none() => {
            let phrases: Vec<String> = facets
                .iter()
                .map(|facet| format!("facets : \"{}\"", facet.phrase))
                .collect();
            bound.push(phrases.join(" OR ").into());
            Some(" AND d0.day IN (SELECT rowid FROM words WHERE words MATCH ?)".to_string())
        }
        (Condition::Facts(facets), -1) => {
            let column = "d0.facets_day_before";
            let tests: Vec<String> = facets
                .iter()
                .map(|facet| format!("instr({column}, '\"{}\"')", facet.phrase))
                .collect();
            Some(format!(" AND ({})", tests.join(" OR ")))
        }
        (
            Condition::Number {
                properties: [property],
                span,
                ..
            },
            0,
        ) => {
            let mut sql = String::new();
            for (limit, sign) in [(span.low, ">="), (span.high, "<=")] {
                if let Some((thousandths, _)) = limit {
                    bound.push((Milli::from_thousandths(thousandths).as_f64()).into());
                    sql += &format!(" AND d0.{} {sign} ?", property.name());
                }
            }
            Some(sql)
        }
        _ => None,
    }
}
