//! Records that are laid out like the one before are read by comparing, not by parsing.
//!
//! In: bytes and the brace of a record. Out: rows of all records from there on that have the learned layout, and where
//! the first other one begins. Between the values nothing is interpreted: the bytes are those of a record that the
//! strict path accepted. The values are read by fast twins of the strict path's functions, or by these functions. What
//! is not plainly good ends the run; judging it is the strict path's business, so nothing is ever refused here. The
//! first fields are compared as one where they can be (`prefix.rs`).

mod values;

use std::ops::Range;

use super::field::Field;
use super::layout::{Layout, Literal, Meaning};
use super::prefix::{Beginning, Prefix};
use super::rows::ColumnSource;
use super::simd::{Job, Simd};
use super::{Form, date};
use crate::columns::{RowWriter, Symbols};

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
    /// User and day of the row being read.
    user: u32,
    day: i32,
}

impl Template {
    pub(super) fn new(layout: Layout) -> Template {
        let field = |(before, meaning)| Field::new(before, meaning);
        let is_column = |(_, meaning): &(Literal, Meaning)| matches!(meaning, Meaning::Number(_) | Meaning::Text(_));
        Template {
            first_column: layout.fields.iter().position(is_column),
            prefix: Prefix::new(),
            form: layout.form,
            opening: layout.opening,
            closing: layout.closing,
            to_next_record: layout.to_next_record,
            fields: layout.fields.into_iter().map(field).collect(),
            user: 0,
            day: 0,
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
    /// Where the record before began that the next is compared with; `None` if its bytes are those of the prefix.
    pub(super) alike: Option<usize>,
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
        if let Some(alike) = self.alike {
            self.template.prefix.expect(self.bytes, alike);
        }
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
        if !self.template.opening.stands_at(simd, self.bytes, end.at) {
            return end;
        }
        self.into.rows.begin();
        // Of the record being read: the first field that is left, and where.
        let (mut field, mut place) = (0, Place::Value(end.at + self.template.opening.length));
        // Where the record before it ended, if it is read field by field.
        let mut to_learn_from = None;
        loop {
            let Some(at) = self.values(simd, field, place, to_learn_from.is_some()) else {
                return end;
            };
            if let Some(start) = to_learn_from {
                self.learn_prefix(start);
            }
            let beginning = self.template.prefix.stands_at(simd, self.bytes, at, self.alike);
            let next_opens = beginning.is_some() || self.template.fields[0].before.stands_at(simd, self.bytes, at);
            if !next_opens && !self.template.closing.stands_at(simd, self.bytes, at) {
                return end;
            }
            self.into.rows.finish_row();
            end.records += 1;
            if !next_opens {
                end.at = at + self.template.closing.length;
                end.at_record = false;
                return end;
            }
            end.at = at + self.template.to_next_record;
            to_learn_from = beginning.is_none().then_some(at);
            let left = match beginning {
                Some(beginning) => self.behind_prefix(at, beginning),
                None => self.before_value(simd, 0, at).map(|place| (0, place)),
            };
            let Some(left) = left else {
                return end;
            };
            (field, place) = left;
        }
    }

    /// Reads the values of a record from this field on, and notes where each ends, if wanted; the position behind the last.
    #[inline(always)]
    fn values<S: Simd>(&mut self, simd: S, first: usize, place: Place, note_ends: bool) -> Option<usize> {
        let mut place = place;
        let mut index = first;
        loop {
            let at = match place {
                Place::Value(at) => self.value(simd, index, at)?,
                Place::Behind(at) => at,
            };
            if note_ends {
                self.template.fields[index].end = at;
            }
            index += 1;
            if index == self.template.fields.len() {
                return Some(at);
            }
            place = self.before_value(simd, index, at)?;
        }
    }

    /// Passes the text before the value of a field, and the value too if it is the kept one.
    #[inline(always)]
    fn before_value<S: Simd>(&mut self, simd: S, index: usize, at: usize) -> Option<Place> {
        let field = &mut self.template.fields[index];
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

    /// The first field that the prefix leaves of a record; `start` is behind the last value of the record before.
    #[inline(always)]
    fn behind_prefix(&mut self, start: usize, beginning: Beginning) -> Option<(usize, Place)> {
        if beginning.new_key {
            if self.keys(start).is_none() {
                self.template.prefix.forget();
                return None;
            }
            self.alike = Some(start);
        }
        if let Some(time) = beginning.time {
            self.set_time(Some(date::plain_second_of_day(time)));
        }
        let Prefix { fields, length, .. } = self.template.prefix;
        Some((fields, Place::Value(start + length)))
    }

    /// The rows so far have the user and the day that are about to change.
    #[inline(always)]
    fn close_run(&mut self) {
        self.into.rows.close_run(self.template.user, self.template.day);
    }

    /// Reads the user and the date where the prefix has them.
    #[inline(never)]
    fn keys(&mut self, start: usize) -> Option<()> {
        let text = |place: &Range<usize>| &self.bytes[start + place.start..start + place.end];
        let (user, date) = (text(&self.template.prefix.user), text(&self.template.prefix.date));
        let user_at = start + self.template.prefix.user.start;
        if !user.is_empty() {
            let user = self.plain_user(user_at, user)?;
            self.set_user(user);
        }
        if !date.is_empty() {
            self.set_day(date::calendar_day(date)?.days());
        }
        Some(())
    }

    fn learn_prefix(&mut self, start: usize) {
        let Template {
            fields,
            first_column,
            prefix,
            ..
        } = &mut *self.template;
        let Some(count @ 1..) = *first_column else { return };
        let value_at = |index: usize| match index {
            0 => start + fields[0].before.length,
            _ => fields[index - 1].end + fields[index].before.length,
        };
        let values = (0..count).map(|index| (fields[index].meaning, value_at(index)..fields[index].end));
        self.alike = None;
        if prefix.learn(self.bytes, start, values, value_at(count)) {
            // As long as it is known, it tells the user and the day, and they change without these.
            fields[..count].iter_mut().for_each(|field| field.kept.forget());
        }
    }
}
