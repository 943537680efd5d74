//! Rows times a matrix. What comes in: rows of cells and a matrix laid out in panels; what goes out: tiles of the
//! product, each handed to its epilogue while it is in the first-level cache. It never allocates.
//!
//! A number of the product is one sum along the depth, from the first cell to the last, so its bits depend neither on
//! the other rows nor on the tile it falls into. In f32 each step is one fused multiply-add in every kernel, so
//! the kernels give the same bits; a test holds those of the machine at hand to it.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::amx;
use super::avx2;
use super::avx512;
use super::cell::{Bf16Pair, Cell};
use super::panels::{COLUMNS, PanelRow, Panels};
use super::portable::plain_tile;
use super::prefetch::prefetch;
use super::workspace;

/// Rows of a tile at most, for most kernels: 14 x 2 registers of sums leave two for the panel and one for the row, of the
/// 32 that AVX-512 has.
pub(super) const ROWS: usize = 14;

/// A row of a tile, a part of a product. In lines of its own: a register that straddles two is not read back before it is
/// written.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct TileRow(pub(super) [f32; COLUMNS]);

/// Rows of tiles below each other that are computed together, at most: ten tiles of most kernels.
const GROUP_ROWS: usize = 10 * ROWS;

/// What a product is computed in; what it holds means nothing from one product to the next.
pub(super) struct Room<C> {
    /// Rows as a kernel takes them.
    arranged: Vec<C>,
    sums: Box<[TileRow; GROUP_ROWS]>,
}

impl<C> Default for Room<C> {
    fn default() -> Room<C> {
        Room {
            arranged: Vec::new(),
            sums: Box::new([TileRow::default(); GROUP_ROWS]),
        }
    }
}

/// Cells of a panel that stay in a first-level cache of 32 KiB while the rows of all tiles pass by: 12 KiB. With them sums
/// rest in their tiles; with twice as many the kernels alone were slower, with two thirds not faster.
const RESIDENT: usize = 3072;

/// Rows of a block, for kernels that take rows in blocks: the most that AVX2 has registers for.
pub(super) const BLOCK: usize = 6;

/// Rows of a tile register of AMX, and words of each; a tile has two blocks of so many rows.
pub(super) const SIDE: usize = 16;

/// Columns of a block.
pub(super) const HALF: usize = COLUMNS / 2;

/// Some rows of the left factor, at most [`ROWS`].
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
            RowOrder::Blocks => unreachable!("the kernel asks for whole rows"),
        }
    }
}

/// Where the cells of rows lie.
#[derive(Clone, Copy)]
pub(super) enum RowOrder {
    /// Each row whole, and so many cells from one to the next.
    Stride(usize),
    /// Blocks of [`BLOCK`] rows, in each cell by cell of the depth those of all its rows; the last block is filled up.
    Blocks,
}

/// A part of a panel.
#[derive(Clone, Copy)]
pub(super) struct Part<'a, C> {
    pub(super) rows: &'a [PanelRow<C>],
    /// The first column; there are as many as a kernel takes at a time.
    pub(super) first: usize,
    /// Whether sums begin with it, or go on.
    pub(super) begins: bool,
}

/// Sums in a tile, of as many rows or more, the products of some rows and a part of a panel.
pub(super) type TileKernel<C> = fn(rows: &Rows<'_, C>, part: &Part<'_, C>, tile: &mut [TileRow]);

/// How this machine multiplies cells.
pub(in crate::embed) struct Kernel<C> {
    name: String,
    pub(super) arch: Arch,
    tile: TileKernel<C>,
    /// Rows of a tile.
    height: usize,
    /// Rows of the last tile of a group at least. Where fewer are left, it begins above them and does some again.
    least: usize,
    /// Columns that the kernel takes at a time.
    width: usize,
    /// Cells of the depth that it takes at a time.
    depth: usize,
    /// Whether it takes rows in blocks.
    in_blocks: bool,
}

impl Kernel<f32> {
    /// AVX-512 where there is AVX-512, else AVX2 where there is AVX2.
    pub(in crate::embed) fn f32() -> Kernel<f32> {
        Kernel::avx512().or_else(Kernel::avx2).unwrap_or_else(Kernel::plain)
    }

    /// Where there is AVX-512.
    pub(super) fn avx512() -> Option<Kernel<f32>> {
        let kernel = |tile| Kernel::of("AVX-512".to_string(), tile).in_parts(COLUMNS);
        avx512::f32_tile().map(kernel)
    }

    /// Where there is AVX2, with FMA.
    pub(super) fn avx2() -> Option<Kernel<f32>> {
        let kernel = |tile| Kernel {
            height: 2 * BLOCK,
            in_blocks: true,
            ..Kernel::of("AVX2".to_string(), tile).in_parts(HALF)
        };
        avx2::f32_tile().map(kernel)
    }
}

impl Kernel<Bf16Pair> {
    /// Only where the processor multiplies bf16: elsewhere f32 is faster.
    pub(in crate::embed) fn bf16() -> Option<Kernel<Bf16Pair>> {
        match amx::bf16_tile() {
            Ok(tile) => Some(Kernel::amx(tile)),
            Err(reason) => {
                let kernel = |tile| Kernel::of(format!("AVX-512 BF16 ({reason})"), tile).in_parts(COLUMNS);
                avx512::bf16_tile().map(kernel)
            }
        }
    }

    /// With a kernel for AMX, whatever runs it.
    pub(super) fn amx(tile: TileKernel<Bf16Pair>) -> Kernel<Bf16Pair> {
        Kernel {
            height: 2 * SIDE,
            least: SIDE,
            ..Kernel::of("AMX".to_string(), tile)
        }
    }
}

impl<C: Cell> Kernel<C> {
    fn of(name: String, tile: TileKernel<C>) -> Kernel<C> {
        Kernel {
            name,
            arch: Arch::new(),
            tile,
            height: ROWS,
            least: 1,
            width: COLUMNS,
            depth: usize::MAX,
            in_blocks: false,
        }
    }

    /// The kernel, taking so many columns at a time and as much of the depth as stays in the first-level cache. Not for AMX,
    /// whose last tile does rows again.
    fn in_parts(self, width: usize) -> Kernel<C> {
        let depth = RESIDENT / width;
        Kernel { width, depth, ..self }
    }

    /// The definition of every other kernel, and the kernel of NEON.
    pub(in crate::embed) fn plain() -> Kernel<C> {
        Kernel::of("portable".to_string(), plain_tile)
    }

    /// For people.
    pub(in crate::embed) fn name(&self) -> &str {
        &self.name
    }

    /// Rows that go through a product together.
    pub(super) fn group(&self) -> usize {
        GROUP_ROWS / self.height * self.height
    }

    /// Multiplies `rows` rows, `stride` cells apart, and gives each row of each tile to the epilogue.
    pub(super) fn multiply(
        &self,
        (cells, stride, rows): (&[C], usize, usize),
        matrix: &Panels<C>,
        room: &mut Room<C>,
        epilogue: &mut impl Epilogue,
    ) {
        let Room { arranged, sums } = room;
        let groups = rows.div_ceil(self.group());
        // About as many rows in each: every group reads the whole matrix.
        let rows_of_a_group = rows.div_ceil(groups.max(1)).max(1);
        for top in (0..rows).step_by(rows_of_a_group) {
            let count = (rows - top).min(rows_of_a_group);
            let height = self.height_for(count);
            let group = self.arrange(&cells[top * stride..], stride, count, matrix.depth(), arranged);
            for (panel, first) in (0..matrix.columns()).step_by(COLUMNS).enumerate() {
                let columns = first..matrix.columns().min(first + COLUMNS);
                for row in top..top + count {
                    epilogue.prefetch(row, columns.clone());
                }
                self.sum(&group, height, matrix, (panel, columns.len()), sums);
                self.arch.dispatch(Finish {
                    sums: &mut sums[..count],
                    first_row: top,
                    columns,
                    epilogue,
                });
            }
        }
    }

    /// Rows of a tile, when there are so many in all: about as many in each tile, since the sums of a low one wait for each
    /// other. Kernels that take rows together keep their height.
    fn height_for(&self, rows: usize) -> usize {
        if self.in_blocks || self.least > 1 {
            return self.height;
        }
        rows.div_ceil(rows.div_ceil(self.height))
    }

    /// The rows as the kernel takes them.
    fn arrange<'a>(
        &self,
        cells: &'a [C],
        stride: usize,
        count: usize,
        depth: usize,
        room: &'a mut Vec<C>,
    ) -> Group<'a, C> {
        if !self.in_blocks {
            return Group {
                cells,
                order: RowOrder::Stride(stride),
                count,
            };
        }
        let padded = count.next_multiple_of(BLOCK);
        let to = workspace::room(room, padded * depth);
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
        Group {
            cells: to,
            order: RowOrder::Blocks,
            count,
        }
    }

    /// All sums of the first columns of a panel, part by part of the depth.
    fn sum(
        &self,
        group: &Group<'_, C>,
        height: usize,
        matrix: &Panels<C>,
        (panel, columns): (usize, usize),
        sums: &mut [TileRow; GROUP_ROWS],
    ) {
        let (panel, behind) = matrix.panel(panel);
        let highest = group.count.saturating_sub(self.least);
        let tops = || (0..group.count).step_by(height).map(|top| top.min(highest));
        let depth = self.depth.min(matrix.depth().max(1));
        for (at, rows) in (0..).step_by(depth).zip(panel.chunks(depth)) {
            let next = panel
                .get(at + depth..)
                .filter(|next| !next.is_empty())
                .unwrap_or(behind);
            let calls = tops().len() * columns.div_ceil(self.width);
            let mut next = next[..next.len().min(depth)].chunks(depth.div_ceil(calls));
            for first in (0..columns).step_by(self.width) {
                let begins = at == 0;
                let part = Part { rows, first, begins };
                for top in tops() {
                    prefetch(next.next().unwrap_or_default());
                    (self.tile)(&group.rows(top, height, at, rows.len()), &part, &mut sums[top..]);
                }
            }
        }
    }
}

/// Rows of several tiles.
struct Group<'a, C> {
    cells: &'a [C],
    order: RowOrder,
    count: usize,
}

impl<'a, C> Group<'a, C> {
    /// The part of some rows that begins `at` cells along the depth.
    fn rows(&self, top: usize, height: usize, at: usize, length: usize) -> Rows<'a, C> {
        let start = match self.order {
            RowOrder::Stride(stride) => top * stride + at,
            RowOrder::Blocks => at * self.count.next_multiple_of(BLOCK) + top * length,
        };
        Rows {
            cells: &self.cells[start..],
            order: self.order,
            count: height.min(self.count - top),
        }
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
    fn row(&mut self, row: usize, first: usize, numbers: &mut [f32]);

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
    fn with_simd<S: Simd>(self, _simd: S) {
        for (row, sums) in (self.first_row..).zip(self.sums) {
            match self.columns.len() {
                // Loops over so many numbers, known to the compiler, have neither ends nor rests; and a copy lies in no
                // memory that the epilogue may write to.
                COLUMNS => self.epilogue.row(row, self.columns.start, &mut { *sums }.0),
                width => self.epilogue.row(row, self.columns.start, &mut sums.0[..width]),
            }
        }
    }
}
