//! Two bounds of one number, of which only one says what is counted: "at least 25 but below 30", "over 90 but under 120
//! minutes". What comes in: tokens and the bound that is known; what goes out: the other one as a condition.

use std::ops::Range;

use super::compare::{Comparison, Reader, span};
use super::condition::Condition;
use super::measure::Measure;
use super::understanding::Placed;

impl Reader<'_> {
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
            let is_bound = !matches!(amount.comparison, Comparison::About | Comparison::Exactly);
            is_bound && amount.unit.is_none() && closes(amount.end)
        })?;
        let number = Measure::named(name)?.convert(amount.number, None)?;
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
            let is_bound = !matches!(amount.comparison, Comparison::About | Comparison::Exactly);
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
