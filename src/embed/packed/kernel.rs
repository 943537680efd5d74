//! Which kernel multiplies, and how rows are brought to it. What comes in: the processor at hand; what goes out: a kernel
//! and the numbers of rows, columns and cells that suit it. It never multiplies.

use pulp::Arch;

use super::amx;
use super::avx2;
use super::avx512;
use super::cell::{Bf16Pair, Cell};
use super::panels::COLUMNS;
use super::portable::plain_tile;
use super::product::{GROUP_ROWS, HALF, ROWS, TileKernel};
use super::rows::{BLOCK, RowOrder, SIDE};

/// Rows that a panel is multiplied with before the next one, for most kernels: ten tiles.
const TEN_TILES: usize = 10 * ROWS;

/// Rows that go through the feed-forward net together, for most kernels: eight tiles. What is computed of them
/// stays in a second-level cache of 1 MiB while panels of weights pass by.
const NET_ROWS: usize = 8 * ROWS;

/// Cells of a panel that stay in a first-level cache of 32 KiB while the rows of all tiles pass by: 12 KiB. With them sums
/// rest in their tiles; with twice as many the kernels alone were slower, with two thirds not faster.
const RESIDENT: usize = 3072;

/// The same for AMX, where there is AMX in caches of 48 KiB: 24 KiB. The rows of MiniLM's products are as deep.
const AMX_RESIDENT: usize = 6144;

/// How this machine multiplies cells.
pub(in crate::embed) struct Kernel<C> {
    name: String,
    pub(super) arch: Arch,
    pub(super) tile: TileKernel<C>,
    /// Rows of a tile.
    pub(super) height: usize,
    /// Rows that a panel is multiplied with before the next one.
    group: usize,
    /// Columns that the kernel takes at a time.
    pub(super) width: usize,
    /// Cells of the depth that it takes at a time.
    pub(super) depth: usize,
    pub(super) takes: Takes,
}

/// How a kernel takes rows.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Takes {
    Whole,
    Blocks,
    Tiles,
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
            takes: Takes::Blocks,
            ..Kernel::of("AVX2".to_string(), tile).in_parts(HALF)
        };
        avx2::f32_tile().map(kernel)
    }
}

impl Kernel<Bf16Pair> {
    /// Only where the processor multiplies bf16 faster than f32; or why it does not.
    pub(in crate::embed) fn bf16() -> Result<Kernel<Bf16Pair>, String> {
        let no_amx = match amx::bf16_tile() {
            Ok(tile) => return Ok(Kernel::amx(tile)),
            Err(reason) => reason,
        };
        match Kernel::avx512_bf16() {
            Some(_) if avx512::bf16_is_slow() => {
                Err(format!("{no_amx}, and AVX-512 is faster in f32 on this processor"))
            }
            Some(kernel) => Ok(Kernel {
                name: format!("{} ({no_amx})", kernel.name),
                ..kernel
            }),
            None => Err(format!("{no_amx} and no AVX-512 BF16")),
        }
    }

    /// Where there is AVX-512 BF16, fast or slow.
    pub(in crate::embed) fn avx512_bf16() -> Option<Kernel<Bf16Pair>> {
        let kernel = |tile| Kernel::of("AVX-512 BF16".to_string(), tile).in_parts(COLUMNS);
        avx512::bf16_tile().map(kernel)
    }

    /// With a kernel for AMX, whatever runs it.
    pub(super) fn amx(tile: TileKernel<Bf16Pair>) -> Kernel<Bf16Pair> {
        Kernel {
            height: 2 * SIDE,
            group: GROUP_ROWS,
            depth: AMX_RESIDENT / COLUMNS,
            takes: Takes::Tiles,
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
            group: TEN_TILES,
            width: COLUMNS,
            depth: usize::MAX,
            takes: Takes::Whole,
        }
    }

    /// The kernel, taking so many columns at a time and as much of the depth as stays in the first-level cache.
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

    /// The order in which products take rows of so many cells.
    pub(super) fn order(&self, depth: usize) -> RowOrder {
        match self.takes {
            Takes::Whole | Takes::Blocks => RowOrder::Stride(depth),
            Takes::Tiles => RowOrder::tiles(depth),
        }
    }

    /// So many numbers, filled up to a depth that products take without a rest.
    pub(super) fn whole_depth(&self, numbers: usize) -> usize {
        match self.takes {
            Takes::Whole | Takes::Blocks => numbers,
            Takes::Tiles => numbers.next_multiple_of(SIDE * C::DEPTH),
        }
    }

    /// Rows that go through a product together.
    pub(super) fn group(&self) -> usize {
        self.group / self.height * self.height
    }

    /// Rows of whole texts that go through attention together, at most if there are several: what is projected of them stays
    /// in the second-level cache. In tiles, a group of texts could not begin at any row.
    pub(super) fn rows_of_texts(&self) -> usize {
        match self.takes {
            Takes::Whole | Takes::Blocks => self.group(),
            Takes::Tiles => usize::MAX,
        }
    }

    /// Rows that go through the feed-forward net together.
    pub(super) fn rows_of_net(&self) -> usize {
        match self.takes {
            Takes::Whole | Takes::Blocks => NET_ROWS,
            Takes::Tiles => GROUP_ROWS,
        }
    }

    /// Rows of a tile, when there are so many in all: about as many in each tile, since the sums of a low one wait for each
    /// other. Kernels that take rows together keep their height.
    pub(super) fn height_for(&self, rows: usize) -> usize {
        match self.takes {
            Takes::Whole => rows.div_ceil(rows.div_ceil(self.height)),
            Takes::Blocks | Takes::Tiles => self.height,
        }
    }
}
