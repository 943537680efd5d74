//! Writes the cache on a thread of its own, so that the model does not wait for the disk. What comes in: texts and their
//! vectors; what goes out: rows of the [`VectorCache`]. Whoever drops it waits until all of them are written.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, bounded};

use super::EmbedError;
use super::cache::VectorCache;

/// Batches that wait to be written; when there are more, the model waits after all.
const WAITING: usize = 2;

type Batch = Vec<(Arc<str>, Arc<[f32]>)>;

/// The thread that writes a cache.
pub(super) struct Keeper {
    /// `None` only while it is dropped.
    sender: Option<Sender<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread.
    pub(super) fn start(mut cache: VectorCache) -> Result<Keeper, EmbedError> {
        let (sender, receiver) = bounded::<Batch>(WAITING);
        let write = move || receiver.iter().for_each(|batch| cache.put(&batch));
        let thread = std::thread::Builder::new().name("embed-cache".to_string()).spawn(write);
        Ok(Keeper {
            sender: Some(sender),
            thread: Some(thread.map_err(|error| EmbedError::Thread {
                problem: error.to_string(),
            })?),
        })
    }

    /// Has vectors written soon.
    pub(super) fn keep(&self, batch: Batch) {
        if let Some(sender) = &self.sender {
            // The thread is gone only after a panic of its own, and a cache never fails a run.
            let _ = sender.send(batch);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
