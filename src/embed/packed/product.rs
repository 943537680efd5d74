//! Rows times a matrix. What comes in: rows of cells and a matrix laid out in panels; what goes out: tiles of the
//! product, each handed to its epilogue while it is in the first-level cache. It never allocates.
//!
//! A number of the product is one sum along the depth, from the first cell to the last, so its bits depend neither on
//! the other rows nor on the tile it falls into. In f32 each step is one fused multiply-add in every kernel, so
//! the kernels give the same bits; a test holds those of the machine at hand to it.

use pulp::Arch;

use super::amx;
use super::avx512;
use super::cell::{Bf16Pair, Cell};

/// Columns of a panel and of a tile.
pub(super) const COLUMNS: usize = 32;

/// Rows of a tile: 14 x 2 registers of sums leave two for the panel and one for the row, of the 32 that AVX-512 has.
pub(super) const ROWS: usize = 14;

/// A part of a product.
#[repr(align(64))]
pub(super) struct Tile(pub(super) [[f32; COLUMNS]; ROWS]);

impl Default for Tile {
    fn default() -> Tile {
        Tile([[0.0; COLUMNS]; ROWS])
    }
}

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
    /// Lays out a matrix of `depth` numbers by `columns`, given number by number.
    pub(super) fn fill(&mut self, depth: usize, columns: usize, number: impl Fn(usize, usize) -> f32) {
        self.depth = depth.div_ceil(C::DEPTH);
        self.columns = columns;
        let rows = self.depth * columns.div_ceil(COLUMNS);
        if self.rows.len() < rows {
            self.rows.resize(rows, PanelRow::default());
        }
        let panels = self.rows[..rows].chunks_exact_mut(self.depth);
        for (first, panel) in (0..columns).step_by(COLUMNS).zip(panels) {
            for (at, row) in panel.iter_mut().enumerate() {
                for (column, cell) in (first..).zip(&mut row.0) {
                    *cell = C::default();
                    if column < columns {
                        let mut numbers = [0.0; 2];
                        for (at, to) in (at * C::DEPTH..depth).zip(&mut numbers[..C::DEPTH]) {
                            *to = number(at, column);
                        }
                        *cell = C::pack(&numbers[..C::DEPTH]);
                    }
                }
            }
        }
    }

    /// Cells of a row of the other factor.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

/// Computes a tile from at most [`ROWS`] rows, which begin `stride` cells apart, and a panel.
pub(super) type TileKernel<C> = fn(cells: &[C], stride: usize, rows: usize, panel: &[PanelRow<C>], tile: &mut Tile);

/// How this machine multiplies cells.
pub(in crate::embed) struct Kernel<C> {
    name: String,
    pub(super) arch: Arch,
    tile: TileKernel<C>,
}

impl Kernel<f32> {
    /// AVX-512 where there is AVX-512.
    pub(in crate::embed) fn f32() -> Kernel<f32> {
        avx512::f32_tile().map_or_else(Kernel::plain, |tile| Kernel::of("AVX-512".to_string(), tile))
    }
}

impl Kernel<Bf16Pair> {
    /// Only where the processor multiplies bf16: elsewhere f32 is faster.
    pub(in crate::embed) fn bf16() -> Option<Kernel<Bf16Pair>> {
        match amx::bf16_tile() {
            Ok(tile) => Some(Kernel::of("AMX".to_string(), tile)),
            Err(reason) => avx512::bf16_tile().map(|tile| Kernel::of(format!("AVX-512 BF16 ({reason})"), tile)),
        }
    }
}

impl<C: Cell> Kernel<C> {
    fn of(name: String, tile: TileKernel<C>) -> Kernel<C> {
        Kernel {
            name,
            arch: Arch::new(),
            tile,
        }
    }

    /// The definition of every other kernel, and the kernel of AVX2 and NEON.
    pub(in crate::embed) fn plain() -> Kernel<C> {
        Kernel::of("portable".to_string(), plain_tile)
    }

    /// For people.
    pub(in crate::embed) fn name(&self) -> &str {
        &self.name
    }

    /// Multiplies `rows` rows, `stride` cells apart, and gives each row of each tile to `finish`: its row, its first
    /// column, its numbers.
    #[inline]
    pub(super) fn multiply(
        &self,
        (cells, stride, rows): (&[C], usize, usize),
        matrix: &Panels<C>,
        mut finish: impl FnMut(usize, usize, &mut [f32]),
    ) {
        let mut tile = Tile::default();
        for (panel, first) in (0..matrix.columns).step_by(COLUMNS).enumerate() {
            let panel = &matrix.rows[panel * matrix.depth..][..matrix.depth];
            let columns = COLUMNS.min(matrix.columns - first);
            for top in (0..rows).step_by(ROWS) {
                let height = ROWS.min(rows - top);
                (self.tile)(&cells[top * stride..], stride, height, panel, &mut tile);
                self.arch.dispatch(|| {
                    for (row, numbers) in (top..).zip(&mut tile.0[..height]) {
                        finish(row, first, &mut numbers[..columns]);
                    }
                });
            }
        }
    }
}

/// Rows and columns of sums that AVX2 and NEON keep in registers.
const BLOCK: (usize, usize) = (6, 16);

pub(super) fn plain_tile<C: Cell>(cells: &[C], stride: usize, rows: usize, panel: &[PanelRow<C>], tile: &mut Tile) {
    Arch::new().dispatch(|| {
        for column in (0..COLUMNS).step_by(BLOCK.1) {
            let mut row = 0;
            while row + BLOCK.0 <= rows {
                block::<C, { BLOCK.0 }>(&cells[row * stride..], stride, panel, column, &mut tile.0[row..]);
                row += BLOCK.0;
            }
            while row < rows {
                block::<C, 1>(&cells[row * stride..], stride, panel, column, &mut tile.0[row..]);
                row += 1;
            }
        }
    });
}

#[inline(always)]
fn block<C: Cell, const HEIGHT: usize>(
    cells: &[C],
    stride: usize,
    panel: &[PanelRow<C>],
    first: usize,
    tile: &mut [[f32; COLUMNS]],
) {
    let rows: [&[C]; HEIGHT] = std::array::from_fn(|row| &cells[row * stride..][..panel.len()]);
    let mut sums = [[0.0; BLOCK.1]; HEIGHT];
    for (at, right) in panel.iter().enumerate() {
        let right: [C; BLOCK.1] = std::array::from_fn(|column| right.0[first + column]);
        for (sums, row) in sums.iter_mut().zip(&rows) {
            let left = row[at];
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = left.multiply_add(right, *sum);
            }
        }
    }
    for (sums, tile) in sums.iter().zip(tile) {
        tile[first..first + BLOCK.1].copy_from_slice(sums);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cell::pack_row;
    use super::*;

    /// Rows and matrix of a product, all numbers different.
    fn number(at: usize) -> f32 {
        (at as f32 * 0.618).fract() - 0.4
    }

    fn product<C: Cell>(kernel: &Kernel<C>, rows: usize, depth: usize, columns: usize) -> Vec<f32> {
        let stride = depth.div_ceil(C::DEPTH) + 3;
        let mut cells = vec![C::default(); rows * stride];
        for (row, cells) in cells.chunks_exact_mut(stride).enumerate() {
            let mut numbers: Vec<f32> = (0..depth).map(|at| number(row * 1000 + at)).collect();
            numbers.resize(stride * C::DEPTH, f32::NAN);
            numbers[depth..depth.next_multiple_of(C::DEPTH)].fill(0.0);
            pack_row(&numbers, cells);
        }
        let mut matrix = Panels::default();
        matrix.fill(depth, columns, |at, column| number(at * 77 + column * 13 + 5));
        let mut product = vec![f32::NAN; rows * columns];
        kernel.multiply((&cells, stride, rows), &matrix, |row, first, numbers| {
            product[row * columns + first..][..numbers.len()].copy_from_slice(numbers);
        });
        product
    }

    fn exact(rows: usize, depth: usize, columns: usize) -> Vec<f64> {
        let term = |row, at, column| f64::from(number(row * 1000 + at)) * f64::from(number(at * 77 + column * 13 + 5));
        let sum = |row, column| (0..depth).map(|at| term(row, at, column)).sum();
        (0..rows)
            .flat_map(|row| (0..columns).map(move |column| sum(row, column)))
            .collect()
    }

    fn assert_near(product: &[f32], exact: &[f64], tolerance: f64) {
        assert_eq!(product.len(), exact.len());
        for (ours, exact) in product.iter().zip(exact) {
            assert!((f64::from(*ours) - exact).abs() <= tolerance, "{ours} {exact}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn products_of_any_size_are_exact_but_for_rounding_and_f32_has_the_bits_of_its_twin(
            rows in 1usize..40, depth in 1usize..70, columns in 1usize..80,
        ) {
            let exact = exact(rows, depth, columns);
            let plain = product(&Kernel::<f32>::plain(), rows, depth, columns);
            assert_near(&plain, &exact, 1e-6 * depth as f64);
            prop_assert_eq!(product(&Kernel::f32(), rows, depth, columns), plain);
        }

        #[test]
        fn products_of_bf16_equal_those_of_the_twin_but_for_the_rounding_of_sums(
            rows in 1usize..40, depth in 1usize..70, columns in 1usize..80,
        ) {
            let plain = product(&Kernel::<Bf16Pair>::plain(), rows, depth, columns);
            assert_near(&plain, &exact(rows, depth, columns), 3e-3 * depth as f64);
            let plain: Vec<f64> = plain.into_iter().map(f64::from).collect();
            if let Some(kernel) = Kernel::bf16() {
                assert_near(&product(&kernel, rows, depth, columns), &plain, 1e-6 * depth as f64);
            }
        }
    }
}
