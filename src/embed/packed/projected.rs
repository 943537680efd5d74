//! Queries, keys and values, head by head. What comes in: the rows of a product of some texts; what goes out: for each head
//! the numbers that attention reads, next to each other. Rows of all heads would be read in short pieces far apart, which
//! no processor guesses.

use pulp::Simd;

use super::cell::{Cell, pack_row};
use super::elementwise::add;
use super::kernel::Kernel;
use super::product::Epilogue;
use super::rows::{RowOrder, Rows, SIDE};
use super::workspace::Lines;

/// Heads of a model and their width.
#[derive(Clone, Copy, Default)]
pub(super) struct Heads {
    pub(super) count: usize,
    pub(super) width: usize,
}

impl Heads {
    /// Of a row.
    pub(super) fn row_width(self) -> usize {
        self.count * self.width
    }
}

/// What attention looks at, of some texts.
#[derive(Default)]
pub(super) struct Projected<C> {
    pub(super) heads: Heads,
    /// The place of each row; every text begins a tile.
    places: Vec<usize>,
    /// Of all texts.
    count: usize,
    /// Heads x rows x head width, as a product takes them.
    queries: Lines<C>,
    /// 2 x heads x rows x head width.
    keys_and_values: Lines<C>,
}

impl<C: Cell> Projected<C> {
    /// An epilogue that writes product and bias here, of texts of these lengths; the product has queries of all heads, then
    /// keys, then values.
    pub(super) fn fill<'a>(
        &'a mut self,
        kernel: &Kernel<C>,
        bias: &'a [f32],
        heads: Heads,
        lengths: &[usize],
    ) -> SplitHeads<'a, C> {
        self.places.clear();
        self.count = 0;
        for length in lengths {
            self.places.extend(self.count..self.count + length);
            self.count += length.next_multiple_of(SIDE);
        }
        self.heads = heads;
        let depth = heads.width / C::DEPTH;
        let order = kernel.order(depth);
        SplitHeads {
            bias,
            width: heads.width,
            heads: heads.count,
            places: &self.places,
            count: self.count,
            order,
            queries: self.queries.room(heads.count * order.cells_of(self.count)),
            keys_and_values: self.keys_and_values.room(2 * heads.count * self.count * depth),
        }
    }

    /// Queries, keys and values of a head: those of the text that begins at a row, each rows x head width.
    pub(super) fn head(&self, kernel: &Kernel<C>, head: usize, (start, tokens): (usize, usize)) -> Looks<'_, C> {
        let depth = self.heads.width / C::DEPTH;
        let order = kernel.order(depth);
        let place = self.places[start];
        let cells = |head: usize| &self.keys_and_values[(head * self.count + place) * depth..][..tokens * depth];
        Looks {
            queries: Rows {
                cells: &self.queries[head * order.cells_of(self.count) + order.cells_of(place)..],
                order,
                count: tokens,
            },
            keys: cells(head),
            values: cells(self.heads.count + head),
        }
    }
}

/// What one head of a text looks for, and at.
pub(super) struct Looks<'a, C> {
    pub(super) queries: Rows<'a, C>,
    /// Tokens x head width.
    pub(super) keys: &'a [C],
    /// Tokens x head width.
    pub(super) values: &'a [C],
}

/// Deals out product and bias to the heads.
pub(super) struct SplitHeads<'a, C> {
    bias: &'a [f32],
    /// Of a head.
    width: usize,
    heads: usize,
    places: &'a [usize],
    count: usize,
    /// Of the queries of a head.
    order: RowOrder,
    queries: &'a mut [C],
    keys_and_values: &'a mut [C],
}

impl<C: Cell> SplitHeads<'_, C> {
    /// Numbers of one head, beginning `at` numbers behind the beginning of all.
    #[inline(always)]
    fn keep(&mut self, row: usize, at: usize, numbers: &[f32]) {
        let (head, column) = (at / self.width, at % self.width / C::DEPTH);
        let place = self.places[row];
        if head < self.heads {
            let queries = &mut self.queries[head * self.order.cells_of(self.count)..];
            self.order.put(queries, place, column, numbers);
        } else {
            let place = ((head - self.heads) * self.count + place) * (self.width / C::DEPTH) + column;
            pack_row(numbers, &mut self.keys_and_values[place..][..numbers.len() / C::DEPTH]);
        }
    }
}

impl<C: Cell> Epilogue for SplitHeads<'_, C> {
    #[inline(always)]
    fn row<S: Simd>(&mut self, simd: S, row: usize, first: usize, numbers: &mut [f32]) {
        add(simd, numbers, &self.bias[first..][..numbers.len()]);
        if first % self.width + numbers.len() <= self.width {
            return self.keep(row, first, numbers);
        }
        let (mut at, mut rest) = (first, &*numbers);
        while !rest.is_empty() {
            let (of_head, others) = rest.split_at(rest.len().min(self.width - at % self.width));
            self.keep(row, at, of_head);
            (at, rest) = (at + of_head.len(), others);
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::super::cell::Bf16Pair;
    use super::super::panels::COLUMNS;
    use super::*;

    /// The columns of the product, one small number each, reach their heads however these lie in the panels.
    fn heads_get_their_columns<C: Cell>(kernel: &Kernel<C>, heads: Heads) {
        const LENGTHS: [usize; 2] = [1, 2];
        let columns = 3 * heads.row_width();
        let number = |row: usize, column: usize| (row * 64 + column % 61) as f32;
        let mut projected = Projected::<C>::default();
        let bias = vec![1.0; columns];
        let mut epilogue = projected.fill(kernel, &bias, heads, &LENGTHS);
        for first in (0..columns).step_by(COLUMNS) {
            for row in 0..LENGTHS.iter().sum() {
                let there = first..columns.min(first + COLUMNS);
                let mut numbers: Vec<f32> = there.map(|column| number(row, column) - 1.0).collect();
                epilogue.row(Scalar, row, first, &mut numbers);
            }
        }
        let of = |part: usize, head: usize| {
            let first = (part * heads.count + head) * heads.width;
            let numbers = move |row| (first..first + heads.width).map(move |column| number(row, column));
            let mut cells = vec![C::default(); 2 * heads.width / C::DEPTH];
            pack_row(&(1..3).flat_map(numbers).collect::<Vec<f32>>(), &mut cells);
            cells
        };
        for head in 0..heads.count {
            // The second text.
            let looks = projected.head(kernel, head, (1, 2));
            assert!(looks.keys == of(1, head), "keys of head {head}");
            assert!(looks.values == of(2, head), "values of head {head}");
            let (queries, stride) = looks.queries.whole();
            assert_eq!(stride, heads.width / C::DEPTH);
            assert!(queries[..2 * stride] == of(0, head), "queries of head {head}");
        }
    }

    #[test]
    fn heads_of_any_width_get_their_columns() {
        for (count, width) in [(4, 8), (5, 12), (3, 32), (2, 40), (2, 64)] {
            heads_get_their_columns(&Kernel::<f32>::plain(), Heads { count, width });
            heads_get_their_columns(&Kernel::<Bf16Pair>::plain(), Heads { count, width });
        }
    }
}
