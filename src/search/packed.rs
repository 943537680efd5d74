//! Days out of packed columns: what rows would have said, without reading the rows. What comes in: a connection, users
//! and what is asked; what goes out: the best days. It never reads a user whose columns are not up to date.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::Connection;

use crate::day::{PROPERTIES, Property, PropertyType};
use crate::describe::values::{Texts, ValueRef, Values};
use crate::record::{Date, Milli};
use crate::sink::sqlite::columns::{self, Cursor, DAY, RECORDS};

use super::judge::{Asked, Best, Graded};
use super::load::{count, numbers};
use super::sqlite::date_of;
use super::store::DayKey;

/// What a stretch of users has.
pub(super) struct Found {
    /// The best days of those that are packed.
    pub(super) days: Vec<Graded>,
    /// The others.
    pub(super) unpacked: Vec<i64>,
}

/// The best days of a stretch of users, who come in the order of their numbers.
pub(super) fn best(connection: &Connection, asked: &Asked<'_>, users: &[(i64, Arc<str>)]) -> rusqlite::Result<Found> {
    let (first, last) = match users {
        [] => (0, -1),
        [(first, _), ..] => (*first, users[users.len() - 1].0),
    };
    let packed: HashSet<i64> = connection
        .prepare_cached("SELECT user FROM packed_users WHERE user BETWEEN ?1 AND ?2")?
        .query_map((first, last), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let names = asked.load.properties.iter().map(|property| property.name());
    let names: Vec<&str> = [DAY, RECORDS].into_iter().chain(names).collect();
    let statement = |_: &&str| connection.prepare(columns::OF_USERS);
    let mut statements = names.iter().map(statement).collect::<rusqlite::Result<Vec<_>>>()?;
    let cursor = |(statement, name)| Cursor::new(statement, name, (first, last));
    let cursors = statements.iter_mut().zip(names.iter().copied()).map(cursor);
    let mut cursors = cursors.collect::<rusqlite::Result<Vec<_>>>()?;

    let mut best = Best::new(asked.count);
    let mut unpacked = Vec::new();
    for (user, user_id) in users {
        let days = match packed.contains(user) {
            true => UserDays::read(&mut cursors, *user, &asked.load.properties)?,
            false => None,
        };
        match days {
            Some(days) => days.judge(asked, user_id, &mut best),
            None => unpacked.push(*user),
        }
    }
    Ok(Found {
        days: best.into_days(),
        unpacked,
    })
}

/// A property of all days of a user.
enum Column<'c> {
    Numbers(&'c [u8]),
    Texts(Vec<Option<&'c [u8]>>),
}

/// The days of a user, in the order of the calendar.
struct UserDays<'c> {
    dates: Vec<Date>,
    records: &'c [u8],
    /// By property; `None` where it was not asked for, or the user has no value of it.
    columns: Vec<Option<Column<'c>>>,
}

impl<'c> UserDays<'c> {
    /// Cursors of the days, of their counts of records and of these properties; `None` where columns do not agree.
    fn read(
        cursors: &'c mut [Cursor<'_>],
        user: i64,
        properties: &[Property],
    ) -> rusqlite::Result<Option<UserDays<'c>>> {
        let mut packed = cursors.iter_mut().map(|cursor| cursor.of(user));
        let (Some(days), Some(records)) = (packed.next(), packed.next()) else {
            return Ok(None);
        };
        let (Some(days), Some(records)) = (days?, records?) else {
            return Ok(None);
        };
        let dates: Option<Vec<Date>> = columns::numbers(days).map(|low| Some(date_of(low?.into()))).collect();
        let mut columns: Vec<Option<Column<'c>>> = PROPERTIES.iter().map(|_| None).collect();
        for (property, packed) in properties.iter().zip(packed) {
            columns[*property as usize] = packed?.map(|packed| match property.info().kind {
                PropertyType::Count | PropertyType::Number => Column::Numbers(packed),
                PropertyType::Text | PropertyType::List | PropertyType::Numbers => {
                    Column::Texts(columns::texts(packed).collect())
                }
            });
        }
        Ok(dates.map(|dates| UserDays {
            dates,
            records,
            columns,
        }))
    }

    fn judge(&self, asked: &Asked<'_>, user_id: &Arc<str>, best: &mut Best) {
        let day = |at| PackedDay { user: self, at };
        let days: Vec<PackedDay<'_>> = (0..self.dates.len()).map(day).collect();
        for (at, date) in self.dates.iter().enumerate() {
            let judged = asked.judge(*date, |offset| days.get(self.place(at, offset)?));
            if let Some(judged) = judged {
                best.push(judged, || DayKey {
                    user_id: Arc::clone(user_id),
                    date: *date,
                });
            }
        }
    }

    /// Where the day lies that is so many days from the one at this place.
    fn place(&self, at: usize, offset: i32) -> Option<usize> {
        let wanted = self.dates[at].plus(offset);
        // Most users have every day.
        let near = at.checked_add_signed(offset as isize)?;
        match self.dates.get(near) {
            Some(date) if *date == wanted => Some(near),
            _ => self.dates.binary_search(&wanted).ok(),
        }
    }
}

/// A day in the columns of its user.
struct PackedDay<'u> {
    user: &'u UserDays<'u>,
    at: usize,
}

impl Values for PackedDay<'_> {
    fn date(&self) -> Date {
        self.user.dates[self.at]
    }

    fn records(&self) -> u32 {
        let records = columns::number_at(self.user.records, self.at);
        records.and_then(|records| u32::try_from(records).ok()).unwrap_or(0)
    }

    fn value(&self, property: Property) -> Option<ValueRef<'_>> {
        let kind = property.info().kind;
        match self.user.columns[property as usize].as_ref()? {
            Column::Numbers(packed) => {
                let thousandths = i64::from(columns::number_at(packed, self.at)?);
                Some(ValueRef::Number(match kind {
                    PropertyType::Count => Milli::from_whole(count(thousandths).into()),
                    _ => Milli::from_thousandths(thousandths),
                }))
            }
            Column::Texts(texts) => {
                let text = std::str::from_utf8((*texts.get(self.at)?)?).ok()?;
                match kind {
                    PropertyType::List => Texts::of_json(text).map(ValueRef::List),
                    PropertyType::Numbers => Some(ValueRef::Numbers(Cow::Owned(numbers(text)?))),
                    _ => Some(ValueRef::Text(text)),
                }
            }
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

    #[test]
    fn packed_columns_answer_as_rows_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = planted().packed(&folder);
        assert_eq!(answers(&SqliteStore::open(&path).unwrap()), answers(&shelf()));
    }

    #[test]
    fn a_user_whose_days_another_program_changed_is_read_from_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = planted().packed(&folder);
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
