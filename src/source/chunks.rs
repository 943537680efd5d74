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

/// Bytes of a chunk. Parsing alone takes as long with fewer (reference/json.md), but each chunk is handed on and makes blocks
/// of columns: dry runs with a quarter of this took 12 % longer and more.
pub const CHUNK_BYTES: usize = 1 << 20;

/// A chunk in which no record seems to begin grows to this size before it is cut anywhere.
const LARGEST_CHUNK_BYTES: usize = 64 << 20;

/// Bytes before the place where a chunk should end in which the last record is looked for first: those of some dozens of
/// records, and little beside a chunk.
pub(super) const TAIL_BYTES: usize = 16 << 10;

/// Enough of a file to tell whether it is an array.
const HEAD_BYTES: usize = 64 << 10;

/// The chunks of one file.
pub struct Chunks {
    file: usize,
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    /// The file, if it is not compressed: its bytes can be read from any place.
    plain: Option<Arc<File>>,
    /// The file, if it is compressed, and its bytes that were read for the chunks so far.
    compressed: Option<(Arc<File>, u64)>,
    chunk_bytes: usize,
    /// The first `filled` bytes are those of a stream that were not handed out, or those of a plain file looked at last.
    buffer: Vec<u8>,
    filled: usize,
    /// What is wrong with a compressed stream: a decoder that failed may say that it is at the end when it is asked again.
    broken: Option<String>,
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
        let opened = Arc::new(plain);
        let compression = compression(&magic);
        let reader: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(Arc::clone(&opened)),
            Compression::Gzip => Box::new(Members::new(Arc::clone(&opened))),
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(Arc::clone(&opened)).map_err(io_error)?),
        };
        let mut chunks = Chunks::new(file, input, chunk_bytes, spare, reader);
        if compression == Compression::None {
            chunks.plain = Some(opened);
        } else {
            chunks.compressed = Some((opened, 0));
        }
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
            compressed: None,
            chunk_bytes,
            buffer: Vec::new(),
            filled: 0,
            broken: None,
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
        let mut wanted = HEAD_BYTES;
        loop {
            let filled = self.fill(wanted)?;
            match (first_byte(self.pending()), filled) {
                (None, Filled::Broken(detail)) => return Ok(Some(broken(detail))),
                (None, Filled::Enough) => {
                    // White space before the first byte that counts need not be held.
                    self.next.offset += self.filled as u64;
                    self.filled = 0;
                }
                // Whether it is a record or is around all of them shows late.
                (Some(at), Filled::Enough) if self.buffer[at] == b'{' && wanted < self.chunk_bytes => {
                    wanted = self.chunk_bytes;
                }
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
        self.next.offset += head.records_at as u64;
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

    /// Looks where the next chunk of a plain file ends: by its last bytes, and by all only where these do not tell.
    fn look_ahead(&mut self, file: &Arc<File>) -> Result<Piece, SourceError> {
        let mut length = self.chunk_bytes;
        loop {
            for tail in [TAIL_BYTES.min(length), length] {
                let before = length - tail;
                self.buffer.resize(tail.max(self.buffer.len()), 0);
                let found = read_at(file, &mut self.buffer[..tail], self.next.offset + before as u64);
                self.filled = found.map_err(|error| self.io_error(error))?;
                if self.filled == 0 && before > 0 {
                    // The file ends before them.
                    continue;
                }
                if self.filled < tail {
                    return Ok(self.unread_chunk(file, before + self.filled, false, ChunkEnd::File));
                }
                if let Some((at, opens_a_line)) = self.last_record(self.pending(), before == 0) {
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
            if let Some((at, opens_a_line)) = self.last_record(&self.buffer[..wanted], true) {
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
        if let Some(detail) = &self.broken {
            return Ok(Filled::Broken(detail.clone()));
        }
        self.buffer.resize(wanted.max(self.buffer.len()), 0);
        loop {
            match self.reader.read(&mut self.buffer[self.filled..wanted]) {
                Ok(0) => return Ok(Filled::EndOfFile),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // What the decompressor itself finds wrong carries no system error.
                Err(error) if self.plain.is_none() && error.raw_os_error().is_none() => {
                    self.broken = Some(error.to_string());
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

    /// The last place in some bytes where a record seems to begin, and whether it opens a line.
    fn last_record(&self, bytes: &[u8], all: bool) -> Option<(usize, bool)> {
        last_record(bytes, self.next.form, self.next.indent, all)
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

    /// Bytes of a compressed file that were read since the last call.
    fn newly_read(&mut self) -> Option<u64> {
        let (file, before) = self.compressed.as_mut()?;
        let now = file.stream_position().ok()?;
        Some(now - std::mem::replace(before, now))
    }

    /// The chunk at the next place, which moves behind its `length` bytes.
    fn at_place(&mut self, bytes: Vec<u8>, length: usize, opens_a_line: bool, end: ChunkEnd) -> Chunk {
        let bytes_on_disk = self.newly_read().unwrap_or(length as u64);
        let place = &mut self.next;
        let chunk = Chunk {
            file: self.file,
            number: place.number,
            offset: place.offset,
            form: place.form,
            opens_a_line: place.opens_a_line,
            expecting: place.expecting,
            bytes,
            bytes_on_disk,
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

/// A folder, a pipe, or a link to a file that is not there, under the name of a data file.
fn unopenable(path: &Path) -> Option<FileProblem> {
    let problem = |reason, detail: &str| {
        Some(FileProblem {
            reason,
            detail: detail.to_string(),
        })
    };
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => problem(Reason::NotRecords, "this is a folder; name the files in it"),
        // Opening a pipe waits for whoever writes to it, and what came through it cannot be read twice.
        Ok(metadata) if !metadata.is_file() => problem(
            Reason::NotRecords,
            "this is a pipe or a device; write what comes through it to a file, perhaps compressed",
        ),
        Err(_) if path.is_symlink() => problem(
            Reason::PointerFile,
            "this link leads to a file that is not there; fetch it (`git annex get`, for example)",
        ),
        _ => None,
    }
}

fn broken(detail: String) -> FileProblem {
    // In zstd's words. It allocates what a file asks for, so there is a limit.
    let fault = if detail.contains("too much memory") {
        "was made with a window of more than 128 MiB; decompress it, or compress it again without --long".to_string()
    } else {
        format!("breaks off or is damaged ({detail}); what came before counts, fetch the file again")
    };
    FileProblem {
        reason: Reason::BrokenCompression,
        detail: format!("the compressed stream {fault}"),
    }
}
