//! The end of a damaged record by its tokens: where they balance again.
//!
//! In: bytes, a place in a record, and what is open there. Out: the brace that closes the record, or what opens behind a
//! record that is never closed. Nothing is judged here; strings are only passed.
//!
//! A `{` where an object has room for a key only may open the next record, after a brace that is missing, or the value of
//! a key that lost its colon. What stands behind its own closing brace tells: a comma and a key, or another closing brace,
//! go on with the damaged record; anything else goes on with the array of records.

use super::containers::Containers;
use super::resync::{Border, last_non_space};
use super::strict::{is_space, read_value, skip_spaces};

/// Bytes to look at.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) behind: Behind,
}

/// What comes behind the bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// More, which may tell more.
    More,
    /// A record, or the bracket that closes them all.
    Record,
    /// Nothing that counts.
    Nothing,
}

/// What the text behind a closing brace says of what it closed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// It was in an object, which goes on.
    Object,
    /// It was in an array, or in nothing.
    Array,
    /// A bracket follows.
    Bracket,
    /// The bytes end.
    Unknown,
}

/// Reads on from `at`, token by token, to the end of the damaged record or the opening of the next; `open` is what is open
/// there.
pub(super) fn next_token_border(window: Window<'_>, at: usize, open: Containers) -> Option<Border> {
    let mut scan = Scan {
        window,
        open,
        too_deep: 0,
        perhaps_next: None,
        perhaps_depths: 0,
    };
    let bytes = window.bytes;
    if at > bytes.len() {
        // The next record opens a line before the fault.
        return None;
    }
    let mut at = at;
    let mut after_colon = last_non_space(bytes, at).is_some_and(|before| bytes[before] == b':');
    while at < bytes.len() {
        let byte = bytes[at];
        let found = match byte {
            b'{' => scan.opens_an_object(at, after_colon),
            b'[' => scan.opens(false),
            b'}' => scan.closes_an_object(at),
            b']' => scan.closes_an_array(at),
            b'"' => {
                let end = string_end_in_line(bytes, at);
                let found = border_in_string(bytes, at + 1, end).map(Border::At);
                at = end;
                Step::of(found)
            }
            _ => Step::On,
        };
        match found {
            Step::On => {}
            Step::Border(border) => return Some(border),
            Step::Unknown => return None,
        }
        if !is_space(byte) {
            after_colon = byte == b':';
        }
        at += 1;
    }
    None
}

/// What a token means for the search.
enum Step {
    On,
    Border(Border),
    /// Bytes that are not there would tell.
    Unknown,
}

impl Step {
    fn of(found: Option<Border>) -> Step {
        found.map_or(Step::On, Step::Border)
    }
}

struct Scan<'a> {
    window: Window<'a>,
    open: Containers,
    /// Containers that are open beyond the deepest.
    too_deep: u32,
    /// The first brace that may open the next record.
    perhaps_next: Option<usize>,
    /// The depths at which such braces opened that are not closed: one bit each.
    perhaps_depths: u128,
}

impl Scan<'_> {
    fn opens(&mut self, is_object: bool) -> Step {
        self.too_deep += u32::from(!self.open.open(is_object));
        Step::On
    }

    fn opens_an_object(&mut self, at: usize, after_colon: bool) -> Step {
        let (depth, is_misplaced) = (self.open.depth(), self.open.innermost_is_object() && !after_colon);
        if is_misplaced && self.too_deep == 0 && depth < u128::BITS {
            self.perhaps_next.get_or_insert(at);
            self.perhaps_depths |= 1 << depth;
        }
        self.opens(true)
    }

    fn closes_an_object(&mut self, at: usize) -> Step {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return Step::On;
        }
        close_to_object(&mut self.open);
        let depth = self.open.depth();
        self.perhaps_depths &= up_to(depth + 1);
        let may_be_the_next = self.perhaps_depths >> depth != 0;
        if depth > 0 && !may_be_the_next {
            return Step::On;
        }
        let after = self.after(at + 1);
        if after == After::Unknown && self.window.behind == Behind::More {
            return Step::Unknown;
        }
        if depth > 0 {
            return self.closes_what_may_be_the_next(depth, after);
        }
        if after == After::Object {
            // It was a brace too many.
            return self.opens(true);
        }
        Step::Border(Border::Behind(at + 1))
    }

    fn closes_what_may_be_the_next(&mut self, depth: u32, after: After) -> Step {
        let is_record = match after {
            After::Array => true,
            After::Bracket => !self.open.has_array(),
            After::Object | After::Unknown => false,
        };
        if is_record {
            return Step::of(self.perhaps_next.map(Border::At));
        }
        self.forget_from(depth);
        Step::On
    }

    /// No brace that opened at this depth or deeper opens the next record.
    fn forget_from(&mut self, depth: u32) {
        self.perhaps_depths &= up_to(depth);
        if self.perhaps_depths == 0 {
            self.perhaps_next = None;
        }
    }

    fn closes_an_array(&mut self, at: usize) -> Step {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return Step::On;
        }
        if self.open.has_array() {
            close_to_array(&mut self.open);
            self.forget_from(self.open.depth());
            let is_closed = self.open.depth() == 0;
            return Step::of(is_closed.then_some(Border::Behind(at + 1)));
        }
        if let Some(next) = self.perhaps_next {
            return Step::Border(Border::At(next));
        }
        // That of all records is the last token of the file.
        let is_last = skip_spaces(self.window.bytes, at + 1) == self.window.bytes.len();
        match self.window.behind {
            Behind::More if is_last => Step::Unknown,
            Behind::Nothing if is_last => Step::Border(Border::At(at)),
            _ => Step::On,
        }
    }

    /// What the text from `at` on says of what was closed before it.
    fn after(&self, at: usize) -> After {
        let bytes = self.window.bytes;
        let at_the_end = match self.window.behind {
            Behind::Record => After::Array,
            Behind::More | Behind::Nothing => After::Unknown,
        };
        let next = skip_spaces(bytes, at);
        let key = match bytes.get(next) {
            None => return at_the_end,
            Some(b'}') => return After::Object,
            Some(b']') => return After::Bracket,
            Some(b',') => skip_spaces(bytes, next + 1),
            Some(_) => return After::Array,
        };
        match bytes.get(key) {
            None => at_the_end,
            Some(b'"') => match bytes.get(skip_spaces(bytes, string_end_in_line(bytes, key) + 1)) {
                None => at_the_end,
                Some(b':') => After::Object,
                Some(_) => After::Array,
            },
            Some(_) => After::Array,
        }
    }
}

/// The lowest bits, so many.
fn up_to(count: u32) -> u128 {
    1u128.checked_shl(count).map_or(u128::MAX, |bit| bit - 1)
}

fn close_to_object(open: &mut Containers) {
    while open.depth() > 0 && !open.innermost_is_object() {
        open.close();
    }
    open.close();
}

fn close_to_array(open: &mut Containers) {
    while open.depth() > 0 && open.innermost_is_object() {
        open.close();
    }
    open.close();
}

/// The closing quote of the string that opens at `quote`, or the line break that cuts it.
pub(super) fn string_end_in_line(bytes: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < bytes.len() && !matches!(bytes[at], b'"' | b'\n') {
        at += 1 + usize::from(bytes[at] == b'\\');
    }
    at.min(bytes.len())
}

/// With the quotes out of step, what looks like a string ends in `},{` and a key follows: the brace opens a record.
fn border_in_string(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let brace = last_non_space(bytes, end).filter(|at| *at >= start && bytes[*at] == b'{')?;
    let comma = last_non_space(bytes, brace).filter(|at| *at >= start && bytes[*at] == b',')?;
    last_non_space(bytes, comma).filter(|at| *at >= start && bytes[*at] == b'}')?;
    let key_end = read_value(bytes, end).ok()?;
    (bytes.get(skip_spaces(bytes, key_end)) == Some(&b':')).then_some(brace)
}
