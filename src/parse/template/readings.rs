//! The innermost loop: readings of a series, which are records of a time and one number.
//!
//! In: where a record ended. Out: rows of those behind it that have its user and day. Most records of most data are such
//! readings; here they are read in as few instructions as it takes, in a function of its own that has all registers.

use super::field::Field;
use super::layout::{Meaning, window};
use super::prefix::Prefix;
use super::{Run, RunEnd};
use crate::parse::number::plain_decimal;
use crate::parse::simd::{Job, Simd};

impl Run<'_, '_> {
    /// Reads records as long as they begin alike with the same user and day, and have nothing behind but a plain number.
    /// `at` is behind the last value of the record before, as is what comes back, of a record that is not finished.
    #[inline(always)]
    pub(super) fn readings<S: Simd>(&mut self, simd: S, left: &[Field], at: usize, end: &mut RunEnd) -> usize {
        let prefix = &mut self.template.prefix;
        let [
            Field {
                meaning: Meaning::Number(number),
                ..
            },
        ] = *left
        else {
            return at;
        };
        let (Some(time_at), Some(time)) = (prefix.time_at(), self.into.time_column) else {
            return at;
        };
        let Some([numbers, seconds]) = self.into.rows.rows_ahead([number, time]) else {
            return at;
        };
        let read = simd.call(Readings {
            bytes: self.bytes,
            at,
            prefix,
            time_at,
            numbers,
            seconds,
        });
        self.into.rows.advance(read.records as usize);
        if read.records > 0 {
            prefix.held(read.records);
            end.records += read.records;
            end.at = read.last + self.template.to_next_record;
        }
        read.at
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
}

/// What was read.
struct Read {
    records: u64,
    /// Behind the last value.
    at: usize,
    /// Behind the value before it.
    last: usize,
}

impl Job for Readings<'_> {
    type Output = Read;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Read {
        let Readings {
            bytes,
            at,
            prefix,
            time_at,
            numbers,
            seconds,
        } = self;
        let mut read = Read {
            records: 0,
            at,
            last: at,
        };
        let (span, length) = (prefix.span, prefix.length);
        for (number, second) in numbers.iter_mut().zip(seconds) {
            let Some(found) = bytes.get(read.at..read.at + span) else {
                break;
            };
            let Some(time) = prefix.second_of_same(simd, found, time_at) else {
                break;
            };
            let Some((value, digits)) = window(found, length).and_then(plain_decimal) else {
                break;
            };
            (*number, *second) = (value, time);
            read.records += 1;
            read.last = read.at;
            read.at += length + digits;
        }
        read
    }
}
