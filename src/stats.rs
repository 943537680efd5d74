//! Counters of a run: stages add to them, `progress.rs` shows them, the report takes their sum.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

/// What a run has done so far. Shared by all its threads.
#[derive(Debug, Default)]
pub struct Stats {
    /// Bytes of all input files, on disk.
    pub input_bytes: AtomicU64,
    /// Of these, those that were parsed.
    pub input_bytes_parsed: AtomicU64,
    /// Decompressed bytes parsed.
    pub parsed_bytes: AtomicU64,
    /// Records accepted.
    pub records: AtomicU64,
    /// Records and damaged places refused.
    pub rejected: AtomicU64,
    /// When all was read, and days began to be made.
    pub publishing_since: OnceLock<Instant>,
    /// Records whose day is finished.
    pub published_records: AtomicU64,
    /// Days finished: stored everywhere, or found unchanged.
    pub days: AtomicU64,
    /// Reading and decompressing.
    pub read: Stage,
    /// Parsing chunks into packed columns.
    pub parse: Stage,
    /// Putting chunks together.
    pub assemble: Stage,
    /// Grouping, computing and wording days.
    pub describe: Stage,
    /// Asking targets what they hold.
    pub compare: Stage,
    /// Looking texts up and tokenizing them.
    pub prepare: Stage,
    /// Running the model.
    pub embed: Stage,
    /// Writing to targets.
    pub push: Stage,
}

/// Time of one stage, over all its threads.
#[derive(Debug, Default)]
pub struct Stage {
    busy_nanoseconds: AtomicU64,
    blocked_nanoseconds: AtomicU64,
}

/// A stage in the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageTime {
    /// Name of the stage.
    pub name: &'static str,
    /// Seconds of work, added over its threads.
    pub seconds: f64,
    /// Seconds it waited for the stage before or after it.
    pub blocked_seconds: f64,
}

impl Stage {
    /// Counts the time of `work` as work.
    pub fn work<T>(&self, work: impl FnOnce() -> T) -> T {
        timed(&self.busy_nanoseconds, work)
    }

    /// Counts the time of `wait` as waiting for a neighbour.
    pub fn wait<T>(&self, wait: impl FnOnce() -> T) -> T {
        timed(&self.blocked_nanoseconds, wait)
    }
}

fn timed<T>(nanoseconds: &AtomicU64, action: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let outcome = action();
    add(nanoseconds, start.elapsed().as_nanos() as u64);
    outcome
}

/// Adds to a counter.
pub fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

/// The value of a counter.
pub fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Stats {
    /// The time of every stage, in the order of the pipeline.
    pub fn stages(&self) -> Vec<StageTime> {
        let seconds = |nanoseconds: &AtomicU64| Duration::from_nanos(get(nanoseconds)).as_secs_f64();
        let stages = [
            ("read", &self.read),
            ("parse", &self.parse),
            ("assemble", &self.assemble),
            ("describe", &self.describe),
            ("compare", &self.compare),
            ("prepare", &self.prepare),
            ("embed", &self.embed),
            ("push", &self.push),
        ];
        let time = |(name, stage): (&'static str, &Stage)| StageTime {
            name,
            seconds: seconds(&stage.busy_nanoseconds),
            blocked_seconds: seconds(&stage.blocked_nanoseconds),
        };
        stages.map(time).into()
    }
}
