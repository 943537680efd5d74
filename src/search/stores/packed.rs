//! Days out of packed columns: what rows would have said, without reading the rows. What comes in: a connection, users
//! and what is asked; what goes out: the best days. It never reads a user whose columns are not up to date.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::{Connection, Statement};

use crate::day::{PROPERTIES, Property, PropertyType};
use crate::describe::values::{Texts, ValueRef, Values};
use crate::record::{Date, Milli};
use crate::search::ranking::judge::{Asked, Best, Graded};
use crate::sink::sqlite::columns::{self, Cursor, DAY, RECORDS, VECTOR};
use crate::sink::sqlite::rough::{Bounds, RoughQuestion};
use crate::sink::sqlite::{DATE_BITS, date_of};

use super::DayKey;
use super::likeness::Perhaps;
use super::load::count;
use super::sql::numbers;

/// What a stretch of users has.
pub(super) struct Found {
    /// The best days of those that are packed.
    pub(super) days: Vec<Graded>,
    /// The others.
    pub(super) unpacked: Vec<i64>,
}

/// The best days of a stretch of users, who come in the order of their numbers.
pub(super) fn best(connection: &Connection, asked: &Asked<'_>, users: &[(i64, Arc<str>)]) -> rusqlite::Result<Found> {
    let names = asked.load.properties.iter().map(|property| property.name());
    let names: Vec<&str> = [DAY, RECORDS].into_iter().chain(names).collect();
    let span = span(users.iter().map(|(user, _)| *user));
    let packed = packed_users(connection, span)?;
    let mut statements = statements(connection, names.len())?;
    let mut cursors = cursors(&mut statements, &names, span)?;
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

/// The first and the last of users in their order.
fn span(mut users: impl DoubleEndedIterator<Item = i64>) -> (i64, i64) {
    let last = users.next_back().unwrap_or(-1);
    (users.next().unwrap_or(last), last)
}

/// Whose columns are up to date, from the first to the last of some users.
fn packed_users(connection: &Connection, span: (i64, i64)) -> rusqlite::Result<HashSet<i64>> {
    connection
        .prepare_cached("SELECT user FROM packed_users WHERE user BETWEEN ?1 AND ?2")?
        .query_map(span, |row| row.get(0))?
        .collect()
}

fn statements(connection: &Connection, count: usize) -> rusqlite::Result<Vec<Statement<'_>>> {
    (0..count).map(|_| connection.prepare(columns::OF_USERS)).collect()
}

/// A cursor a statement, over the columns of these names.
fn cursors<'s>(
    statements: &'s mut [Statement<'_>],
    names: &[&str],
    span: (i64, i64),
) -> rusqlite::Result<Vec<Cursor<'s>>> {
    let cursor = |(statement, name): (_, &&str)| Cursor::new(statement, name, span);
    statements.iter_mut().zip(names).map(cursor).collect()
}

/// Calls `each` with every user, who come in the order of their numbers, and the column of their days; without one
/// where the user is not packed.
pub(super) fn dates(
    connection: &Connection,
    users: &[i64],
    mut each: impl FnMut(i64, Option<&[u8]>),
) -> rusqlite::Result<()> {
    let span = span(users.iter().copied());
    let packed = packed_users(connection, span)?;
    let mut statement = connection.prepare(columns::OF_USERS)?;
    let mut dates = Cursor::new(&mut statement, DAY, span)?;
    for user in users {
        let dates = dates.of(*user)?.filter(|_| packed.contains(user));
        each(*user, dates);
    }
    Ok(())
}

/// Fewer days of a user than this are looked up one by one, which costs no more than to read the rough vectors of all: of
/// 4, 8 and 16 this took the least CPU time over 1.8 million days (410 ms against 450 and 530).
const FEW: usize = 8;

/// Puts bounds on the likeness of days, user by user in their order, to a question; on what is not packed, none.
pub(super) fn bounds(
    connection: &Connection,
    question: &RoughQuestion,
    of_users: &[&[i64]],
    perhaps: &mut Perhaps,
) -> rusqlite::Result<()> {
    let user_of = |days: &[i64]| days[0] >> DATE_BITS;
    let span = span(of_users.iter().map(|days| user_of(days)));
    let packed = packed_users(connection, span)?;
    let mut statements = statements(connection, 2)?;
    let mut cursors = cursors(&mut statements, &[DAY, VECTOR], span)?;
    let [dates, vectors] = cursors.as_mut_slice() else {
        return Ok(());
    };
    for days in of_users {
        let user = user_of(days);
        let both = match days.len() >= FEW && packed.contains(&user) {
            true => dates.of(user)?.zip(vectors.of(user)?),
            false => None,
        };
        let fitting = both.filter(|(dates, vectors)| vectors.len() == dates.len() / 4 * question.row_bytes());
        let Some((dates, vectors)) = fitting else {
            days.iter().for_each(|day| perhaps.push(*day, Bounds::UNKNOWN));
            continue;
        };
        let mut wanted = days.iter().copied().peekable();
        let rough = columns::numbers(dates).zip(vectors.chunks_exact(question.row_bytes()));
        for (low, rough) in rough {
            let day = (user << DATE_BITS) | i64::from(low.unwrap_or(0));
            while wanted.next_if(|wanted| *wanted < day).is_some() {}
            if wanted.next_if_eq(&day).is_some()
                && let Some(bounds) = question.bounds(rough)
            {
                perhaps.push(day, bounds);
            }
        }
    }
    Ok(())
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
        // Most users have every day. Where days are missing, there may be fewer before this one than lie between.
        let near = at.checked_add_signed(offset as isize);
        match near.filter(|near| self.dates.get(*near) == Some(&wanted)) {
            Some(near) => Some(near),
            None => self.dates.binary_search(&wanted).ok(),
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
    use crate::search::shelf::{Letters, planted, shelf};
    use crate::search::{Given, Request, SqliteStore, Store, search};
    use crate::sink::sqlite::pack;

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
    fn a_user_whose_vectors_another_program_changed_is_no_longer_packed() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(planted().packed(&folder)).unwrap();
        for (change, left) in [
            ("UPDATE vectors SET vector = vector WHERE day >> 22 = 1", 1),
            ("DELETE FROM vectors WHERE day >> 22 = 2", 0),
        ] {
            connection.execute(change, []).unwrap();
            let sql = "SELECT count(*) FROM packed_users";
            let packed: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
            assert_eq!(packed, left, "{change}");
        }
    }

    #[test]
    fn a_store_that_was_packed_without_rough_vectors_gets_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = planted().packed(&folder);
        let connection = Connection::open(&path).unwrap();
        let count = || -> i64 {
            let sql = "SELECT count(*) FROM columns WHERE property = 'vector'";
            connection.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        connection
            .execute("DELETE FROM columns WHERE property = 'vector'", [])
            .unwrap();
        pack::pack(&connection, &path, 2).unwrap();
        assert_eq!(count(), 2);
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
        pack::pack(&connection, &path, 2).unwrap();
        assert_eq!(count(&connection), 2);
        assert_eq!(answers(&SqliteStore::open(&path).unwrap()), expected);
    }
}
