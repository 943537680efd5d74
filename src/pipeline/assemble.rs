//! Chunks put together in order: the result is that of one reading from the first byte of a file to its last.
//!
//! Each chunk was parsed on the guess that it begins with a record. Where the chunk before it ended otherwise (inside
//! a record, or where a comma was due), the guess was wrong: the left-over bytes are joined to it and both are parsed
//! again.

use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::collect::Collected;
use super::parser::Parser;
use super::rejects::RejectLog;
use crate::columns::{Columns, Order, PackedChunk};
use crate::error::Error;
use crate::parse::{ChunkEnd, ChunkOutput, Ended, Expecting, Form, Reason, Reject};
use crate::record::{Profile, RecordKind};
use crate::report::InputReport;
use crate::source::{CHUNK_BYTES, Chunk, FileProblem, InputFile};

/// A record longer than this is refused: a file whose bracket is never closed must not fill the memory.
const LONGEST_RECORD_BYTES: usize = 64 << 20;

/// A chunk and what came of it.
pub(super) struct Parsed {
    pub(super) kind: RecordKind,
    pub(super) rows: u64,
    pub(super) packed: PackedChunk,
    pub(super) output: ChunkOutput,
    pub(super) chunk: Chunk,
}

impl Parsed {
    /// Records accepted.
    pub(super) fn accepted(&self) -> u64 {
        self.rows + self.output.profiles.len() as u64
    }
}

/// Puts the chunks of all files together.
pub(super) struct Assembler<'a> {
    files: &'a [InputFile],
    inputs: &'a mut [InputReport],
    columns: Columns,
    profiles: HashMap<Arc<str>, Profile>,
    parser: Parser,
    rejects: &'a mut RejectLog,
    /// Takes the bytes of chunks that are done.
    spare: Sender<Vec<u8>>,
    state: FileState,
    /// Data files that held no records at all, and what they look like.
    unreadable: Vec<(usize, String)>,
}

/// Where the reading of a file stands between two chunks.
#[derive(Default)]
struct FileState {
    /// Records so far, good and bad.
    records: u64,
    /// What may come next; `None` before the first chunk.
    expecting: Option<Expecting>,
    /// Bytes that belong to the next chunk.
    left_over: Option<Chunk>,
}

impl<'a> Assembler<'a> {
    pub(super) fn new(
        files: &'a [InputFile],
        inputs: &'a mut [InputReport],
        columns: Columns,
        parser: Parser,
        rejects: &'a mut RejectLog,
        spare: Sender<Vec<u8>>,
    ) -> Assembler<'a> {
        let (profiles, state, unreadable) = (HashMap::new(), FileState::default(), Vec::new());
        Assembler {
            files,
            inputs,
            columns,
            profiles,
            parser,
            rejects,
            spare,
            state,
            unreadable,
        }
    }

    /// Takes the next chunk of a file.
    pub(super) fn add(&mut self, parsed: Parsed) -> Result<(), Error> {
        if let Some(left_over) = self.state.left_over.take() {
            return self.add_joined(left_over, parsed);
        }
        match self.state.expecting {
            Some(expecting) if !expecting.takes_a_record() => {
                let chunk = Chunk {
                    expecting,
                    ..parsed.chunk
                };
                let again = self.parser.parse(parsed.kind, chunk);
                self.accept(again)
            }
            _ => self.accept(parsed),
        }
    }

    /// Parses the bytes left over and the chunk after them as one. What is left over grows at least twofold before it
    /// is parsed again, so a long record costs no more than a few readings of its bytes.
    fn add_joined(&mut self, mut joined: Chunk, parsed: Parsed) -> Result<(), Error> {
        let before = joined.bytes.len();
        joined.bytes.extend_from_slice(&parsed.chunk.bytes);
        joined.number = parsed.chunk.number;
        joined.end = parsed.chunk.end;
        if joined.end == ChunkEnd::More {
            if joined.bytes.len() < 2 * before && joined.bytes.len() <= LONGEST_RECORD_BYTES {
                self.state.left_over = Some(joined);
                return Ok(());
            }
            if joined.bytes.len() > LONGEST_RECORD_BYTES {
                joined.end = ChunkEnd::Overlong;
            }
        }
        let again = self.parser.parse(parsed.kind, joined);
        self.accept(again)
    }

    fn accept(&mut self, parsed: Parsed) -> Result<(), Error> {
        let mut next = Some(parsed);
        while let Some(parsed) = next {
            next = self.accept_one(parsed)?;
        }
        Ok(())
    }

    /// Takes what was parsed of a chunk; the rest, parsed, if there were too many rejects to take all at once.
    fn accept_one(&mut self, parsed: Parsed) -> Result<Option<Parsed>, Error> {
        let accepted = parsed.accepted();
        let Parsed {
            kind,
            rows: _,
            packed,
            output,
            chunk,
        } = parsed;
        self.inputs[chunk.file].records += accepted;
        if kind == RecordKind::Users {
            self.profiles.extend(output.profiles);
        } else {
            let order = Order {
                file: chunk.file as u32,
                chunk: chunk.number,
            };
            self.columns.add(kind, order, packed)?;
        }
        for reject in output.rejects {
            let record = Some(self.state.records + reject.record);
            let byte_offset = chunk.offset + reject.at as u64;
            let file = Arc::clone(&self.files[chunk.file].path);
            let (reason, detail, excerpt) = (reject.reason, reject.detail.into_owned(), reject.excerpt);
            self.reject(
                chunk.file,
                Reject {
                    file,
                    record,
                    byte_offset,
                    reason,
                    detail,
                    excerpt,
                },
            )?;
        }
        self.state.records += output.records;
        match (chunk.end, output.ended) {
            (_, Ended::Full(at, expecting)) => {
                let mut rest = rest_of(chunk, at, expecting);
                if rest.end == ChunkEnd::Overlong {
                    // The record that was too long is behind.
                    rest.end = ChunkEnd::More;
                }
                return Ok(Some(self.parser.parse(kind, rest)));
            }
            (ChunkEnd::More | ChunkEnd::Overlong, Ended::Inside(at, expecting)) => self.keep(chunk, at, expecting),
            (ChunkEnd::More | ChunkEnd::Overlong, Ended::Between(expecting)) => {
                self.state.expecting = Some(expecting);
                self.give_back(chunk.bytes);
            }
            (ChunkEnd::File | ChunkEnd::Broken, ended) => self.end_of_file(&chunk, ended)?,
        }
        Ok(None)
    }

    /// Hands the bytes of a chunk back to the reader, unless there are enough, or they are many.
    fn give_back(&self, bytes: Vec<u8>) {
        if bytes.capacity() <= 2 * CHUNK_BYTES {
            // Without room, or when the reader is gone, nobody needs them.
            let _ = self.spare.try_send(bytes);
        }
    }

    /// Leaves the bytes from `at` to be parsed with the next chunk.
    fn keep(&mut self, chunk: Chunk, at: usize, expecting: Expecting) {
        self.state.left_over = Some(rest_of(chunk, at, expecting));
    }

    fn end_of_file(&mut self, chunk: &Chunk, ended: Ended) -> Result<(), Error> {
        self.state = FileState::default();
        let closed = chunk.form == Form::Lines
            || matches!(
                ended,
                Ended::Between(Expecting::Nothing | Expecting::Afterwards | Expecting::RestOfRecord(_))
            );
        if closed || chunk.end == ChunkEnd::Broken {
            return Ok(());
        }
        let detail = "the file ends without its closing bracket, so its end may be missing; fetch or export it again";
        self.file_problem(
            chunk.file,
            FileProblem {
                reason: Reason::Truncated,
                detail: detail.to_string(),
            },
        )
    }

    /// Takes a problem of a file as a whole.
    pub(super) fn file_problem(&mut self, file: usize, problem: FileProblem) -> Result<(), Error> {
        let input = &self.inputs[file];
        if input.records == 0 && input.rejected == 0 {
            self.unreadable.push((file, problem.detail.clone()));
        }
        let path = Arc::clone(&self.files[file].path);
        let (reason, detail, excerpt) = (problem.reason, problem.detail, String::new());
        self.reject(
            file,
            Reject {
                file: path,
                record: None,
                byte_offset: 0,
                reason,
                detail,
                excerpt,
            },
        )
    }

    fn reject(&mut self, file: usize, reject: Reject) -> Result<(), Error> {
        self.inputs[file].rejected += 1;
        self.rejects.push(&reject)
    }

    /// All input, unless none of the data files could be read.
    pub(super) fn finish(mut self) -> Result<Collected, Error> {
        let is_unreadable = |file: &usize| self.unreadable.iter().any(|(unreadable, _)| unreadable == file);
        let mut data_files = (0..self.files.len()).filter(|file| self.files[*file].kind != RecordKind::Users);
        if data_files.all(|file| is_unreadable(&file)) {
            let problem = |(file, detail): &(usize, String)| format!("{}: {detail}", self.files[*file].path.display());
            let problems = self.unreadable.iter().map(problem).collect::<Vec<_>>().join("; ");
            return Err(Error::NoReadableData { problems });
        }
        self.columns.finish()?;
        Ok(Collected {
            columns: self.columns,
            profiles: self.profiles,
        })
    }
}

/// The bytes of a chunk from `at` on.
fn rest_of(mut chunk: Chunk, at: usize, expecting: Expecting) -> Chunk {
    if at > 0 {
        chunk.opens_a_line = chunk.bytes[at - 1] == b'\n';
    }
    chunk.bytes.drain(..at);
    chunk.offset += at as u64;
    chunk.expecting = expecting;
    chunk
}
