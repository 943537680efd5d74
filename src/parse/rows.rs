//! What a record means: its raw values become one row of columns, or one profile, or a refusal.

use std::sync::Arc;

use super::fast_path::FastPath;
use super::reject::{ChunkReject, Reason, Refusal, excerpt};
use super::simd::Instructions;
use super::strict::{Fault, RawText, Token, WantedKeys, read_record};
use super::template::{Destination, Layout, Meaning, RunEnd};
use super::{ChunkOutput, Form, date, number, text};
use crate::columns::{NULL, RowBatch, RowBlock, RowWriter, Symbols};
use crate::record::{FieldType, Milli, Profile, RecordKind};

const USER_ID: usize = 0;
/// `date`, else `date_time`, else `timestamp`.
const TIMES: [(usize, &str); 3] = [(1, "date"), (2, "date_time"), (3, "timestamp")];
const FIRST_FIELD: usize = 4;
/// Slots of the widest kind, aliases counted (asserted when a reader is made).
const MAX_SLOTS: usize = 24;
/// Columns of the widest kind.
pub(super) const MAX_COLUMNS: usize = 12;

/// The fields of a profile that are kept, in slot order; the others (name, e-mail) are never read.
const PROFILE_FIELDS: [&str; 5] = ["age", "gender", "height", "weight", "fitness_level"];

/// Reads records of one kind into rows.
pub struct RowReader {
    kind: RecordKind,
    wanted: WantedKeys,
    columns: Vec<ColumnSource>,
    /// The column that the time of the record feeds, if the kind has one.
    time_column: Option<usize>,
    users: Symbols,
    texts: Symbols,
    fast: Option<FastPath>,
    block: Box<RowBlock>,
    spare: RowBatch,
}

/// Where the value of a column comes from.
pub(super) struct ColumnSource {
    key: &'static str,
    pub(super) kind: FieldType,
    slot: Option<usize>,
    alias: Option<usize>,
}

impl RowReader {
    /// A reader for records of `kind`; user ids and texts are interned through `users` and `texts`.
    pub fn new(kind: RecordKind, users: Symbols, texts: Symbols) -> RowReader {
        RowReader::with_instructions(kind, users, texts, Instructions::detect())
    }

    /// A reader that reads every record strictly: the definition of the fast path, for tests and measurements.
    pub fn strict(kind: RecordKind, users: Symbols, texts: Symbols) -> RowReader {
        let fast = None;
        RowReader {
            fast,
            ..RowReader::new(kind, users, texts)
        }
    }

    pub(super) fn with_instructions(
        kind: RecordKind,
        users: Symbols,
        texts: Symbols,
        instructions: Instructions,
    ) -> RowReader {
        let mut keys = vec!["user_id"];
        keys.extend(TIMES.map(|(_, key)| key));
        let mut columns = Vec::new();
        if kind == RecordKind::Users {
            keys.extend(PROFILE_FIELDS);
        }
        for field in kind.fields() {
            let mut slot_of = |key: &'static str| {
                keys.push(key);
                keys.len() - 1
            };
            let slot = (!field.key.is_empty()).then(|| slot_of(field.key));
            let alias = field.alias.map(slot_of);
            columns.push(ColumnSource {
                key: field.key,
                kind: field.kind,
                slot,
                alias,
            });
        }
        assert!(
            keys.len() <= MAX_SLOTS && columns.len() <= MAX_COLUMNS,
            "{kind:?} has more fields than slots"
        );
        RowReader {
            kind,
            wanted: WantedKeys::new(keys),
            block: Box::default(),
            spare: RowBatch::new(columns.len()),
            time_column: columns.iter().position(|source| source.kind == FieldType::TimeOfDay),
            columns,
            users,
            texts,
            // Profiles are few and make no rows.
            fast: (kind != RecordKind::Users).then(|| FastPath::new(instructions)),
        }
    }

    /// Whether what stands in the records must not be shown.
    pub(super) fn is_private(&self) -> bool {
        self.kind == RecordKind::Users
    }

    /// Takes back the rows of a chunk that nobody needs any more: the next chunk's go to the same memory.
    pub fn recycle(&mut self, mut rows: RowBatch) {
        rows.clear();
        self.spare = rows;
    }

    pub(super) fn new_output(&mut self) -> ChunkOutput {
        let rows = std::mem::replace(&mut self.spare, RowBatch::new(self.columns.len()));
        ChunkOutput {
            rows,
            ..ChunkOutput::default()
        }
    }

    /// Reads the records from `start` on that are laid out like those before: perhaps none.
    pub(super) fn read_alike(&mut self, bytes: &[u8], start: usize, form: Form, rows: &mut RowBatch) -> RunEnd {
        // Where nothing was learned, not even the destination is made: irregular records come by here one by one.
        let Some(fast) = self.fast.as_mut().filter(|fast| fast.has_templates()) else {
            return RunEnd::nothing(start);
        };
        let (columns, users, texts) = (&self.columns[..], &mut self.users, &mut self.texts);
        let mut into = Destination {
            columns,
            time_column: self.time_column,
            users,
            texts,
            rows: RowWriter::new(rows, &mut self.block),
        };
        let end = fast.read_alike(bytes, start, form, &mut into);
        into.rows.end();
        end
    }

    fn learn(&mut self, bytes: &[u8], record: (usize, usize), form: Form) {
        let Some(fast) = &mut self.fast else { return };
        let columns = &self.columns;
        let meaning = |slot: usize, slots: &[usize]| meaning(slot, slots, columns);
        fast.read_strictly(|| Layout::learn(bytes, record, form, &self.wanted, meaning));
    }

    /// Reads the record that opens at `start`; the position after it. A record that is JSON but no good one is
    /// refused here; a fault of the JSON is the caller's.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        start: usize,
        form: Form,
        output: &mut ChunkOutput,
    ) -> Result<usize, Fault> {
        let mut slots = [Token::Absent; MAX_SLOTS];
        let tokens = &mut slots[..self.wanted.len()];
        let end = read_record(bytes, start, &self.wanted, tokens)?;
        let accepted = match self.kind {
            RecordKind::Users => self.profile(tokens).map(|profile| output.profiles.push(profile)),
            _ => self.row(tokens, &mut output.rows),
        };
        match accepted {
            Ok(()) => self.learn(bytes, (start, end), form),
            Err(refusal) => self.refuse(refusal, bytes, (start, end), output),
        }
        Ok(end)
    }

    fn refuse(&self, refusal: Refusal, bytes: &[u8], (start, end): (usize, usize), output: &mut ChunkOutput) {
        let excerpt = if self.is_private() {
            String::new()
        } else {
            excerpt(&bytes[start..end])
        };
        let (reason, detail) = (refusal.reason, refusal.detail);
        output.rejects.push(ChunkReject {
            record: output.records,
            at: start,
            reason,
            detail,
            excerpt,
        });
    }

    fn row(&mut self, tokens: &[Token<'_>], rows: &mut RowBatch) -> Result<(), Refusal> {
        let user = user_id(tokens[USER_ID], |id| self.users.code(id))?;
        let (day, time_text) = day(tokens)?;
        let mut values = [NULL; MAX_COLUMNS];
        if let Some(column) = self.time_column {
            values[column] = date::second_of_day(time_text.as_bytes()).unwrap_or(NULL);
        }
        for (column, source) in self.columns.iter().enumerate() {
            let Some(slot) = source.slot else { continue };
            // Both spellings must be well typed; the first one wins.
            if let Some(alias) = source.alias {
                source.read(column, tokens[alias], &mut self.texts, &mut values)?;
            }
            source.read(column, tokens[slot], &mut self.texts, &mut values)?;
        }
        rows.push(user, day, &values[..self.columns.len()]);
        Ok(())
    }

    fn profile(&self, tokens: &[Token<'_>]) -> Result<(Arc<str>, Profile), Refusal> {
        let id = user_id(tokens[USER_ID], |id| Arc::from(id))?;
        let number_at = |field: usize| optional_number(PROFILE_FIELDS[field], tokens[FIRST_FIELD + field]);
        let text_at = |field: usize| optional_text(PROFILE_FIELDS[field], tokens[FIRST_FIELD + field]);
        let profile = Profile {
            age: number_at(0)?,
            gender: text_at(1)?,
            height_cm: number_at(2)?,
            weight_kg: number_at(3)?,
            fitness_level: text_at(4)?,
        };
        Ok((id, profile))
    }
}

impl ColumnSource {
    /// Puts the value of a token into its column; a null leaves the column as it is.
    pub(super) fn read(
        &self,
        column: usize,
        token: Token<'_>,
        texts: &mut Symbols,
        values: &mut [i32; MAX_COLUMNS],
    ) -> Result<(), Refusal> {
        let key = self.key;
        match (self.kind, token) {
            (_, Token::Absent | Token::Null) => {}
            (FieldType::Number, Token::Number(digits)) => values[column] = measured(key, digits)?,
            (FieldType::TextOrNumber, Token::Number(digits)) => values[column + 1] = measured(key, digits)?,
            (FieldType::Clock, Token::Text(raw)) => {
                values[column] = date::clock_minutes(unescaped(key, raw)?.as_bytes()).unwrap_or(NULL);
            }
            (FieldType::Text | FieldType::TextOrNumber, Token::Text(raw)) => {
                values[column] = texts.code(&unescaped(key, raw)?) as i32;
            }
            (kind, other) => return Err(wrong_type(key, kind, other)),
        }
        Ok(())
    }
}

/// What the value of a slot is to a row, in a record that has these slots; `None` where that depends on the values.
fn meaning(slot: usize, slots: &[usize], columns: &[ColumnSource]) -> Option<Meaning> {
    if slot == USER_ID {
        return Some(Meaning::User);
    }
    let mut times = TIMES.iter().map(|(time, _)| *time).filter(|time| slots.contains(time));
    if TIMES.iter().any(|(time, _)| *time == slot) {
        // The times after the first are not looked at, unless that one is null: then it is no template's business.
        let is_first = times.next() == Some(slot);
        return Some(if is_first { Meaning::Day } else { Meaning::Nothing });
    }
    let column = columns
        .iter()
        .position(|source| source.slot == Some(slot) || source.alias == Some(slot))?;
    let both = |source: &ColumnSource| {
        [source.slot, source.alias]
            .iter()
            .flatten()
            .all(|slot| slots.contains(slot))
    };
    let two_spellings = columns[column].alias.is_some() && both(&columns[column]);
    let meaning = match columns[column].kind {
        FieldType::Number => Meaning::Number(column),
        _ => Meaning::Text(column),
    };
    (!two_spellings).then_some(meaning)
}

pub(super) fn user_id<T>(token: Token<'_>, take: impl FnOnce(&str) -> T) -> Result<T, Refusal> {
    match token {
        Token::Absent | Token::Null => Err(Refusal::new(Reason::MissingUser, "`user_id` is missing; add it")),
        Token::Text(raw) if raw.raw.is_empty() => {
            Err(Refusal::new(Reason::MissingUser, "`user_id` is empty; fill it in"))
        }
        Token::Text(raw) => Ok(take(&unescaped("user_id", raw)?)),
        Token::Number(digits) if digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') => {
            Ok(take(&String::from_utf8_lossy(digits)))
        }
        Token::Number(_) => Err(Refusal::new(
            Reason::WrongType,
            "`user_id` is a number with a fraction; write a string",
        )),
        Token::Other(what) => Err(Refusal::new(
            Reason::WrongType,
            format!("`user_id` is {what}; write a string or an integer"),
        )),
    }
}

/// The day, and the text it was read from.
fn day<'a>(tokens: &[Token<'a>]) -> Result<(i32, std::borrow::Cow<'a, str>), Refusal> {
    let given = TIMES
        .iter()
        .find(|(slot, _)| !matches!(tokens[*slot], Token::Absent | Token::Null));
    let Some(&(slot, key)) = given else {
        return Err(Refusal::new(
            Reason::MissingDay,
            "`date`, `date_time` and `timestamp` are missing; add one",
        ));
    };
    let Token::Text(raw) = tokens[slot] else {
        return Err(wrong_type(key, FieldType::Text, tokens[slot]));
    };
    let text = unescaped(key, raw)?;
    match date::day(text.as_bytes()) {
        Some(day) => Ok((day.days(), text)),
        None => Err(Refusal::new(
            Reason::BadDay,
            format!(
                "`{key}` is no day, or no day and time, that calendar and clock have; write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS"
            ),
        )),
    }
}

fn measured(key: &str, digits: &[u8]) -> Result<i32, Refusal> {
    number::thousandths(digits).map_err(|_| {
        Refusal::new(
            Reason::OutOfRange,
            format!("`{key}` is beyond ±2,000,000; check its unit"),
        )
    })
}

fn unescaped<'a>(key: &str, raw: RawText<'a>) -> Result<std::borrow::Cow<'a, str>, Refusal> {
    text::unescape(raw).map_err(|_| {
        Refusal::new(
            Reason::LoneSurrogate,
            format!("`{key}` holds half of a surrogate pair; write the whole character"),
        )
    })
}

fn optional_number(key: &str, token: Token<'_>) -> Result<Option<Milli>, Refusal> {
    let measure = optional_measure(key, token)?;
    Ok((measure != NULL).then(|| Milli::from_thousandths(i64::from(measure))))
}

/// A number's thousandths, [`NULL`] where there is none.
fn optional_measure(key: &str, token: Token<'_>) -> Result<i32, Refusal> {
    match token {
        Token::Absent | Token::Null => Ok(NULL),
        Token::Number(digits) => measured(key, digits),
        other => Err(wrong_type(key, FieldType::Number, other)),
    }
}

fn optional_text(key: &str, token: Token<'_>) -> Result<Option<String>, Refusal> {
    match token {
        Token::Absent | Token::Null => Ok(None),
        Token::Text(raw) => Ok(Some(unescaped(key, raw)?.into_owned())),
        other => Err(wrong_type(key, FieldType::Text, other)),
    }
}

fn wrong_type(key: &str, wanted: FieldType, token: Token<'_>) -> Refusal {
    let found = match token {
        Token::Absent | Token::Null => "null",
        Token::Number(_) => "a number",
        Token::Text(_) => "a string",
        Token::Other(what) => what,
    };
    let remedy = match wanted {
        FieldType::Number => "a number or null",
        FieldType::Text | FieldType::Clock | FieldType::TimeOfDay => "a string or null",
        FieldType::TextOrNumber => "a string, a number or null",
    };
    Refusal::new(Reason::WrongType, format!("`{key}` is {found}; write {remedy}"))
}
