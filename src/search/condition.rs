//! What a question asks of a day: conditions, and whether and how strongly a day meets them. What comes in: a
//! day with the properties that `Condition::properties` names; what goes out: a grade, or nothing.

use std::fmt;

use crate::day::Property;
use crate::describe::rule::{SIGN, between, clock_minutes, graded, has_any};
use crate::describe::values::Values;
use crate::describe::vocabulary::{Facet, Group};
use crate::record::Milli;
use crate::search::question::sessions::lexicon::Activity;
use crate::search::question::sessions::recorded::contains;

use super::session_filter::SessionFilter;

/// A span of numbers in thousandths; `true` where the end itself is included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Lower end.
    pub low: Option<(i64, bool)>,
    /// Upper end.
    pub high: Option<(i64, bool)>,
}

impl Span {
    /// How far inside the open end of the span the number lies; `None` outside.
    pub(super) fn grade(self, number: i64) -> Option<i64> {
        let above = match self.low {
            Some((limit, included)) => graded(number.saturating_sub(limit), limit, included)?,
            None => SIGN,
        };
        let below = match self.high {
            Some((limit, included)) => graded(limit.saturating_sub(number), limit, included)?,
            None => SIGN,
        };
        // Between two ends nothing is "further beyond" than anything else.
        let closed = self.low.is_some() && self.high.is_some();
        Some(if closed { SIGN } else { above.max(below) })
    }

    pub(super) fn words(self, unit: &str) -> String {
        let number = |thousandths: i64| {
            let space = if unit.is_empty() { "" } else { " " };
            format!("{}{space}{unit}", Milli::from_thousandths(thousandths))
        };
        match (self.low, self.high) {
            (Some((low, _)), Some((high, _))) if low == high => number(low),
            (Some((low, _)), Some((high, _))) => format!("from {} to {}", Milli::from_thousandths(low), number(high)),
            (Some((low, true)), None) => format!("at least {}", number(low)),
            (Some((low, false)), None) => format!("over {}", number(low)),
            (None, Some((high, true))) => format!("at most {}", number(high)),
            (None, Some((high, false))) => format!("under {}", number(high)),
            (None, None) => "known".to_string(),
        }
    }
}

/// One thing a day must be like.
#[derive(Clone, Debug)]
pub enum Condition {
    /// One of these facts holds.
    Facts(Vec<&'static Facet>),
    /// What these properties come to lies in a span.
    Number {
        /// For people.
        name: &'static str,
        /// They are summed, only of highest heart rates the higher one is taken; absent ones count nothing, all absent is
        /// unknown.
        properties: &'static [Property],
        /// The span.
        span: Span,
    },
    /// A clock time lies in a span of minutes, which may run over midnight.
    Clock {
        /// Bedtime or wake time.
        property: Property,
        /// First minute.
        from: u32,
        /// First minute after it; counted on over midnight, so at most a day after the first.
        until: u32,
    },
    /// A session of the day is like this.
    Session(SessionFilter),
    /// A workout of this kind; its minutes are those of all workouts of the day, which are recorded as one sum.
    Workout {
        /// Its kind.
        activity: &'static Activity,
        /// The minutes.
        minutes: Option<Span>,
    },
    /// A meal of this kind.
    Meal(&'static str),
    /// The record itself calls the sleep so, in lower case: "fair".
    Quality(&'static str),
    /// So many kinds of workouts or of activities; how often one was done is not recorded.
    Kinds {
        /// For people.
        name: &'static str,
        /// The list of the kinds.
        property: Property,
        /// At least so many.
        least: usize,
    },
    /// Nothing is known of these properties.
    NoData {
        /// For people.
        name: &'static str,
        /// First property.
        first: Property,
        /// Last property.
        last: Property,
    },
}

impl Condition {
    /// How strongly the day meets the condition; `None` where it does not, or where that is unknown.
    pub(super) fn grade(&self, day: &impl Values) -> Option<i64> {
        match self {
            Condition::Facts(facets) => facets.iter().filter_map(|facet| facet.rule.grade(day)).max(),
            Condition::Number { properties, span, .. } => span.grade(total(day, properties)?),
            Condition::Clock { property, from, until } => {
                let minutes = clock_minutes(day.word(*property)?)?;
                ((minutes + MINUTES_A_DAY - from) % MINUTES_A_DAY < until - from).then_some(SIGN)
            }
            Condition::Session(filter) => session_grade(day, filter),
            Condition::Workout { activity, minutes } => {
                let mut types = day.texts(Property::WorkoutTypes);
                let grade = match minutes {
                    Some(span) => span.grade(day.thousandths(Property::WorkoutMinutes)?)?,
                    None => SIGN,
                };
                types.any(|text| activity.names(&text)).then_some(grade)
            }
            Condition::Meal(meal) => {
                let mut types = day.texts(Property::MealTypes);
                types.any(|text| contains(&text, meal)).then_some(SIGN)
            }
            Condition::Quality(name) => day
                .word(Property::SleepQuality)?
                .eq_ignore_ascii_case(name)
                .then_some(SIGN),
            Condition::Kinds { property, least, .. } => (day.texts(*property).count() >= *least).then_some(SIGN),
            Condition::NoData { first, last, .. } => (!has_any(day, *first, *last)).then_some(SIGN),
        }
    }

    /// Whether the day's data can tell that the condition does not hold. Nobody records the workouts they did not
    /// do, but a night without a sleep record is unknown.
    pub(super) fn is_known(&self, day: &impl Values) -> bool {
        match self {
            Condition::Facts(facets) => facets.iter().all(|facet| {
                let is_recorded_when_done = matches!(facet.group, Group::Training | Group::Activity);
                is_recorded_when_done || facet.rule.looks_at_any(&mut |property| day.has(property))
            }),
            Condition::Session(filter) => {
                filter.activity.is_some() || filter.weather.is_none() || day.has(Property::Sessions)
            }
            Condition::Number { properties, .. } => properties.iter().any(|property| day.has(*property)),
            Condition::Clock { property, .. } => day.has(*property),
            Condition::Meal(_) => day.has(Property::MealTypes),
            // Nobody records the workouts they did not do.
            Condition::Workout { .. } | Condition::Kinds { .. } | Condition::NoData { .. } => true,
            Condition::Quality(_) => day.has(Property::SleepQuality),
        }
    }

    /// What must be loaded of a day to judge it.
    pub(super) fn properties(&self) -> Vec<Property> {
        match self {
            Condition::Facts(facets) => facets.iter().flat_map(|facet| facet.rule.properties()).collect(),
            Condition::Number { properties, .. } => properties.to_vec(),
            Condition::Clock { property, .. } => vec![*property],
            Condition::Session(filter) if filter.only_activity() => {
                vec![Property::Sessions, Property::ActivityTypes, Property::WorkoutTypes]
            }
            Condition::Session(filter) => filter.properties(),
            Condition::Workout { .. } => vec![Property::WorkoutMinutes, Property::WorkoutTypes],
            Condition::Meal(_) => vec![Property::MealTypes],
            Condition::Quality(_) => vec![Property::SleepQuality],
            Condition::Kinds { property, .. } => vec![*property],
            Condition::NoData { first, last, .. } => between(*first, *last).collect(),
        }
    }

    /// It is about the night.
    pub(super) fn is_sleep(&self) -> bool {
        match self {
            Condition::Facts(facets) => facets.iter().all(|facet| facet.group == Group::Sleep),
            Condition::Number { properties, .. } => {
                is_sleep(properties[0]) || properties[0] == Property::SleepHoursDelta
            }
            Condition::Clock { .. } | Condition::Quality(_) => true,
            Condition::Session(_) | Condition::Workout { .. } | Condition::Kinds { .. } | Condition::Meal(_) => false,
            Condition::NoData { first, .. } => is_sleep(*first),
        }
    }
}

pub(super) const MINUTES_A_DAY: u32 = 24 * 60;

fn is_sleep(property: Property) -> bool {
    (Property::SleepHours..=Property::Awakenings).contains(&property)
        || matches!(property, Property::Bedtime | Property::WakeTime)
}

/// What the properties that the day has come to, in thousandths; `None` where it has none of them. They are summed, but
/// of the highest heart rate of the readings and that of the sessions the day's is the higher one.
pub(super) fn total(day: &impl Values, properties: &[Property]) -> Option<i64> {
    let numbers = properties.iter().filter_map(|property| day.thousandths(*property));
    match properties {
        [Property::HrMax, ..] => numbers.max(),
        _ => numbers.reduce(i64::saturating_add),
    }
}

/// A session of the day, or, where only its activity is asked for, a workout of that kind.
fn session_grade(day: &impl Values, filter: &SessionFilter) -> Option<i64> {
    if filter.alone && !filter.is_all_of(day) {
        return None;
    }
    let texts = day.texts(Property::Sessions);
    let session = texts.filter_map(|text| filter.grade_text(&text)).max();
    let workouts = || {
        let activity = filter.activity?;
        if !filter.only_activity() {
            return filter.grade_workout(day);
        }
        let mut types = day
            .texts(Property::WorkoutTypes)
            .chain(day.texts(Property::ActivityTypes));
        types.any(|text| activity.names(&text)).then_some(SIGN)
    };
    session.or_else(workouts)
}

/// The condition as people would say it.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Facts(facets) => {
                let phrases: Vec<&str> = facets.iter().map(|facet| facet.phrase).collect();
                f.write_str(&phrases.join(" or "))
            }
            Condition::Number { name, properties, span } => {
                write!(f, "{name} {}", span.words(properties[0].info().unit))
            }
            Condition::Clock { property, from, until } => {
                let name = if *property == Property::Bedtime {
                    "bedtime"
                } else {
                    "wake time"
                };
                let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
                let until = if *until > MINUTES_A_DAY {
                    until - MINUTES_A_DAY
                } else {
                    *until
                };
                write!(f, "{name} from {} until {}", clock(*from), clock(until))
            }
            Condition::Session(filter) => filter.fmt(f),
            Condition::Workout { activity, minutes } => {
                let kind = activity.noun.trim_end_matches(" session");
                write!(f, "a {kind} workout")?;
                minutes.map_or(Ok(()), |span| write!(f, " of {}", span.words("min")))
            }
            Condition::Meal(meal) => write!(f, "a {meal}"),
            Condition::Quality(name) => write!(f, "sleep called {name}"),
            Condition::Kinds { name, least, .. } => write!(f, "{name} of at least {least} kinds"),
            Condition::NoData { name, .. } => write!(f, "no {name}"),
        }
    }
}

/// A condition on the day, or on a day before or after it.
#[derive(Clone, Debug)]
pub struct Clause {
    /// One of these must be met.
    pub any: Vec<Condition>,
    /// None of them may be met, and the data must be able to tell.
    pub negated: bool,
    /// 0 the day itself, -1 the day before, 1 the day after.
    pub offset: i32,
}

impl Clause {
    /// The day it speaks of, where that is not the day itself.
    pub(super) fn when(&self) -> Option<String> {
        match self.offset {
            0 => None,
            -1 => Some("the day before".to_string()),
            1 => Some("the day after".to_string()),
            days if days < 0 => Some(format!("{} days before", days.unsigned_abs())),
            days => Some(format!("{days} days after")),
        }
    }

    /// How strongly the clause is met by the day it speaks of; `None` where it is not. A day that is not there meets
    /// nothing but "no data".
    pub(super) fn grade(&self, day: Option<&impl Values>) -> Option<i64> {
        let Some(day) = day else {
            let no_data = |condition: &Condition| matches!(condition, Condition::NoData { .. });
            return (!self.negated && self.any.iter().all(no_data)).then_some(SIGN);
        };
        let grade = self.any.iter().filter_map(|condition| condition.grade(day)).max();
        if !self.negated {
            return grade;
        }
        let known = self.any.iter().all(|condition| condition.is_known(day));
        (grade.is_none() && known).then_some(SIGN)
    }
}

/// The clause as people would say it.
impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(when) = self.when() {
            write!(f, "{when}: ")?;
        }
        if self.negated {
            f.write_str("not ")?;
        }
        let conditions: Vec<String> = self.any.iter().map(Condition::to_string).collect();
        f.write_str(&conditions.join(" or "))
    }
}
