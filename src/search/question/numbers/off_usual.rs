//! Numbers against one's own usual: "10 bpm above usual", "two hours less sleep than normal". What comes in: an amount and
//! its surroundings; what goes out: a condition, and the tokens it was read from.

use crate::search::condition::{Condition, Span};

use super::compare::{Amount, AmountReader, ComparisonKind};
use super::measure::{Dimension, Measure};
use super::usual;

impl AmountReader<'_> {
    /// `10 bpm above usual`, `two hours less sleep than usual`.
    pub(super) fn against_usual(&self, amount: &Amount) -> Option<(Condition, Vec<usize>)> {
        let reach = amount.end..(amount.end + 7).min(self.tokens.len());
        let Some(usual) = reach.clone().find(|at| usual::names_it(self.tokens, *at)) else {
            return self.usual_before(amount);
        };
        let direction = (amount.end..usual).find_map(|at| match self.word(at) {
            "more" | "above" | "higher" | "over" | "longer" | "faster" | "quicker" | "up" => Some((at, 1)),
            "less" | "below" | "lower" | "under" | "fewer" | "shorter" | "slower" | "short" | "down" => Some((at, -1)),
            _ => None,
        });
        let (direction_at, sign) = direction.or_else(|| self.change_before(amount, usual))?;
        let (condition, mut used) = self.off_usual(amount, sign)?;
        used.extend(amount.start..=usual);
        used.push(direction_at);
        Some((condition, used))
    }

    /// `exceeded its typical value by over ten beats`, `shorter than my norm by two hours`.
    fn usual_before(&self, amount: &Amount) -> Option<(Condition, Vec<usize>)> {
        let reach = amount.start.saturating_sub(8)..amount.start;
        let usual = reach.clone().rev().find(|at| usual::names_it(self.tokens, *at))?;
        let by = (usual..amount.start).any(|at| matches!(self.word(at), "by" | "plus" | "minus"));
        let (direction_at, sign) = reach.rev().find_map(|at| match self.word(at) {
            "exceeded" | "exceed" | "above" | "higher" | "over" | "more" | "longer" | "plus" | "beat" => Some((at, 1)),
            "shorter" | "below" | "under" | "less" | "fewer" | "lower" | "minus" | "short" => Some((at, -1)),
            _ => None,
        })?;
        if !by {
            return None;
        }
        let (condition, mut used) = self.off_usual(amount, sign)?;
        used.extend(direction_at.min(usual)..amount.end);
        Some((condition, used))
    }

    /// So much above or below one's own usual.
    fn off_usual(&self, amount: &Amount, sign: i64) -> Option<(Condition, Vec<usize>)> {
        let (measure, used) = self.measure(amount)?;
        // A baseline is kept of the pulse at rest only.
        let measure = match measure.name {
            "heart rate" => Measure::named("resting heart rate")?,
            _ => measure,
        };
        let (name, properties) = measure.delta()?;
        let number = measure.convert(amount.number, amount.unit.as_ref().map(|(unit, _)| *unit))?;
        let included = amount.comparison != ComparisonKind::More;
        let span = match sign {
            1 => Span {
                low: Some((number, included)),
                high: None,
            },
            _ => Span {
                low: None,
                high: Some((-number, included)),
            },
        };
        Some((Condition::Number { name, properties, span }, used))
    }

    /// `up by 10 bpm compared with my average`, `lost two hours of sleep compared to normal`: the word of direction and
    /// its sign.
    fn change_before(&self, amount: &Amount, usual: usize) -> Option<(usize, i64)> {
        let compares = |at: usize| {
            matches!(
                self.word(at),
                "compared" | "against" | "versus" | "relative" | "from" | "on" | "than" | "off" | "of"
            )
        };
        if !(amount.end..usual).any(compares) {
            return None;
        }
        let before = (amount.start.saturating_sub(4)..amount.start).rev();
        before.into_iter().find_map(|at| match self.word(at) {
            "up" | "gain" | "gained" | "extra" | "rose" | "added" | "elevated" | "raised" | "climbed" | "exceeded"
            | "increment" | "increase" => Some((at, 1)),
            "lose" | "lost" | "losing" | "down" | "reduced" | "decreased" | "diminished" | "missed" | "miss"
            | "missing" | "fell" | "dropped" | "short" | "robbed" => Some((at, -1)),
            _ => None,
        })
    }

    /// `10 percent more than usual`: how much that is only the usual tells, so the number itself is none of the day's.
    pub(super) fn is_share_of_usual(&self, amount: &Amount) -> bool {
        let is_share = amount
            .unit
            .as_ref()
            .is_some_and(|(unit, _)| unit.dimension == Dimension::Share);
        let mut behind = amount.end..(amount.end + 6).min(self.tokens.len());
        is_share && behind.any(|at| usual::names_it(self.tokens, at))
    }

    /// `3 times as much as usual`, `twice as long as usual`.
    pub(super) fn is_many_times(&self, amount: &Amount) -> bool {
        let mut behind = amount.end..(amount.end + 6).min(self.tokens.len());
        self.word(amount.end) == "as" && behind.any(|at| usual::names_it(self.tokens, at))
    }
}
