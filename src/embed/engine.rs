//! Runs a model on its device. What comes in: token ids of texts; what goes out: their unit vectors. Batches of similar
//! length, several at a time, half of one where the device has not enough memory for the whole. It never returns NaN or
//! infinity, and never sees a text.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::batch::{self, Mixing};
use super::device::Backend;
use super::model::{self, Bert};
use super::{EmbedError, ModelFiles};

/// Tokens that go through the model together on the CPU. From 256 to 2048 the speed of f32 was the same within 5 %; with AMX
/// 256 took a quarter longer and 1024 no less. Less is less memory.
const CPU_BATCH_TOKENS: usize = 512;

/// A batch smaller than this wastes the matrix kernels, so short work is not cut finer to feed more workers.
const CPU_BATCH_TOKENS_MIN: usize = 128;

/// Tokens that go through the model together on a GPU; a start, not yet measured.
const GPU_BATCH_TOKENS: usize = 32_768;

/// Texts to give a worker on the CPU at once: about thirty batches of gists. All workers wait for the last one.
const WORKER_TEXTS: usize = 256;

/// Texts to give all workers on the CPU at once, at least, so that one worker does not stop often.
const CPU_TEXTS_MIN: usize = 512;

/// And at most, as their days wait in memory meanwhile. Not measured with so many workers.
const CPU_TEXTS_MAX: usize = 4_096;

/// Texts to give a GPU at once: of about fifty tokens each, so that it has some batches to go through. Not yet measured.
const GPU_TEXTS: usize = 4_096;

/// All of them queue up in one stream: while one reads its vectors back and another fills its batch in, the GPU computes
/// the third. Not yet measured.
const GPU_WORKERS: usize = 3;

/// A model, loaded onto its device; may be shared between threads.
pub(super) struct Engine {
    model: Box<dyn Bert>,
    on_cpu: bool,
    precision: &'static str,
    /// One pool of one thread a worker: what candle splits up inside stays on the worker's thread.
    workers: Vec<ThreadPool>,
}

impl Engine {
    /// Loads a model; `threads` workers on the CPU.
    pub(super) fn load(files: &ModelFiles, backend: &Backend, threads: usize) -> Result<Engine, EmbedError> {
        let on_cpu = backend.device.is_cpu();
        let workers = if on_cpu { threads } else { GPU_WORKERS };
        let worker = |number| pool(1, format!("embed-{number}"));
        Ok(Engine {
            model: model::load(files, backend)?,
            on_cpu,
            precision: backend.precision(),
            workers: (0..workers).map(worker).collect::<Result<_, _>>()?,
        })
    }

    /// Texts to give it at once, if there are so many.
    pub(super) fn texts_at_once(&self) -> usize {
        if self.on_cpu {
            (WORKER_TEXTS * self.workers.len()).clamp(CPU_TEXTS_MIN, CPU_TEXTS_MAX)
        } else {
            GPU_TEXTS
        }
    }

    /// The unit vectors of texts, given as token ids, in their order.
    pub(super) fn vectors(&self, texts: &[&[u32]]) -> Result<Vec<Arc<[f32]>>, EmbedError> {
        let lengths: Vec<usize> = texts.iter().map(|ids| ids.len()).collect();
        let batches = self.batches(&lengths);
        let vectors = in_parallel(&self.workers, &batches, |batch| self.run(batch, texts))?;
        let positions = batches.into_iter().flatten();
        let mut placed: Vec<(usize, Arc<[f32]>)> = positions.zip(vectors.into_iter().flatten()).collect();
        placed.sort_unstable_by_key(|(position, _)| *position);
        Ok(placed.into_iter().map(|(_, vector)| vector).collect())
    }

    fn batches(&self, lengths: &[usize]) -> Vec<Vec<usize>> {
        if !self.on_cpu {
            return batch::plan(lengths, |_| GPU_BATCH_TOKENS, Mixing::Padded);
        }
        // Half of a worker's share of what is left (Polychronopoulos and Kuck, Guided Self-Scheduling, 1987): the last batches
        // are small, so that all workers end at about the same time.
        let share = |left: usize| (left / (2 * self.workers.len())).clamp(CPU_BATCH_TOKENS_MIN, CPU_BATCH_TOKENS);
        batch::plan(lengths, share, Mixing::Packed)
    }

    /// The unit vectors of one batch, in its order.
    fn run(&self, batch: &[usize], texts: &[&[u32]]) -> Result<Vec<Arc<[f32]>>, EmbedError> {
        let rows: Vec<&[u32]> = batch.iter().map(|&position| texts[position]).collect();
        let pooled = pooled(&*self.model, &rows)?;
        let unit = |(vector, ids): (Vec<f32>, &&[u32])| {
            unit_vector(&vector).ok_or(EmbedError::NotFinite {
                tokens: ids.len(),
                precision: self.precision,
            })
        };
        pooled.into_iter().zip(&rows).map(unit).collect()
    }
}

/// Threads of their own.
pub(super) fn pool(threads: usize, name: String) -> Result<ThreadPool, EmbedError> {
    let builder = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |_| name.clone());
    builder.build().map_err(|error| EmbedError::Thread {
        problem: error.to_string(),
    })
}

/// The pooled vectors of a batch; in halves where the device has not enough memory for the whole.
fn pooled(model: &dyn Bert, batch: &[&[u32]]) -> candle_core::Result<Vec<Vec<f32>>> {
    match model.pooled(batch) {
        Err(error) if batch.len() > 1 && is_out_of_memory(&error) => {
            let (first, second) = batch.split_at(batch.len() / 2);
            tracing::debug!(
                texts = batch.len(),
                "the device is out of memory; going on with half the batch"
            );
            Ok([pooled(model, first)?, pooled(model, second)?].concat())
        }
        outcome => outcome,
    }
}

/// candle wraps the drivers' errors in several ways, so their words are what there is to go by: CUDA's
/// `CUDA_ERROR_OUT_OF_MEMORY`, cuBLAS's `CUBLAS_STATUS_ALLOC_FAILED`.
fn is_out_of_memory(error: &candle_core::Error) -> bool {
    let words = format!("{error} {error:?}").to_lowercase().replace('_', " ");
    words.contains("out of memory") || words.contains("alloc failed")
}

/// The vector scaled to length one; `None` where it holds NaN or infinity, or has no direction.
fn unit_vector(vector: &[f32]) -> Option<Arc<[f32]>> {
    let square: f64 = vector.iter().map(|&value| f64::from(value) * f64::from(value)).sum();
    let length = square.sqrt();
    if !length.is_finite() || length == 0.0 {
        return None;
    }
    Some(vector.iter().map(|&value| (f64::from(value) / length) as f32).collect())
}

/// Applies `work` to every item, each worker taking the next one; the results come in the order of the items.
fn in_parallel<I: Sync, R: Send>(
    workers: &[ThreadPool],
    items: &[I],
    work: impl Fn(&I) -> Result<R, EmbedError> + Sync,
) -> Result<Vec<R>, EmbedError> {
    let next = AtomicUsize::new(0);
    let take_turns = || -> Result<Vec<(usize, R)>, EmbedError> {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else {
                return Ok(done);
            };
            done.push((at, work(item)?));
        }
    };
    let shares: Vec<Result<Vec<(usize, R)>, EmbedError>> = std::thread::scope(|scope| {
        let needed = workers.len().min(items.len());
        let running: Vec<_> = workers[..needed]
            .iter()
            .map(|pool| scope.spawn(|| pool.install(take_turns)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut results = Vec::with_capacity(items.len());
    for share in shares {
        results.extend(share?);
    }
    results.sort_unstable_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device that has memory for so many texts.
    struct Small(usize);

    impl Bert for Small {
        fn pooled(&self, batch: &[&[u32]]) -> candle_core::Result<Vec<Vec<f32>>> {
            if batch.len() > self.0 {
                candle_core::bail!("DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")");
            }
            Ok(batch.iter().map(|ids| vec![ids[0] as f32]).collect())
        }
    }

    #[test]
    fn a_batch_too_large_for_the_device_goes_through_in_halves_in_its_order() {
        let ids: Vec<[u32; 1]> = (0..23).map(|id| [id]).collect();
        let batch: Vec<&[u32]> = ids.iter().map(|ids| &ids[..]).collect();
        let expected: Vec<Vec<f32>> = (0..23_u8).map(|id| vec![f32::from(id)]).collect();
        for most in [1, 2, 5, 22, 23] {
            assert_eq!(pooled(&Small(most), &batch).unwrap(), expected);
        }
    }

    #[test]
    fn one_text_too_large_for_the_device_is_an_error() {
        let error = pooled(&Small(0), &[&[1], &[2]]).unwrap_err();
        assert!(error.to_string().contains("out of memory"), "{error}");
    }
}
