//! The values of a record that follows a template, each read by the fast twin of the strict path's function, or by that
//! function.

use super::Run;
use super::field::Field;
use super::layout::{Meaning, window};
use super::plain::{day_text, plain_string, skip_any};
use crate::columns::{NULL, ShortLength, Symbols};
use crate::parse::date;
use crate::parse::number::plain_decimal;
use crate::parse::rows::{MAX_COLUMNS, user_id};
use crate::parse::simd::{Simd, WIDTH};
use crate::parse::strict::read_field_value;
use crate::record::FieldType;

/// Bytes of `"YYYY-MM-DD`.
const QUOTE_AND_DATE: usize = 11;

impl Run<'_, '_> {
    /// Reads the value of a field; the position behind it.
    #[inline(always)]
    pub(super) fn value<S: Simd>(&mut self, simd: S, field: &mut Field, at: usize) -> Option<usize> {
        if let Meaning::Number(column) = field.meaning {
            return self.number(column, at);
        }
        match field.meaning {
            Meaning::User => self.user(simd, field, at),
            Meaning::Day => self.day(simd, field, at),
            Meaning::Number(column) => self.number(column, at),
            Meaning::Text(column) => self.text(simd, field, column, at),
            Meaning::Nothing => self.skip(simd, at),
        }
    }

    #[inline(always)]
    fn number(&mut self, column: usize, at: usize) -> Option<usize> {
        if let Some((value, length)) = plain_decimal(window(self.bytes, at)?) {
            self.into.rows.set(column, value);
            return Some(at + length);
        }
        self.any_value(column, at)
    }

    /// A value of a column as the strict path reads it.
    #[cold]
    fn any_value(&mut self, column: usize, at: usize) -> Option<usize> {
        let (token, after) = read_field_value(self.bytes, at)?;
        let source = &self.into.columns[column];
        let mut values = [NULL; MAX_COLUMNS];
        source.read(column, token, self.into.texts, &mut values).ok()?;
        self.into.rows.set(column, values[column]);
        if source.kind == FieldType::TextOrNumber {
            self.into.rows.set(column + 1, values[column + 1]);
        }
        Some(after)
    }

    #[inline(always)]
    fn text<S: Simd>(&mut self, simd: S, field: &mut Field, column: usize, at: usize) -> Option<usize> {
        let Some(text) = plain_string(simd, self.bytes, at) else {
            return self.any_value(column, at);
        };
        let after = at + text.len() + 2;
        let value = match self.into.columns[column].kind {
            FieldType::Clock => date::clock_minutes(text).unwrap_or(NULL),
            _ => field.code(text, self.into.texts)?,
        };
        self.into.rows.set(column, value);
        if self.into.columns[column].kind == FieldType::TextOrNumber {
            self.into.rows.set(column + 1, NULL);
        } else {
            field.kept.note(&self.bytes[at..after], value, &field.before);
        }
        Some(after)
    }

    #[inline(always)]
    fn user<S: Simd>(&mut self, simd: S, field: &mut Field, at: usize) -> Option<usize> {
        let plain = plain_string(simd, self.bytes, at).filter(|id| !id.is_empty());
        let (user, after) = match plain {
            Some(id) => {
                let user = Ids::of_length(id.len()).code(self.into.users, self.bytes, at + 1)?;
                (user, at + id.len() + 2)
            }
            None => self.any_user(at)?,
        };
        self.set_user(user);
        self.template.prefix.forget();
        field.kept.note(&self.bytes[at..after], 0, &field.before);
        Some(after)
    }

    #[inline(always)]
    pub(super) fn set_user(&mut self, user: u32) {
        if user != self.template.key.user {
            self.close_run();
            self.template.key.user = user;
        }
    }

    #[inline(always)]
    pub(super) fn set_day(&mut self, day: i32) {
        if day != self.template.key.day {
            self.close_run();
            self.template.key.day = day;
        }
    }

    /// A user as the strict path reads it, and the position behind.
    #[cold]
    fn any_user(&mut self, at: usize) -> Option<(u32, usize)> {
        let (token, after) = read_field_value(self.bytes, at)?;
        let user = user_id(token, |id| self.into.users.code(id)).ok()?;
        Some((user, after))
    }

    #[inline(always)]
    fn day<S: Simd>(&mut self, simd: S, field: &mut Field, at: usize) -> Option<usize> {
        let (text, after) = match plain_string(simd, self.bytes, at) {
            Some(text) => (text, at + text.len() + 2),
            None => day_text(self.bytes, at)?,
        };
        let (day, second) = (date::day(text)?.days(), date::second_of_day(text));
        self.set_day(day);
        self.set_time(second);
        self.template.prefix.forget();
        let date = &self.bytes[at..at + QUOTE_AND_DATE];
        field.kept.note(date, 0, &field.before);
        Some(after)
    }

    /// Reads what follows the date, through the closing quote; `at` is behind the date.
    #[inline(always)]
    pub(super) fn time_after_date(&mut self, at: usize) -> Option<usize> {
        let rest = window(self.bytes, at)?;
        if rest[0] == b'"' {
            self.set_time(None);
            return Some(at + 1);
        }
        let second = date::plain_second_of_day(*rest[1..].first_chunk()?).filter(|_| matches!(rest[0], b' ' | b'T'));
        let after = match rest[9..] {
            [b'"', ..] if second.is_some() => at + 10,
            [b'Z', b'"', ..] if second.is_some() => at + 11,
            _ => {
                let (text, after) = day_text(self.bytes, at - QUOTE_AND_DATE)?;
                date::day(text)?;
                self.set_time(date::second_of_day(text));
                return Some(after);
            }
        };
        self.set_time(second);
        Some(after)
    }

    /// Puts the time of the record into its column, if it has one.
    #[inline(always)]
    pub(super) fn set_time(&mut self, second: Option<i32>) {
        if let Some(column) = self.into.time_column {
            self.into.rows.set(column, second.unwrap_or(NULL));
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

/// Ids of one length.
#[derive(Clone, Copy)]
pub(super) struct Ids {
    length: usize,
    short: Option<ShortLength>,
}

impl Ids {
    /// So many bytes each, at least one.
    #[inline(always)]
    pub(super) fn of_length(length: usize) -> Ids {
        let short = ShortLength::of(length);
        Ids { length, short }
    }

    /// The code of the plain id that stands at `at`.
    #[inline(always)]
    pub(super) fn code(self, users: &mut Symbols, bytes: &[u8], at: usize) -> Option<u32> {
        let text = bytes.get(at..at + self.length)?;
        match self.short {
            Some(short) => users.code_of_short(short.begins(*window(bytes, at)?.first_chunk()?), text),
            None => Some(users.code(str::from_utf8(text).ok()?)),
        }
    }
}
