//! The second half of a run: days are worded, compared with what the targets hold, embedded and pushed.
//!
//! All of it overlaps: partitions become documents on threads of their own (`days.rs`), this thread compares and
//! tokenizes (`compare.rs`), one embeds, and one more pushes (`push.rs`). Between them one batch waits while the next is
//! made.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Ending;
use super::compare::{Compared, Comparing};
use super::days::{Batches, DayMaker};
use super::push::push_all;
use super::targets::{Fate, OpenTarget};
use crate::document::Object;
use crate::embed::Encoder;
use crate::error::Error;
use crate::sink::Tally;
use crate::stats::Stats;

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

/// What one stage sends the next.
pub(super) enum Step<T> {
    /// A batch.
    Days(T),
    /// Nothing is missing: whole files may take their place.
    End,
}

/// A batch on its way to the targets.
pub(super) struct Shipment {
    pub(super) objects: Vec<Object>,
    pub(super) fates: Vec<Vec<Fate>>,
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
        let at_once = encoder.map_or(1, Encoder::texts_at_once);
        let mut batches = Batches::start(scope, days, at_once, stats, stop);
        let (to_embed, from_compare) = bounded(1);
        let (to_push, from_embed) = bounded(1);
        let Published {
            users,
            user_days,
            tallies,
        } = published;
        let tallies = &*tallies;
        let embedding = scope.spawn(move || embed_all(from_compare, &to_push, encoder, stats, stop));
        let pushing = scope.spawn(move || push_all(from_embed, sinks, tallies, stats, prune));
        let mut comparing = Comparing {
            ledgers: &mut ledgers,
            encoder,
            stats,
        };
        let compare_ending = comparing.all(&mut batches, &to_embed, (users, user_days), stop);
        drop((to_embed, batches));
        let embed_ending = embedding
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let pushed = pushing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // What fails makes the stages before it stop quietly, so the error of the last one is the cause.
        pushed.map_err(Error::from)?;
        Ok(match (embed_ending?, compare_ending?) {
            (Ending::Complete, Ending::Complete) => Ending::Complete,
            _ => Ending::Interrupted,
        })
    })
}

/// Embeds what is missing of every batch; stops quietly when there is nobody to take it.
fn embed_all(
    compared: Receiver<Step<Compared>>,
    sender: &Sender<Step<Shipment>>,
    encoder: Option<&Encoder>,
    stats: &Stats,
    stop: &AtomicBool,
) -> Result<Ending, Error> {
    while let Ok(step) = stats.embed.wait(|| compared.recv()) {
        let Step::Days(batch) = step else {
            // A stop signal from now on comes too late to interrupt anything.
            let _ = sender.send(Step::End);
            return Ok(Ending::Complete);
        };
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let shipment = Step::Days(stats.embed.work(|| embedded(batch, encoder))?);
        if !stats.embed.wait(|| sender.send(shipment).is_ok()) {
            break;
        }
    }
    Ok(Ending::Interrupted)
}

fn embedded(batch: Compared, encoder: Option<&Encoder>) -> Result<Shipment, Error> {
    let Compared {
        documents,
        fates,
        mut vectors,
        missing,
        prepared,
    } = batch;
    if let Some((encoder, prepared)) = encoder.zip(prepared) {
        for (index, vector) in missing.into_iter().zip(encoder.finish(prepared)?) {
            vectors[index] = Some(vector);
        }
    }
    let objects = documents
        .into_iter()
        .zip(vectors)
        .map(|(document, vector)| Object { document, vector });
    Ok(Shipment {
        objects: objects.collect(),
        fates,
    })
}
