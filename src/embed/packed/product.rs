//! Rows times a matrix. What comes in: rows of cells and a matrix laid out in panels; what goes out: tiles of the
//! product, each handed to its epilogue while it is in the first-level cache. It never allocates.
//!
//! A number of the product is one sum along the depth, from the first cell to the last, so its bits depend neither on
//! the other rows nor on the tile it falls into. In f32 each step is one fused multiply-add in every kernel, so
//! the kernels give the same bits; a test holds those of the machine at hand to it.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::cell::Cell;
use super::kernel::{Kernel, Takes};
use super::panels::{COLUMNS, Panel, PanelRow, PanelsPart};
use super::rows::{BLOCK, RowOrder, Rows};
use super::workspace::Lines;

/// Rows of a tile at most, for most kernels: 14 x 2 registers of sums leave two for the panel and one for the row, of the
/// 32 that AVX-512 has.
pub(super) const ROWS: usize = 14;

/// A row of a tile, a part of a product. In lines of its own: a register that straddles two is not read back before it is
/// written.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct TileRow(pub(super) [f32; COLUMNS]);

/// Rows that a panel is multiplied with before the next one, at most: the sums of all are kept.
pub(super) const GROUP_ROWS: usize = 512;

/// What a product is computed in; what it holds means nothing from one product to the next.
pub(super) struct Room<C> {
    /// Rows as a kernel takes them.
    arranged: Lines<C>,
    sums: Box<[TileRow; GROUP_ROWS]>,
}

impl<C> Default for Room<C> {
    fn default() -> Room<C> {
        Room {
            arranged: Lines::default(),
            sums: Box::new([TileRow::default(); GROUP_ROWS]),
        }
    }
}

/// Columns of a block.
pub(super) const HALF: usize = COLUMNS / 2;

/// A part of a panel.
#[derive(Clone, Copy)]
pub(super) struct Part<'a, C> {
    pub(super) rows: &'a [PanelRow<C>],
    /// The first column; there are as many as a kernel takes at a time.
    pub(super) first: usize,
    /// Whether sums begin with it, or go on.
    pub(super) begins: bool,
    /// A share, for these rows, of what is read after the part: the kernel may bring it near meanwhile, best a little at a time.
    pub(super) next: &'a [PanelRow<C>],
}

/// Sums in a tile, of as many rows or more, the products of some rows and a part of a panel.
pub(super) type TileKernel<C> = fn(rows: &Rows<'_, C>, part: &Part<'_, C>, tile: &mut [TileRow]);

impl<C: Cell> Kernel<C> {
    /// Multiplies rows and a matrix, and gives each row of each tile to the epilogue.
    pub(super) fn multiply(
        &self,
        rows: &Rows<'_, C>,
        matrix: &PanelsPart<'_, C>,
        room: &mut Room<C>,
        epilogue: &mut impl Epilogue,
    ) {
        let groups = rows.count.div_ceil(self.group());
        // About as many rows in each: every group reads the whole matrix.
        let rows_of_a_group = match self.takes {
            Takes::Whole | Takes::Blocks => rows.count.div_ceil(groups.max(1)),
            Takes::Tiles => rows.count.div_ceil(groups.max(1)).next_multiple_of(self.height),
        };
        for top in (0..rows.count).step_by(rows_of_a_group.max(1)) {
            let group = rows.part(top, rows_of_a_group, 0, matrix.depth());
            let rows = self.arrange(&group, matrix.depth(), &mut room.arranged);
            let tiles = Tiles {
                rows: &rows,
                height: self.height_for(rows.count),
                first_row: top,
            };
            for panel in matrix.panels() {
                self.sum(&tiles, &panel, &mut room.sums, epilogue);
            }
        }
    }

    /// The rows of a group as the kernel takes them.
    fn arrange<'a>(&self, rows: &Rows<'a, C>, depth: usize, room: &'a mut Lines<C>) -> Rows<'a, C> {
        if self.takes != Takes::Blocks {
            return *rows;
        }
        let ((cells, stride), count) = (rows.whole(), rows.count);
        let padded = count.next_multiple_of(BLOCK);
        let to = room.room(padded * depth);
        for at in (0..depth).step_by(self.depth) {
            let length = self.depth.min(depth - at);
            let part = &mut to[at * padded..][..length * padded];
            for (top, to) in (0..count).step_by(BLOCK).zip(part.chunks_exact_mut(length * BLOCK)) {
                // Where rows lack, the last one stands again; its sums are not looked at.
                let row = |row: usize| &cells[(top + row).min(count - 1) * stride + at..][..length];
                let rows = std::array::from_fn(row);
                self.arch.dispatch(Interleave { rows, to });
            }
        }
        Rows {
            cells: to,
            order: RowOrder::Blocks,
            count,
        }
    }

    /// All sums of a panel, part by part of the depth and tile by tile; with the last part, each row goes to the epilogue.
    fn sum(
        &self,
        tiles: &Tiles<'_, C>,
        panel: &Panel<'_, C>,
        sums: &mut [TileRow; GROUP_ROWS],
        epilogue: &mut impl Epilogue,
    ) {
        let columns = panel.columns.len();
        let depth = self.depth.min(panel.rows.len().max(1));
        let parts = panel.rows.len().div_ceil(depth);
        for (at, rows) in (0..).step_by(depth).zip(panel.rows.chunks(depth)) {
            let next = panel.rows.get(at + depth..).filter(|next| !next.is_empty());
            let next = next.unwrap_or(panel.next);
            let calls = tiles.tops().len() * columns.div_ceil(self.width);
            let mut next = next[..next.len().min(depth)].chunks(depth.div_ceil(calls));
            for first in (0..columns).step_by(self.width) {
                let begins = at == 0;
                let ends = at + depth >= panel.rows.len() && first + self.width >= columns;
                for top in tiles.tops() {
                    let next = next.next().unwrap_or_default();
                    let part = Part {
                        rows,
                        first,
                        begins,
                        next,
                    };
                    let rows = tiles.rows.part(top, tiles.height, at, rows.len());
                    // Sums that no other part adds to are best written where the last ones were.
                    let sums = if parts == 1 && self.width == COLUMNS {
                        &mut sums[..]
                    } else {
                        &mut sums[top..]
                    };
                    let first_row = tiles.first_row + top;
                    // Beside tiles, hints held up the loads of the kernel and cost a twelfth of all.
                    if ends && self.takes != Takes::Tiles {
                        for row in first_row..first_row + rows.count {
                            epilogue.prefetch(row, panel.columns.clone());
                        }
                    }
                    (self.tile)(&rows, &part, sums);
                    if ends {
                        self.arch.dispatch(Finish {
                            sums: &mut sums[..rows.count],
                            first_row,
                            columns: panel.columns.clone(),
                            epilogue,
                        });
                    }
                }
            }
        }
    }
}

/// A group of rows, in tiles.
struct Tiles<'a, C> {
    rows: &'a Rows<'a, C>,
    height: usize,
    /// Of all rows of the product.
    first_row: usize,
}

impl<C> Tiles<'_, C> {
    /// The first row of each tile.
    fn tops(&self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.rows.count).step_by(self.height)
    }
}

/// Puts the cells of a block's rows side by side.
struct Interleave<'a, C> {
    rows: [&'a [C]; BLOCK],
    to: &'a mut [C],
}

impl<C: Copy> WithSimd for Interleave<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let [a, b, c, d, e, f] = self.rows;
        let cells = a.iter().zip(b).zip(c).zip(d).zip(e).zip(f);
        for (to, (((((a, b), c), d), e), f)) in self.to.as_chunks_mut::<BLOCK>().0.iter_mut().zip(cells) {
            *to = [*a, *b, *c, *d, *e, *f];
        }
    }
}

/// What is done to the numbers of a product while they are in the first-level cache. A trait and no closure: only what is
/// always inlined is compiled for the vectors of this machine.
pub(super) trait Epilogue {
    /// Takes numbers of a row, from its column `first` on.
    fn row<S: Simd>(&mut self, simd: S, row: usize, first: usize, numbers: &mut [f32]);

    /// May ask for memory that [`Epilogue::row`] will read for these columns.
    #[inline(always)]
    fn prefetch(&self, _row: usize, _columns: Range<usize>) {}
}

/// The rows of a group, given to the epilogue.
struct Finish<'a, E> {
    sums: &'a mut [TileRow],
    first_row: usize,
    columns: Range<usize>,
    epilogue: &'a mut E,
}

impl<E: Epilogue> WithSimd for Finish<'_, E> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = (self.first_row..).zip(self.sums);
        if self.columns.len() == COLUMNS {
            // So many numbers, known to the compiler, have neither ends nor rests; and a copy lies in no memory that the
            // epilogue may write to.
            rows.for_each(
                #[inline(always)]
                |(row, sums)| self.epilogue.row(simd, row, self.columns.start, &mut { *sums }.0),
            );
        } else {
            for (row, sums) in rows {
                let numbers = &mut sums.0[..self.columns.len()];
                self.epilogue.row(simd, row, self.columns.start, numbers);
            }
        }
    }
}
