//! The operations in NEON: two halves of 16 bytes, their comparisons gathered into one bit a byte.
#![expect(
    unsafe_code,
    reason = "the intrinsics of an instruction set are unsafe where it is not known at compile time"
)]

use std::arch::aarch64::{
    uint8x16_t, vaddv_u8, vandq_u8, vceqq_u8, vcgtq_u8, vdupq_n_u8, vget_high_u8, vget_low_u8, vld1q_u8, vmvnq_u8,
    vorrq_u8,
};

use super::{Simd, WIDTH};

/// The bit of each byte within its eight.
const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

/// The proof that NEON is there: [`Neon::detect`] makes the only values.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Neon(());

impl Neon {
    pub(super) fn detect() -> Option<Neon> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Neon(()))
    }
}

impl Simd for Neon {
    #[inline(always)]
    fn differing(self, one: &[u8; WIDTH], other: &[u8; WIDTH]) -> u32 {
        // SAFETY: a value of `Neon` exists, so NEON was detected.
        unsafe {
            let [(one_low, one_high), (other_low, other_high)] = [load(one), load(other)];
            let low = vmvnq_u8(vceqq_u8(one_low, other_low));
            let high = vmvnq_u8(vceqq_u8(one_high, other_high));
            mask(low, high)
        }
    }

    #[inline(always)]
    fn special(self, bytes: &[u8; WIDTH]) -> u32 {
        // SAFETY: a value of `Neon` exists, so NEON was detected.
        unsafe {
            let (low, high) = load(bytes);
            mask(special_of_half(low), special_of_half(high))
        }
    }
}

#[target_feature(enable = "neon")]
fn special_of_half(bytes: uint8x16_t) -> uint8x16_t {
    let quotes = vceqq_u8(bytes, vdupq_n_u8(b'"'));
    let backslashes = vceqq_u8(bytes, vdupq_n_u8(b'\\'));
    let controls = vcgtq_u8(vdupq_n_u8(0x20), bytes);
    let non_ascii = vcgtq_u8(bytes, vdupq_n_u8(0x7f));
    vorrq_u8(vorrq_u8(quotes, backslashes), vorrq_u8(controls, non_ascii))
}

/// One bit a byte of two comparisons: each byte keeps its own bit, and eight bytes are added to one.
#[target_feature(enable = "neon")]
fn mask(low: uint8x16_t, high: uint8x16_t) -> u32 {
    // SAFETY: `BITS` has 16 bytes.
    let bits = unsafe { vld1q_u8(BITS.as_ptr()) };
    let [low, high] = [vandq_u8(low, bits), vandq_u8(high, bits)];
    u32::from_le_bytes([
        vaddv_u8(vget_low_u8(low)),
        vaddv_u8(vget_high_u8(low)),
        vaddv_u8(vget_low_u8(high)),
        vaddv_u8(vget_high_u8(high)),
    ])
}

#[target_feature(enable = "neon")]
fn load(bytes: &[u8; WIDTH]) -> (uint8x16_t, uint8x16_t) {
    // SAFETY: the reference gives 32 readable bytes: two halves of 16.
    unsafe { (vld1q_u8(bytes.as_ptr()), vld1q_u8(bytes.as_ptr().add(WIDTH / 2))) }
}
