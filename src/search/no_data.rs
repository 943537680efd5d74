//! Days of which something was not recorded. What comes in: tokens; what goes out: conditions, and the tokens they were read
//! from are marked as used.

use crate::day::Property;

use super::condition::Condition;
use super::token::Token;
use super::understanding::Placed;

/// What data may be missing of: stems that name it, its name, its first and last property.
type Topic = (&'static [&'static str], &'static str, Property, Property);

const TOPICS: [Topic; 6] = {
    use Property::*;
    [
        (&["sleep", "night"], "sleep data", SleepHours, WakeTime),
        (&["heart", "puls", "hr"], "heart rate data", HrCount, HrP95),
        (
            &["food", "nutrition", "meal", "eat", "calori", "diet"],
            "nutrition data",
            Meals,
            SodiumMg,
        ),
        (
            &["activity", "step", "exercis"],
            "activity data",
            ActivityMinutes,
            Sessions,
        ),
        (&["workout", "train"], "workout data", WorkoutMinutes, WorkoutTypes),
        (
            &["body", "weight", "measurement", "scal"],
            "body data",
            WeightKg,
            BoneMassKg,
        ),
    ]
};

/// `without sleep data`, `no heart rate readings`, `did not track my food`, `sleep data is missing`.
pub(super) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    let misses = |token: &Token| {
        token.is(&[
            "no", "without", "missing", "lacking", "not", "lack", "unknown", "never", "nothing", "gap", "gaps",
            "empty", "blank",
        ])
    };
    let found = tokens.iter().position(|token| !token.used && misses(token));
    let placed = found.and_then(|at| around(tokens, at));
    if let Some(placed) = &placed {
        tokens[placed.start..placed.end]
            .iter_mut()
            .for_each(|token| token.used = true);
    }
    placed.into_iter().collect()
}

/// The topic and the word for data around a word that says something is missing.
fn around(tokens: &[Token], at: usize) -> Option<Placed> {
    let is_data = |index: &usize| {
        let nouns = [
            "data",
            "records",
            "record",
            "readings",
            "reading",
            "entries",
            "entry",
            "log",
            "logs",
            "information",
        ];
        tokens[*index].is(&nouns)
            || matches!(
                tokens[*index].stem.as_str(),
                "track" | "record" | "log" | "measur" | "wear"
            )
    };
    let end = (at + 9).min(tokens.len());
    let data_at = (at + 1..end)
        .find(is_data)
        .or_else(|| (at.saturating_sub(4)..at).find(is_data))?;
    let topic_of = |index: usize| {
        let topic = TOPICS
            .iter()
            .find(|(stems, ..)| stems.contains(&tokens[index].stem.as_str()))?;
        Some((index, topic))
    };
    let (topic_at, (_, name, first, last)) = (at.min(data_at).saturating_sub(2)..end).find_map(topic_of)?;
    let start = at.min(data_at).min(topic_at);
    let stop = at.max(data_at).max(topic_at) + 1;
    let condition = Condition::NoData {
        name,
        first: *first,
        last: *last,
    };
    Some(Placed::new(start, stop, condition))
}
