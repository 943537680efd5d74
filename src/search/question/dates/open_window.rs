//! Windows with one end: "since May", "July 15 onwards". What comes in: tokens; what goes out: the end that a window has.

use crate::search::window::Window;

use super::calendar::DateReader;

impl DateReader<'_> {
    /// `since X`, `after X`, `before X`, `until X`, `nothing before X`.
    pub(super) fn one_sided(&self, at: usize, window: &mut Window) -> Option<usize> {
        if matches!(
            (self.said(at), self.said(at + 1)),
            ("nothing" | "not" | "none", "before")
        ) {
            let ((first, _), length) = self.span_at(at + 2)?;
            window.from = Some(first);
            return Some(2 + length);
        }
        if (self.said(at), self.said(at + 1)) == ("up", "to") {
            let ((_, last), length) = self.span_at(at + 2)?;
            window.until = Some(last);
            return Some(2 + length);
        }
        let word = self.said(at);
        if !matches!(
            word,
            "since" | "from" | "after" | "post" | "before" | "until" | "till" | "starting" | "beginning"
        ) {
            return None;
        }
        let second = usize::from(
            matches!(word, "starting" | "beginning") && matches!(self.said(at + 1), "from" | "on" | "with"),
        );
        let counts_from = matches!(word, "since" | "starting" | "beginning");
        let weekday = || self.weekday_back(at + 1 + second).filter(|_| counts_from);
        let ((first, last), length) = self.span_at(at + 1 + second).or_else(weekday)?;
        let end = at + 1 + second + length;
        let until_now = self.until_now(end);
        match word {
            "since" | "starting" | "beginning" => window.from = Some(first),
            "from" if until_now > 0 => window.from = Some(first),
            // Nobody has a fact from one day alone.
            "from" if first == last => window.from = Some(first),
            "from" => window.spans.push((first, last)),
            "after" | "post" => window.from = Some(last.plus(1)),
            "before" => window.until = Some(first.plus(-1)),
            _ => window.until = Some(last),
        }
        Some(end + until_now - at)
    }

    /// `X onwards`, `X until now`.
    pub(super) fn open_ended(&self, at: usize, window: &mut Window) -> Option<usize> {
        let ((first, _), length) = self.span_at(at)?;
        let until_now = self.until_now(at + length);
        if until_now == 0 {
            return None;
        }
        window.from = Some(first);
        Some(length + until_now)
    }

    /// How many words of `onwards`, `until now`, `to the present` stand here.
    pub(super) fn until_now(&self, at: usize) -> usize {
        let article = usize::from(self.said(at + 1) == "the");
        match (self.said(at), self.said(at + 1 + article)) {
            ("on" | "onwards" | "onward" | "forward", next) if self.said(at) != "on" || matches!(next, "" | "and") => 1,
            ("and", "onwards" | "after" | "later") => 2 + article,
            ("until" | "till" | "to" | "through", "now" | "today" | "present" | "date") => 2 + article,
            _ => 0,
        }
    }
}
