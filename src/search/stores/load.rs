//! Days as far as a question needs them: which columns are read, which rows SQL may leave out, and a row as a
//! [`Day`]. What comes in: clauses and rows; what goes out: SQL and days.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::day::{Day, Property, PropertyType, Value};
use crate::record::{Date, Milli};
use crate::search::condition::{Clause, Condition};
use crate::sink::sqlite::columns::thousandths;
use crate::sink::sqlite::date_of;

use super::sqlite::Users;
use super::{DayKey, Scope};

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
        columns.extend(self.shown.then(|| "d0.text, d0.facets".to_string()));
        columns.join(", ")
    }

    pub(super) fn joins(&self) -> String {
        let join =
            |(index, offset): (usize, &i32)| format!(" LEFT JOIN days d{index} ON d{index}.day = d0.day + ({offset})");
        self.offsets.iter().enumerate().skip(1).map(join).collect()
    }

    /// A row as a candidate; `None` where its user is not known.
    pub(super) fn candidate(&self, row: &Row<'_>, users: &Users) -> rusqlite::Result<Option<Candidate>> {
        let key: i64 = row.get(0)?;
        let Some(user_id) = users.of(key) else {
            return Ok(None);
        };
        let width = 2 + self.properties.len();
        let mut days = Vec::with_capacity(self.offsets.len());
        for index in 0..self.offsets.len() {
            let first = index * width;
            let key: Option<i64> = row.get(first)?;
            days.push(match key {
                None => None,
                Some(key) => Some(self.day(row, first + 1, date_of(key), user_id)?),
            });
        }
        let key = DayKey {
            user_id: Arc::clone(user_id),
            date: date_of(key),
        };
        let shown = self.shown.then(|| shown(row, self.offsets.len() * width)).transpose()?;
        Ok(Some(Candidate { key, days, shown }))
    }

    fn day(&self, row: &Row<'_>, first: usize, date: Date, user_id: &Arc<str>) -> rusqlite::Result<Day> {
        let mut day = Day::new(Arc::clone(user_id), date);
        day.records = row.get(first)?;
        for (index, property) in self.properties.iter().enumerate() {
            if let Some(value) = value(row.get_ref(first + 1 + index)?, *property) {
                day.set(*property, value);
            }
        }
        Ok(day)
    }
}

fn shown(row: &Row<'_>, first: usize) -> rusqlite::Result<Shown> {
    let facets: String = row.get(first + 1)?;
    Ok(Shown {
        text: row.get(first)?,
        facets: serde_json::from_str(&facets).unwrap_or_default(),
    })
}

/// A column as the property's value; `None` for NULL and for anything another program may have put there.
pub(in crate::search) fn value(column: ValueRef<'_>, property: Property) -> Option<Value> {
    match property.info().kind {
        PropertyType::Count | PropertyType::Number => number(thousandths(column)?, property),
        PropertyType::Text => column.as_str().ok().map(|text| Value::Text(text.into())),
        PropertyType::List => {
            let list: Vec<String> = serde_json::from_str(column.as_str().ok()?).ok()?;
            Some(Value::List(list.into_iter().map(Arc::from).collect()))
        }
        PropertyType::Numbers => numbers(column.as_str().ok()?).map(Value::Numbers),
    }
}

/// A JSON array of numbers; `None` for anything else.
pub(super) fn numbers(json: &str) -> Option<Vec<Milli>> {
    let numbers: Vec<f64> = serde_json::from_str(json).ok()?;
    let thousandths = numbers.into_iter().map(|number| (number * 1000.0).round() as i64);
    Some(thousandths.map(Milli::from_thousandths).collect())
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

/// What SQL can leave out at once: everything it lets through is judged again by the clause itself.
pub(super) fn narrowing(clause: &Clause, scope: &Scope, bound: &mut Vec<rusqlite::types::Value>) -> Option<String> {
    if clause.negated {
        return None;
    }
    let [condition] = clause.any.as_slice() else {
        return None;
    };
    match (condition, clause.offset) {
        (Condition::Facts(facets), 0) if scope.whose.only().is_none() => {
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
