//! The `sqlite:` target: the embedded store. What comes in: objects, or a question what is there; what goes out: an
//! SQLite database that any other tool can open. It never rewrites a day that did not change.
//!
//! The tables, as `schema.sql` makes them (with one column for each row of [`PROPERTIES`]):
//!
//! | table | holds |
//! | --- | --- |
//! | `meta` | `model`, `dimensions`, `template`, `created_by`, `complete`: what the store was made with |
//! | `users` | a number for each user, in the order of arrival |
//! | `days` | one row a user's day, all of the document; `day` = user « 22 \| (days since 1970-01-01 + 719528) |
//! | `vectors` | the vector of each day: float32, little-endian, in the same order |
//! | `words` | FTS5 index over `text`, `gist` and `facets` of `days`; a run indexes its new days itself, triggers follow every other change |
//! | `columns` | the days of a user once more, column by column, for questions over all users; see [`columns`] and [`rough`] |
//! | `packed_users` | whose columns are as their days; filled at the end of a run |
//!
//! Numbers are `REAL`, counts `INTEGER`, lists `TEXT` with a JSON array; absent is `NULL`. So
//! `SELECT date, resting_hr FROM days WHERE user_id = 'user_000001' ORDER BY day` answers in any SQLite shell, and
//! `SELECT days.date FROM words JOIN days ON days.day = words.rowid WHERE words MATCH 'rain' ORDER BY rank` searches.
//!
//! A run that is killed leaves whole batches behind (a batch is a transaction, the log is written ahead). The next run
//! asks the [`SqliteLedger`] what is there and pushes only the rest; after it the store holds what an undisturbed run
//! would have left. A power cut may cost the last batches before `Sink::finish`, never the
//! store.
//!
//! [`PROPERTIES`]: crate::day::PROPERTIES
//! [`columns`]: crate::sink::sqlite::columns
//! [`rough`]: crate::sink::sqlite::rough
//! [`SqliteLedger`]: crate::sink::sqlite::SqliteLedger

pub mod columns;
mod ledger;
pub(crate) mod pack;
pub mod rough;
mod schema;
mod store;
mod writer;

use std::path::Path;

use super::SinkError;

pub use super::Expect;
pub use ledger::SqliteLedger;
pub use schema::{
    APPLICATION_ID, SCHEMA_VERSION, day_key, schema_sql, user_and_date, vector_from_blob, vector_to_blob,
};
pub(crate) use schema::{DATE_BITS, DATE_MASK, date_of, low_bits};
pub use store::{Made, made, open_for_reading};
pub use writer::SqliteSink;

/// Opens a store for a run, and makes it where there is none. The two halves have a connection each: the ledger reads
/// while the sink writes.
pub fn open_sqlite(path: &Path, expect: &Expect<'_>) -> Result<(SqliteLedger, SqliteSink), SinkError> {
    let writing = store::open_for_writing(path, expect)?;
    let reading = open_for_reading(path)?;
    let ledger = SqliteLedger::new(path, reading, expect.dimensions);
    let sink = SqliteSink::new(path, writing, expect.dimensions);
    Ok((ledger, sink))
}
