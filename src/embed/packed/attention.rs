//! Attention: every token of a text looks at every token of the same text. What comes in: queries, keys and values of
//! one text; what goes out: the weighted values. Texts of a batch never see each other.

use pulp::{Simd, WithSimd};

use super::cell::{Cell, pack_row};
use super::elementwise::softmax_row;
use super::panels::Panels;
use super::prefetch::prefetch;
use super::product::{Epilogue, Kernel};
use super::workspace::{AttentionSpace, room};

/// Heads of a model and their width.
#[derive(Clone, Copy)]
pub(super) struct Heads {
    pub(super) count: usize,
    pub(super) width: usize,
}

impl Heads {
    /// Of a row.
    fn row_width(self) -> usize {
        self.count * self.width
    }
}

/// One text: `projected` is tokens x 3 x row width, `context` tokens x row width.
pub(super) fn attend<C: Cell>(
    kernel: &Kernel<C>,
    heads: Heads,
    projected: &[f32],
    context: &mut [C],
    space: &mut AttentionSpace<C>,
) {
    for head in 0..heads.count {
        let first = head * heads.width;
        lay_out(kernel, heads, first, projected, space);
        let tokens = projected.len() / (3 * heads.row_width());
        for top in (0..tokens).step_by(kernel.group()) {
            let rows = top..tokens.min(top + kernel.group());
            look(kernel, heads, rows.clone(), space, tokens);
            let context = &mut context[rows.start * heads.row_width() / C::DEPTH..];
            weigh(kernel, heads, first, rows.len(), space, context);
        }
    }
}

/// Queries, keys and values of one head, as products take them.
fn lay_out<C: Cell>(kernel: &Kernel<C>, heads: Heads, first: usize, projected: &[f32], space: &mut AttentionSpace<C>) {
    let stride = 3 * heads.row_width();
    let tokens = projected.len() / stride;
    let (keys, values) = (first + heads.row_width(), first + 2 * heads.row_width());
    let queries = room(&mut space.queries, tokens * heads.width / C::DEPTH);
    kernel.arch.dispatch(LayOut {
        projected,
        stride,
        heads,
        first,
        keys_at: keys,
        values_at: values,
        queries,
        keys: &mut space.keys,
        values: &mut space.values,
    });
}

struct LayOut<'a, C> {
    projected: &'a [f32],
    stride: usize,
    heads: Heads,
    first: usize,
    keys_at: usize,
    values_at: usize,
    queries: &'a mut [C],
    keys: &'a mut Panels<C>,
    values: &'a mut Panels<C>,
}

impl<C: Cell> WithSimd for LayOut<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (projected, stride, width) = (self.projected, self.stride, self.heads.width);
        let tokens = projected.len() / stride;
        let from = |first: usize| (&projected[first..], stride);
        self.keys.fill_with_columns(from(self.keys_at), width, tokens);
        self.values.fill_with_rows(from(self.values_at), tokens, width);
        let rows = projected.chunks_exact(stride);
        for (row, cells) in rows.zip(self.queries.chunks_exact_mut(width / C::DEPTH)) {
            pack_row(&row[self.first..][..width], cells);
            for first in [self.first, self.keys_at, self.values_at] {
                // The next head's.
                prefetch(&row[(first + width).min(stride - width)..][..width]);
            }
        }
    }
}

/// The weights of all tokens for some of them.
fn look<C: Cell>(
    kernel: &Kernel<C>,
    heads: Heads,
    rows: std::ops::Range<usize>,
    space: &mut AttentionSpace<C>,
    tokens: usize,
) {
    let width = heads.width / C::DEPTH;
    let padded = space.values.depth() * C::DEPTH;
    let scores = room(&mut space.scores, rows.len() * padded);
    let queries = (&space.queries[rows.start * width..], width, rows.len());
    let mut keep = Keep {
        scores: &mut *scores,
        padded,
    };
    kernel.multiply(queries, &space.keys, &mut space.room, &mut keep);
    kernel.arch.dispatch(SoftmaxRows {
        scores,
        padded,
        tokens,
        scale: 1.0 / (heads.width as f32).sqrt(),
        weights: room(&mut space.weights, rows.len() * space.values.depth()),
    });
}

/// Keeps scores as they are.
struct Keep<'a> {
    scores: &'a mut [f32],
    padded: usize,
}

impl Epilogue for Keep<'_> {
    #[inline(always)]
    fn row(&mut self, row: usize, first: usize, numbers: &mut [f32]) {
        self.scores[row * self.padded + first..][..numbers.len()].copy_from_slice(numbers);
    }
}

struct SoftmaxRows<'a, C> {
    scores: &'a mut [f32],
    padded: usize,
    tokens: usize,
    scale: f32,
    weights: &'a mut [C],
}

impl<C: Cell> WithSimd for SoftmaxRows<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let rows = self.scores.chunks_exact_mut(self.padded);
        for (scores, weights) in rows.zip(self.weights.chunks_exact_mut(self.padded / C::DEPTH)) {
            softmax_row(&mut scores[..self.tokens], self.scale);
            scores[self.tokens..].fill(0.0);
            pack_row(scores, weights);
        }
    }
}

/// The values, weighted.
fn weigh<C: Cell>(
    kernel: &Kernel<C>,
    heads: Heads,
    first: usize,
    rows: usize,
    space: &mut AttentionSpace<C>,
    context: &mut [C],
) {
    let weights = (&space.weights[..], space.values.depth(), rows);
    let mut context = PackInto {
        context,
        stride: heads.row_width(),
        first,
    };
    kernel.multiply(weights, &space.values, &mut space.room, &mut context);
}

/// Packs weighted values into the columns of their head.
struct PackInto<'a, C> {
    context: &'a mut [C],
    stride: usize,
    first: usize,
}

impl<C: Cell> Epilogue for PackInto<'_, C> {
    #[inline(always)]
    fn row(&mut self, row: usize, first: usize, numbers: &mut [f32]) {
        let at = row * self.stride + self.first + first;
        pack_row(numbers, &mut self.context[at / C::DEPTH..][..numbers.len() / C::DEPTH]);
    }
}
