//! Days that have a name: "Christmas", "New Year's Eve", "Easter". What comes in: tokens; what goes out: the newest such
//! days that are not after today.

use crate::record::Date;

use super::calendar::{Found, Reader};

type Span = (Date, Date);

impl Reader<'_> {
    /// `Christmas Eve`, `Thanksgiving`, `the week before Christmas`, `the holidays`.
    pub(super) fn holiday(&self, at: usize) -> Found {
        let before = match (self.word(at), self.word(at + 1)) {
            ("week", "before") => 7,
            ("weekend", "before") => 2,
            _ => return self.named_days(at),
        };
        let article = usize::from(self.word(at + 2) == "the");
        let ((first, _), length) = self.named_days(at + 2 + article)?;
        let end = match before {
            7 => first,
            // Its Monday.
            _ => first.plus(-(first.weekday() as i32)),
        };
        Some(((end.plus(-before), end.plus(-1)), 2 + article + length))
    }

    fn named_days(&self, at: usize) -> Found {
        let (first, second, third) = (self.word(at), self.word(at + 1), self.word(at + 2));
        let is_eve = |word: &str| matches!(word, "eve" | "evening");
        let found = |span: fn(i32) -> Option<Span>, length| Some((self.newest(span)?, length));
        let possessive = usize::from(second == "s");
        let day = self.word(at + 1 + possessive);
        match first {
            "christmas" | "xmas" if is_eve(second) => found(|year| day_of(year, 12, 24), 2),
            "christmas" | "xmas" if second == "day" => found(|year| day_of(year, 12, 25), 2),
            "christmas" | "xmas" | "christmastime" => found(|year| days(year, (12, 24), (12, 26)), 1),
            "boxing" if second == "day" => found(|year| day_of(year, 12, 26), 2),
            "nye" => found(|year| day_of(year, 12, 31), 1),
            "new" if matches!(second, "year" | "years" | "year's") => {
                let possessive = usize::from(third == "s");
                match self.word(at + 2 + possessive) {
                    word if is_eve(word) => found(|year| day_of(year, 12, 31), 3 + possessive),
                    "day" => found(|year| day_of(year, 1, 1), 3 + possessive),
                    _ => found(|year| day_of(year, 1, 1), 2 + possessive),
                }
            }
            "holidays"
                if at > 1 && self.word(at - 1) == "the" && matches!(self.word(at - 2), "over" | "during" | "in") =>
            {
                found(
                    |year| Some((Date::from_ymd(year, 12, 24)?, Date::from_ymd(year + 1, 1, 1)?)),
                    1,
                )
            }
            "good" if second == "friday" => found(|year| easter(year, -2, -2), 2),
            "easter" if second == "sunday" => found(|year| easter(year, 0, 0), 2),
            "easter" if second == "monday" => found(|year| easter(year, 1, 1), 2),
            "easter" => found(
                |year| easter(year, -2, 1),
                1 + usize::from(matches!(second, "weekend" | "time")),
            ),
            "thanksgiving" => found(|year| nth_weekday(year, 11, 3, 4), 1 + usize::from(second == "day")),
            "black" if second == "friday" => found(
                |year| nth_weekday(year, 11, 3, 4).map(|(day, _)| (day.plus(1), day.plus(1))),
                2,
            ),
            "memorial" if second == "day" => found(
                |year| nth_weekday(year, 6, 0, 1).map(|(day, _)| (day.plus(-7), day.plus(-7))),
                2,
            ),
            "labor" | "labour" if second == "day" => found(|year| nth_weekday(year, 9, 0, 1), 2),
            "independence" if second == "day" => found(|year| day_of(year, 7, 4), 2),
            "halloween" => found(|year| day_of(year, 10, 31), 1),
            "valentine" | "valentines" | "valentine's" => {
                let named = usize::from(day == "day");
                found(
                    |year| day_of(year, 2, 14),
                    1 + if named == 1 { possessive + 1 } else { 0 },
                )
            }
            _ => None,
        }
    }

    /// The newest of these days that have begun.
    fn newest(&self, of_year: impl Fn(i32) -> Option<Span>) -> Option<Span> {
        let (year, ..) = self.today.ymd();
        [year, year - 1]
            .into_iter()
            .filter_map(of_year)
            .find(|(first, _)| *first <= self.today)
    }
}

fn day_of(year: i32, month: u32, day: u32) -> Option<Span> {
    days(year, (month, day), (month, day))
}

fn days(year: i32, first: (u32, u32), last: (u32, u32)) -> Option<Span> {
    Some((
        Date::from_ymd(year, first.0, first.1)?,
        Date::from_ymd(year, last.0, last.1)?,
    ))
}

/// A day of the week, Monday 0, counted from the beginning of the month.
fn nth_weekday(year: i32, month: u32, weekday: i32, nth: i32) -> Option<Span> {
    let first = Date::from_ymd(year, month, 1)?;
    let day = first.plus((weekday - first.weekday() as i32).rem_euclid(7) + 7 * (nth - 1));
    Some((day, day))
}

/// The days so far from Easter Sunday, by the rule of Meeus, Jones and Butcher.
fn easter(year: i32, from: i32, until: i32) -> Option<Span> {
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let shift = (century - (century + 8) / 25 + 1) / 3;
    let moon = (19 * golden + century - century / 4 - shift + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    let late = (golden + 11 * moon + 22 * weekday) / 451;
    let count = moon + weekday - 7 * late + 114;
    let sunday = Date::from_ymd(year, (count / 31) as u32, (count % 31 + 1) as u32)?;
    Some((sunday.plus(from), sunday.plus(until)))
}
