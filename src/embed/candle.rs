//! BERT through candle's layers: CUDA and Metal. What comes in: batches of token ids; what goes out: one pooled vector
//! a text, not yet of length one. It never tokenizes.
//!
//! The layers are candle's own. Embeddings and mask are ours, because candle's `BertModel` masks with the lowest f32,
//! which is minus infinity in f16 and bf16, and zero times that is NaN: it gives no vector in half precision. In f32
//! the result equals `BertModel`'s bit for bit (a test holds us to it).

use candle_core::{D, DType, Device, Module, Tensor};
use candle_nn::{LayerNorm, VarBuilder, layer_norm};
use candle_transformers::models::bert::{BertEncoder, Config};

use super::manifest::Pooling;
use super::model::Bert;

/// Added to the score of a padded position: far below any score, and within the range of f16.
const MASKED: f32 = -10_000.0;

/// A BERT model on a device.
pub(super) struct CandleBert {
    words: Tensor,
    positions: Tensor,
    /// All tokens are of the first type.
    token_type: Tensor,
    norm: LayerNorm,
    encoder: BertEncoder,
    pooling: Pooling,
    device: Device,
    dtype: DType,
}

impl CandleBert {
    /// Takes the tensors of a model; `root` is where `embeddings` and `encoder` are.
    pub(super) fn build(root: &VarBuilder<'_>, config: &Config, pooling: Pooling) -> candle_core::Result<CandleBert> {
        let embeddings = root.pp("embeddings");
        let width = config.hidden_size;
        let table = |rows: usize, name: &str| embeddings.get((rows, width), &format!("{name}.weight"));
        Ok(CandleBert {
            words: table(config.vocab_size, "word_embeddings")?,
            positions: table(config.max_position_embeddings, "position_embeddings")?,
            token_type: table(config.type_vocab_size, "token_type_embeddings")?.narrow(0, 0, 1)?,
            norm: layer_norm(width, config.layer_norm_eps, embeddings.pp("LayerNorm"))?,
            encoder: BertEncoder::load(root.pp("encoder"), config)?,
            pooling,
            device: root.device().clone(),
            dtype: root.dtype(),
        })
    }

    /// Sum of word, type and position embeddings, normalized: texts x tokens x width.
    fn embeddings(&self, batch: &[&[u32]], longest: usize) -> candle_core::Result<Tensor> {
        let padded = batch
            .iter()
            .flat_map(|ids| (0..longest).map(|at| ids.get(at).copied().unwrap_or(0)));
        let ids = Tensor::from_vec(padded.collect::<Vec<u32>>(), batch.len() * longest, &self.device)?;
        let words = self.words.index_select(&ids, 0)?.broadcast_add(&self.token_type)?;
        let words = words.reshape((batch.len(), longest, self.words.dim(D::Minus1)?))?;
        let positions = self.positions.narrow(0, 0, longest)?;
        self.norm.forward(&words.broadcast_add(&positions)?)
    }

    /// Zero for a token, [`MASKED`] for padding: texts x 1 x 1 x tokens.
    fn padding_mask(&self, batch: &[&[u32]], longest: usize) -> candle_core::Result<Tensor> {
        let row = |ids: &&[u32]| {
            (0..longest)
                .map(|at| if at < ids.len() { 0.0 } else { MASKED })
                .collect::<Vec<f32>>()
        };
        let mask: Vec<f32> = batch.iter().flat_map(row).collect();
        Tensor::from_vec(mask, (batch.len(), 1, 1, longest), &self.device)?.to_dtype(self.dtype)
    }

    /// One for a token, zero for padding: texts x tokens x 1.
    fn token_weights(&self, batch: &[&[u32]], longest: usize) -> candle_core::Result<Tensor> {
        let row = |ids: &&[u32]| {
            (0..longest)
                .map(|at| if at < ids.len() { 1.0 } else { 0.0 })
                .collect::<Vec<f32>>()
        };
        let weights: Vec<f32> = batch.iter().flat_map(row).collect();
        Tensor::from_vec(weights, (batch.len(), longest, 1), &self.device)
    }
}

impl Bert for CandleBert {
    /// Texts of unequal length are padded to the longest.
    fn pooled(&self, batch: &[&[u32]]) -> candle_core::Result<Vec<Vec<f32>>> {
        let longest = batch.iter().map(|ids| ids.len()).max().unwrap_or_default();
        let padded = batch.iter().any(|ids| ids.len() < longest);
        let embedded = self.embeddings(batch, longest)?;
        let mask = if padded {
            self.padding_mask(batch, longest)?
        } else {
            Tensor::zeros((1, 1, 1, 1), self.dtype, &self.device)?
        };
        let hidden = self.encoder.forward(&embedded, &mask)?.to_dtype(DType::F32)?;
        let pooled = match self.pooling {
            Pooling::Cls => hidden.narrow(1, 0, 1)?.squeeze(1)?,
            // The vector gets length one in the end, so the sum is as good as the mean.
            Pooling::Mean if padded => hidden.broadcast_mul(&self.token_weights(batch, longest)?)?.sum(1)?,
            Pooling::Mean => hidden.sum(1)?,
        };
        pooled.to_vec2()
    }
}
