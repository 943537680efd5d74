//! Finds the model and turns texts into vectors. What comes in: the name of a model (or its folder) and texts; what
//! goes out: unit vectors of finite numbers, in the order of the texts. It never writes weights into the
//! repository, never fetches anything when told to stay offline, and never lets an unverified model through.
//!
//! On the CPU the bits of a text's vector depend on the text and the model alone: not on the other texts of the call,
//! their order or the number of threads (`packed` says why). On a GPU vectors differ by about a thousandth.

mod batch;
mod cache;
mod candle;
#[cfg(feature = "cuda")]
mod cuda_memory;
mod device;
mod digest;
mod directory;
mod encoder;
mod engine;
mod fetch;
mod hub;
mod keeper;
mod manifest;
mod model;
mod packed;
mod pypi;
mod reuse;
mod tokenizer;
mod wordpiece;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use cache::CacheSettings;
pub use device::{Device, Precision, bf16_on_the_cpu, choice};
pub use encoder::{EmbedCounts, Encoder, EncoderInfo, Prepared};
pub use fetch::{ModelFiles, ModelSource, default_cache_dir, fetch, locate};
pub use manifest::{DEFAULT_MODEL, EncoderSettings, Pooling, model_names};
#[cfg(test)]
pub(crate) use tests::model_for_tests;
pub use tokenizer::TextTokenizer;

/// Why there is no model, or no vector.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// Neither a model of the manifest nor a folder.
    #[error("`{name}` is no known model and no folder; known are {known}, or give the folder of a BERT model")]
    UnknownModel {
        /// As given.
        name: String,
        /// The names of the manifest.
        known: String,
    },
    /// The model is nowhere to be had.
    #[error("model `{name}` is not at hand; tried:{}\n{remedy}", list(.tried))]
    NotFound {
        /// The model's name.
        name: String,
        /// Every place asked, in order, and why it did not help.
        tried: Vec<Attempt>,
        /// What to do.
        remedy: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}; check that it is there, readable and that the disk has room")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not the one the manifest names.
    #[error("{path}: its SHA-256 is {found}, expected {expected}; delete it and fetch the model again")]
    Digest {
        /// The file.
        path: PathBuf,
        /// As the manifest has it.
        expected: String,
        /// As it is.
        found: String,
    },
    /// A file of the model does not hold what it should.
    #[error("{path}: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// The Hugging Face hub did not deliver.
    #[error("{url}: {problem}")]
    Hub {
        /// What was asked for.
        url: String,
        /// What went wrong.
        problem: String,
    },
    /// pip did not deliver.
    #[error("`{command}`: {problem}")]
    Pip {
        /// The command line.
        command: String,
        /// What went wrong.
        problem: String,
    },
    /// The device is not there, or cannot compute in the precision asked for.
    #[error("--device {device}: {problem}")]
    Device {
        /// As asked for.
        device: Device,
        /// Why not, and what to do.
        problem: String,
    },
    /// The tokenizer failed.
    #[error("tokenizer: {problem}")]
    Tokenizer {
        /// What it said.
        problem: String,
    },
    /// candle failed.
    #[error("model: {source}; `--device cpu` is the slow and safe way")]
    Model {
        /// What it said.
        source: Box<candle_core::Error>,
    },
    /// A thread could not be started.
    #[error("no thread for the encoder: {problem}; try fewer --threads")]
    Thread {
        /// What the system said.
        problem: String,
    },
    /// The model gave NaN or infinity, or a vector without length.
    #[error(
        "the model gave no finite vector for a text of {tokens} tokens in {precision}; \
         try --precision f32, or fetch the model again"
    )]
    NotFinite {
        /// Length of the text.
        tokens: usize,
        /// What was computed in.
        precision: &'static str,
    },
}

/// A place asked for the model, and why it did not help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The place.
    pub place: String,
    /// Why it did not help.
    pub reason: String,
}

impl From<candle_core::Error> for EmbedError {
    fn from(source: candle_core::Error) -> EmbedError {
        EmbedError::Model {
            source: Box::new(source),
        }
    }
}

fn list(tried: &[Attempt]) -> String {
    let line = |attempt: &Attempt| format!("\n  {}: {}", attempt.place, attempt.reason);
    tried.iter().map(line).collect()
}
