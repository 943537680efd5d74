//! What a refused record leaves behind: one JSON line.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::containers::MAX_DEPTH;
use super::strict::FaultKind;

/// Characters of the input shown in a reject at most.
const EXCERPT_CHARS: usize = 120;

/// Why something was refused; its code is stable.
#[expect(missing_docs, reason = "the code of each variant says it, and `detail` explains it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    MissingUser,
    MissingDay,
    BadDay,
    WrongType,
    NotANumber,
    OutOfRange,
    Syntax,
    ControlCharacter,
    InvalidUtf8,
    LoneSurrogate,
    TooDeep,
    TooLong,
    Truncated,
    NotAnObject,
    MissingComma,
    ExtraComma,
    UnexpectedText,
    EmptyFile,
    NotRecords,
    PointerFile,
    UnknownCompression,
    BrokenCompression,
    NotUtf8File,
}

impl Reason {
    /// The code, as in the reject's JSON.
    pub fn code(self) -> &'static str {
        match self {
            Reason::MissingUser => "missing_user",
            Reason::MissingDay => "missing_day",
            Reason::BadDay => "bad_day",
            Reason::WrongType => "wrong_type",
            Reason::NotANumber => "not_a_number",
            Reason::OutOfRange => "out_of_range",
            Reason::Syntax => "syntax",
            Reason::ControlCharacter => "control_character",
            Reason::InvalidUtf8 => "invalid_utf8",
            Reason::LoneSurrogate => "lone_surrogate",
            Reason::TooDeep => "too_deep",
            Reason::TooLong => "too_long",
            Reason::Truncated => "truncated",
            Reason::NotAnObject => "not_an_object",
            Reason::MissingComma => "missing_comma",
            Reason::ExtraComma => "extra_comma",
            Reason::UnexpectedText => "unexpected_text",
            Reason::EmptyFile => "empty_file",
            Reason::NotRecords => "not_records",
            Reason::PointerFile => "pointer_file",
            Reason::UnknownCompression => "unknown_compression",
            Reason::BrokenCompression => "broken_compression",
            Reason::NotUtf8File => "not_utf8_file",
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// One refused record, damaged place or file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reject {
    /// The file.
    #[serde(serialize_with = "as_path")]
    pub file: Arc<Path>,
    /// Number of the record in the file, from 0, good and bad counted (for damage between records: of the record
    /// that follows); absent for the file as a whole.
    pub record: Option<u64>,
    /// Of the record's opening brace, in the decompressed bytes.
    pub byte_offset: u64,
    /// The code of the reason.
    pub reason: Reason,
    /// A sentence with the remedy.
    pub detail: String,
    /// The first characters; empty for profiles, which are personal.
    pub excerpt: String,
}

fn as_path<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// A reject that does not know its file yet; places count from the start of the chunk.
#[derive(Clone, Debug, PartialEq)]
pub struct ChunkReject {
    /// Records of the chunk before it.
    pub record: u64,
    /// Position in the chunk.
    pub at: usize,
    /// The code of the reason.
    pub reason: Reason,
    /// A sentence with the remedy.
    pub detail: Cow<'static, str>,
    /// The first characters.
    pub excerpt: String,
}

/// Why one record is refused.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) detail: Cow<'static, str>,
}

impl Refusal {
    pub(super) fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal {
            reason,
            detail: detail.into(),
        }
    }

    /// The refusal of a record that is not JSON; `offset` is the fault's distance from the record's brace.
    pub(super) fn of_fault(kind: FaultKind, offset: usize) -> Refusal {
        let (reason, what) = match kind {
            FaultKind::Truncated => {
                return Refusal::new(
                    Reason::Truncated,
                    "the file ends inside this record; fetch or export the file again",
                );
            }
            FaultKind::Expected(what) => (Reason::Syntax, format!("{what} was expected")),
            FaultKind::NotANumber => (
                Reason::NotANumber,
                "NaN and Infinity are no JSON; write null".to_string(),
            ),
            FaultKind::ControlCharacter => (
                Reason::ControlCharacter,
                "a raw control character in a string must be escaped".to_string(),
            ),
            FaultKind::InvalidUtf8 => (
                Reason::InvalidUtf8,
                "a string is not UTF-8; convert the file".to_string(),
            ),
            FaultKind::TooDeep => (
                Reason::TooDeep,
                format!("nested deeper than {MAX_DEPTH}; flatten the record"),
            ),
        };
        Refusal::new(reason, format!("{what} ({offset} bytes into the record)"))
    }
}

/// The first characters of a damaged place, control characters escaped.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let bytes = bytes.trim_ascii_end();
    let window = &bytes[..bytes.len().min(4 * EXCERPT_CHARS)];
    let mut excerpt = String::with_capacity(EXCERPT_CHARS);
    let mut length = 0;
    for character in String::from_utf8_lossy(window).chars() {
        let escaped = character.is_control().then(|| character.escape_default());
        length += escaped.as_ref().map_or(1, ExactSizeIterator::len);
        if length > EXCERPT_CHARS {
            break;
        }
        match escaped {
            Some(escaped) => excerpt.extend(escaped),
            None => excerpt.push(character),
        }
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_show_control_characters() {
        assert_eq!(excerpt(b"{\n\t\"a\": \x01}"), "{\\n\\t\"a\": \\u{1}}");
        assert_eq!(excerpt("é".repeat(500).as_bytes()).chars().count(), EXCERPT_CHARS);
        assert!(excerpt(b"\x01".repeat(500).as_slice()).len() <= EXCERPT_CHARS);
    }
}
