//! Matrices as products take them. What comes in: numbers, row by row or column by column; what goes out: panels of cells.

use super::cell::Cell;

/// Columns of a panel and of a tile.
pub(super) const COLUMNS: usize = 32;

/// One cell of the depth, for every column of a panel; begins on a cache line.
#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
pub(super) struct PanelRow<C>(pub(super) [C; COLUMNS]);

/// A matrix: 32 columns after 32 columns, in each the cells in the order in which a product takes them. What the
/// matrix lacks to whole cells and panels is zero.
#[derive(Default)]
pub(super) struct Panels<C> {
    rows: Vec<PanelRow<C>>,
    /// Cells.
    depth: usize,
    columns: usize,
}

impl<C: Cell> Panels<C> {
    /// Room for a matrix of `depth` numbers by `columns`; panel by panel.
    #[inline(always)]
    fn sized(&mut self, depth: usize, columns: usize) -> impl Iterator<Item = &mut [PanelRow<C>]> {
        self.depth = depth.div_ceil(C::DEPTH);
        self.columns = columns;
        let rows = self.depth * columns.div_ceil(COLUMNS);
        if self.rows.len() < rows {
            self.rows.resize(rows, PanelRow::default());
        }
        self.rows[..rows].chunks_exact_mut(self.depth.max(1))
    }

    /// Lays out a matrix whose columns, of `depth` numbers, lie `stride` numbers apart.
    #[inline(always)]
    pub(super) fn fill_with_columns(&mut self, (numbers, stride): (&[f32], usize), depth: usize, columns: usize) {
        let column = |column: usize| &numbers[column * stride..][..depth];
        for (first, panel) in (0..columns).step_by(COLUMNS).zip(self.sized(depth, columns)) {
            let there = first..columns.min(first + COLUMNS);
            if there.len() < COLUMNS {
                panel.fill(PanelRow::default());
            }
            for (at, column) in there.map(column).enumerate() {
                let (whole, rest) = column.split_at(depth - depth % C::DEPTH);
                for (row, numbers) in panel.iter_mut().zip(whole.chunks_exact(C::DEPTH)) {
                    row.0[at] = C::pack(numbers);
                }
                if let (Some(row), [last]) = (panel.last_mut(), rest) {
                    row.0[at] = C::pack(&[*last, 0.0]);
                }
            }
        }
    }

    /// Lays out a matrix whose `depth` rows, of `columns` numbers, lie `stride` numbers apart.
    #[inline(always)]
    pub(super) fn fill_with_rows(&mut self, (numbers, stride): (&[f32], usize), depth: usize, columns: usize) {
        for (first, panel) in (0..columns).step_by(COLUMNS).zip(self.sized(depth, columns)) {
            let width = COLUMNS.min(columns - first);
            for (at, to) in panel.iter_mut().enumerate() {
                // What is packed together: a number of this row and, in pairs, of the next, if there is one.
                let mut pairs = [[0.0; 2]; COLUMNS];
                for (part, row) in (at * C::DEPTH..depth.min((at + 1) * C::DEPTH)).enumerate() {
                    for (pair, number) in pairs.iter_mut().zip(&numbers[row * stride + first..][..width]) {
                        pair[part] = *number;
                    }
                }
                for (cell, pair) in to.0.iter_mut().zip(&pairs) {
                    *cell = C::pack(&pair[..C::DEPTH]);
                }
            }
        }
    }

    /// Cells of a row of the other factor.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// A panel, and all that lies behind it.
    pub(super) fn panel(&self, at: usize) -> (&[PanelRow<C>], &[PanelRow<C>]) {
        self.rows[at * self.depth..].split_at(self.depth)
    }
}
