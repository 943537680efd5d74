//! BERT through candle's layers: CUDA and Metal. What comes in: batches of token ids; what goes out: one pooled vector
//! a text, not yet of length one. It never tokenizes.
//!
//! The operations are candle's; how they are put together is not, for two reasons. Its `BertModel` masks with the lowest
//! f32, which is minus infinity in f16 and bf16, and zero times that is NaN: it gives no vector in half precision. And
//! its layers go over the memory of a GPU more often than they must: here queries, keys and values are one product and
//! one copy, softmax is one kernel instead of five, and where nothing is padded, nothing is masked. In f32 the result
//! equals `BertModel`'s but for rounding (a test holds us to it).

use candle_core::{D, DType, Device, Module, Tensor};
use candle_nn::{LayerNorm, Linear, VarBuilder, layer_norm, linear};
use candle_transformers::models::bert::{Config, HiddenAct};

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
    layers: Vec<Layer>,
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
            layers: (0..config.num_hidden_layers)
                .map(|layer| Layer::build(&root.pp(format!("encoder.layer.{layer}")), config))
                .collect::<candle_core::Result<_>>()?,
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
        let mask = padded.then(|| self.padding_mask(batch, longest)).transpose()?;
        let mut hidden = self.embeddings(batch, longest)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden, mask.as_ref())?;
        }
        let hidden = hidden.to_dtype(DType::F32)?;
        let pooled = match self.pooling {
            Pooling::Cls => hidden.narrow(1, 0, 1)?.squeeze(1)?,
            // The vector gets length one in the end, so the sum is as good as the mean.
            Pooling::Mean if padded => hidden.broadcast_mul(&self.token_weights(batch, longest)?)?.sum(1)?,
            Pooling::Mean => hidden.sum(1)?,
        };
        pooled.to_vec2()
    }
}

/// One layer of the encoder (<https://arxiv.org/abs/1706.03762>, 3.1 and 3.2; with the norms behind the sums).
struct Layer {
    /// Queries, keys and values in one product: 3 width x width.
    query_key_value: Linear,
    heads: usize,
    attention_output: Linear,
    attention_norm: LayerNorm,
    intermediate: Linear,
    activation: HiddenAct,
    output: Linear,
    output_norm: LayerNorm,
}

impl Layer {
    fn build(layer: &VarBuilder<'_>, config: &Config) -> candle_core::Result<Layer> {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let norm = |name: &str| layer_norm(width, config.layer_norm_eps, layer.pp(name));
        Ok(Layer {
            query_key_value: query_key_value(&layer.pp("attention.self"), width)?,
            heads: config.num_attention_heads,
            attention_output: linear(width, width, layer.pp("attention.output.dense"))?,
            attention_norm: norm("attention.output.LayerNorm")?,
            intermediate: linear(width, inner, layer.pp("intermediate.dense"))?,
            activation: config.hidden_act,
            output: linear(inner, width, layer.pp("output.dense"))?,
            output_norm: norm("output.LayerNorm")?,
        })
    }

    /// `hidden` and the result: texts x tokens x width; the mask: texts x 1 x 1 x tokens.
    fn forward(&self, hidden: &Tensor, mask: Option<&Tensor>) -> candle_core::Result<Tensor> {
        let attended = self.attention_output.forward(&self.attention(hidden, mask)?)?;
        let hidden = self.attention_norm.forward(&(attended + hidden)?)?;
        let inner = self.intermediate.forward(&hidden)?;
        let inner = match self.activation {
            HiddenAct::Gelu => inner.gelu_erf()?,
            HiddenAct::GeluApproximate => inner.gelu()?,
            HiddenAct::Relu => inner.relu()?,
        };
        self.output_norm.forward(&(self.output.forward(&inner)? + hidden)?)
    }

    fn attention(&self, hidden: &Tensor, mask: Option<&Tensor>) -> candle_core::Result<Tensor> {
        let (texts, tokens, width) = hidden.dims3()?;
        let head = width / self.heads;
        let split = self.query_key_value.forward(hidden)?;
        let split = split.reshape((texts, tokens, 3, self.heads, head))?;
        // Three times texts x heads x tokens x head.
        let split = split.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let (queries, keys, values) = (split.get(0)?, split.get(1)?, split.get(2)?);
        // There are fewer queries than scores.
        let queries = (queries / (head as f64).sqrt())?;
        let scores = queries.matmul(&keys.t()?)?;
        let scores = match mask {
            Some(mask) => scores.broadcast_add(mask)?,
            None => scores,
        };
        let context = candle_nn::ops::softmax_last_dim(&scores)?.matmul(&values)?;
        context.transpose(1, 2)?.flatten_from(D::Minus2)
    }
}

/// The three projections of attention as one.
fn query_key_value(attention: &VarBuilder<'_>, width: usize) -> candle_core::Result<Linear> {
    let parts = ["query", "key", "value"].map(|name| linear(width, width, attention.pp(name)));
    let [query, key, value] = parts;
    let parts = [query?, key?, value?];
    let weights = parts.each_ref().map(Linear::weight);
    let biases: Vec<&Tensor> = parts.iter().filter_map(Linear::bias).collect();
    Ok(Linear::new(Tensor::cat(&weights, 0)?, Some(Tensor::cat(&biases, 0)?)))
}
