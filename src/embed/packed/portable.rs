//! Tiles in plain Rust: the definition of every other kernel, and the kernel of NEON. What comes in and goes out:
//! [`TileKernel`](super::product::TileKernel).

use pulp::Arch;

use super::cell::Cell;
use super::panels::{COLUMNS, PanelRow};
use super::prefetch::prefetch;
use super::product::{HALF, Part, TileRow};
use super::rows::{BLOCK, Rows};

pub(super) fn plain_tile<C: Cell>(rows: &Rows<'_, C>, part: &Part<'_, C>, tile: &mut [TileRow]) {
    if part.begins {
        tile[..rows.count].fill(TileRow::default());
    }
    prefetch(part.next);
    let panel = part.rows;
    let ((cells, stride), count) = (rows.whole(), rows.count);
    // As many sums as NEON keeps in registers, in blocks of nearly one height: the sums of a low block wait for each other.
    let blocks = count.div_ceil(BLOCK);
    Arch::new().dispatch(|| {
        for column in (0..COLUMNS).step_by(HALF) {
            for at in 0..blocks {
                let (row, end) = (at * count / blocks, (at + 1) * count / blocks);
                let (cells, tile) = (&cells[row * stride..], &mut tile[row..end]);
                match end - row {
                    1 => block::<C, 1>(cells, stride, panel, column, tile),
                    2 => block::<C, 2>(cells, stride, panel, column, tile),
                    3 => block::<C, 3>(cells, stride, panel, column, tile),
                    4 => block::<C, 4>(cells, stride, panel, column, tile),
                    5 => block::<C, 5>(cells, stride, panel, column, tile),
                    _ => block::<C, BLOCK>(cells, stride, panel, column, tile),
                }
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
    tile: &mut [TileRow],
) {
    let rows: [&[C]; HEIGHT] = std::array::from_fn(|row| &cells[row * stride..][..panel.len()]);
    let mut sums: [[f32; HALF]; HEIGHT] =
        std::array::from_fn(|row| std::array::from_fn(|column| tile[row].0[first + column]));
    for (at, right) in panel.iter().enumerate() {
        let right: [C; HALF] = std::array::from_fn(|column| right.0[first + column]);
        for (sums, row) in sums.iter_mut().zip(&rows) {
            let left = row[at];
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = left.multiply_add(right, *sum);
            }
        }
    }
    for (sums, tile) in sums.iter().zip(tile) {
        tile.0[first..first + HALF].copy_from_slice(sums);
    }
}
