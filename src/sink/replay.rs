//! Sends refused days again. What comes in: a file of them; what goes out: the file with those that are still refused,
//! or no file. It never puts an old day over a newer one.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::books::{Batch, Books, Sent};
use super::refusals::{self, Refusal};
use super::state::{Encoded, State};
use super::{Access, Expect, SinkError, ingest_api, weaviate};

/// Objects of a call: as many as an ingest pushes at once.
const BATCH_OBJECTS: usize = 512;

/// What became of a file of refused days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Days that the server took.
    pub stored: u64,
    /// Days refused again; they stay in the file.
    pub refused: u64,
    /// Lines that another line or a later run made needless.
    pub superseded: u64,
}

/// Sends the days of a file again, each to the target it was for.
pub fn replay(path: &Path, access: &Access) -> Result<Replayed, SinkError> {
    let (lines, bytes) = refusals::read(path)?;
    let mut replayed = Replayed::default();
    let mut kept = Vec::new();
    for group in by_target_and_model(&lines) {
        let mut sink = open(group[0], path, access)?;
        for batch in group.chunks(BATCH_OBJECTS) {
            kept.extend(send(&mut sink, batch, &mut replayed)?);
        }
    }
    replayed.superseded = lines.len() as u64 - replayed.stored - replayed.refused;
    refusals::replace(path, bytes, &kept)?;
    Ok(replayed)
}

/// Sends objects, and is told which of them an earlier run left in flight.
pub(super) type Send = dyn Fn(&[&Encoded], &[bool]) -> Sent;

/// A target that takes days as they were once encoded.
pub(super) struct Resender {
    pub(super) books: Books,
    pub(super) send: Box<Send>,
}

/// Of several lines about one day the last. A collection holds vectors of one model.
fn by_target_and_model(lines: &[Refusal]) -> Vec<Vec<&Refusal>> {
    let mut last = HashMap::new();
    for (index, line) in lines.iter().enumerate() {
        last.insert((&*line.target, line.id), (index, line));
    }
    let mut sorted: Vec<_> = last.into_values().collect();
    sorted.sort_by_key(|(index, _)| *index);
    let mut groups: BTreeMap<_, Vec<&Refusal>> = BTreeMap::new();
    for (_, line) in sorted {
        let key = (&*line.target, line.known.model.as_deref());
        groups.entry(key).or_default().push(line);
    }
    groups.into_values().collect()
}

/// Opens the target of a line.
fn open(line: &Refusal, path: &Path, access: &Access) -> Result<Resender, SinkError> {
    let expect = Expect {
        model: line.known.model.as_deref().map(Arc::from),
        dimensions: None,
        template: &line.known.template,
    };
    let broken = |problem| SinkError::Refusals {
        path: path.to_path_buf(),
        line: 1,
        problem,
    };
    match line.target.split_once(':') {
        Some(("weaviate", url)) => weaviate::open_again(&url.parse().map_err(broken)?, access, &expect),
        Some(("ingest-api", url)) => ingest_api::open_again(&url.parse().map_err(broken)?, access),
        _ => Err(broken(format!("`{}` is no target that refuses days", line.target))),
    }
}

/// Sends lines of one target and model; those that are still refused, with the reason of this time.
fn send(sink: &mut Resender, lines: &[&Refusal], replayed: &mut Replayed) -> Result<Vec<Refusal>, SinkError> {
    let mut newest = Vec::new();
    for line in lines {
        if is_newest(&sink.books.state, line)? {
            newest.push(*line);
        }
    }
    let objects: Vec<Encoded> = newest.iter().map(|line| line.encoded()).collect();
    let unfit = newest.iter().map(|line| line.unfit.then(|| line.reason.clone()));
    let batch = Batch {
        objects: &objects,
        json: &|index| objects[index].body.clone(),
    };
    let reasons = sink.books.push(batch, unfit.collect(), &sink.send)?;
    let mut kept = Vec::new();
    for (line, reason) in newest.into_iter().zip(reasons) {
        match reason {
            None => replayed.stored += 1,
            Some(reason) => {
                replayed.refused += 1;
                kept.push(Refusal { reason, ..line.clone() });
            }
        }
    }
    Ok(kept)
}

/// Whether no later run stored the day, in this form or a newer one.
fn is_newest(state: &State, line: &Refusal) -> Result<bool, SinkError> {
    let pushed_at = state.pushed_at(line.id)?;
    Ok(pushed_at.is_none_or(|pushed_at| pushed_at < line.refused_at_ms))
}
