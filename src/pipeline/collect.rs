//! The first half of a run: every file is read into packed columns, or the run fails.
//!
//! Each thread takes the next chunk of the files, reads and parses it while its bytes are in the core's cache, and puts it
//! together with those before it. A thread of its own for that, fed by a channel, was woken for every chunk: 4 to 8 % of
//! a dry run on two cores.

use std::collections::{BTreeMap, HashMap};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, bounded};

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
    /// Position among the pieces of all files.
    number: u64,
    file: usize,
    piece: Piece,
}

/// A piece after parsing.
enum Done {
    Parsed(Box<Parsed>),
    Problem(FileProblem),
    Unreadable(SourceError),
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
    // As many as there are chunks on their way.
    let (spare_out, spare_in) = bounded(reading.threads * (WAITING_PER_THREAD + 1));
    let mut assembler = Assembler::new(files, inputs, columns, parser(), rejects, spare_out);
    let feed = Feed::new(files, reading.chunk_bytes, spare_in);
    let parsers: Vec<Parser> = (0..reading.threads).map(|_| parser()).collect();
    read_all(feed, &mut assembler, parsers, stats, stop)?;
    assembler.finish()
}

/// One thread a parser reads until the end of the feed.
fn read_all(
    feed: Feed<'_>,
    assembler: &mut Assembler<'_>,
    parsers: Vec<Parser>,
    stats: &Stats,
    stop: &AtomicBool,
) -> Result<(), Error> {
    let feed = Mutex::new(feed);
    let assembly = Assembly::new(assembler, parsers.len() * WAITING_PER_THREAD);
    thread::scope(|scope| {
        let (feed, assembly) = (&feed, &assembly);
        let start = |parser| {
            let read = move || read_and_parse(feed, assembly, parser, stats, stop);
            scope.spawn(move || assembly.fail_unless_ok(read))
        };
        let threads: Vec<_> = parsers.into_iter().map(start).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic)))
    })
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
    next_number: u64,
}

impl Feed<'_> {
    fn new(files: &[InputFile], chunk_bytes: usize, spare: Receiver<Vec<u8>>) -> Feed<'_> {
        Feed {
            files,
            chunk_bytes,
            spare,
            open: None,
            next_file: 0,
            next_number: 0,
        }
    }

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
                self.next_number += 1;
                return Ok(Some(Task {
                    number: self.next_number - 1,
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

/// Pieces that may wait, for each thread, for one before them: a slow one must not let the others pile up behind it.
const WAITING_PER_THREAD: usize = 2;

/// The pieces in the order of their numbers, put together by whichever thread brings the next one.
struct Assembly<'a, 'b> {
    pieces: Mutex<Pieces<'a, 'b>>,
    /// Some pieces were put together, or the run has failed.
    moved_on: Condvar,
    /// Pieces that may wait.
    room: usize,
}

struct Pieces<'a, 'b> {
    assembler: &'a mut Assembler<'b>,
    /// Those that came before their turn.
    waiting: BTreeMap<u64, (usize, Done)>,
    next: u64,
    /// A thread failed, so what comes next will never come.
    failed: bool,
}

impl<'a, 'b> Assembly<'a, 'b> {
    fn new(assembler: &'a mut Assembler<'b>, room: usize) -> Assembly<'a, 'b> {
        Assembly {
            pieces: Mutex::new(Pieces {
                assembler,
                waiting: BTreeMap::new(),
                next: 0,
                failed: false,
            }),
            moved_on: Condvar::new(),
            room,
        }
    }

    /// Takes a piece, and waits where too many are waiting for one before them. Whether there is need of more.
    fn add(&self, number: u64, file: usize, done: Done, stats: &Stats) -> Result<bool, Error> {
        let mut pieces = stats.assemble.wait(|| self.lock());
        pieces.waiting.insert(number, (file, done));
        stats.assemble.work(|| pieces.put_together())?;
        self.moved_on.notify_all();
        let is_full = |pieces: &mut Pieces<'_, '_>| pieces.waiting.len() > self.room && !pieces.failed;
        let waited = stats.parse.wait(|| self.moved_on.wait_while(pieces, is_full));
        Ok(!waited.unwrap_or_else(PoisonError::into_inner).failed)
    }

    /// Where a thread ends by an error or a panic, the others end, too: they would wait for its piece.
    fn fail_unless_ok(&self, work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let outcome = panic::catch_unwind(AssertUnwindSafe(work));
        if !matches!(outcome, Ok(Ok(()))) {
            self.lock().failed = true;
            self.moved_on.notify_all();
        }
        outcome.unwrap_or_else(|panic| panic::resume_unwind(panic))
    }

    fn lock(&self) -> MutexGuard<'_, Pieces<'a, 'b>> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pieces<'_, '_> {
    fn put_together(&mut self) -> Result<(), Error> {
        while !self.failed
            && let Some((file, done)) = self.waiting.remove(&self.next)
        {
            match done {
                Done::Parsed(parsed) => self.assembler.add(*parsed)?,
                Done::Problem(problem) => self.assembler.file_problem(file, problem)?,
                Done::Unreadable(error) => return Err(error.into()),
            }
            self.next += 1;
        }
        Ok(())
    }
}

/// One thread's part, to the end of the feed, the stop signal, or the failure of any thread.
fn read_and_parse(
    feed: &Mutex<Feed<'_>>,
    assembly: &Assembly<'_, '_>,
    mut parser: Parser,
    stats: &Stats,
    stop: &AtomicBool,
) -> Result<(), Error> {
    while !stop.load(Ordering::Relaxed) {
        let mut feed = stats.parse.wait(|| feed.lock()).unwrap_or_else(PoisonError::into_inner);
        let Some(task) = stats.read.work(|| feed.next_task())? else {
            break;
        };
        let (kind, spare) = (feed.files[task.file].kind, feed.spare.clone());
        drop(feed);
        let done = done_of(task.piece, kind, &spare, &mut parser, stats);
        if !assembly.add(task.number, task.file, done, stats)? {
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
    add(&stats.input_bytes_parsed, chunk.bytes_on_disk);
    let parsed = parser.parse(kind, chunk);
    add(&stats.records, parsed.accepted());
    add(&stats.rejected, parsed.output.rejects.len() as u64);
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Reason;
    use crate::pipeline::input_report;
    use crate::source::SourceError::NoData;

    /// Hands over an assembler of one file of sleep with a thousand records, and what feeds it.
    fn with_a_file(test: impl FnOnce(&[InputFile], &mut Assembler<'_>, Receiver<Vec<u8>>)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sleep.ndjson");
        let lines = "{\"user_id\":\"u\",\"date\":\"2026-01-01\"}\n".repeat(1000);
        std::fs::write(&path, &lines).unwrap();
        let (path, kind, bytes) = (path.into(), RecordKind::Sleep, lines.len() as u64);
        let files = [InputFile { path, kind, bytes }];
        let (users, texts) = (Arc::new(Interner::of_users()), Arc::new(Interner::of_words()));
        let columns = Columns::new(users, texts, 0);
        let mut inputs: Vec<InputReport> = files.iter().map(input_report).collect();
        let mut rejects = RejectLog::create(None, None).unwrap();
        let (spare_out, spare_in) = bounded(1);
        let parser = Parser::without_readers();
        let mut assembler = Assembler::new(&files, &mut inputs, columns, parser, &mut rejects, spare_out);
        test(&files, &mut assembler, spare_in);
    }

    #[test]
    fn a_panic_of_a_parser_ends_the_run() {
        with_a_file(|files, assembler, spare| {
            let parsers = vec![Parser::without_readers(), Parser::without_readers()];
            let feed = Feed::new(files, 50, spare);
            let (stats, stop) = (Stats::default(), AtomicBool::new(false));
            let reading = AssertUnwindSafe(|| read_all(feed, assembler, parsers, &stats, &stop));
            assert!(panic::catch_unwind(reading).is_err());
        });
    }

    #[test]
    fn who_waits_for_a_piece_ends_when_its_thread_fails() {
        with_a_file(|_, assembler, _| {
            let problem = || FileProblem {
                reason: Reason::Truncated,
                detail: String::new(),
            };
            let (assembly, stats) = (Assembly::new(assembler, 0), Stats::default());
            let (assembly, stats) = (&assembly, &stats);
            thread::scope(|scope| {
                let add = |number| move || assembly.add(number, 0, Done::Problem(problem()), stats);
                let waiting = scope.spawn(add(1));
                let fail = || Err(NoData { paths: String::new() }.into());
                assert!(assembly.fail_unless_ok(fail).is_err());
                assert!(!waiting.join().unwrap().unwrap());
                assert!(!add(0)().unwrap());
            });
        });
    }
}
