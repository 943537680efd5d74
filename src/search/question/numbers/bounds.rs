//! Bounds that are not said in front of their number: behind it ("five meals or more"), or of a number whose noun only the
//! other bound has ("at least 25 but below 30", "over 90 but under 120 minutes"). What comes in: tokens and what is known of
//! the amount; what goes out: the comparison, or the other bound as a condition.

use std::ops::Range;

use crate::search::condition::Condition;
use crate::search::question::Placed;
use crate::search::question::sessions::lexicon::activity_of;

use super::compare::{AmountReader, ComparisonKind, span};
use super::measure::{Measure, measure_at, unit_of};

impl AmountReader<'_> {
    /// The comparison that stands behind an amount, and how many words it takes there: `or more`, `plus`.
    pub(super) fn said_behind(&self, joint: usize, is_said_before: bool) -> Option<(ComparisonKind, usize)> {
        // "95 grams of sugar or more", "five meals or fewer": the noun is read later.
        let of = usize::from(self.word(joint) == "of");
        if let Some((_, length)) = measure_at(self.tokens, joint + of) {
            let behind = joint + of + length;
            if self.begins_another(behind) {
                return None;
            }
            match (self.word(behind), self.word(behind + 1)) {
                ("or", "more" | "over" | "above") => return Some((ComparisonKind::AtLeast, 0)),
                ("or", "less" | "fewer" | "under" | "below") => return Some((ComparisonKind::AtMost, 0)),
                _ => {}
            }
        }
        if self.begins_another(joint) {
            return None;
        }
        // "5k runs or shorter": the sessions are named between.
        let named = self
            .tokens
            .get(joint)
            .is_some_and(|token| !token.used && activity_of(token).is_some());
        if named && !self.begins_another(joint + 1) {
            match (self.word(joint + 1), self.word(joint + 2)) {
                ("or", "more" | "longer" | "further" | "over") => return Some((ComparisonKind::AtLeast, 0)),
                ("or", "less" | "shorter" | "under") => return Some((ComparisonKind::AtMost, 0)),
                _ => {}
            }
        }
        let ends = [
            "more", "over", "above", "longer", "higher", "up", "upwards", "beyond", "better",
        ];
        match (self.word(joint), self.word(joint + 1)) {
            ("or" | "and", next) if ends.contains(&next) => Some((ComparisonKind::AtLeast, 2)),
            ("or", "less" | "fewer" | "under" | "below" | "lower" | "shorter") => Some((ComparisonKind::AtMost, 2)),
            ("at", "least") => Some((ComparisonKind::AtLeast, 2)),
            ("at", "most") => Some((ComparisonKind::AtMost, 2)),
            ("plus" | "upwards" | "minimum" | "min" | "goal" | "target", _) => Some((ComparisonKind::AtLeast, 1)),
            ("exceeded", _) => Some((ComparisonKind::More, 1)),
            ("maximum" | "max" | "tops", _) => Some((ComparisonKind::AtMost, 1)),
            _ if is_said_before => None,
            _ => self.is_passed(joint).then_some((ComparisonKind::More, 0)),
        }
    }

    /// "Under 6 hours of sleep or more than 20,000 steps": the `or more` is of the next amount.
    fn begins_another(&self, at: usize) -> bool {
        let than = usize::from(self.word(at + 2) == "than");
        self.number(at + 2 + than).is_some()
    }

    /// "A target of 150 grams was surpassed".
    fn is_passed(&self, joint: usize) -> bool {
        let goes_on = |at: &usize| self.tokens.get(*at).is_some_and(|token| !token.after_break);
        let mut passed = (joint + 1..joint + 6).take_while(goes_on);
        passed.any(|at| {
            matches!(self.word(at), "surpassed" | "exceeded") && matches!(self.word(at - 1), "was" | "were" | "is")
        })
    }

    /// `at least 25 but below 30`: the second bound is one of the same number.
    pub(super) fn other_bound(&self, at: usize, before: Option<&Placed>) -> Option<(Condition, Vec<usize>)> {
        let before = before.filter(|before| before.end + 1 == at && matches!(self.word(before.end), "but" | "and"))?;
        let [Condition::Number { name, properties, .. }] = before.any.as_slice() else {
            return None;
        };
        // "Over 10,000 steps and fewer than 2 snacks" has numbers of two things.
        let closes = |at: usize| {
            const JOINTS: [&str; 8] = ["and", "but", "when", "on", "in", "after", "before", "during"];
            self.tokens
                .get(at)
                .is_none_or(|token| token.used || token.after_break || token.is(&JOINTS))
        };
        let amount = self.amount_at(at).filter(|amount| {
            let is_bound = !matches!(amount.comparison, ComparisonKind::About | ComparisonKind::Exactly);
            is_bound && amount.unit.is_none() && closes(amount.end)
        })?;
        // "Over 180 lbs and under 200" says its unit once.
        let unit = before
            .end
            .checked_sub(1)
            .and_then(|last| unit_of(&self.tokens[last].word));
        let number = Measure::named(name)?.convert(amount.number, unit)?;
        let condition = Condition::Number {
            name,
            properties,
            span: span(amount.comparison, number, None),
        };
        Some((condition, (amount.start..amount.end).collect()))
    }

    /// The `over 90` of `over 90 but under 120 minutes of activity`, where the second bound begins at `at`.
    pub(super) fn first_bound(&self, at: usize, second: &Condition) -> Option<(Condition, Range<usize>)> {
        let Condition::Number { name, properties, .. } = second else {
            return None;
        };
        let joint = at
            .checked_sub(1)
            .filter(|joint| matches!(self.word(*joint), "but" | "and"))?;
        let amount = (joint.saturating_sub(4)..joint).find_map(|from| {
            let amount = self.amount_at(from)?;
            let is_bound = !matches!(amount.comparison, ComparisonKind::About | ComparisonKind::Exactly);
            (amount.end == joint && amount.unit.is_none() && is_bound).then_some(amount)
        })?;
        let unit = self.amount_at(at)?.unit.map(|(unit, _)| unit);
        let number = Measure::named(name)?.convert(amount.number, unit)?;
        let condition = Condition::Number {
            name,
            properties,
            span: span(amount.comparison, number, None),
        };
        Some((condition, amount.start..amount.end))
    }
}
