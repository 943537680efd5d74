//! What is asked of an SQLite store in SQL, and its rows as days. What comes in: what is to be loaded, clauses and rows; what
//! goes out: SQL and days. It opens nothing and judges nothing.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::{Type, ValueRef};

use crate::day::{Day, Property, PropertyType, Value};
use crate::record::{Date, Milli};
use crate::search::condition::{Clause, Condition};
use crate::sink::sqlite::columns::thousandths;
use crate::sink::sqlite::date_of;

use super::load::{Candidate, Load, Shown, number};
use super::sqlite::Users;
use super::{DayKey, Scope};

impl Load {
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
        let shown = self.shown.then(|| shown(row, self.offsets.len() * width, &key));
        let shown = shown.transpose()?;
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

/// What is shown of a day: it must be as it was written, because people read it.
fn shown(row: &Row<'_>, first: usize, key: &DayKey) -> rusqlite::Result<Shown> {
    let facets: String = row.get(first + 1)?;
    let facets = serde_json::from_str(&facets).map_err(|error| {
        let what = format!("facets of {} on {}: {error}", key.user_id, key.date);
        rusqlite::Error::FromSqlConversionFailure(first + 1, Type::Text, what.into())
    })?;
    Ok(Shown {
        text: row.get(first)?,
        facets,
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

#[cfg(test)]
mod tests {
    use crate::search::shelf::crowd;
    use crate::search::stores::{Store, Wanted};

    use super::*;

    #[test]
    fn facets_that_are_no_json_are_an_error_that_says_where_and_what_to_do() {
        let store = crowd(1).store();
        let load = Load::of(&[], []).with_shown();
        let days = |load: &Load| {
            let mut count = 0;
            let wanted = Wanted::Meeting(&Scope::default(), &[]);
            store.days(&wanted, load, &mut |_| count += 1).map(|()| count)
        };
        assert!(days(&load).unwrap() > 0);
        let changed = store.connection.execute("UPDATE days SET facets = 'poor sleep'", []);
        assert!(changed.unwrap() > 0);
        let message = days(&load).unwrap_err().to_string();
        for part in [store.path.to_str().unwrap(), "facets of user_", "ingest"] {
            assert!(message.contains(part), "{message}");
        }
        // What is not shown need not be read.
        assert!(days(&Load::of(&[], [])).unwrap() > 0);
    }
}
