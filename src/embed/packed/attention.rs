//! Attention: every token of a text looks at every token of the same text. What comes in: queries, keys and values of
//! some texts, head by head; what goes out: the weighted values. Texts of a batch never see each other.

use pulp::{Simd, WithSimd};

use super::cell::{Cell, pack_row};
use super::elementwise::{LANES, softmax_row};
use super::panels::Panels;
use super::product::{Epilogue, Kernel};
use super::projected::Projected;
use super::workspace::{AttentionSpace, room};

/// Texts of these lengths, one after the other; `context` is tokens x row width.
pub(super) fn attend<C: Cell>(
    kernel: &Kernel<C>,
    lengths: &[usize],
    projected: &Projected<C>,
    context: &mut [C],
    space: &mut AttentionSpace<C>,
) {
    let heads = projected.heads;
    let mut start = 0;
    for &tokens in lengths {
        let text = start..start + tokens;
        for head in 0..heads.count {
            let (queries, keys, values) = projected.head(head, &text);
            kernel.arch.dispatch(LayOut {
                given: (keys, values),
                width: heads.width,
                keys: &mut space.keys,
                values: &mut space.values,
            });
            for top in (0..tokens).step_by(kernel.group()) {
                let rows = top..tokens.min(top + kernel.group());
                let queries = &queries[rows.start * heads.width / C::DEPTH..];
                look(kernel, (queries, heads.width, rows.len()), space, tokens);
                let mut context = PackInto {
                    sums: &space.sums,
                    context: &mut context[(start + top) * heads.row_width() / C::DEPTH..],
                    stride: heads.row_width(),
                    first: head * heads.width,
                };
                let weights = (&space.weights[..], padded(tokens) / C::DEPTH, rows.len());
                kernel.multiply(weights, &space.values, &mut space.room, &mut context);
            }
        }
        start = text.end;
    }
}

/// Lays out keys and values of one head, each tokens x width, as products take them.
struct LayOut<'a, C> {
    given: (&'a [f32], &'a [f32]),
    width: usize,
    keys: &'a mut Panels<C>,
    values: &'a mut Panels<C>,
}

impl<C: Cell> WithSimd for LayOut<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (keys, values) = self.given;
        let tokens = keys.len() / self.width;
        self.keys.fill_with_columns((keys, self.width), self.width, tokens);
        self.values.fill_with_rows((values, self.width), tokens, self.width);
    }
}

/// The weights of all tokens for some of them, and their sums.
fn look<C: Cell>(
    kernel: &Kernel<C>,
    (queries, width, rows): (&[C], usize, usize),
    space: &mut AttentionSpace<C>,
    tokens: usize,
) {
    let padded = padded(tokens);
    let scores = room(&mut space.scores, rows * padded);
    let mut keep = Keep {
        scores: &mut *scores,
        padded,
    };
    kernel.multiply(
        (queries, width / C::DEPTH, rows),
        &space.keys,
        &mut space.room,
        &mut keep,
    );
    kernel.arch.dispatch(SoftmaxRows {
        scores,
        tokens,
        scale: 1.0 / (width as f32).sqrt(),
        weights: room(&mut space.weights, rows * padded / C::DEPTH),
        sums: room(&mut space.sums, rows),
    });
}

/// Numbers of a row of scores, filled up so that the loops over it have no rests.
fn padded(tokens: usize) -> usize {
    tokens.next_multiple_of(LANES)
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
    tokens: usize,
    scale: f32,
    weights: &'a mut [C],
    sums: &'a mut [f32],
}

impl<C: Cell> WithSimd for SoftmaxRows<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let padded = padded(self.tokens);
        let scores = self.scores.chunks_exact_mut(padded);
        let weights = self.weights.chunks_exact_mut(padded / C::DEPTH);
        for ((scores, weights), sum) in scores.zip(weights).zip(self.sums) {
            // What is not there gets no weight to speak of, and the values there are zero, if they are multiplied at all.
            scores[self.tokens..].fill(f32::NEG_INFINITY);
            *sum = softmax_row(scores, self.scale, weights);
        }
    }
}

/// Packs weighted values, divided by the sum of the weights, into the columns of their head.
struct PackInto<'a, C> {
    sums: &'a [f32],
    context: &'a mut [C],
    stride: usize,
    first: usize,
}

impl<C: Cell> Epilogue for PackInto<'_, C> {
    #[inline(always)]
    fn row(&mut self, row: usize, first: usize, numbers: &mut [f32]) {
        let share = 1.0 / self.sums[row];
        numbers.iter_mut().for_each(|number| *number *= share);
        let at = row * self.stride + self.first + first;
        pack_row(numbers, &mut self.context[at / C::DEPTH..][..numbers.len() / C::DEPTH]);
    }
}
