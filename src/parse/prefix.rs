//! The beginning of a record, compared as a whole with all that stands before it.
//!
//! In: a record that a template read field by field. Out: whether the next one begins alike. Ids, dates and times mostly
//! keep their lengths from record to record, so from the last value of the record before up to the first column every byte
//! has its place, and a few windows tell what half a dozen fields would: the user and the date are the same or others, the
//! time is a time, and what is skipped is a plain string.

use std::ops::Range;

use super::date;
use super::layout::Meaning;
use super::simd::{Simd, WIDTH};

/// Length of `"YYYY-MM-DD"`, where its date begins and ends, and where the time begins in `"YYYY-MM-DD HH:MM:SS"`.
const DATE_LENGTH: usize = 12;
const DATE: Range<usize> = 1..11;
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
    /// Whether there is one, and its user and date are those of the row.
    known: bool,
    /// The bytes of the last record that was learned, or began alike with another user or date. Where that one stands in the
    /// bytes being read, its place is known instead.
    expected: Vec<[u8; WIDTH]>,
    masks: Vec<Masks>,
    /// Bytes from the last value of the record before to that of field `fields`.
    pub(super) length: usize,
    pub(super) fields: usize,
    /// Where the time stands.
    time_at: Option<usize>,
    /// Where the inside of the string stands that tells the user, and the date of the one that tells the day; counted, like
    /// the time, from the last value of the record before.
    pub(super) user: Range<usize>,
    pub(super) date: Range<usize>,
    credit: i32,
}

/// What is expected of the bytes of a window, one bit a byte: those that must be equal, those that are equal while user and
/// date are the same, and those that must be plain characters of a string.
#[derive(Clone, Copy, Default)]
struct Masks {
    equal: u32,
    keys: u32,
    plain: u32,
}

/// How a record begins that begins alike.
#[derive(Clone, Copy)]
pub(super) struct Beginning {
    /// Whether the user or the date is another one.
    pub(super) new_key: bool,
    pub(super) time: Option<[u8; TIME_LENGTH]>,
}

impl Prefix {
    pub(super) fn new() -> Prefix {
        Prefix {
            known: false,
            expected: Vec::new(),
            masks: Vec::new(),
            length: 0,
            fields: 0,
            time_at: None,
            user: 0..0,
            date: 0..0,
            credit: CREDIT,
        }
    }

    /// The beginning of a record if it is like the last one; `at` is behind the last value of the record before. `alike` is
    /// where the last one's beginning stands in the bytes, if it is not the one expected.
    #[inline(always)]
    pub(super) fn stands_at<S: Simd>(
        &mut self,
        simd: S,
        bytes: &[u8],
        at: usize,
        alike: Option<usize>,
    ) -> Option<Beginning> {
        if !self.known {
            return None;
        }
        let found = bytes.get(at..)?.get(..self.expected.len() * WIDTH)?;
        let (mut wrong, mut other_keys) = (0, 0);
        let expected = match alike {
            Some(alike) => bytes.get(alike..)?.get(..self.expected.len() * WIDTH)?.as_chunks().0,
            None => &self.expected,
        };
        let windows = found.as_chunks().0.iter().zip(expected).zip(&self.masks);
        for ((found, expected), masks) in windows {
            let differing = simd.differing(found, expected);
            wrong |= differing & masks.equal;
            other_keys |= differing & masks.keys;
            if masks.plain != 0 {
                wrong |= simd.special(found) & masks.plain;
            }
        }
        let time = self.time_at.map(|time| time_at(found, time));
        if wrong != 0 || time.is_some_and(|time| !time.is_some_and(date::is_plain_time)) {
            self.credit -= MISS;
            self.forget();
            return None;
        }
        self.credit = (self.credit + 1).min(MOST_CREDIT);
        Some(Beginning {
            new_key: other_keys != 0,
            time: time.flatten(),
        })
    }

    /// The row has the user and the date of the record that stands at `at` and began alike: the next one is compared with
    /// it, in other bytes.
    #[inline(always)]
    pub(super) fn expect(&mut self, bytes: &[u8], at: usize) {
        let windows = bytes[at..].as_chunks().0;
        self.expected
            .iter_mut()
            .zip(windows)
            .for_each(|(expected, found)| *expected = *found);
    }

    /// The user or the date of the row is no longer that of the prefix.
    #[inline(always)]
    pub(super) fn forget(&mut self) {
        self.known = false;
    }

    /// Learns from a good record. `start` is behind the last value of the record before, `values` are the first ones of this
    /// one, up to that of the first column, which is at `column_at`. Whether there is a prefix now.
    pub(super) fn learn(
        &mut self,
        bytes: &[u8],
        start: usize,
        values: impl Iterator<Item = (Meaning, Range<usize>)>,
        column_at: usize,
    ) -> bool {
        if self.credit < 0 {
            self.credit = if self.credit < PAUSE { PAUSE } else { self.credit + 1 };
            return false;
        }
        self.length = column_at - start;
        self.known = self.set_masks(bytes, start, values);
        self.expected.resize(self.masks.len(), [0; WIDTH]);
        let expected = self.expected.as_flattened_mut();
        match bytes[start..].get(..expected.len()) {
            Some(found) => expected.copy_from_slice(found),
            None => self.known = false,
        }
        self.known
    }

    /// Which bytes must be equal, and which must be plain; `false` for values that make no prefix.
    fn set_masks(&mut self, bytes: &[u8], start: usize, values: impl Iterator<Item = (Meaning, Range<usize>)>) -> bool {
        let (mut equal, mut plain) = (vec![true; self.length], vec![false; self.length]);
        (self.fields, self.time_at) = (0, None);
        (self.user, self.date) = (0..0, 0..0);
        for (meaning, place) in values {
            let text = &bytes[place.clone()];
            let (at, inside) = (place.start - start, place.start + 1 - start..place.end - 1 - start);
            match meaning {
                Meaning::User if is_plain_string(text) => {
                    plain[inside.clone()].fill(true);
                    self.user = inside;
                }
                Meaning::Day if text.len() == DATE_LENGTH => self.date = at + DATE.start..at + DATE.end,
                Meaning::Day if time_at(bytes, place.start + TIME_AT).is_some_and(date::is_plain_time) => {
                    self.date = at + DATE.start..at + DATE.end;
                    self.time_at = Some(at + TIME_AT);
                    equal[at + TIME_AT..at + TIME_AT + TIME_LENGTH].fill(false);
                }
                Meaning::Nothing if is_plain_string(text) => {
                    equal[inside.clone()].fill(false);
                    plain[inside].fill(true);
                }
                _ => return false,
            }
            self.fields += 1;
        }
        equal[self.user.clone()].fill(false);
        equal[self.date.clone()].fill(false);
        let window = |start: usize| Masks {
            equal: bits(start, |at| equal.get(at) == Some(&true)),
            keys: bits(start, |at| self.user.contains(&at) || self.date.contains(&at)),
            plain: bits(start, |at| plain.get(at) == Some(&true)),
        };
        self.masks.clear();
        self.masks.extend((0..self.length).step_by(WIDTH).map(window));
        true
    }
}

/// One bit for each byte of the window that begins at `start`.
fn bits(start: usize, is_set: impl Fn(usize) -> bool) -> u32 {
    (start..start + WIDTH)
        .rev()
        .fold(0, |bits, at| bits << 1 | u32::from(is_set(at)))
}

#[inline(always)]
fn time_at(bytes: &[u8], at: usize) -> Option<[u8; TIME_LENGTH]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn is_plain_string(text: &[u8]) -> bool {
    let is_plain = |byte: &u8| matches!(byte, 0x20..0x80) && !matches!(byte, b'"' | b'\\');
    matches!(text, [b'"', inside @ .., b'"'] if inside.iter().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::super::simd::{Instructions, Job};
    use super::*;

    /// Whether a record begins like the last one, the bytes of which stand at a place.
    struct StandsAt<'a>(&'a mut Prefix, &'a [u8], usize);

    impl Job for StandsAt<'_> {
        type Output = Option<Beginning>;

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Option<Beginning> {
            self.0.stands_at(simd, self.1, self.2, None)
        }
    }

    #[test]
    fn what_may_vary_is_told_from_what_may_not() {
        let record = |id: &str, user: &str, time: &str| format!(",{{\"id\":{id},\"u\":{user},\"t\":{time},\"v\":");
        let first = record("\"a1\"", "\"u1\"", "\"2025-01-02 10:11:12\"");
        let at = |text: &str| first.find(text).unwrap()..first.find(text).unwrap() + text.len();
        let values = [
            (Meaning::Nothing, at("\"a1\"")),
            (Meaning::User, at("\"u1\"")),
            (Meaning::Day, at("\"2025-01-02 10:11:12\"")),
        ];
        let padded = |record: &str| format!("{record}{}", " ".repeat(2 * WIDTH)).into_bytes();
        for (other, expected) in [
            (record("\"b2\"", "\"u1\"", "\"2025-01-02 23:59:59\""), Some(false)),
            (record("\"a1\"", "\"u2\"", "\"2025-01-02 10:11:12\""), Some(true)),
            (record("\"a1\"", "\"u1\"", "\"2025-01-03 10:11:12\""), Some(true)),
            (record("\"a1\"", "\"u1\"", "\"2025-01-02 24:11:12\""), None),
            (record("\"a1\"", "\"u1\"", "\"2025-01-02T10:11:12\""), None),
            (record("\"\\n\"", "\"u1\"", "\"2025-01-02 10:11:12\""), None),
            (record("\"a1\"", "\"\u{e9}\"", "\"2025-01-02 10:11:12\""), None),
            (record("\"a12\"", "\"u\"", "\"2025-01-02 10:11:12\""), None),
        ] {
            for instructions in [Instructions::Portable, Instructions::detect()] {
                let mut prefix = Prefix::new();
                prefix.learn(&padded(&first), 0, values.iter().cloned(), first.len());
                let found = instructions.run(StandsAt(&mut prefix, &padded(&other), 0));
                assert_eq!(found.map(|beginning| beginning.new_key), expected, "{other}");
            }
        }
    }
}
