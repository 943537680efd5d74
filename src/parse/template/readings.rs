//! The innermost loop: readings of a series, which are records of a time and one number.
//!
//! In: where a record ended. Out: rows of those behind it that begin alike, and where another user or day begins. Most
//! records of most data are such readings; here they are read in as few instructions as it takes, in a function of its own
//! that has all registers and knows how many windows a beginning has.

use super::field::Field;
use super::layout::Meaning;
use super::prefix::{Prefix, Shape, Windows};
use super::values::Ids;
use super::{Run, RunEnd, Template};
use crate::columns::{BLOCK_ROWS, RowKey};
use crate::parse::simd::{Job, Simd};

/// Where other keys begin among the rows that were read.
pub(super) struct KeyChanges {
    count: usize,
    /// Numbers of the rows, and their keys.
    changes: [(usize, RowKey); BLOCK_ROWS],
    /// Where the ids of their users stand.
    user_at: [usize; BLOCK_ROWS],
}

impl Run<'_, '_> {
    /// Reads records as long as they begin alike, be it with another user or day, and have nothing behind but a plain
    /// number. `at` is behind the last value of the record before, as is what comes back, of a record that is not finished.
    #[inline(always)]
    pub(super) fn readings<S: Simd>(&mut self, simd: S, left: &[Field], at: usize, end: &mut RunEnd) -> usize {
        let Some(readings) = self.readings_ahead(left, at) else {
            return at;
        };
        let read = simd.call(readings);
        if read.records > 0 {
            self.finish_rows(read.records);
            self.template.prefix.held(read.records as u64);
            self.template.prefix.expect(self.bytes, read.last);
            end.records += read.records as u64;
            end.at = read.last + self.template.to_next_record;
        }
        read.at
    }

    /// What the loop needs, if the fields that are left are those of a reading.
    #[inline(always)]
    fn readings_ahead(&mut self, left: &[Field], at: usize) -> Option<Readings<'_>> {
        let [
            Field {
                meaning: Meaning::Number(number),
                ..
            },
        ] = *left
        else {
            return None;
        };
        let Template { prefix, changes, .. } = &mut *self.template;
        let [numbers, seconds] = self.into.rows.rows_ahead([number, self.into.time_column?])?;
        Some(Readings {
            bytes: self.bytes,
            at,
            time_at: prefix.time_at()?,
            prefix,
            numbers,
            seconds,
            changes,
        })
    }

    /// Finishes the rows before the last one that was read.
    #[inline(always)]
    fn finish_rows(&mut self, rows: usize) {
        self.look_up_users();
        let Template { changes, key, .. } = &mut *self.template;
        *key = self
            .into
            .rows
            .advance_over(rows, *key, &changes.changes[..changes.count]);
    }

    /// The users of all changes. All at once: where to look for one is not known before its id was read, and many such
    /// questions can wait for memory at the same time.
    #[inline(never)]
    fn look_up_users(&mut self) {
        let ids = Ids::of_length(self.template.prefix.user_length());
        let KeyChanges {
            count,
            changes,
            user_at,
        } = &mut *self.template.changes;
        for ((_, key), at) in changes[..*count].iter_mut().zip(user_at) {
            let user = ids.code(self.into.users, self.bytes, *at);
            key.user = user.expect("the id was plain");
        }
    }
}

impl KeyChanges {
    pub(super) fn new() -> KeyChanges {
        KeyChanges {
            count: 0,
            changes: [(0, RowKey::default()); BLOCK_ROWS],
            user_at: [0; BLOCK_ROWS],
        }
    }
}

/// The reading of as many records as there are places for.
struct Readings<'a> {
    bytes: &'a [u8],
    /// Behind the last value of a record.
    at: usize,
    prefix: &'a Prefix,
    time_at: usize,
    numbers: &'a mut [i32],
    seconds: &'a mut [i32],
    changes: &'a mut KeyChanges,
}

/// What was read.
struct Read {
    records: usize,
    /// Behind the last value.
    at: usize,
    /// Behind the value before it.
    last: usize,
}

impl Job for Readings<'_> {
    type Output = Read;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Read {
        match self.prefix.windows() {
            1 => self.read::<S, 1>(simd),
            2 => self.read::<S, 2>(simd),
            3 => self.read::<S, 3>(simd),
            4 => self.read::<S, 4>(simd),
            5 => self.read::<S, 5>(simd),
            6 => self.read::<S, 6>(simd),
            7 => self.read::<S, 7>(simd),
            8 => self.read::<S, 8>(simd),
            12 => self.read::<S, 12>(simd),
            16 => self.read::<S, 16>(simd),
            // Longer ones are read field by field.
            _ => Read::nothing(self.at),
        }
    }
}

/// After so many records in a row that are alone with their user and day, those that follow are expected to be, too.
const MOST_ALONE: usize = 3;

impl Readings<'_> {
    #[inline(always)]
    fn read<S: Simd, const WINDOWS: usize>(self, simd: S) -> Read {
        let Some(shape) = self.prefix.shape::<WINDOWS>(self.time_at) else {
            return Read::nothing(self.at);
        };
        self.changes.count = 0;
        let mut series = Series {
            bytes: self.bytes,
            last: shape.text,
            shape,
            numbers: self.numbers,
            seconds: self.seconds,
            changes: self.changes,
            read: Read::nothing(self.at),
        };
        let mut alone = 0;
        loop {
            let before = series.read.records;
            series.of_one_day(simd);
            alone = if series.read.records == before { alone + 1 } else { 0 };
            let before = series.read.records;
            series.of_any_day(simd, if alone < MOST_ALONE { 1 } else { BLOCK_ROWS });
            if series.read.records == before {
                return series.read;
            }
        }
    }
}

/// Readings being read, the beginnings of which have so many windows.
struct Series<'a, const WINDOWS: usize> {
    bytes: &'a [u8],
    shape: Shape<'a, WINDOWS>,
    /// The beginning of the last record.
    last: &'a Windows<WINDOWS>,
    numbers: &'a mut [i32],
    seconds: &'a mut [i32],
    changes: &'a mut KeyChanges,
    read: Read,
}

impl<const WINDOWS: usize> Series<'_, WINDOWS> {
    /// Reads records as long as each has the user and day of the one before.
    #[inline(always)]
    fn of_one_day<S: Simd>(&mut self, simd: S) {
        let first = self.read.records;
        let rows = self.numbers[first..].iter_mut().zip(&mut self.seconds[first..]);
        for (number, second) in rows {
            let Some((record, found)) = record_at(self.bytes, self.read.at, self.shape.span) else {
                break;
            };
            if !self.shape.is_same(simd, [self.last, found], record) {
                break;
            }
            let Some((values, length)) = self.shape.values(record) else {
                break;
            };
            (*number, *second) = values;
            self.read.pass(length);
            self.last = found;
        }
    }

    /// Reads so many records at most, whatever user and day each has.
    #[inline(always)]
    fn of_any_day<S: Simd>(&mut self, simd: S, most: usize) {
        let (first, change) = (self.read.records, self.changes.count);
        let rows = self.numbers[first..].iter_mut().zip(&mut self.seconds[first..]);
        let changes = self.changes.changes[change..]
            .iter_mut()
            .zip(&mut self.changes.user_at[change..]);
        for ((number, second), (change, user_at)) in rows.zip(changes).take(most) {
            let Some((record, found)) = record_at(self.bytes, self.read.at, self.shape.span) else {
                break;
            };
            if !self.shape.is_alike(simd, [self.last, found], record) {
                break;
            }
            let (Some((values, length)), Some(day)) = (self.shape.values(record), self.shape.day(record)) else {
                break;
            };
            // The user comes later.
            *change = (self.read.records, RowKey { user: 0, day });
            *user_at = self.read.at + self.shape.user_at;
            self.changes.count += 1;
            (*number, *second) = values;
            self.read.pass(length);
            self.last = found;
        }
    }
}

/// What is looked at of a record, and its windows.
#[inline(always)]
fn record_at<const WINDOWS: usize>(bytes: &[u8], at: usize, span: usize) -> Option<(&[u8], &Windows<WINDOWS>)> {
    let record = bytes.get(at..at + span)?;
    Some((record, record.as_chunks().0.first_chunk()?))
}

impl Read {
    fn nothing(at: usize) -> Read {
        Read {
            records: 0,
            at,
            last: at,
        }
    }

    /// A record more was read, of so many bytes.
    #[inline(always)]
    fn pass(&mut self, length: usize) {
        self.records += 1;
        self.last = self.at;
        self.at += length;
    }
}
