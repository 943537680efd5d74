//! The first half of a run: every file is read into packed columns, or the run fails.
//!
//! Each thread takes the next chunk of the files, reads and parses it while its bytes are in the core's cache, and hands it
//! to the calling thread, which puts the chunks together in order. A ticket is taken for every chunk on its way, so a slow
//! one cannot let the others pile up behind it.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::assemble::{Assembler, Parsed};
use super::parser::Parser;
use super::rejects::RejectLog;
use crate::columns::{Columns, Interner};
use crate::config::IngestConfig;
use crate::error::Error;
use crate::record::{Profile, RecordKind};
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
    Unreadable(SourceError),
    /// What the panic said.
    Panicked(Box<dyn Any + Send>),
}

/// How `collect` is to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Threads that read and parse.
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
    let users = Arc::new(Interner::of_users());
    let texts = Arc::new(Interner::of_words());
    let parser = || Parser::new(Arc::clone(&users), Arc::clone(&texts));
    let columns = Columns::new(Arc::clone(&users), Arc::clone(&texts), reading.memory_bytes);
    let workers = reading.threads;
    // As many as there are chunks on their way.
    let (spare_out, spare_in) = bounded(workers * 3);
    let mut assembler = Assembler::new(files, inputs, columns, parser(), rejects, spare_out);
    let feed = Mutex::new(Feed {
        files,
        chunk_bytes: reading.chunk_bytes,
        spare: spare_in,
        open: None,
        next_file: 0,
        next_ticket: 0,
    });
    thread::scope(|scope| {
        let (tickets_out, tickets_in) = bounded(workers * 3);
        let (done_out, done_in) = bounded(workers);
        let start = |_| {
            let (feed, tickets, done, parser) = (&feed, tickets_out.clone(), done_out.clone(), parser());
            scope.spawn(move || read_and_parse(feed, &tickets, &done, parser, stats, stop))
        };
        let threads: Vec<_> = (0..workers).map(start).collect();
        drop((tickets_out, done_out));
        let assembled = assemble(done_in, tickets_in, &mut assembler, stats);
        let read = threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        assembled.and(read.map_err(Error::from))
    })?;
    assembler.finish()
}

/// The files, piece by piece.
struct Feed<'a> {
    files: &'a [InputFile],
    chunk_bytes: usize,
    /// Buffers of chunks that are done.
    spare: Receiver<Vec<u8>>,
    /// The file that is being read.
    open: Option<Chunks>,
    next_file: usize,
    next_ticket: u64,
}

impl Feed<'_> {
    /// The next piece of the input; `None` at its end, or after an error.
    fn next_task(&mut self) -> Result<Option<Task>, SourceError> {
        let task = self.read_on();
        if task.is_err() {
            (self.open, self.next_file) = (None, self.files.len());
        }
        task
    }

    fn read_on(&mut self) -> Result<Option<Task>, SourceError> {
        loop {
            if let Some(piece) = self.open.as_mut().map_or(Ok(None), Chunks::next_piece)? {
                self.next_ticket += 1;
                return Ok(Some(Task {
                    ticket: self.next_ticket - 1,
                    file: self.next_file - 1,
                    piece,
                }));
            }
            self.open = None;
            let Some(input) = self.files.get(self.next_file) else {
                return Ok(None);
            };
            let spare = self.spare.clone();
            self.open = Some(Chunks::open(self.next_file, input, self.chunk_bytes, spare)?);
            self.next_file += 1;
        }
    }
}

/// One thread's part; it ends early, without an error, when nobody takes what it parsed, the stop signal came, or after a
/// panic that it hands on.
fn read_and_parse(
    feed: &Mutex<Feed<'_>>,
    tickets: &Sender<()>,
    done: &Sender<(u64, usize, Done)>,
    mut parser: Parser,
    stats: &Stats,
    stop: &AtomicBool,
) -> Result<(), SourceError> {
    while stats.parse.wait(|| tickets.send(())).is_ok() && !stop.load(Ordering::Relaxed) {
        let mut feed = stats.parse.wait(|| feed.lock()).unwrap_or_else(PoisonError::into_inner);
        let Some(task) = stats.read.work(|| feed.next_task())? else {
            break;
        };
        let (kind, spare) = (feed.files[task.file].kind, feed.spare.clone());
        drop(feed);
        // Nobody uses the parser after a panic. Who takes what was done passes the panic on, and that ends the other threads:
        // without this they would wait for the ticket.
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
            done_of(task.piece, kind, &spare, &mut parser, stats)
        }));
        let panicked = outcome.is_err();
        let outcome = outcome.unwrap_or_else(Done::Panicked);
        let sent = stats.parse.wait(|| done.send((task.ticket, task.file, outcome)));
        if sent.is_err() || panicked {
            break;
        }
    }
    Ok(())
}

fn done_of(piece: Piece, kind: RecordKind, spare: &Receiver<Vec<u8>>, parser: &mut Parser, stats: &Stats) -> Done {
    match piece {
        Piece::Problem(problem) => Done::Problem(problem),
        Piece::Chunk(chunk) => match stats.read.work(|| chunk.read(spare)) {
            Ok(chunk) => Done::Parsed(stats.parse.work(|| Box::new(parsed(chunk, kind, parser, stats)))),
            Err(error) => Done::Unreadable(error),
        },
    }
}

fn parsed(chunk: Chunk, kind: RecordKind, parser: &mut Parser, stats: &Stats) -> Parsed {
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
                Done::Unreadable(error) => Err(error.into()),
                Done::Panicked(panic) => panic::resume_unwind(panic),
            })?;
            // The reader may be gone; then nobody needs the ticket.
            let _ = tickets.try_recv();
            next += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_a_parser_ends_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sleep.json");
        std::fs::write(&path, "[{}]").unwrap();
        let files = [InputFile {
            path: path.into(),
            kind: RecordKind::Sleep,
            bytes: 4,
        }];
        let (spare_out, spare) = bounded(1);
        let feed = Mutex::new(Feed {
            files: &files,
            chunk_bytes: CHUNK_BYTES,
            spare,
            open: None,
            next_file: 0,
            next_ticket: 0,
        });
        // As if other threads went on, the channels stay open.
        let (tickets_out, tickets_in) = bounded(3);
        let (done_out, done_in) = bounded(1);
        let (stats, stop) = (Stats::default(), AtomicBool::new(false));
        read_and_parse(&feed, &tickets_out, &done_out, Parser::without_readers(), &stats, &stop).unwrap();
        let (users, texts) = (Arc::new(Interner::of_users()), Arc::new(Interner::of_words()));
        let columns = Columns::new(users, texts, 0);
        let mut rejects = RejectLog::create(None, None).unwrap();
        let mut assembler = Assembler::new(
            &files,
            &mut [],
            columns,
            Parser::without_readers(),
            &mut rejects,
            spare_out,
        );
        let assembling = AssertUnwindSafe(|| assemble(done_in, tickets_in, &mut assembler, &stats));
        assert!(panic::catch_unwind(assembling).is_err());
        assert!(tickets_out.send(()).is_err() && done_out.send((1, 0, Done::Panicked(Box::new(())))).is_err());
    }
}
