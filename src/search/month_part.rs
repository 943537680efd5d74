//! Parts of months: "the last week of August", "July's first half", "early June". What comes in: tokens; what goes out:
//! spans of days.

use crate::record::{Date, days_in_month};

use super::calendar::{Found, Reader};

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

impl Reader<'_> {
    /// `last week of August`, `first half of July`, `end of March`, `early June`, `first ten days of May`, `the final August
    /// week`.
    pub(super) fn part_of_month(&self, at: usize) -> Found {
        let (which, taken) = self.which(at)?;
        let (count, unit, units) = self.count_and_unit(at + taken);
        let mut month_index = at + taken + units;
        while matches!(self.word(month_index), "of" | "in" | "from" | "the" | "month") {
            month_index += 1;
        }
        let (month, year, length) = self.month_at(month_index)?;
        let end = month_index + length;
        let (count, unit, behind) = match unit {
            "" => self.count_and_unit(end),
            _ => (count, unit, 0),
        };
        let year = year.unwrap_or_else(|| self.newest_year(month, 1));
        // "Mid-July, the 15th".
        let article = usize::from(self.word(end) == "the");
        if let Some(day) = self.whole(end + article).filter(|_| which == Which::Middle) {
            let date = Date::from_ymd(year, month, day)?;
            return Some(((date, date), end + article + 1 - at));
        }
        Some((part((year, month), which, count, unit)?, end + behind - at))
    }

    /// `August's last week`, `July, first half`.
    pub(super) fn month_and_part(&self, at: usize) -> Found {
        let (month, year, length) = self.month_at(at)?;
        let article = usize::from(self.word(at + length) == "the");
        let (which, taken) = self.which(at + length + article)?;
        let (count, unit, units) = self.count_and_unit(at + length + article + taken);
        if unit.is_empty() {
            return None;
        }
        let end = at + length + article + taken + units;
        // "August last week of July" begins another part.
        if self.word(end) == "of" && self.month_at(end + 1).is_some() {
            return None;
        }
        let year = year.unwrap_or_else(|| self.newest_year(month, 1));
        Some((part((year, month), which, count, unit)?, end - at))
    }

    fn which(&self, at: usize) -> Option<(Which, usize)> {
        let taken = 1 + usize::from(self.word(at + 1) == "end" && self.word(at) == "tail");
        let which = match self.word(at) {
            "first" | "1st" | "opening" => Which::Number(1),
            "second" | "2nd" | "latter" => Which::Number(2),
            "third" | "3rd" => Which::Number(3),
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
        match self.word(at + counted) {
            "wk" => (count, "week", counted + 1),
            unit @ ("week" | "half" | "days" | "nights" | "weekend" | "fortnight") => (count, unit, counted + 1),
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
