//! Spans that count from today: "last week", "the past 10 days", "thirty days back". What comes in: tokens; what goes out:
//! spans of days.

use super::calendar::{Found, Reader, month_span, year_span};
use super::window::WEEKDAYS;

impl Reader<'_> {
    /// `last week`, `past 10 days`, `this month`, `last Monday`, `last summer`.
    pub(super) fn relative(&self, at: usize) -> Found {
        let which = self.word(at);
        if let Some(found) = self.days_back(at) {
            return Some(found);
        }
        if which == "most" && self.word(at + 1) == "recent" && self.whole(at + 2).is_some() {
            return self.relative(at + 1).map(|(span, length)| (span, length + 1));
        }
        let counted = matches!(which, "recent" | "latest" | "trailing") && self.whole(at + 1).is_some();
        let past = matches!(which, "last" | "past" | "previous" | "preceding") || counted;
        if which == "month"
            && matches!(
                (self.word(at + 1), self.word(at + 2)),
                ("before", "this") | ("just", "gone")
            )
        {
            let this = usize::from(self.word(at + 3) == "one");
            return Some((month_span(self.month_back(1)), 3 + this));
        }
        if !past && which != "this" {
            return self.season(at, 0);
        }
        if self.word(at + 1) == "calendar" && self.word(at + 2) == "month" {
            return Some((month_span(self.month_back(u32::from(past))), 3));
        }
        if let Some(count) = self.whole(at + 1).filter(|_| past) {
            let days = match self.word(at + 2) {
                "day" | "days" | "night" | "nights" | "d" => 1,
                "week" | "weeks" => 7,
                "month" | "months" => 30,
                "year" | "years" => 365,
                _ => return None,
            };
            let back = i32::try_from(count).ok()?.checked_mul(days)?;
            let within_month = self.word(at + 3) == "of" && self.month_at(at + 4).is_some();
            let named = usize::from(matches!(self.word(at + 3), "stretch" | "period" | "window" | "span"));
            let length = 3 + named + self.with_today(at + 3 + named);
            return (back > 0 && !within_month).then(|| ((self.today.plus(1 - back), self.today), length));
        }
        let rolling = which == "past";
        let (year, ..) = self.today.ymd();
        let span = match self.word(at + 1) {
            "week" if matches!(self.word(at + 2), "of" | "in" | "from") && self.names_month(at + 3) => return None,
            "week" if self.word(at + 2) == "of" => return None,
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

    /// How many words say here that today counts.
    fn with_today(&self, at: usize) -> usize {
        match (self.word(at), self.word(at + 1)) {
            ("counting" | "including" | "with", "today") => 2,
            _ => 0,
        }
    }

    fn names_month(&self, at: usize) -> bool {
        let skipped = (at..at + 2)
            .take_while(|at| matches!(self.word(*at), "the" | "month"))
            .count();
        self.month_at(at + skipped).is_some()
    }

    /// `thirty days back`, `30 days up to now`.
    fn days_back(&self, at: usize) -> Found {
        let count = i32::try_from(self.whole(at)?)
            .ok()
            .filter(|count| (1..=3660).contains(count))?;
        if matches!(
            (self.word(at + 1), self.word(at + 2)),
            ("last" | "past", "days" | "nights")
        ) {
            return Some(((self.today.plus(1 - count), self.today), 3));
        }
        if !matches!(self.word(at + 1), "days" | "nights" | "day") {
            return None;
        }
        if self.word(at + 2) == "ending" {
            let on = usize::from(matches!(self.word(at + 3), "on" | "with"));
            let end = at + 3 + on + usize::from(self.word(at + 3 + on) == "the");
            let last_day = self
                .single_day(end)
                .or_else(|| self.part_of_month(end))
                .or_else(|| self.day_and_month(end));
            let ((_, last), length) = last_day?;
            return Some(((last.plus(1 - count), last), end + length - at));
        }
        let looked = at > 0 && self.word(at - 1) == "back" || self.word(at + 2) == "lookback";
        if looked {
            let now = self.word(at + 2) == "from" && matches!(self.word(at + 3), "now" | "today");
            return Some(((self.today.plus(1 - count), self.today), if now { 4 } else { 2 }));
        }
        let back = usize::from(self.word(at + 2) == "back");
        let up = usize::from(self.word(at + 2 + back) == "up");
        let until_now = self.until_now(at + 2 + back + up);
        let taken = back + if until_now > 0 { up + until_now } else { 0 };
        (taken > 0).then(|| ((self.today.plus(1 - count), self.today), 2 + taken))
    }

    /// The newest day of that name before today, for `since Monday`.
    pub(super) fn weekday_back(&self, at: usize) -> Found {
        let article = usize::from(self.word(at) == "last");
        let (span, _) = self.last_weekday(self.word(at + article))?;
        Some((span, 1 + article))
    }

    fn last_weekday(&self, word: &str) -> Found {
        let weekday = WEEKDAYS.iter().position(|name| *name == word)? as i32;
        let back = (self.today.weekday() as i32 - weekday).rem_euclid(7);
        let date = self.today.plus(-if back == 0 { 7 } else { back });
        Some(((date, date), 2))
    }
}
