//! Values as a template meets them: plain ones found by comparing, all others as the strict path reads them.

use super::layout::window;
use crate::parse::simd::Simd;
use crate::parse::strict::{Token, read_field_value};

/// The position behind a value of any kind.
#[cold]
pub(super) fn skip_any(bytes: &[u8], at: usize) -> Option<usize> {
    read_field_value(bytes, at).map(|(_, after)| after)
}

/// A time text without escapes, and the position behind it.
pub(super) fn day_text(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    match read_field_value(bytes, at)? {
        (Token::Text(text), after) if !text.escaped && bytes[at] == b'"' => Some((text.raw, after)),
        _ => None,
    }
}

/// The inside of a string of up to 31 plain characters whose quote opens at `at`.
#[inline(always)]
pub(super) fn plain_string<S: Simd>(simd: S, bytes: &[u8], at: usize) -> Option<&[u8]> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let rest = window(bytes, at + 1)?;
    let end = simd.special(rest).trailing_zeros() as usize;
    if rest.get(end) != Some(&b'"') {
        return None;
    }
    Some(&rest[..end])
}
