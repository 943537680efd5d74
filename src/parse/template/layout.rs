//! The byte layout of a record, learned from one that the strict path accepted.
//!
//! In: the record's bytes and those up to the next record. Out: the literal texts (keys, punctuation, white space) and
//! what is wanted of the value behind each. A record is only learned if equal literals around good values can mean
//! nothing but an equally good record: no key twice, no two spellings of one field.

use crate::parse::Form;
use crate::parse::simd::{Simd, WIDTH};
use crate::parse::strict::{Failure, Reader, WantedKeys, skip_spaces};

/// More fields than this are no layout worth learning.
const MOST_FIELDS: usize = 64;

/// What a value is to the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::parse) enum Meaning {
    User,
    Day,
    /// The number of a column.
    Number(usize),
    /// What else feeds a column.
    Text(usize),
    /// Not wanted.
    Nothing,
}

/// The layout of a record and of the space to the next.
pub(in crate::parse) struct Layout {
    pub(super) form: Form,
    /// From the brace to the first value.
    pub(super) opening: Literal,
    /// From the last value through the closing brace.
    pub(super) closing: Literal,
    /// From the last value to the next record's brace.
    pub(super) to_next_record: usize,
    /// The values, each with the text before it; before the first one stands all from the last value of the record
    /// before.
    pub(super) fields: Vec<(Literal, Meaning)>,
}

/// Where the value of a field stands.
struct FieldPlace {
    slot: Option<usize>,
    start: usize,
    end: usize,
}

impl Layout {
    /// Learns from the record at `start..end`; `meaning` tells what the slots of the wanted keys are to a row, given
    /// those that the record has.
    pub(in crate::parse) fn learn(
        bytes: &[u8],
        (start, end): (usize, usize),
        form: Form,
        wanted: &WantedKeys,
        meaning: impl Fn(usize, &[usize]) -> Option<Meaning>,
    ) -> Option<Layout> {
        let next_record = next_record(bytes, end, form)?;
        let places = field_places(bytes, start, wanted).ok().flatten()?;
        let slots: Vec<usize> = places.iter().filter_map(|place| place.slot).collect();
        let (first, last) = (places.first()?, places.last()?);
        let opening = &bytes[start..first.start];
        let between_records = [&bytes[last.end..next_record], opening].concat();
        let mut fields = Vec::with_capacity(places.len());
        for (index, place) in places.iter().enumerate() {
            let literal = match index {
                0 => Literal::new(&between_records),
                _ => Literal::new(&bytes[places[index - 1].end..place.start]),
            };
            let meaning = match place.slot {
                Some(slot) => meaning(slot, &slots)?,
                None => Meaning::Nothing,
            };
            fields.push((literal, meaning));
        }
        Some(Layout {
            form,
            opening: Literal::new(opening),
            closing: Literal::new(&bytes[last.end..end]),
            to_next_record: next_record - last.end,
            fields,
        })
    }
}

/// The brace of the record after the one that ends at `end`, if nothing is wrong between them.
fn next_record(bytes: &[u8], end: usize, form: Form) -> Option<usize> {
    let mut at = skip_spaces(bytes, end);
    if form == Form::Array {
        if bytes.get(at) != Some(&b',') {
            return None;
        }
        at = skip_spaces(bytes, at + 1);
    }
    (bytes.get(at) == Some(&b'{')).then_some(at)
}

/// The values of a record; `None` where a wanted key is escaped or there twice, or where there are too many.
fn field_places(bytes: &[u8], start: usize, wanted: &WantedKeys) -> Result<Option<Vec<FieldPlace>>, Failure> {
    let mut reader = Reader::inside_record(bytes, start + 1);
    let mut places: Vec<FieldPlace> = Vec::new();
    if reader.peek_after_spaces()? == b'}' {
        return Ok(None);
    }
    loop {
        let key = reader.key()?;
        let slot = wanted.slot(key.raw, 0);
        let repeated = slot.is_some() && places.iter().any(|place| place.slot == slot);
        if key.escaped || repeated || places.len() == MOST_FIELDS {
            return Ok(None);
        }
        reader.peek_after_spaces()?;
        let start = reader.at;
        reader.value()?;
        let end = reader.at;
        places.push(FieldPlace { slot, start, end });
        if reader.comma_or(b'}', "`,` or `}`")? {
            return Ok(Some(places));
        }
    }
}

/// A text to compare with, in windows.
#[derive(Clone, Debug, Default)]
pub(super) struct Literal {
    windows: Vec<[u8; WIDTH]>,
    /// One bit for each byte of the last window that counts.
    counts_in_last: u32,
    pub(super) length: usize,
}

impl Literal {
    pub(super) fn new(text: &[u8]) -> Literal {
        let mut literal = Literal::default();
        literal.set([text, &[]]);
        literal
    }

    /// Replaces the text by these two, one after the other.
    pub(super) fn set(&mut self, [first, second]: [&[u8]; 2]) {
        self.length = first.len() + second.len();
        self.windows.resize(self.length.div_ceil(WIDTH), [0; WIDTH]);
        let bytes = self.windows.as_flattened_mut();
        bytes[..first.len()].copy_from_slice(first);
        bytes[first.len()..self.length].copy_from_slice(second);
        self.counts_in_last = u32::MAX >> (self.windows.len() * WIDTH - self.length);
    }

    /// The text.
    pub(super) fn text(&self) -> &[u8] {
        &self.windows.as_flattened()[..self.length]
    }

    /// Whether the text stands at `at`; `false` also where the bytes end within the last window.
    #[inline(always)]
    pub(super) fn stands_at<S: Simd>(&self, simd: S, bytes: &[u8], at: usize) -> bool {
        let Some((last, windows)) = self.windows.split_last() else {
            return true;
        };
        let mut differing = 0;
        let mut rest = bytes.get(at..).unwrap_or_default();
        for literal in windows {
            let Some((window, after)) = rest.split_first_chunk() else {
                return false;
            };
            differing |= simd.differing(window, literal);
            rest = after;
        }
        rest.first_chunk()
            .is_some_and(|window| differing | simd.differing(window, last) & self.counts_in_last == 0)
    }
}

/// The window that begins at `at`, if the bytes reach so far.
#[inline(always)]
pub(super) fn window(bytes: &[u8], at: usize) -> Option<&[u8; WIDTH]> {
    bytes.get(at..at + WIDTH)?.first_chunk()
}
