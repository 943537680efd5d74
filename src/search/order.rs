//! What days are ordered by. What comes in: a day's values; what goes out: one number to compare it by.

use std::fmt;

use crate::day::Property;
use crate::describe::rule::clock_minutes;
use crate::describe::session::{Session, sessions};
use crate::describe::values::Values;
use crate::describe::vocabulary;
use crate::search::question::sessions::lexicon::Activity;

use super::condition::{MINUTES_A_DAY, total};
use super::session_filter::SessionFilter;

/// By what a session is long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Length {
    /// Its kilometres; its minutes where it covers no ground, as yoga does.
    #[default]
    DistanceElseTime,
    /// Its kilometres.
    Distance,
    /// Its minutes.
    Time,
}

/// What days are ordered by.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderKey {
    /// What properties come to.
    Number(&'static [Property]),
    /// The longest session of a kind.
    Session(SessionFilter, Length),
    /// The minutes of the day's workouts, where one of them is of this kind.
    Workout(&'static Activity),
    /// A clock time; bedtimes run from noon to noon.
    Clock(Property),
    /// How bad the night was.
    NightBadness,
    /// How strongly the facet of that phrase holds.
    Fact(&'static str),
    /// The date.
    Date,
}

/// The order a superlative asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// For people.
    pub name: String,
    /// What is compared.
    pub key: OrderKey,
    /// The highest first.
    pub descending: bool,
    /// So many of the first are left out: one for "the second longest run".
    pub skip: usize,
    /// How many days are asked for; `None` for a plural without a number.
    pub count: Option<usize>,
}

impl Order {
    /// A value such that the highest comes first.
    pub(super) fn signed(&self, value: i64) -> i64 {
        if self.descending { value } else { -value }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count.map_or(String::new(), |count| match count {
            1 => format!("the {} by ", ordinal(self.skip + 1)),
            _ => format!("the first {count} by "),
        });
        write!(f, "{count}{}", self.name)
    }
}

/// A place as people say it.
fn ordinal(place: usize) -> String {
    let ending = match (place % 10, place % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    match place {
        1 => "first".to_string(),
        2 => "second".to_string(),
        3 => "third".to_string(),
        _ => format!("{place}{ending}"),
    }
}

impl Length {
    /// In thousandths; a kilometre counts as six minutes where both kinds meet.
    fn of(self, session: &Session) -> Option<i64> {
        let km = session.km.filter(|km| *km > 0);
        match self {
            Length::DistanceElseTime => km.map(|km| km.saturating_mul(6)).or(session.minutes),
            Length::Distance => km,
            Length::Time => session.minutes,
        }
    }
}

impl OrderKey {
    /// The day's value, in thousandths; `None` where it is unknown.
    pub(super) fn value(&self, day: &impl Values) -> Option<i64> {
        match self {
            OrderKey::Number(properties) => total(day, properties),
            OrderKey::Session(filter, length) => sessions(day)
                .filter(|session| filter.grade(session).is_some())
                .filter_map(|session| length.of(&session))
                .max()
                .or_else(|| filter.workout_minutes(day)),
            OrderKey::Workout(activity) => {
                let mut types = day.texts(Property::WorkoutTypes);
                let minutes = day.thousandths(Property::WorkoutMinutes);
                minutes.filter(|_| types.any(|text| activity.names(&text)))
            }
            OrderKey::Clock(property) => {
                let minutes = clock_minutes(day.word(*property)?)?;
                let noon = if *property == Property::Bedtime {
                    MINUTES_A_DAY / 2
                } else {
                    0
                };
                Some(i64::from((minutes + noon) % MINUTES_A_DAY) * 1000)
            }
            OrderKey::NightBadness => night_badness(day),
            OrderKey::Fact(phrase) => vocabulary::facet(phrase)?.rule.grade(day),
            OrderKey::Date => Some(i64::from(day.date().days()) * 1000),
        }
    }

    /// What must be loaded of a day.
    pub(super) fn properties(&self) -> Vec<Property> {
        use Property::*;
        match self {
            OrderKey::Number(properties) => properties.to_vec(),
            OrderKey::Session(filter, _) => filter.properties(),
            OrderKey::Workout(_) => vec![WorkoutMinutes, WorkoutTypes],
            OrderKey::Clock(property) => vec![*property],
            OrderKey::NightBadness => vec![SleepHours, SleepEfficiency, SleepQuality, SleepScore, Awakenings],
            OrderKey::Fact(phrase) => vocabulary::facet(phrase).map_or(Vec::new(), |facet| facet.rule.properties()),
            OrderKey::Date => Vec::new(),
        }
    }
}

/// How bad a night was, in thousandths, as the mean of what is known of it: hours missing to eight, inefficiency
/// (half counts fully), quality, score, awakenings (eight count fully). Sleep length and efficiency weigh most
/// because they are measured, not judged.
fn night_badness(day: &impl Values) -> Option<i64> {
    let number = |property| day.thousandths(property);
    let quality = day
        .word(Property::SleepQuality)
        .and_then(|text| match text.to_lowercase().as_str() {
            "excellent" => Some(0),
            "good" => Some(333),
            "fair" => Some(667),
            "poor" | "bad" | "terrible" => Some(1000),
            _ => None,
        });
    let parts = [
        (2, number(Property::SleepHours).map(|hours| (8_000 - hours) / 8)),
        (
            2,
            number(Property::SleepEfficiency).map(|percent| (100_000 - percent) / 50),
        ),
        (1, quality),
        (1, number(Property::SleepScore).map(|score| (100_000 - score) / 100)),
        (1, number(Property::Awakenings).map(|count| count / 8)),
    ];
    let known = parts
        .iter()
        .filter_map(|(weight, part)| part.map(|part| (weight, part.clamp(-1000, 1000))));
    let (weights, total) = known.fold((0, 0), |(weights, total), (weight, part)| {
        (weights + weight, total + weight * part)
    });
    (weights > 0).then(|| total / weights)
}
