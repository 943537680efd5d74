//! The model behind the encoder. What comes in: the files of a model and a device; what goes out: the implementation
//! for that device, loaded.

use std::fs;

use candle_core::DType;
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{Config, HiddenAct};

use super::candle::CandleBert;
use super::device::Backend;
use super::manifest::{CONFIG, WEIGHTS};
use super::packed::{Kernel, PackedBert};
use super::{EmbedError, ModelFiles, directory};

/// A BERT model that pools.
pub(super) trait Bert: Send + Sync {
    /// The pooled vectors of a batch of token ids, in its order; not yet of length one.
    fn pooled(&self, batch: &[&[u32]]) -> candle_core::Result<Vec<Vec<f32>>>;
}

/// Reads configuration and weights: packed on the CPU, through candle's layers on a GPU.
pub(super) fn load(files: &ModelFiles, backend: &Backend) -> Result<Box<dyn Bert>, EmbedError> {
    let config = read_config(files, backend)?;
    let path = files.dir.join(WEIGHTS);
    let weights = fs::read(&path).map_err(|source| EmbedError::File {
        path: path.clone(),
        source,
    })?;
    let build = || -> candle_core::Result<Box<dyn Bert>> {
        let on_cpu = backend.device.is_cpu();
        // The CPU rounds to bf16 as it lays the weights out; norms and biases stay f32.
        let dtype = if on_cpu { DType::F32 } else { backend.dtype };
        let root = root(VarBuilder::from_buffered_safetensors(weights, dtype, &backend.device)?);
        let pooling = files.settings.pooling;
        if !on_cpu {
            return Ok(Box::new(CandleBert::build(&root, &config, pooling)?));
        }
        // Asking for it takes a permission of the system, so nobody asks in vain.
        Ok(match (backend.dtype == DType::BF16).then(Kernel::bf16) {
            Some(Ok(kernel)) => Box::new(PackedBert::build(&root, &config, pooling, kernel)?),
            _ => Box::new(PackedBert::build(&root, &config, pooling, Kernel::f32())?),
        })
    };
    build().map_err(|error| EmbedError::Malformed {
        path: path.clone(),
        problem: format!("no BERT weights: {error}"),
    })
}

/// Checkpoints of larger models keep the encoder under `bert`.
fn root(tensors: VarBuilder<'static>) -> VarBuilder<'static> {
    if tensors.contains_tensor("bert.embeddings.word_embeddings.weight") {
        tensors.pp("bert")
    } else {
        tensors
    }
}

fn read_config(files: &ModelFiles, backend: &Backend) -> Result<Config, EmbedError> {
    let path = files.dir.join(CONFIG);
    let config: Config = directory::required(&path)?;
    let wrong = |problem: String| EmbedError::Malformed {
        path: path.clone(),
        problem,
    };
    if config.model_type.as_deref().unwrap_or("bert") != "bert" {
        let model_type = config.model_type.as_deref().unwrap_or_default();
        return Err(wrong(format!("a `{model_type}` model; only `bert` models can be used")));
    }
    if backend.device.is_cpu() && config.hidden_act == HiddenAct::GeluApproximate {
        return Err(wrong(
            "hidden_act `gelu_approximate` is not supported on the CPU".to_string(),
        ));
    }
    let settings = &files.settings;
    if config.hidden_size != settings.dimensions {
        return Err(wrong(format!(
            "hidden_size is {}, expected {}",
            config.hidden_size, settings.dimensions
        )));
    }
    if config.max_position_embeddings < settings.max_tokens {
        let most = config.max_position_embeddings;
        return Err(wrong(format!(
            "max_position_embeddings is {most}, below {}",
            settings.max_tokens
        )));
    }
    Ok(config)
}
