//! Clock times of a question: "went to bed after 23:30", "woke up before six". What comes in: tokens; what goes out: a
//! condition, and the tokens it was read from.

use crate::day::Property;

use super::compare::Reader;
use super::condition::{Condition, MINUTES_A_DAY};

impl Reader<'_> {
    /// `went to bed after 23:30`, `woke up before six`.
    pub(super) fn clock_at(&self, at: usize) -> Option<(Condition, Vec<usize>)> {
        let (later, length) = match (self.word(at), self.word(at + 1)) {
            ("after" | "past", _) => (true, 1),
            ("later", "than") => (true, 2),
            ("before" | "by", _) => (false, 1),
            ("earlier", "than") => (false, 2),
            _ => return None,
        };
        let token = self.tokens.get(at + length).filter(|token| !token.used)?;
        let verb = (at.saturating_sub(6)..at)
            .rev()
            .find_map(|index| match self.word(index) {
                "bed" | "bedtime" | "asleep" | "turned" | "retired" | "retiring" => Some((index, Property::Bedtime)),
                "woke" | "wake" | "woken" | "waking" | "rose" | "up" | "awake" | "wakeup" => {
                    Some((index, Property::WakeTime))
                }
                _ => None,
            });
        let (verb_at, property) = verb?;
        let bare = || {
            let unitless = self.unit(at + length + 1).is_none();
            let hour = self.number(at + length).filter(|_| unitless)? / 1000;
            let hour = u32::try_from(hour).ok().filter(|hour| *hour <= 24)?;
            let evening = property == Property::Bedtime && (6..12).contains(&hour);
            let midnight = property == Property::Bedtime && hour == 12;
            Some(if midnight {
                0
            } else {
                (hour + if evening { 12 } else { 0 }) % 24 * 60
            })
        };
        let named = match token.word.as_str() {
            "midnight" => Some(0),
            "noon" | "midday" => Some(720),
            _ => None,
        };
        let minutes = token.clock.or(named).or_else(bare)?;
        // People go to bed between noon and noon, and get up between midnight and midnight.
        let over_midnight = |minutes: u32, after: u32| minutes + if minutes <= after { MINUTES_A_DAY } else { 0 };
        let (from, until) = match (property, later) {
            (Property::Bedtime, true) => (minutes, over_midnight(720, minutes)),
            (Property::Bedtime, false) => (720, over_midnight(minutes, 720)),
            (_, true) => (minutes, MINUTES_A_DAY),
            (_, false) => (0, minutes),
        };
        let mut used: Vec<usize> = (at..=at + length).collect();
        used.extend(verb_at..at);
        Some((Condition::Clock { property, from, until }, used))
    }
}
