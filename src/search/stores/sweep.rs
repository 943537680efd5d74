//! Reads a store on all cores: each thread has a connection of its own and takes a stretch of the work. What comes in: a
//! path and items; what goes out: what the threads found, in no order. It knows nothing of days.

use std::num::NonZero;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Sender, bounded};
use rusqlite::{Connection, OpenFlags};

/// So many batches may wait for whoever takes them: enough that no thread pauses, few enough that memory stays small.
const WAITING: usize = 4;

/// Fewer items than this are not worth a thread.
const ITEMS_A_THREAD: usize = 64;

/// More than one, so that no core waits long for another one that has other work, too.
const STRETCHES_A_CORE: usize = 8;

/// Whether more than one thread would have work.
pub(super) fn is_worth_threads<T>(items: &[T]) -> bool {
    items.len() > ITEMS_A_THREAD
}

/// Opens the store at `path` to read.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    map(&connection)?;
    Ok(connection)
}

/// Lets SQLite map the store instead of reading it.
pub(super) fn map(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "mmap_size", MAPPED_BYTES)
}

/// As much of a store as SQLite will map: what lies there is not copied before it is read.
const MAPPED_BYTES: i64 = 1 << 40;

/// Calls `work` with stretches of the items, on as many threads as there are cores; what it sends comes to `each` on
/// this one.
pub(super) fn on_all_cores<T: Sync, R: Send>(
    path: &Path,
    items: &[T],
    work: impl Fn(&Connection, &[T], &mut dyn FnMut(R)) -> rusqlite::Result<()> + Sync,
    mut each: impl FnMut(R),
) -> rusqlite::Result<()> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let length = items.len().div_ceil(cores * STRETCHES_A_CORE).max(ITEMS_A_THREAD);
    let stretches = Mutex::new(items.chunks(length));
    let next = || stretches.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (sender, receiver) = bounded(WAITING);
    let run = |sender: Sender<R>| -> rusqlite::Result<()> {
        let connection = open(path)?;
        // One snapshot for all that this thread reads.
        connection.execute_batch("BEGIN")?;
        while let Some(stretch) = next() {
            // Nobody takes what is sent only when this thread's scope is already ending.
            work(&connection, stretch, &mut |found| drop(sender.send(found)))?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores.min(items.len().div_ceil(length)))
            .map(|_| {
                let (run, sender) = (&run, sender.clone());
                scope.spawn(move || run(sender))
            })
            .collect();
        drop(sender);
        receiver.into_iter().for_each(&mut each);
        // A panic of a thread is a defect, and goes on here.
        let mut ended = threads.into_iter().map(|thread| thread.join());
        ended.try_for_each(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}
