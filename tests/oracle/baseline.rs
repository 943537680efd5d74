//! Own baselines: a day against the median of the user's previous 28 calendar days that have a value, at least 7.

use std::collections::BTreeMap;

use super::number::rounded;
use super::time::Date;
use super::{Properties, UserDay, Value};

/// Property, difference, usual, spread.
const COMPARED: [[&str; 4]; 4] = [
    [
        "resting_hr",
        "resting_hr_delta",
        "resting_hr_usual",
        "resting_hr_spread",
    ],
    [
        "sleep_hours",
        "sleep_hours_delta",
        "sleep_hours_usual",
        "sleep_hours_spread",
    ],
    ["steps", "steps_delta", "steps_usual", "steps_spread"],
    [
        "eaten_kcal",
        "eaten_kcal_delta",
        "eaten_kcal_usual",
        "eaten_kcal_spread",
    ],
];

/// Adds the differences, the usual and its spread to every day that has them.
pub(crate) fn add(days: &mut BTreeMap<UserDay, Properties>) {
    let before = days.clone();
    let number = |user_id: &str, date: Date, property: &str| -> Option<i128> {
        let user_day = (user_id.to_string(), date.to_string());
        match before.get(&user_day)?.get(property)? {
            Value::Number(thousandths) => Some(*thousandths),
            _ => None,
        }
    };
    for ((user_id, date_text), day) in days {
        let date = Date::parse(date_text).unwrap();
        for [property, delta, usual, spread] in COMPARED {
            let Some(own) = number(user_id, date, property) else {
                continue;
            };
            let mut previous = Vec::new();
            let mut earlier = date;
            for _ in 0..28 {
                earlier = earlier.previous();
                previous.extend(number(user_id, earlier, property));
            }
            if previous.len() >= 7 {
                previous.sort_unstable();
                let twice_median = twice_median(&previous);
                day.insert(delta, Value::Number(rounded(2 * own - twice_median, 2)));
                day.insert(usual, Value::Number(rounded(twice_median, 2)));
                day.insert(spread, Value::Number(quartile(&previous, 3) - quartile(&previous, 1)));
            }
        }
    }
}

/// The mean of the two in the middle where the number of values is even.
fn twice_median(values: &[i128]) -> i128 {
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        2 * values[middle]
    } else {
        values[middle - 1] + values[middle]
    }
}

/// The smallest value that at least so many quarters of the sorted values do not exceed.
fn quartile(values: &[i128], quarters: usize) -> i128 {
    let reached = |value: &&i128| values.iter().filter(|other| *other <= *value).count() * 4 >= quarters * values.len();
    *values.iter().find(reached).unwrap()
}
