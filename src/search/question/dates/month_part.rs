//! Parts of months and years: "the last week of August", "July's first half", "early June", "Q3", "the first half of the
//! year". What comes in: tokens; what goes out: spans of days.

use crate::record::{Date, days_in_month};

use super::calendar::{DateReader, FoundSpan};
use super::months::month_span;

/// Which part of the month.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// `first`, `second`; a bare `first` needs a unit.
    Number(u32),
    /// `early`, `beginning of`.
    Early,
    Middle,
    /// `last`; without a unit the whole month, the one that is over.
    Last,
    /// `end of`, `late`.
    Late,
}

impl DateReader<'_> {
    /// `last week of August`, `first half of July`, `end of March`, `early June`, `first ten days of May`, `the final August
    /// week`.
    pub(super) fn part_of_month(&self, at: usize) -> FoundSpan {
        let (which, taken) = self.which(at)?;
        let (count, unit, units) = self.count_and_unit(at + taken);
        if matches!(unit, "day" | "night") && !self.is_end_of_a_span(at) {
            return None;
        }
        let mut month_index = at + taken + units;
        while matches!(self.said(month_index), "of" | "in" | "from" | "the" | "month") {
            month_index += 1;
        }
        let (month, year, length) = self.month_at(month_index).or_else(|| self.month_off(month_index))?;
        let end = month_index + length;
        let (count, unit, behind) = match unit {
            "" => self.count_and_unit(end),
            _ => (count, unit, 0),
        };
        let year = year.unwrap_or_else(|| self.newest_year(month, 1));
        // "Mid-July, the 15th".
        let article = usize::from(self.said(end) == "the");
        if let Some(day) = self.whole(end + article).filter(|_| which == Which::Middle) {
            let date = Date::from_ymd(year, month, day)?;
            return Some(((date, date), end + article + 1 - at));
        }
        Some((part((year, month), which, count, unit)?, end + behind - at))
    }

    /// `August's last week`, `July, first half`.
    pub(super) fn month_and_part(&self, at: usize) -> FoundSpan {
        let (month, year, length) = self.month_at(at)?;
        let article = usize::from(self.said(at + length) == "the");
        let (which, taken) = self.which(at + length + article)?;
        let (count, unit, units) = self.count_and_unit(at + length + article + taken);
        if matches!(unit, "" | "day" | "night") {
            return None;
        }
        let end = at + length + article + taken + units;
        // "August last week of July" begins another part.
        if self.said(end) == "of" && self.month_at(end + 1).is_some() {
            return None;
        }
        let year = year.unwrap_or_else(|| self.newest_year(month, 1));
        Some((part((year, month), which, count, unit)?, end - at))
    }

    /// "Until the last day of May"; but "the last day of May I ran" is the latest of several.
    fn is_end_of_a_span(&self, at: usize) -> bool {
        let article = usize::from(at > 0 && self.said(at - 1) == "the");
        let before = at.checked_sub(1 + article).map_or("", |before| self.said(before));
        const ENDS: [&str; 10] = [
            "on", "from", "since", "until", "till", "to", "through", "before", "after", "between",
        ];
        ENDS.contains(&before)
    }

    /// A season, the newest that has begun. `fall` counts only after `in`, `the`, `last` or `this`.
    pub(super) fn season(&self, at: usize, lead: usize) -> FoundSpan {
        let first_month = match self.said(at) {
            "spring" => 3,
            "summer" => 6,
            "autumn" => 9,
            "fall" if at > 0 && matches!(self.said(at - 1), "in" | "the" | "last" | "this") => 9,
            "winter" => 12,
            _ => return None,
        };
        let year = self.year(at + 1).map(|((first, _), length)| (first.ymd().0, length));
        let first_year = year.map_or_else(|| self.newest_year(first_month, 1), |(year, _)| year);
        let first = Date::from_ymd(first_year, first_month, 1)?;
        let (last_year, last_month) = if first_month == 12 {
            (first_year + 1, 2)
        } else {
            (first_year, first_month + 2)
        };
        let last = month_span((last_year, last_month)).1;
        Some(((first, last), lead + 1 + year.map_or(0, |(_, length)| length)))
    }

    /// `last month`, `this month`, as [`DateReader::month_at`].
    pub(super) fn month_off(&self, at: usize) -> Option<(u32, Option<i32>, usize)> {
        let back = match (self.said(at), self.said(at + 1)) {
            ("last" | "previous", "month") => 1,
            ("this", "month") => 0,
            _ => return None,
        };
        let (year, month) = self.month_back(back);
        Some((month, Some(year), 2))
    }

    /// `Q3`, `H1 2025`, `the second quarter of the year`, `the first half of 2025`; the newest that has begun.
    pub(super) fn part_of_year(&self, at: usize) -> FoundSpan {
        let short = ["q1", "q2", "q3", "q4", "h1", "h2"];
        let short = short.iter().position(|name| self.said(at) == *name);
        let unit = self.said(at + 1);
        let months = if unit == "half" { 6 } else { 3 };
        let is_unit = matches!(unit, "quarter" | "half");
        let (part, months, end) = match (short, self.which(at)) {
            (Some(index @ 0..4), _) => (index as u32, 3, at + 1),
            (Some(index), _) => (index as u32 - 4, 6, at + 1),
            (None, Some((Which::Number(number), 1))) if is_unit && number * months <= 12 => {
                (number - 1, months, at + 2)
            }
            (None, Some((Which::Last, 1))) if is_unit && self.said(at + 2) == "of" => (12 / months - 1, months, at + 2),
            _ => return None,
        };
        let (year, taken) = self.year_behind(end);
        let whole_year = match (self.said(end), self.said(end + 1), self.said(end + 2)) {
            ("of", "the", "year") => 3,
            _ => 0,
        };
        // "The first half of the night" is none of a year.
        if months == 6 && short.is_none() && taken + whole_year == 0 {
            return None;
        }
        let first_month = months * part + 1;
        let year = year.unwrap_or_else(|| self.newest_year(first_month, 1));
        let last_month = first_month + months - 1;
        let span = (month_span((year, first_month)).0, month_span((year, last_month)).1);
        Some((span, end + taken.max(whole_year) - at))
    }

    /// A number of days stands here, not one of a month: "2 nights".
    pub(super) fn counts_days(&self, at: usize) -> bool {
        matches!(self.said(at + 1), "days" | "nights" | "mornings" | "times")
    }

    fn which(&self, at: usize) -> Option<(Which, usize)> {
        let taken = 1 + usize::from(self.said(at + 1) == "end" && self.said(at) == "tail");
        let which = match self.said(at) {
            "first" | "1st" | "opening" => Which::Number(1),
            "second" | "2nd" | "latter" => Which::Number(2),
            "third" | "3rd" | "3th" => Which::Number(3),
            "fourth" | "4th" => Which::Number(4),
            "beginning" | "start" | "early" => Which::Early,
            "middle" | "mid" => Which::Middle,
            "last" | "final" | "closing" => Which::Last,
            "end" | "late" => Which::Late,
            "tail" if taken == 2 => Which::Late,
            _ => return None,
        };
        Some((which, taken))
    }

    /// The count and unit that stand here, with their number of words.
    fn count_and_unit(&self, at: usize) -> (Option<u32>, &str, usize) {
        let count = self.whole(at);
        let counted = usize::from(count.is_some());
        match self.said(at + counted) {
            "wk" => (count, "week", counted + 1),
            unit @ ("week" | "weeks" | "half" | "day" | "night" | "days" | "nights" | "weekend" | "fortnight") => {
                (count, unit, counted + 1)
            }
            _ => (None, "", 0),
        }
    }
}

fn part((year, month): (i32, u32), which: Which, count: Option<u32>, unit: &str) -> Option<(Date, Date)> {
    let days = days_in_month(year, month);
    let (first, last) = match (unit, which) {
        ("week", Which::Last | Which::Late) => (days - 6, days),
        ("week", Which::Early) => (1, 7),
        ("week", Which::Number(number)) => (7 * number - 6, 7 * number),
        ("weeks", Which::Last | Which::Late) => ((days + 1).checked_sub(7 * count?.clamp(1, 4))?, days),
        ("weeks", Which::Number(1) | Which::Early) => (1, 7 * count?.clamp(1, 4)),
        ("day" | "night", Which::Number(number)) => (number, number),
        ("day" | "night", Which::Last) => (days, days),
        ("fortnight", Which::Number(1) | Which::Early) => (1, 14),
        ("fortnight", Which::Last | Which::Late) => (days - 13, days),
        ("half", Which::Number(1) | Which::Early) => (1, 15),
        ("half", _) => (16, days),
        ("days" | "nights", Which::Number(1) | Which::Early) => (1, count?.clamp(1, days)),
        ("days" | "nights", Which::Last | Which::Late) => (days + 1 - count?.clamp(1, days), days),
        ("", Which::Early) => (1, 10),
        ("", Which::Middle) => (11, 20),
        ("", Which::Late) => (days - 9, days),
        ("", Which::Last) => (1, days),
        _ => return None,
    };
    Some((Date::from_ymd(year, month, first)?, Date::from_ymd(year, month, last)?))
}
