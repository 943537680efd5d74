//! Which of near quantities is meant: the highest or the lowest heart rate, energy that was eaten or burned, salt or sodium.
//! What comes in: the measure that the words name, and the words; what goes out: the measure that they mean.

use crate::search::question::words::token::Token;

use super::compare::{Amount, AmountReader, ComparisonKind};
use super::measure::Measure;

impl AmountReader<'_> {
    /// The measure that the amount is about, with its words.
    pub(super) fn measure_meant(&self, amount: &Amount) -> Option<(&'static Measure, Vec<usize>)> {
        let (measure, mut used) = self.measure(amount)?;
        let (first, last) = self.surroundings(amount);
        if let Some((burned, verb)) = burned(self.tokens, first..last, measure) {
            used.push(verb);
            return Some((burned, used));
        }
        let averages = (first..last).any(|at| self.tokens[at].word.starts_with("averag"));
        Some((by_direction(measure, amount, averages), used))
    }

    /// Salt is two and a half times the sodium in it.
    pub(super) fn sodium_in(&self, measure: &Measure, used: &[usize], number: i64) -> i64 {
        let is_salt = measure.name == "sodium" && used.iter().any(|at| self.word(*at) == "salt");
        if is_salt { number.saturating_mul(2) / 5 } else { number }
    }
}

/// "My heart rate went over 180" speaks of its highest, "below 45" of its lowest; "never over 80" of its highest, too.
fn by_direction(measure: &'static Measure, amount: &Amount, averages: bool) -> &'static Measure {
    let up = matches!(amount.comparison, ComparisonKind::More | ComparisonKind::AtLeast);
    let down = matches!(amount.comparison, ComparisonKind::Less | ComparisonKind::AtMost);
    let name = match measure.name {
        _ if averages => return measure,
        "heart rate" if !up && !down => "mean heart rate",
        "heart rate" if up != amount.throughout => "highest heart rate",
        "heart rate" => "lowest heart rate",
        "heart rate in activity" if up && !amount.throughout => "highest heart rate in activity",
        _ => return measure,
    };
    Measure::named(name).unwrap_or(measure)
}

/// "Burned the most calories", "spent over 1500 kcal": energy that was burned, and the word that says so.
pub(in crate::search::question) fn burned(
    tokens: &[Token],
    mut near: std::ops::Range<usize>,
    measure: &Measure,
) -> Option<(&'static Measure, usize)> {
    let eats = |token: &Token| {
        matches!(
            token.stem.as_str(),
            "eat" | "consum" | "intak" | "food" | "meal" | "scoff" | "appetit"
        )
    };
    if measure.name != "eaten energy" || tokens.get(near.clone())?.iter().any(eats) {
        return None;
    }
    let burns = |token: &Token| {
        let spends = matches!(token.stem.as_str(), "burn" | "spent" | "spend" | "expend" | "torch");
        !token.used && spends
    };
    let verb = near.find(|at| burns(&tokens[*at]))?;
    Some((Measure::named("burned energy")?, verb))
}

/// The measure of a superlative: most of a heart rate is its highest.
pub(in crate::search::question) fn of_superlative(
    measure: &'static Measure,
    superlative: &str,
    most: bool,
) -> Option<&'static Measure> {
    let name = match (measure.name, superlative, most) {
        ("heart rate", _, true) => "highest heart rate",
        ("heart rate", _, false) => "lowest heart rate",
        ("heart rate in activity", "highest" | "max" | "maximum" | "peak" | "peaked" | "top", _) => {
            "highest heart rate in activity"
        }
        ("workout", "longest" | "shortest", _) => "exercise",
        _ => return Some(measure),
    };
    Measure::named(name)
}
