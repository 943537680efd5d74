//! Records that are laid out like the one before are read by comparing, not by parsing.
//!
//! In: bytes and the brace of a record. Out: rows of all records from there on that have the learned layout, and where
//! the first other one begins. Between the values nothing is interpreted: the bytes are those of a record that the
//! strict path accepted. The values are read by fast twins of the strict path's functions, or by these functions. What
//! is not plainly good ends the run; judging it is the strict path's business, so nothing is ever refused here. The
//! first fields are compared as one where they can be (`prefix.rs`).

use super::field::Field;
use super::layout::{Layout, Literal, Meaning, window};
use super::number::plain_decimal;
use super::plain::{day_text, plain_string, skip_any};
use super::prefix::Prefix;
use super::rows::{ColumnSource, MAX_COLUMNS, user_id};
use super::simd::{Job, Simd, WIDTH};
use super::strict::read_field_value;
use super::{Form, date};
use crate::columns::{NULL, RowBatch, Symbols};
use crate::record::FieldType;

/// Bytes of `"YYYY-MM-DD`.
const QUOTE_AND_DATE: usize = 11;

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
    row: Row,
}

/// The row being read.
struct Row {
    user: u32,
    day: i32,
    values: [i32; MAX_COLUMNS],
}

impl Template {
    pub(super) fn new(layout: Layout) -> Template {
        let field = |(before, meaning)| Field::new(before, meaning);
        let is_column = |(_, meaning): &(Literal, Meaning)| matches!(meaning, Meaning::Column(_));
        Template {
            first_column: layout.fields.iter().position(is_column),
            prefix: Prefix::new(),
            form: layout.form,
            opening: layout.opening,
            closing: layout.closing,
            to_next_record: layout.to_next_record,
            fields: layout.fields.into_iter().map(field).collect(),
            row: Row {
                user: 0,
                day: 0,
                values: [NULL; MAX_COLUMNS],
            },
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
    pub(super) rows: &'a mut RowBatch,
}

impl Job for Run<'_, '_> {
    type Output = RunEnd;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> RunEnd {
        let mut end = RunEnd::nothing(self.start);
        if !self.template.opening.stands_at(simd, self.bytes, end.at) {
            return end;
        }
        let first = end.at + self.template.opening.length;
        let Some(mut at) = self.record(simd, first, None) else {
            return end;
        };
        loop {
            let between_records = &self.template.fields[0].before;
            let first = at + between_records.length;
            let next_opens = between_records.stands_at(simd, self.bytes, at);
            if !next_opens && !self.template.closing.stands_at(simd, self.bytes, at) {
                return end;
            }
            self.push_row();
            end.records += 1;
            if !next_opens {
                end.at = at + self.template.closing.length;
                end.at_record = false;
                return end;
            }
            end.at = at + self.template.to_next_record;
            let Some(after) = self.record(simd, first, Some(at)) else {
                return end;
            };
            at = after;
        }
    }
}

impl Run<'_, '_> {
    #[inline(always)]
    fn push_row(&mut self) {
        let row = &self.template.row;
        self.into
            .rows
            .push(row.user, row.day, &row.values[..self.into.columns.len()]);
    }

    /// Reads the values of the record whose first one is at `first`; the position behind the last. `behind_record` is
    /// where the record before it ended, if there was one.
    #[inline(always)]
    fn record<S: Simd>(&mut self, simd: S, first: usize, behind_record: Option<usize>) -> Option<usize> {
        let fields = self.template.fields.len();
        if let Some((index, at)) = self.template.prefix.stands_at(simd, self.bytes, first) {
            if let Some(time) = self.template.prefix.time(self.bytes, first) {
                self.set_time(Some(date::plain_second_of_day(time)));
            }
            let mut at = self.value(simd, index, at)?;
            for index in index + 1..fields {
                at = self.field(simd, index, at)?;
            }
            return Some(at);
        }
        let mut at = match behind_record {
            Some(at) => self.field(simd, 0, at)?,
            None => self.value(simd, 0, first)?,
        };
        self.template.fields[0].end = at;
        for index in 1..fields {
            at = self.field(simd, index, at)?;
            self.template.fields[index].end = at;
        }
        self.learn_prefix(first);
        Some(at)
    }

    #[inline(always)]
    fn learn_prefix(&mut self, first: usize) {
        let Template {
            fields,
            first_column,
            prefix,
            ..
        } = &mut *self.template;
        let Some(count @ 1..) = *first_column else { return };
        let start = |index: usize| match index {
            0 => first,
            _ => fields[index - 1].end + fields[index].before.length,
        };
        let values = (0..count).map(|index| (fields[index].meaning, start(index)..fields[index].end));
        prefix.learn(self.bytes, values, start(count));
    }

    /// Reads a field with the text before it; the position behind its value.
    #[inline(always)]
    fn field<S: Simd>(&mut self, simd: S, index: usize, at: usize) -> Option<usize> {
        let field = &mut self.template.fields[index];
        let kept = &field.kept.with_text_before;
        if kept.length > 0 && kept.stands_at(simd, self.bytes, at) {
            let after = at + kept.length;
            field.kept.repeated = true;
            match field.meaning {
                Meaning::User | Meaning::Nothing => return Some(after),
                Meaning::Day => return self.time_after_date(after),
                Meaning::Column(column) => {
                    self.template.row.values[column] = field.kept.code;
                    return Some(after);
                }
            }
        }
        if !field.before.stands_at(simd, self.bytes, at) {
            return None;
        }
        let value_at = at + field.before.length;
        self.value(simd, index, value_at)
    }

    /// Reads the value of a field; the position behind it.
    #[inline(always)]
    fn value<S: Simd>(&mut self, simd: S, index: usize, at: usize) -> Option<usize> {
        match self.template.fields[index].meaning {
            Meaning::User => self.user(simd, index, at),
            Meaning::Day => self.day(simd, index, at),
            Meaning::Column(column) if self.into.columns[column].kind == FieldType::Number => self.number(column, at),
            Meaning::Column(column) => self.text(simd, index, column, at),
            Meaning::Nothing => self.skip(simd, at),
        }
    }

    #[inline(always)]
    fn number(&mut self, column: usize, at: usize) -> Option<usize> {
        if let Some((value, length)) = plain_decimal(window(self.bytes, at)?) {
            self.template.row.values[column] = value;
            return Some(at + length);
        }
        self.any_value(column, at)
    }

    /// A value of a column as the strict path reads it.
    #[cold]
    fn any_value(&mut self, column: usize, at: usize) -> Option<usize> {
        let (token, after) = read_field_value(self.bytes, at)?;
        let values = &mut self.template.row.values;
        values[column] = NULL;
        if self.into.columns[column].kind == FieldType::TextOrNumber {
            values[column + 1] = NULL;
        }
        self.into.columns[column]
            .read(column, token, self.into.texts, values)
            .ok()?;
        Some(after)
    }

    #[inline(always)]
    fn text<S: Simd>(&mut self, simd: S, index: usize, column: usize, at: usize) -> Option<usize> {
        let Some(text) = plain_string(simd, self.bytes, at) else {
            return self.any_value(column, at);
        };
        let after = at + text.len() + 2;
        let field = &mut self.template.fields[index];
        let value = match self.into.columns[column].kind {
            FieldType::Clock => date::clock_minutes(text).unwrap_or(NULL),
            _ => field.code(text, self.into.texts)?,
        };
        let values = &mut self.template.row.values;
        values[column] = value;
        if self.into.columns[column].kind == FieldType::TextOrNumber {
            values[column + 1] = NULL;
        } else {
            field.kept.note(&self.bytes[at..after], value, &field.before);
        }
        Some(after)
    }

    #[inline(always)]
    fn user<S: Simd>(&mut self, simd: S, index: usize, at: usize) -> Option<usize> {
        let plain = plain_string(simd, self.bytes, at).filter(|id| !id.is_empty());
        let (user, after) = match plain {
            Some(id) => (self.plain_user(at + 1, id)?, at + id.len() + 2),
            None => self.any_user(at)?,
        };
        self.template.row.user = user;
        self.template.prefix.forget();
        let field = &mut self.template.fields[index];
        field.kept.note(&self.bytes[at..after], 0, &field.before);
        Some(after)
    }

    /// The code of the id that stands at `at`.
    #[inline(always)]
    fn plain_user(&mut self, at: usize, id: &[u8]) -> Option<u32> {
        let length = id.len();
        if length >= 16 {
            return Some(self.into.users.code(str::from_utf8(id).ok()?));
        }
        let first = u128::from_le_bytes(*window(self.bytes, at)?.first_chunk()?);
        let short = first & ((1 << (8 * length)) - 1) | (length as u128) << 120;
        self.into.users.code_of_short(short, id)
    }

    /// A user as the strict path reads it, and the position behind.
    #[cold]
    fn any_user(&mut self, at: usize) -> Option<(u32, usize)> {
        let (token, after) = read_field_value(self.bytes, at)?;
        let user = user_id(token, |id| self.into.users.code(id)).ok()?;
        Some((user, after))
    }

    #[inline(always)]
    fn day<S: Simd>(&mut self, simd: S, index: usize, at: usize) -> Option<usize> {
        let (text, after) = match plain_string(simd, self.bytes, at) {
            Some(text) => (text, at + text.len() + 2),
            None => day_text(self.bytes, at)?,
        };
        let (day, second) = (date::day(text)?.days(), date::second_of_day(text));
        self.template.row.day = day;
        self.set_time(second);
        self.template.prefix.forget();
        let field = &mut self.template.fields[index];
        let date = &self.bytes[at..at + QUOTE_AND_DATE];
        field.kept.note(date, 0, &field.before);
        Some(after)
    }

    /// Reads what follows the date, through the closing quote; `at` is behind the date.
    #[inline(always)]
    fn time_after_date(&mut self, at: usize) -> Option<usize> {
        let rest = window(self.bytes, at)?;
        if rest[0] == b'"' {
            self.set_time(None);
            return Some(at + 1);
        }
        let time: [u8; 8] = *rest[1..].first_chunk()?;
        let is_plain = matches!(rest[0], b' ' | b'T') && date::is_plain_time(time);
        let after = match rest[9..] {
            [b'"', ..] if is_plain => at + 10,
            [b'Z', b'"', ..] if is_plain => at + 11,
            _ => {
                let (text, after) = day_text(self.bytes, at - QUOTE_AND_DATE)?;
                date::day(text)?;
                self.set_time(date::second_of_day(text));
                return Some(after);
            }
        };
        self.set_time(Some(date::plain_second_of_day(time)));
        Some(after)
    }

    /// Puts the time of the record into its column, if it has one.
    #[inline(always)]
    fn set_time(&mut self, second: Option<i32>) {
        if let Some(column) = self.into.time_column {
            self.template.row.values[column] = second.unwrap_or(NULL);
        }
    }

    /// Passes a value that is not wanted.
    #[inline(always)]
    fn skip<S: Simd>(&mut self, simd: S, at: usize) -> Option<usize> {
        let first = window(self.bytes, at)?;
        if first[0] != b'"' {
            return match plain_decimal(first) {
                Some((_, length)) => Some(at + length),
                None => skip_any(self.bytes, at),
            };
        }
        let mut rest = at + 1;
        loop {
            let special = simd.special(window(self.bytes, rest)?);
            if special == 0 {
                rest += WIDTH;
                continue;
            }
            rest += special.trailing_zeros() as usize;
            return match self.bytes[rest] {
                b'"' => Some(rest + 1),
                _ => skip_any(self.bytes, at),
            };
        }
    }
}
