//! Dates and windows of a question. What comes in: tokens and the day that "last week" counts from; what goes out: a
//! [`Window`], and the tokens it was read from are marked as used. It never asks the machine's clock.

use crate::record::Date;
use crate::search::question::words::token::Token;
use crate::search::window::Window;

use super::months::is_month;
use super::weeks::nearest_weekend;

/// A span and how many tokens it took.
pub(super) type FoundSpan = Option<((Date, Date), usize)>;

/// Reads every date and window of the question.
pub(in crate::search::question) fn read(tokens: &mut [Token], today: Date) -> Window {
    let mut window = Window::default();
    let mut denied = Window::default();
    let mut at = 0;
    while at < tokens.len() {
        let reader = DateReader {
            tokens,
            today,
            month_said: window.spans.last().copied().filter(is_month),
        };
        let length = match reader.excluded_at(at, &mut denied) {
            Some(length) => length,
            None => reader.window_at(at, &mut window),
        };
        tokens[at..at + length].iter_mut().for_each(|token| token.used = true);
        at += length.max(1);
    }
    // "In July this year" is July.
    window.spans.dedup();
    let spans = window.spans.clone();
    let holds = |outer: &(Date, Date), inner: &(Date, Date)| outer != inner && outer.0 <= inner.0 && inner.1 <= outer.1;
    window
        .spans
        .retain(|outer| !spans.iter().any(|inner| holds(outer, inner)));
    window.without(denied)
}

pub(super) struct DateReader<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) today: Date,
    /// The month that was named last, for "in July, on the 15th".
    pub(super) month_said: Option<(Date, Date)>,
}

impl DateReader<'_> {
    /// The word at this place, claimed or not: what stands before a date, like "in" or "the last", is looked at again.
    pub(super) fn said(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.word.as_str())
    }

    /// A whole number without a decimal place, as in `the 14th` or `2025`.
    pub(super) fn whole(&self, at: usize) -> Option<u32> {
        let number = self.tokens.get(at)?.number?;
        (number % 1000 == 0).then(|| u32::try_from(number / 1000).ok())?
    }

    /// Adds the window expression that starts here; returns how many tokens it took.
    pub(super) fn window_at(&self, at: usize, window: &mut Window) -> usize {
        self.two_sided(at, window)
            .or_else(|| self.one_sided(at, window))
            .or_else(|| self.open_ended(at, window))
            .or_else(|| {
                let (span, length) = self.span_at(at)?;
                window.spans.push(span);
                Some(length)
            })
            .or_else(|| self.weekdays_at(at, window))
            .or_else(|| self.days_by_number(at, window))
            .unwrap_or(0)
    }

    /// `from X to Y`, `between X and Y`, `X until Y`, `August 5 to 12`.
    fn two_sided(&self, at: usize, window: &mut Window) -> Option<usize> {
        let lead = usize::from(matches!(self.said(at), "from" | "between"));
        // "Monday till today".
        if let Some(((from, _), length)) = self.weekday_back(at + lead)
            && self.joins(at + lead + length, at)
            && let Some(((_, until), second)) = self.single_day(at + lead + length + 1)
        {
            window.spans.push((from, until));
            return Some(lead + length + 1 + second);
        }
        let Some(((from, first_end), first)) = self.span_at(at + lead) else {
            return self.days_of_a_month(at, lead, window);
        };
        let joint = at + lead + first;
        if !self.joins(joint, at) {
            return None;
        }
        if let Some(((_, until), second)) = self.span_at(joint + 1) {
            let until = self.until_behind(from, until, joint + 1, second);
            window.spans.push((from, until));
            return Some(lead + first + 1 + second);
        }
        let (year, month, _) = first_end.ymd();
        let article = usize::from(self.said(joint + 1) == "the");
        let until = Date::from_ymd(year, month, self.whole(joint + 1 + article)?)?;
        window.spans.push((from, until));
        Some(lead + first + 2 + article)
    }

    /// The last day of the second side of a span. "Between Christmas and New Year", "from November to February": where it
    /// names no year, it is the next one after the first side.
    fn until_behind(&self, from: Date, until: Date, at: usize, length: usize) -> Date {
        let comes_every_year = |at: usize| self.month_at(at).is_some() || self.holiday(at).is_some();
        let says_year = (at..at + length).any(|at| self.year_behind(at).0.is_some());
        if until >= from || says_year || !(at..at + length).any(comes_every_year) {
            return until;
        }
        let later = DateReader {
            today: from.plus(364),
            ..*self
        };
        later.span_at(at).map_or(until, |((_, later), _)| later)
    }

    /// `between 25 and 31 August`, `from the 3rd to the 9th of May`, `5 to 8 June`: the month is named once, at the end.
    fn days_of_a_month(&self, at: usize, lead: usize, window: &mut Window) -> Option<usize> {
        let day_at = at + lead + usize::from(self.said(at + lead) == "the");
        let first = (self.said(day_at) == "first").then_some(1);
        let day = self.whole(day_at).or(first).filter(|day| (1..=31).contains(day))?;
        if !self.joins(day_at + 1, at) {
            return None;
        }
        let ((until, last), length) = self.span_at(day_at + 2)?;
        let (year, month, _) = until.ymd();
        let from = Date::from_ymd(year, month, day).filter(|from| until == last && *from <= until)?;
        window.spans.push((from, until));
        Some(day_at + 2 + length - at)
    }

    /// Whether the word at `joint` joins the two sides of an expression that begins at `at`.
    fn joins(&self, joint: usize, at: usize) -> bool {
        match self.said(joint) {
            "to" | "until" | "till" | "through" => true,
            "and" => self.said(at) == "between",
            _ => false,
        }
    }

    pub(super) fn span_at(&self, at: usize) -> FoundSpan {
        self.beside(at).or_else(|| self.plain_span(at))
    }

    /// A span that is not told by another one.
    pub(super) fn plain_span(&self, at: usize) -> FoundSpan {
        let article = usize::from(self.said(at) == "the");
        if let Some(found) = self.holiday(at) {
            return Some(found);
        }
        let found = self
            .single_day(at + article)
            .or_else(|| self.relative(at + article))
            .or_else(|| self.part_of_month(at + article))
            .or_else(|| self.month_and_part(at + article))
            .or_else(|| self.day_and_month(at + article))
            .or_else(|| self.part_of_year(at + article))
            .or_else(|| self.numbered_week(at + article))
            .or_else(|| self.year(at + article));
        // "The 4th of July weekend".
        let weekend = |((first, last), length): ((Date, Date), usize)| {
            let said = self.said(at + article + length) == "weekend" && first == last;
            let span = if said { nearest_weekend(first) } else { (first, last) };
            (span, length + article + usize::from(said))
        };
        found.map(weekend)
    }

    pub(super) fn single_day(&self, at: usize) -> FoundSpan {
        if let Some(date) = self.tokens.get(at)?.date {
            return Some(((date, date), 1));
        }
        let back = |days: i32, length| Some(((self.today.plus(-days), self.today.plus(-days)), length));
        match (self.said(at), self.said(at + 1), self.said(at + 2)) {
            ("today", ..) if self.tells_a_story() => None,
            ("today", ..) => back(0, 1),
            ("last", "night", _) => back(0, 2),
            // "Went all out yesterday, then slept like a log" tells an order.
            ("yesterday", "then", _) => None,
            ("yesterday", ..) if self.tells_a_story() => None,
            ("yesterday", ..) => back(1, 1),
            ("day", "before", "yesterday") => back(2, 3),
            ("night", "before", "last") if self.said(at + 3) != "week" => back(1, 3),
            _ => self.ago(at),
        }
    }

    /// "Nights I slept badly because yesterday's training was brutal", "brutal session yesterday, no exercise today": days of
    /// which there are many, not the two before this one.
    fn tells_a_story(&self) -> bool {
        const ASKING: [&str; 4] = ["which", "when", "list", "find"];
        const JOINING: [&str; 12] = [
            "because",
            "after",
            "following",
            "having",
            "though",
            "although",
            "despite",
            "gave",
            "but",
            "since",
            "so",
            "then",
        ];
        let says = |words: &[&str]| self.tokens.iter().any(|token| token.is(words));
        // There is one yesterday; who asks for nights means the day before each, unless yesterday ends a span.
        const MANY: [&str; 4] = ["days", "nights", "mornings", "dates"];
        let ends_a_span = self.tokens.windows(2).any(|pair| {
            let joint = [
                "to", "until", "till", "through", "thru", "since", "and", "from", "on", "by", "before",
            ];
            pair[1].word == "yesterday" && pair[0].is(&joint)
        });
        let day_before = self
            .tokens
            .windows(2)
            .any(|pair| pair[0].is(&["prior", "previous", "preceding"]) && pair[1].word == "day");
        if day_before && says(&["today"]) {
            return true;
        }
        says(&["yesterday"]) && !ends_a_span && (says(&["today"]) || says(&MANY) || (says(&ASKING) && says(&JOINING)))
    }

    pub(super) fn monday(&self) -> Date {
        self.today.plus(-(self.today.weekday() as i32))
    }
}
