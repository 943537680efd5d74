//! A user's days out of packed columns: what rows would have said, without reading the rows. What comes in: a
//! connection, a user and what is asked; what goes out: the days that meet it. It never reads a user whose columns are
//! not up to date.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use crate::day::{Day, Property, PropertyType};
use crate::sink::sqlite::columns::{self, DAY, RECORDS};

use super::condition::Clause;
use super::load::{Candidate, Load, number, value};
use super::sqlite::date_of;
use super::store::{DayKey, Scope};

/// What is asked of every user.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) scope: &'a Scope,
    pub(super) clauses: &'a [Clause],
    pub(super) load: &'a Load,
}

impl Asked<'_> {
    /// The days of a user that are in scope and meet every clause; `None` where the user is not packed.
    pub(super) fn of_user(
        &self,
        connection: &Connection,
        user: i64,
        user_id: &Arc<str>,
    ) -> rusqlite::Result<Option<Vec<Candidate>>> {
        let packed = connection
            .prepare_cached("SELECT 1 FROM packed_users WHERE user = ?1")?
            .query_row([user], |_| Ok(()))
            .optional()?;
        if packed.is_none() {
            return Ok(None);
        }
        let days = self.days(connection, user, user_id)?;
        Ok(days.map(|days| self.meeting(days, user_id)))
    }

    /// All days of the user, in the order of the calendar; `None` where columns do not agree.
    fn days(&self, connection: &Connection, user: i64, user_id: &Arc<str>) -> rusqlite::Result<Option<Vec<Day>>> {
        let column = |name: &str| columns::column(connection, name, user);
        let (Some(dates), Some(records)) = (column(DAY)?, column(RECORDS)?) else {
            return Ok(None);
        };
        let mut days: Vec<Day> = columns::numbers(&dates)
            .flatten()
            .map(|low| Day::new(Arc::clone(user_id), date_of(low.into())))
            .collect();
        for (day, records) in days.iter_mut().zip(columns::numbers(&records)) {
            day.records = records.and_then(|records| u32::try_from(records).ok()).unwrap_or(0);
        }
        for property in &self.load.properties {
            if let Some(packed) = column(property.name())? {
                fill(&mut days, *property, &packed);
            }
        }
        Ok(Some(days))
    }

    fn meeting(&self, mut days: Vec<Day>, user_id: &Arc<str>) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for at in 0..days.len() {
            let date = days[at].date;
            let day_at = |offset: i32| {
                let wanted = date.plus(offset);
                match offset {
                    0 => Some(at),
                    _ => days.binary_search_by_key(&wanted, |day| day.date).ok(),
                }
            };
            let meets = |clause: &Clause| clause.grade(day_at(clause.offset).map(|at| &days[at])).is_some();
            if !self.scope.window.holds(date) || !self.clauses.iter().all(meets) {
                continue;
            }
            let places: Vec<Option<usize>> = self.load.offsets.iter().map(|offset| day_at(*offset)).collect();
            // A day that no other one looks at need not be copied.
            let alone = places.len() == 1;
            let mut taken = |place: usize| match alone {
                true => std::mem::replace(&mut days[place], Day::new(Arc::clone(user_id), date)),
                false => days[place].clone(),
            };
            candidates.push(Candidate {
                key: DayKey {
                    user_id: Arc::clone(user_id),
                    date,
                },
                days: places.into_iter().map(|place| place.map(&mut taken)).collect(),
                shown: None,
            });
        }
        candidates
    }
}

/// Gives each day its value of a property. Properties come in their order, so that each value is a day's last.
fn fill(days: &mut [Day], property: Property, packed: &[u8]) {
    let set = |(day, value): (&mut Day, Option<_>)| {
        if let Some(value) = value {
            day.set(property, value);
        }
    };
    match property.info().kind {
        PropertyType::Count | PropertyType::Number => {
            let numbers = columns::numbers(packed).map(|thousandths| number(thousandths?.into(), property));
            days.iter_mut().zip(numbers).for_each(set);
        }
        PropertyType::Text | PropertyType::List | PropertyType::Numbers => {
            let texts = columns::texts(packed).map(|text| value(ValueRef::Text(text?), property));
            days.iter_mut().zip(texts).for_each(set);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shelf::{Letters, planted, shelf};
    use super::super::{Given, Request, SqliteStore, Store, search};
    use super::*;

    const QUESTIONS: [&str; 10] = [
        "nights I slept badly after a hard workout",
        "poor sleep without a hard workout the day before",
        "rest days",
        "days without sleep data",
        "hard workout not followed by a bad night",
        "over 15000 steps",
        "a long run in the rain",
        "the three days I walked most",
        "my worst night",
        "in August",
    ];

    fn answers(store: &dyn Store) -> Vec<String> {
        let answer = |question: &&str| {
            let request = Request {
                question: (*question).to_string(),
                user: None,
                from: None,
                until: None,
                today: None,
                k: 20,
                given: Given::default(),
            };
            serde_json::to_string(&search(store, &Letters, &request).unwrap()).unwrap()
        };
        QUESTIONS.iter().map(answer).collect()
    }

    /// A shelf in a file, packed.
    fn packed(folder: &tempfile::TempDir) -> std::path::PathBuf {
        let path = folder.path().join("days.db");
        let shelf = planted();
        let into = path.display().to_string();
        shelf.connection.execute("VACUUM INTO ?", [into]).unwrap();
        columns::pack(&Connection::open(&path).unwrap()).unwrap();
        path
    }

    #[test]
    fn packed_columns_answer_as_rows_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = packed(&folder);
        assert_eq!(answers(&SqliteStore::open(&path).unwrap()), answers(&shelf()));
    }

    #[test]
    fn a_user_whose_days_another_program_changed_is_read_from_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = packed(&folder);
        let connection = Connection::open(&path).unwrap();
        let count = |connection: &Connection| -> i64 {
            let sql = "SELECT count(*) FROM packed_users";
            connection.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        let change = "UPDATE days SET steps = 30000 WHERE user_id = 'user_000002' AND date = '2025-09-01'";
        connection.execute(change, []).unwrap();
        assert_eq!(count(&connection), 1);
        let in_rows = planted();
        in_rows.connection.execute(change, []).unwrap();
        let expected = answers(&in_rows.store());
        assert_eq!(answers(&SqliteStore::open(&path).unwrap()), expected);
        assert_ne!(expected, answers(&shelf()));
        columns::pack(&connection).unwrap();
        assert_eq!(count(&connection), 2);
        assert_eq!(answers(&SqliteStore::open(&path).unwrap()), expected);
    }
}
