//! Own baselines: a day against the median of the user's previous 28 calendar days that have a value, at least 7.

use std::collections::BTreeMap;

use super::number::rounded;
use super::time::Date;
use super::{Properties, UserDay, Value};

const DELTAS: [(&str, &str); 4] = [
    ("resting_hr", "resting_hr_delta"),
    ("sleep_hours", "sleep_hours_delta"),
    ("steps", "steps_delta"),
    ("eaten_kcal", "eaten_kcal_delta"),
];

/// Adds the four differences to every day that has them.
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
        for (property, delta) in DELTAS {
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
                day.insert(delta, Value::Number(rounded(2 * own - twice_median(previous), 2)));
            }
        }
    }
}

/// The mean of the two in the middle where the number of values is even.
fn twice_median(mut values: Vec<i128>) -> i128 {
    values.sort_unstable();
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        2 * values[middle]
    } else {
        values[middle - 1] + values[middle]
    }
}
