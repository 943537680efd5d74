//! Tiles with AVX2 and FMA, in f32. What comes in and goes out: [`TileKernel`](super::product::TileKernel), with rows in
//! blocks; its definition is the portable kernel beside it. It never runs where the processor lacks the
//! instructions: the kernel is handed out after looking.

#[cfg(not(target_arch = "x86_64"))]
pub(super) use elsewhere::f32_tile;
#[cfg(target_arch = "x86_64")]
pub(super) use x86::f32_tile;

#[cfg(target_arch = "x86_64")]
#[allow(
    unsafe_code,
    reason = "sums stay in vector registers; the portable kernel is the definition"
)]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::prefetch::prefetch;
    use super::super::product::{HALF, Part, ROWS, TileKernel, TileRow};
    use super::super::rows::{BLOCK, RowOrder, Rows};

    /// The kernel, where the processor has AVX2 and FMA.
    pub(in super::super) fn f32_tile() -> Option<TileKernel<f32>> {
        let kernel: TileKernel<f32> = |rows, part, tile| {
            // SAFETY: the closure is handed out only where the processor has AVX2 and FMA.
            unsafe { add_rows(rows, part, tile) }
        };
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(kernel)
    }

    #[target_feature(enable = "avx2,fma")]
    fn add_rows(rows: &Rows<'_, f32>, part: &Part<'_, f32>, tile: &mut [TileRow]) {
        let Rows {
            cells,
            order: RowOrder::Blocks,
            count,
        } = *rows
        else {
            unreachable!("the kernel asks for blocks of six rows");
        };
        prefetch(part.next);
        let blocks = count.div_ceil(BLOCK);
        let depth = part.rows.len();
        assert!([0, HALF].contains(&part.first) && blocks * BLOCK <= ROWS && cells.len() >= blocks * BLOCK * depth);
        let (rows, _) = tile.as_chunks_mut::<BLOCK>();
        for (block, rows) in rows[..blocks].iter_mut().enumerate() {
            let cells = &cells[block * BLOCK * depth..];
            // SAFETY: the cells and the first column were just looked at.
            unsafe { add_block(cells.as_ptr(), part, rows) }
        }
    }

    /// Adds to six rows and sixteen columns of a tile: 6 x 2 registers of sums leave two for the panel and one for the row,
    /// of the 16 that AVX2 has. The rows stand side by side, because apart from each other they are too short for the
    /// processor to see where they go: with weights that came from memory, that took one and a half times as long.
    ///
    /// # Safety
    /// From `cells` on there are BLOCK numbers for each of the part's rows; its first column is 0 or HALF.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    unsafe fn add_block(mut cells: *const f32, part: &Part<'_, f32>, tile: &mut [TileRow; BLOCK]) {
        // SAFETY: half a panel row is two aligned registers, half a row of the tile too; the cells are there (see above).
        unsafe {
            let mut sums = [[_mm256_setzero_ps(); 2]; BLOCK];
            let first = part.first;
            if !part.begins {
                for (sums, row) in sums.iter_mut().zip(&*tile) {
                    let row = row.0.as_ptr().add(first);
                    *sums = [_mm256_load_ps(row), _mm256_load_ps(row.add(8))];
                }
            }
            let (together, rest) = part.rows.as_chunks::<TOGETHER>();
            for right in together {
                for right in right {
                    sums = add_products(sums, cells, right.0.as_ptr().add(first));
                    cells = cells.add(BLOCK);
                }
            }
            for right in rest {
                sums = add_products(sums, cells, right.0.as_ptr().add(first));
                cells = cells.add(BLOCK);
            }
            for (sums, row) in sums.iter().zip(tile) {
                let row = row.0.as_mut_ptr().add(first);
                _mm256_store_ps(row, sums[0]);
                _mm256_store_ps(row.add(8), sums[1]);
            }
        }
    }

    /// Steps along the depth between two looks at whether it ends: a look is a tenth of the instructions of a step.
    const TOGETHER: usize = 4;

    /// One step along the depth.
    ///
    /// # Safety
    /// At `left` there are BLOCK numbers, at `right` two aligned registers.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    unsafe fn add_products(
        mut sums: [[__m256; 2]; BLOCK],
        left: *const f32,
        right: *const f32,
    ) -> [[__m256; 2]; BLOCK] {
        // SAFETY: as the caller says.
        unsafe {
            let right = [_mm256_load_ps(right), _mm256_load_ps(right.add(8))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let left = _mm256_broadcast_ss(&*left.add(row));
                *sums = [
                    _mm256_fmadd_ps(left, right[0], sums[0]),
                    _mm256_fmadd_ps(left, right[1], sums[1]),
                ];
            }
            sums
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod elsewhere {
    use super::super::product::TileKernel;

    pub(in super::super) fn f32_tile() -> Option<TileKernel<f32>> {
        None
    }
}
