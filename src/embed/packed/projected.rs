//! Queries, keys and values, head by head. What comes in: the rows of a product of some texts; what goes out: for each head
//! the numbers that attention reads, next to each other. Rows of all heads would be read in short pieces far apart, which
//! no processor guesses.

use std::ops::Range;

use super::cell::{Cell, pack_row};
use super::product::Epilogue;
use super::workspace::room;

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
    /// Rows of all texts.
    rows: usize,
    /// Heads x rows x head width, as a product takes them.
    queries: Vec<C>,
    /// 2 x heads x rows x head width.
    keys_and_values: Vec<f32>,
}

impl<C: Cell> Projected<C> {
    /// An epilogue that writes product and bias here; the product has queries of all heads, then keys, then values.
    pub(super) fn fill<'a>(&'a mut self, bias: &'a [f32], heads: Heads, rows: usize) -> SplitHeads<'a, C> {
        let numbers = heads.row_width() * rows;
        (self.heads, self.rows) = (heads, rows);
        SplitHeads {
            bias,
            width: heads.width,
            rows,
            queries: room(&mut self.queries, numbers / C::DEPTH),
            keys_and_values: room(&mut self.keys_and_values, 2 * numbers),
        }
    }

    /// Queries, keys and values of a head: those of the text in these rows, each rows x head width.
    pub(super) fn head(&self, head: usize, text: &Range<usize>) -> (&[C], &[f32], &[f32]) {
        let width = self.heads.width;
        let place = |head: usize| (head * self.rows + text.start) * width..(head * self.rows + text.end) * width;
        let (queries, keys, values) = (place(head), place(head), place(self.heads.count + head));
        (
            &self.queries[queries.start / C::DEPTH..queries.end / C::DEPTH],
            &self.keys_and_values[keys],
            &self.keys_and_values[values],
        )
    }
}

/// Deals out product and bias to the heads.
pub(super) struct SplitHeads<'a, C> {
    bias: &'a [f32],
    /// Of a head.
    width: usize,
    rows: usize,
    queries: &'a mut [C],
    keys_and_values: &'a mut [f32],
}

impl<C: Cell> SplitHeads<'_, C> {
    /// Numbers of one head, beginning `at` numbers behind the beginning of all.
    #[inline(always)]
    fn keep(&mut self, row: usize, at: usize, numbers: &[f32]) {
        let (head, column) = (at / self.width, at % self.width);
        let place = (head * self.rows + row) * self.width + column;
        let queries = self.queries.len() * C::DEPTH;
        if place < queries {
            pack_row(
                numbers,
                &mut self.queries[place / C::DEPTH..][..numbers.len() / C::DEPTH],
            );
        } else {
            self.keys_and_values[place - queries..][..numbers.len()].copy_from_slice(numbers);
        }
    }
}

impl<C: Cell> Epilogue for SplitHeads<'_, C> {
    #[inline(always)]
    fn row(&mut self, row: usize, first: usize, numbers: &mut [f32]) {
        for (number, bias) in numbers.iter_mut().zip(&self.bias[first..]) {
            *number += bias;
        }
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
    use super::super::cell::Bf16Pair;
    use super::super::panels::COLUMNS;
    use super::*;

    /// The columns of the product, one small number each, reach their heads however these lie in the panels.
    fn heads_get_their_columns<C: Cell>(heads: Heads) {
        const ROWS: usize = 3;
        let columns = 3 * heads.row_width();
        let number = |row: usize, column: usize| (row * 64 + column % 61) as f32;
        let mut projected = Projected::<C>::default();
        let bias = vec![1.0; columns];
        let mut epilogue = projected.fill(&bias, heads, ROWS);
        for first in (0..columns).step_by(COLUMNS) {
            for row in 0..ROWS {
                let there = first..columns.min(first + COLUMNS);
                let mut numbers: Vec<f32> = there.map(|column| number(row, column) - 1.0).collect();
                epilogue.row(row, first, &mut numbers);
            }
        }
        let of = |part: usize, head: usize| {
            let first = (part * heads.count + head) * heads.width;
            (1..ROWS).flat_map(move |row| (first..first + heads.width).map(move |column| number(row, column)))
        };
        for head in 0..heads.count {
            let (queries, keys, values) = projected.head(head, &(1..ROWS));
            assert!(keys.iter().copied().eq(of(1, head)), "keys of head {head}");
            assert!(values.iter().copied().eq(of(2, head)), "values of head {head}");
            let expected: Vec<f32> = of(0, head).collect();
            assert_eq!(queries.len() * C::DEPTH, expected.len());
            for (query, numbers) in queries.iter().zip(expected.chunks(C::DEPTH)) {
                let square = numbers.iter().map(|number| number * number).sum::<f32>();
                assert_eq!(
                    query.multiply_add(C::pack(numbers), 0.0),
                    square,
                    "queries of head {head}"
                );
            }
        }
    }

    #[test]
    fn heads_of_any_width_get_their_columns() {
        for (count, width) in [(4, 8), (5, 12), (3, 32), (2, 40), (2, 64)] {
            heads_get_their_columns::<f32>(Heads { count, width });
            heads_get_their_columns::<Bf16Pair>(Heads { count, width });
        }
    }
}
