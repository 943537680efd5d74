//! Texts to unit vectors. What comes in: texts; what goes out: vectors of length one in the order of the texts. Equal
//! texts are computed once, now and (for a while) in later calls; with a cache, in later runs, too. It never returns NaN
//! or infinity.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::ThreadPool;
use rayon::prelude::*;

use super::cache::{CacheSettings, VectorCache};
use super::device::{self, Backend, Device, Precision};
use super::engine::{Engine, pool};
use super::keeper::Keeper;
use super::manifest::{EncoderSettings, TOKENIZER};
use super::reuse::Reuse;
use super::tokenizer::TextTokenizer;
use super::{EmbedError, ModelFiles};

/// Texts a thread tokenizes at a time.
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
    /// Why this device and precision, and with which kernels.
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

/// Texts on their way to their vectors: of some these are known, of the others the tokens.
pub struct Prepared {
    /// For each text its place in `vectors`.
    places: Vec<usize>,
    /// One for each distinct text.
    vectors: Vec<Option<Arc<[f32]>>>,
    missing: Vec<Missing>,
}

/// A text that must go through the model.
struct Missing {
    place: usize,
    text: Arc<str>,
    ids: Vec<u32>,
}

/// A model, ready to turn texts into vectors; may be shared between threads.
pub struct Encoder {
    tokenizer: TextTokenizer,
    engine: Engine,
    settings: EncoderSettings,
    info: EncoderInfo,
    /// Threads beside those of the engine: texts are tokenized while others go through the model.
    tokenizing: ThreadPool,
    reuse: Mutex<Reuse>,
    cache: Option<Mutex<VectorCache>>,
    keeper: Option<Keeper>,
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
        if precision == Precision::Bf16 && backend.precision() != "bf16" {
            tracing::warn!(reason = backend.reason, "f32 is used, as it is faster than bf16");
        }
        let threads = threads.max(1);
        Ok(Encoder {
            tokenizer: TextTokenizer::load(&files.dir.join(TOKENIZER), files.settings.max_tokens)?,
            engine: Engine::load(files, &backend, threads)?,
            settings: files.settings.clone(),
            info: info(files, backend),
            tokenizing: pool(threads, "tokenize".to_string())?,
            reuse: Mutex::new(Reuse::new()),
            cache: None,
            keeper: None,
            texts: AtomicU64::new(0),
            tokens: AtomicU64::new(0),
            reused: AtomicU64::new(0),
            recalled: AtomicU64::new(0),
        })
    }

    /// Takes vectors from a cache, and keeps there what it computes. A cache that cannot be used is a warning.
    pub fn with_cache(mut self, settings: &CacheSettings) -> Result<Encoder, EmbedError> {
        let open = || VectorCache::open(settings.clone(), &self.info);
        let cache = open();
        if cache.is_usable() {
            self.keeper = Some(Keeper::start(open())?);
            self.cache = Some(Mutex::new(cache));
        }
        Ok(self)
    }

    /// The vectors of texts that are stored, in their order.
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, EmbedError> {
        self.finish(self.prepare(texts)?)
    }

    /// Everything about texts that are stored but running the model, so that it can be done while the model runs.
    pub fn prepare(&self, texts: &[&str]) -> Result<Prepared, EmbedError> {
        let prefix = &self.settings.passage_prefix;
        let inputs: Vec<Cow<'_, str>> = texts.iter().map(|text| with_prefix(prefix, text)).collect();
        self.look_up(&inputs)
    }

    /// The vectors of prepared texts, in their order.
    pub fn finish(&self, prepared: Prepared) -> Result<Vec<Arc<[f32]>>, EmbedError> {
        let Prepared {
            places,
            mut vectors,
            mut missing,
        } = prepared;
        // Other texts were finished in the meantime, perhaps an equal one.
        let absent = missing.len();
        let mut reuse = self.reuse();
        missing.retain(|missing| {
            vectors[missing.place] = reuse.get(&missing.text);
            vectors[missing.place].is_none()
        });
        drop(reuse);
        self.reused
            .fetch_add((absent - missing.len()) as u64, Ordering::Relaxed);
        let computed = self.compute(&missing)?;
        let mut reuse = self.reuse();
        for (missing, vector) in missing.iter().zip(&computed) {
            reuse.put(&missing.text, vector);
            vectors[missing.place] = Some(Arc::clone(vector));
        }
        drop(reuse);
        if let Some(keeper) = &self.keeper {
            let texts = missing.into_iter().map(|missing| missing.text);
            keeper.keep(texts.zip(computed).collect());
        }
        let vector = |place: &usize| vectors[*place].clone().expect("every missing text was computed");
        Ok(places.iter().map(vector).collect())
    }

    /// The vector of a question.
    pub fn embed_query(&self, question: &str) -> Result<Arc<[f32]>, EmbedError> {
        let mut vectors = self.finish(self.look_up(&[with_prefix(&self.settings.query_prefix, question)])?)?;
        Ok(vectors.remove(0))
    }

    /// Texts to give it at once, if there are so many, to keep the device busy.
    pub fn texts_at_once(&self) -> usize {
        self.engine.texts_at_once()
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

    fn reuse(&self) -> MutexGuard<'_, Reuse> {
        self.reuse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The vectors of the distinct texts that were seen lately or are in the cache, and the tokens of the others.
    fn look_up(&self, inputs: &[Cow<'_, str>]) -> Result<Prepared, EmbedError> {
        let (places, texts) = distinct(inputs);
        let mut reuse = self.reuse();
        let mut vectors: Vec<_> = texts.iter().map(|text| reuse.get(text)).collect();
        drop(reuse);
        let absent = vectors.iter().filter(|vector| vector.is_none()).count();
        self.reused.fetch_add((inputs.len() - absent) as u64, Ordering::Relaxed);
        self.recall(&texts, &mut vectors);
        let missing: Vec<usize> = (0..texts.len()).filter(|place| vectors[*place].is_none()).collect();
        let ids = self.tokenize(&missing.iter().map(|place| texts[*place]).collect::<Vec<_>>())?;
        let missing = missing.into_iter().zip(ids).map(|(place, ids)| Missing {
            place,
            text: texts[place].into(),
            ids,
        });
        Ok(Prepared {
            places,
            missing: missing.collect(),
            vectors,
        })
    }

    /// Fills in from the cache what is absent.
    fn recall(&self, texts: &[&str], vectors: &mut [Option<Arc<[f32]>>]) {
        let Some(cache) = &self.cache else {
            return;
        };
        let absent: Vec<usize> = (0..texts.len()).filter(|place| vectors[*place].is_none()).collect();
        let asked: Vec<&str> = absent.iter().map(|place| texts[*place]).collect();
        let found = cache.lock().unwrap_or_else(PoisonError::into_inner).get(&asked);
        let mut reuse = self.reuse();
        for (place, vector) in absent.into_iter().zip(found) {
            if let Some(vector) = &vector {
                reuse.put(texts[place], vector);
                self.recalled.fetch_add(1, Ordering::Relaxed);
            }
            vectors[place] = vector;
        }
    }

    fn compute(&self, texts: &[Missing]) -> Result<Vec<Arc<[f32]>>, EmbedError> {
        let ids: Vec<&[u32]> = texts.iter().map(|text| &*text.ids).collect();
        let vectors = self.engine.vectors(&ids)?;
        self.texts.fetch_add(ids.len() as u64, Ordering::Relaxed);
        let tokens = ids.iter().map(|ids| ids.len() as u64).sum();
        self.tokens.fetch_add(tokens, Ordering::Relaxed);
        Ok(vectors)
    }

    fn tokenize(&self, texts: &[&str]) -> Result<Vec<Vec<u32>>, EmbedError> {
        let chunks = texts.par_chunks(TOKENIZE_CHUNK);
        let ids: Vec<_> = self
            .tokenizing
            .install(|| chunks.map(|chunk| self.tokenizer.ids(chunk)).collect::<Result<_, _>>())?;
        Ok(ids.into_iter().flatten().collect())
    }
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

/// For each text its place among the distinct ones, and these.
fn distinct<'a>(texts: &'a [Cow<'_, str>]) -> (Vec<usize>, Vec<&'a str>) {
    let mut places = HashMap::with_capacity(texts.len());
    let mut distinct = Vec::new();
    let place = |text: &'a Cow<'_, str>| {
        *places.entry(text.as_ref()).or_insert_with_key(|text| {
            distinct.push(*text);
            distinct.len() - 1
        })
    };
    (texts.iter().map(place).collect(), distinct)
}

fn with_prefix<'a>(prefix: &str, text: &'a str) -> Cow<'a, str> {
    if prefix.is_empty() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("{prefix}{text}"))
    }
}
