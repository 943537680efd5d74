//! What a file is, by its first bytes: content decides, not the name.

use super::FileProblem;
use crate::parse::{Form, Reason};

/// Compression of a file, by its magic number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

/// Magic numbers of files that are no JSON.
const FOREIGN: [(&[u8], &str); 10] = [
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy"),
    (b"LZIP", "lzip"),
    (b"\x1f\x9d", "compress (.Z)"),
    (b"Rar!", "a rar archive"),
    (b"PAR1", "a Parquet file"),
];

/// The compression that the first bytes show.
pub(super) fn compression(bytes: &[u8]) -> Compression {
    match bytes {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// Where the records begin and how they are held together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) form: Form,
    /// After the byte-order mark, and after the opening bracket where there is one.
    pub(super) records_at: usize,
}

/// Bytes of a UTF-8 byte-order mark at the beginning.
fn mark_bytes(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }
}

/// The position of the first byte that is neither byte-order mark nor white space.
pub(super) fn first_byte(bytes: &[u8]) -> Option<usize> {
    let after_mark = mark_bytes(bytes);
    let found = bytes[after_mark..]
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    found.map(|at| at + after_mark)
}

/// Reads the head of a decompressed file.
pub(super) fn head(bytes: &[u8]) -> Result<Head, FileProblem> {
    let problem = |reason, detail: String| Err(FileProblem { reason, detail });
    let has_nul = bytes.iter().take(4).any(|byte| *byte == 0);
    if bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || (has_nul && bytes.iter().any(|byte| matches!(byte, b'[' | b'{')))
    {
        return problem(
            Reason::NotUtf8File,
            "this is UTF-16; convert the file to UTF-8".to_string(),
        );
    }
    if bytes.starts_with(b"version https://git-lfs") {
        let detail = "this is a Git LFS pointer, not the file itself; run `git lfs pull`";
        return problem(Reason::PointerFile, detail.to_string());
    }
    if let Some((_, name)) = FOREIGN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        let detail = format!("this looks like {name}; unpack it, or compress it with gzip or zstd");
        return problem(Reason::UnknownCompression, detail);
    }
    let Some(at) = first_byte(bytes) else {
        return problem(
            Reason::EmptyFile,
            "the file is empty; fetch or export it again".to_string(),
        );
    };
    match bytes[at] {
        b'[' => Ok(Head {
            form: Form::Array,
            records_at: at + 1,
        }),
        b'{' if wraps_an_array(&bytes[at..]) => problem(
            Reason::NotRecords,
            "this is an object around an array; extract the array, the file must begin with `[`".to_string(),
        ),
        b'{' => Ok(Head {
            form: Form::Lines,
            records_at: mark_bytes(bytes),
        }),
        other => problem(
            Reason::NotRecords,
            format!("{}; the file must begin with `[` or `{{`", looks_like(other)),
        ),
    }
}

fn looks_like(first: u8) -> String {
    match first {
        b'"' => "this is a JSON string".to_string(),
        b'-' | b'0'..=b'9' => "this begins like a number".to_string(),
        b'<' => "this looks like HTML or XML".to_string(),
        b't' | b'f' | b'n' => "this begins like a word, not like records".to_string(),
        0x20..0x7f => format!("this begins with `{}` and is no JSON", first as char),
        _ => format!("this begins with the byte 0x{first:02x} and is no text"),
    }
}

/// Whether a top-level object is a wrapper: it has no user of its own, a member that is an array of objects, and
/// nothing stands behind it.
///
/// Read loosely, key by key, to the end of the object or of what is there of the file: a wrapper does not end soon.
fn wraps_an_array(bytes: &[u8]) -> bool {
    let mut depth = 0;
    let mut at = 0;
    let mut last_string: &[u8] = b"";
    let mut before = b' ';
    let mut holds_objects = false;
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b'"' => {
                let end = string_end(bytes, at);
                last_string = &bytes[at + 1..end.min(bytes.len())];
                at = end;
            }
            // A key with an escape may spell `user_id`, too.
            b':' if depth == 1 && (last_string == b"user_id" || last_string.contains(&b'\\')) => return false,
            b'{' | b'[' => {
                holds_objects |= byte == b'{' && depth == 2 && before == b'[';
                depth += 1;
            }
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
            before = byte;
        }
        at += 1;
    }
    // Lines that open with a brace are records of NDJSON, and the first one is damaged.
    let is_alone = match depth {
        0 => bytes.iter().skip(at + 1).all(u8::is_ascii_whitespace),
        _ => memchr::memmem::find(bytes, b"\n{").is_none(),
    };
    holds_objects && is_alone
}

fn string_end(bytes: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += 1 + usize::from(bytes[at] == b'\\');
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_and_lines_are_told_apart_by_their_first_byte() {
        assert_eq!(
            head(b"\xef\xbb\xbf [{}]"),
            Ok(Head {
                form: Form::Array,
                records_at: 5
            })
        );
        assert_eq!(
            head(b"\r\n{\"user_id\":1}"),
            Ok(Head {
                form: Form::Lines,
                records_at: 0
            })
        );
    }

    #[test]
    fn files_that_hold_no_records_say_what_they_look_like() {
        let cases: [(&[u8], Reason); 12] = [
            (b"", Reason::EmptyFile),
            (b"\xef\xbb\xbf \n\t", Reason::EmptyFile),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
                Reason::PointerFile,
            ),
            (b"\xfd7zXZ\x00\x00", Reason::UnknownCompression),
            (b"PK\x03\x04abc", Reason::UnknownCompression),
            (b"\xff\xfe[\x00", Reason::NotUtf8File),
            (b"\"text\"", Reason::NotRecords),
            (b"42", Reason::NotRecords),
            (b"<html>", Reason::NotRecords),
            (b"{\"data\": [\n {\"user_id\": 1}", Reason::NotRecords),
            (b"{\"meta\": {\"n\": [1]}, \"x\": [{}]}", Reason::NotRecords),
            (b"\x00\x00", Reason::NotRecords),
        ];
        for (bytes, reason) in cases {
            assert_eq!(head(bytes).map_err(|problem| problem.reason), Err(reason), "{bytes:?}");
        }
    }

    #[test]
    fn a_record_with_an_array_of_objects_is_no_wrapper() {
        for record in [
            "{\"laps\":[{\"x\":1}]}\n{\"user_id\":\"a\"}",
            "{\"us\\u0065r_id\":\"a\",\"laps\":[{\"x\":1}]}",
            "{\"user_id\":\"a\",\"laps\":[{\"x\":1}]}",
            "{\"laps\":[1,2]}",
            "{\"a\":{\"b\":[{}]}}",
            "{}",
        ] {
            assert_eq!(
                head(record.as_bytes()).map(|head| head.form),
                Ok(Form::Lines),
                "{record}"
            );
        }
    }
}
