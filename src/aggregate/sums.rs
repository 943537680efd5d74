//! Count, sum and sum of squares of values, without a branch or a wide number a value. Pure.
//!
//! Values are taken without sign, from 0 at [`NULL`] on: so a gap adds nothing, and a product of two of them is one
//! instruction. What the shift added is taken off in the end, modulo 2⁶⁴: exact wherever the true sum of squares is below.

use crate::columns::NULL;

/// What is known of some values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) count: u32,
    /// Of values without sign.
    pub(super) shifted: u64,
    /// Squares of values without sign, modulo 2⁶⁴.
    pub(super) shifted_squares: u64,
}

impl Sums {
    /// Adds a value or a gap.
    #[inline(always)]
    pub(super) fn add(&mut self, value: i32) {
        let shifted = u64::from(value.cast_unsigned() ^ NULL.cast_unsigned());
        self.count += u32::from(value != NULL);
        self.shifted += shifted;
        self.shifted_squares = self.shifted_squares.wrapping_add(shifted * shifted);
    }

    /// The sum of the values.
    #[inline(always)]
    pub(super) fn sum(&self) -> i64 {
        self.shifted.wrapping_sub(u64::from(self.count) << 31).cast_signed()
    }

    /// The sum of the squares of the values, which lie between these two; none if it might have more than 64 bits.
    ///
    /// (value + 2³¹)² is value² + 2³² (value + 2³¹) - 2⁶².
    #[inline(always)]
    pub(super) fn squares(&self, min: i32, max: i32) -> Option<u64> {
        let largest = u128::from(min.unsigned_abs().max(max.unsigned_abs()));
        if largest * largest * u128::from(self.count) > u128::from(u64::MAX) {
            return None;
        }
        let shift = (self.shifted << 32).wrapping_sub(u64::from(self.count) << 62);
        Some(self.shifted_squares.wrapping_sub(shift))
    }
}

/// The definition of the sum of squares.
pub(super) fn squares(values: impl Iterator<Item = i32>) -> u128 {
    values.map(|value| u128::from(value.unsigned_abs()).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_sums(values: &[i32]) {
        let mut sums = Sums::default();
        values.iter().for_each(|value| sums.add(*value));
        let present = || values.iter().copied().filter(|value| *value != NULL);
        assert_eq!(sums.count as usize, present().count());
        assert_eq!(sums.sum(), present().map(i64::from).sum::<i64>());
        let (min, max) = (present().min().unwrap_or(0), present().max().unwrap_or(0));
        if let Some(found) = sums.squares(min, max) {
            assert_eq!(u128::from(found), squares(present()));
        }
        let bound = u128::from(min.unsigned_abs().max(max.unsigned_abs())).pow(2) * present().count() as u128;
        assert_eq!(sums.squares(min, max).is_some(), u64::try_from(bound).is_ok());
    }

    #[test]
    fn what_making_values_positive_added_is_taken_off() {
        assert_sums(&[]);
        assert_sums(&[NULL; 3]);
        assert_sums(&[0, 1, -1, NULL, 2_000_000, -2_000_000]);
        assert_sums(&[i32::MAX, -i32::MAX, NULL]);
    }

    #[test]
    fn squares_are_told_as_long_as_they_surely_have_64_bits() {
        // 4 x (2³¹ - 1)² is just below 2⁶⁴, and 5 of them are above.
        assert_sums(&[i32::MAX; 4]);
        assert_sums(&[-i32::MAX; 5]);
        assert_sums(&[1 << 28; 256]);
        assert_sums(&[(1 << 28) - 1; 256]);
    }
}
