//! Writes batches to the targets. What comes in: objects with their vectors; what goes out: tallies. It never decides what
//! is written: the fates come with the objects.

use std::sync::{Mutex, PoisonError};

use crossbeam_channel::Receiver;

use super::publish::{Shipment, Step};
use super::targets::Fate;
use crate::document::Object;
use crate::record::Date;
use crate::sink::{Finished, Pushed, Sink, SinkError, Tally};
use crate::stats::{Stats, add};

/// Pushes every shipment to every target; files are finished only if nothing is missing.
pub(super) fn push_all(
    shipments: Receiver<Step<Shipment>>,
    mut sinks: Vec<OpenSink>,
    tallies: &Mutex<Vec<Tally>>,
    stats: &Stats,
    prune: bool,
) -> Result<(), SinkError> {
    while let Ok(shipment) = stats.push.wait(|| shipments.recv()) {
        match shipment {
            Step::Days(Shipment { objects, fates }) => {
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
            Step::End => {
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
