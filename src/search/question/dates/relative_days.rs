//! Spans that count from today: "last week", "the past 10 days", "thirty days back", "a month ago", "next week". What comes
//! in: tokens; what goes out: spans of days, which may lie in the future, where no day is.

use crate::record::Date;
use crate::search::window::WEEKDAYS;

use super::calendar::{DateReader, FoundSpan};
use super::months::{month_span, year_span};

impl DateReader<'_> {
    /// `last week`, `past 10 days`, `this month`, `last Monday`, `last summer`.
    pub(super) fn relative(&self, at: usize) -> FoundSpan {
        let which = self.said(at);
        if let Some(found) = self.days_back(at) {
            return Some(found);
        }
        if which == "most" && self.said(at + 1) == "recent" && self.whole(at + 2).is_some() {
            return self.relative(at + 1).map(|(span, length)| (span, length + 1));
        }
        let counted = matches!(which, "recent" | "latest" | "trailing") && self.whole(at + 1).is_some();
        let past = matches!(which, "last" | "past" | "previous" | "preceding") || counted;
        if which == "month"
            && matches!(
                (self.said(at + 1), self.said(at + 2)),
                ("before", "this") | ("just", "gone")
            )
        {
            let this = usize::from(self.said(at + 3) == "one");
            return Some((month_span(self.month_back(1)), 3 + this));
        }
        if which == "next" {
            return self.next(at);
        }
        if !past && which != "this" {
            return self.season(at, 0);
        }
        if self.said(at + 1) == "calendar" && self.said(at + 2) == "month" {
            return Some((month_span(self.month_back(u32::from(past))), 3));
        }
        // A few are three, for want of a better number; what was understood says so.
        let few = matches!(self.said(at + 1), "few" | "several").then_some(3);
        if let Some(count) = self.whole(at + 1).or(few).filter(|_| past) {
            return self.last_counted(at, count);
        }
        let rolling = which == "past";
        let (year, ..) = self.today.ymd();
        let span = match self.said(at + 1) {
            "week" if matches!(self.said(at + 2), "of" | "in" | "from") && self.names_month(at + 3) => return None,
            "week" | "quarter" | "fortnight" if self.said(at + 2) == "of" => return None,
            // Nobody counts fortnights from a Monday.
            "fortnight" => (self.today.plus(-13), self.today),
            "quarter" if rolling => (self.today.plus(-90), self.today),
            "quarter" => self.quarter_off(-i32::from(past)),
            "week" if rolling => (self.today.plus(-6), self.today),
            "month" if rolling => (self.today.plus(-29), self.today),
            "year" if rolling => (self.today.plus(-364), self.today),
            "week" if past => (self.monday().plus(-7), self.monday().plus(-1)),
            "week" => (self.monday(), self.monday().plus(6)),
            "month" => month_span(self.month_back(u32::from(past))),
            "year" => year_span(year - i32::from(past)),
            "weekend" => (
                self.monday().plus(if past { -2 } else { 5 }),
                self.monday().plus(if past { -1 } else { 6 }),
            ),
            word => return self.last_weekday(word).or_else(|| self.season(at + 1, 1)),
        };
        Some((span, 2))
    }

    /// `last 10 days`, `past 2 weeks`: so many up to today.
    fn last_counted(&self, at: usize, count: u32) -> FoundSpan {
        // "The last couple of weeks".
        let of = usize::from(self.said(at + 2) == "of");
        let days = match self.said(at + 2 + of) {
            "day" | "days" | "night" | "nights" | "d" => 1,
            "week" | "weeks" => 7,
            "fortnight" | "fortnights" => 14,
            "month" | "months" => 30,
            "year" | "years" => 365,
            _ => return None,
        };
        let back = i32::try_from(count).ok()?.checked_mul(days)?;
        let end = at + 3 + of;
        let within_month = self.said(end) == "of" && self.month_at(end + 1).is_some();
        let named = usize::from(matches!(self.said(end), "stretch" | "period" | "window" | "span"));
        let length = 3 + of + named + self.with_today(end + named);
        (back > 0 && !within_month).then(|| ((self.today.plus(1 - back), self.today), length))
    }

    /// `a week ago`, `two months ago`, `a couple of weeks ago`.
    pub(super) fn ago(&self, at: usize) -> FoundSpan {
        let article = usize::from(self.said(at) == "a");
        let count = self.whole(at + article);
        let counted = article + usize::from(count.is_some());
        let of = usize::from(count.is_some() && self.said(at + counted) == "of");
        if counted == 0 || self.said(at + counted + of + 1) != "ago" {
            return None;
        }
        let count = count.unwrap_or(1);
        let back = |days: i32| Some(self.today.plus(-i32::try_from(count).ok()?.checked_mul(days)?));
        let week = |day: Date| {
            let monday = day.plus(-(day.weekday() as i32));
            (monday, monday.plus(6))
        };
        let span = match self.said(at + counted + of) {
            "day" | "days" | "night" | "nights" => back(1).map(|day| (day, day))?,
            "week" | "weeks" => week(back(7)?),
            "fortnight" | "fortnights" => week(back(14)?),
            "month" | "months" => month_span(self.month_back(count)),
            "year" | "years" => year_span(self.today.ymd().0.checked_sub(i32::try_from(count).ok()?)?),
            _ => return None,
        };
        Some((span, counted + of + 2))
    }

    /// `next week`, `next Tuesday`: still to come. "The next week" and "the next day" count from what was said before.
    fn next(&self, at: usize) -> FoundSpan {
        if at > 0 && self.said(at - 1) == "the" {
            return None;
        }
        let (year, month, _) = self.today.ymd();
        let monday = self.monday().plus(7);
        let span = match self.said(at + 1) {
            "week" => (monday, monday.plus(6)),
            "weekend" => (monday.plus(5), monday.plus(6)),
            "month" => month_span((year + i32::from(month == 12), month % 12 + 1)),
            "quarter" => self.quarter_off(1),
            "year" => year_span(year + 1),
            word => {
                let weekday = WEEKDAYS.iter().position(|name| *name == word)? as i32;
                let ahead = (weekday - self.today.weekday() as i32).rem_euclid(7);
                let day = self.today.plus(if ahead == 0 { 7 } else { ahead });
                (day, day)
            }
        };
        Some((span, 2))
    }

    /// The calendar quarter so many after that of today.
    fn quarter_off(&self, quarters: i32) -> (Date, Date) {
        let (year, month, _) = self.today.ymd();
        let index = year * 4 + (month as i32 - 1) / 3 + quarters;
        let (year, first_month) = (index.div_euclid(4), 3 * index.rem_euclid(4) as u32 + 1);
        (month_span((year, first_month)).0, month_span((year, first_month + 2)).1)
    }

    /// How many words say here that today counts.
    fn with_today(&self, at: usize) -> usize {
        match (self.said(at), self.said(at + 1)) {
            ("counting" | "including" | "with", "today") => 2,
            _ => 0,
        }
    }

    fn names_month(&self, at: usize) -> bool {
        let skipped = (at..at + 2)
            .take_while(|at| matches!(self.said(*at), "the" | "month"))
            .count();
        self.month_at(at + skipped).is_some()
    }

    /// `thirty days back`, `30 days up to now`.
    fn days_back(&self, at: usize) -> FoundSpan {
        let count = i32::try_from(self.whole(at)?)
            .ok()
            .filter(|count| (1..=3660).contains(count))?;
        if matches!(
            (self.said(at + 1), self.said(at + 2)),
            ("last" | "past", "days" | "nights")
        ) {
            return Some(((self.today.plus(1 - count), self.today), 3));
        }
        if !matches!(self.said(at + 1), "days" | "nights" | "day") {
            return None;
        }
        if self.said(at + 2) == "ending" {
            let on = usize::from(matches!(self.said(at + 3), "on" | "with"));
            let end = at + 3 + on + usize::from(self.said(at + 3 + on) == "the");
            let last_day = self
                .single_day(end)
                .or_else(|| self.part_of_month(end))
                .or_else(|| self.day_and_month(end));
            let ((_, last), length) = last_day?;
            return Some(((last.plus(1 - count), last), end + length - at));
        }
        let looked = at > 0 && self.said(at - 1) == "back" || self.said(at + 2) == "lookback";
        if looked {
            let now = self.said(at + 2) == "from" && matches!(self.said(at + 3), "now" | "today");
            return Some(((self.today.plus(1 - count), self.today), if now { 4 } else { 2 }));
        }
        let back = usize::from(self.said(at + 2) == "back");
        let up = usize::from(self.said(at + 2 + back) == "up");
        let until_now = self.until_now(at + 2 + back + up);
        let taken = back + if until_now > 0 { up + until_now } else { 0 };
        (taken > 0).then(|| ((self.today.plus(1 - count), self.today), 2 + taken))
    }

    /// The newest day of that name before today, for `since Monday`.
    pub(super) fn weekday_back(&self, at: usize) -> FoundSpan {
        let article = usize::from(self.said(at) == "last");
        let (span, _) = self.last_weekday(self.said(at + article))?;
        Some((span, 1 + article))
    }

    fn last_weekday(&self, word: &str) -> FoundSpan {
        let weekday = WEEKDAYS.iter().position(|name| *name == word)? as i32;
        let back = (self.today.weekday() as i32 - weekday).rem_euclid(7);
        let date = self.today.plus(-if back == 0 { 7 } else { back });
        Some(((date, date), 2))
    }
}
