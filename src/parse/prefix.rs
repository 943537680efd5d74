//! The beginning of a record, compared as a whole.
//!
//! In: a record that a template read field by field. Out: whether the next one begins alike. Ids, dates and times mostly
//! keep their lengths from record to record, so up to the first column every byte has its place, and a few windows
//! tell what half a dozen fields would: the user and the date are the same, the time is a time, and what is skipped is a
//! plain string.

use std::ops::Range;

use super::date;
use super::layout::{Meaning, window};
use super::simd::{Simd, WIDTH};

/// Length of `"YYYY-MM-DD"`, and where the time begins in `"YYYY-MM-DD HH:MM:SS"`.
const DATE_LENGTH: usize = 12;
const TIME_AT: usize = 12;
const TIME_LENGTH: usize = 8;

// How hard to try, by reasoning, not by tuning: a comparison costs about a quarter of the fields it stands for.

/// Credit at first; every record that begins alike adds one, up to [`MOST_CREDIT`].
const CREDIT: i32 = 8;
const MOST_CREDIT: i32 = 64;
/// What a record that begins otherwise costs: more than the comparison that was in vain.
const MISS: i32 = 4;
/// Without credit, so many records are read field by field before the next try.
const PAUSE: i32 = -32;

/// What the first values of a record have in common with those of the next.
pub(super) struct Prefix {
    /// Whether the last record that was read field by field is the one to compare with.
    known: bool,
    windows: Vec<Window>,
    /// Bytes from the first value to that of field `fields`.
    length: usize,
    fields: usize,
    /// Where the time stands.
    time_at: Option<usize>,
    /// The places of the values, counted from the first byte of the first one.
    places: Vec<Range<usize>>,
    credit: i32,
}

/// Bytes to compare, one bit a byte: those that must be equal, and those that must be plain characters of a string.
#[derive(Clone, Copy, Default)]
struct Window {
    bytes: [u8; WIDTH],
    equal: u32,
    plain: u32,
}

impl Prefix {
    pub(super) fn new() -> Prefix {
        Prefix {
            known: false,
            windows: Vec::new(),
            length: 0,
            fields: 0,
            time_at: None,
            places: Vec::new(),
            credit: CREDIT,
        }
    }

    /// If the record whose first value is at `at` begins like the last one: the first field that is left to read, and
    /// where its value is.
    #[inline(always)]
    pub(super) fn stands_at<S: Simd>(&mut self, simd: S, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        if !self.known {
            return None;
        }
        if self.is_at(simd, bytes, at) {
            self.credit = (self.credit + 1).min(MOST_CREDIT);
            return Some((self.fields, at + self.length));
        }
        self.credit -= MISS;
        self.forget();
        None
    }

    /// The time of the record whose first value is at `at`, where the prefix stands.
    #[inline(always)]
    pub(super) fn time(&self, bytes: &[u8], at: usize) -> Option<[u8; TIME_LENGTH]> {
        bytes.get(at + self.time_at?..)?.first_chunk().copied()
    }

    #[inline(always)]
    fn is_at<S: Simd>(&self, simd: S, bytes: &[u8], at: usize) -> bool {
        let mut wrong = 0;
        let mut rest = bytes.get(at..).unwrap_or_default();
        for expected in &self.windows {
            let Some((found, after)) = rest.split_first_chunk() else {
                return false;
            };
            wrong |= simd.differing(found, &expected.bytes) & expected.equal;
            if expected.plain != 0 {
                wrong |= simd.special(found) & expected.plain;
            }
            rest = after;
        }
        wrong == 0 && self.time_at.is_none_or(|time| is_plain_time(bytes, at + time))
    }

    /// The user or the date of the row is no longer that of the prefix.
    #[inline(always)]
    pub(super) fn forget(&mut self) {
        self.known = false;
    }

    /// Learns from a good record. `values` are its first ones, up to that of the first column, which is at `column_at`.
    pub(super) fn learn(
        &mut self,
        bytes: &[u8],
        values: impl Iterator<Item = (Meaning, Range<usize>)> + Clone,
        column_at: usize,
    ) {
        if self.credit < 0 {
            self.credit = if self.credit < PAUSE { PAUSE } else { self.credit + 1 };
            return;
        }
        let Some(first) = values.clone().next().map(|(_, place)| place.start) else {
            return;
        };
        let places = values.clone().map(|(_, place)| place.start - first..place.end - first);
        let length = column_at - first;
        if self.length != length || !places.clone().eq(self.places.iter().cloned()) {
            self.length = length;
            self.places = places.collect();
            self.set_masks(bytes, first, values);
        } else if !self.has_masks_for(bytes, first) {
            // Values of the same lengths, yet of another kind; the next record makes new masks.
            self.places.clear();
            return;
        }
        for (index, expected) in self.windows.iter_mut().enumerate() {
            let Some(found) = window(bytes, first + index * WIDTH) else {
                return;
            };
            expected.bytes = *found;
        }
        self.known = self.fields > 0;
    }

    /// Which bytes must be equal, and which must be plain. Without a value that may vary unseen there is no prefix.
    #[cold]
    fn set_masks(&mut self, bytes: &[u8], first: usize, values: impl Iterator<Item = (Meaning, Range<usize>)>) {
        let (mut equal, mut plain) = (vec![true; self.length], vec![false; self.length]);
        (self.fields, self.time_at) = (0, None);
        for (meaning, place) in values {
            let text = &bytes[place.clone()];
            let at = place.start - first;
            match meaning {
                Meaning::User => {}
                Meaning::Day if text.len() == DATE_LENGTH => {}
                Meaning::Day if is_plain_time(bytes, place.start + TIME_AT) => {
                    self.time_at = Some(at + TIME_AT);
                    equal[at + TIME_AT..at + TIME_AT + TIME_LENGTH].fill(false);
                }
                Meaning::Nothing if is_plain_string(text) => {
                    equal[at + 1..at + text.len() - 1].fill(false);
                    plain[at + 1..at + text.len() - 1].fill(true);
                }
                _ => {
                    self.fields = 0;
                    return;
                }
            }
            self.fields += 1;
        }
        let window = |(equal, plain): (&[bool], &[bool])| Window {
            bytes: [0; WIDTH],
            equal: bits(equal),
            plain: bits(plain),
        };
        self.windows = equal.chunks(WIDTH).zip(plain.chunks(WIDTH)).map(window).collect();
    }

    /// Whether the masks suit a record with the same places: strings where there were strings, and the time.
    fn has_masks_for(&self, bytes: &[u8], first: usize) -> bool {
        let is_string = |place: &Range<usize>| {
            bytes[first + place.start] == b'"' && bytes[first + place.end - 1] == b'"' && place.len() > 1
        };
        self.places.iter().all(is_string) && self.time_at.is_none_or(|at| is_plain_time(bytes, first + at))
    }
}

fn bits(set: &[bool]) -> u32 {
    set.iter().rev().fold(0, |bits, set| bits << 1 | u32::from(*set))
}

#[inline(always)]
fn is_plain_time(bytes: &[u8], at: usize) -> bool {
    let time = bytes.get(at..).and_then(|rest| rest.first_chunk());
    time.is_some_and(|time| date::is_plain_time(*time))
}

fn is_plain_string(text: &[u8]) -> bool {
    let is_plain = |byte: &u8| matches!(byte, 0x20..0x80) && !matches!(byte, b'"' | b'\\');
    matches!(text, [b'"', inside @ .., b'"'] if inside.iter().all(is_plain))
}
