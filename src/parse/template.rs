//! Records that are laid out like the one before are read by comparing, not by parsing.
//!
//! In: bytes and the brace of a record. Out: rows of all records from there on that have the learned layout, and where
//! the first other one begins. Between the values nothing is interpreted: the bytes are those of a record that the
//! strict path accepted. The values are read by fast twins of the strict path's functions, or by these functions. What
//! is not plainly good ends the run; judging it is the strict path's business, so nothing is ever refused here. The
//! first fields are compared as one where they can be (`prefix.rs`); records that have nothing else but a number are read in
//! a loop of their own (`readings.rs`).

mod field;
mod layout;
mod plain;
mod prefix;
mod readings;
#[cfg(test)]
mod tests;
mod values;

pub(super) use layout::{Layout, Meaning};

use std::mem;

use super::rows::ColumnSource;
use super::simd::{Job, Simd};
use super::{Form, date};
use crate::columns::{RowKey, RowWriter, Symbols};

use field::Field;
use layout::Literal;
use prefix::Prefix;
use readings::KeyChanges;
use values::Ids;

/// A layout and the last values read with it.
pub(super) struct Template {
    form: Form,
    opening: Literal,
    closing: Literal,
    to_next_record: usize,
    fields: Vec<Field>,
    /// The first field with a column; those before it make the prefix.
    first_column: Option<usize>,
    prefix: Prefix,
    /// Memory for the loop over readings.
    changes: Box<KeyChanges>,
    /// Of the row being read.
    key: RowKey,
}

impl Template {
    pub(super) fn new(layout: Layout) -> Template {
        let field = |(before, meaning)| Field::new(before, meaning);
        let is_column = |(_, meaning): &(Literal, Meaning)| matches!(meaning, Meaning::Number(_) | Meaning::Text(_));
        Template {
            first_column: layout.fields.iter().position(is_column),
            prefix: Prefix::new(),
            changes: Box::new(KeyChanges::new()),
            form: layout.form,
            opening: layout.opening,
            closing: layout.closing,
            to_next_record: layout.to_next_record,
            fields: layout.fields.into_iter().map(field).collect(),
            key: RowKey::default(),
        }
    }

    /// The form of the file it was learned from.
    pub(super) fn form(&self) -> Form {
        self.form
    }
}

/// Where the records that follow the layout end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RunEnd {
    /// Records read.
    pub(super) records: u64,
    /// Where reading goes on.
    pub(super) at: usize,
    /// Whether that is the brace of the next record; else it is behind the last one's.
    pub(super) at_record: bool,
}

impl RunEnd {
    pub(super) fn nothing(at: usize) -> RunEnd {
        RunEnd {
            records: 0,
            at,
            at_record: true,
        }
    }
}

/// The reading of records from `start` on.
pub(super) struct Run<'a, 'r> {
    pub(super) bytes: &'a [u8],
    pub(super) start: usize,
    pub(super) template: &'a mut Template,
    pub(super) into: &'a mut Destination<'r>,
}

/// Where rows go, and what their values mean.
pub(super) struct Destination<'a> {
    pub(super) columns: &'a [ColumnSource],
    /// The column that the time of the record feeds.
    pub(super) time_column: Option<usize>,
    pub(super) users: &'a mut Symbols,
    pub(super) texts: &'a mut Symbols,
    pub(super) rows: RowWriter<'a>,
}

impl Job for Run<'_, '_> {
    type Output = RunEnd;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> RunEnd {
        let end = self.records(simd);
        self.close_run();
        end
    }
}

/// Where the reading of a field begins.
#[derive(Clone, Copy)]
enum Place {
    /// At its value.
    Value(usize),
    /// Behind its value, which is the kept one.
    Behind(usize),
}

impl Run<'_, '_> {
    #[inline(always)]
    fn records<S: Simd>(&mut self, simd: S) -> RunEnd {
        let mut end = RunEnd::nothing(self.start);
        let mut fields = mem::take(&mut self.template.fields);
        self.read_records(simd, &mut fields, &mut end);
        self.template.fields = fields;
        end
    }

    /// Reads a record field by field, the next ones by their beginnings as long as these are alike, and so on; `None` where
    /// it ends.
    #[inline(always)]
    fn read_records<S: Simd>(&mut self, simd: S, fields: &mut [Field], end: &mut RunEnd) -> Option<()> {
        if !self.template.opening.stands_at(simd, self.bytes, end.at) {
            return None;
        }
        self.into.rows.begin();
        let mut first = Place::Value(end.at + self.template.opening.length);
        // Where the record before the one that is read field by field ended.
        let mut start = None;
        loop {
            let mut at = self.values(simd, fields, first)?;
            if let Some(start) = start {
                self.learn_prefix(fields, start);
            }
            at = self.records_alike(simd, fields, at, end)?;
            let next_opens = fields[0].before.stands_at(simd, self.bytes, at);
            if !next_opens && !self.template.closing.stands_at(simd, self.bytes, at) {
                return None;
            }
            self.finish_record(at, end);
            if !next_opens {
                end.at = at + self.template.closing.length;
                end.at_record = false;
                return None;
            }
            start = Some(at);
            first = self.before_value(simd, &mut fields[0], at)?;
        }
    }

    /// Reads the records that begin alike; `at` is behind the last value of the record before. The position behind the last
    /// value of the last one, which is not finished.
    #[inline(always)]
    fn records_alike<S: Simd>(
        &mut self,
        simd: S,
        fields: &mut [Field],
        mut at: usize,
        end: &mut RunEnd,
    ) -> Option<usize> {
        let Prefix {
            fields: passed, length, ..
        } = self.template.prefix;
        let left = &mut fields[passed..];
        loop {
            at = self.readings(simd, left, at, end);
            let Some(beginning) = self.template.prefix.stands_at(simd, self.bytes, at) else {
                return Some(at);
            };
            self.finish_record(at, end);
            if beginning.new_key {
                self.keys(at)?;
            }
            if beginning.second.is_some() {
                self.set_time(beginning.second);
            }
            at = self.values(simd, left, Place::Value(at + length))?;
        }
    }

    /// The record that ends behind the value before `at` is good, and another one follows.
    #[inline(always)]
    fn finish_record(&mut self, at: usize, end: &mut RunEnd) {
        self.into.rows.finish_row();
        end.records += 1;
        end.at = at + self.template.to_next_record;
    }

    /// Reads the values of these fields, which follow each other, and notes where each ends; the position behind the last.
    #[inline(always)]
    fn values<S: Simd>(&mut self, simd: S, fields: &mut [Field], first: Place) -> Option<usize> {
        let (field, others) = fields.split_first_mut()?;
        let mut at = self.value_from(simd, field, first)?;
        for field in others {
            let place = self.before_value(simd, field, at)?;
            at = self.value_from(simd, field, place)?;
        }
        Some(at)
    }

    /// The position behind the value of a field.
    #[inline(always)]
    fn value_from<S: Simd>(&mut self, simd: S, field: &mut Field, place: Place) -> Option<usize> {
        field.end = match place {
            Place::Value(at) => self.value(simd, field, at)?,
            Place::Behind(at) => at,
        };
        Some(field.end)
    }

    /// Passes the text before the value of a field, and the value too if it is the kept one.
    #[inline(always)]
    fn before_value<S: Simd>(&mut self, simd: S, field: &mut Field, at: usize) -> Option<Place> {
        let kept = &field.kept.with_text_before;
        if kept.length > 0 && kept.stands_at(simd, self.bytes, at) {
            let after = at + kept.length;
            field.kept.repeated = true;
            match field.meaning {
                Meaning::User | Meaning::Nothing => {}
                Meaning::Day => return self.time_after_date(after).map(Place::Behind),
                Meaning::Number(column) | Meaning::Text(column) => self.into.rows.set(column, field.kept.code),
            }
            return Some(Place::Behind(after));
        }
        let stands = field.before.stands_at(simd, self.bytes, at);
        stands.then_some(Place::Value(at + field.before.length))
    }

    /// The rows so far have the user and the day that are about to change.
    #[inline(always)]
    fn close_run(&mut self) {
        self.into.rows.close_run(self.template.key);
    }

    /// Reads the user and the date of a record that begins alike, at `start`, but with other ones.
    #[inline(never)]
    fn keys(&mut self, start: usize) -> Option<()> {
        let [user, date] = self.template.prefix.keys(start);
        // What is not read here is read field by field, and with it the prefix ends.
        self.template.prefix.forget();
        if let Some(place) = user {
            let user = Ids::of_length(place.len()).code(self.into.users, self.bytes, place.start)?;
            self.set_user(user);
        }
        if let Some(place) = date {
            self.set_day(date::calendar_day(&self.bytes[place])?.days());
        }
        self.template.prefix.expect(self.bytes, start);
        Some(())
    }

    fn learn_prefix(&mut self, fields: &mut [Field], start: usize) {
        let Template {
            first_column, prefix, ..
        } = &mut *self.template;
        let Some(count @ 1..) = *first_column else { return };
        let value_at = |index: usize| match index {
            0 => start + fields[0].before.length,
            _ => fields[index - 1].end + fields[index].before.length,
        };
        let values = (0..count).map(|index| (fields[index].meaning, value_at(index)..fields[index].end));
        if prefix.learn(self.bytes, start, values, value_at(count)) {
            // As long as it is known, it tells the user and the day, and they change without these.
            fields[..count].iter_mut().for_each(|field| field.kept.forget());
        }
    }
}
