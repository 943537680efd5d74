//! The first half of a run: every file is read into packed columns, or the run fails.
//!
//! One thread reads, several parse, and the calling thread puts the chunks together in order. Each channel holds as
//! many chunks as there are parsers: one is being parsed, one is ready. A ticket is taken for every chunk on its way,
//! so a slow one cannot let the others pile up behind it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::assemble::{Assembler, Parsed};
use super::parser::Parser;
use super::rejects::RejectLog;
use crate::columns::{Columns, Interner};
use crate::config::IngestConfig;
use crate::error::Error;
use crate::record::Profile;
use crate::report::InputReport;
use crate::source::{CHUNK_BYTES, Chunk, Chunks, FileProblem, InputFile, Piece, SourceError};
use crate::stats::{Stats, add};

/// All input, ready for `publish`.
pub(super) struct Collected {
    /// All rows.
    pub columns: Columns,
    /// What `users.json` says, the last record of a user.
    pub profiles: HashMap<Arc<str>, Profile>,
}

/// A piece of a file on its way.
struct Task {
    ticket: u64,
    file: usize,
    piece: Piece,
}

/// A piece after parsing.
enum Done {
    Parsed(Box<Parsed>),
    Problem(FileProblem),
}

/// How `collect` is to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Threads that parse.
    pub(super) threads: usize,
    /// Packed columns kept in memory.
    pub(super) memory_bytes: u64,
    /// Bytes of a chunk, about.
    pub(super) chunk_bytes: usize,
}

impl Reading {
    pub(super) fn of(config: &IngestConfig) -> Reading {
        Reading {
            threads: config.threads.max(1),
            memory_bytes: config.memory_bytes,
            chunk_bytes: CHUNK_BYTES,
        }
    }
}

/// Reads `files`; what each gave is left in `inputs`, refused records in `rejects`.
pub(super) fn collect(
    reading: Reading,
    files: &[InputFile],
    inputs: &mut [InputReport],
    rejects: &mut RejectLog,
    stats: &Stats,
    stop: &AtomicBool,
) -> Result<Collected, Error> {
    let users = Arc::new(Interner::default());
    let texts = Arc::new(Interner::default());
    let parser = || Parser::new(Arc::clone(&users), Arc::clone(&texts));
    let columns = Columns::new(Arc::clone(&users), Arc::clone(&texts), reading.memory_bytes);
    let workers = reading.threads;
    // As many as there are chunks on their way.
    let (spare_out, spare_in) = bounded(workers * 3);
    let mut assembler = Assembler::new(files, inputs, columns, parser(), rejects, spare_out);
    thread::scope(|scope| {
        let (tickets_out, tickets_in) = bounded(workers * 3);
        let (tasks_out, tasks_in) = bounded(workers);
        let (done_out, done_in) = bounded(workers);
        let reader = scope.spawn(move || {
            let source = Source {
                files,
                chunk_bytes: reading.chunk_bytes,
                spare: spare_in,
            };
            read(&source, &tasks_out, &tickets_out, stats, stop)
        });
        for _ in 0..workers {
            let (tasks, done, mut parser) = (tasks_in.clone(), done_out.clone(), parser());
            scope.spawn(move || parse(files, &tasks, &done, &mut parser, stats));
        }
        drop((tasks_in, done_out));
        let assembled = assemble(done_in, tickets_in, &mut assembler, stats);
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        assembled.and(read.map_err(Error::from))
    })?;
    assembler.finish()
}

/// What the reading thread works with.
struct Source<'a> {
    files: &'a [InputFile],
    chunk_bytes: usize,
    /// Buffers of chunks that are done.
    spare: Receiver<Vec<u8>>,
}

/// Hands out the pieces of every file; ends early, without an error, when nobody takes them or the stop signal came.
fn read(
    source: &Source<'_>,
    tasks: &Sender<Task>,
    tickets: &Sender<()>,
    stats: &Stats,
    stop: &AtomicBool,
) -> Result<(), SourceError> {
    let mut ticket = 0;
    for (file, input) in source.files.iter().enumerate() {
        let mut chunks = Chunks::open(file, input, source.chunk_bytes, source.spare.clone())?;
        while let Some(piece) = stats.read.work(|| chunks.next_piece())? {
            let sent = stats
                .read
                .wait(|| tickets.send(()).is_ok() && tasks.send(Task { ticket, file, piece }).is_ok());
            if !sent || stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            ticket += 1;
        }
    }
    Ok(())
}

fn parse(
    files: &[InputFile],
    tasks: &Receiver<Task>,
    done: &Sender<(u64, usize, Done)>,
    parser: &mut Parser,
    stats: &Stats,
) {
    while let Ok(task) = stats.parse.wait(|| tasks.recv()) {
        let outcome = stats.parse.work(|| match task.piece {
            Piece::Problem(problem) => Done::Problem(problem),
            Piece::Chunk(chunk) => Done::Parsed(Box::new(parsed(chunk, files[task.file].kind, parser, stats))),
        });
        if stats
            .parse
            .wait(|| done.send((task.ticket, task.file, outcome)))
            .is_err()
        {
            return;
        }
    }
}

fn parsed(chunk: Chunk, kind: crate::record::RecordKind, parser: &mut Parser, stats: &Stats) -> Parsed {
    add(&stats.parsed_bytes, chunk.bytes.len() as u64);
    let parsed = parser.parse(kind, chunk);
    add(&stats.records, parsed.accepted());
    add(&stats.rejected, parsed.output.rejects.len() as u64);
    parsed
}

/// Takes what was parsed in the order of the tickets.
fn assemble(
    done: Receiver<(u64, usize, Done)>,
    tickets: Receiver<()>,
    assembler: &mut Assembler<'_>,
    stats: &Stats,
) -> Result<(), Error> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    while let Ok((ticket, file, outcome)) = stats.assemble.wait(|| done.recv()) {
        waiting.insert(ticket, (file, outcome));
        while let Some((file, outcome)) = waiting.remove(&next) {
            stats.assemble.work(|| match outcome {
                Done::Parsed(parsed) => assembler.add(*parsed),
                Done::Problem(problem) => assembler.file_problem(file, problem),
            })?;
            // The reader may be gone; then nobody needs the ticket.
            let _ = tickets.try_recv();
            next += 1;
        }
    }
    Ok(())
}
