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

#[cfg(test)]
mod tests {
    use super::super::chunks::{Chunks, TAIL_BYTES};
    use super::super::{Chunk, FileProblem, InputFile, Piece};
    use crate::record::RecordKind;

    /// The chunks of a file and its problem.
    fn pieces(content: &[u8], chunk_bytes: usize) -> Vec<Result<Chunk, FileProblem>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sleep.json");
        std::fs::write(&path, content).unwrap();
        let input = InputFile {
            path: path.into(),
            kind: RecordKind::Sleep,
            bytes: content.len() as u64,
        };
        let spare = crossbeam_channel::never();
        let mut chunks = Chunks::open(0, &input, chunk_bytes, spare.clone()).unwrap();
        let read = |piece| match piece {
            Piece::Chunk(chunk) => Ok(chunk.read(&spare).unwrap()),
            Piece::Problem(problem) => Err(problem),
        };
        std::iter::from_fn(|| chunks.next_piece().unwrap()).map(read).collect()
    }

    fn texts(content: &[u8], chunk_bytes: usize) -> Vec<String> {
        let pieces = pieces(content, chunk_bytes).into_iter();
        let text = |piece: Result<Chunk, FileProblem>| match piece {
            Ok(chunk) => String::from_utf8(chunk.bytes).unwrap(),
            Err(problem) => format!("{:?}", problem.reason),
        };
        pieces.map(text).collect()
    }

    #[test]
    fn a_pretty_file_is_cut_at_record_lines() {
        let content = b"[\n  {\n    \"x\": {\n    }\n  },\n  {\n    \"y\": 1\n  }\n]";
        assert_eq!(
            texts(content, 36),
            ["\n  {\n    \"x\": {\n    }\n  },\n", "  {\n    \"y\": 1\n  }\n]"]
        );
    }

    #[test]
    fn a_one_line_file_is_cut_between_records() {
        assert_eq!(
            texts(br#"[{"a":1},{"b":2},{"c":3}]"#, 10),
            [r#"{"a":1},"#, r#"{"b":2},"#, r#"{"c":3}]"#]
        );
    }

    #[test]
    fn a_long_first_line_that_names_its_user_late_is_a_record() {
        let laps = vec!["{\"x\":1}"; 20_000].join(",");
        let content = format!("{{\"laps\":[{laps}],\"user_id\":\"u\"}}\n{{\"b\":2}}");
        assert_eq!(texts(content.as_bytes(), 1 << 20), [content.as_str()]);
        let wrapper = format!("{{\"laps\":[{laps}]}}");
        assert_eq!(texts(wrapper.as_bytes(), 1 << 20), ["NotRecords"]);
    }

    #[test]
    fn a_record_longer_than_the_bytes_looked_at_first_is_cut_before_it_or_after() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(3 * TAIL_BYTES));
        let content = format!("[{long},{{\"b\":2}},{long},{{\"c\":3}}]");
        for chunk_bytes in [TAIL_BYTES, 2 * TAIL_BYTES, 4 * TAIL_BYTES] {
            let texts = texts(content.as_bytes(), chunk_bytes);
            assert_eq!(format!("[{}", texts.concat()), content);
            assert!(texts.len() > 1 && texts.iter().all(|text| text.starts_with('{')));
        }
    }

    #[test]
    fn objects_in_long_records_are_not_taken_for_records_where_records_open_lines() {
        let samples = vec!["\n      {\n        \"x\": 1\n      }"; TAIL_BYTES / 20].join(",");
        let record = format!("  {{\n    \"samples\": [{samples}\n    ]\n  }}");
        let content = format!("[\n{}\n]", vec![record; 4].join(",\n"));
        let texts = texts(content.as_bytes(), 3 * TAIL_BYTES);
        assert!(texts.len() > 2 && texts[1..].iter().all(|text| text.starts_with("  {\n    \"samples\"")));
    }

    #[test]
    fn the_end_of_a_file_is_found_wherever_it_is() {
        let content = |records: usize| format!("[{}]", vec!["{\"a\":1}"; records].join(","));
        for records in [
            1,
            TAIL_BYTES / 8,
            TAIL_BYTES / 8 + 1,
            TAIL_BYTES / 4 - 2,
            TAIL_BYTES / 4,
            TAIL_BYTES,
        ] {
            let texts = texts(content(records).as_bytes(), 2 * TAIL_BYTES);
            assert_eq!(format!("[{}", texts.concat()), content(records));
        }
    }

    #[test]
    fn a_file_that_becomes_shorter_is_an_error_that_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sleep.json");
        std::fs::write(&path, br#"[{"a":1},{"b":2},{"c":3}]"#).unwrap();
        let input = InputFile {
            path: path.clone().into(),
            kind: RecordKind::Sleep,
            bytes: 25,
        };
        let spare = crossbeam_channel::never();
        let mut chunks = Chunks::open(0, &input, 10, spare.clone()).unwrap();
        let Some(Piece::Chunk(chunk)) = chunks.next_piece().unwrap() else {
            panic!("a chunk comes first")
        };
        std::fs::write(&path, b"[{").unwrap();
        let error = chunk.read(&spare).unwrap_err().to_string();
        assert!(error.contains("sleep.json") && error.contains("shorter"), "{error}");
    }

    #[test]
    fn offsets_count_the_byte_order_mark() {
        let pieces = pieces(b"\xef\xbb\xbf[{\"a\":1},{\"b\":2}]", 10);
        let offsets: Vec<u64> = pieces.iter().map(|chunk| chunk.as_ref().unwrap().offset).collect();
        assert_eq!(offsets, [4, 12]);
    }

    #[test]
    fn a_broken_stream_gives_what_came_before_and_one_problem() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, br#"[{"a":1},{"b":2}]"#).unwrap();
        let whole = encoder.finish().unwrap();
        assert_eq!(texts(&whole, 1000), [r#"{"a":1},{"b":2}]"#]);
        let cut = texts(&whole[..whole.len() - 4], 1000);
        assert_eq!(cut, [r#"{"a":1},{"b":2}]"#, "BrokenCompression"]);
        assert_eq!(texts(&whole[..11], 1000), ["BrokenCompression"]);
        let mut damaged = whole.clone();
        let checksum = whole.len() - 8;
        damaged[checksum] ^= 1;
        for broken in [damaged, [&whole[..], b"garbage"].concat()] {
            assert_eq!(texts(&broken, 1000), [r#"{"a":1},{"b":2}]"#, "BrokenCompression"]);
        }
    }
}
