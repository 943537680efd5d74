use super::chunks::{Chunks, TAIL_BYTES};
use super::{Chunk, FileProblem, InputFile, Piece};
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
}
