//! When a fact holds for a day, and how strongly. What comes in: the [`Values`] of a day; what goes out: a grade, or nothing.
//! All comparisons are between integers of thousandths, so a threshold is met exactly or not at all.

use crate::day::{PROPERTIES, Property};

use super::values::{ValueRef, Values};

/// Condition of a fact. Limits are in thousandths of the property's unit. A property the day does not have fails
/// every condition on it: unknown is not zero.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// The number is at least this.
    AtLeast(Property, i64),
    /// The number is more than this.
    Above(Property, i64),
    /// The number is less than this.
    Below(Property, i64),
    /// The number is at most this.
    AtMost(Property, i64),
    /// The number lies between these, both included.
    Within(Property, i64, i64),
    /// The difference to the own usual is at least this, and beyond the distance of the quartiles of the days before:
    /// what happens on one day in ten or fewer. A negative limit asks for a difference below it.
    Clearly {
        /// The difference.
        delta: Property,
        /// The distance of the quartiles.
        spread: Property,
        /// The limit.
        limit: i64,
    },
    /// At least so many thousandths of a minute were spent in this heart rate zone (from 1 on) and those above.
    ZoneMinutes(usize, i64),
    /// The clock time lies in this half-open span of minutes since midnight.
    Clock(Property, u32, u32),
    /// The text, or one text of the list, has one of these words (lower case).
    Says(Property, &'static [&'static str]),
    /// The list is there and no text of it has any of these words.
    NeverSays(Property, &'static [&'static str]),
    /// No property of the first to the last is there, but the day has records.
    Without(Property, Property),
    /// One of these holds; more of them make it stronger.
    Any(&'static [Rule]),
    /// All of these hold.
    All(&'static [Rule]),
}

/// Grade of a sign that just holds: in a rule of several signs each counts one whole.
pub const SIGN: i64 = 1000;

impl Rule {
    /// How strongly the rule holds; `None` where it does not. A sign that just holds has [`SIGN`]; one that is
    /// beyond its limit by the whole limit has twice that, and no more.
    pub fn grade(&self, day: &impl Values) -> Option<i64> {
        let number = |property| day.thousandths(property);
        match *self {
            Rule::AtLeast(property, limit) => graded(number(property)?.saturating_sub(limit), limit, true),
            Rule::Above(property, limit) => graded(number(property)?.saturating_sub(limit), limit, false),
            Rule::Below(property, limit) => graded(limit.saturating_sub(number(property)?), limit, false),
            Rule::AtMost(property, limit) => graded(limit.saturating_sub(number(property)?), limit, true),
            Rule::Within(property, low, high) => (low..=high).contains(&number(property)?).then_some(SIGN),
            Rule::Clearly { delta, spread, limit } => {
                let (delta, spread) = (number(delta)?, number(spread)?);
                let beyond = if limit < 0 { delta.saturating_neg() } else { delta };
                (beyond > spread).then(|| graded(beyond.saturating_sub(limit.saturating_abs()), limit, true))?
            }
            Rule::ZoneMinutes(zone, limit) => {
                let Some(ValueRef::Numbers(zones)) = day.value(Property::HrZoneMinutes) else {
                    return None;
                };
                let minutes = zones.get(zone - 1..)?.iter();
                let sum: i64 = minutes.map(|minutes| minutes.thousandths()).sum();
                graded(sum.saturating_sub(limit), limit, true)
            }
            Rule::Clock(property, from, until) => {
                let minutes = clock_minutes(day.word(property)?)?;
                (from..until).contains(&minutes).then_some(SIGN)
            }
            Rule::Says(property, words) => says(day, property, words).then_some(SIGN),
            Rule::NeverSays(property, words) => (day.has(property) && !says(day, property, words)).then_some(SIGN),
            Rule::Without(first, last) => (day.records() > 0 && !has_any(day, first, last)).then_some(SIGN),
            Rule::Any(rules) => rules.iter().filter_map(|rule| rule.grade(day)).reduce(|a, b| a + b),
            Rule::All(rules) => rules.iter().map(|rule| rule.grade(day)).min().flatten(),
        }
    }
}

impl Rule {
    /// Every property the rule looks at.
    pub fn properties(&self) -> Vec<Property> {
        let mut all = Vec::new();
        self.looks_at_any(&mut |property| {
            all.push(property);
            false
        });
        all
    }

    /// Whether the test holds for a property that the rule looks at.
    pub fn looks_at_any(&self, test: &mut dyn FnMut(Property) -> bool) -> bool {
        match *self {
            Rule::AtLeast(property, _)
            | Rule::Above(property, _)
            | Rule::Below(property, _)
            | Rule::AtMost(property, _)
            | Rule::Within(property, ..)
            | Rule::Clock(property, ..)
            | Rule::Says(property, _)
            | Rule::NeverSays(property, _) => test(property),
            Rule::Clearly { delta, spread, .. } => test(delta) || test(spread),
            Rule::ZoneMinutes(..) => test(Property::HrZoneMinutes),
            Rule::Without(first, last) => between(first, last).any(test),
            Rule::Any(rules) | Rule::All(rules) => rules.iter().any(|rule| rule.looks_at_any(test)),
        }
    }
}

/// The properties of the first to the last.
pub(crate) fn between(first: Property, last: Property) -> impl Iterator<Item = Property> {
    PROPERTIES[first as usize..=last as usize]
        .iter()
        .map(|info| info.property)
}

/// The grade of a number `beyond` its limit.
pub(crate) fn graded(beyond: i64, limit: i64, limit_included: bool) -> Option<i64> {
    let holds = beyond > 0 || (beyond == 0 && limit_included);
    // Most rules do not hold, so the division comes last.
    holds.then(|| {
        let scale = i128::from(limit.unsigned_abs().max(1));
        let share = (i128::from(beyond) * i128::from(SIGN) / scale).min(i128::from(SIGN));
        SIGN + share as i64
    })
}

/// `HH:MM` as minutes since midnight.
pub fn clock_minutes(clock: &str) -> Option<u32> {
    let (hours, minutes) = clock.split_once(':')?;
    Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
}

/// Whether the day has any property of the first to the last.
pub(crate) fn has_any(day: &impl Values, first: Property, last: Property) -> bool {
    between(first, last).any(|property| day.has(property))
}

fn says(day: &impl Values, property: Property, words: &[&str]) -> bool {
    let has_word = |text: &str| match text.is_ascii() {
        // The same without a copy, and what nearly every text is.
        true => {
            let mut parts = text.split(|c: char| !c.is_ascii_alphanumeric());
            parts.any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)))
        }
        false => {
            let lower = text.to_lowercase();
            let mut parts = lower.split(|c: char| !c.is_alphanumeric());
            parts.any(|part| words.contains(&part))
        }
    };
    match day.value(property) {
        Some(ValueRef::Text(text)) => has_word(text),
        Some(ValueRef::List(mut texts)) => texts.any(|text| has_word(&text)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::{Day, Value};
    use crate::record::{Date, Milli};

    fn day(property: Property, thousandths: i64) -> Day {
        let mut day = Day::new("u".into(), Date::from_days(0));
        day.records = 1;
        day.set(property, Value::Number(Milli::from_thousandths(thousandths)));
        day
    }

    #[test]
    fn limits_are_met_exactly() {
        let below = Rule::Below(Property::SleepHours, 6000);
        assert_eq!(below.grade(&day(Property::SleepHours, 6000)), None);
        assert_eq!(below.grade(&day(Property::SleepHours, 5999)), Some(SIGN));
        assert_eq!(below.grade(&day(Property::SleepHours, 3000)), Some(SIGN + 500));
        let at_least = Rule::AtLeast(Property::Steps, 10_000_000);
        assert_eq!(at_least.grade(&day(Property::Steps, 10_000_000)), Some(SIGN));
        assert_eq!(at_least.grade(&day(Property::Steps, i64::MAX / 2)), Some(2 * SIGN));
    }

    #[test]
    fn an_unknown_number_meets_no_limit() {
        let steps = day(Property::Steps, 0);
        assert_eq!(Rule::Below(Property::SleepHours, 6000).grade(&steps), None);
        assert_eq!(Rule::AtMost(Property::Awakenings, 1000).grade(&steps), None);
        assert_eq!(Rule::NeverSays(Property::MealTypes, &["breakfast"]).grade(&steps), None);
        let both = Rule::All(&[
            Rule::AtMost(Property::Steps, 0),
            Rule::Below(Property::SleepHours, 6000),
        ]);
        assert_eq!(both.grade(&steps), None);
    }

    #[test]
    fn more_signs_make_a_fact_stronger() {
        let mut poor = day(Property::SleepEfficiency, 74_999);
        let rule = Rule::Any(&[
            Rule::Says(Property::SleepQuality, &["poor"]),
            Rule::Below(Property::SleepEfficiency, 75_000),
        ]);
        assert_eq!(rule.grade(&poor), Some(SIGN));
        poor.set(Property::SleepQuality, Value::Text("Poor".into()));
        assert_eq!(rule.grade(&poor), Some(2 * SIGN));
    }
}
