//! Where the next record begins after a damaged one.
//!
//! Two views of the damage, because files come in two shapes. By lines: in pretty-printed files and NDJSON a record
//! opens a line at a known indentation, whatever is broken before it, so no good neighbour is lost. By tokens
//! (`tokens.rs`): in one-line files reading goes on after the fault, and a `{` where an object cannot hold one opens the
//! next record; an unbalanced quote shows itself as a string that ends in `},{`.

use memchr::memmem;

use super::Form;
use super::strict::{Fault, is_space, read_value, skip_spaces};
use super::tokens::{Behind, Window, next_token_border};

/// How far behind a fault the tokens are looked at, as long as that helps.
pub(super) const WIDE_BYTES: usize = 4 << 20;
/// How far when the search before found nothing: in a file of nothing but damage every record is searched, and the
/// time must not grow with the square of its length.
pub(super) const NARROW_BYTES: usize = 4 << 10;

/// Where reading can go on after a damaged record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Border {
    /// Here: behind the brace that closes it.
    Behind(usize),
    /// Here: at what comes next.
    At(usize),
    /// Nowhere near; only a twin of the record can help.
    NotNear,
    /// Not in these bytes.
    NotYet,
}

/// A record that is no JSON.
pub(super) struct Damage<'a> {
    /// Where it opens.
    pub(super) start: usize,
    pub(super) fault: &'a Fault,
    /// Its indentation, if it opens its line.
    pub(super) line_indent: Option<usize>,
    pub(super) form: Form,
    /// How far behind the fault the tokens are looked at.
    pub(super) window_bytes: usize,
    /// Whether nothing comes after the bytes.
    pub(super) at_the_end: bool,
}

impl Damage<'_> {
    /// Whether lines alone tell where the next record begins: no other object must be taken for one.
    pub(super) fn is_told_by_lines(&self, bytes: &[u8]) -> bool {
        self.form == Form::Lines || self.line_indent.is_some() && opens_a_block(bytes, self.start)
    }

    /// Where reading can go on after the record.
    pub(super) fn border(&self, bytes: &[u8]) -> Border {
        let line = match (self.form, self.line_indent) {
            (Form::Lines, indent) => next_line_record(bytes, self.start, indent.unwrap_or(0)),
            (Form::Array, Some(indent)) => next_record_line(bytes, self.start, indent),
            (Form::Array, None) => None,
        };
        let by_lines = line.map_or(Border::NotYet, Border::At);
        if self.form == Form::Lines {
            return by_lines;
        }
        let by_tokens = next_token_border(self.window(bytes, line), self.fault.token_at, self.fault.open);
        if self.is_told_by_lines(bytes) {
            // What comes between its closing line and the next record is not its own.
            let closes_a_line = |at: usize| line_indent(bytes, at - 1, false) == self.line_indent;
            return match by_tokens {
                Some(Border::Behind(at)) if closes_a_line(at) => Border::Behind(at),
                _ => by_lines,
            };
        }
        match by_tokens {
            Some(border) => border,
            None if self.line_indent.is_none() && self.is_full(bytes) => Border::NotNear,
            None => by_lines,
        }
    }

    /// The bytes in which the record ends: up to the next record's line, but not too many.
    fn window<'a>(&self, bytes: &'a [u8], next_line: Option<usize>) -> Window<'a> {
        let end = bytes.len().min(self.fault.at + self.window_bytes);
        match next_line.filter(|line| *line <= end) {
            Some(line) => Window {
                bytes: &bytes[..line],
                behind: Behind::Record,
            },
            None => Window {
                bytes: &bytes[..end],
                behind: if self.at_the_end || self.is_full(bytes) {
                    Behind::Nothing
                } else {
                    Behind::More
                },
            },
        }
    }

    fn is_full(&self, bytes: &[u8]) -> bool {
        self.fault.at + self.window_bytes <= bytes.len()
    }
}

/// The last resort, when the damaged record would swallow all that follows: the next object that begins with the
/// same key as this one.
pub(super) fn next_twin(bytes: &[u8], start: usize) -> Option<usize> {
    let key_start = skip_spaces(bytes, start + 1);
    let key_end = read_value(bytes, key_start).ok()?;
    let key = bytes.get(key_start..key_end).filter(|key| key.first() == Some(&b'"'))?;
    let twin = memmem::find_iter(&bytes[start + 1..], key)
        .find_map(|found| last_non_space(bytes, start + 1 + found).filter(|at| bytes[*at] == b'{' && *at > start))?;
    // Behind a colon or a bracket it is a value within the record, which holds such objects, and so may be the others.
    let before = last_non_space(bytes, twin)?;
    (!matches!(bytes[before], b':' | b'[')).then_some(twin)
}

/// The indentation of the record that opens at `start`, if only white space stands before it on its line.
pub(super) fn line_indent(bytes: &[u8], start: usize, chunk_opens_a_line: bool) -> Option<usize> {
    let before = &bytes[..start];
    let indent = before
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    match before.len() - indent {
        0 => chunk_opens_a_line.then_some(indent),
        at => (before[at - 1] == b'\n').then_some(indent),
    }
}

/// Whether the record's brace is followed by a line break: it is printed over several lines.
fn opens_a_block(bytes: &[u8], start: usize) -> bool {
    let after = bytes[start + 1..]
        .iter()
        .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    after == Some(&b'\n')
}

/// The next line that opens with `{` at the record's indentation, or with `]` left of it.
fn next_record_line(bytes: &[u8], start: usize, indent: usize) -> Option<usize> {
    lines_after(bytes, start).find_map(|(line_indent, at)| match bytes.get(at) {
        Some(b'{') if line_indent == indent => Some(at),
        Some(b']') if line_indent < indent || indent == 0 => Some(at),
        _ => None,
    })
}

/// NDJSON: the next line that does not continue a record printed over several lines.
fn next_line_record(bytes: &[u8], start: usize, indent: usize) -> Option<usize> {
    lines_after(bytes, start).find_map(|(line_indent, at)| {
        let continues = matches!(bytes.get(at), None | Some(b'}' | b']' | b',' | b'\r' | b'\n'));
        (line_indent <= indent && !continues).then_some(at)
    })
}

/// Indentation and first byte of each line that begins after `start`.
fn lines_after(bytes: &[u8], start: usize) -> impl Iterator<Item = (usize, usize)> {
    memchr::memchr_iter(b'\n', &bytes[start..]).map(move |found| {
        let line = start + found + 1;
        let indent = bytes[line..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        (indent, line + indent)
    })
}

pub(super) fn last_non_space(bytes: &[u8], before: usize) -> Option<usize> {
    bytes[..before].iter().rposition(|byte| !is_space(*byte))
}

#[cfg(test)]
mod tests {
    use super::super::strict::{Token, WantedKeys, read_record};
    use super::*;

    /// What stands at the border after the damaged first record.
    fn rest_after_damage(text: &str, form: Form) -> &str {
        let start = text.find('{').unwrap();
        let wanted = WantedKeys::new(vec![]);
        let mut tokens: [Token<'_>; 0] = [];
        let fault = read_record(text.as_bytes(), start, &wanted, &mut tokens).unwrap_err();
        let indent = line_indent(text.as_bytes(), start, true);
        let damage = Damage {
            start,
            fault: &fault,
            line_indent: indent,
            form,
            window_bytes: WIDE_BYTES,
            at_the_end: true,
        };
        match damage.border(text.as_bytes()) {
            Border::At(border) | Border::Behind(border) => &text[border..],
            Border::NotNear | Border::NotYet => "",
        }
    }

    #[test]
    fn one_line_files_lose_no_neighbour_to_a_stray_quote() {
        let text = r#"[{"user_id":"a,"date":"d","v":1},{"user_id":"b"},{"user_id":"c"}]"#;
        assert!(rest_after_damage(text, Form::Array).starts_with(r#"{"user_id":"b"}"#));
    }

    #[test]
    fn a_missing_brace_ends_where_the_next_record_opens() {
        for text in [
            r#"[{"a":1 {"b":2}]"#,
            r#"[{"a":1, {"b":2}]"#,
            r#"[{"a":{"x":1},{"b":2}]"#,
        ] {
            assert_eq!(rest_after_damage(text, Form::Array), r#"{"b":2}]"#, "{text}");
        }
    }

    #[test]
    fn objects_in_an_array_of_the_damaged_record_are_no_records() {
        let text = r#"[{"a":1x,"laps":[{"x":1},{"x":2}]},{"b":2}]"#;
        assert_eq!(rest_after_damage(text, Form::Array), r#",{"b":2}]"#);
    }

    #[test]
    fn pretty_files_go_on_at_the_next_record_line() {
        let text = "[\n  {\n    \"a\": \n  {\n    \"b\": 2\n  },\n  {\n    \"c\": 3\n  }\n]";
        assert!(rest_after_damage(text, Form::Array).starts_with("{\n    \"b\""));
        let last = "[\n  {\n    \"a\": x\n  }\n]";
        assert_eq!(rest_after_damage(last, Form::Array), "\n]");
    }

    #[test]
    fn ndjson_goes_on_at_the_next_line() {
        assert_eq!(rest_after_damage("{\"a\":\n{\"b\":1}\n", Form::Lines), "{\"b\":1}\n");
    }

    #[test]
    fn an_unclosed_array_is_left_at_the_next_object_of_the_same_first_key() {
        let text = br#"[{"id":1,"x":[{"y":1},{"id":2},{"id":3}]"#;
        assert_eq!(next_twin(text, 1), Some(22));
    }
}
