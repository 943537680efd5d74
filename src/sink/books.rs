//! What is written down when days go to a server. What comes in: encoded days and what sends them; what goes out: why
//! each was refused. It never marks a day before the server's yes.

use bytes::Bytes;

use super::SinkError;
use super::refusals::{RefusalLog, Refused};
use super::state::{Encoded, State};

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Stored,
    Refused(String),
    /// The push ended before its answer.
    Open,
}

/// Fates are there for each object also after an error.
pub(super) type Sent = (Vec<Fate>, Result<(), SinkError>);

/// Objects on their way to a target, and its form of each that a person can read and `replay` can send.
pub(super) struct Batch<'a> {
    pub(super) objects: &'a [Encoded],
    /// JSON of the object at a position.
    pub(super) json: &'a dyn Fn(usize) -> Bytes,
}

/// The ledger of a target and its file of refused days.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) state: State,
    /// `None` while such a file is sent again.
    pub(super) refusals: Option<RefusalLog>,
}

impl Books {
    /// Sends what may be sent and keeps the books; why each was refused, `None` for what is stored. `send` is told for
    /// each object whether an earlier run left it in flight.
    pub(super) fn push(
        &mut self,
        Batch { objects, json }: Batch<'_>,
        mut refused: Vec<Option<String>>,
        send: impl FnOnce(&[&Encoded], &[bool]) -> Sent,
    ) -> Result<Vec<Option<String>>, SinkError> {
        let chosen: Vec<usize> = (0..objects.len()).filter(|index| refused[*index].is_none()).collect();
        let sent: Vec<&Encoded> = chosen.iter().map(|index| &objects[*index]).collect();
        let left_in_flight = self.state.begin(&sent)?;
        let (fates, outcome) = send(&sent, &left_in_flight);
        let of = |wanted: fn(&Fate) -> bool| {
            let pairs = sent.iter().zip(&fates).filter(move |(_, fate)| wanted(fate));
            pairs.map(|(object, _)| *object).collect::<Vec<_>>()
        };
        let stored = of(|fate| *fate == Fate::Stored);
        let landed = of(|fate| matches!(fate, Fate::Refused(_)));
        for (index, fate) in chosen.iter().zip(&fates) {
            if let Fate::Refused(reason) = fate {
                refused[*index] = Some(reason.clone());
            }
        }
        // First the file, then the ledger: a day is in at least one of them.
        if let Some(refusals) = &self.refusals {
            let line = |index: usize| {
                // Few are refused, and only of those the JSON is made.
                let reason = refused[index].as_deref()?;
                Some(Refused {
                    object: &objects[index],
                    json: json(index),
                    reason,
                    unfit: chosen.binary_search(&index).is_err(),
                })
            };
            refusals.add(&(0..objects.len()).filter_map(line).collect::<Vec<_>>())?;
        }
        self.state.settle(&stored, &landed)?;
        outcome.map(|()| refused)
    }
}
