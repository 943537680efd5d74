//! A field of a template: the text before its value, what the value is to the row, and the values seen lately.

use super::layout::{Literal, Meaning};
use crate::columns::Symbols;

/// Texts of a column that are kept at hand.
const RECENT_TEXTS: usize = 8;

/// A field of a template.
pub(super) struct Field {
    pub(super) before: Literal,
    pub(super) meaning: Meaning,
    /// Where its value ended in the record that was read last field by field.
    pub(super) end: usize,
    pub(super) kept: Kept,
    recent: Vec<(Vec<u8>, i32)>,
}

/// The last value of a field whose values repeat.
#[derive(Default)]
pub(super) struct Kept {
    /// The value as written: from its first byte to its last, of a time only the date.
    text: Vec<u8>,
    /// What it means.
    pub(super) code: i32,
    /// The text before the field and the value; empty while the values do not repeat.
    pub(super) with_text_before: Literal,
    /// Whether it was found again.
    pub(super) repeated: bool,
}

impl Kept {
    /// Notes a value that was read. It is compared with first from then on if values repeat: this one, or the last.
    pub(super) fn note(&mut self, value: &[u8], code: i32, before: &Literal) {
        self.code = code;
        let repeats = std::mem::take(&mut self.repeated) || self.text == value;
        if repeats {
            self.with_text_before.set([before.text(), value]);
        } else {
            self.with_text_before.length = 0;
        }
        self.text.clear();
        self.text.extend_from_slice(value);
    }

    /// What the row has is told elsewhere from now on.
    pub(super) fn forget(&mut self) {
        self.repeated = false;
        self.with_text_before.length = 0;
        self.text.clear();
    }
}

impl Field {
    pub(super) fn new(before: Literal, meaning: Meaning) -> Field {
        Field {
            before,
            meaning,
            end: 0,
            kept: Kept::default(),
            recent: Vec::new(),
        }
    }

    /// The code of a text, from those at hand if it is among them.
    #[inline(always)]
    pub(super) fn code(&mut self, text: &[u8], texts: &mut Symbols) -> Option<i32> {
        if let Some((_, code)) = self.recent.iter().find(|(recent, _)| recent == text) {
            return Some(*code);
        }
        let code = texts.code(std::str::from_utf8(text).ok()?) as i32;
        if self.recent.len() < RECENT_TEXTS {
            self.recent.push((text.to_vec(), code));
        }
        Some(code)
    }
}
