//! What is to become of days: compared with what the targets hold. What comes in: documents; what goes out: their fates,
//! the vectors that are known, and the texts of the others ready for the model. Nothing is embedded or pushed here.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;

use super::Ending;
use super::days::Batches;
use super::publish::Step;
use super::targets::Fate;
use crate::document::Document;
use crate::embed::{Encoder, Prepared};
use crate::error::Error;
use crate::sink::{Ledger, SinkError};
use crate::stats::Stats;

/// The half of a target that says what it holds.
pub(super) struct OpenLedger {
    pub(super) ledger: Option<Box<dyn Ledger>>,
    pub(super) wants_vectors: bool,
}

/// A batch on its way to the model.
pub(super) struct Compared {
    pub(super) documents: Vec<Document>,
    pub(super) fates: Vec<Vec<Fate>>,
    /// The vectors that a target holds of days that another one wants.
    pub(super) vectors: Vec<Option<Arc<[f32]>>>,
    /// Whose vectors are to be made, and their texts; none without a model.
    pub(super) missing: Vec<usize>,
    pub(super) prepared: Option<Prepared>,
}

pub(super) struct Comparing<'a> {
    pub(super) ledgers: &'a mut [OpenLedger],
    pub(super) encoder: Option<&'a Encoder>,
    pub(super) stats: &'a Stats,
}

impl Comparing<'_> {
    /// Sends every batch on, and counts users and days.
    pub(super) fn all(
        &mut self,
        batches: &mut Batches,
        sender: &Sender<Step<Compared>>,
        (users, user_days): (&mut u64, &mut u64),
        stop: &AtomicBool,
    ) -> Result<Ending, Error> {
        while let Some(documents) = batches.next(self.stats)? {
            *users += documents
                .chunk_by(|one, next| one.day.user_id == next.day.user_id)
                .count() as u64;
            *user_days += documents.len() as u64;
            let compared = Step::Days(self.batch(documents)?);
            let sent = self.stats.compare.wait(|| sender.send(compared).is_ok());
            if !sent || stop.load(Ordering::Relaxed) {
                return Ok(Ending::Interrupted);
            }
        }
        if stop.load(Ordering::Relaxed) || !batches.are_complete() {
            return Ok(Ending::Interrupted);
        }
        // Those who would take it are gone only after an error of their own, or a stop of theirs.
        let _ = sender.send(Step::End);
        Ok(Ending::Complete)
    }

    /// Compares a batch with every target, and prepares the texts of days that any of them lacks.
    fn batch(&mut self, mut documents: Vec<Document>) -> Result<Compared, Error> {
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
        let lacks = |index: &usize| vectors[*index].is_none() && self.wants_vector(&fates, *index);
        let missing: Vec<usize> = (0..documents.len()).filter(lacks).collect();
        let gists = missing.iter().map(|index| documents[*index].words.gist.as_str());
        let gists: Vec<&str> = gists.collect();
        let prepare = |encoder: &Encoder| stats.prepare.work(|| encoder.prepare(&gists));
        Ok(Compared {
            prepared: self.encoder.map(prepare).transpose()?,
            documents,
            fates,
            vectors,
            missing,
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
                    vectors[*index] = vectors[*index].take().or(vector);
                }
            }
        }
        Ok(vectors)
    }

    fn wants_vector(&self, fates: &[Vec<Fate>], index: usize) -> bool {
        let mut targets = self.ledgers.iter().zip(fates);
        targets.any(|(target, fates)| target.wants_vectors && fates[index] != Fate::Unchanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::Day;
    use crate::document::Words;
    use crate::record::Date;
    use crate::sink::Known;

    /// Holds every day, with this vector.
    struct Holds(Option<Arc<[f32]>>);

    impl Ledger for Holds {
        fn known(&mut self, _: &str, dates: &[Date]) -> Result<Vec<Option<Known>>, SinkError> {
            Ok(vec![None; dates.len()])
        }

        fn vectors(&mut self, _: &str, dates: &[Date]) -> Result<Vec<Option<Arc<[f32]>>>, SinkError> {
            Ok(vec![self.0.clone(); dates.len()])
        }
    }

    #[test]
    fn a_vector_that_one_target_has_is_not_lost_at_one_that_keeps_none() {
        let with_vector = || Holds(Some([1.0].into()));
        for (first, second) in [(with_vector(), Holds(None)), (Holds(None), with_vector())] {
            let held = |ledger| OpenLedger {
                ledger: Some(Box::new(ledger)),
                wants_vectors: true,
            };
            let file = OpenLedger {
                ledger: None,
                wants_vectors: true,
            };
            let day = Day::new("u".into(), Date::from_days(0));
            let documents = [Document::new(day, Words::default(), "t1", Some("m".into()))];
            let fates = [Fate::Unchanged, Fate::Unchanged, Fate::New].map(|fate| vec![fate]);
            let mut comparing = Comparing {
                ledgers: &mut [held(first), held(second), file],
                encoder: None,
                stats: &Stats::default(),
            };
            let vectors = comparing.known_vectors(&documents, &fates).unwrap();
            assert_eq!(vectors, [Some([1.0].into())]);
        }
    }
}
