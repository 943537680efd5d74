//! The definition of every number of a series: plain loops over integers on the CPU. What runs is `lanes.rs` for short
//! segments and windows, and `counted.rs` for long segments, which are held to it.

use super::network::{LONGEST, each_group};
use super::series::{Distribution, FEWEST_OF_A_WINDOW, Series, Totals, Usual, Windows};
#[cfg(test)]
use super::series::{PERCENTS, nearest_rank, present};
use super::{AggregateError, Aggregator, counted, lanes};

/// The CPU, one thread: a run has a partition on every thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu;

impl Aggregator for Cpu {
    fn totals(&self, series: &[Series<'_>]) -> Result<Vec<Vec<Totals>>, AggregateError> {
        Ok(series.iter().map(counted::totals).collect())
    }

    fn distributions(&self, series: &Series<'_>) -> Result<Vec<Distribution>, AggregateError> {
        let (mut short, mut long) = (lanes::Segments::default(), counted::Room::default());
        let mut distributions = Vec::with_capacity(series.bounds().len());
        each_group(series.segments(), |segments| {
            let first = distributions.len();
            short.append(segments, &mut distributions);
            for (segment, distribution) in segments.iter().zip(&mut distributions[first..]) {
                if segment.len() > LONGEST {
                    *distribution = counted::distribution(segment, &mut long);
                }
            }
        });
        Ok(distributions)
    }

    fn usuals(&self, windows: &Windows<'_>) -> Result<Vec<Option<Usual>>, AggregateError> {
        // Two million of a unit are rare; where they are, the definition is fast enough.
        let narrow: Result<Vec<i32>, _> = windows.values().iter().map(|value| i32::try_from(*value)).collect();
        let Ok(narrow) = narrow else {
            return Ok(windows.iter().map(usual).collect());
        };
        let (mut short, mut usuals) = (lanes::WindowsBefore::default(), Vec::with_capacity(narrow.len()));
        let narrow = windows
            .starts()
            .iter()
            .enumerate()
            .map(|(end, start)| &narrow[*start..end]);
        each_group(narrow, |group| short.append(group, &mut usuals));
        for (usual, window) in usuals.iter_mut().zip(windows.iter()) {
            if window.len() > LONGEST {
                *usual = self::usual(window);
            }
        }
        Ok(usuals)
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

/// Median and quartiles of a window.
pub(super) fn usual(window: &[i64]) -> Option<Usual> {
    if window.len() < FEWEST_OF_A_WINDOW {
        return None;
    }
    let mut sorted = window.to_vec();
    sorted.sort_unstable();
    Some(Usual::of_sorted(sorted.len(), |position| sorted[position]))
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
