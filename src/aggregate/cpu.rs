//! The definition of every number of a series: plain loops over integers on the CPU.

use super::exact::{round_ratio, round_square_root};
use crate::columns::NULL;
use crate::record::Milli;

/// What is known of a set of values; two of them combine in any order to that of the union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial {
    /// Values.
    pub count: u64,
    /// Smallest, in thousandths.
    pub min: i32,
    /// Largest, in thousandths.
    pub max: i32,
    /// Sum, in thousandths.
    pub sum: i64,
    /// Sum of squares, in millionths.
    pub sum_of_squares: u128,
}

impl Partial {
    /// No values.
    pub const IDENTITY: Partial = Partial {
        count: 0,
        min: i32::MAX,
        max: i32::MIN,
        sum: 0,
        sum_of_squares: 0,
    };

    /// Adds one value.
    pub fn push(&mut self, value: i32) {
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum += i64::from(value);
        self.sum_of_squares += u128::from(value.unsigned_abs()).pow(2);
    }

    /// The arithmetic mean; the count is above 0.
    pub fn mean(&self) -> Milli {
        Milli::from_thousandths(round_ratio(i128::from(self.sum), i128::from(self.count)))
    }

    /// The population standard deviation; the count is above 0.
    pub fn standard_deviation(&self) -> Milli {
        let count = u128::from(self.count);
        let square_of_sum = u128::from(self.sum.unsigned_abs()).pow(2);
        let numerator = count * self.sum_of_squares - square_of_sum;
        Milli::from_thousandths(round_square_root(numerator, count * count))
    }
}

/// Count, extremes, sum and sum of squares of the values of a series.
pub fn partial(values: &[i32]) -> Partial {
    let mut partial = Partial::IDENTITY;
    for value in present(values) {
        partial.push(value);
    }
    partial
}

/// The nearest-rank percentile of values in ascending order: the smallest value that at least `percent` % of them do
/// not exceed.
pub fn percentile(sorted: &[i32], percent: u64) -> i32 {
    let rank = (sorted.len() as u64 * percent).div_ceil(100).max(1);
    sorted[rank as usize - 1]
}

/// The values of a series without the gaps.
pub fn present(values: &[i32]) -> impl Iterator<Item = i32> {
    values.iter().copied().filter(|value| *value != NULL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_nearest_rank_is_never_interpolated() {
        let sorted = [10, 20, 30, 40];
        assert_eq!(
            [5, 25, 50, 75, 95].map(|percent| percentile(&sorted, percent)),
            [10, 10, 20, 30, 40]
        );
        assert_eq!(percentile(&[7], 5), 7);
    }

    #[test]
    fn equal_values_have_no_deviation_even_at_the_limits() {
        let series = vec![2_000_000_000; 1000];
        let stats = partial(&series);
        assert_eq!(stats.standard_deviation(), Milli::from_thousandths(0));
        assert_eq!(stats.mean(), Milli::from_whole(2_000_000));
        let both = partial(&[-2_000_000_000, 2_000_000_000]);
        assert_eq!(both.standard_deviation(), Milli::from_whole(2_000_000));
        assert_eq!(both.mean(), Milli::from_whole(0));
    }

    #[test]
    fn a_half_thousandth_goes_to_the_even_neighbour() {
        assert_eq!(partial(&[0, 1]).mean(), Milli::from_thousandths(0));
        assert_eq!(partial(&[1, 2]).mean(), Milli::from_thousandths(2));
        assert_eq!(partial(&[-1, -2]).mean(), Milli::from_thousandths(-2));
        assert_eq!(partial(&[0, 1]).standard_deviation(), Milli::from_thousandths(0));
        assert_eq!(partial(&[0, 3]).standard_deviation(), Milli::from_thousandths(2));
    }

    proptest! {
        #[test]
        fn percentiles_match_counting(mut values in prop::collection::vec(-50i32..50, 1..40), percent in 1u64..=100) {
            values.sort_unstable();
            let reached = |value: i32| {
                let below = values.iter().filter(|other| **other <= value).count() as u64;
                below * 100 >= percent * values.len() as u64
            };
            let expected = values.iter().copied().find(|value| reached(*value));
            prop_assert_eq!(Some(percentile(&values, percent)), expected);
        }
    }
}
