//! The operations in AVX2: one load, one comparison and one mask a window.
#![expect(
    unsafe_code,
    reason = "the intrinsics of an instruction set are unsafe where it is not known at compile time"
)]

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_testz_si256, _mm256_xor_si256,
};

use super::{Job, Simd, WIDTH};

/// The proof that AVX2 is there: [`Avx2::detect`] makes the only values.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Avx2> {
        let found = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt");
        found.then_some(Avx2(()))
    }

    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        // SAFETY: a value of `Avx2` exists, so the features of `with_avx2` were detected.
        unsafe { with_avx2(self, job) }
    }
}

#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn with_avx2<J: Job>(avx2: Avx2, job: J) -> J::Output {
    job.run(avx2)
}

impl Simd for Avx2 {
    #[inline(always)]
    fn differing(self, one: &[u8; WIDTH], other: &[u8; WIDTH]) -> u32 {
        // SAFETY: a value of `Avx2` exists, so AVX2 was detected.
        let equal = unsafe { _mm256_movemask_epi8(_mm256_cmpeq_epi8(load(one), load(other))) };
        !equal as u32
    }

    #[inline(always)]
    fn special(self, bytes: &[u8; WIDTH]) -> u32 {
        // SAFETY: a value of `Avx2` exists, so AVX2 was detected.
        unsafe {
            let bytes = load(bytes);
            let quotes = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'"' as i8));
            let backslashes = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\' as i8));
            // As signed bytes, non-ASCII ones are negative, so below the space as control characters are.
            let below_space = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes);
            _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(quotes, backslashes), below_space)) as u32
        }
    }

    #[inline(always)]
    fn are_same(self, one: &[[u8; WIDTH]], other: &[[u8; WIDTH]], masks: &[[u8; WIDTH]]) -> bool {
        // SAFETY: a value of `Avx2` exists, so AVX2 was detected.
        unsafe {
            let mut all = _mm256_setzero_si256();
            for ((one, other), mask) in one.iter().zip(other).zip(masks) {
                let differing = _mm256_xor_si256(load(one), load(other));
                all = _mm256_or_si256(all, _mm256_and_si256(differing, load(mask)));
            }
            _mm256_testz_si256(all, all) == 1
        }
    }

    #[inline(always)]
    fn call<J: Job>(self, part: J) -> J::Output {
        self.run(part)
    }
}

#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; WIDTH]) -> __m256i {
    // SAFETY: the reference gives 32 readable bytes, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}
