//! A layer of BERT: attention, then a feed-forward net, each with a residual and a norm. What comes in: the rows of a
//! batch in a workspace; what goes out: the next rows, in the same place.

use std::ops::Range;

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{Config, HiddenAct};
use pulp::{Simd, WithSimd};

use super::attention::attend;
use super::cell::{Cell, pack_row};
use super::elementwise::{gelu, sum, sum_of_squares};
use super::panels::Panels;
use super::prefetch::prefetch;
use super::product::{Epilogue, Kernel, Room};
use super::projected::Heads;
use super::values;
use super::workspace::{Workspace, room};

/// Rows that go through the products together: eight tiles. Their 1,536 inner numbers in f32 (or the rows of two
/// products in bf16) stay in a second-level cache of 1 MiB while panels of weights pass by.
const GROUP: usize = 112;

/// One layer's weights.
pub(super) struct Layer<C> {
    query_key_value: Linear<C>,
    attention_output: Linear<C>,
    attention_norm: Norm,
    intermediate: Linear<C>,
    relu: bool,
    output: Linear<C>,
    output_norm: Norm,
}

struct Linear<C> {
    /// Inputs x outputs.
    weight: Panels<C>,
    bias: Vec<f32>,
}

/// Makes the mean of a row zero and its variance one, then scales and shifts every column.
pub(super) struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl<C: Cell> Layer<C> {
    /// Takes the tensors of a layer.
    pub(super) fn build(root: &VarBuilder<'_>, config: &Config) -> Result<Layer<C>> {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let part = |name: &str| Linear::<C>::tensors(&root.pp("attention.self").pp(name), width, width);
        let (query, key, value) = (part("query")?, part("key")?, part("value")?);
        let weights = Tensor::cat(&[&query.0, &key.0, &value.0], 0)?;
        let bias = Tensor::cat(&[&query.1, &key.1, &value.1], 0)?;
        let linear = |name: &str, inputs: usize, outputs: usize| {
            let (weight, bias) = Linear::<C>::tensors(&root.pp(name), inputs, outputs)?;
            Linear::build(weight, bias)
        };
        Ok(Layer {
            query_key_value: Linear::build(weights, bias)?,
            attention_output: linear("attention.output.dense", width, width)?,
            attention_norm: Norm::build(&root.pp("attention.output.LayerNorm"), config)?,
            intermediate: linear("intermediate.dense", width, inner)?,
            relu: config.hidden_act == HiddenAct::Relu,
            output: linear("output.dense", inner, width)?,
            output_norm: Norm::build(&root.pp("output.LayerNorm"), config)?,
        })
    }

    /// Replaces the rows of texts of these lengths.
    pub(super) fn forward(&self, kernel: &Kernel<C>, lengths: &[usize], heads: Heads, space: &mut Workspace<C>) {
        let tokens: usize = lengths.iter().sum();
        let width = heads.row_width();
        room(&mut space.context, tokens * width / C::DEPTH);
        let (mut start, mut lengths) = (0, lengths);
        while let Some((texts, rest)) = lengths.split_at_checked(some_texts(lengths, kernel.group())) {
            let rows = start..start + texts.iter().sum::<usize>();
            self.project(kernel, rows.clone(), heads, space);
            let context = &mut space.context[rows.start * width / C::DEPTH..rows.end * width / C::DEPTH];
            attend(kernel, texts, &space.projected, context, &mut space.attention);
            (start, lengths) = (rows.end, rest);
        }
        let hidden = space.hidden[..tokens * width].chunks_mut(GROUP * width);
        let cells = space.hidden_cells.chunks_mut(GROUP * width / C::DEPTH);
        let context = space.context.chunks(GROUP * width / C::DEPTH);
        for ((hidden, cells), context) in hidden.zip(cells).zip(context) {
            self.attention_output.add_to(kernel, context, hidden, &mut space.room);
            self.attention_norm.rows(kernel, hidden, cells);
            let inner = self.inner(kernel, cells, &mut space.inner, &mut space.room);
            self.output.add_to(kernel, inner, hidden, &mut space.room);
            self.output_norm.rows(kernel, hidden, cells);
        }
    }

    /// Queries, keys and values of some rows.
    fn project(&self, kernel: &Kernel<C>, rows: Range<usize>, heads: Heads, space: &mut Workspace<C>) {
        let Linear { weight, bias } = &self.query_key_value;
        let cells = &space.hidden_cells[rows.start * weight.depth()..rows.end * weight.depth()];
        let mut epilogue = space.projected.fill(bias, heads, rows.len());
        let rows = (cells, weight.depth(), rows.len());
        kernel.multiply(rows, weight, &mut space.room, &mut epilogue);
    }

    /// The activations between the two products of the feed-forward net.
    fn inner<'a>(&self, kernel: &Kernel<C>, cells: &[C], inner: &'a mut Vec<C>, within: &mut Room<C>) -> &'a [C] {
        let Linear { weight, bias } = &self.intermediate;
        let rows = cells.len() / weight.depth();
        let activations = room(inner, rows * bias.len() / C::DEPTH);
        let mut epilogue = Activate {
            bias,
            relu: self.relu,
            to: &mut *activations,
        };
        kernel.multiply((cells, weight.depth(), rows), weight, within, &mut epilogue);
        activations
    }
}

/// How many of the first texts go through attention together: whole ones, of not many rows, so that what is projected of them
/// stays in the second-level cache; at least one.
fn some_texts(lengths: &[usize], most_rows: usize) -> usize {
    let mut rows = 0;
    let fits = |length: &&usize| {
        rows += **length;
        rows <= most_rows
    };
    lengths.iter().take_while(fits).count().max(1)
}

impl<C: Cell> Linear<C> {
    /// Weight (outputs x inputs) and bias.
    fn tensors(root: &VarBuilder<'_>, inputs: usize, outputs: usize) -> Result<(Tensor, Tensor)> {
        Ok((root.get((outputs, inputs), "weight")?, root.get(outputs, "bias")?))
    }

    fn build(weight: Tensor, bias: Tensor) -> Result<Linear<C>> {
        let (outputs, inputs) = weight.dims2()?;
        let numbers = values(weight)?;
        let mut panels = Panels::default();
        panels.fill_with_columns((&numbers, inputs), inputs, outputs);
        Ok(Linear {
            weight: panels,
            bias: values(bias)?,
        })
    }

    /// Adds the product and the bias to the residual.
    fn add_to(&self, kernel: &Kernel<C>, cells: &[C], residual: &mut [f32], within: &mut Room<C>) {
        let Linear { weight, bias } = self;
        let rows = residual.len() / bias.len();
        let mut epilogue = AddBiasTo { bias, residual };
        kernel.multiply((cells, weight.depth(), rows), weight, within, &mut epilogue);
    }
}

/// Adds product and bias to the residual.
struct AddBiasTo<'a> {
    bias: &'a [f32],
    residual: &'a mut [f32],
}

impl Epilogue for AddBiasTo<'_> {
    #[inline(always)]
    fn row(&mut self, row: usize, first: usize, numbers: &mut [f32]) {
        let to = &mut self.residual[row * self.bias.len() + first..][..numbers.len()];
        for ((to, number), bias) in to.iter_mut().zip(numbers).zip(&self.bias[first..]) {
            *to += *number + bias;
        }
    }

    #[inline(always)]
    fn prefetch(&self, row: usize, columns: Range<usize>) {
        prefetch(&self.residual[row * self.bias.len()..][columns]);
    }
}

/// Packs the activation of product and bias.
struct Activate<'a, C> {
    bias: &'a [f32],
    relu: bool,
    to: &'a mut [C],
}

impl<C: Cell> Epilogue for Activate<'_, C> {
    #[inline(always)]
    fn row(&mut self, row: usize, first: usize, numbers: &mut [f32]) {
        let sums = numbers.iter_mut().zip(&self.bias[first..]);
        if self.relu {
            sums.for_each(|(number, bias)| *number = (*number + bias).max(0.0));
        } else {
            sums.for_each(|(number, bias)| *number = gelu(*number + bias));
        }
        let at = (row * self.bias.len() + first) / C::DEPTH;
        pack_row(numbers, &mut self.to[at..][..numbers.len() / C::DEPTH]);
    }
}

impl Norm {
    /// Takes the tensors of a norm.
    pub(super) fn build(root: &VarBuilder<'_>, config: &Config) -> Result<Norm> {
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

    /// Normalizes rows, and packs them for the next product.
    pub(super) fn rows<C: Cell>(&self, kernel: &Kernel<C>, rows: &mut [f32], cells: &mut [C]) {
        let norm = self;
        kernel.arch.dispatch(NormRows { norm, rows, cells });
    }

    #[inline(always)]
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

struct NormRows<'a, C> {
    norm: &'a Norm,
    rows: &'a mut [f32],
    cells: &'a mut [C],
}

impl<C: Cell> WithSimd for NormRows<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let width = self.norm.weight.len();
        let rows = self.rows.chunks_exact_mut(width);
        for (row, cells) in rows.zip(self.cells.chunks_exact_mut(width / C::DEPTH)) {
            self.norm.apply(row);
            pack_row(row, cells);
        }
    }
}
