//! What goes into an aggregator and what comes out: plain integers, the same for every device.

use super::exact::{round_ratio, round_square_root};
use crate::columns::NULL;
use crate::record::Milli;

/// The percentiles of a [`Distribution`].
pub const PERCENTS: [u64; 5] = [5, 25, 50, 75, 95];

/// Fewer values than this make no usual: it needs a week.
pub const FEWEST_OF_A_WINDOW: usize = 7;

/// Values end to end, cut into segments. [`NULL`] is a gap.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    values: &'a [i32],
    bounds: &'a [usize],
}

impl<'a> Series<'a> {
    /// Segment `i` is `values[bounds[i]..bounds[i + 1]]`; the bounds ascend from 0 to the number of values.
    pub fn new(values: &'a [i32], bounds: &'a [usize]) -> Series<'a> {
        debug_assert!(bounds.first() == Some(&0) && bounds.is_sorted());
        debug_assert_eq!(bounds.last(), Some(&values.len()));
        Series { values, bounds }
    }

    /// All values.
    pub fn values(&self) -> &'a [i32] {
        self.values
    }

    /// Where the segments begin, and where the last one ends.
    pub fn bounds(&self) -> &'a [usize] {
        self.bounds
    }

    /// The segments, in order.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = &'a [i32]> {
        let values = self.values;
        self.bounds.windows(2).map(move |bounds| &values[bounds[0]..bounds[1]])
    }
}

/// Values in order, each with the beginning of the window before it.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a> {
    values: &'a [i64],
    starts: &'a [usize],
}

impl<'a> Windows<'a> {
    /// The window of value `i` is `values[starts[i]..i]`; the starts ascend.
    pub fn new(values: &'a [i64], starts: &'a [usize]) -> Windows<'a> {
        debug_assert_eq!(values.len(), starts.len());
        debug_assert!(starts.is_sorted() && starts.iter().enumerate().all(|(index, start)| *start <= index));
        Windows { values, starts }
    }

    /// All values.
    pub fn values(&self) -> &'a [i64] {
        self.values
    }

    /// Where the window of each value begins.
    pub fn starts(&self) -> &'a [usize] {
        self.starts
    }

    /// The windows, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [i64]> {
        let values = self.values;
        self.starts
            .iter()
            .enumerate()
            .map(move |(end, start)| &values[*start..end])
    }
}

/// What is known of the values of a segment; two of them combine in any order to that of the union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Values.
    pub count: u32,
    /// Smallest, in thousandths.
    pub min: i32,
    /// Largest, in thousandths.
    pub max: i32,
    /// Sum, in thousandths.
    pub sum: i64,
}

impl Totals {
    /// No values.
    pub const IDENTITY: Totals = Totals {
        count: 0,
        min: i32::MAX,
        max: i32::MIN,
        sum: 0,
    };

    /// That of both sets of values.
    pub fn merge(&self, other: &Totals) -> Totals {
        Totals {
            count: self.count + other.count,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum: self.sum + other.sum,
        }
    }

    /// The sum.
    pub fn sum(&self) -> Milli {
        Milli::from_thousandths(self.sum)
    }

    /// The arithmetic mean; the count is above 0.
    pub fn mean(&self) -> Milli {
        Milli::from_thousandths(round_ratio(i128::from(self.sum), i128::from(self.count)))
    }
}

/// Totals, sum of squares and percentiles of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Count, extremes and sum.
    pub totals: Totals,
    /// Sum of squares, in millionths.
    pub sum_of_squares: u128,
    /// By nearest rank, in the order of [`PERCENTS`]: the smallest value that at least so many percent of the values
    /// do not exceed. All 0 where there are no values.
    pub percentiles: [i32; PERCENTS.len()],
}

impl Distribution {
    /// No values.
    pub const IDENTITY: Distribution = Distribution {
        totals: Totals::IDENTITY,
        sum_of_squares: 0,
        percentiles: [0; PERCENTS.len()],
    };

    /// The population standard deviation; the count is above 0.
    pub fn standard_deviation(&self) -> Milli {
        let count = u128::from(self.totals.count);
        let square_of_sum = u128::from(self.totals.sum.unsigned_abs()).pow(2);
        let numerator = count * self.sum_of_squares - square_of_sum;
        Milli::from_thousandths(round_square_root(numerator, count * count))
    }
}

/// What is usual in a window of values: exact order statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Twice the median, an integer also where the median is the mean of the two values in the middle.
    pub twice_median: i64,
    /// The value that a quarter of the values do not exceed, by nearest rank.
    pub lower_quartile: i64,
    /// The value that three quarters of the values do not exceed, by nearest rank.
    pub upper_quartile: i64,
}

impl Usual {
    /// That of a window of `count` values, above 0, which `at` gives in ascending order.
    pub(super) fn of_sorted(count: usize, at: impl Fn(usize) -> i64) -> Usual {
        Usual {
            twice_median: at((count - 1) / 2) + at(count / 2),
            lower_quartile: at(nearest_rank(count, 25)),
            upper_quartile: at(nearest_rank(count, 75)),
        }
    }

    /// The median.
    pub fn median(&self) -> Milli {
        Milli::from_thousandths(round_ratio(i128::from(self.twice_median), 2))
    }

    /// A value minus the median, rounded once.
    pub fn difference(&self, value: i64) -> Milli {
        let twice = i128::from(value) * 2 - i128::from(self.twice_median);
        Milli::from_thousandths(round_ratio(twice, 2))
    }

    /// The distance between the quartiles: half of the days lie within it.
    pub fn spread(&self) -> Milli {
        Milli::from_thousandths(self.upper_quartile.saturating_sub(self.lower_quartile))
    }
}

/// The position of a percentile among `count` values in ascending order; the count is above 0.
pub(super) fn nearest_rank(count: usize, percent: u64) -> usize {
    (count as u64 * percent).div_ceil(100).max(1) as usize - 1
}

/// The values of a series without the gaps.
pub fn present(values: &[i32]) -> impl Iterator<Item = i32> {
    values.iter().copied().filter(|value| *value != NULL)
}
