//! Holidays that have a name: "over Christmas", "since New Year", "Thanksgiving weekend". What comes in: tokens; what goes
//! out: spans of days. Without a year it is the newest one that has begun; whose holidays they are is not asked: where
//! countries differ, those of the United States.

use crate::record::{Date, days_in_month};

use super::calendar::{DateReader, FoundSpan};
use super::weeks::nearest_weekend;

/// The day that a holiday is counted from.
enum Anchor {
    /// The same month and day in every year.
    Day(u32, u32),
    /// The nth such weekday of a month, Monday = 0; 5 is the last one.
    Weekday {
        month: u32,
        weekday: u32,
        nth: u32,
    },
    EasterSunday,
}

/// First and last day, counted from the anchor.
type Days = (i32, i32);

struct Holiday {
    /// As it is written; an apostrophe and what follows it are no part of a word here.
    names: &'static [&'static str],
    anchor: Anchor,
    days: Days,
    /// "Over", "around" or "during" it, and its "weekend".
    around: Days,
}

const fn holiday(names: &'static [&'static str], anchor: Anchor, days: Days, around: Days) -> Holiday {
    Holiday {
        names,
        anchor,
        days,
        around,
    }
}

const THANKSGIVING: Anchor = Anchor::Weekday {
    month: 11,
    weekday: 3,
    nth: 4,
};

const fn monday(month: u32, nth: u32) -> Anchor {
    Anchor::Weekday { month, weekday: 0, nth }
}

/// A name that begins like another stands before it.
#[rustfmt::skip]
static HOLIDAYS: [Holiday; 23] = [
    holiday(&["christmas eve", "xmas eve"], Anchor::Day(12, 24), (0, 0), (0, 0)),
    holiday(&["christmas day", "xmas day"], Anchor::Day(12, 25), (0, 0), (0, 0)),
    holiday(&["the holidays", "the holiday season", "christmas holidays"], Anchor::Day(12, 24), (0, 8), (0, 8)),
    holiday(&["christmas", "xmas"], Anchor::Day(12, 25), (0, 0), (-1, 1)),
    holiday(&["boxing day"], Anchor::Day(12, 26), (0, 0), (0, 0)),
    holiday(&["new year eve", "new years eve", "nye"], Anchor::Day(12, 31), (0, 0), (0, 0)),
    holiday(&["new year day", "new years day"], Anchor::Day(1, 1), (0, 0), (0, 0)),
    holiday(&["new year", "new years"], Anchor::Day(1, 1), (0, 0), (-1, 0)),
    holiday(&["good friday"], Anchor::EasterSunday, (-2, -2), (-2, 1)),
    holiday(&["easter sunday"], Anchor::EasterSunday, (0, 0), (-2, 1)),
    holiday(&["easter monday"], Anchor::EasterSunday, (1, 1), (-2, 1)),
    holiday(&["easter"], Anchor::EasterSunday, (-2, 1), (-2, 1)),
    holiday(&["thanksgiving day", "thanksgiving"], THANKSGIVING, (0, 0), (0, 3)),
    holiday(&["black friday"], THANKSGIVING, (1, 1), (1, 3)),
    holiday(&["cyber monday"], THANKSGIVING, (4, 4), (4, 4)),
    holiday(&["memorial day"], monday(5, 5), (0, 0), (-2, 0)),
    holiday(&["labor day", "labour day"], monday(9, 1), (0, 0), (-2, 0)),
    holiday(&["martin luther king day", "mlk day"], monday(1, 3), (0, 0), (-2, 0)),
    holiday(&["presidents day"], monday(2, 3), (0, 0), (-2, 0)),
    holiday(&["independence day"], Anchor::Day(7, 4), (0, 0), (0, 0)),
    holiday(&["halloween"], Anchor::Day(10, 31), (0, 0), (0, 0)),
    holiday(&["valentine day", "valentines day", "valentine", "valentines"], Anchor::Day(2, 14), (0, 0), (0, 0)),
    holiday(&["juneteenth"], Anchor::Day(6, 19), (0, 0), (0, 0)),
];

/// The names of holidays that are one word: those in more are made of words that say other things, too, and of names.
pub(in crate::search::question) fn names_in_one_word() -> impl Iterator<Item = &'static str> {
    let names = HOLIDAYS.iter().flat_map(|holiday| holiday.names.iter().copied());
    names.filter(|name| !name.contains(' '))
}

impl Anchor {
    fn in_year(&self, year: i32) -> Option<Date> {
        match *self {
            Anchor::Day(month, day) => Date::from_ymd(year, month, day),
            Anchor::EasterSunday => easter_sunday(year),
            Anchor::Weekday { month, weekday, nth } => {
                let first = Date::from_ymd(year, month, 1)?;
                let ahead = (weekday + 7 - first.weekday()) % 7;
                let day = 1 + ahead + 7 * (nth - 1);
                let beyond = day > days_in_month(year, month);
                Date::from_ymd(year, month, if beyond { day - 7 } else { day })
            }
        }
    }
}

/// The Gregorian computus of J. Meeus, "Astronomical Algorithms", 1991; its letters have no meaning of their own.
fn easter_sunday(year: i32) -> Option<Date> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let day_of_march = h + l - 7 * m + 22;
    Some(Date::from_ymd(year, 3, 1)?.plus(day_of_march - 1))
}

impl DateReader<'_> {
    /// The weekend that a holiday on a Monday makes long.
    pub(super) fn holiday_weekend(&self, at: usize, day: Date) -> Option<(Date, Date)> {
        let article = usize::from(self.said(at) == "the");
        let (holiday, _) = self.holiday_named(at + article)?;
        let anchor = day.plus(-holiday.days.0);
        let is_monday = day.weekday() as i32 == 0;
        is_monday.then(|| (anchor.plus(holiday.around.0), anchor.plus(holiday.around.1)))
    }

    /// `Christmas Eve`, `over the holidays`, `last Easter`, `Thanksgiving 2024`, `Labor Day weekend`.
    pub(super) fn holiday(&self, at: usize) -> FoundSpan {
        let around = matches!(self.said(at), "over" | "around" | "during" | "at");
        let lead = at + usize::from(around);
        let article = usize::from(self.said(lead) == "the");
        let which = usize::from(matches!(
            self.said(lead + article),
            "last" | "past" | "previous" | "this"
        ));
        let places = [lead, lead + article + which];
        let (begin, (holiday, length)) = places
            .into_iter()
            .find_map(|place| Some((place, self.holiday_named(place)?)))?;
        let mut end = begin + length;
        let is_long = self.said(end) == "weekend";
        let is_week = self.said(end) == "week" && self.whole(end + 1).is_none();
        end += usize::from(is_long || is_week);
        let (year, taken) = self.year_behind(end);
        let days = if around || is_long {
            holiday.around
        } else {
            holiday.days
        };
        let this_year = self.today.ymd().0;
        let said_this = which == 1 && self.said(lead + article) == "this";
        let year = year.or(said_this.then_some(this_year));
        let span = |year: i32| {
            let anchor = holiday.anchor.in_year(year)?;
            let (first, last) = (anchor.plus(days.0), anchor.plus(days.1));
            let monday = first.plus(-(first.weekday() as i32));
            Some(match holiday.around == holiday.days && is_long {
                true => nearest_weekend(first),
                false if is_week => (monday, monday.plus(6)),
                false => (first, last),
            })
        };
        let newest = || {
            let begun = |year: &i32| span(*year).is_some_and(|(first, _)| first <= self.today);
            (this_year - 1..=this_year + 1).rev().find(begun)
        };
        Some((span(year.or_else(newest)?)?, end + taken - at))
    }

    /// The holiday that is named here, and the words of its name.
    fn holiday_named(&self, at: usize) -> Option<(&'static Holiday, usize)> {
        let stands = |name: &&&str| {
            let mut words = name.split(' ').zip(at..);
            words.all(|(word, place)| self.said(place) == word && (place == at || !self.tokens[place].after_break))
        };
        let named = |holiday: &'static Holiday| Some((holiday, *holiday.names.iter().find(stands)?));
        let (holiday, name) = HOLIDAYS.iter().find_map(named)?;
        // One may have a good Friday and boxing days.
        let says_more = matches!(name, "good friday" | "boxing day");
        let names_it = !says_more || self.tokens[at].capital && at > 0 || self.is_behind_a_joint(at);
        names_it.then(|| (holiday, name.split(' ').count()))
    }

    fn is_behind_a_joint(&self, at: usize) -> bool {
        const JOINTS: [&str; 12] = [
            "on", "over", "since", "last", "before", "after", "until", "between", "except", "not", "from", "to",
        ];
        at > 0 && self.tokens[at - 1].is(&JOINTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_calendar_has_it() {
        for (year, month, day) in [
            (1961, 4, 2),
            (2000, 4, 23),
            (2008, 3, 23),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2038, 4, 25),
        ] {
            assert_eq!(easter_sunday(year), Date::from_ymd(year, month, day), "{year}");
        }
    }

    #[test]
    fn the_last_monday_of_may_is_the_fourth_or_the_fifth() {
        assert_eq!(monday(5, 5).in_year(2025), Date::from_ymd(2025, 5, 26));
        assert_eq!(monday(5, 5).in_year(2021), Date::from_ymd(2021, 5, 31));
    }
}
