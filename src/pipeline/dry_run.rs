//! A look before the work: what an ingest would make, without a model and without touching a target.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use super::days::DayMaker;
use crate::aggregate::{Grouped, Room};
use crate::document::Document;
use crate::error::Error;
use crate::stats::{Stats, add, get};

/// Days shown.
const SAMPLES: usize = 3;
/// Days worded to estimate the tokens of all.
const MEASURED_DAYS: usize = 1000;
/// Tokens of a word of a gist, besides the two that frame a text: 1,198 gists of generated data had 38.5 words and
/// 59.5 tokens on average.
const TOKENS_A_WORD: f64 = 1.49;
const FRAME_TOKENS: f64 = 2.0;
/// Tokens that one core embeds in a second with the default model in f32: 996 gists of 60,313 tokens took 7.93 s with
/// `--threads 1` on an AMD EPYC with AVX-512.
const CPU_TOKENS_A_SECOND: f64 = 7600.0;

/// What an ingest would make.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Users with at least one day.
    pub users: u64,
    /// Days with at least one record.
    pub user_days: u64,
    /// Some days as they would be worded.
    pub samples: Vec<Document>,
    /// Tokens of all gists, estimated from some.
    pub estimated_tokens: u64,
    /// Seconds that embedding them would take on the CPU, estimated.
    pub estimated_cpu_seconds: f64,
}

/// Counts users and days, and words a few of them.
pub(super) fn look(days: DayMaker<'_>, stats: &Stats, stop: &AtomicBool) -> Result<Preview, Error> {
    let counts = Counts::default();
    let threads = days.config.threads.max(1);
    let count = |room| {
        stats
            .describe
            .work(|| count_partitions(days, room, &counts, stats, stop))
    };
    let mut measured = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| count(Room::default()))).collect();
        // This thread words some days first; the others begin to count.
        let measured = measured(days, stop).and_then(|(measured, room)| count(room).map(|()| measured));
        others
            .into_iter()
            .try_for_each(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))?;
        measured
    })?;
    measured.sort_by(|one, other| (&one.day.user_id, one.day.date).cmp(&(&other.day.user_id, other.day.date)));
    let user_days = get(&counts.user_days);
    let tokens: f64 = measured
        .iter()
        .map(|document| estimated_tokens(&document.words.gist))
        .fold(0.0, |sum, tokens| sum + tokens);
    let all_tokens = tokens / measured.len().max(1) as f64 * user_days as f64;
    let step = (measured.len() / SAMPLES).max(1);
    Ok(Preview {
        users: get(&counts.users),
        user_days,
        samples: measured.into_iter().step_by(step).take(SAMPLES).collect(),
        estimated_tokens: all_tokens as u64,
        estimated_cpu_seconds: all_tokens / CPU_TOKENS_A_SECOND / threads as f64,
    })
}

#[derive(Default)]
struct Counts {
    next_bucket: AtomicUsize,
    users: AtomicU64,
    user_days: AtomicU64,
}

fn count_partitions(
    days: DayMaker<'_>,
    mut room: Room,
    counts: &Counts,
    stats: &Stats,
    stop: &AtomicBool,
) -> Result<(), Error> {
    loop {
        let bucket = counts.next_bucket.fetch_add(1, Ordering::Relaxed);
        let columns = &days.collected.columns;
        if bucket >= columns.buckets() || stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let bucket = columns.bucket(bucket)?;
        for partition in 0..bucket.partitions() {
            let grouped = Grouped::load(&bucket, partition, room)?;
            let count: usize = (0..grouped.users().len()).map(|user| grouped.dates(user).len()).sum();
            add(&counts.users, grouped.users().len() as u64);
            add(&counts.user_days, count as u64);
            add(&stats.days, count as u64);
            room = grouped.into_room();
        }
    }
}

/// Enough worded days of the first users, the same in every run, and the memory it took.
fn measured(days: DayMaker<'_>, stop: &AtomicBool) -> Result<(Vec<Document>, Room), Error> {
    let (mut measured, mut room) = (Vec::new(), Room::default());
    let columns = &days.collected.columns;
    for bucket in 0..columns.buckets() {
        let bucket = columns.bucket(bucket)?;
        for partition in 0..bucket.partitions() {
            if measured.len() >= MEASURED_DAYS || stop.load(Ordering::Relaxed) {
                return Ok((measured, room));
            }
            let mut grouped = Grouped::load(&bucket, partition, room)?;
            grouped.keep_users(users_with_days(&grouped, MEASURED_DAYS - measured.len()));
            let numbers = days.numbers(&grouped)?;
            for user in 0..grouped.users().len() {
                measured.extend(days.user_documents(&grouped, &numbers, user));
            }
            room = grouped.into_room();
        }
    }
    Ok((measured, room))
}

/// How many of the first users have so many days, or all.
fn users_with_days(grouped: &Grouped, wanted: usize) -> usize {
    let (mut users, mut days) = (0, 0);
    while days < wanted && users < grouped.users().len() {
        days += grouped.dates(users).len();
        users += 1;
    }
    users
}

fn estimated_tokens(gist: &str) -> f64 {
    gist.split_whitespace().count() as f64 * TOKENS_A_WORD + FRAME_TOKENS
}
