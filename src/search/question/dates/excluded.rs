//! Windows that a question leaves out: "but not in August", "outside of July", "every day except Monday". What comes in:
//! tokens; what goes out: the days that are denied. A "not" that denies a fact ("did not run in July") is none of its
//! business: only words that say when may stand between the denial and its window.

use crate::search::question::facts::stretch::is_content;
use crate::search::question::words::token::Token;
use crate::search::window::Window;

use super::calendar::DateReader;

/// Words that may stand between the denial and its window.
const BETWEEN: [&str; 33] = [
    "for",
    "in",
    "on",
    "at",
    "during",
    "over",
    "within",
    "from",
    "of",
    "the",
    "a",
    "an",
    "any",
    "all",
    "each",
    "every",
    "those",
    "ones",
    "days",
    "day",
    "nights",
    "night",
    "mornings",
    "dates",
    "anything",
    "months",
    "month",
    "counting",
    "including",
    "that",
    "which",
    "were",
    "falling",
];

/// What was denied; a list goes on with the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Denied {
    Span,
    Weekday,
    /// "Not since May".
    OpenEnd,
}

impl DateReader<'_> {
    /// Adds the window that is denied here; returns how many tokens the denial and the window take.
    pub(super) fn excluded_at(&self, at: usize, denied: &mut Window) -> Option<usize> {
        let lead = self.denial(at)?;
        let (what, mut end) = self.denied_window(at, at + lead, denied)?;
        while let Some(next) = self.denied_next(end, what, denied) {
            end = next;
        }
        Some(end - at)
    }

    /// How many words of a denial stand here.
    fn denial(&self, at: usize) -> Option<usize> {
        let pair = (self.said(at), self.said(at + 1));
        match pair {
            ("other" | "rather", "than") | ("apart" | "aside", "from") => Some(2),
            ("outside" | "instead" | "exclusive", "of") | ("leaving" | "leave", "out") | ("save", "for") => Some(2),
            ("with", "the") if (self.said(at + 2), self.said(at + 3)) == ("exception", "of") => Some(4),
            ("not", "only" | "just") => None,
            ("not" | "never" | "no" | "without" | "minus" | "bar" | "barring", _) => Some(1),
            // "Ran outside on Monday" was out of doors.
            ("outside", "the" | "weekends" | "weekdays") => Some(1),
            ("outside", _) if self.month_at(at + 1).is_some() || self.season(at + 1, 0).is_some() => Some(1),
            ("except" | "excepting" | "excluding" | "exclude" | "omitting" | "omit" | "ignoring" | "ignore", _) => {
                Some(1)
            }
            ("skipping" | "skip" | "unless" | "avoiding" | "neither", _) => Some(1),
            // "But none on Mondays".
            ("none", _) if at > 0 && matches!(self.said(at - 1), "but" | "and") => Some(1),
            ("but", _) if self.is_of_all(at) => Some(1),
            _ => None,
        }
    }

    /// "Every month but June", but not "every run, but in June" or "every run but in June".
    fn is_of_all(&self, at: usize) -> bool {
        const ALL: [&str; 8] = [
            "every",
            "any",
            "all",
            "each",
            "whole",
            "anytime",
            "everything",
            "always",
        ];
        let goes_on = matches!(self.said(at + 1), "in" | "during" | "from" | "since" | "not");
        let all = self.tokens[at.saturating_sub(4)..at].iter().any(|token| token.is(&ALL));
        all && !goes_on && !self.tokens[at].after_break
    }

    /// The window behind a denial that begins at `start`, and where it ends.
    fn denied_window(&self, start: usize, at: usize, denied: &mut Window) -> Option<(Denied, usize)> {
        let mut first = at;
        loop {
            // "Except: weekends" goes on, "was not, in July, ..." does not.
            let is_apart = first > at || self.tokens[start].is(&["not", "no", "never", "but"]);
            if self.tokens.get(first)?.after_break && is_apart {
                return None;
            }
            if let Some((window, length)) = self.whole_window(first) {
                let end = first + length;
                if self.is_of_a_fact(first, at, end) {
                    return None;
                }
                return Some((self.deny(first, window, denied), end));
            }
            // "Not every day in July" is some of them.
            let is_some = self.said(start) == "not" && self.tokens[first].is(&["all", "each", "every"]);
            if is_some || !self.tokens[first].is(&BETWEEN) {
                return None;
            }
            first += 1;
        }
    }

    /// The window expression that stands here; "Monday the 25th of August" is one.
    fn whole_window(&self, at: usize) -> Option<(Window, usize)> {
        let mut window = Window::default();
        let mut length = self.window_at(at, &mut window);
        if length > 0 && window == Window::default() {
            length += self.window_at(at + length, &mut window);
        }
        (window != Window::default()).then_some((window, length))
    }

    /// "Without weekend workouts", "no July runs" deny the workouts and runs.
    fn is_of_a_fact(&self, first: usize, lead_end: usize, end: usize) -> bool {
        let next = self.tokens.get(end).filter(|next| !next.after_break);
        let is_plural = self.said(end - 1).ends_with('s');
        let names_a_fact = |next: &Token| is_content(next) && !next.is(&["except", "excluding", "without"]);
        first == lead_end && !is_plural && next.is_some_and(names_a_fact)
    }

    /// Adds the window that was read at this place to those that are denied.
    fn deny(&self, at: usize, window: Window, denied: &mut Window) -> Denied {
        denied.spans.extend(&window.spans);
        denied.weekdays |= window.weekdays;
        denied.from = denied.from.or(window.from);
        // "Not until July" begins with July itself.
        let until_itself = matches!(self.said(at), "until" | "till");
        let first = self
            .span_at(at + 1)
            .map(|((first, _), _)| first.plus(-1))
            .filter(|_| until_itself);
        denied.until = denied.until.or(first).or(window.until);
        if window.weekdays != 0 {
            Denied::Weekday
        } else if window.spans.is_empty() {
            Denied::OpenEnd
        } else {
            Denied::Span
        }
    }

    /// The next of a list: "not in June, July or August", "except on Saturdays and Sundays"; where it ends.
    fn denied_next(&self, end: usize, what: Denied, denied: &mut Window) -> Option<usize> {
        let joined = usize::from(matches!(self.said(end), "and" | "or" | "nor"));
        let is_listed = joined == 0 && self.tokens.get(end)?.after_break && self.is_named_period(end);
        if what == Denied::OpenEnd || (joined == 0 && !is_listed) {
            return None;
        }
        let mut next = Window::default();
        let (kind, next_end) = self.denied_window(end, end + joined, &mut next)?;
        // "Not on weekends and in July" asks for July.
        if kind != what {
            return None;
        }
        denied.spans.extend(next.spans);
        denied.weekdays |= next.weekdays;
        Some(next_end)
    }

    fn is_named_period(&self, at: usize) -> bool {
        self.month_at(at).is_some() || self.weekdays_at(at, &mut Window::default()).is_some()
    }
}
