//! Months and years: "August", "the 14th of August", "June 2025", "in 2025", "July up to the 15th". What comes in: tokens;
//! what goes out: spans of days. Without a year it is the newest one that has begun.

use crate::record::{Date, days_in_month};

use super::calendar::{DateReader, FoundSpan};

pub(in crate::search::question) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What months are called: whole, in three letters, and "sept".
pub(in crate::search::question) fn month_names() -> impl Iterator<Item = &'static str> {
    let names = MONTHS.iter().flat_map(|month| [*month, &month[..3]]);
    names.chain(["sept"])
}

impl DateReader<'_> {
    pub(super) fn month_back(&self, months: u32) -> (i32, u32) {
        let (year, month, _) = self.today.ymd();
        let index = (year * 12 + month as i32 - 1).saturating_sub(months.min(12_000) as i32);
        (index.div_euclid(12), index.rem_euclid(12) as u32 + 1)
    }

    /// The newest year in which that day is not after today.
    pub(super) fn newest_year(&self, month: u32, day: u32) -> i32 {
        let (year, this_month, this_day) = self.today.ymd();
        if (month, day) <= (this_month, this_day) {
            year
        } else {
            year - 1
        }
    }

    /// The month named here: its number, its year if given, and the tokens taken.
    pub(super) fn month_at(&self, at: usize) -> Option<(u32, Option<i32>, usize)> {
        let token = self.tokens.get(at)?;
        let word = token.word.as_str();
        let index = MONTHS.iter().position(|month| {
            *month == word || (month.starts_with(word) && (word.len() == 3 || word == "sept") && word != "mar")
        })?;
        let before = if at > 0 { self.said(at - 1) } else { "" };
        let names_a_month = token.capital && at > 0
            || matches!(
                before,
                "in" | "of" | "since" | "last" | "until" | "during" | "from" | "to" | "and" | "or"
            )
            || self.tokens[..at].last().is_some_and(|token| token.number.is_some())
            || self.whole(at + 1).is_some();
        if matches!(word, "may" | "march") && !names_a_month {
            return None;
        }
        let (year, taken) = self.year_behind(at + 1);
        Some((index as u32 + 1, year, 1 + taken))
    }

    /// The year that stands behind a month or the like, `2025`, `of 2025`, `last year`, and the tokens it takes.
    pub(super) fn year_behind(&self, at: usize) -> (Option<i32>, usize) {
        let of = usize::from(matches!(self.said(at), "of" | "in"));
        let of = of + usize::from(of == 1 && self.said(at + of) == "the");
        let (this_year, ..) = self.today.ymd();
        if let Some(year) = self.whole(at + of).filter(|year| (1900..2200).contains(year)) {
            return (Some(year as i32), of + 1);
        }
        match (self.said(at + of), self.said(at + of + 1)) {
            ("last" | "previous", "year") => (Some(this_year - 1), of + 2),
            ("this", "year") => (Some(this_year), of + 2),
            _ => (None, 0),
        }
    }

    /// `August 14 2025`, `14 August`, `the 14th of August`, `August`, `June 2025`.
    pub(super) fn day_and_month(&self, at: usize) -> FoundSpan {
        // "The seventh month".
        if let Some(month) = self
            .whole(at)
            .filter(|month| (1..=12).contains(month) && self.said(at + 1) == "month")
        {
            return Some((month_span((self.newest_year(month, 1), month)), 2));
        }
        let first = (self.said(at) == "first" && self.said(at + 1) == "of").then_some(1);
        if let Some(day) = self.whole(at).or(first).filter(|day| (1..=31).contains(day)) {
            let month_index = at + 1 + usize::from(self.said(at + 1) == "of");
            let (month, year, length) = self.month_at(month_index)?;
            return self.day(month, day, year).map(|span| (span, month_index + length - at));
        }
        let (month, year, length) = self.month_at(at)?;
        let day_at = at + 1 + usize::from(self.said(at + 1) == "the");
        // "In August, 2 nights" counts nights.
        let day = self
            .whole(day_at)
            .filter(|day| (1..=31).contains(day) && !self.counts_days(day_at));
        if let Some(day) = day {
            let (year, year_taken) = self.year_behind(day_at + 1);
            let taken = day_at + 1 + year_taken - at;
            return self.day(month, day, year).map(|span| (span, taken));
        }
        let year = year.unwrap_or_else(|| self.newest_year(month, 1));
        let (first, last) = month_span((year, month));
        // "July up to the 15th".
        let up = usize::from(self.said(at + length) == "up");
        let joint = at + length + up;
        let article = usize::from(self.said(joint + 1) == "the");
        let ends = matches!(self.said(joint), "to" | "until" | "till" | "through");
        if let Some(day) = self.whole(joint + 1 + article).filter(|_| ends) {
            let until = Date::from_ymd(year, month, day)?;
            return Some(((first, until), length + up + 2 + article));
        }
        Some(((first, last), length))
    }

    fn day(&self, month: u32, day: u32, year: Option<i32>) -> Option<(Date, Date)> {
        let date = Date::from_ymd(year.unwrap_or_else(|| self.newest_year(month, day)), month, day)?;
        Some((date, date))
    }

    /// A bare year, such as `in 2025`; a number with a unit after it is not one.
    pub(super) fn year(&self, at: usize) -> FoundSpan {
        let year = self.whole(at).filter(|year| (1990..2100).contains(year))?;
        let before = if at > 0 { self.said(at - 1) } else { "" };
        let named = matches!(
            before,
            "in" | "of"
                | "since"
                | "during"
                | "until"
                | "spring"
                | "summer"
                | "winter"
                | "autumn"
                | "fall"
                | "year"
                | "from"
                | "before"
                | "after"
        );
        let plain = self.tokens.get(at + 1).is_some_and(|next| next.after_break)
            || matches!(
                self.said(at + 1),
                "" | "with"
                    | "when"
                    | "and"
                    | "where"
                    | "i"
                    | "that"
                    | "after"
                    | "was"
                    | "to"
                    | "but"
                    | "except"
                    | "excluding"
                    | "outside"
                    | "not"
            );
        (named && plain).then(|| (year_span(year as i32), 1))
    }
}

/// The span is one whole month.
pub(super) fn is_month(span: &(Date, Date)) -> bool {
    let (year, month, _) = span.0.ymd();
    *span == month_span((year, month))
}

pub(super) fn month_span((year, month): (i32, u32)) -> (Date, Date) {
    let last = days_in_month(year, month);
    let day = |day| Date::from_ymd(year.clamp(0, 9999), month, day).unwrap_or(Date::from_days(0));
    (day(1), day(last))
}

pub(super) fn year_span(year: i32) -> (Date, Date) {
    (month_span((year, 1)).0, month_span((year, 12)).1)
}
