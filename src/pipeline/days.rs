//! Buckets of users become documents on several threads, and come out in one order.
//!
//! Each thread takes every n-th bucket and has a channel of its own; the consumer goes round, so documents arrive
//! bucket by bucket whatever the threads do, and few of them are in memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Scope;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::collect::Collected;
use crate::aggregate::{AggregateError, Aggregator, Grouped, Numbers, Room, user_days};
use crate::columns::Bucket;
use crate::config::IngestConfig;
use crate::day::Day;
use crate::describe::{DayFacts, describe};
use crate::document::Document;
use crate::error::Error;
use crate::record::Profile;
use crate::stats::Stats;

/// Documents of a batch, at least, but for the last: enough texts for the CPU to pack well and for a transaction to pay
/// off; few enough that a killed run loses seconds, not minutes, on a slow machine. A GPU wants more at once.
const BATCH_DOCUMENTS: usize = 512;

/// What a thread sends.
enum Message {
    /// Whole users, each user's days in order.
    Documents(Vec<Document>),
    EndOfBucket,
    Failed(Error),
}

/// The documents of all buckets, in batches, in an order that depends on nothing but the data.
pub(super) struct Batches {
    receivers: Vec<Receiver<Message>>,
    bucket: usize,
    buckets: usize,
    /// Documents of a batch, at least, but for the last.
    documents: usize,
}

impl Batches {
    /// Starts the threads; batches hold so many documents, or the usual number if that is more.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        days: DayMaker<'scope>,
        documents: usize,
        stats: &'scope Stats,
        stop: &'scope AtomicBool,
    ) -> Batches {
        let threads = days.config.threads.max(1);
        let buckets = days.collected.columns.buckets();
        let start = |first: usize| {
            // One batch waits while the next is made.
            let (sender, receiver) = bounded(1);
            scope.spawn(move || {
                let mut room = Room::default();
                for bucket in (first..buckets).step_by(threads) {
                    if stop.load(Ordering::Relaxed) || !days.send_bucket(bucket, &mut room, stats, &sender) {
                        return;
                    }
                }
            });
            receiver
        };
        Batches {
            receivers: (0..threads).map(start).collect(),
            bucket: 0,
            buckets,
            documents: documents.max(BATCH_DOCUMENTS),
        }
    }

    /// The next batch, over the borders of buckets; `None` at the end, or after a stop.
    pub(super) fn next(&mut self, stats: &Stats) -> Result<Option<Vec<Document>>, Error> {
        let mut batch = Vec::new();
        while self.bucket < self.buckets && batch.len() < self.documents {
            let receiver = &self.receivers[self.bucket % self.receivers.len()];
            match stats.compare.wait(|| receiver.recv()) {
                Ok(Message::Documents(documents)) => batch.extend(documents),
                Ok(Message::EndOfBucket) => self.bucket += 1,
                Ok(Message::Failed(error)) => return Err(error),
                Err(_) => return Ok(None),
            }
        }
        Ok((!batch.is_empty()).then_some(batch))
    }

    /// Whether every bucket came to its end: a thread that stops or panics leaves some.
    pub(super) fn are_complete(&self) -> bool {
        self.bucket == self.buckets
    }
}

/// Makes documents of rows.
#[derive(Clone, Copy)]
pub(super) struct DayMaker<'a> {
    pub(super) collected: &'a Collected,
    pub(super) aggregator: &'a dyn Aggregator,
    pub(super) config: &'a IngestConfig,
}

impl DayMaker<'_> {
    /// Sends the documents of a bucket, with the rows in the memory of `room`; `false` when there is nobody to take them.
    fn send_bucket(&self, bucket: usize, room: &mut Room, stats: &Stats, sender: &Sender<Message>) -> bool {
        let send = |message| stats.describe.wait(|| sender.send(message)).is_ok();
        let sent = stats
            .describe
            .work(|| self.collected.columns.bucket(bucket))
            .map_err(Error::from)
            .and_then(|bucket| {
                for partition in 0..bucket.partitions() {
                    if !self.send_partition((&bucket, partition), room, stats, &send)? {
                        return Ok(false);
                    }
                }
                Ok(send(Message::EndOfBucket))
            });
        sent.unwrap_or_else(|error| send(Message::Failed(error)))
    }

    fn send_partition(
        &self,
        (bucket, partition): (&Bucket<'_>, usize),
        room: &mut Room,
        stats: &Stats,
        send: &impl Fn(Message) -> bool,
    ) -> Result<bool, Error> {
        let (grouped, numbers) = stats
            .describe
            .work(|| self.load(bucket, partition, std::mem::take(room)))?;
        let mut batch = Vec::new();
        for user in 0..grouped.users().len() {
            batch.extend(stats.describe.work(|| self.user_documents(&grouped, &numbers, user)));
            if batch.len() >= BATCH_DOCUMENTS && !send(Message::Documents(std::mem::take(&mut batch))) {
                return Ok(false);
            }
        }
        *room = grouped.into_room();
        Ok(batch.is_empty() || send(Message::Documents(batch)))
    }

    /// The rows of a partition brought together, and their numbers.
    fn load(&self, bucket: &Bucket<'_>, partition: usize, room: Room) -> Result<(Grouped, Numbers), Error> {
        let grouped = Grouped::load(bucket, partition, room)?;
        let numbers = self.numbers(&grouped)?;
        Ok((grouped, numbers))
    }

    /// The numbers of a partition; the age counts for heart rate zones, where profiles were asked for.
    pub(super) fn numbers(&self, grouped: &Grouped) -> Result<Numbers, AggregateError> {
        let age = |user: &str| self.profile(user).and_then(|profile| profile.age);
        Numbers::of(grouped, self.aggregator, &age)
    }

    /// What `users.json` says of a user, where profiles were asked for.
    fn profile(&self, user: &str) -> Option<&Profile> {
        self.collected.profiles.get(user).filter(|_| self.config.profile)
    }

    /// The documents of one user's days, in order, without the model's fingerprint.
    pub(super) fn user_documents(&self, grouped: &Grouped, numbers: &Numbers, user: usize) -> Vec<Document> {
        let profile = self.profile(&grouped.users()[user]);
        let days = user_days(grouped, numbers, user, &self.collected.columns, profile);
        let facts: Vec<_> = days.iter().map(DayFacts::of).collect();
        let facts_before = |index| day_before(&days, index).map(|before| &facts[before]);
        let words: Vec<_> = (0..days.len())
            .map(|index| describe(&facts[index], facts_before(index), profile, self.config.style))
            .collect();
        drop(facts);
        let template = self.config.style.template();
        days.into_iter()
            .zip(words)
            .map(|(day, words)| Document::new(day, words, template, None))
            .collect()
    }
}

/// Where the calendar day before stands, if it has data.
fn day_before(days: &[Day], index: usize) -> Option<usize> {
    let before = index.checked_sub(1)?;
    (days[before].date.plus(1) == days[index].date).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_complete_when_every_bucket_came_to_its_end() {
        for ends in 0..=2 {
            let (sender, receiver) = bounded(2);
            (0..ends).for_each(|_| sender.send(Message::EndOfBucket).unwrap());
            // As a thread that is done, or panicked.
            drop(sender);
            let mut batches = Batches {
                receivers: vec![receiver],
                bucket: 0,
                buckets: 2,
                documents: 1,
            };
            assert!(batches.next(&Stats::default()).unwrap().is_none());
            assert_eq!(batches.are_complete(), ends == 2);
        }
    }
}
