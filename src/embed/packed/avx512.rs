//! Tiles with AVX-512: f32, and bf16 where the processor has `vdpbf16ps`. What comes in and goes out:
//! [`TileKernel`](super::product::TileKernel); its definition is the portable kernel beside it. It never runs where the processor lacks the
//! instructions: the kernels are handed out after looking.

#[cfg(not(target_arch = "x86_64"))]
pub(super) use elsewhere::{bf16_is_slow, bf16_tile, f32_tile};
#[cfg(target_arch = "x86_64")]
pub(super) use x86::{bf16_is_slow, bf16_tile, f32_tile};

#[cfg(target_arch = "x86_64")]
#[allow(
    unsafe_code,
    reason = "sums stay in vector registers; the portable kernel is the definition"
)]
mod x86 {
    use std::arch::x86_64::*;
    use std::mem::transmute;

    use super::super::cell::{Bf16Pair, Cell};
    use super::super::prefetch::prefetch;
    use super::super::product::{Part, ROWS, TileKernel, TileRow};
    use super::super::rows::Rows;

    /// The kernel for f32, where the processor has AVX-512.
    pub(in super::super) fn f32_tile() -> Option<TileKernel<f32>> {
        let kernel: TileKernel<f32> = |rows, part, tile| {
            // SAFETY: the closure is handed out only where the processor has AVX-512F.
            unsafe { f32_rows(rows, part, tile) }
        };
        is_x86_feature_detected!("avx512f").then_some(kernel)
    }

    /// The kernel for bf16, where the processor has AVX-512 BF16.
    pub(in super::super) fn bf16_tile() -> Option<TileKernel<Bf16Pair>> {
        let kernel: TileKernel<Bf16Pair> = |rows, part, tile| {
            // SAFETY: the closure is handed out only where the processor has AVX-512F and AVX-512 BF16.
            unsafe { bf16_rows(rows, part, tile) }
        };
        let there = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bf16");
        there.then_some(kernel)
    }

    /// Whether the processor multiplies bf16 more slowly than f32: whether it is one of Intel's that have AMX too, though it may
    /// be hidden from this machine; those have AVX-512 FP16. On a Xeon of 2023 (family 6, model 207) a `vdpbf16ps` began every
    /// second cycle, where two multiplications of f32 begin in each: half as many numbers, and our encoder took 1.6 times as
    /// long. On Zen 5 it is twice as fast as f32. Cooper Lake, with neither AMX nor AVX-512 FP16, was not measured.
    pub(in super::super) fn bf16_is_slow() -> bool {
        #[allow(
            unused_unsafe,
            reason = "safe to call since a later Rust than the oldest that builds this"
        )]
        // SAFETY: every x86-64 processor has the instruction, and a leaf 0.
        let vendor = unsafe { __cpuid(0) };
        let vendor = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes);
        vendor.as_flattened() == b"GenuineIntel" && is_x86_feature_detected!("avx512fp16")
    }

    #[target_feature(enable = "avx512f")]
    fn f32_rows(rows: &Rows<'_, f32>, part: &Part<'_, f32>, tile: &mut [TileRow]) {
        let step = |sum, left, right| {
            let left = _mm512_castsi512_ps(_mm512_set1_epi32(left));
            _mm512_fmadd_ps(left, _mm512_castsi512_ps(right), sum)
        };
        // SAFETY: this function has the instructions of `step`.
        unsafe { by_height(rows, part, tile, step) }
    }

    #[target_feature(enable = "avx512f,avx512bf16")]
    fn bf16_rows(rows: &Rows<'_, Bf16Pair>, part: &Part<'_, Bf16Pair>, tile: &mut [TileRow]) {
        let step = |sum, left, right| {
            // SAFETY: both types are 512 bits without meaning of their own.
            let [left, right] = unsafe { transmute::<[__m512i; 2], [__m512bh; 2]>([_mm512_set1_epi32(left), right]) };
            _mm512_dpbf16_ps(sum, left, right)
        };
        // SAFETY: this function has the instructions of `step`.
        unsafe { by_height(rows, part, tile, step) }
    }

    /// Checks what the loop relies on and lets the compiler unroll it for the number of rows.
    ///
    /// # Safety
    /// The caller has AVX-512F and the instructions of `step`.
    #[inline(always)]
    unsafe fn by_height<C: Cell>(
        rows: &Rows<'_, C>,
        part: &Part<'_, C>,
        tile: &mut [TileRow],
        step: impl Fn(__m512, i32, __m512i) -> __m512,
    ) {
        const { assert!(size_of::<C>() == size_of::<i32>() && align_of::<C>() == align_of::<i32>()) };
        let ((cells, stride), count) = (rows.whole(), rows.count);
        assert!((1..=ROWS).contains(&count) && cells.len() >= (count - 1) * stride + part.rows.len());
        let words = cells.as_ptr().cast();
        // SAFETY: a cell is four bytes of numbers, and the rows lie within `cells`: both were just looked at.
        unsafe {
            match count {
                1 => sums::<1, C>(words, stride, part, tile, step),
                2 => sums::<2, C>(words, stride, part, tile, step),
                3 => sums::<3, C>(words, stride, part, tile, step),
                4 => sums::<4, C>(words, stride, part, tile, step),
                5 => sums::<5, C>(words, stride, part, tile, step),
                6 => sums::<6, C>(words, stride, part, tile, step),
                7 => sums::<7, C>(words, stride, part, tile, step),
                8 => sums::<8, C>(words, stride, part, tile, step),
                9 => sums::<9, C>(words, stride, part, tile, step),
                10 => sums::<10, C>(words, stride, part, tile, step),
                11 => sums::<11, C>(words, stride, part, tile, step),
                12 => sums::<12, C>(words, stride, part, tile, step),
                13 => sums::<13, C>(words, stride, part, tile, step),
                _ => sums::<ROWS, C>(words, stride, part, tile, step),
            }
        }
    }

    /// Panel rows from the one that is multiplied to the one that is brought into the first-level cache, beyond the end of the
    /// panel too, where the next part lies. Without it the kernel alone had nine tenths of its speed.
    const AHEAD: usize = 24;

    /// Panel rows between two hints for what follows the part; no other number was tried. All hints at once took 3 to 7 % of the
    /// samples of a profile where memory was busy, probably since the first-level cache can wait for sixteen lines or so.
    const HINT_ROWS: usize = 16;

    /// # Safety
    /// As for [`by_height`]; from `words` on there are HEIGHT rows of as many words as the panel has, `stride` apart.
    #[inline(always)]
    unsafe fn sums<const HEIGHT: usize, C: Cell>(
        words: *const i32,
        stride: usize,
        part: &Part<'_, C>,
        tile: &mut [TileRow],
        step: impl Fn(__m512, i32, __m512i) -> __m512,
    ) {
        // In an array: with a slice, whose length the compiler does not know, the sums would not stay in registers.
        let Some(tile) = tile.first_chunk_mut::<HEIGHT>() else {
            unreachable!("a tile has as many rows as there are");
        };
        // SAFETY: a panel row is two aligned registers, a row of the tile too; the words are there (see above).
        unsafe {
            let mut sums = [[_mm512_setzero_ps(); 2]; HEIGHT];
            if !part.begins {
                for (sums, row) in sums.iter_mut().zip(&*tile) {
                    let row = row.0.as_ptr();
                    *sums = [_mm512_load_ps(row), _mm512_load_ps(row.add(16))];
                }
            }
            let hints = part.rows.len().div_ceil(HINT_ROWS).max(1);
            let mut next = part.next.chunks(part.next.len().div_ceil(hints).max(1));
            let mut words = words;
            for rights in part.rows.chunks(HINT_ROWS) {
                prefetch(next.next().unwrap_or_default());
                for right in rights {
                    let right: *const __m512i = right.0.as_ptr().cast();
                    for line in 0..2 {
                        _mm_prefetch::<_MM_HINT_T0>(right.wrapping_add(2 * AHEAD + line).cast());
                    }
                    let right = [_mm512_load_si512(right), _mm512_load_si512(right.add(1))];
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let left = *words.add(row * stride);
                        *sums = [step(sums[0], left, right[0]), step(sums[1], left, right[1])];
                    }
                    words = words.add(1);
                }
            }
            for (sums, row) in sums.iter().zip(tile) {
                let row = row.0.as_mut_ptr();
                _mm512_store_ps(row, sums[0]);
                _mm512_store_ps(row.add(16), sums[1]);
            }
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod elsewhere {
    use super::super::cell::Bf16Pair;
    use super::super::product::TileKernel;

    pub(in super::super) fn f32_tile() -> Option<TileKernel<f32>> {
        None
    }

    pub(in super::super) fn bf16_tile() -> Option<TileKernel<Bf16Pair>> {
        None
    }

    pub(in super::super) fn bf16_is_slow() -> bool {
        false
    }
}
