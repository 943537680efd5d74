//! Days that a question leaves out: "not in August", "except on weekends", "every month but June". What comes in: tokens;
//! what goes out: the spans and days of the week that a window does not have.

use super::calendar::Reader;
use super::weekdays::EVERY_DAY;
use super::window::Window;

impl Reader<'_> {
    /// `not in August`, `outside of July`, `except on Sundays or Mondays`; returns how many tokens they take.
    pub(super) fn excluded(&self, at: usize, window: &mut Window) -> Option<usize> {
        let mut length = self.excluding(at)?;
        let (mut spans, mut days) = (Vec::new(), 0);
        loop {
            let lead = self.lead(at + length);
            if let Some((span, taken)) = self.span_at(at + length + lead) {
                spans.push(span);
                length += lead + taken;
            } else if let Some((bits, taken)) = self.weekday_names(at + length + lead) {
                days |= bits;
                length += lead + taken;
            } else {
                break;
            }
            // "Not in June or July": both are left out, if another one follows.
            let joint = usize::from(matches!(self.word(at + length), "or" | "and" | "nor"));
            let next = at + length + joint + self.lead(at + length + joint);
            if joint == 0 || (self.span_at(next).is_none() && self.weekday_names(next).is_none()) {
                break;
            }
            length += joint;
        }
        if spans.is_empty() && days == 0 {
            return None;
        }
        window.except.append(&mut spans);
        if days != 0 {
            let all = if window.weekdays == 0 {
                EVERY_DAY
            } else {
                window.weekdays
            };
            window.weekdays = all & !days;
        }
        Some(length)
    }

    /// How many tokens say that what follows is left out.
    fn excluding(&self, at: usize) -> Option<usize> {
        const EACH: [&str; 9] = [
            "month", "months", "day", "days", "week", "weeks", "all", "any", "anytime",
        ];
        let after_each = || {
            (1..=2).any(|back| {
                at.checked_sub(back)
                    .is_some_and(|before| EACH.contains(&self.word(before)))
            })
        };
        match (self.word(at), self.word(at + 1)) {
            ("other", "than") | ("apart" | "aside", "from") | ("outside", "of") => Some(2),
            ("except", "for") => Some(2),
            ("but" | "and" | "just" | "only", "not") => Some(2),
            ("but", "never") => Some(2),
            ("except" | "excepting" | "excluding" | "excl" | "besides" | "outside" | "minus" | "not" | "never", _) => {
                Some(1)
            }
            ("but", _) if after_each() => Some(1),
            _ => None,
        }
    }

    /// How many tokens stand between that and the name of the days.
    fn lead(&self, at: usize) -> usize {
        let preposition = usize::from(matches!(self.word(at), "in" | "on" | "at" | "during" | "over" | "for"));
        let article = usize::from(matches!(self.word(at + preposition), "a" | "an" | "the" | "any"));
        preposition + article
    }
}
