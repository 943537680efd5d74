//! Asks the processor for memory that is needed soon. What comes in: cells or panel rows; nothing goes out, and nothing
//! changes but how long a later read takes.
#![allow(unsafe_code, reason = "a hint to the processor, which cannot fault")]

/// Brings values into the second-level cache while something else is computed. Weights come from memory, and a kernel
/// that met them there would wait for most of them: on an AVX2 machine it kept two thirds of its speed. Of rows that are
/// far from each other, the processor does not guess the next one either.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn prefetch<T>(values: &[T]) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};

    const LINE: usize = 64;
    let start: *const i8 = values.as_ptr().cast();
    // From the beginning of the line that they begin in.
    let before = if align_of::<T>() < LINE { start.addr() % LINE } else { 0 };
    for line in (0..before + size_of_val(values)).step_by(LINE) {
        // SAFETY: a hint, which no address makes fault.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(start.wrapping_sub(before).wrapping_add(line)) };
    }
}

/// Elsewhere the processor is left to find out itself.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn prefetch<T>(_values: &[T]) {}
