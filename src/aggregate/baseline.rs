//! A user's own usual: each day beside the median of the 28 days before it.

use super::exact::round_ratio;
use crate::day::{Day, Property, Value};
use crate::record::Milli;

/// Calendar days of the window; it ends the day before.
const WINDOW_DAYS: i32 = 28;
/// Days with a value that a baseline needs.
const FEWEST_DAYS: usize = 7;

/// The properties that are compared, and where the difference goes.
const COMPARED: [(Property, Property); 4] = [
    (Property::RestingHr, Property::RestingHrDelta),
    (Property::SleepHours, Property::SleepHoursDelta),
    (Property::Steps, Property::StepsDelta),
    (Property::EatenKcal, Property::EatenKcalDelta),
];

/// Sets the differences of one user's days, which come in order of date.
///
/// Median and difference are taken of the days' properties as they are published, so anyone can follow them from the
/// documents alone; the difference is rounded once.
pub(super) fn compare_with_own_usual(days: &mut [Day]) {
    for (property, delta) in COMPARED {
        let values: Vec<(i32, i64)> = days
            .iter()
            .filter_map(|day| day.number(property).map(|value| (day.date.days(), value.thousandths())))
            .collect();
        for day in days.iter_mut() {
            let today = day.date.days();
            let end = values.partition_point(|(date, _)| *date < today);
            let start = values.partition_point(|(date, _)| *date < today - WINDOW_DAYS);
            let window = values[start..end].iter().map(|(_, value)| *value).collect();
            if let (Some(value), Some(twice_median)) = (day.number(property), twice_median(window)) {
                let difference = round_ratio(i128::from(value.thousandths()) * 2 - i128::from(twice_median), 2);
                day.set(delta, Value::Number(Milli::from_thousandths(difference)));
            }
        }
    }
}

/// Twice the median, an integer also where the median is the mean of the two values in the middle.
fn twice_median(mut values: Vec<i64>) -> Option<i64> {
    if values.len() < FEWEST_DAYS {
        return None;
    }
    values.sort_unstable();
    let middle = values.len() / 2;
    Some(if values.len().is_multiple_of(2) {
        values[middle - 1] + values[middle]
    } else {
        values[middle] * 2
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Date;

    fn days(steps: &[(i32, i64)]) -> Vec<Day> {
        let day = |(date, steps): &(i32, i64)| {
            let mut day = Day::new("u".into(), Date::from_days(*date));
            day.set(Property::Steps, Value::Number(Milli::from_thousandths(*steps)));
            day
        };
        steps.iter().map(day).collect()
    }

    fn deltas(steps: &[(i32, i64)]) -> Vec<Option<i64>> {
        let mut days = days(steps);
        compare_with_own_usual(&mut days);
        days.iter()
            .map(|day| day.number(Property::StepsDelta).map(Milli::thousandths))
            .collect()
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
}
