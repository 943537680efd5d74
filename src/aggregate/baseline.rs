//! A user's own usual: each day's value beside the median of the 28 days before it.

use super::group::Grouped;
use super::numbers::TotalsByKind;
use super::order::Segment;
use super::{AggregateError, Aggregator, Totals, Usual, Windows};
use crate::day::Property;
use crate::record::column::*;
use crate::record::{Milli, RecordKind};

/// Calendar days of the window; it ends the day before.
const WINDOW_DAYS: i32 = 28;

/// A property that is compared: what it follows from, and where the difference goes.
pub(super) struct Compared {
    pub(super) kind: RecordKind,
    column: usize,
    /// The property as it is published, so that anyone can follow the difference from the documents alone.
    published: fn(&Totals) -> Milli,
    pub(super) delta: Property,
    pub(super) usual: Property,
    pub(super) spread: Property,
}

/// A value beside the days before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The value minus the usual one.
    pub(super) delta: Milli,
    /// The usual value.
    pub(super) usual: Milli,
    /// The distance between the quartiles of the usual days.
    pub(super) spread: Milli,
}

/// The properties that are compared.
pub(super) const COMPARED: [Compared; 4] = {
    use Property::*;
    use RecordKind::*;
    [
        compared(
            Sleep,
            SLEEP_RESTING_HR,
            Totals::mean,
            [RestingHrDelta, RestingHrUsual, RestingHrSpread],
        ),
        compared(
            Sleep,
            SLEEP_TOTAL,
            Totals::sum,
            [SleepHoursDelta, SleepHoursUsual, SleepHoursSpread],
        ),
        compared(
            Activities,
            ACTIVITY_STEPS,
            Totals::sum,
            [StepsDelta, StepsUsual, StepsSpread],
        ),
        compared(
            Nutrition,
            MEAL_CALORIES,
            Totals::sum,
            [EatenKcalDelta, EatenKcalUsual, EatenKcalSpread],
        ),
    ]
};

const fn compared(
    kind: RecordKind,
    column: usize,
    published: fn(&Totals) -> Milli,
    [delta, usual, spread]: [Property; 3],
) -> Compared {
    Compared {
        kind,
        column,
        published,
        delta,
        usual,
        spread,
    }
}

/// For each compared property and each segment of its kind: the value beside the days before it.
pub(super) fn comparisons(
    grouped: &Grouped,
    totals: &TotalsByKind,
    aggregator: &dyn Aggregator,
) -> Result<[Vec<Option<Comparison>>; COMPARED.len()], AggregateError> {
    let mut rolling = Rolling::default();
    for compared in &COMPARED {
        rolling.add(grouped.kind(compared.kind).segments(), compared.values(totals));
    }
    let mut comparisons = rolling.comparisons(aggregator)?.into_iter();
    Ok(COMPARED.map(|compared| {
        let values = compared.values(totals);
        values.map(|value| value.and_then(|_| comparisons.next()?)).collect()
    }))
}

impl Compared {
    /// The property of each segment of its kind, in thousandths.
    fn values<'t>(&self, totals: &'t TotalsByKind) -> impl Iterator<Item = Option<i64>> + use<'t> {
        let published = self.published;
        let totals = totals.column(self.kind, self.column).iter();
        totals.map(move |totals| (totals.count > 0).then(|| published(totals).thousandths()))
    }
}

/// The values of all users and properties, each with the beginning of its window.
#[derive(Default)]
struct Rolling {
    values: Vec<i64>,
    starts: Vec<usize>,
}

impl Rolling {
    /// Adds a property; segments come in order of user and day, those without a value are left out.
    fn add(&mut self, segments: &[Segment], values: impl Iterator<Item = Option<i64>>) {
        let first = self.values.len();
        let mut present: Vec<Segment> = Vec::new();
        let mut start = 0;
        for (today, value) in segments.iter().zip(values) {
            let Some(value) = value else { continue };
            let outside = |day: &Segment| day.user != today.user || day.day < today.day - WINDOW_DAYS;
            start += present[start..].iter().take_while(|day| outside(day)).count();
            present.push(*today);
            self.values.push(value);
            self.starts.push(first + start);
        }
    }

    /// Each value beside its window; `None` where the window is too small.
    fn comparisons(&self, aggregator: &dyn Aggregator) -> Result<Vec<Option<Comparison>>, AggregateError> {
        let usuals = aggregator.usuals(&Windows::new(&self.values, &self.starts))?;
        let compare = |(value, usual): (&i64, Option<Usual>)| {
            usual.map(|usual| Comparison {
                delta: usual.difference(*value),
                usual: usual.median(),
                spread: usual.spread(),
            })
        };
        Ok(self.values.iter().zip(usuals).map(compare).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cpu;
    use super::*;

    fn comparisons(steps: &[(i32, i64)]) -> Vec<Option<Comparison>> {
        let segments: Vec<Segment> = steps.iter().map(|(day, _)| Segment { user: 0, day: *day }).collect();
        let mut rolling = Rolling::default();
        // Another user before and after: windows never cross.
        for user in [1, 0, 2] {
            let segments: Vec<Segment> = segments.iter().map(|segment| Segment { user, ..*segment }).collect();
            rolling.add(&segments, steps.iter().map(|(_, steps)| Some(*steps)));
        }
        let comparisons = rolling.comparisons(&Cpu).unwrap();
        assert_eq!(comparisons[..steps.len()], comparisons[steps.len()..2 * steps.len()]);
        comparisons.into_iter().take(steps.len()).collect()
    }

    fn deltas(steps: &[(i32, i64)]) -> Vec<Option<i64>> {
        let deltas = comparisons(steps).into_iter();
        deltas
            .map(|comparison| comparison.map(|comparison| comparison.delta.thousandths()))
            .collect()
    }

    #[test]
    fn the_usual_is_the_median_and_the_spread_the_distance_of_the_quartiles() {
        let steps: Vec<_> = [5, 1, 9, 3, 8, 2, 7, 100]
            .iter()
            .zip(0..)
            .map(|(value, day)| (day, *value))
            .collect();
        // Seven values: 1 2 3 5 7 8 9; the second and the sixth are the quartiles.
        let expected = Comparison {
            delta: Milli::from_thousandths(95),
            usual: Milli::from_thousandths(5),
            spread: Milli::from_thousandths(6),
        };
        assert_eq!(comparisons(&steps)[7], Some(expected));
    }

    #[test]
    fn seven_days_with_a_value_are_needed_and_the_day_itself_does_not_count() {
        let steps: Vec<_> = (0..8).map(|date| (date, i64::from(date) * 1000)).collect();
        let mut expected = vec![None; 7];
        expected.push(Some(7000 - 3000));
        assert_eq!(deltas(&steps), expected);
    }

    #[test]
    fn the_window_is_28_calendar_days_whatever_has_data() {
        let mut steps: Vec<_> = (0..7).map(|date| (date, 1000)).collect();
        steps.push((28, 3000));
        steps.push((29, 3000));
        assert_eq!(deltas(&steps)[7..], [Some(2000), Some(2000)]);
        steps[8].0 = 30;
        assert_eq!(deltas(&steps)[8], None, "days 2 to 6 and 28 are six");
    }

    #[test]
    fn an_even_window_takes_the_mean_of_the_two_in_the_middle_and_rounds_once() {
        let mut steps: Vec<_> = (0..8).map(|date| (date, i64::from(date >= 4))).collect();
        steps.push((8, 2));
        assert_eq!(deltas(&steps)[8], Some(2), "2 - 0.5 = 1.5 thousandths, half to even");
    }

    #[test]
    fn windows_never_cross_users() {
        let one_a_user: Vec<Segment> = (0..9).map(|user| Segment { user, day: 0 }).collect();
        let mut rolling = Rolling::default();
        rolling.add(&one_a_user, (0..9).map(Some));
        rolling.add(&[Segment { user: 8, day: 1 }], std::iter::once(Some(5)));
        assert_eq!(rolling.starts, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
}
