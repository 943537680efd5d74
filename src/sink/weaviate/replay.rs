//! Sends refused days again. What comes in: a file of them; what goes out: the file with those that are still refused,
//! or no file. It never puts an old day over a newer one.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::address::Address;
use super::{WeaviateSink, open_again};
use crate::sink::Access;
use crate::sink::refusals::{self, Refusal};
use crate::sink::state::Encoded;
use crate::sink::{Expect, SinkError};

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
    let lines = refusals::read(path)?;
    let mut replayed = Replayed::default();
    let mut kept = Vec::new();
    for (target, refusals) in by_target(&lines, path)? {
        let address = address(target, path)?;
        for group in by_model(refusals) {
            kept.extend(send(&address, access, &group, &mut replayed)?);
        }
    }
    replayed.superseded = lines.len() as u64 - replayed.stored - replayed.refused;
    refusals::replace(path, &kept)?;
    Ok(replayed)
}

/// A line and its object.
struct Line<'a> {
    refusal: &'a Refusal,
    object: Encoded,
    dimensions: Option<usize>,
}

/// The lines of each target; of several lines about one object the last.
fn by_target<'a>(lines: &'a [Refusal], path: &Path) -> Result<BTreeMap<&'a str, Vec<Line<'a>>>, SinkError> {
    let mut last = HashMap::new();
    for (index, refusal) in lines.iter().enumerate() {
        let (object, dimensions) = refusal
            .encoded()
            .map_err(|error| broken(path, index + 1, error.to_string()))?;
        let line = Line {
            refusal,
            object,
            dimensions,
        };
        last.insert((&*refusal.target, line.object.id), (index, line));
    }
    let mut sorted: Vec<_> = last.into_values().collect();
    sorted.sort_by_key(|(index, _)| *index);
    let mut targets: BTreeMap<&str, Vec<Line<'_>>> = BTreeMap::new();
    for (_, line) in sorted {
        targets.entry(&line.refusal.target).or_default().push(line);
    }
    Ok(targets)
}

fn broken(path: &Path, line: usize, problem: String) -> SinkError {
    SinkError::Refusals {
        path: path.to_path_buf(),
        line,
        problem,
    }
}

fn address(target: &str, path: &Path) -> Result<Address, SinkError> {
    let url = target.strip_prefix("weaviate:").unwrap_or(target);
    url.parse().map_err(|problem| broken(path, 1, problem))
}

/// A collection holds vectors of one model.
fn by_model(lines: Vec<Line<'_>>) -> Vec<Vec<Line<'_>>> {
    let mut groups: BTreeMap<Option<String>, Vec<Line<'_>>> = BTreeMap::new();
    for line in lines {
        groups.entry(line.object.known.model.clone()).or_default().push(line);
    }
    groups.into_values().collect()
}

/// Sends lines of one target and model; those that are still refused, with the reason of this time.
fn send(
    address: &Address,
    access: &Access,
    lines: &[Line<'_>],
    replayed: &mut Replayed,
) -> Result<Vec<Refusal>, SinkError> {
    let known = &lines[0].object.known;
    let expect = Expect {
        model: known.model.as_deref().map(Arc::from),
        dimensions: None,
        template: &known.template,
    };
    let mut sink = open_again(address, access, &expect)?;
    let mut kept = Vec::new();
    for batch in lines.chunks(BATCH_OBJECTS) {
        let mut newest = Vec::new();
        for line in batch {
            if is_newest(&sink, line)? {
                newest.push(line);
            }
        }
        let objects: Vec<Encoded> = newest.iter().map(|line| line.object.clone()).collect();
        let unfit = newest.iter().map(|line| line.problem(sink.dimensions)).collect();
        for (line, reason) in newest.iter().zip(sink.push_encoded(&objects, unfit)?) {
            match reason {
                None => replayed.stored += 1,
                Some(reason) => {
                    replayed.refused += 1;
                    kept.push(Refusal {
                        reason,
                        ..line.refusal.clone()
                    });
                }
            }
        }
    }
    Ok(kept)
}

impl Line<'_> {
    /// Why the object must not leave, now as before.
    fn problem(&self, dimensions: Option<usize>) -> Option<String> {
        let unfit = self.refusal.has_a_gap() || dimensions.is_some() && self.dimensions != dimensions;
        unfit.then(|| self.refusal.reason.clone())
    }
}

/// Whether no later run stored the day, in this form or a newer one.
fn is_newest(sink: &WeaviateSink, line: &Line<'_>) -> Result<bool, SinkError> {
    let pushed_at = sink.state.pushed_at(line.object.id)?;
    Ok(pushed_at.is_none_or(|pushed_at| pushed_at < line.refusal.refused_at_ms))
}
