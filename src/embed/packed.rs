//! BERT on the CPU in f32. What comes in: batches of token ids; what goes out: one pooled vector a text, not yet of
//! length one. Texts stand one after the other without padding, so a batch may hold any lengths.
//!
//! The matrix products are candle's (the `gemm` crate). What lies between them is done in place on their results, in
//! one pass each, on the worker's own thread. candle's own elementwise operations would be simpler, but from 65,536
//! elements on they take one lock for the whole process and spin until every core has done its share: workers
//! hinder each other, and badly so where cores are shared with other programs.
//!
//! A vector's bits do not depend on the other texts of the batch. Every step works row by row, or on one text alone
//! (attention), and a row of a matrix product does not depend on how many rows there are: `gemm` sums each element
//! over `k` in one fixed order, in blocks whose depth depends on `k` and the processor only. (Its kernels for a
//! single row, and for products of at most 256 elements, do sum otherwise. The first cannot happen, as a text has
//! `[CLS]` and `[SEP]`; the second needs a model at most 128 wide.) The tests hold us to it.

use candle_core::{CpuStorage, D, DType, InplaceOp1, InplaceOp2, Layout, Result, Tensor, bail};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{Config, HiddenAct};

use super::elementwise::{gelu, softmax_row, sum, sum_of_squares};
use super::manifest::Pooling;
use super::model::Bert;

/// A BERT model in memory.
pub(super) struct PackedBert {
    words: Vec<f32>,
    positions: Vec<f32>,
    /// All tokens are of the first type.
    token_type: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    heads: usize,
    width: usize,
    pooling: Pooling,
}

struct Layer {
    query_key_value: Linear,
    attention_output: Linear,
    attention_norm: Norm,
    intermediate: Linear,
    activation: HiddenAct,
    output: Linear,
    output_norm: Norm,
}

struct Linear {
    /// Inputs x outputs.
    weight: Tensor,
    bias: Vec<f32>,
}

struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl PackedBert {
    /// Takes the tensors of a model; `root` is where `embeddings` and `encoder` are.
    pub(super) fn build(root: &VarBuilder<'_>, config: &Config, pooling: Pooling) -> Result<PackedBert> {
        let embeddings = root.pp("embeddings");
        let width = config.hidden_size;
        let table = |rows: usize, name: &str| {
            embeddings
                .get((rows, width), &format!("{name}.weight"))
                .and_then(values)
        };
        let mut token_type = table(config.type_vocab_size, "token_type_embeddings")?;
        token_type.truncate(width);
        let layer = |index: usize| Layer::build(&root.pp("encoder.layer").pp(index), config);
        Ok(PackedBert {
            words: table(config.vocab_size, "word_embeddings")?,
            positions: table(config.max_position_embeddings, "position_embeddings")?,
            token_type,
            norm: Norm::build(&embeddings.pp("LayerNorm"), config)?,
            layers: (0..config.num_hidden_layers).map(layer).collect::<Result<_>>()?,
            heads: config.num_attention_heads,
            width,
            pooling,
        })
    }

    /// Sum of word, type and position embeddings, normalized: tokens x width.
    fn embed_tokens(&self, batch: &[&[u32]]) -> Result<Tensor> {
        let tokens: usize = batch.iter().map(|ids| ids.len()).sum();
        let mut rows = Vec::with_capacity(tokens * self.width);
        for ids in batch {
            for (position, &id) in ids.iter().enumerate() {
                let Some(word) = self.words.chunks_exact(self.width).nth(id as usize) else {
                    bail!("token id {id} is not in the vocabulary of the weights");
                };
                let position = &self.positions[position * self.width..][..self.width];
                let sums = word
                    .iter()
                    .zip(&self.token_type)
                    .zip(position)
                    .map(|((word, kind), at)| word + kind + at);
                rows.extend(sums);
            }
        }
        for row in rows.chunks_exact_mut(self.width) {
            self.norm.apply(row);
        }
        Tensor::from_vec(rows, (tokens, self.width), &candle_core::Device::Cpu)
    }

    /// One vector from the rows of a text.
    fn pool(&self, rows: &[f32]) -> Vec<f32> {
        match self.pooling {
            Pooling::Cls => rows[..self.width].to_vec(),
            // The vector gets length one in the end, so the sum is as good as the mean.
            Pooling::Mean => rows
                .chunks_exact(self.width)
                .fold(vec![0.0; self.width], |mut sum, row| {
                    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                    sum
                }),
        }
    }
}

impl Bert for PackedBert {
    fn pooled(&self, batch: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let lengths: Vec<usize> = batch.iter().map(|ids| ids.len()).collect();
        let mut hidden = self.embed_tokens(batch)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden, &lengths, self.heads)?;
        }
        let hidden = values(hidden)?;
        let mut start = 0;
        let mut vectors = Vec::with_capacity(batch.len());
        for length in lengths {
            vectors.push(self.pool(&hidden[start * self.width..(start + length) * self.width]));
            start += length;
        }
        Ok(vectors)
    }
}

impl Layer {
    fn build(root: &VarBuilder<'_>, config: &Config) -> Result<Layer> {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let part = |name: &str| Linear::tensors(&root.pp("attention.self").pp(name), width, width);
        let (query, key, value) = (part("query")?, part("key")?, part("value")?);
        let weights = Tensor::cat(&[&query.0, &key.0, &value.0], 0)?;
        let bias = Tensor::cat(&[&query.1, &key.1, &value.1], 0)?;
        let linear = |name: &str, inputs: usize, outputs: usize| {
            let (weight, bias) = Linear::tensors(&root.pp(name), inputs, outputs)?;
            Linear::build(&weight, bias)
        };
        Ok(Layer {
            query_key_value: Linear::build(&weights, bias)?,
            attention_output: linear("attention.output.dense", width, width)?,
            attention_norm: Norm::build(&root.pp("attention.output.LayerNorm"), config)?,
            intermediate: linear("intermediate.dense", width, inner)?,
            activation: config.hidden_act,
            output: linear("output.dense", inner, width)?,
            output_norm: Norm::build(&root.pp("output.LayerNorm"), config)?,
        })
    }

    fn forward(&self, hidden: &Tensor, lengths: &[usize], heads: usize) -> Result<Tensor> {
        let attended = self.attention(hidden, lengths, heads)?;
        let attended = self.attention_output.times(&attended)?;
        attended.inplace_op2(hidden, &ResidualNorm(&self.attention_output.bias, &self.attention_norm))?;
        let inner = self.intermediate.times(&attended)?;
        inner.inplace_op1(&BiasActivation(&self.intermediate.bias, self.activation))?;
        let output = self.output.times(&inner)?;
        output.inplace_op2(&attended, &ResidualNorm(&self.output.bias, &self.output_norm))?;
        Ok(output)
    }

    /// Every token of a text looks at every token of the same text: tokens x width.
    fn attention(&self, hidden: &Tensor, lengths: &[usize], heads: usize) -> Result<Tensor> {
        let (tokens, width) = hidden.dims2()?;
        let head_width = width / heads;
        let projected = self.query_key_value.times(hidden)?;
        projected.inplace_op1(&Bias(&self.query_key_value.bias))?;
        let projected = projected.reshape((tokens, 3, heads, head_width))?;
        let scale = 1.0 / (head_width as f32).sqrt();
        let mut start = 0;
        let mut contexts = Vec::with_capacity(lengths.len());
        for &length in lengths {
            let text = projected.narrow(0, start, length)?;
            // heads x tokens x head width, as views
            let part = |at: usize| text.narrow(1, at, 1)?.squeeze(1)?.transpose(0, 1);
            let scores = part(0)?.matmul(&part(1)?.t()?)?;
            scores.inplace_op1(&Softmax(scale))?;
            contexts.push(scores.matmul(&part(2)?)?.transpose(0, 1)?.reshape((length, width))?);
            start += length;
        }
        Tensor::cat(&contexts, 0)
    }
}

impl Linear {
    /// Weight (outputs x inputs) and bias.
    fn tensors(root: &VarBuilder<'_>, inputs: usize, outputs: usize) -> Result<(Tensor, Tensor)> {
        Ok((root.get((outputs, inputs), "weight")?, root.get(outputs, "bias")?))
    }

    fn build(weight: &Tensor, bias: Tensor) -> Result<Linear> {
        Ok(Linear {
            weight: weight.t()?,
            bias: values(bias)?,
        })
    }

    /// The product without the bias, which the next step adds.
    fn times(&self, rows: &Tensor) -> Result<Tensor> {
        rows.matmul(&self.weight)
    }
}

impl Norm {
    fn build(root: &VarBuilder<'_>, config: &Config) -> Result<Norm> {
        // Checkpoints converted from TensorFlow call them gamma and beta.
        let [weight, bias] = if root.contains_tensor("gamma") {
            ["gamma", "beta"]
        } else {
            ["weight", "bias"]
        };
        Ok(Norm {
            weight: values(root.get(config.hidden_size, weight)?)?,
            bias: values(root.get(config.hidden_size, bias)?)?,
            epsilon: config.layer_norm_eps as f32,
        })
    }

    fn apply(&self, row: &mut [f32]) {
        let width = row.len() as f32;
        let mean = sum(row) / width;
        row.iter_mut().for_each(|value| *value -= mean);
        let variance = sum_of_squares(row) / width;
        let scale = 1.0 / (variance + self.epsilon).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
            *value = *value * scale * weight + bias;
        }
    }
}

/// Adds the bias to every row.
struct Bias<'a>(&'a [f32]);

impl InplaceOp1 for Bias<'_> {
    fn name(&self) -> &'static str {
        "bias"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for row in values_mut(storage, layout)?.chunks_exact_mut(self.0.len()) {
            row.iter_mut().zip(self.0).for_each(|(value, bias)| *value += bias);
        }
        Ok(())
    }
}

/// Adds the bias to every row, then applies the activation.
struct BiasActivation<'a>(&'a [f32], HiddenAct);

impl InplaceOp1 for BiasActivation<'_> {
    fn name(&self) -> &'static str {
        "bias-activation"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for row in values_mut(storage, layout)?.chunks_exact_mut(self.0.len()) {
            let pairs = row.iter_mut().zip(self.0);
            match self.1 {
                HiddenAct::Gelu => pairs.for_each(|(value, bias)| *value = gelu(*value + bias)),
                HiddenAct::Relu => pairs.for_each(|(value, bias)| *value = (*value + bias).max(0.0)),
                HiddenAct::GeluApproximate => bail!("the tanh form of gelu is not supported on the CPU"),
            }
        }
        Ok(())
    }
}

/// Scales every row, then turns it into weights that sum to one.
struct Softmax(f32);

impl InplaceOp1 for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let length = layout.shape().dim(D::Minus1)?;
        for row in values_mut(storage, layout)?.chunks_exact_mut(length) {
            softmax_row(row, self.0);
        }
        Ok(())
    }
}

/// Adds the bias and the second tensor to every row, then normalizes it.
struct ResidualNorm<'a>(&'a [f32], &'a Norm);

impl InplaceOp2 for ResidualNorm<'_> {
    fn name(&self) -> &'static str {
        "residual-norm"
    }

    fn cpu_fwd(&self, s1: &mut CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<()> {
        let width = self.0.len();
        let Some((from, until)) = l2.contiguous_offsets() else {
            bail!("the residual is not contiguous");
        };
        let residual = &s2.as_slice::<f32>()?[from..until];
        for (row, residual) in values_mut(s1, l1)?
            .chunks_exact_mut(width)
            .zip(residual.chunks_exact(width))
        {
            for ((value, residual), bias) in row.iter_mut().zip(residual).zip(self.0) {
                *value += bias + residual;
            }
            self.1.apply(row);
        }
        Ok(())
    }
}

fn values_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((from, until))) => Ok(&mut values[from..until]),
        _ => bail!("not contiguous f32"),
    }
}

fn values(tensor: Tensor) -> Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}
