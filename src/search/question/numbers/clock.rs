//! Clock times of a question: "went to bed after 23:30", "woke up before six". What comes in: tokens; what goes out: a
//! condition, and the tokens it was read from.

use crate::day::Property;
use crate::search::condition::{Condition, MINUTES_A_DAY};

use super::compare::AmountReader;

const NOON: u32 = MINUTES_A_DAY / 2;

/// How a clock time is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClockSide {
    Later,
    Earlier,
    /// The time itself counts, too.
    UpTo,
    Until,
    Between,
}

/// The words that say what happened at a time.
struct Verb {
    first: usize,
    property: Property,
}

impl AmountReader<'_> {
    /// `went to bed after 23:30`, `woke up before six`, `slept until 10`, `bedtime between 11 pm and midnight`.
    pub(super) fn clock_at(&self, at: usize) -> Option<(Condition, Vec<usize>)> {
        let (side, length) = match (self.word(at), self.word(at + 1)) {
            ("after" | "past", _) => (ClockSide::Later, 1),
            ("later", "than") => (ClockSide::Later, 2),
            ("before" | "by", _) => (ClockSide::Earlier, 1),
            ("earlier", "than") => (ClockSide::Earlier, 2),
            ("until" | "till" | "til", "at") if self.word(at + 2) == "least" => (ClockSide::Until, 3),
            ("until" | "till" | "til", _) => (ClockSide::Until, 1),
            ("at", _) => (self.side_behind(at + 2)?, 1),
            ("between" | "from", _) => (ClockSide::Between, 1),
            _ => return None,
        };
        let verb = self.verb_before(at, side)?;
        let property = verb.property;
        let first = self.minutes_at(at + length, property)?;
        let (side, last) = match side {
            ClockSide::Between => (side, at + length + 2),
            ClockSide::Until if (verb.first..at).any(|index| self.word(index) == "only") => {
                (ClockSide::Earlier, at + length)
            }
            _ => (side, at + length),
        };
        // "Later than 10:15" leaves the minute out that it names; a bare hour is no such minute.
        let names_minute = |at: usize| self.tokens.get(at).is_some_and(|token| token.clock.is_some());
        let first = first + u32::from(self.word(at) == "later" && names_minute(at + length));
        // People go to bed between noon and noon, and get up between midnight and midnight.
        let over_midnight = |minutes: u32, after: u32| minutes + if minutes <= after { MINUTES_A_DAY } else { 0 };
        let (from, until) = match (property, side) {
            (_, ClockSide::Between) => {
                let joins = matches!(self.word(last - 1), "and" | "to" | "until");
                let second = self.minutes_at(last, property).filter(|_| joins)?;
                // "Between 22:00 and 23:15" has that minute, "between six and seven" ends at seven.
                let minute = u32::from(second % 60 != 0);
                (first, over_midnight(second + minute, first))
            }
            (Property::Bedtime, ClockSide::Earlier) => (NOON, over_midnight(first, NOON)),
            (Property::Bedtime, ClockSide::UpTo) => (NOON, over_midnight(first + 1, NOON)),
            (Property::Bedtime, _) => (first, over_midnight(NOON, first)),
            (_, ClockSide::Earlier) => (0, first),
            (_, ClockSide::UpTo) => (0, first + 1),
            (_, _) => (first, MINUTES_A_DAY),
        };
        let last = if self.word(at) == "at" { last + 2 } else { last };
        let used = (verb.first..=last).collect();
        Some((Condition::Clock { property, from, until }, used))
    }

    /// The `or later` of "at 9:45 or later".
    fn side_behind(&self, at: usize) -> Option<ClockSide> {
        match (self.word(at), self.word(at + 1)) {
            ("or", "later" | "after") => Some(ClockSide::Later),
            ("or", "earlier" | "before" | "sooner") => Some(ClockSide::UpTo),
            _ => None,
        }
    }

    /// What happened at the time that is compared here.
    fn verb_before(&self, at: usize, side: ClockSide) -> Option<Verb> {
        /// So near stands the verb.
        const REACH: usize = 6;
        let until = side == ClockSide::Until;
        (at.saturating_sub(REACH)..at).rev().find_map(|index| {
            let before = |back: usize| index.checked_sub(back).map_or("", |index| self.word(index));
            let denied = (at.saturating_sub(REACH)..index).any(|index| matches!(self.word(index), "not" | "never"));
            let (property, words) = match self.word(index) {
                "bed" if before(1) == "of" && before(2) == "out" => (Property::WakeTime, 3),
                "bed" if matches!(before(2), "left" | "leave" | "leaving") => (Property::WakeTime, 3),
                "bed" if matches!(before(1), "left" | "leave" | "leaving") => (Property::WakeTime, 2),
                // "Stayed in bed until 10", but "not in bed until 1".
                "bed" if until && !denied && before(1) == "in" && matches!(before(2), "lay" | "lie" | "lying") => {
                    (Property::WakeTime, 3)
                }
                "bed" if until && !denied => (Property::WakeTime, 1),
                "slept" | "sleep" | "asleep" | "sleeping" if until && !denied => (Property::WakeTime, 1),
                "up" | "awake" if until => (Property::Bedtime, 1),
                "bed" | "bedtime" | "asleep" | "turned" | "retired" | "retiring" => (Property::Bedtime, 1),
                "up" if matches!(
                    before(1),
                    "woke" | "wake" | "woken" | "waking" | "got" | "get" | "getting"
                ) =>
                {
                    (Property::WakeTime, 2)
                }
                "woke" | "wake" | "woken" | "waking" | "rose" | "up" | "awake" | "wakeup" => (Property::WakeTime, 1),
                _ => return None,
            };
            let first = index + 1 - words;
            Some(Verb { first, property })
        })
    }

    /// The time that stands here, as somebody means who goes to bed or gets up.
    fn minutes_at(&self, at: usize, property: Property) -> Option<u32> {
        let token = self.tokens.get(at).filter(|token| !token.used)?;
        let of_bed = property == Property::Bedtime;
        match (token.word.as_str(), token.clock) {
            ("midnight", _) => return Some(0),
            ("noon" | "midday", _) => return Some(NOON),
            // "In bed by 10:30" is no morning, "10:30am" is one.
            (word, Some(clock)) if of_bed && !word.ends_with('m') => return Some(of_evening(clock)),
            (_, Some(clock)) => return Some(clock),
            _ => {}
        }
        let unitless = self.unit(at + 1).is_none() && !matches!(self.word(at + 1), "day" | "days" | "nights" | "weeks");
        let hour = self.number(at).filter(|hour| unitless && hour % 1000 == 0)? / 1000;
        let minutes = u32::try_from(hour).ok().filter(|hour| *hour <= 24)? % 24 * 60;
        Some(if of_bed { of_evening(minutes) } else { minutes })
    }
}

/// The time at which somebody goes to bed who says six to twelve.
fn of_evening(minutes: u32) -> u32 {
    match minutes / 60 {
        6..12 => minutes + NOON,
        12 => minutes - NOON,
        _ => minutes,
    }
}
