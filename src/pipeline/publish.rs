//! The second half of a run: days are worded, compared with what the targets hold, embedded and pushed.
//!
//! Wording, embedding and pushing overlap: partitions become documents on threads of their own (`days.rs`), this
//! thread compares and embeds, and one more pushes. Between them one batch waits while the next is made.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Ending;
use super::days::{Batches, DayMaker};
use super::targets::{Fate, OpenTarget};
use crate::document::{Document, Object};
use crate::embed::Encoder;
use crate::error::Error;
use crate::record::Date;
use crate::sink::{Finished, Ledger, Pushed, Sink, SinkError, Tally};
use crate::stats::{Stats, add};

/// What was published; filled in as the run goes, so that a failed run can report how far it came.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// Users with at least one day.
    pub users: u64,
    /// Days with at least one record.
    pub user_days: u64,
    /// One a target.
    pub tallies: Mutex<Vec<Tally>>,
}

/// A batch on its way to the targets.
enum Shipment {
    Days {
        objects: Vec<Object>,
        fates: Vec<Vec<Fate>>,
    },
    /// Nothing is missing: whole files may take their place.
    End,
}

/// Publishes everything; `encoder` is there if any target wants vectors. With `prune`, days that the targets hold of the
/// same users, and that are not among these, are deleted. An early end by the stop signal is no error.
pub(super) fn publish(
    days: DayMaker<'_>,
    targets: Vec<OpenTarget>,
    encoder: Option<&Encoder>,
    published: &mut Published,
    stats: &Stats,
    stop: &AtomicBool,
    prune: bool,
) -> Result<Ending, Error> {
    let names = targets.iter().map(|target| Tally {
        target: target.name.clone(),
        ..Tally::default()
    });
    published.tallies = Mutex::new(names.collect());
    let (mut ledgers, sinks): (Vec<_>, Vec<_>) = targets.into_iter().map(OpenTarget::split).unzip();
    thread::scope(|scope| {
        let mut batches = Batches::start(scope, days, stats, stop);
        let (sender, receiver) = bounded(1);
        let Published {
            users,
            user_days,
            tallies,
        } = published;
        let tallies = &*tallies;
        let pushing = scope.spawn(move || push_all(receiver, sinks, tallies, stats, prune));
        let mut comparing = Comparing {
            ledgers: &mut ledgers,
            encoder,
            stats,
        };
        let compared = comparing.all(&mut batches, &sender, (users, user_days), stop);
        drop((sender, batches));
        let pushed = pushing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // A target that fails makes the threads before it stop quietly, so its error is the cause.
        pushed.map_err(Error::from).and(compared)
    })
}

/// The half of a target that says what it holds.
pub(super) struct OpenLedger {
    pub(super) ledger: Option<Box<dyn Ledger>>,
    pub(super) wants_vectors: bool,
}

struct Comparing<'a> {
    ledgers: &'a mut [OpenLedger],
    encoder: Option<&'a Encoder>,
    stats: &'a Stats,
}

impl Comparing<'_> {
    fn all(
        &mut self,
        batches: &mut Batches,
        sender: &Sender<Shipment>,
        (users, user_days): (&mut u64, &mut u64),
        stop: &AtomicBool,
    ) -> Result<Ending, Error> {
        while let Some(documents) = batches.next(self.stats)? {
            *users += documents
                .chunk_by(|one, next| one.day.user_id == next.day.user_id)
                .count() as u64;
            *user_days += documents.len() as u64;
            let shipment = self.batch(documents)?;
            if self.stats.embed.wait(|| sender.send(shipment)).is_err() || stop.load(Ordering::Relaxed) {
                return Ok(Ending::Interrupted);
            }
        }
        if stop.load(Ordering::Relaxed) || !batches.are_complete() {
            return Ok(Ending::Interrupted);
        }
        // The pushing thread is gone only after an error of its own, which is the one reported. A stop signal from now
        // on comes too late to interrupt anything.
        let _ = sender.send(Shipment::End);
        Ok(Ending::Complete)
    }

    /// Compares a batch with every target and embeds what any of them lacks.
    fn batch(&mut self, mut documents: Vec<Document>) -> Result<Shipment, Error> {
        let fingerprint = self.encoder.map(|encoder| Arc::clone(&encoder.info().fingerprint));
        for document in &mut documents {
            document.model.clone_from(&fingerprint);
        }
        let stats = self.stats;
        let (fates, vectors) = stats.compare.work(|| {
            let fates = self.fates(&documents)?;
            let vectors = self.known_vectors(&documents, &fates)?;
            Ok::<_, SinkError>((fates, vectors))
        })?;
        let vectors = stats.embed.work(|| self.embed_missing(&documents, &fates, vectors))?;
        let objects = documents
            .into_iter()
            .zip(vectors)
            .map(|(document, vector)| Object { document, vector });
        Ok(Shipment::Days {
            objects: objects.collect(),
            fates,
        })
    }

    /// What is to become of each document at each target.
    fn fates(&mut self, documents: &[Document]) -> Result<Vec<Vec<Fate>>, SinkError> {
        let mut fates = Vec::with_capacity(self.ledgers.len());
        for target in self.ledgers.iter_mut() {
            let mut of_target = Vec::with_capacity(documents.len());
            for days in documents.chunk_by(|one, next| one.day.user_id == next.day.user_id) {
                match &mut target.ledger {
                    None => of_target.extend(days.iter().map(|_| Fate::New)),
                    Some(ledger) => {
                        let dates: Vec<_> = days.iter().map(|document| document.day.date).collect();
                        let known = ledger.known(&days[0].day.user_id, &dates)?;
                        of_target.extend(
                            days.iter()
                                .zip(known)
                                .map(|(document, known)| Fate::of(document, known)),
                        );
                    }
                }
            }
            fates.push(of_target);
        }
        Ok(fates)
    }

    /// Vectors that a target holds already of days that another target still wants.
    fn known_vectors(
        &mut self,
        documents: &[Document],
        fates: &[Vec<Fate>],
    ) -> Result<Vec<Option<Arc<[f32]>>>, SinkError> {
        let mut vectors = vec![None; documents.len()];
        let wanted: HashSet<usize> = (0..documents.len())
            .filter(|index| self.wants_vector(fates, *index))
            .collect();
        for (target, fates) in self.ledgers.iter_mut().zip(fates) {
            let Some(ledger) = target.ledger.as_mut().filter(|_| target.wants_vectors) else {
                continue;
            };
            let held = |index: &usize| wanted.contains(index) && fates[*index] == Fate::Unchanged;
            let indices: Vec<usize> = (0..documents.len()).filter(held).collect();
            for days in indices.chunk_by(|one, next| documents[*one].day.user_id == documents[*next].day.user_id) {
                let dates: Vec<_> = days.iter().map(|index| documents[*index].day.date).collect();
                let found = ledger.vectors(&documents[days[0]].day.user_id, &dates)?;
                for (index, vector) in days.iter().zip(found) {
                    vectors[*index] = vector;
                }
            }
        }
        Ok(vectors)
    }

    fn wants_vector(&self, fates: &[Vec<Fate>], index: usize) -> bool {
        let mut targets = self.ledgers.iter().zip(fates);
        targets.any(|(target, fates)| target.wants_vectors && fates[index] != Fate::Unchanged)
    }

    fn embed_missing(
        &self,
        documents: &[Document],
        fates: &[Vec<Fate>],
        mut vectors: Vec<Option<Arc<[f32]>>>,
    ) -> Result<Vec<Option<Arc<[f32]>>>, Error> {
        let Some(encoder) = self.encoder else {
            return Ok(vectors);
        };
        let lacks = |index: &usize| vectors[*index].is_none() && self.wants_vector(fates, *index);
        let missing: Vec<usize> = (0..documents.len()).filter(lacks).collect();
        let gists: Vec<&str> = missing
            .iter()
            .map(|index| documents[*index].words.gist.as_str())
            .collect();
        for (index, vector) in missing.iter().zip(encoder.embed(&gists)?) {
            vectors[*index] = Some(vector);
        }
        Ok(vectors)
    }
}

/// Pushes every shipment to every target; files are finished only if nothing is missing.
fn push_all(
    shipments: Receiver<Shipment>,
    mut sinks: Vec<OpenSink>,
    tallies: &Mutex<Vec<Tally>>,
    stats: &Stats,
    prune: bool,
) -> Result<(), SinkError> {
    while let Ok(shipment) = stats.push.wait(|| shipments.recv()) {
        match shipment {
            Shipment::Days { objects, fates } => {
                for (index, sink) in sinks.iter_mut().enumerate() {
                    let pushed = stats.push.work(|| sink.push(&objects, &fates[index]))?;
                    sink.pushed += objects.len() as u64;
                    if prune {
                        let deleted = stats.push.work(|| sink.prune(&objects))?;
                        tallies.lock().unwrap_or_else(PoisonError::into_inner)[index].deleted += deleted;
                    }
                    if !sink.is_whole_file {
                        let mut tallies = tallies.lock().unwrap_or_else(PoisonError::into_inner);
                        count(&mut tallies[index], &fates[index], &pushed);
                    }
                }
                add(&stats.days, objects.len() as u64);
                add(
                    &stats.published_records,
                    objects
                        .iter()
                        .map(|object| u64::from(object.document.day.records))
                        .sum(),
                );
            }
            Shipment::End => {
                for (index, sink) in sinks.drain(..).enumerate() {
                    let (is_whole_file, pushed) = (sink.is_whole_file, sink.pushed);
                    let finished = stats.push.work(|| sink.sink.finish())?;
                    let mut tallies = tallies.lock().unwrap_or_else(PoisonError::into_inner);
                    match finished {
                        Finished::Unchanged => tallies[index].unchanged += pushed,
                        Finished::Stored if is_whole_file => tallies[index].new += pushed,
                        Finished::Stored => {}
                    }
                }
            }
        }
    }
    Ok(())
}

fn count(tally: &mut Tally, fates: &[Fate], pushed: &Pushed) {
    for (index, fate) in fates.iter().enumerate() {
        match fate {
            Fate::Unchanged => tally.unchanged += 1,
            _ if pushed.refused.binary_search(&index).is_ok() => tally.refused += 1,
            Fate::New => tally.new += 1,
            Fate::Changed => tally.changed += 1,
        }
    }
}

/// The half of a target that takes days.
pub(super) struct OpenSink {
    pub(super) sink: Box<dyn Sink>,
    pub(super) wants_vectors: bool,
    /// Its days are there when it is finished, all of them or none.
    pub(super) is_whole_file: bool,
    /// Days it was given.
    pub(super) pushed: u64,
}

impl OpenSink {
    /// Pushes what is new or changed; refused are positions in `objects`.
    fn push(&mut self, objects: &[Object], fates: &[Fate]) -> Result<Pushed, SinkError> {
        let all_wanted = fates.iter().all(|fate| *fate != Fate::Unchanged);
        if all_wanted && objects.iter().all(|object| self.fits(object)) {
            return self.sink.push(objects);
        }
        let wanted: Vec<usize> = (0..objects.len())
            .filter(|index| fates[*index] != Fate::Unchanged)
            .collect();
        if wanted.is_empty() {
            return Ok(Pushed::default());
        }
        let chosen: Vec<Object> = wanted.iter().map(|index| self.fitted(&objects[*index])).collect();
        let pushed = self.sink.push(&chosen)?;
        Ok(Pushed {
            refused: pushed.refused.iter().map(|position| wanted[*position]).collect(),
        })
    }

    /// Deletes the other days of these users; a batch holds all days of each.
    fn prune(&mut self, objects: &[Object]) -> Result<u64, SinkError> {
        let mut deleted = 0;
        for days in objects.chunk_by(|one, next| one.document.day.user_id == next.document.day.user_id) {
            let dates: Vec<Date> = days.iter().map(|object| object.document.day.date).collect();
            deleted += self.sink.prune(&days[0].document.day.user_id, &dates)?;
        }
        Ok(deleted)
    }

    /// Whether the target takes the object as it is.
    fn fits(&self, object: &Object) -> bool {
        self.wants_vectors || (object.vector.is_none() && object.document.model.is_none())
    }

    /// The object as this target takes it.
    fn fitted(&self, object: &Object) -> Object {
        let mut object = object.clone();
        if !self.wants_vectors {
            object.vector = None;
            object.document.model = None;
        }
        object
    }
}
