//! The left factor of a product: rows of cells. What comes in: numbers, row by row; what goes out: cells in the order in
//! which a kernel reads them. It never multiplies.

use super::cell::{Cell, pack_row};

/// Rows of a block, for kernels that take rows in blocks: the most that AVX2 has registers for.
pub(super) const BLOCK: usize = 6;

/// Rows of a tile register of AMX, and words of each.
pub(super) const SIDE: usize = 16;

/// Where the cells of rows lie.
#[derive(Clone, Copy)]
pub(super) enum RowOrder {
    /// Each row whole, and so many cells from one to the next.
    Stride(usize),
    /// Blocks of [`BLOCK`] rows, in each cell by cell of the depth those of all its rows; the last block is filled up.
    Blocks,
    /// Sixteen rows after sixteen rows, in each piece by piece of the depth sixteen cells of all its rows: as a tile
    /// register reads them, in one stretch. So many cells a row, whole pieces; the last rows are filled up.
    Tiles(usize),
}

impl RowOrder {
    /// Tiles of rows of so many cells.
    pub(super) fn tiles(depth: usize) -> RowOrder {
        RowOrder::Tiles(depth.next_multiple_of(SIDE))
    }

    /// Cells that so many rows take.
    pub(super) fn cells_of(self, rows: usize) -> usize {
        match self {
            RowOrder::Stride(stride) => rows * stride,
            RowOrder::Blocks => unreachable!("blocks are made of whole rows, for one product"),
            RowOrder::Tiles(depth) => rows.next_multiple_of(SIDE) * depth,
        }
    }

    /// Packs numbers of a row into its cells from `first` on.
    #[inline(always)]
    pub(super) fn put<C: Cell>(self, cells: &mut [C], row: usize, first: usize, numbers: &[f32]) {
        match self {
            RowOrder::Stride(stride) => {
                let cells = &mut cells[row * stride + first..];
                pack_row(numbers, &mut cells[..numbers.len() / C::DEPTH]);
            }
            RowOrder::Blocks => unreachable!("blocks are made of whole rows, for one product"),
            RowOrder::Tiles(depth) => {
                let start = row / SIDE * SIDE * depth + row % SIDE * SIDE;
                let (mut at, mut rest) = (first, numbers);
                while !rest.is_empty() {
                    let (of_piece, others) = rest.split_at(rest.len().min((SIDE - at % SIDE) * C::DEPTH));
                    let cells = &mut cells[start + at / SIDE * SIDE * SIDE + at % SIDE..];
                    pack_row(of_piece, &mut cells[..of_piece.len() / C::DEPTH]);
                    (at, rest) = (at + of_piece.len() / C::DEPTH, others);
                }
            }
        }
    }
}

/// Rows, in an order.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a, C> {
    pub(super) cells: &'a [C],
    pub(super) order: RowOrder,
    pub(super) count: usize,
}

impl<'a, C> Rows<'a, C> {
    /// The cells, and how many there are from one row to the next, for kernels that ask for whole rows.
    pub(super) fn whole(&self) -> (&'a [C], usize) {
        match self.order {
            RowOrder::Stride(stride) => (self.cells, stride),
            RowOrder::Blocks | RowOrder::Tiles(_) => unreachable!("the kernel asks for whole rows"),
        }
    }

    /// `count` rows or fewer from `top` on, without the first `at` cells of each. In blocks, `length` cells of each follow;
    /// in blocks and tiles, the first row begins a block or tile, and in tiles the cells are whole pieces.
    pub(super) fn part(&self, top: usize, count: usize, at: usize, length: usize) -> Rows<'a, C> {
        let start = match self.order {
            RowOrder::Stride(stride) => top * stride + at,
            RowOrder::Blocks => at * self.count.next_multiple_of(BLOCK) + top * length,
            RowOrder::Tiles(depth) => top * depth + at * SIDE,
        };
        Rows {
            cells: &self.cells[start..],
            count: count.min(self.count - top),
            ..*self
        }
    }
}
