//! A file piece by piece, each cut where a record seems to begin.
//!
//! A compressed file is read here, from its first byte to its last. Of a plain one only the few bytes before each cut are:
//! the chunk itself is read where it is parsed ([`UnreadChunk`]), so several are at the same time.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::cut::{first_indent, last_record};
use super::gzip::Members;
use super::head::{Compression, compression, first_byte, head};
use super::span::{Span, UnreadChunk, read_at};
use super::{Chunk, FileProblem, InputFile, Piece, SourceError};
use crate::parse::{ChunkEnd, Expecting, Form, Reason};

/// Bytes of a chunk. Between 64 KiB and 1 MiB no difference was measured (reference/json.md); larger chunks make
/// fewer and fuller blocks of columns.
pub const CHUNK_BYTES: usize = 1 << 20;

/// A chunk in which no record seems to begin grows to this size before it is cut anywhere.
const LARGEST_CHUNK_BYTES: usize = 64 << 20;

/// Bytes before the place where a chunk should end in which the last record is looked for first: most are shorter.
const TAIL_BYTES: usize = 16 << 10;

/// Enough of a file to tell what it is.
const HEAD_BYTES: usize = 64 << 10;

/// The chunks of one file.
pub struct Chunks {
    file: usize,
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    /// The file, if it is not compressed: its bytes can be read from any place.
    plain: Option<Arc<File>>,
    chunk_bytes: usize,
    /// The first `filled` bytes were read and not handed out.
    buffer: Vec<u8>,
    filled: usize,
    /// Chunks that nobody needs any more.
    spare: Receiver<Vec<u8>>,
    state: State,
    next: Place,
}

/// What is known of the place where the next chunk begins.
struct Place {
    number: u64,
    offset: u64,
    form: Form,
    /// Indentation of the first record, if it opens its line.
    indent: usize,
    opens_a_line: bool,
    expecting: Expecting,
}

enum State {
    Head,
    Body,
    /// All good bytes are handed out; the problem is left to tell.
    Problem(FileProblem),
    Ended,
}

/// How a read ended.
enum Filled {
    Enough,
    EndOfFile,
    Broken(String),
}

impl Chunks {
    /// Opens a file; `chunk_bytes` is [`CHUNK_BYTES`] but in tests. The memory of chunks that come back through `spare`
    /// is used again.
    pub fn open(
        file: usize,
        input: &InputFile,
        chunk_bytes: usize,
        spare: Receiver<Vec<u8>>,
    ) -> Result<Chunks, SourceError> {
        let io_error = |source| SourceError::Io {
            path: input.path.to_path_buf(),
            source,
        };
        if let Some(problem) = unopenable(&input.path) {
            let mut chunks = Chunks::new(file, input, chunk_bytes, spare, Box::new(std::io::empty()));
            chunks.state = State::Problem(problem);
            return Ok(chunks);
        }
        let mut plain = File::open(&input.path).map_err(io_error)?;
        let mut magic = Vec::new();
        (&mut plain).take(4).read_to_end(&mut magic).map_err(io_error)?;
        plain.rewind().map_err(io_error)?;
        let plain = Arc::new(plain);
        let compression = compression(&magic);
        let reader: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(Arc::clone(&plain)),
            Compression::Gzip => Box::new(Members::new(Arc::clone(&plain))),
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(Arc::clone(&plain)).map_err(io_error)?),
        };
        let mut chunks = Chunks::new(file, input, chunk_bytes, spare, reader);
        chunks.plain = (compression == Compression::None).then_some(plain);
        Ok(chunks)
    }

    fn new(
        file: usize,
        input: &InputFile,
        chunk_bytes: usize,
        spare: Receiver<Vec<u8>>,
        reader: Box<dyn Read + Send>,
    ) -> Chunks {
        let next = Place {
            number: 0,
            offset: 0,
            form: Form::Array,
            indent: 0,
            opens_a_line: false,
            expecting: Expecting::FirstOrEnd,
        };
        let path = input.path.to_path_buf();
        Chunks {
            file,
            path,
            reader,
            plain: None,
            chunk_bytes,
            buffer: Vec::new(),
            filled: 0,
            spare,
            state: State::Head,
            next,
        }
    }

    /// The next chunk or problem; `None` at the end.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, SourceError> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Ended => Ok(None),
            State::Problem(problem) => Ok(Some(Piece::Problem(problem))),
            State::Head => match self.read_head()? {
                None => self.read_body().map(Some),
                problem => Ok(problem.map(Piece::Problem)),
            },
            State::Body => self.read_body().map(Some),
        }
    }

    /// Finds out what the file is, and stands at its first record.
    fn read_head(&mut self) -> Result<Option<FileProblem>, SourceError> {
        let mut wanted = self.chunk_bytes.max(HEAD_BYTES);
        loop {
            match self.fill(wanted)? {
                Filled::Broken(detail) if first_byte(self.pending()).is_none() => return Ok(Some(broken(detail))),
                Filled::Enough if first_byte(self.pending()).is_none() => wanted *= 2,
                _ => break,
            }
        }
        let head = match head(self.pending()) {
            Ok(head) => head,
            Err(problem) => return Ok(Some(problem)),
        };
        if head.form == Form::Lines {
            self.next.expecting = Expecting::Record;
            self.next.opens_a_line = true;
        }
        self.next.form = head.form;
        self.next.offset = head.records_at as u64;
        self.buffer.drain(..head.records_at);
        self.filled -= head.records_at;
        self.next.indent = first_indent(self.pending());
        Ok(None)
    }

    fn read_body(&mut self) -> Result<Piece, SourceError> {
        match self.plain.clone() {
            Some(file) => self.look_ahead(&file),
            None => self.read_on(),
        }
    }

    /// Looks where the next chunk of a plain file ends.
    fn look_ahead(&mut self, file: &Arc<File>) -> Result<Piece, SourceError> {
        let mut length = self.chunk_bytes;
        loop {
            for tail in [TAIL_BYTES.min(length), length] {
                let before = length - tail;
                self.buffer.resize(tail.max(self.buffer.len()), 0);
                let found = read_at(file, &mut self.buffer[..tail], self.next.offset + before as u64);
                self.filled = found.map_err(|error| self.io_error(error))?;
                if self.filled < tail {
                    return Ok(self.unread_chunk(file, length, false, ChunkEnd::File));
                }
                if let Some((at, opens_a_line)) = self.last_record(tail) {
                    return Ok(self.unread_chunk(file, before + at, opens_a_line, ChunkEnd::More));
                }
            }
            if length >= LARGEST_CHUNK_BYTES {
                return Ok(self.unread_chunk(file, length, false, ChunkEnd::More));
            }
            length *= 2;
        }
    }

    /// Reads the next chunk of a stream.
    fn read_on(&mut self) -> Result<Piece, SourceError> {
        let mut wanted = self.chunk_bytes;
        loop {
            match self.fill(wanted)? {
                Filled::EndOfFile => return Ok(self.chunk(self.filled, false, ChunkEnd::File)),
                Filled::Broken(detail) => {
                    let piece = self.chunk(self.filled, false, ChunkEnd::Broken);
                    self.state = State::Problem(broken(detail));
                    return Ok(piece);
                }
                Filled::Enough => {}
            }
            if let Some((at, opens_a_line)) = self.last_record(wanted) {
                return Ok(self.chunk(at, opens_a_line, ChunkEnd::More));
            }
            if self.filled >= LARGEST_CHUNK_BYTES {
                return Ok(self.chunk(self.filled, false, ChunkEnd::More));
            }
            wanted = self.filled * 2;
        }
    }

    /// Reads until `wanted` bytes are pending.
    fn fill(&mut self, wanted: usize) -> Result<Filled, SourceError> {
        if self.filled >= wanted {
            return Ok(Filled::Enough);
        }
        self.buffer.resize(wanted.max(self.buffer.len()), 0);
        loop {
            match self.reader.read(&mut self.buffer[self.filled..wanted]) {
                Ok(0) => return Ok(Filled::EndOfFile),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // What the decompressor itself finds wrong carries no system error.
                Err(error) if self.plain.is_none() && error.raw_os_error().is_none() => {
                    return Ok(Filled::Broken(error.to_string()));
                }
                Err(error) => return Err(self.io_error(error)),
            }
            if self.filled == wanted {
                return Ok(Filled::Enough);
            }
        }
    }

    fn io_error(&self, source: std::io::Error) -> SourceError {
        let path = self.path.clone();
        SourceError::Io { path, source }
    }

    fn pending(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// The last place in the first `length` pending bytes where a record seems to begin, and whether it opens a line.
    fn last_record(&self, length: usize) -> Option<(usize, bool)> {
        last_record(&self.buffer[..length], self.next.form, self.next.indent)
    }

    /// Hands out the first `length` pending bytes; `opens_a_line` is of the chunk after them.
    fn chunk(&mut self, length: usize, opens_a_line: bool, end: ChunkEnd) -> Piece {
        let rest = &self.buffer[length..self.filled];
        let mut next = self.spare.try_recv().unwrap_or_default();
        next.resize(next.len().max(rest.len()), 0);
        next[..rest.len()].copy_from_slice(rest);
        self.filled = rest.len();
        let mut bytes = std::mem::replace(&mut self.buffer, next);
        bytes.truncate(length);
        Piece::Chunk(UnreadChunk::new(self.at_place(bytes, length, opens_a_line, end), None))
    }

    /// Hands out the next `length` bytes of a plain file.
    fn unread_chunk(&mut self, file: &Arc<File>, length: usize, opens_a_line: bool, end: ChunkEnd) -> Piece {
        let span = Span {
            file: Arc::clone(file),
            path: self.path.clone(),
            length,
        };
        Piece::Chunk(UnreadChunk::new(
            self.at_place(Vec::new(), length, opens_a_line, end),
            Some(span),
        ))
    }

    /// The chunk at the next place, which moves behind its `length` bytes.
    fn at_place(&mut self, bytes: Vec<u8>, length: usize, opens_a_line: bool, end: ChunkEnd) -> Chunk {
        let place = &mut self.next;
        let chunk = Chunk {
            file: self.file,
            number: place.number,
            offset: place.offset,
            form: place.form,
            opens_a_line: place.opens_a_line,
            expecting: place.expecting,
            bytes,
            end,
        };
        place.number += 1;
        place.offset += length as u64;
        place.opens_a_line = opens_a_line;
        place.expecting = Expecting::Record;
        self.state = if end == ChunkEnd::More {
            State::Body
        } else {
            State::Ended
        };
        chunk
    }
}

/// A folder, or a link to a file that is not there, under the name of a data file.
fn unopenable(path: &Path) -> Option<FileProblem> {
    let problem = |reason, detail: &str| {
        Some(FileProblem {
            reason,
            detail: detail.to_string(),
        })
    };
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => problem(Reason::NotRecords, "this is a folder; name the files in it"),
        Err(_) if path.is_symlink() => problem(
            Reason::PointerFile,
            "this link leads to a file that is not there; fetch it (`git annex get`, for example)",
        ),
        _ => None,
    }
}

fn broken(detail: String) -> FileProblem {
    FileProblem {
        reason: Reason::BrokenCompression,
        detail: format!(
            "the compressed stream breaks off or is damaged ({detail}); what came before counts, fetch the file again"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
