//! Where a record seems to begin, by the bytes before it. A wrong guess costs time, never a record.

use memchr::{memchr, memrchr_iter};

use crate::parse::Form;

/// The last place where a record seems to begin, and whether it opens a line; `indent` is that of the first record. If there
/// are bytes before these that tell more, they are not `all`.
pub(super) fn last_record(bytes: &[u8], form: Form, indent: usize, all: bool) -> Option<(usize, bool)> {
    let at_line = cut_at_record_line(bytes, indent).map(|at| (at, true));
    match form {
        // Between lines of which none begins a record, a brace is rather one within a record.
        Form::Array if all || memchr(b'\n', bytes).is_none() => at_line.or_else(|| cut_in_line(bytes)),
        _ => at_line,
    }
}

/// A line that opens with `{` at the indentation of the first record.
fn cut_at_record_line(bytes: &[u8], indent: usize) -> Option<usize> {
    memrchr_iter(b'\n', bytes).map(|at| at + 1).find(|line| {
        let brace = line + indent;
        bytes.get(brace) == Some(&b'{') && bytes[*line..brace].iter().all(|byte| matches!(byte, b' ' | b'\t'))
    })
}

/// A `{` after `},`; the line begins with the chunk if nothing else stands before the brace.
fn cut_in_line(bytes: &[u8]) -> Option<(usize, bool)> {
    let before = |at: usize| bytes[..at].iter().rposition(|byte| !byte.is_ascii_whitespace());
    let brace = memrchr_iter(b'{', bytes).find(|brace| {
        let comma = before(*brace).filter(|at| bytes[*at] == b',');
        comma.and_then(before).is_some_and(|at| bytes[at] == b'}')
    })?;
    let indent = bytes[..brace]
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let opens_a_line = brace > indent && bytes[brace - indent - 1] == b'\n';
    Some((if opens_a_line { brace - indent } else { brace }, opens_a_line))
}

/// The indentation of the first byte that is no white space.
pub(super) fn first_indent(bytes: &[u8]) -> usize {
    let indent_and_breaks = bytes.iter().take_while(|byte| byte.is_ascii_whitespace());
    indent_and_breaks.fold(
        0,
        |indent, byte| if matches!(byte, b' ' | b'\t') { indent + 1 } else { 0 },
    )
}
