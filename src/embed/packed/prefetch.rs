//! Asks the processor for memory that is needed soon. What comes in: panel rows; nothing goes out, and nothing changes
//! but how long a later read takes.
#![allow(unsafe_code, reason = "a hint to the processor, which cannot fault")]

use super::panels::PanelRow;

/// Brings panel rows into the second-level cache while something else is computed. Weights come from memory, and a kernel
/// that met them there would wait for most of them: on an AVX2 machine it kept two thirds of its speed.
#[cfg(target_arch = "x86_64")]
pub(super) fn prefetch<C>(rows: &[PanelRow<C>]) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};

    const LINE: usize = 64;
    for row in rows {
        let start: *const i8 = row.0.as_ptr().cast();
        for line in (0..size_of::<PanelRow<C>>()).step_by(LINE) {
            // SAFETY: a hint; the line belongs to the row.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(start.add(line)) };
        }
    }
}

/// Elsewhere the processor is left to find out itself.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn prefetch<C>(_rows: &[PanelRow<C>]) {}
