//! Matrices as products take them. What comes in: cells, row by row or column by column; what goes out: panels of
//! cells.

use std::ops::Range;

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
    /// Room for a matrix of `depth` cells by `columns`; panel by panel.
    #[inline(always)]
    fn sized(&mut self, depth: usize, columns: usize) -> impl Iterator<Item = &mut [PanelRow<C>]> {
        self.depth = depth;
        self.columns = columns;
        let rows = self.depth * columns.div_ceil(COLUMNS);
        if self.rows.len() < rows {
            self.rows.resize(rows, PanelRow::default());
        }
        self.rows[..rows].chunks_exact_mut(self.depth.max(1))
    }

    /// Lays out a matrix whose columns, of `depth` cells, lie `stride` cells apart.
    #[inline(always)]
    pub(super) fn fill_with_columns(&mut self, (cells, stride): (&[C], usize), depth: usize, columns: usize) {
        for (first, panel) in (0..columns).step_by(COLUMNS).zip(self.sized(depth, columns)) {
            let there = first..columns.min(first + COLUMNS);
            if there.len() < COLUMNS {
                panel.fill(PanelRow::default());
            }
            for (at, column) in there.enumerate() {
                for (row, cell) in panel.iter_mut().zip(&cells[column * stride..][..depth]) {
                    row.0[at] = *cell;
                }
            }
        }
    }

    /// Lays out a matrix of `depth` rows, of `columns` numbers: `count` of them lie `stride` cells apart, the others are zero.
    #[inline(always)]
    pub(super) fn fill_with_rows(
        &mut self,
        (cells, stride, count): (&[C], usize, usize),
        depth: usize,
        columns: usize,
    ) {
        let panels = self.sized(depth.div_ceil(C::DEPTH), columns);
        for (first, panel) in (0..columns).step_by(COLUMNS).zip(panels) {
            let there = first / C::DEPTH..columns.min(first + COLUMNS).div_ceil(C::DEPTH);
            let row = |row: usize| {
                let there = if row < count { there.clone() } else { 0..0 };
                &cells[row.min(count) * stride..][there]
            };
            for (at, to) in panel.iter_mut().enumerate() {
                to.0 = C::along_depth(row(at * C::DEPTH), row(at * C::DEPTH + 1));
            }
        }
    }

    /// Cells of a row of the other factor.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The whole matrix.
    pub(super) fn whole(&self) -> PanelsPart<'_, C> {
        self.part(0..self.depth, 0..self.columns)
    }

    /// A part of it, from cell to cell and from column to column; the first column begins a panel.
    pub(super) fn part(&self, depth: Range<usize>, columns: Range<usize>) -> PanelsPart<'_, C> {
        debug_assert!(
            columns.start.is_multiple_of(COLUMNS),
            "column {} begins no panel",
            columns.start
        );
        PanelsPart {
            matrix: self,
            depth,
            columns,
        }
    }
}

/// A part of a matrix.
pub(super) struct PanelsPart<'a, C> {
    matrix: &'a Panels<C>,
    depth: Range<usize>,
    columns: Range<usize>,
}

/// Up to 32 columns of a part of a matrix.
pub(super) struct Panel<'a, C> {
    pub(super) rows: &'a [PanelRow<C>],
    /// What a product reads next.
    pub(super) next: &'a [PanelRow<C>],
    /// Of the part.
    pub(super) columns: Range<usize>,
}

impl<'a, C> PanelsPart<'a, C> {
    /// Cells of a row of the other factor.
    pub(super) fn depth(&self) -> usize {
        self.depth.len()
    }

    pub(super) fn panels(&self) -> impl Iterator<Item = Panel<'a, C>> {
        let width = self.columns.len();
        let rows = |first: usize| {
            let panel = (self.columns.start + first) / COLUMNS * self.matrix.depth;
            &self.matrix.rows[panel + self.depth.start..panel + self.depth.end]
        };
        (0..width).step_by(COLUMNS).map(move |first| {
            let end = first + COLUMNS;
            Panel {
                rows: rows(first),
                next: if end < width { rows(end) } else { Default::default() },
                columns: first..width.min(end),
            }
        })
    }
}
