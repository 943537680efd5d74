//! The days of a user once more, column by column, so that a question over all users reads only what it asks about. What
//! comes in: a store whose days are written; what goes out: one packed column for each user and property. It is never
//! trusted beyond what it says: a user whose days change, by whichever program, leaves `packed_users` at once, and is
//! read row by row until the next run packs them again.
//!
//! A column holds one value for each day of the user, in the order of the calendar. `day` are the low 22 bits of the
//! days' keys; it, `records` and numbers are little-endian i32, numbers in thousandths, and `i32::MIN` is an absent one.
//! Texts are a little-endian u16 length and the bytes, as they stand in `days`; the length 65535 is an absent one. A
//! column without any value is left out. A user with a value that does not fit is not packed. The column `vector` holds
//! the vectors in the rough form of [`rough`].

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Rows, Statement};

use super::rough;
use super::schema::day_keys;
use crate::day::{PROPERTIES, PropertyType};

/// Made when a run ends, as the index by date is.
pub(super) const TABLES: &str = "\
CREATE TABLE IF NOT EXISTS columns(
    property TEXT NOT NULL, -- a column of days, or vector
    user INTEGER NOT NULL, -- as in users
    packed BLOB NOT NULL, -- one value a day: numbers are i32 thousandths, texts have a u16 length before them
    PRIMARY KEY (property, user)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS packed_users(user INTEGER PRIMARY KEY); -- whose columns say what their rows say
CREATE TRIGGER IF NOT EXISTS days_inserted_unpack AFTER INSERT ON days BEGIN
    DELETE FROM packed_users WHERE user = new.day >> 22;
END;
CREATE TRIGGER IF NOT EXISTS days_updated_unpack AFTER UPDATE ON days BEGIN
    DELETE FROM packed_users WHERE user IN (old.day >> 22, new.day >> 22);
END;
CREATE TRIGGER IF NOT EXISTS days_deleted_unpack AFTER DELETE ON days BEGIN
    DELETE FROM packed_users WHERE user = old.day >> 22;
END;
CREATE TRIGGER IF NOT EXISTS vectors_inserted_unpack AFTER INSERT ON vectors BEGIN
    DELETE FROM packed_users WHERE user = new.day >> 22;
END;
CREATE TRIGGER IF NOT EXISTS vectors_updated_unpack AFTER UPDATE ON vectors BEGIN
    DELETE FROM packed_users WHERE user IN (old.day >> 22, new.day >> 22);
END;
CREATE TRIGGER IF NOT EXISTS vectors_deleted_unpack AFTER DELETE ON vectors BEGIN
    DELETE FROM packed_users WHERE user = old.day >> 22;
END;";

/// The pseudo-properties that every packed user has.
pub const DAY: &str = "day";
/// See [`DAY`].
pub const RECORDS: &str = "records";
/// The rough vectors of a user who has any.
pub const VECTOR: &str = "vector";

/// Whoever has no columns, and, of a store that was packed before there were rough vectors, whoever has none of these.
const NOT_PACKED: &str = "\
SELECT user FROM users WHERE user NOT IN (SELECT user FROM packed_users)
    OR (EXISTS (SELECT 1 FROM vectors) AND user NOT IN (SELECT user FROM columns WHERE property = 'vector'))
ORDER BY user";

const ABSENT: i32 = i32::MIN;
const ABSENT_TEXT: u16 = u16::MAX;

/// A number in thousandths; `None` for NULL and for anything another program may have put there.
pub fn thousandths(column: ValueRef<'_>) -> Option<i64> {
    match column {
        ValueRef::Integer(whole) => whole.checked_mul(1000),
        ValueRef::Real(real) => Some((real * 1000.0).round() as i64),
        _ => None,
    }
}

/// What a [`Cursor`] reads: the columns of one property, user by user.
pub const OF_USERS: &str =
    "SELECT user, packed FROM columns WHERE property = ?1 AND user BETWEEN ?2 AND ?3 ORDER BY user";

/// Reads a property of many users, who are asked for in their order: the columns of a property lie in it, too.
pub struct Cursor<'s> {
    rows: Rows<'s>,
    /// Whose column the row is; `None` behind the last one.
    user: Option<i64>,
}

impl<'s> Cursor<'s> {
    /// Over the first to the last of some users; the statement is [`OF_USERS`].
    pub fn new(
        statement: &'s mut Statement<'_>,
        property: &str,
        (first, last): (i64, i64),
    ) -> rusqlite::Result<Cursor<'s>> {
        let rows = statement.query((property, first, last))?;
        let mut cursor = Cursor { rows, user: None };
        cursor.step()?;
        Ok(cursor)
    }

    fn step(&mut self) -> rusqlite::Result<()> {
        self.rows.advance()?;
        self.user = self.rows.get().map(|row| row.get(0)).transpose()?;
        Ok(())
    }

    /// The column of a user, none before the last one asked for; `None` where the user has no value of the property.
    pub fn of(&mut self, user: i64) -> rusqlite::Result<Option<&[u8]>> {
        while self.user.is_some_and(|at| at < user) {
            self.step()?;
        }
        let row = self.rows.get().filter(|_| self.user == Some(user));
        row.map(|row| Ok(row.get_ref(1)?.as_blob()?)).transpose()
    }
}

/// The numbers of a column, in thousandths; `None` where one is absent.
pub fn numbers(packed: &[u8]) -> impl Iterator<Item = Option<i32>> {
    packed.as_chunks::<4>().0.iter().map(number)
}

/// The number at a place of a column, in thousandths; `None` where it is absent.
pub fn number_at(packed: &[u8], at: usize) -> Option<i32> {
    packed.as_chunks::<4>().0.get(at).and_then(number)
}

fn number(bytes: &[u8; 4]) -> Option<i32> {
    Some(i32::from_le_bytes(*bytes)).filter(|number| *number != ABSENT)
}

/// The texts of a column; `None` where one is absent.
pub fn texts(mut packed: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    std::iter::from_fn(move || {
        let (length, rest) = packed.split_first_chunk::<2>()?;
        let length = u16::from_le_bytes(*length);
        let taken = if length == ABSENT_TEXT { 0 } else { usize::from(length) };
        let (text, rest) = rest.split_at_checked(taken)?;
        packed = rest;
        Some(Some(text).filter(|_| length != ABSENT_TEXT))
    })
}

/// Packs every user that is not.
pub(crate) fn pack(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    let users: Vec<i64> = connection
        .prepare(NOT_PACKED)?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let names: Vec<&str> = PROPERTIES.iter().map(|info| info.name).collect();
    let sql = format!(
        "SELECT day & 4194303, records, {} FROM days WHERE day BETWEEN ?1 AND ?2 ORDER BY day",
        names.join(", ")
    );
    let mut rows = connection.prepare(&sql)?;
    let mut insert = connection.prepare("INSERT OR REPLACE INTO columns VALUES (?1, ?2, ?3)")?;
    let mut clear = connection.prepare("DELETE FROM columns WHERE property = ?1 AND user = ?2")?;
    let mut done = connection.prepare("INSERT OR IGNORE INTO packed_users VALUES (?1)")?;
    for user in users {
        let mut columns = Columns::new();
        let mut rows = rows.query(day_keys(user))?;
        while let Some(row) = rows.next()? {
            columns.push(row)?;
        }
        if !columns.fits {
            continue;
        }
        for Column { name, packed, any, .. } in &columns.columns {
            match any {
                true => insert.execute((name, user, packed))?,
                false => clear.execute((name, user))?,
            };
        }
        match vectors(connection, user)? {
            Some(packed) => insert.execute((VECTOR, user, packed))?,
            None => clear.execute((VECTOR, user))?,
        };
        done.execute([user])?;
    }
    Ok(())
}

/// The rough vectors of all days of a user; `None` where there is not one.
fn vectors(connection: &Connection, user: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "SELECT vector FROM days LEFT JOIN vectors ON vectors.day = days.day \
               WHERE days.day BETWEEN ?1 AND ?2 ORDER BY days.day";
    let mut query = connection.prepare_cached(sql)?;
    let vectors = query.query_map(day_keys(user), |row| row.get(0))?;
    let vectors: Vec<Option<Vec<u8>>> = vectors.collect::<rusqlite::Result<_>>()?;
    let dimensions = vectors.iter().flatten().next().map(|vector| vector.len() / 4);
    Ok(dimensions.map(|dimensions| {
        let mut packed = Vec::new();
        let vectors = vectors.iter().map(|vector| vector.as_deref().unwrap_or_default());
        vectors.for_each(|vector| rough::push(&mut packed, vector, dimensions));
        packed
    }))
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

    #[test]
    fn a_damaged_column_ends_early() {
        assert_eq!(texts(&[5, 0, b'a']).count(), 0);
        assert_eq!(numbers(&[1, 2, 3]).count(), 0);
    }
}
