//! How a day lies in the store. What comes in: users, dates, vectors; what goes out: keys and blobs, and the SQL that
//! makes the tables. It never touches a file.

use std::sync::Arc;

use crate::day::{PROPERTIES, PropertyInfo, PropertyType};
use crate::record::Date;
use crate::sink::extend_little_endian;

/// `PRAGMA application_id` of a store: "vvec".
pub const APPLICATION_ID: i32 = 0x7676_6563;

/// `PRAGMA user_version` of a store; goes up when the tables change.
pub const SCHEMA_VERSION: i32 = 1;

/// The tables, without the columns that [`PROPERTIES`] adds.
const TEMPLATE: &str = include_str!("schema.sql");

/// Made when a run ends. Kept from the first day on, it costs a quarter of the speed (17,400 against 24,000 days/s over
/// 300,000 days, measured in turns): a batch holds a few users with all their dates, so each batch would write the last
/// page of every date again.
pub(super) const INDEX_BY_DATE: &str = "CREATE INDEX IF NOT EXISTS days_by_date ON days(date)";

/// Bits of a key below the user: 22 hold every date from 0000-01-01 to 9999-12-31.
pub(crate) const DATE_BITS: u32 = 22;

/// The bits of a key that tell the date.
pub(crate) const DATE_MASK: i64 = (1 << DATE_BITS) - 1;

/// Days from 0000-01-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_528;

/// The SQL that makes the tables of an empty store.
pub fn schema_sql() -> String {
    let columns: Vec<String> = PROPERTIES.iter().map(property_column).collect();
    TEMPLATE.replace("{properties}", &columns.join("\n"))
}

fn property_column(info: &PropertyInfo) -> String {
    let (sql_type, comment) = match info.kind {
        PropertyType::Count => ("INTEGER", info.unit),
        PropertyType::Number => ("REAL", info.unit),
        PropertyType::Text => ("TEXT", info.unit),
        PropertyType::List => ("TEXT", "JSON array of text"),
        PropertyType::Numbers => ("TEXT", "JSON array of numbers"),
    };
    let separator = if comment.is_empty() { "" } else { " -- " };
    format!("    {} {sql_type},{separator}{comment}", info.name)
}

/// The columns of `days`, in order.
pub(super) fn day_columns() -> Vec<&'static str> {
    let before = [
        "day",
        "user_id",
        "date",
        "id",
        "kind",
        "records",
        "text",
        "gist",
        "facets",
        "facets_day_before",
    ];
    let properties = PROPERTIES.iter().map(|info| info.name);
    let after = ["content_hash", "template", "model"];
    before.into_iter().chain(properties).chain(after).collect()
}

/// The key of a user's day: one user's days lie together, in the order of the calendar.
pub fn day_key(user: i64, date: Date) -> i64 {
    let days = i64::from(date.days()) + DAYS_BEFORE_1970;
    debug_assert!((0..1 << DATE_BITS).contains(&days), "{date} is outside the calendar");
    (user << DATE_BITS) | days
}

/// The first and the last key that a user's days can have.
pub(super) fn day_keys(user: i64) -> (i64, i64) {
    (user << DATE_BITS, (user << DATE_BITS) | DATE_MASK)
}

/// The user's number of a key.
pub(super) fn user_of(day_key: i64) -> i64 {
    day_key >> DATE_BITS
}

/// The user's number and the date of a key.
pub fn user_and_date(day_key: i64) -> (i64, Date) {
    (user_of(day_key), date_of(day_key))
}

/// The date of a key, or of its lowest bits.
pub(crate) fn date_of(day_key: i64) -> Date {
    Date::from_days(((day_key & DATE_MASK) - DAYS_BEFORE_1970) as i32)
}

/// The lowest bits of the key of a date; those of the calendar's ends for dates beyond.
pub(crate) fn low_bits(date: Date) -> i64 {
    (i64::from(date.days()) + DAYS_BEFORE_1970).clamp(0, DATE_MASK)
}

/// The bytes of a vector: float32, little-endian.
pub fn vector_to_blob(vector: &[f32], blob: &mut Vec<u8>) {
    blob.clear();
    extend_little_endian(vector, blob);
}

/// The vector of a blob; `None` where the length is no multiple of four.
pub fn vector_from_blob(blob: &[u8]) -> Option<Arc<[f32]>> {
    let (numbers, rest) = blob.as_chunks::<4>();
    rest.is_empty()
        .then(|| numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hold_user_and_date_over_the_whole_calendar() {
        let first = Date::from_ymd(1, 1, 1).unwrap();
        let last = Date::from_ymd(9999, 12, 31).unwrap();
        assert_eq!(first.days(), -719_162);
        for (user, date) in [(1, first), (1, last), (7_000_000, Date::from_days(0))] {
            assert_eq!(user_and_date(day_key(user, date)), (user, date));
        }
        assert!(day_key(1, last) < day_key(2, first));
        assert_eq!(day_key(3, Date::from_days(5)), 3 * 4_194_304 + 719_528 + 5);
    }

    #[test]
    fn vectors_round_trip_bit_for_bit() {
        let vector = [0.1_f32, -0.0, f32::MIN_POSITIVE, 1.0];
        let mut blob = Vec::new();
        vector_to_blob(&vector, &mut blob);
        let back = vector_from_blob(&blob).unwrap();
        assert!(vector.iter().zip(back.iter()).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert!(vector_from_blob(&blob[..15]).is_none());
    }
}
