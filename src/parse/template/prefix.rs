//! The beginning of a record, compared as a whole with all that stands before it.
//!
//! In: a record that a template read field by field. Out: whether the next one begins alike. Ids, dates and times mostly
//! keep their lengths from record to record, so from the last value of the record before up to the first column every byte
//! has its place, and a few windows tell what half a dozen fields would: the user and the date are the same or others, the
//! time is a time, and what is skipped is a plain string.

use std::ops::Range;

use super::layout::{Meaning, window};
use crate::parse::date;
use crate::parse::number::plain_decimal;
use crate::parse::simd::{Simd, WIDTH};
use crate::record::Date;

/// Length of `"YYYY-MM-DD"`, where its date begins and ends, and where the time begins in `"YYYY-MM-DD HH:MM:SS"`.
const DATE_LENGTH: usize = 12;
const DATE: Range<usize> = 1..11;
const TIME_AT: usize = 12;
const TIME_LENGTH: usize = 8;

/// The mask of a byte that counts.
const ALL_BITS: u8 = u8::MAX;

// How hard to try, by reasoning, not by tuning: a comparison costs about a quarter of the fields it stands for.

/// Credit at first; every record that begins alike adds one; more than [`MOST_CREDIT`] do not count.
const CREDIT: i64 = 8;
const MOST_CREDIT: i64 = 64;
/// What a record that begins otherwise costs: more than the comparison that was in vain.
const MISS: i64 = 4;
/// Without credit, so many records are read field by field before the next try.
const PAUSE: i64 = -32;

/// What the first values of a record have in common with those of the next.
pub(super) struct Prefix {
    /// Whether there is one, and its user and date are those of the row.
    known: bool,
    /// The beginning of the last record that was learned, or began alike with another user or date.
    text: Vec<[u8; WIDTH]>,
    /// Masks of as many windows: which of its bytes every record has that begins alike, and which it has if its user and
    /// date are the same. All bits of a byte are set, or none.
    fixed: Vec<[u8; WIDTH]>,
    same: Vec<[u8; WIDTH]>,
    /// Where values are skipped, and where the user's id stands, which must be plain characters of a string: places, and one
    /// bit for each byte of the window there.
    skipped: Vec<(usize, u32)>,
    id: Vec<(usize, u32)>,
    /// Bytes that are looked at from the last value of the record before on: all windows, also one at the value behind.
    pub(super) span: usize,
    /// Bytes from the last value of the record before to that of field `fields`.
    pub(super) length: usize,
    pub(super) fields: usize,
    /// Where the time stands.
    time_at: Option<usize>,
    /// Where the inside of the string stands that tells the user, and the date of the one that tells the day; counted, like
    /// the time, from the last value of the record before.
    user: Range<usize>,
    date: Range<usize>,
    credit: i64,
}

/// How a record begins that begins alike.
#[derive(Clone, Copy)]
pub(super) struct Beginning {
    /// Whether the user or the date is another one.
    pub(super) new_key: bool,
    /// The second of the day, where the beginning has a time.
    pub(super) second: Option<i32>,
}

impl Prefix {
    pub(super) fn new() -> Prefix {
        Prefix {
            known: false,
            text: Vec::new(),
            fixed: Vec::new(),
            same: Vec::new(),
            skipped: Vec::new(),
            id: Vec::new(),
            span: 0,
            length: 0,
            fields: 0,
            time_at: None,
            user: 0..0,
            date: 0..0,
            credit: CREDIT,
        }
    }

    /// The beginning of a record if it is like the last one; `at` is behind the last value of the record before.
    #[inline(always)]
    pub(super) fn stands_at<S: Simd>(&mut self, simd: S, bytes: &[u8], at: usize) -> Option<Beginning> {
        if !self.known {
            return None;
        }
        let found = bytes.get(at..at + self.span)?;
        let windows = found.as_chunks().0;
        let new_key = !simd.are_same(windows, &self.text, &self.same);
        let second = self.time_at.map(|at| second_at(found, at));
        let is_alike = !new_key || simd.are_same(windows, &self.text, &self.fixed) && are_plain(simd, found, &self.id);
        if !is_alike || second == Some(None) || !are_plain(simd, found, &self.skipped) {
            self.credit = self.credit.min(MOST_CREDIT) - MISS;
            self.forget();
            return None;
        }
        self.credit += 1;
        Some(Beginning {
            new_key,
            second: second.flatten(),
        })
    }

    /// Where the time stands of records that begin alike, if there are such records.
    pub(super) fn time_at(&self) -> Option<usize> {
        self.time_at.filter(|_| self.known)
    }

    /// How many windows there are.
    pub(super) fn windows(&self) -> usize {
        self.text.len()
    }

    /// Bytes of the user's id.
    pub(super) fn user_length(&self) -> usize {
        self.user.len()
    }

    /// For a loop over records that have a time, if there are so many windows.
    #[inline(always)]
    pub(super) fn shape<const WINDOWS: usize>(&self, time_at: usize) -> Option<Shape<'_, WINDOWS>> {
        Some(Shape {
            text: self.text.first_chunk()?,
            fixed: self.fixed.first_chunk()?,
            same: self.same.first_chunk()?,
            skipped: &self.skipped,
            id: &self.id,
            span: self.span,
            length: self.length,
            time_at,
            user_at: self.user.start,
            date_at: self.date.start,
        })
    }

    /// Where the user's id stands of a record that begins at `start`, and the date, if the beginning has them.
    #[inline(always)]
    pub(super) fn keys(&self, start: usize) -> [Option<Range<usize>>; 2] {
        let at = |place: &Range<usize>| start + place.start..start + place.end;
        [&self.user, &self.date].map(|place| (!place.is_empty()).then(|| at(place)))
    }

    /// So many records more began alike.
    #[inline(always)]
    pub(super) fn held(&mut self, records: u64) {
        self.credit += records as i64;
    }

    /// The row has the user and the date of the record that began alike at `at`: the next one is compared with it.
    #[inline(always)]
    pub(super) fn expect(&mut self, bytes: &[u8], at: usize) {
        for (text, found) in self.text.iter_mut().zip(bytes[at..].as_chunks().0) {
            *text = *found;
        }
        self.known = true;
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
        self.known
    }

    /// Which bytes must be equal, and which must be plain; `false` for values that make no prefix.
    fn set_masks(&mut self, bytes: &[u8], start: usize, values: impl Iterator<Item = (Meaning, Range<usize>)>) -> bool {
        let Some(found) = bytes[start..].get(..whole_windows(self.length) * WIDTH) else {
            return false;
        };
        (self.fields, self.time_at, self.span) = (0, None, found.len().max(self.length + WIDTH));
        (self.user, self.date) = (0..0, 0..0);
        self.skipped.clear();
        self.id.clear();
        let mut same = vec![0; found.len()];
        same[..self.length].fill(ALL_BITS);
        for (meaning, place) in values {
            let text = &bytes[place.clone()];
            let (at, inside) = (place.start - start, place.start + 1 - start..place.end - 1 - start);
            match meaning {
                Meaning::User if is_plain_string(text) => {
                    self.id.extend(bytes_of(&inside));
                    self.user = inside;
                }
                Meaning::Day if text.len() == DATE_LENGTH => self.date = at + DATE.start..at + DATE.end,
                Meaning::Day if second_at(bytes, place.start + TIME_AT).is_some() => {
                    self.date = at + DATE.start..at + DATE.end;
                    self.time_at = Some(at + TIME_AT);
                    same[at + TIME_AT..at + TIME_AT + TIME_LENGTH].fill(0);
                }
                Meaning::Nothing if is_plain_string(text) => {
                    same[inside.clone()].fill(0);
                    self.skipped.extend(bytes_of(&inside));
                }
                _ => return false,
            }
            self.fields += 1;
        }
        let mut fixed = same.clone();
        fixed[self.user.clone()].fill(0);
        fixed[self.date.clone()].fill(0);
        let texts = [&mut self.text, &mut self.same, &mut self.fixed];
        for (windows, text) in texts.into_iter().zip([found, &same, &fixed]) {
            windows.clear();
            windows.extend_from_slice(text.as_chunks().0);
        }
        true
    }
}

/// Windows for so many bytes: of many of them a multiple of four, since loops are compiled for each number.
fn whole_windows(bytes: usize) -> usize {
    match bytes.div_ceil(WIDTH) {
        few @ ..=8 => few,
        many => many.next_multiple_of(4),
    }
}

/// The windows of the beginning of a record.
pub(super) type Windows<const COUNT: usize> = [[u8; WIDTH]; COUNT];

/// A prefix as a loop needs it that looks at nothing else: everything is at hand, and the number of windows is known.
pub(super) struct Shape<'a, const WINDOWS: usize> {
    pub(super) text: &'a Windows<WINDOWS>,
    fixed: &'a Windows<WINDOWS>,
    same: &'a Windows<WINDOWS>,
    skipped: &'a [(usize, u32)],
    id: &'a [(usize, u32)],
    pub(super) span: usize,
    length: usize,
    time_at: usize,
    pub(super) user_at: usize,
    date_at: usize,
}

impl<const WINDOWS: usize> Shape<'_, WINDOWS> {
    /// Whether a record, which has these windows, begins like the last one, with the same user and date.
    #[inline(always)]
    pub(super) fn is_same<S: Simd>(&self, simd: S, windows: [&Windows<WINDOWS>; 2], record: &[u8]) -> bool {
        let [last, found] = windows;
        simd.are_same(last, found, self.same) && are_plain(simd, record, self.skipped)
    }

    /// Whether a record begins like the last one, but for user and date.
    #[inline(always)]
    pub(super) fn is_alike<S: Simd>(&self, simd: S, windows: [&Windows<WINDOWS>; 2], record: &[u8]) -> bool {
        let [last, found] = windows;
        let is_fixed = simd.are_same(last, found, self.fixed);
        is_fixed && are_plain(simd, record, self.skipped) && are_plain(simd, record, self.id)
    }

    /// The day of a record.
    #[inline(always)]
    pub(super) fn day(&self, record: &[u8]) -> Option<i32> {
        let date = record.get(self.date_at..self.date_at + DATE.len())?;
        date::calendar_day(date).map(Date::days)
    }

    /// The number behind the beginning of a record and its second of the day, and how many bytes lie before the end of the
    /// number.
    #[inline(always)]
    pub(super) fn values(&self, record: &[u8]) -> Option<((i32, i32), usize)> {
        let second = second_at(record, self.time_at)?;
        let (number, digits) = plain_decimal(window(record, self.length)?)?;
        Some(((number, second), self.length + digits))
    }
}

/// Windows that hold the text that stands there, and one bit for each of its bytes.
fn bytes_of(text: &Range<usize>) -> impl Iterator<Item = (usize, u32)> {
    let end = text.end;
    let in_window = move |at| (at, u32::MAX >> (WIDTH - WIDTH.min(end - at)));
    text.clone().step_by(WIDTH).map(in_window)
}

/// Whether these bytes are plain characters of strings.
#[inline(always)]
fn are_plain<S: Simd>(simd: S, found: &[u8], places: &[(usize, u32)]) -> bool {
    // No closure: it would be compiled without the instructions.
    for (at, bytes) in places {
        let Some(text) = window(found, *at) else { return false };
        if simd.special(text) & bytes != 0 {
            return false;
        }
    }
    true
}

#[inline(always)]
fn second_at(bytes: &[u8], at: usize) -> Option<i32> {
    date::plain_second_of_day(*bytes.get(at..at + TIME_LENGTH)?.first_chunk()?)
}

fn is_plain_string(text: &[u8]) -> bool {
    let is_plain = |byte: &u8| matches!(byte, 0x20..0x80) && !matches!(byte, b'"' | b'\\');
    matches!(text, [b'"', inside @ .., b'"'] if inside.iter().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::simd::{Instructions, Job};

    /// Whether a record begins like the last one, the bytes of which stand at a place.
    struct StandsAt<'a>(&'a mut Prefix, &'a [u8], usize);

    impl Job for StandsAt<'_> {
        type Output = Option<Beginning>;

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Option<Beginning> {
            self.0.stands_at(simd, self.1, self.2)
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
