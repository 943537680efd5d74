//! The operations in plain Rust: their definition, and what runs where there are no wider instructions.

use super::{Simd, WIDTH};

#[derive(Clone, Copy, Debug)]
pub(super) struct Portable;

impl Simd for Portable {
    #[inline(always)]
    fn differing(self, one: &[u8; WIDTH], other: &[u8; WIDTH]) -> u32 {
        mask(|at| one[at] != other[at])
    }

    #[inline(always)]
    fn special(self, bytes: &[u8; WIDTH]) -> u32 {
        mask(|at| matches!(bytes[at], b'"' | b'\\' | 0..0x20 | 0x80..))
    }
}

#[inline(always)]
fn mask(is_set: impl Fn(usize) -> bool) -> u32 {
    (0..WIDTH).fold(0, |mask, at| mask | u32::from(is_set(at)) << at)
}
