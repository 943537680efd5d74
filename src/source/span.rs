//! A chunk that is still in its file: its place is known, and whoever parses it reads it, while others read theirs.

use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::{CHUNK_BYTES, Chunk, SourceError};

/// A chunk before its bytes are needed.
#[derive(Debug)]
pub struct UnreadChunk {
    chunk: Chunk,
    /// Where the bytes are; `None` if the chunk has them.
    span: Option<Span>,
}

/// Bytes of a plain file.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) file: Arc<File>,
    pub(super) path: PathBuf,
    /// Their number.
    pub(super) length: usize,
}

impl UnreadChunk {
    pub(super) fn new(chunk: Chunk, span: Option<Span>) -> UnreadChunk {
        UnreadChunk { chunk, span }
    }

    /// The chunk with its bytes, in the memory of one that came back through `spare`.
    ///
    /// Fails where the system cannot read, and where the file has become shorter.
    pub fn read(self, spare: &Receiver<Vec<u8>>) -> Result<Chunk, SourceError> {
        let UnreadChunk { mut chunk, span } = self;
        let Some(Span { file, path, length }) = span else {
            return Ok(chunk);
        };
        // Others are a little longer: one that grew for them would take twice the room.
        chunk.bytes = spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(CHUNK_BYTES));
        chunk.bytes.resize(length, 0);
        let source = match read_at(&file, &mut chunk.bytes, chunk.offset) {
            Ok(count) if count == length => return Ok(chunk),
            Ok(_) => Error::new(ErrorKind::UnexpectedEof, "the file became shorter while it was read"),
            Err(error) => error,
        };
        Err(SourceError::Io { path, source })
    }
}

/// Fills the buffer from a place of the file on; how many bytes there were, fewer only at the end of the file.
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_some_at(file, &mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_some_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_some_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
