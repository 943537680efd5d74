//! Packs the days of users, column by column. What comes in: a store whose days are written; what goes out: one packed
//! column for each user and property, in the form of [`columns`](super::columns). It never changes a day.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crossbeam_channel::bounded;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row, Statement};

use super::columns::{ABSENT, ABSENT_TEXT, DAY, RECORDS, VECTOR, thousandths};
use super::rough;
use super::schema::{DATE_MASK, day_keys};
use crate::day::{PROPERTIES, PropertyType};

/// Whoever has no columns, and, of a store that was packed before there were rough vectors, whoever has none of these.
const NOT_PACKED: &str = "\
SELECT user FROM users WHERE user NOT IN (SELECT user FROM packed_users)
    OR (EXISTS (SELECT 1 FROM vectors) AND user NOT IN (SELECT user FROM columns WHERE property = 'vector'))
ORDER BY user";

/// Fewer are not worth a thread and a connection.
const USERS_OF_A_READER: usize = 8;

/// A user's columns; a property without any value has `None`.
struct Packed {
    user: i64,
    columns: Vec<(&'static str, Option<Vec<u8>>)>,
}

/// Packs every user that is not: some threads read what is committed in the file, and `connection` to it writes.
pub(crate) fn pack(connection: &Connection, path: &Path, threads: usize) -> rusqlite::Result<()> {
    let users: Vec<i64> = connection
        .prepare(NOT_PACKED)?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let readers = threads.min(users.len().div_ceil(USERS_OF_A_READER));
    let next = AtomicUsize::new(0);
    // One user waits while the next is read.
    let (sender, receiver) = bounded(1);
    thread::scope(|scope| {
        for _ in 0..readers {
            let sender = sender.clone();
            let send = move |packed| sender.send(packed).is_ok();
            scope.spawn(|| read_in_turns(path, &users, &next, send));
        }
        drop(sender);
        let mut writer = Writer::prepare(connection)?;
        // The receiver goes with the first error, and the readers stop.
        receiver.into_iter().try_for_each(|packed| writer.write(&packed?))
    })
}

/// Sends the columns of one user after another, each reader those of the next, until nobody takes them.
fn read_in_turns(path: &Path, users: &[i64], next: &AtomicUsize, send: impl Fn(rusqlite::Result<Packed>) -> bool) {
    let read = || -> rusqlite::Result<()> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        let mut reader = Reader::prepare(&connection)?;
        while let Some(user) = users.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(packed) = reader.read(*user)?
                && !send(Ok(packed))
            {
                break;
            }
        }
        Ok(())
    };
    if let Err(error) = read() {
        send(Err(error));
    }
}

/// Reads the days of users.
struct Reader<'a> {
    days: Statement<'a>,
    vectors: Statement<'a>,
}

impl Reader<'_> {
    fn prepare(connection: &Connection) -> rusqlite::Result<Reader<'_>> {
        let names: Vec<&str> = PROPERTIES.iter().map(|info| info.name).collect();
        let days = format!(
            "SELECT day & {DATE_MASK}, records, {} FROM days WHERE day BETWEEN ?1 AND ?2 ORDER BY day",
            names.join(", ")
        );
        let vectors = "SELECT vector FROM days LEFT JOIN vectors ON vectors.day = days.day \
                       WHERE days.day BETWEEN ?1 AND ?2 ORDER BY days.day";
        Ok(Reader {
            days: connection.prepare(&days)?,
            vectors: connection.prepare(vectors)?,
        })
    }

    /// The columns of a user; `None` where a value does not fit.
    fn read(&mut self, user: i64) -> rusqlite::Result<Option<Packed>> {
        let mut columns = Columns::new();
        let mut rows = self.days.query(day_keys(user))?;
        while let Some(row) = rows.next()? {
            columns.push(row)?;
        }
        drop(rows);
        if !columns.fits {
            return Ok(None);
        }
        let vectors = (VECTOR, self.vectors(user)?);
        let columns = columns.columns.into_iter();
        let columns = columns.map(|Column { name, packed, any, .. }| (name, any.then_some(packed)));
        Ok(Some(Packed {
            user,
            columns: columns.chain([vectors]).collect(),
        }))
    }

    /// The rough vectors of all days of a user; `None` where there is not one.
    fn vectors(&mut self, user: i64) -> rusqlite::Result<Option<Vec<u8>>> {
        let vectors = self.vectors.query_map(day_keys(user), |row| row.get(0))?;
        let vectors: Vec<Option<Vec<u8>>> = vectors.collect::<rusqlite::Result<_>>()?;
        let dimensions = vectors.iter().flatten().next().map(|vector| vector.len() / 4);
        Ok(dimensions.map(|dimensions| {
            let mut packed = Vec::new();
            let vectors = vectors.iter().map(|vector| vector.as_deref().unwrap_or_default());
            vectors.for_each(|vector| rough::push(&mut packed, vector, dimensions));
            packed
        }))
    }
}

/// Writes the columns of users.
struct Writer<'a> {
    insert: Statement<'a>,
    clear: Statement<'a>,
    done: Statement<'a>,
}

impl Writer<'_> {
    fn prepare(connection: &Connection) -> rusqlite::Result<Writer<'_>> {
        Ok(Writer {
            insert: connection.prepare("INSERT OR REPLACE INTO columns VALUES (?1, ?2, ?3)")?,
            clear: connection.prepare("DELETE FROM columns WHERE property = ?1 AND user = ?2")?,
            done: connection.prepare("INSERT OR IGNORE INTO packed_users VALUES (?1)")?,
        })
    }

    fn write(&mut self, Packed { user, columns }: &Packed) -> rusqlite::Result<()> {
        for (name, packed) in columns {
            match packed {
                Some(packed) => self.insert.execute((name, user, packed))?,
                None => self.clear.execute((name, user))?,
            };
        }
        self.done.execute([user])?;
        Ok(())
    }
}

/// One column while it is filled.
struct Column {
    name: &'static str,
    is_number: bool,
    packed: Vec<u8>,
    any: bool,
}

impl Column {
    /// Whether the value fits.
    fn push(&mut self, value: ValueRef<'_>, scale: i64) -> bool {
        if self.is_number {
            let number = thousandths(value).map(|thousandths| thousandths / scale);
            let fitting = number.map_or(Some(ABSENT), |number| i32::try_from(number).ok());
            self.packed.extend(fitting.unwrap_or(ABSENT).to_le_bytes());
            self.any |= number.is_some();
            return fitting.is_some_and(|fitting| number.is_none() || fitting != ABSENT);
        }
        let text = value.as_bytes().ok();
        let length = text.map_or(Some(ABSENT_TEXT), |text| u16::try_from(text.len()).ok());
        self.packed.extend(length.unwrap_or(ABSENT_TEXT).to_le_bytes());
        self.packed.extend(text.unwrap_or_default());
        self.any |= text.is_some();
        length.is_some_and(|length| text.is_none() || length != ABSENT_TEXT)
    }
}

/// The columns of one user.
struct Columns {
    columns: Vec<Column>,
    fits: bool,
}

impl Columns {
    fn new() -> Columns {
        let empty = |name, is_number| Column {
            name,
            is_number,
            packed: Vec::new(),
            any: false,
        };
        let properties = PROPERTIES.iter().map(|info| {
            let is_number = matches!(info.kind, PropertyType::Count | PropertyType::Number);
            empty(info.name, is_number)
        });
        Columns {
            columns: [empty(DAY, true), empty(RECORDS, true)]
                .into_iter()
                .chain(properties)
                .collect(),
            fits: true,
        }
    }

    fn push(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        for (index, column) in self.columns.iter_mut().enumerate() {
            // Keys and counts of records are whole numbers, too large for thousandths.
            let scale = if index < 2 { 1000 } else { 1 };
            self.fits &= column.push(row.get_ref(index)?, scale);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::{numbers, texts};
    use super::*;

    fn filled(values: &[ValueRef<'_>], is_number: bool) -> (Vec<u8>, bool) {
        let mut column = Column {
            name: "steps",
            is_number,
            packed: Vec::new(),
            any: false,
        };
        let fits = values.iter().map(|value| column.push(*value, 1));
        let fits = fits.fold(true, |all, fits| all & fits);
        (column.packed, fits)
    }

    #[test]
    fn numbers_and_texts_round_trip_with_their_gaps() {
        let values = [
            ValueRef::Real(-1.234),
            ValueRef::Null,
            ValueRef::Integer(7),
            ValueRef::Text(b"x"),
        ];
        let (packed, fits) = filled(&values, true);
        assert!(fits);
        assert_eq!(
            numbers(&packed).collect::<Vec<_>>(),
            [Some(-1234), None, Some(7000), None]
        );
        let values = [ValueRef::Text(b"[\"a\"]"), ValueRef::Null, ValueRef::Text(b"")];
        let (packed, fits) = filled(&values, false);
        assert!(fits);
        assert_eq!(
            texts(&packed).collect::<Vec<_>>(),
            [Some(&b"[\"a\"]"[..]), None, Some(&b""[..])]
        );
    }

    #[test]
    fn a_value_that_does_not_fit_is_said_to() {
        assert!(!filled(&[ValueRef::Integer(3_000_000)], true).1);
        assert!(!filled(&[ValueRef::Text(&[b'x'; 65_535])], false).1);
        assert!(filled(&[ValueRef::Text(&[b'x'; 65_534])], false).1);
    }
}
