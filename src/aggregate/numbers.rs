//! Every number of a partition that follows from series, asked of an [`Aggregator`] in one go.

use super::baseline::{COMPARED, Comparison, comparisons};
use super::fold::totalled;
use super::zones::{SEGMENTS_OF_A_DAY, ZoneSeconds, maximal_heart_rate, minutes};
use super::{AggregateError, Aggregator, Distribution, Grouped, Totals};
use crate::record::column::HEART_RATE;
use crate::record::{Milli, RecordKind};

/// The numbers of a partition, by kind, column and segment.
pub struct Numbers {
    totals: TotalsByKind,
    heart_rate: Vec<Distribution>,
    /// [`SEGMENTS_OF_A_DAY`] a segment, in seconds; empty where no readings are near each other.
    zone_seconds: Vec<Totals>,
    /// In the order of [`COMPARED`].
    comparisons: [Vec<Option<Comparison>>; COMPARED.len()],
}

/// By kind, then column; empty where nobody asks.
pub(super) struct TotalsByKind([Vec<Vec<Totals>>; RecordKind::DATA.len()]);

impl Numbers {
    /// Has them computed. `age` is that of a user in years, as far as it may be used.
    pub fn of(
        grouped: &Grouped,
        aggregator: &dyn Aggregator,
        age: &dyn Fn(&str) -> Option<Milli>,
    ) -> Result<Numbers, AggregateError> {
        let columns: Vec<(RecordKind, usize)> = totalled().collect();
        let series: Vec<_> = columns
            .iter()
            .map(|(kind, column)| grouped.kind(*kind).series(*column))
            .collect();
        let mut totals = TotalsByKind(RecordKind::DATA.map(|kind| vec![Vec::new(); kind.fields().len()]));
        for ((kind, column), of_column) in columns.iter().zip(aggregator.totals(&series)?) {
            totals.0[data_index(*kind)][*column] = of_column;
        }
        let readings = grouped.kind(RecordKind::HeartRate);
        let maximum = |user: u32| maximal_heart_rate(age(&grouped.users()[user as usize]));
        let zone_seconds = match ZoneSeconds::of(readings, maximum) {
            Some(zones) => aggregator.totals(&[zones.series()])?.swap_remove(0),
            None => Vec::new(),
        };
        Ok(Numbers {
            heart_rate: aggregator.distributions(&readings.series(HEART_RATE))?,
            zone_seconds,
            comparisons: comparisons(grouped, &totals, aggregator)?,
            totals,
        })
    }

    /// The totals of a segment that has a value.
    pub(super) fn totals(&self, kind: RecordKind, column: usize, segment: usize) -> Option<&Totals> {
        let totals = self.totals.column(kind, column).get(segment)?;
        (totals.count > 0).then_some(totals)
    }

    /// The heart rate of a segment that has a value.
    pub(super) fn heart_rate(&self, segment: usize) -> Option<&Distribution> {
        let heart_rate = self.heart_rate.get(segment)?;
        (heart_rate.totals.count > 0).then_some(heart_rate)
    }

    /// Minutes in each heart rate zone of a segment that has readings near each other.
    pub(super) fn zone_minutes(&self, segment: usize) -> Option<Vec<Milli>> {
        let first = segment * SEGMENTS_OF_A_DAY;
        let seconds = self.zone_seconds.get(first..first + SEGMENTS_OF_A_DAY)?;
        let known = seconds.iter().any(|seconds| seconds.count > 0);
        known.then(|| seconds[1..].iter().map(|seconds| minutes(seconds.sum)).collect())
    }

    /// A segment beside the user's own usual, for the compared property at `index`.
    pub(super) fn comparison(&self, index: usize, segment: usize) -> Option<Comparison> {
        self.comparisons[index].get(segment).copied().flatten()
    }
}

impl TotalsByKind {
    /// The totals of a column, one a segment.
    pub(super) fn column(&self, kind: RecordKind, column: usize) -> &[Totals] {
        &self.0[data_index(kind)][column]
    }
}

fn data_index(kind: RecordKind) -> usize {
    kind.data_index().expect("profiles have no rows")
}
