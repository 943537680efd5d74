//! The days of a user once more, column by column, so that a question over all users reads only what it asks about. What
//! comes in: the columns that `pack.rs` made; what goes out: their values. A user's columns are never trusted beyond
//! what `packed_users` says: a user whose days change, by whichever program, leaves it at once, and is read row by row
//! until the next run packs them again.
//!
//! A column holds one value for each day of the user, in the order of the calendar. `day` are the low 22 bits of the
//! days' keys; it, `records` and numbers are little-endian i32, numbers in thousandths, and `i32::MIN` is an absent one.
//! Texts are a little-endian u16 length and the bytes, as they stand in `days`; the length 65535 is an absent one. A
//! column without any value is left out. A user with a value that does not fit is not packed. The column `vector` holds
//! the vectors in the rough form of [`rough`](super::rough).

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::types::ValueRef;
use rusqlite::{Rows, Statement};

/// Made with a store; older stores get them from the next run.
pub(crate) const TABLES: &str = "\
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

/// A number that is absent.
pub(super) const ABSENT: i32 = i32::MIN;
/// The length of a text that is absent.
pub(super) const ABSENT_TEXT: u16 = u16::MAX;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_column_ends_early() {
        assert_eq!(texts(&[5, 0, b'a']).count(), 0);
        assert_eq!(numbers(&[1, 2, 3]).count(), 0);
    }
}
