//! Days that are told by another day, by a number or by both: "the week of July 14", "the weekend after July 4th", "week 30",
//! "on the 15th". What comes in: tokens; what goes out: spans of days.

use crate::record::{Date, days_in_month};
use crate::search::window::Window;

use super::calendar::{DateReader, FoundSpan};
use super::months::month_span;

/// Longer ones nobody counts in.
const MOST: u32 = 1000;

impl DateReader<'_> {
    /// `the week before Christmas`, `two days after July 4`, `the weekend of July 12`, `the week beginning 14 July`.
    pub(super) fn beside(&self, at: usize) -> FoundSpan {
        let article = usize::from(matches!(self.said(at), "the" | "a"));
        // "The first week after" is the one after, "the last week before" the one before.
        let next = self.said(at + article);
        let is_next = matches!(next, "first" | "last" | "final");
        let lead = article + usize::from(is_next);
        let count = self.whole(at + lead);
        let unit_at = at + lead + usize::from(count.is_some());
        let (side, taken) = self.side(unit_at + 1)?;
        if is_next && side != (if next == "first" { Side::After } else { Side::Before }) {
            return None;
        }
        let behind = unit_at + 1 + taken;
        if (at + 1..=behind).any(|at| self.tokens.get(at).is_some_and(|token| token.after_break)) {
            return None;
        }
        if let Some(span) = self
            .before_last(unit_at, behind)
            .filter(|_| count.is_none() && !is_next)
        {
            return Some((span, behind + 1 - at));
        }
        let ((first, last), length) = self.plain_span(behind)?;
        let is_day = last.days() - first.days() < LONGEST_HOLIDAY;
        let count = count
            .filter(|count| (1..=MOST).contains(count))
            .map(|count| count as i32);
        let as_many = count.unwrap_or(1);
        let days = |days: i32| match side {
            Side::Before => (first.plus(-days), first.plus(-1)),
            _ => (last.plus(1), last.plus(days)),
        };
        let spans_days = (is_next || self.said(at) == "the") && count.is_some();
        let span = match (self.said(unit_at), side) {
            ("week", Side::Of) if is_day => week_of(first),
            ("week", Side::Beginning) if is_day => (first, first.plus(6)),
            ("week", Side::Ending) if is_day => (last.plus(-6), last),
            ("weekend", Side::Of) if is_day => self
                .holiday_weekend(behind, first)
                .unwrap_or_else(|| nearest_weekend(first)),
            ("weekend", Side::Before) => saturday_and_sunday(first.plus(-2 - first.weekday() as i32)),
            ("weekend", Side::After) => saturday_and_sunday(last.plus(1 + (11 - last.weekday() as i32) % 7)),
            (_, Side::Of | Side::Beginning | Side::Ending) => return None,
            ("week", _) => days(7 * as_many),
            ("weeks", _) if count.is_some() => days(7 * as_many),
            ("fortnight", _) => days(14 * as_many),
            ("month", _) => days(30 * as_many),
            ("months", _) if count.is_some() => days(30 * as_many),
            ("days" | "nights", _) if is_day && spans_days => days(as_many),
            ("day" | "days", Side::Before) if is_day && count.is_some() => one(first.plus(-as_many)),
            ("day" | "evening" | "morning", Side::Before) if is_day => one(first.plus(-1)),
            // The night before a day is the sleep of its morning.
            ("night", Side::Before) if is_day => one(first.plus(1 - as_many)),
            ("night" | "day" | "evening" | "morning", _) if is_day => one(last.plus(as_many)),
            ("days" | "nights", Side::After) if is_day && count.is_some() => one(last.plus(as_many)),
            _ => return None,
        };
        Some((span, behind + length - at))
    }

    /// How a span lies to the one that is named behind it, and the words that say so.
    fn side(&self, at: usize) -> Option<(Side, usize)> {
        let on = 1 + usize::from(matches!(self.said(at + 1), "on" | "with"));
        Some(match (self.said(at), self.said(at + 1), self.said(at + 2)) {
            ("before" | "preceding", ..) => (Side::Before, 1),
            ("leading", "up", "to") => (Side::Before, 3),
            ("after" | "following", ..) => (Side::After, 1),
            ("of", ..) => (Side::Of, 1),
            ("beginning" | "starting" | "commencing", ..) => (Side::Beginning, on),
            ("ending", ..) => (Side::Ending, on),
            _ => return None,
        })
    }

    /// `the week before last`.
    fn before_last(&self, unit_at: usize, last_at: usize) -> Option<(Date, Date)> {
        if self.said(unit_at + 1) != "before" || self.said(last_at) != "last" || self.relative(last_at).is_some() {
            return None;
        }
        match self.said(unit_at) {
            "week" => Some(week_of(self.today.plus(-14))),
            "weekend" => Some(saturday_and_sunday(self.monday().plus(-9))),
            "month" => Some(month_span(self.month_back(2))),
            _ => None,
        }
    }

    /// `week 30`, `weeks 28 to 30 of 2025`, as ISO 8601 counts them; `week 2 of July`.
    pub(super) fn numbered_week(&self, at: usize) -> FoundSpan {
        let named_at = at + usize::from(matches!(self.said(at), "calendar" | "iso"));
        let counted = at.checked_sub(1).is_some_and(|before| {
            let word = self.said(before);
            self.whole(before).is_some() || matches!(word, "a" | "per" | "each" | "every" | "last" | "this" | "past")
        });
        if counted || !matches!(self.said(named_at), "week" | "weeks" | "wk") {
            return None;
        }
        let week = |at: usize| self.whole(at).filter(|week| (1..=53).contains(week));
        let first = week(named_at + 1).filter(|_| !self.tokens[named_at + 1].after_break)?;
        let joint = named_at + 2;
        let again = usize::from(self.said(joint + 1) == "week");
        let joined = matches!(self.said(joint), "to" | "until" | "till" | "through" | "and");
        let last = week(joint + 1 + again).filter(|last| joined && first < *last);
        let end = last.map_or(joint, |_| joint + 2 + again);
        let in_month = matches!(self.said(end), "of" | "in")
            .then(|| self.month_at(end + 1))
            .flatten();
        if let (Some((month, year, length)), None, 1..=5) = (in_month, last, first) {
            let year = year.unwrap_or_else(|| self.newest_year(month, 1));
            let begin = Date::from_ymd(year, month, 7 * first - 6)?;
            let until = Date::from_ymd(year, month, (7 * first).min(days_in_month(year, month)))?;
            return Some(((begin, until), end + 1 + length - at));
        }
        let (year, taken) = self.year_behind(end);
        if !self.says_no_more(end + taken) {
            return None;
        }
        let this_year = self.today.ymd().0;
        let begun = |year: &i32| monday_of_week(*year, first).is_some_and(|monday| monday <= self.today);
        let year = year.or_else(|| (this_year - 1..=this_year + 1).rev().find(begun))?;
        let until = monday_of_week(year, last.unwrap_or(first))?.plus(6);
        Some(((monday_of_week(year, first)?, until), end + taken - at))
    }

    /// What was counted is not named behind the number: "week 3 times", "the 10th time".
    fn says_no_more(&self, at: usize) -> bool {
        const GOING_ON: [&str; 20] = [
            "and", "but", "or", "when", "where", "with", "without", "while", "i", "my", "did", "was", "were", "to",
            "in", "until", "only", "after", "that", "please",
        ];
        self.tokens
            .get(at)
            .is_none_or(|next| next.after_break || next.is(&GOING_ON))
    }

    /// `on the 15th`, `on the 5th and the 12th`, `since the 5th`, `between the 15th and the 20th of last month`, `Friday the
    /// 13th`; returns how many tokens they take.
    pub(super) fn days_by_number(&self, at: usize, window: &mut Window) -> Option<usize> {
        const LEADS: [&str; 9] = [
            "on", "since", "from", "until", "till", "between", "after", "before", "by",
        ];
        const DENIED: [&str; 6] = ["not", "except", "excluding", "minus", "for", "than"];
        let lead = self.said(at);
        let has_lead = LEADS.contains(&lead);
        let before = at.checked_sub(1);
        let weekday = before
            .and_then(|before| self.weekdays(before))
            .map_or(0, |(bit, _)| bit);
        let denied = before.is_some_and(|before| self.tokens[before].is(&DENIED));
        if !has_lead && !denied && weekday == 0 {
            return None;
        }
        let (first, taken) = self.ordinal(at + usize::from(has_lead))?;
        let mut end = at + usize::from(has_lead) + taken;
        let is_span = lead == "between" && self.said(end) == "and"
            || matches!(self.said(end), "to" | "until" | "till" | "through");
        let mut numbers = vec![first];
        while matches!(self.said(end), "and" | "or") || is_span && numbers.len() == 1 {
            let Some((number, taken)) = self.ordinal(end + 1) else {
                break;
            };
            numbers.push(number);
            end += 1 + taken;
        }
        let (month, end) = self.month_of_a_day(end, numbers.len() > 1)?;
        let day = |day: u32| match month {
            Some((year, month)) => Date::from_ymd(year, month, day),
            None => newest_day(day, weekday, self.today),
        };
        let date = day(first)?;
        match (lead, numbers.as_slice()) {
            (_, [_, until]) if is_span => {
                let until = day(*until)?;
                // "From the 25th to the 3rd" began a month earlier.
                let from = if date > until {
                    newest_day(first, 0, until)?
                } else {
                    date
                };
                window.spans.push((from, until));
            }
            ("between", _) => return None,
            ("since" | "from", [_]) => window.from = Some(date),
            ("until" | "till" | "by", [_]) => window.until = Some(date),
            ("after", [_]) => window.from = Some(date.plus(1)),
            ("before", [_]) => window.until = Some(date.plus(-1)),
            (_, numbers) => {
                let dates = numbers.iter().filter_map(|number| day(*number));
                window.spans.extend(dates.map(one));
            }
        }
        Some(end - at)
    }

    /// `the 15th`.
    fn ordinal(&self, at: usize) -> Option<(u32, usize)> {
        let article = usize::from(self.said(at) == "the");
        let day = self.whole(at + article).filter(|day| (1..=31).contains(day))?;
        let is_ordinal = ["st", "nd", "rd", "th"]
            .iter()
            .any(|ending| self.said(at + article).ends_with(ending));
        is_ordinal.then_some((day, article + 1))
    }

    /// The month that is named behind days by their numbers, if one is, and where the expression ends; `None` where the
    /// numbers are of something else. One day of a month with a name is read elsewhere.
    fn month_of_a_day(&self, at: usize, is_list: bool) -> Option<(Option<(i32, u32)>, usize)> {
        let said = self.month_said.map(|(first, _)| (first.ymd().0, first.ymd().1));
        let of = usize::from(self.said(at) == "of");
        if let Some((month, year, length)) = self.month_at(at + of).filter(|_| is_list) {
            let year = year.unwrap_or_else(|| self.newest_year(month, 1));
            return Some((Some((year, month)), at + of + length));
        }
        if of == 1 {
            return match self.month_off(at + 1) {
                Some((month, year, length)) => Some((Some((year?, month)), at + 1 + length)),
                None if (self.said(at + 1), self.said(at + 2)) == ("the", "month") => Some((said, at + 3)),
                None => None,
            };
        }
        self.says_no_more(at).then_some((said, at))
    }
}

/// The newest day with that number, and on such a weekday if any is set, not after another.
fn newest_day(day: u32, weekdays: u8, last: Date) -> Option<Date> {
    // A Friday the 13th is never further away.
    const MONTHS: i32 = 14;
    let (year, month, _) = last.ymd();
    let months_back = |back: i32| {
        let index = year * 12 + month as i32 - 1 - back;
        Date::from_ymd(index.div_euclid(12), index.rem_euclid(12) as u32 + 1, day)
    };
    let is_meant = |date: &Date| *date <= last && (weekdays == 0 || weekdays & (1 << date.weekday()) != 0);
    (0..=MONTHS).filter_map(months_back).find(is_meant)
}

/// How a span lies to the one that is named behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
    Of,
    Beginning,
    Ending,
}

/// Good Friday to Easter Monday, in days.
const LONGEST_HOLIDAY: i32 = 4;

fn one(day: Date) -> (Date, Date) {
    (day, day)
}

fn week_of(day: Date) -> (Date, Date) {
    let monday = day.plus(-(day.weekday() as i32));
    (monday, monday.plus(6))
}

fn saturday_and_sunday(saturday: Date) -> (Date, Date) {
    (saturday, saturday.plus(1))
}

/// The one that a Monday or Tuesday follows, or that a later day of the week leads to.
pub(super) fn nearest_weekend(day: Date) -> (Date, Date) {
    let weekday = day.weekday() as i32;
    saturday_and_sunday(day.plus(if weekday < 2 { -2 - weekday } else { 5 - weekday }))
}

/// The week that has January 4 is the first one.
fn monday_of_week(year: i32, week: u32) -> Option<Date> {
    let (first, _) = week_of(Date::from_ymd(year, 1, 4)?);
    Some(first.plus(7 * (week as i32 - 1)))
}
