//! Attention: every token of a text looks at every token of the same text. What comes in: queries, keys and values of
//! one text; what goes out: the weighted values. Texts of a batch never see each other.

use super::cell::{Cell, pack_row};
use super::elementwise::softmax_row;
use super::product::{Kernel, ROWS};
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
        for top in (0..tokens).step_by(ROWS) {
            let rows = top..tokens.min(top + ROWS);
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
    kernel.arch.dispatch(|| {
        space
            .keys
            .fill(heads.width, tokens, |at, token| projected[token * stride + keys + at]);
        space
            .values
            .fill(tokens, heads.width, |token, at| projected[token * stride + values + at]);
        let rows = projected.chunks_exact(stride);
        for (row, cells) in rows.zip(queries.chunks_exact_mut(heads.width / C::DEPTH)) {
            pack_row(&row[first..][..heads.width], cells);
        }
    });
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
    kernel.multiply(queries, &space.keys, |row, first, numbers| {
        scores[row * padded + first..][..numbers.len()].copy_from_slice(numbers);
    });
    let weights = room(&mut space.weights, rows.len() * space.values.depth());
    let scale = 1.0 / (heads.width as f32).sqrt();
    kernel.arch.dispatch(|| {
        let rows = scores.chunks_exact_mut(padded);
        for (scores, weights) in rows.zip(weights.chunks_exact_mut(padded / C::DEPTH)) {
            softmax_row(&mut scores[..tokens], scale);
            scores[tokens..].fill(0.0);
            pack_row(scores, weights);
        }
    });
}

/// The values, weighted.
fn weigh<C: Cell>(
    kernel: &Kernel<C>,
    heads: Heads,
    first: usize,
    rows: usize,
    space: &AttentionSpace<C>,
    context: &mut [C],
) {
    let weights = (&space.weights[..], space.values.depth(), rows);
    kernel.multiply(weights, &space.values, |row, column, numbers| {
        let at = row * heads.row_width() + first + column;
        pack_row(numbers, &mut context[at / C::DEPTH..][..numbers.len() / C::DEPTH]);
    });
}
