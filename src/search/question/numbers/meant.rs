//! Which of near quantities is meant: the highest or the lowest heart rate, energy that was eaten or burned, salt or sodium.
//! What comes in: the measure that the words name, and the words; what goes out: the measure that they mean.

use crate::search::question::sessions::lexicon::activity_of;
use crate::search::question::words::token::Token;

use super::compare::{Amount, AmountReader, ComparisonKind};
use super::measure::Measure;

impl AmountReader<'_> {
    /// The measure that the amount is about, with its words.
    pub(super) fn measure_meant(&self, amount: &Amount) -> Option<(&'static Measure, Vec<usize>)> {
        let (measure, mut used) = self.measure(amount)?;
        let (first, last) = self.surroundings(amount);
        let burned = burned(self.tokens, first..last, measure);
        used.extend(burned.map(|(_, verb)| verb));
        let measure = burned.map_or(measure, |(burned, _)| burned);
        if let Some(energy) = self.energy_of_exercise(amount, measure) {
            return Some((energy, used));
        }
        let averages =
            (first..last).any(|at| self.tokens[at].word.starts_with("averag") || self.tokens[at].word == "mean");
        Some((by_direction(measure, amount, averages), used))
    }

    /// "Workouts of more than 1000 kcal", "burned over 500 kcal in activity": energy that an exercise is said to have taken.
    fn energy_of_exercise(&self, amount: &Amount, measure: &Measure) -> Option<&'static Measure> {
        const BEFORE: [&str; 16] = [
            "of", "with", "that", "which", "where", "in", "i", "it", "burned", "burnt", "burning", "burn", "torched",
            "took", "used", "spent",
        ];
        const BEHIND: [&str; 14] = [
            "in", "during", "from", "through", "by", "a", "an", "the", "my", "one", "1", "any", "single", "burned",
        ];
        if !matches!(measure.name, "eaten energy" | "burned energy") {
            return None;
        }
        let before = (0..amount.start).rev().find(|at| !self.tokens[*at].is(&BEFORE));
        let behind = (amount.end..self.tokens.len()).find(|at| !self.tokens[*at].is(&BEHIND));
        let said_behind = self.tokens.get(amount.end).is_some_and(|token| token.is(&BEHIND));
        // "Over 3000 kcal, workout": a comma parts them.
        let behind =
            behind.filter(|at| said_behind && !self.tokens[amount.end..=*at].iter().any(|token| token.after_break));
        [before, behind]
            .into_iter()
            .flatten()
            .find_map(|at| exercise(self.tokens, at))
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

/// The energy that the exercise took which is named here; "workout days" are days.
fn exercise(tokens: &[Token], at: usize) -> Option<&'static Measure> {
    let is_day = tokens.get(at + 1).is_some_and(|next| next.is(&["day", "days"]));
    let name = match tokens[at].stem.as_str() {
        _ if is_day => return None,
        "workout" | "gym" => "energy burned in workouts",
        "session" if at > 0 && tokens[at - 1].is(&["gym", "workout", "strength"]) => "energy burned in workouts",
        "session" | "exercis" => "burned energy",
        "activity" => "energy burned in activity",
        _ => match activity_of(&tokens[at])? {
            activity if activity.is_gym => "energy burned in workouts",
            _ => "energy burned in activity",
        },
    };
    Measure::named(name)
}

/// "The workout with the most calories": energy of the workout that a superlative at this place is about.
pub(in crate::search::question) fn of_exercise(
    tokens: &[Token],
    at: usize,
    measure: &Measure,
) -> Option<&'static Measure> {
    if !matches!(measure.name, "eaten energy" | "burned energy") {
        return None;
    }
    let is_workout = |index: usize| {
        let next = tokens.get(index + 1);
        tokens[index].is(&["workout", "workouts"]) && next.is_none_or(|next| !next.is(&["day", "days"]))
    };
    let behind = (at + 1..(at + 4).min(tokens.len())).take_while(|index| !tokens[*index].after_break);
    let before = (at.saturating_sub(4)..at)
        .rev()
        .take_while(|index| tokens[*index].is(&["workout", "workouts", "with", "the", "that", "burned", "had"]));
    let named = behind.chain(before).any(is_workout);
    named.then(|| Measure::named("energy burned in workouts")).flatten()
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
