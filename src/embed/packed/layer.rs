//! A layer of BERT: attention, then a feed-forward net, each with a residual and a norm. What comes in: the rows of a
//! batch in a workspace; what goes out: the next rows, in the same place.

use std::ops::Range;

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{Config, HiddenAct};
use pulp::{Simd, WithSimd};

use super::attention::attend;
use super::cell::{Cell, pack_row};
use super::elementwise::{add, at_least, change, combine, sum, sum_of_squares};
use super::kernel::Kernel;
use super::panels::Panels;
use super::prefetch::prefetch;
use super::product::{Epilogue, Room};
use super::projected::Heads;
use super::rows::{RowOrder, Rows};
use super::values;
use super::workspace::{Lines, Workspace};

/// Columns of the feed-forward net that are computed and used before the next: of many rows, they stay in a second-level
/// cache.
const INNER_COLUMNS: usize = 384;

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
        let order = kernel.order(width / C::DEPTH);
        space.context.room(order.cells_of(tokens));
        let (mut start, mut lengths) = (0, lengths);
        while let Some((texts, rest)) = lengths.split_at_checked(some_texts(lengths, kernel.rows_of_texts())) {
            let rows = start..start + texts.iter().sum::<usize>();
            self.project(kernel, (rows.start, texts), heads, space);
            let context = (&mut space.context[order.cells_of(rows.start)..], order);
            attend(kernel, texts, &space.projected, context, &mut space.attention);
            (start, lengths) = (rows.end, rest);
        }
        let group = kernel.rows_of_net();
        let hidden = space.hidden[..tokens * width].chunks_mut(group * width);
        let cells = space.hidden_cells.chunks_mut(order.cells_of(group));
        let context = space.context.chunks(order.cells_of(group));
        for ((hidden, cells), context) in hidden.zip(cells).zip(context) {
            let count = hidden.len() / width;
            let context = Rows {
                cells: context,
                order,
                count,
            };
            let matrix = self.attention_output.weight.whole();
            let mut add = AddBiasTo {
                bias: &self.attention_output.bias,
                residual: hidden,
                width,
            };
            kernel.multiply(&context, &matrix, &mut space.room, &mut add);
            self.attention_norm.rows(kernel, hidden, (cells, order));
            let rows = Rows { cells, order, count };
            self.feed_forward(kernel, &rows, hidden, (&mut space.inner, &mut space.room));
            self.output_norm.rows(kernel, hidden, (cells, order));
        }
    }

    /// Queries, keys and values of some texts, the first of which begins at a row.
    fn project(&self, kernel: &Kernel<C>, (start, lengths): (usize, &[usize]), heads: Heads, space: &mut Workspace<C>) {
        let Linear { weight, bias } = &self.query_key_value;
        let order = kernel.order(weight.depth());
        let rows = Rows {
            cells: &space.hidden_cells[order.cells_of(start)..],
            order,
            count: lengths.iter().sum(),
        };
        let mut epilogue = space.projected.fill(kernel, bias, heads, lengths);
        kernel.multiply(&rows, &weight.whole(), &mut space.room, &mut epilogue);
    }

    /// Adds what the feed-forward net makes of rows to them.
    fn feed_forward(
        &self,
        kernel: &Kernel<C>,
        rows: &Rows<'_, C>,
        residual: &mut [f32],
        (inner, within): (&mut Lines<C>, &mut Room<C>),
    ) {
        let (columns, width) = (self.intermediate.bias.len(), self.output.bias.len());
        let mut bias = &self.output.bias[..];
        for first in (0..columns).step_by(INNER_COLUMNS) {
            let there = first..columns.min(first + INNER_COLUMNS);
            let order = kernel.order(there.len() / C::DEPTH);
            let mut activate = Activate {
                bias: &self.intermediate.bias[there.clone()],
                relu: self.relu,
                to: inner.room(order.cells_of(rows.count)),
                order,
            };
            let matrix = self
                .intermediate
                .weight
                .part(0..self.intermediate.weight.depth(), there.clone());
            kernel.multiply(rows, &matrix, within, &mut activate);
            let activations = Rows {
                cells: inner,
                order,
                count: rows.count,
            };
            let depth = there.start / C::DEPTH..there.end / C::DEPTH;
            let matrix = self.output.weight.part(depth, 0..width);
            let residual = &mut *residual;
            let mut add = AddBiasTo { bias, residual, width };
            kernel.multiply(&activations, &matrix, within, &mut add);
            // Once.
            bias = &[];
        }
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
        let mut cells = vec![C::default(); outputs * inputs / C::DEPTH];
        pack_row(&values(weight)?, &mut cells);
        let mut panels = Panels::default();
        panels.fill_with_columns((&cells, inputs / C::DEPTH), inputs / C::DEPTH, outputs);
        Ok(Linear {
            weight: panels,
            bias: values(bias)?,
        })
    }
}

/// Adds product and bias to the residual.
struct AddBiasTo<'a> {
    /// May be none.
    bias: &'a [f32],
    /// Rows x width.
    residual: &'a mut [f32],
    width: usize,
}

impl Epilogue for AddBiasTo<'_> {
    #[inline(always)]
    fn row<S: Simd>(&mut self, simd: S, row: usize, first: usize, numbers: &mut [f32]) {
        let there = first..first + numbers.len();
        if let Some(bias) = self.bias.get(there.clone()) {
            add(simd, numbers, bias);
        }
        let residual = &mut self.residual[row * self.width..][there];
        add(simd, residual, numbers);
    }

    #[inline(always)]
    fn prefetch(&self, row: usize, columns: Range<usize>) {
        prefetch(&self.residual[row * self.width..][columns]);
    }
}

/// Packs the activation of product and bias.
struct Activate<'a, C> {
    bias: &'a [f32],
    relu: bool,
    to: &'a mut [C],
    order: RowOrder,
}

impl<C: Cell> Epilogue for Activate<'_, C> {
    #[inline(always)]
    fn row<S: Simd>(&mut self, simd: S, row: usize, first: usize, numbers: &mut [f32]) {
        let bias = &self.bias[first..][..numbers.len()];
        combine(
            simd,
            numbers,
            bias,
            #[inline(always)]
            |number, bias| {
                let sum = simd.add_f32s(number, bias);
                if self.relu {
                    at_least(simd, sum, 0.0)
                } else {
                    C::gelu(simd, sum)
                }
            },
        );
        self.order.put(self.to, row, first / C::DEPTH, numbers);
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
    pub(super) fn rows<C: Cell>(&self, kernel: &Kernel<C>, rows: &mut [f32], cells: (&mut [C], RowOrder)) {
        let norm = self;
        kernel.arch.dispatch(NormRows { norm, rows, cells });
    }

    #[inline(always)]
    fn apply<S: Simd>(&self, simd: S, row: &mut [f32]) {
        let width = row.len() as f32;
        let mean = simd.splat_f32s(sum(row) / width);
        change(
            simd,
            row,
            #[inline(always)]
            |value| simd.sub_f32s(value, mean),
        );
        let variance = sum_of_squares(row) / width;
        let scale = simd.splat_f32s(1.0 / (variance + self.epsilon).sqrt());
        combine(
            simd,
            row,
            &self.weight,
            #[inline(always)]
            |value, weight| simd.mul_f32s(simd.mul_f32s(value, scale), weight),
        );
        add(simd, row, &self.bias);
    }
}

struct NormRows<'a, C> {
    norm: &'a Norm,
    rows: &'a mut [f32],
    cells: (&'a mut [C], RowOrder),
}

impl<C: Cell> WithSimd for NormRows<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (cells, order) = self.cells;
        let rows = self.rows.chunks_exact_mut(self.norm.weight.len());
        for (at, row) in rows.enumerate() {
            self.norm.apply(simd, row);
            order.put(cells, at, 0, row);
        }
    }
}
