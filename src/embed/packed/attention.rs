//! Attention: every token of a text looks at every token of the same text. What comes in: queries, keys and values of
//! some texts, head by head; what goes out: the weighted values. Texts of a batch never see each other.

use pulp::{Simd, WithSimd};

use super::cell::Cell;
use super::elementwise::{LANES, change, softmax_row};
use super::kernel::Kernel;
use super::panels::Panels;
use super::product::Epilogue;
use super::projected::Projected;
use super::rows::{RowOrder, Rows};
use super::workspace::AttentionSpace;

/// Texts of these lengths, one after the other; `context` is tokens x row width, in an order.
pub(super) fn attend<C: Cell>(
    kernel: &Kernel<C>,
    lengths: &[usize],
    projected: &Projected<C>,
    (context, order): (&mut [C], RowOrder),
    space: &mut AttentionSpace<C>,
) {
    let heads = projected.heads;
    let mut start = 0;
    for &tokens in lengths {
        for head in 0..heads.count {
            let looks = projected.head(kernel, head, (start, tokens));
            kernel.arch.dispatch(LayOut {
                given: (looks.keys, looks.values),
                depth: heads.width / C::DEPTH,
                tokens: (tokens, kernel.whole_depth(tokens)),
                keys: &mut space.keys,
                values: &mut space.values,
            });
            for top in (0..tokens).step_by(kernel.group()) {
                let queries = looks.queries.part(top, kernel.group(), 0, heads.width / C::DEPTH);
                let weights = look(kernel, &queries, heads.width, space, tokens);
                let rows = Rows {
                    cells: &space.weights,
                    order: weights,
                    count: queries.count,
                };
                let mut context = PackInto {
                    sums: &space.sums,
                    context: (&mut *context, order),
                    first_row: start + top,
                    first: head * heads.width,
                };
                kernel.multiply(&rows, &space.values.whole(), &mut space.room, &mut context);
            }
        }
        start += tokens;
    }
}

/// Lays out keys and values of one head, each tokens x depth, as products take them.
struct LayOut<'a, C> {
    given: (&'a [C], &'a [C]),
    depth: usize,
    /// How many, and filled up for the product that they are the depth of.
    tokens: (usize, usize),
    keys: &'a mut Panels<C>,
    values: &'a mut Panels<C>,
}

impl<C: Cell> WithSimd for LayOut<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (keys, values) = self.given;
        let (tokens, filled_up) = self.tokens;
        self.keys.fill_with_columns((keys, self.depth), self.depth, tokens);
        let values = (values, self.depth, tokens);
        self.values.fill_with_rows(values, filled_up, self.depth * C::DEPTH);
    }
}

/// The weights of all tokens for some of them, in the order that comes back, and their sums.
fn look<C: Cell>(
    kernel: &Kernel<C>,
    queries: &Rows<'_, C>,
    width: usize,
    space: &mut AttentionSpace<C>,
    tokens: usize,
) -> RowOrder {
    let (padded, rows) = (padded(tokens), queries.count);
    let order = kernel.order(padded / C::DEPTH);
    let scores = space.scores.room(rows * padded);
    let mut keep = Keep {
        scores: &mut *scores,
        padded,
    };
    kernel.multiply(queries, &space.keys.whole(), &mut space.room, &mut keep);
    kernel.arch.dispatch(SoftmaxRows {
        scores,
        tokens,
        scale: 1.0 / (width as f32).sqrt(),
        weights: (space.weights.room(order.cells_of(rows)), order),
        sums: space.sums.room(rows),
    });
    order
}

/// Numbers of a row of scores, filled up so that neither the loops over it nor products with it have rests.
fn padded(tokens: usize) -> usize {
    tokens.next_multiple_of(2 * LANES)
}

/// Keeps scores as they are.
struct Keep<'a> {
    scores: &'a mut [f32],
    padded: usize,
}

impl Epilogue for Keep<'_> {
    #[inline(always)]
    fn row<S: Simd>(&mut self, _simd: S, row: usize, first: usize, numbers: &mut [f32]) {
        self.scores[row * self.padded + first..][..numbers.len()].copy_from_slice(numbers);
    }
}

struct SoftmaxRows<'a, C> {
    scores: &'a mut [f32],
    tokens: usize,
    scale: f32,
    weights: (&'a mut [C], RowOrder),
    sums: &'a mut [f32],
}

impl<C: Cell> WithSimd for SoftmaxRows<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (weights, order) = self.weights;
        let scores = self.scores.chunks_exact_mut(padded(self.tokens));
        for (row, (scores, sum)) in scores.zip(self.sums).enumerate() {
            // What is not there gets no weight to speak of, and the values there are zero, if they are multiplied at all.
            scores[self.tokens..].fill(f32::NEG_INFINITY);
            *sum = softmax_row::<S, C>(simd, scores, self.scale);
            order.put(weights, row, 0, scores);
        }
    }
}

/// Packs weighted values, divided by the sum of the weights, into the columns of their head.
struct PackInto<'a, C> {
    sums: &'a [f32],
    context: (&'a mut [C], RowOrder),
    /// Of the context.
    first_row: usize,
    first: usize,
}

impl<C: Cell> Epilogue for PackInto<'_, C> {
    #[inline(always)]
    fn row<S: Simd>(&mut self, simd: S, row: usize, first: usize, numbers: &mut [f32]) {
        let share = simd.splat_f32s(1.0 / self.sums[row]);
        change(
            simd,
            numbers,
            #[inline(always)]
            |number| simd.mul_f32s(number, share),
        );
        let (context, order) = &mut self.context;
        order.put(context, self.first_row + row, (self.first + first) / C::DEPTH, numbers);
    }
}
