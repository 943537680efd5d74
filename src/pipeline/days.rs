//! Partitions become documents on several threads, and come out in one order.
//!
//! Each thread takes every n-th partition and has a channel of its own; the consumer goes round, so documents arrive
//! partition by partition whatever the threads do, and few of them are in memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Scope;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::collect::Collected;
use crate::aggregate::{Aggregator, Grouped, Numbers, user_days};
use crate::config::IngestConfig;
use crate::day::Day;
use crate::describe::describe;
use crate::document::Document;
use crate::error::Error;
use crate::stats::Stats;

/// Documents of a batch, at least, but for the last: enough texts for the encoder to pack well and for a transaction to
/// pay off; few enough that a killed run loses seconds, not minutes, on a slow machine.
const BATCH_DOCUMENTS: usize = 512;

/// What a thread sends.
enum Message {
    /// Whole users, each user's days in order.
    Documents(Vec<Document>),
    EndOfPartition,
    Failed(Error),
}

/// The documents of all partitions, in batches, in an order that depends on nothing but the data.
pub(super) struct Batches {
    receivers: Vec<Receiver<Message>>,
    partition: usize,
    partitions: usize,
}

impl Batches {
    /// Starts the threads.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        days: DayMaker<'scope>,
        stats: &'scope Stats,
        stop: &'scope AtomicBool,
    ) -> Batches {
        let threads = days.config.threads.max(1);
        let partitions = days.collected.columns.partitions();
        let start = |first: usize| {
            // One batch waits while the next is made.
            let (sender, receiver) = bounded(1);
            scope.spawn(move || {
                for partition in (first..partitions).step_by(threads) {
                    if stop.load(Ordering::Relaxed) || !days.send_partition(partition, stats, &sender) {
                        return;
                    }
                }
            });
            receiver
        };
        Batches {
            receivers: (0..threads).map(start).collect(),
            partition: 0,
            partitions,
        }
    }

    /// The next batch, over the borders of partitions; `None` at the end, or after a stop.
    pub(super) fn next(&mut self, stats: &Stats) -> Result<Option<Vec<Document>>, Error> {
        let mut batch = Vec::new();
        while self.partition < self.partitions && batch.len() < BATCH_DOCUMENTS {
            let receiver = &self.receivers[self.partition % self.receivers.len()];
            match stats.compare.wait(|| receiver.recv()) {
                Ok(Message::Documents(documents)) => batch.extend(documents),
                Ok(Message::EndOfPartition) => self.partition += 1,
                Ok(Message::Failed(error)) => return Err(error),
                Err(_) => return Ok(None),
            }
        }
        Ok((!batch.is_empty()).then_some(batch))
    }
}

/// Makes documents of partitions.
#[derive(Clone, Copy)]
pub(super) struct DayMaker<'a> {
    pub(super) collected: &'a Collected,
    pub(super) aggregator: &'a dyn Aggregator,
    pub(super) config: &'a IngestConfig,
}

impl DayMaker<'_> {
    /// Sends the documents of a partition; `false` when there is nobody to take them.
    fn send_partition(&self, partition: usize, stats: &Stats, sender: &Sender<Message>) -> bool {
        let (grouped, numbers) = match stats.describe.work(|| self.load(partition)) {
            Ok(loaded) => loaded,
            Err(error) => return sender.send(Message::Failed(error)).is_ok(),
        };
        let send = |message| stats.describe.wait(|| sender.send(message)).is_ok();
        let mut batch = Vec::new();
        for user in 0..grouped.users().len() {
            batch.extend(stats.describe.work(|| self.user_documents(&grouped, &numbers, user)));
            if batch.len() >= BATCH_DOCUMENTS && !send(Message::Documents(std::mem::take(&mut batch))) {
                return false;
            }
        }
        (batch.is_empty() || send(Message::Documents(batch))) && send(Message::EndOfPartition)
    }

    /// The rows of a partition brought together, and their numbers.
    fn load(&self, partition: usize) -> Result<(Grouped, Numbers), Error> {
        let grouped = Grouped::load(&self.collected.columns, partition)?;
        let numbers = Numbers::of(&grouped, self.aggregator)?;
        Ok((grouped, numbers))
    }

    /// The documents of one user's days, in order, without the model's fingerprint.
    pub(super) fn user_documents(&self, grouped: &Grouped, numbers: &Numbers, user: usize) -> Vec<Document> {
        let profiles = &self.collected.profiles;
        let profile = profiles.get(&grouped.users()[user]).filter(|_| self.config.profile);
        let days = user_days(grouped, numbers, user, &self.collected.columns, profile);
        let words: Vec<_> = days
            .iter()
            .enumerate()
            .map(|(index, day)| describe(day, day_before(&days, index), profile, self.config.style))
            .collect();
        let template = self.config.style.template();
        days.into_iter()
            .zip(words)
            .map(|(day, words)| Document::new(day, words, template, None))
            .collect()
    }
}

/// The calendar day before, if it has data.
fn day_before(days: &[Day], index: usize) -> Option<&Day> {
    let before = days.get(index.checked_sub(1)?)?;
    (before.date.plus(1) == days[index].date).then_some(before)
}
