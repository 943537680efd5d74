//! The loops of `counted.rs` compiled for AVX2, where the machine has it: twice the readings in an instruction.
//!
//! Nothing is written twice: the functions are those of `counted.rs`, inlined into one that may use the wider
//! instructions. Rust compiles for the oldest processor of an architecture otherwise.
#![expect(
    unsafe_code,
    reason = "a function for instructions that not every processor has can only be called unsafely"
)]

use super::counted;
use super::series::{Distribution, Series, Totals};

/// The totals of every segment.
pub(super) fn totals(series: &Series<'_>) -> Vec<Totals> {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the features of `totals_avx2` were detected.
        return unsafe { totals_avx2(series) };
    }
    counted::all_totals(series)
}

/// The distribution of every segment.
pub(super) fn distributions(series: &Series<'_>) -> Vec<Distribution> {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the features of `distributions_avx2` were detected.
        return unsafe { distributions_avx2(series) };
    }
    counted::all_distributions(series)
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn totals_avx2(series: &Series<'_>) -> Vec<Totals> {
    counted::all_totals(series)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn distributions_avx2(series: &Series<'_>) -> Vec<Distribution> {
    counted::all_distributions(series)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::NULL;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wider_instructions_change_no_bit(
            values in prop::collection::vec(prop_oneof![9 => (30i32..220).prop_map(|bpm| bpm * 1000), 1 => any::<i32>()], 0..300),
            length in 1usize..40,
        ) {
            let values: Vec<i32> = values.into_iter().map(|value| if value % 7 == 0 { NULL } else { value }).collect();
            let mut bounds: Vec<usize> = (0..values.len()).step_by(length).collect();
            bounds.push(values.len());
            bounds.insert(0, 0);
            let series = Series::new(&values, &bounds);
            prop_assert_eq!(totals(&series), counted::all_totals(&series));
            prop_assert_eq!(distributions(&series), counted::all_distributions(&series));
        }
    }
}
