//! The naive reference: a directory of input files to the properties of every (user, day), from the contract's words
//! alone (DESIGN.md 5 and 6, CONTRACT.md), by serde_json, maps and plain integer arithmetic.
//!
//! In: files in any accepted form, whose records may be bad by content (no user, no day, wrong type, out of range).
//! Out: every property except words and provenance, and which records were rejected. It never shares a line with
//! `src/`, reads everything into memory, and does not know damaged JSON: that is what `bad_input.rs` is for.
//!
//! Where the contract is silent it decides:
//! - a value out of range is judged after rounding to three places;
//! - null counts as absent when a second name is looked up (`date_time`, `timestamp`, `fiber_g`, ...);
//! - an empty text is a value, an empty `user_id` is not;
//! - `bedtime` and `wake_time` give the `HH:MM` after an optional `YYYY-MM-DD` and separator; a text without one
//!   contributes nothing;
//! - `workout_reps` and `activity_hr_mean` are exact until they are rounded once;
//! - baselines compare published values, those of the documents;
//! - `sessions`: `type, N min, N km, weather, intensity intensity` in lower case, without the parts that a record
//!   lacks; a record with none of them gives no session;
//! - heart rate zones are tenths of 180 bpm from five on, as no test asks for profiles.

mod baseline;
mod day;
mod input;
pub(crate) mod number;
mod record;
pub(crate) mod time;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::value::RawValue;

pub(crate) use day::Value;
use record::Row;

/// The kinds whose records make days, by file stem.
const DATA_KINDS: [&str; 6] = [
    "activities",
    "workouts",
    "nutrition",
    "sleep",
    "heart_rate",
    "measurements",
];

/// The properties of one day, by name.
pub(crate) type Properties = BTreeMap<&'static str, Value>;

/// A user and a date, `YYYY-MM-DD`.
pub(crate) type UserDay = (String, String);

/// A rejected record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rejected {
    /// File name without its folder.
    pub(crate) file: String,
    /// Number of the record in its file, from 0.
    pub(crate) record: usize,
    /// Of the record's opening brace, in the decompressed bytes.
    pub(crate) byte_offset: usize,
}

/// What an ingest of a directory must give.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// Every day with its properties.
    pub(crate) days: BTreeMap<UserDay, Properties>,
    /// Bad records, sorted.
    pub(crate) rejected: Vec<Rejected>,
}

/// Reads the seven files of a directory.
pub(crate) fn read_dir(dir: &Path) -> Expected {
    let mut rows: BTreeMap<UserDay, BTreeMap<&'static str, Vec<Row>>> = BTreeMap::new();
    let mut rejected = Vec::new();
    for (kind, path) in input::files(dir) {
        let text = input::text(&path);
        for (number, raw) in input::records(&text).into_iter().enumerate() {
            match record::read(kind, raw.get()) {
                None => rejected.push(Rejected {
                    file: path.file_name().unwrap().to_str().unwrap().to_string(),
                    record: number,
                    byte_offset: offset_in(&text, raw),
                }),
                Some(row) => {
                    if let Some(date) = row.date {
                        let user_day = (row.user_id.clone(), date.to_string());
                        rows.entry(user_day).or_default().entry(kind).or_default().push(row);
                    }
                }
            }
        }
    }
    rejected.sort();
    let mut days: BTreeMap<UserDay, Properties> = BTreeMap::new();
    for (user_day, of_day) in &rows {
        days.insert(user_day.clone(), day::properties(user_day, of_day));
    }
    baseline::add(&mut days);
    Expected { days, rejected }
}

/// Where a record borrowed from a text begins in it.
fn offset_in(text: &str, raw: &RawValue) -> usize {
    raw.get().as_ptr() as usize - text.as_ptr() as usize
}
