//! One layer of BERT through candle's operations, for a GPU: one product for query, key and value, a softmax of one
//! pass, and nothing that waits for the device. What comes in: texts x tokens x width; what goes out: the same.

use candle_core::{D, Module, Result, Tensor};
use candle_nn::{LayerNorm, Linear, VarBuilder, layer_norm, linear, ops::softmax_last_dim};
use candle_transformers::models::bert::{Config, HiddenAct};

/// The weights of a layer on a device.
pub(super) struct CandleLayer {
    query_key_value: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    inner: Linear,
    output: Linear,
    norm: LayerNorm,
    activation: HiddenAct,
    heads: usize,
}

impl CandleLayer {
    /// Takes the tensors of a layer.
    pub(super) fn build(layer: &VarBuilder<'_>, config: &Config) -> Result<CandleLayer> {
        let (width, inner, epsilon) = (config.hidden_size, config.intermediate_size, config.layer_norm_eps);
        let attention = layer.pp("attention");
        Ok(CandleLayer {
            query_key_value: query_key_value(&attention.pp("self"), width)?,
            attention_output: linear(width, width, attention.pp("output.dense"))?,
            attention_norm: layer_norm(width, epsilon, attention.pp("output.LayerNorm"))?,
            inner: linear(width, inner, layer.pp("intermediate.dense"))?,
            output: linear(inner, width, layer.pp("output.dense"))?,
            norm: layer_norm(width, epsilon, layer.pp("output.LayerNorm"))?,
            activation: config.hidden_act,
            heads: config.num_attention_heads,
        })
    }

    /// The mask, if any, is added to the scores.
    pub(super) fn forward(&self, hidden: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let attended = self.attention_output.forward(&self.attend(hidden, mask)?)?;
        let hidden = self.attention_norm.forward(&(attended + hidden)?)?;
        let inner = self.inner.forward(&hidden)?;
        let inner = match self.activation {
            HiddenAct::Gelu => inner.gelu_erf()?,
            HiddenAct::GeluApproximate => inner.gelu()?,
            HiddenAct::Relu => inner.relu()?,
        };
        self.norm.forward(&(self.output.forward(&inner)? + hidden)?)
    }

    fn attend(&self, hidden: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let (texts, tokens, width) = hidden.dims3()?;
        let head_width = width / self.heads;
        // Which of the three x texts x heads x tokens x head width.
        let parts = self
            .query_key_value
            .forward(hidden)?
            .reshape((texts, tokens, 3, self.heads, head_width))?
            .permute((2, 0, 3, 1, 4))?
            .contiguous()?;
        // Scaling the query is a smaller pass than scaling the scores.
        let query = (parts.get(0)? * (1.0 / (head_width as f64).sqrt()))?;
        let scores = query.matmul(&parts.get(1)?.transpose(D::Minus2, D::Minus1)?)?;
        let scores = match mask {
            Some(mask) => scores.broadcast_add(mask)?,
            None => scores,
        };
        let attended = softmax_last_dim(&scores)?.matmul(&parts.get(2)?)?;
        attended.transpose(1, 2)?.reshape((texts, tokens, width))
    }
}

/// The three products of attention as one.
fn query_key_value(attention: &VarBuilder<'_>, width: usize) -> Result<Linear> {
    let names = ["query", "key", "value"];
    let weights = names.map(|name| attention.get((width, width), &format!("{name}.weight")));
    let biases = names.map(|name| attention.get(width, &format!("{name}.bias")));
    let joined = |tensors: [Result<Tensor>; 3]| Tensor::cat(&tensors.into_iter().collect::<Result<Vec<_>>>()?, 0);
    Ok(Linear::new(joined(weights)?, Some(joined(biases)?)))
}
