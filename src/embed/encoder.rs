//! Texts to unit vectors. What comes in: texts; what goes out: vectors of length one in the order of the texts. Equal
//! texts are computed once, now and (for a while) in later calls; with a cache, in later runs, too. It never returns NaN
//! or infinity.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::batch::{self, Mixing};
use super::cache::{CacheSettings, VectorCache};
use super::device::{self, Backend, Device, Precision};
use super::manifest::{EncoderSettings, TOKENIZER};
use super::model::{self, Bert};
use super::reuse::Reuse;
use super::tokenizer::TextTokenizer;
use super::{EmbedError, ModelFiles};

/// Tokens that go through the model together on the CPU. From 256 to 2048 the speed was the same within 5 %; less is
/// less memory.
const CPU_BATCH_TOKENS: usize = 512;

/// A batch smaller than this wastes the matrix kernels, so short work is not cut finer to feed more workers.
const CPU_BATCH_TOKENS_MIN: usize = 128;

/// Tokens that go through the model together on a GPU; a start, not yet measured.
const GPU_BATCH_TOKENS: usize = 32_768;

/// Texts a worker tokenizes at a time.
const TOKENIZE_CHUNK: usize = 64;

/// What an encoder is, for the report and the documents it helps to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncoderInfo {
    /// Name of the model.
    pub model: String,
    /// See [`ModelFiles::fingerprint`].
    pub fingerprint: Arc<str>,
    /// Length of a vector.
    pub dimensions: usize,
    /// `cpu`, `cuda` or `metal`.
    pub device: &'static str,
    /// `f32`, `bf16` or `f16`.
    pub precision: &'static str,
    /// Why this device.
    pub reason: String,
}

/// What an encoder has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmbedCounts {
    /// Texts that really went through the model.
    pub texts: u64,
    /// Their tokens, without padding.
    pub tokens: u64,
    /// Texts answered with the vector of an equal text.
    pub reused: u64,
    /// Texts answered with a vector from the cache.
    pub recalled: u64,
}

/// A model, ready to turn texts into vectors; may be shared between threads.
pub struct Encoder {
    tokenizer: TextTokenizer,
    model: Box<dyn Bert>,
    settings: EncoderSettings,
    info: EncoderInfo,
    on_cpu: bool,
    /// One pool of one thread a worker: what candle splits up inside stays on the worker's thread.
    workers: Vec<ThreadPool>,
    reuse: Mutex<Reuse>,
    cache: Option<Mutex<VectorCache>>,
    texts: AtomicU64,
    tokens: AtomicU64,
    reused: AtomicU64,
    recalled: AtomicU64,
}

impl Encoder {
    /// Loads a model onto a device; `threads` workers on the CPU (at least one).
    pub fn load(
        files: &ModelFiles,
        device: Device,
        precision: Precision,
        threads: usize,
    ) -> Result<Encoder, EmbedError> {
        let backend = device::choose(device, precision)?;
        let workers = (0..threads.max(1)).map(worker).collect::<Result<Vec<_>, _>>()?;
        Ok(Encoder {
            tokenizer: TextTokenizer::load(&files.dir.join(TOKENIZER), files.settings.max_tokens)?,
            model: model::load(files, &backend)?,
            settings: files.settings.clone(),
            on_cpu: backend.device.is_cpu(),
            info: info(files, backend),
            workers,
            reuse: Mutex::new(Reuse::new()),
            cache: None,
            texts: AtomicU64::new(0),
            tokens: AtomicU64::new(0),
            reused: AtomicU64::new(0),
            recalled: AtomicU64::new(0),
        })
    }

    /// Takes vectors from a cache, and keeps there what it computes. A cache that cannot be used is a warning.
    pub fn with_cache(mut self, settings: &CacheSettings) -> Encoder {
        self.cache = Some(Mutex::new(VectorCache::open(settings.clone(), &self.info)));
        self
    }

    /// The vectors of texts that are stored, in their order.
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, EmbedError> {
        let prefix = &self.settings.passage_prefix;
        let inputs: Vec<Cow<'_, str>> = texts.iter().map(|text| with_prefix(prefix, text)).collect();
        self.encode(&inputs)
    }

    /// The vector of a question.
    pub fn embed_query(&self, question: &str) -> Result<Arc<[f32]>, EmbedError> {
        let mut vectors = self.encode(&[with_prefix(&self.settings.query_prefix, question)])?;
        Ok(vectors.remove(0))
    }

    /// What this encoder is.
    pub fn info(&self) -> &EncoderInfo {
        &self.info
    }

    /// What it has done so far.
    pub fn counts(&self) -> EmbedCounts {
        EmbedCounts {
            texts: self.texts.load(Ordering::Relaxed),
            tokens: self.tokens.load(Ordering::Relaxed),
            reused: self.reused.load(Ordering::Relaxed),
            recalled: self.recalled.load(Ordering::Relaxed),
        }
    }

    fn encode(&self, inputs: &[Cow<'_, str>]) -> Result<Vec<Arc<[f32]>>, EmbedError> {
        let mut vectors = self.known(inputs);
        let missing: Vec<&str> = vectors
            .iter()
            .filter(|(_, known)| known.is_none())
            .map(|(text, _)| *text)
            .collect();
        let computed = self.recall_or_compute(&missing)?;
        self.reused
            .fetch_add((inputs.len() - missing.len()) as u64, Ordering::Relaxed);
        let mut reuse = self.reuse.lock().unwrap_or_else(PoisonError::into_inner);
        for (text, vector) in missing.into_iter().zip(computed) {
            reuse.put(text, &vector);
            vectors.insert(text, Some(vector));
        }
        drop(reuse);
        let vector = |text: &Cow<'_, str>| vectors[text.as_ref()].clone().expect("every missing text was computed");
        Ok(inputs.iter().map(vector).collect())
    }

    /// The distinct texts, and the vectors of those seen lately.
    fn known<'a>(&self, inputs: &'a [Cow<'_, str>]) -> HashMap<&'a str, Option<Arc<[f32]>>> {
        let mut reuse = self.reuse.lock().unwrap_or_else(PoisonError::into_inner);
        let mut vectors = HashMap::with_capacity(inputs.len());
        for text in inputs {
            vectors.entry(text.as_ref()).or_insert_with(|| reuse.get(text));
        }
        vectors
    }

    /// The vectors of distinct texts, from the cache where it has them.
    fn recall_or_compute(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, EmbedError> {
        let Some(cache) = &self.cache else {
            return self.compute(texts);
        };
        let cache = || cache.lock().unwrap_or_else(PoisonError::into_inner);
        let recalled = cache().get(texts);
        let new = texts.iter().zip(&recalled).filter(|(_, vector)| vector.is_none());
        let new: Vec<&str> = new.map(|(text, _)| *text).collect();
        self.recalled
            .fetch_add((texts.len() - new.len()) as u64, Ordering::Relaxed);
        let computed = self.compute(&new)?;
        cache().put(&new, &computed);
        let mut computed = computed.into_iter();
        Ok(recalled
            .into_iter()
            .filter_map(|vector| vector.or_else(|| computed.next()))
            .collect())
    }

    /// Runs distinct texts through the model.
    fn compute(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, EmbedError> {
        let ids = self.tokenize(texts)?;
        let lengths: Vec<usize> = ids.iter().map(Vec::len).collect();
        let tokens: usize = lengths.iter().sum();
        let batches = self.batches(&lengths, tokens);
        // One stream of work is what a GPU takes.
        let workers = if self.on_cpu {
            &self.workers[..]
        } else {
            &self.workers[..1]
        };
        let vectors = in_parallel(workers, &batches, |batch| self.run(batch, &ids))?;
        self.texts.fetch_add(texts.len() as u64, Ordering::Relaxed);
        self.tokens.fetch_add(tokens as u64, Ordering::Relaxed);
        let positions = batches.into_iter().flatten();
        let mut placed: Vec<(usize, Arc<[f32]>)> = positions.zip(vectors.into_iter().flatten()).collect();
        placed.sort_unstable_by_key(|(position, _)| *position);
        Ok(placed.into_iter().map(|(_, vector)| vector).collect())
    }

    fn tokenize(&self, texts: &[&str]) -> Result<Vec<Vec<u32>>, EmbedError> {
        let chunks: Vec<&[&str]> = texts.chunks(TOKENIZE_CHUNK).collect();
        let ids = in_parallel(&self.workers, &chunks, |chunk| self.tokenizer.ids(chunk))?;
        Ok(ids.into_iter().flatten().collect())
    }

    fn batches(&self, lengths: &[usize], tokens: usize) -> Vec<Vec<usize>> {
        if !self.on_cpu {
            return batch::plan(lengths, GPU_BATCH_TOKENS, Mixing::Padded);
        }
        // At least two batches a worker, where there is enough work, so that they end at about the same time.
        let share = tokens / (2 * self.workers.len());
        let budget = share.clamp(CPU_BATCH_TOKENS_MIN, CPU_BATCH_TOKENS);
        batch::plan(lengths, budget, Mixing::Packed)
    }

    /// The unit vectors of one batch, in its order.
    fn run(&self, batch: &[usize], ids: &[Vec<u32>]) -> Result<Vec<Arc<[f32]>>, EmbedError> {
        let rows: Vec<&[u32]> = batch.iter().map(|&position| &*ids[position]).collect();
        let pooled = pooled(&*self.model, &rows)?;
        let unit = |(vector, ids): (Vec<f32>, &&[u32])| {
            unit_vector(&vector).ok_or(EmbedError::NotFinite {
                tokens: ids.len(),
                precision: self.info.precision,
            })
        };
        pooled.into_iter().zip(&rows).map(unit).collect()
    }
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

fn worker(number: usize) -> Result<ThreadPool, EmbedError> {
    let builder = ThreadPoolBuilder::new()
        .num_threads(1)
        .thread_name(move |_| format!("embed-{number}"));
    builder.build().map_err(|error| EmbedError::Thread {
        problem: error.to_string(),
    })
}

fn info(files: &ModelFiles, backend: Backend) -> EncoderInfo {
    EncoderInfo {
        model: files.name.clone(),
        fingerprint: files.fingerprint().into(),
        dimensions: files.settings.dimensions,
        device: backend.name,
        precision: backend.precision(),
        reason: backend.reason,
    }
}

fn with_prefix<'a>(prefix: &str, text: &'a str) -> Cow<'a, str> {
    if prefix.is_empty() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("{prefix}{text}"))
    }
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
