//! Days of the week in a question: "Mondays", "Sat/Sun", "on school nights". What comes in: tokens; what goes out: the days
//! of the week that a window has.

use crate::search::window::{WEEKDAYS, WEEKEND, WORKDAYS, Window};

use super::calendar::DateReader;

/// Short names of the weekdays, from Monday on.
pub(in crate::search::question) const SHORT_WEEKDAYS: [&[&str]; 7] = [
    &["mon", "mons"],
    &["tue", "tues"],
    &["wed", "weds"],
    &["thu", "thur", "thurs"],
    &["fri", "fris"],
    &["sat", "sats"],
    &["sun", "suns"],
];

impl DateReader<'_> {
    /// `Mondays`, `weekends`, `on a Friday`; returns how many tokens they take.
    pub(super) fn weekdays_at(&self, at: usize, window: &mut Window) -> Option<usize> {
        let (days, length) = self.weekday_range(at).or_else(|| self.weekdays(at))?;
        // "Monday the 25th of August" names one day.
        let article = usize::from(self.said(at + length) == "the");
        let named_by_date = self.whole(at + length + article).is_some();
        if !named_by_date {
            window.weekdays |= days;
        }
        Some(length)
    }

    /// `Monday to Friday`.
    fn weekday_range(&self, at: usize) -> Option<(u8, usize)> {
        if !matches!(self.said(at + 1), "to" | "through" | "thru" | "until" | "till") {
            return None;
        }
        let one = |at: usize| self.weekdays(at).filter(|(days, _)| days.count_ones() == 1);
        let ((first, _), (last, length)) = (one(at)?, one(at + 2)?);
        let (first, last) = (first.trailing_zeros(), last.trailing_zeros());
        // The night from Sunday to Monday belongs to the morning on which it ended.
        if self.is_one_night(at, 2 + length) && (last + 7 - first) % 7 == 1 {
            return Some((1 << last, 2 + length));
        }
        let days = (0..7).filter(|day| (day + 7 - first) % 7 <= (last + 7 - first) % 7);
        Some((days.fold(0, |bits, day| bits | 1 << day), 2 + length))
    }

    /// `nights from Sunday to Monday`, `Sunday to Monday nights`.
    fn is_one_night(&self, at: usize, length: usize) -> bool {
        let from = usize::from(at > 0 && matches!(self.said(at - 1), "from" | "of" | "between"));
        let before = at.checked_sub(1 + from).map_or("", |before| self.said(before));
        [before, self.said(at + length)]
            .iter()
            .any(|word| matches!(*word, "night" | "nights"))
    }

    pub(super) fn weekdays(&self, at: usize) -> Option<(u8, usize)> {
        let word = self.said(at);
        let singular = word.strip_suffix('s').unwrap_or(word);
        Some(match singular {
            "weekend" | "wknd" | "wkend" => (WEEKEND, 1),
            "weekday" | "workday" => (WORKDAYS, 1),
            // Sunday's to Thursday's evening: the sleep is that of the mornings from Monday to Friday.
            "weeknight" => (WORKDAYS, 1),
            "school" | "week" if matches!(self.said(at + 1), "night" | "nights") => (WORKDAYS, 2),
            "working" if matches!(self.said(at + 1), "day" | "days") => (WORKDAYS, 2),
            _ => {
                let whole = WEEKDAYS.iter().position(|name| *name == singular);
                (1 << whole.or_else(|| self.short_weekday(at))?, 1)
            }
        })
    }

    /// `Mon`, `tues`; `sat` and `sun` are words of their own, too, so they need a capital or each other.
    fn short_weekday(&self, at: usize) -> Option<usize> {
        let token = self.tokens.get(at)?;
        let day = SHORT_WEEKDAYS.iter().position(|names| token.is(names))?;
        let is = |at: usize, words: &[&str]| self.tokens.get(at).is_some_and(|token| token.is(words));
        let beside = |words: &[&str]| {
            (1..=2).any(|step| is(at + step, words) || at.checked_sub(step).is_some_and(|before| is(before, words)))
        };
        let named = match day {
            5 => (token.capital && at > 0) || beside(&["sun", "sunday", "fri"]),
            6 => {
                let shines = at > 0 && is(at - 1, &["the", "in", "blazing", "hot"]);
                (token.capital && at > 0 && !shines) || beside(&["sat", "saturday"])
            }
            _ => true,
        };
        named.then_some(day)
    }
}
