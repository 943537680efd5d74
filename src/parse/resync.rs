//! Where the next record begins after a damaged one.
//!
//! Two views of the damage, because files come in two shapes. By lines: in pretty-printed files and NDJSON a record
//! opens a line at a known indentation, whatever is broken before it, so no good neighbour is lost. By tokens: in
//! one-line files reading goes on after the fault, and a `{` where an object cannot hold one opens the next record;
//! an unbalanced quote shows itself as a string that ends in `},{`.

use memchr::memmem;

use super::Form;
use super::containers::Containers;
use super::strict::{Fault, is_space, read_value, skip_spaces};

/// How far behind a fault the tokens are looked at, as long as that helps.
pub(super) const WIDE_BYTES: usize = 4 << 20;
/// How far when the search before found nothing: in a file of nothing but damage every record is searched, and the
/// time must not grow with the square of its length.
pub(super) const NARROW_BYTES: usize = 4 << 10;

/// Where reading can go on after a damaged record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Border {
    /// Here.
    At(usize),
    /// Nowhere near; only a twin of the record can help.
    NotNear,
    /// Not in these bytes.
    NotYet,
}

/// Where reading can go on after the record that opens at `start` and fails with `fault`. `line_indent` is the
/// record's indentation, if it opens its line; tokens are looked at within `window_bytes` of the fault.
pub(super) fn next_border(
    bytes: &[u8],
    start: usize,
    fault: &Fault,
    line_indent: Option<usize>,
    form: Form,
    window_bytes: usize,
) -> Border {
    let found = |border: Option<usize>| border.map_or(Border::NotYet, Border::At);
    if form == Form::Lines {
        return found(next_line_record(bytes, start, line_indent.unwrap_or(0)));
    }
    let by_lines = line_indent.and_then(|indent| next_record_line(bytes, start, indent));
    if line_indent.is_some() && opens_a_block(bytes, start) {
        return found(by_lines);
    }
    let window = &bytes[..bytes.len().min(fault.at + window_bytes)];
    match (by_lines, next_token_border(window, fault.at, fault.open)) {
        (Some(line), Some(token)) => Border::At(line.min(token)),
        (None, None) if line_indent.is_none() && window.len() == fault.at + window_bytes => Border::NotNear,
        (line, token) => found(line.or(token)),
    }
}

/// The last resort, when the damaged record would swallow all that follows: the next object that begins with the
/// same key as this one.
pub(super) fn next_twin(bytes: &[u8], start: usize) -> Option<usize> {
    let key_start = skip_spaces(bytes, start + 1);
    let key_end = read_value(bytes, key_start).ok()?;
    let key = bytes.get(key_start..key_end).filter(|key| key.first() == Some(&b'"'))?;
    memmem::find_iter(&bytes[start + 1..], key).find_map(|found| {
        let before = last_non_space(bytes, start + 1 + found)?;
        (bytes[before] == b'{' && before > start).then_some(before)
    })
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

/// Reads on from the fault, token by token, to the end of the damaged record or the opening of the next.
fn next_token_border(bytes: &[u8], fault_at: usize, open: Containers) -> Option<usize> {
    let mut at = fault_at;
    let mut open = open;
    let mut after_colon = false;
    let mut too_deep = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b'}' | b']' if too_deep > 0 => too_deep -= 1,
            b'{' if open.innermost_is_object() && !after_colon => return Some(at),
            b'{' | b'[' => too_deep += u32::from(!open.open(byte == b'{')),
            b'}' => {
                close_to_object(&mut open);
                if open.depth() == 0 {
                    return Some(at + 1);
                }
            }
            b']' if !open.has_array() => return Some(at),
            b']' => close_to_array(&mut open),
            b'"' => {
                let end = string_end(bytes, at);
                if let Some(border) = border_in_string(bytes, at + 1, end) {
                    return Some(border);
                }
                at = end;
            }
            _ => {}
        }
        if !is_space(byte) {
            after_colon = byte == b':';
        }
        at += 1;
    }
    None
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
fn string_end(bytes: &[u8], quote: usize) -> usize {
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

fn last_non_space(bytes: &[u8], before: usize) -> Option<usize> {
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
        match next_border(text.as_bytes(), start, &fault, indent, form, WIDE_BYTES) {
            Border::At(border) => &text[border..],
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
        assert_eq!(rest_after_damage(last, Form::Array), "]");
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
