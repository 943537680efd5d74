//! The definition of every number of a series: plain loops over integers on the CPU. What runs is `lanes.rs` for short
//! segments and `counted.rs` for long ones, which are held to it.

use super::counted::{self, Room};
use super::lanes::{LANES, LONGEST, Lanes};
use super::series::{Distribution, FEWEST_OF_A_WINDOW, Series, Totals, Usual, Windows, nearest_rank};
#[cfg(test)]
use super::series::{PERCENTS, present};
use super::{AggregateError, Aggregator};

/// The CPU, one thread: a run has a partition on every thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu;

impl Aggregator for Cpu {
    fn totals(&self, series: &[Series<'_>]) -> Result<Vec<Vec<Totals>>, AggregateError> {
        Ok(series.iter().map(counted::totals).collect())
    }

    fn distributions(&self, series: &Series<'_>) -> Result<Vec<Distribution>, AggregateError> {
        let (mut lanes, mut room) = (Lanes::default(), Room::default());
        let mut segments = series.segments();
        let mut distributions = Vec::with_capacity(segments.len());
        while segments.len() > 0 {
            let first = distributions.len();
            let count = segments.len().min(LANES);
            let group: [&[i32]; LANES] = std::array::from_fn(|_| segments.next().unwrap_or_default());
            lanes.append(&group[..count], &mut distributions);
            for (segment, distribution) in group.iter().zip(&mut distributions[first..]) {
                if segment.len() > LONGEST {
                    *distribution = counted::distribution(segment, &mut room);
                }
            }
        }
        Ok(distributions)
    }

    fn usuals(&self, windows: &Windows<'_>) -> Result<Vec<Option<Usual>>, AggregateError> {
        let mut sorted = Vec::new();
        Ok(windows.iter().map(|window| usual(window, &mut sorted)).collect())
    }
}

/// Count, extremes and sum of values.
#[cfg(test)]
fn totals(values: &[i32]) -> Totals {
    let mut totals = Totals::IDENTITY;
    for value in present(values) {
        totals.count += 1;
        totals.min = totals.min.min(value);
        totals.max = totals.max.max(value);
        totals.sum += i64::from(value);
    }
    totals
}

/// The same with sum of squares and percentiles.
#[cfg(test)]
pub(super) fn distribution(values: &[i32]) -> Distribution {
    let mut sorted: Vec<i32> = present(values).collect();
    sorted.sort_unstable();
    let square = |value: &i32| u128::from(value.unsigned_abs()).pow(2);
    let percentile = |percent| match sorted.len() {
        0 => 0,
        count => sorted[nearest_rank(count, percent)],
    };
    Distribution {
        totals: totals(values),
        sum_of_squares: sorted.iter().map(square).sum(),
        percentiles: PERCENTS.map(percentile),
    }
}

/// Median and quartiles of a window; `sorted` is room to work in.
fn usual(window: &[i64], sorted: &mut Vec<i64>) -> Option<Usual> {
    if window.len() < FEWEST_OF_A_WINDOW {
        return None;
    }
    sorted.clear();
    sorted.extend_from_slice(window);
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    Some(Usual {
        twice_median: match sorted.len().is_multiple_of(2) {
            true => sorted[middle - 1] + sorted[middle],
            false => sorted[middle] * 2,
        },
        lower_quartile: sorted[nearest_rank(sorted.len(), 25)],
        upper_quartile: sorted[nearest_rank(sorted.len(), 75)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::NULL;
    use crate::record::Milli;
    use proptest::prelude::*;

    fn of(values: &[i32]) -> Distribution {
        distribution(values)
    }

    #[test]
    fn the_nearest_rank_is_never_interpolated() {
        assert_eq!(of(&[40, 10, 30, 20]).percentiles, [10, 10, 20, 30, 40]);
        assert_eq!(of(&[NULL, 7, NULL]).percentiles, [7; 5]);
    }

    #[test]
    fn gaps_count_for_nothing() {
        let series = [NULL, 3, NULL, NULL, -4, NULL];
        let bounds = [0, 3, 3, 4, 6];
        let totals = &Cpu.totals(&[Series::new(&series, &bounds)]).unwrap()[0];
        let counts: Vec<u32> = totals.iter().map(|totals| totals.count).collect();
        assert_eq!(counts, [1, 0, 0, 1]);
        assert_eq!(totals[1], Totals::IDENTITY);
        let distributions = Cpu.distributions(&Series::new(&series, &bounds)).unwrap();
        assert_eq!(distributions[2].percentiles, [0; 5]);
        assert_eq!(distributions[3].sum_of_squares, 16);
    }

    #[test]
    fn equal_values_have_no_deviation_even_at_the_limits() {
        let stats = of(&vec![2_000_000_000; 1000]);
        assert_eq!(stats.standard_deviation(), Milli::from_thousandths(0));
        assert_eq!(stats.totals.mean(), Milli::from_whole(2_000_000));
        let both = of(&[-2_000_000_000, 2_000_000_000]);
        assert_eq!(both.standard_deviation(), Milli::from_whole(2_000_000));
        assert_eq!(both.totals.mean(), Milli::from_whole(0));
    }

    #[test]
    fn a_half_thousandth_goes_to_the_even_neighbour() {
        assert_eq!(of(&[0, 1]).totals.mean(), Milli::from_thousandths(0));
        assert_eq!(of(&[1, 2]).totals.mean(), Milli::from_thousandths(2));
        assert_eq!(of(&[-1, -2]).totals.mean(), Milli::from_thousandths(-2));
        assert_eq!(of(&[0, 1]).standard_deviation(), Milli::from_thousandths(0));
        assert_eq!(of(&[0, 3]).standard_deviation(), Milli::from_thousandths(2));
    }

    proptest! {
        #[test]
        fn percentiles_match_counting(values in prop::collection::vec(-50i32..50, 1..40)) {
            let reached = |value: i32, percent: u64| {
                let below = values.iter().filter(|other| **other <= value).count() as u64;
                below * 100 >= percent * values.len() as u64
            };
            let expected = PERCENTS.map(|percent| {
                values.iter().copied().filter(|value| reached(*value, percent)).min().unwrap()
            });
            prop_assert_eq!(of(&values).percentiles, expected);
        }
    }
}
