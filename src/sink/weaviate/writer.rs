//! Takes finished days. What comes in: objects; what goes out: each stored, or in the file of refused days. It never
//! marks a day before the server's yes.

use super::address::Address;
use super::collection::Server;
use super::object::encode;
use super::push::Pusher;
use super::state_path;
use super::verify::{SAMPLES, Sample, verify};
use super::version::{Leads, Version, drop_old, leads, reason_to_stay, switch};
use crate::document::Object;
use crate::record::Date;
use crate::sink::books::{Batch, Books};
use crate::sink::state::{Encoded, State};
use crate::sink::unfit_for_a_server;
use crate::sink::{Access, Finished, Pushed, Sink, SinkError};

/// The writing half of a collection.
#[derive(Debug)]
pub struct WeaviateSink {
    pub(super) pusher: Pusher,
    pub(super) books: Books,
    pub(super) address: Address,
    pub(super) access: Access,
    pub(super) version: Version,
    pub(super) dimensions: Option<usize>,
    /// Some of what was stored, to be searched for at the end.
    pub(super) samples: Vec<Sample>,
    /// Days that the server would not take.
    pub(super) refused: u64,
}

/// Samples of one call, so that not all samples of a run are of its first users.
const SAMPLES_A_CALL: usize = 4;

impl WeaviateSink {
    /// Keeps some of the stored objects, spread over the call.
    fn sample(&mut self, objects: &[Object], refused: &[Option<String>]) {
        let step = objects.len().div_ceil(SAMPLES_A_CALL).max(1);
        for index in (0..objects.len()).step_by(step) {
            if let (Some(vector), None) = (&objects[index].vector, &refused[index])
                && self.samples.len() < SAMPLES
            {
                self.samples.push(Sample {
                    id: objects[index].document.id().to_string(),
                    vector: vector.to_vec(),
                });
            }
        }
    }

    /// Deletes what other models left, with the ledgers of it.
    fn drop_old(&self, server: &Server<'_>) -> Result<(), SinkError> {
        for collection in drop_old(server, &self.version)? {
            let ledger = state_path(&self.address, &self.access, &collection);
            match State::remove(&ledger) {
                Ok(()) => tracing::info!(collection, "deleted the old collection"),
                Err(error) => tracing::warn!(collection, %error, "deleted the old collection, but not its ledger"),
            }
        }
        Ok(())
    }
}

impl Sink for WeaviateSink {
    fn push(&mut self, objects: &[Object]) -> Result<Pushed, SinkError> {
        let problems = objects
            .iter()
            .map(|object| unfit_for_a_server(object, self.dimensions))
            .collect();
        let encoded: Vec<Encoded> = objects.iter().map(|object| self.pusher.encode(object)).collect();
        let (collection, tenant) = (&self.version.collection, self.address.tenant.as_deref());
        let batch = Batch {
            objects: &encoded,
            json: &|index| encode(&objects[index], collection, tenant),
        };
        let send = |objects: &[&Encoded], unclear: &[bool]| self.pusher.push(objects, unclear);
        let refused = self.books.push(batch, problems, send)?;
        self.sample(objects, &refused);
        let refused: Vec<usize> = (0..refused.len()).filter(|index| refused[*index].is_some()).collect();
        self.refused += refused.len() as u64;
        Ok(Pushed { refused })
    }

    fn prune(&mut self, user_id: &str, dates: &[Date]) -> Result<u64, SinkError> {
        self.delete_others(user_id, dates)
    }

    /// In a run that loaded a collection nobody reads yet, proves it and moves the alias.
    fn finish(self: Box<Self>) -> Result<Finished, SinkError> {
        let server = Server {
            rest: self.pusher.rest(),
            address: &self.address,
        };
        let leads = leads(&server, &self.version)?;
        if leads != Leads::Here {
            let (pushed, collection) = (self.books.state.pushed()?, &self.version.collection);
            let stored = verify(&server, collection, pushed, &self.samples, self.pusher.turns())?;
            if let Some(reason) = reason_to_stay(&leads, stored, self.refused) {
                tracing::warn!(
                    collection,
                    "{reason}: the alias stays; mend that and run again, or delete the alias and run again"
                );
                return Ok(Finished::Stored);
            }
            switch(&server, &self.version)?;
        }
        if self.access.drop_old {
            self.drop_old(&server)?;
        }
        Ok(Finished::Stored)
    }
}
