//! What the matrix products multiply: f32 as it is, or pairs of bf16. It never decides which.

use std::array::from_fn;

use pulp::Simd;

use super::elementwise::{exp_of_negative, gelu, rough_exp_of_negative, rough_gelu};
use super::panels::COLUMNS;

/// Numbers that follow each other along the depth of a product, in four bytes.
pub(in crate::embed) trait Cell: Copy + Default + PartialEq + Send + Sync + 'static {
    /// Numbers in a cell.
    const DEPTH: usize;

    /// Rounds [`Cell::DEPTH`] numbers, to the nearest and ties to even.
    fn pack(numbers: &[f32]) -> Self;

    /// `sum` plus the products of the numbers of two cells, the first first.
    fn multiply_add(self, other: Self, sum: f32) -> f32;

    /// Cells along the depth of a matrix, a column each, of cells along its rows: of one row and, where a cell is of two
    /// numbers, of the next. Where these end, all is zero.
    fn along_depth(row: &[Self], next: &[Self]) -> [Self; COLUMNS];

    /// e^x for x <= 0, as exactly as a cell needs it.
    fn exp_of_negative<S: Simd>(simd: S, x: S::f32s) -> S::f32s;

    /// x * Phi(x), as exactly as a cell needs it.
    fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s;
}

impl Cell for f32 {
    const DEPTH: usize = 1;

    #[inline(always)]
    fn pack(numbers: &[f32]) -> f32 {
        numbers[0]
    }

    #[inline(always)]
    fn multiply_add(self, other: f32, sum: f32) -> f32 {
        self.mul_add(other, sum)
    }

    #[inline(always)]
    fn along_depth(row: &[f32], _next: &[f32]) -> [f32; COLUMNS] {
        let mut cells = [0.0; COLUMNS];
        cells[..row.len()].copy_from_slice(row);
        cells
    }

    #[inline(always)]
    fn exp_of_negative<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        exp_of_negative(simd, x)
    }

    #[inline(always)]
    fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        gelu(simd, x)
    }
}

/// Two bf16: the upper halves of two f32. The first lies in the lower half of the word, as `vdpbf16ps` wants it.
#[derive(Clone, Copy, Default, PartialEq)]
#[repr(transparent)]
pub(in crate::embed) struct Bf16Pair(u32);

impl Cell for Bf16Pair {
    const DEPTH: usize = 2;

    #[inline(always)]
    fn pack(numbers: &[f32]) -> Bf16Pair {
        Bf16Pair(rounded(numbers[0]) >> 16 | rounded(numbers[1]) & 0xffff_0000)
    }

    /// The products are exact in f32; the sums are rounded.
    #[inline(always)]
    fn multiply_add(self, other: Bf16Pair, sum: f32) -> f32 {
        let first = f32::from_bits(self.0 << 16).mul_add(f32::from_bits(other.0 << 16), sum);
        f32::from_bits(self.0 & 0xffff_0000).mul_add(f32::from_bits(other.0 & 0xffff_0000), first)
    }

    #[inline(always)]
    fn along_depth(row: &[Bf16Pair], next: &[Bf16Pair]) -> [Bf16Pair; COLUMNS] {
        let mut both = [[Bf16Pair(0); COLUMNS / 2]; 2];
        both[0][..row.len()].copy_from_slice(row);
        both[1][..next.len()].copy_from_slice(next);
        let [row, next] = both;
        from_fn(|column| {
            let (above, below) = (row[column / 2].0, next[column / 2].0);
            Bf16Pair(if column % 2 == 0 {
                above & 0xffff | below << 16
            } else {
                above >> 16 | below & 0xffff_0000
            })
        })
    }

    #[inline(always)]
    fn exp_of_negative<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        rough_exp_of_negative(simd, x)
    }

    #[inline(always)]
    fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        rough_gelu(simd, x)
    }
}

/// The bits of a number whose upper half is its bf16; the lower half means nothing.
#[inline(always)]
fn rounded(number: f32) -> u32 {
    let bits = number.to_bits();
    let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
    // Rounding could carry a NaN into infinity or zero.
    if number.is_nan() { bits | 0x0040_0000 } else { nearest }
}

/// Packs a row.
#[inline(always)]
pub(super) fn pack_row<C: Cell>(numbers: &[f32], cells: &mut [C]) {
    for (cell, numbers) in cells.iter_mut().zip(numbers.chunks_exact(C::DEPTH)) {
        *cell = C::pack(numbers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bf16(number: f32) -> f32 {
        Bf16Pair::pack(&[0.0, number]).multiply_add(Bf16Pair::pack(&[0.0, 1.0]), 0.0)
    }

    #[test]
    fn a_number_is_rounded_to_the_nearest_bf16_and_ties_go_to_even() {
        assert_eq!(bf16(1.0), 1.0);
        assert_eq!(bf16(f32::from_bits(0x3f80_8000)), 1.0);
        assert_eq!(bf16(f32::from_bits(0x3f81_8000)), f32::from_bits(0x3f82_0000));
        assert_eq!(bf16(f32::from_bits(0x3f80_8001)), f32::from_bits(0x3f81_0000));
        assert_eq!(
            bf16(-2.5e-3),
            f32::from_bits(((-2.5e-3f32).to_bits() + 0x7fff) & 0xffff_0000)
        );
        assert_eq!(bf16(f32::MAX), f32::INFINITY);
        assert_eq!(bf16(f32::NEG_INFINITY), f32::NEG_INFINITY);
        for nan in [f32::NAN, f32::from_bits(0x7f80_0001), f32::from_bits(0xffff_ffff)] {
            assert!(bf16(nan).is_nan());
        }
    }

    #[test]
    fn both_numbers_of_a_pair_count() {
        let (left, right) = (Bf16Pair::pack(&[3.0, -5.0]), Bf16Pair::pack(&[7.0, 2.0]));
        assert_eq!(left.multiply_add(right, 100.0), 100.0 + 21.0 - 10.0);
    }
}
