//! Days of which something was not recorded. What comes in: tokens; what goes out: conditions, and the tokens they were read
//! from are marked as used.

use crate::day::Property;
use crate::search::condition::Condition;
use crate::search::question::Placed;
use crate::search::question::sessions::lexicon::meal_of;
use crate::search::question::words::token::Token;

use super::negation::NOT;

/// What data may be missing of: stems that name it, its name, its first and last property.
pub(in crate::search::question) type Topic = (&'static [&'static str], &'static str, Property, Property);

pub(in crate::search::question) const TOPICS: [Topic; 8] = {
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
            &["activity", "activ", "step", "exercis"],
            "activity data",
            ActivityMinutes,
            Sessions,
        ),
        (&["workout", "train"], "workout data", WorkoutMinutes, WorkoutTypes),
        (&["weight", "weigh"], "weight", WeightKg, WeightKg),
        (&["distanc"], "distance", DistanceKm, DistanceKm),
        (&["body", "measurement", "scal"], "body data", WeightKg, BoneMassKg),
    ]
};

/// What says by itself that something was not recorded.
const ABSENT: [&str; 12] = [
    "unknown",
    "holes",
    "hole",
    "missing",
    "absent",
    "unavailable",
    "unrecorded",
    "unlogged",
    "untracked",
    "blank",
    "gap",
    "gaps",
];

/// `without sleep data`, `no heart rate readings`, `did not track my food`, `sleep data is missing`, `activity missing`.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    // Data may be lacking, empty or fail to be there; it is not skipped, avoided or left out, as facts are.
    const LACKING: [&str; 9] = [
        "without", "lacking", "lack", "nothing", "empty", "zip", "zero", "fail", "failed",
    ];
    let misses = |token: &Token| token.is(&ABSENT) || token.is(&NOT) || token.is(&LACKING);
    let found = (0..tokens.len())
        .filter(|at| !tokens[*at].used && misses(&tokens[*at]))
        .find_map(|at| one_property(tokens, at).or_else(|| around(tokens, at)));
    if let Some(placed) = &found {
        tokens[placed.start..placed.end]
            .iter_mut()
            .for_each(|token| token.used = true);
    }
    found.into_iter().collect()
}

/// Words for what is recorded.
const DATA: [&str; 22] = [
    "data",
    "measurement",
    "measurements",
    "records",
    "record",
    "readings",
    "reading",
    "entries",
    "entry",
    "log",
    "logs",
    "info",
    "information",
    "numbers",
    "figures",
    "stats",
    "values",
    "tracker",
    "gizmo",
    "available",
    "file",
    "stored",
];

/// The topic and the word for data around a word that says something is missing.
fn around(tokens: &[Token], at: usize) -> Option<Placed> {
    let is_data = |index: &usize| {
        tokens[*index].is(&DATA)
            || matches!(
                tokens[*index].stem.as_str(),
                "track" | "record" | "log" | "measur" | "wear"
            )
    };
    let end = (at + 6).min(tokens.len());
    let topic_before = || (at.saturating_sub(6)..at).find(|index| topic_of(tokens, *index).is_some());
    let data_at = (at + 1..end)
        .find(is_data)
        .or_else(|| (at.saturating_sub(4)..at).find(is_data))
        .or_else(|| topic_before().filter(|_| tokens[at].is(&ABSENT)))?;
    // "No workout recorded" is no workout.
    let says_when = matches!(tokens[data_at].stem.as_str(), "record" | "log" | "track");
    let of_workout = tokens
        .get(at + 1)
        .is_some_and(|next| matches!(next.stem.as_str(), "workout" | "train" | "exercis" | "session"));
    if says_when && of_workout && data_at > at + 1 && tokens[at].is(&["no", "without", "zero"]) {
        return None;
    }
    // "There is not a single snack in my food log".
    let (from, until) = (at.min(data_at), at.max(data_at));
    if tokens[from..until].iter().any(|token| meal_of(token).is_some()) {
        return None;
    }
    let topic_at = (at.min(data_at).saturating_sub(2)..end).find(|index| topic_of(tokens, *index).is_some())?;
    let (_, name, first, last) = topic_of(tokens, topic_at)?;
    let start = at.min(data_at).min(topic_at);
    let stop = at.max(data_at).max(topic_at) + 1;
    let condition = Condition::NoData {
        name,
        first: *first,
        last: *last,
    };
    Some(Placed::new(start, stop, condition))
}

/// "Days with no weight", "I was not weighed": nothing else says that it was not recorded.
fn one_property(tokens: &[Token], at: usize) -> Option<Placed> {
    let next = tokens.get(at + 1)?;
    let ends = tokens
        .get(at + 2)
        .is_none_or(|token| token.used || token.after_break || token.is(&["on", "in"]));
    let denied = tokens[at].is(&["no", "without"]) && next.is(&["weight", "distance"]);
    let not_done = tokens[at].is(&["not", "never"]) && next.is(&["weighed"]);
    let (_, name, first, last) = topic_of(tokens, at + 1).filter(|_| ends && (denied || not_done))?;
    let condition = Condition::NoData {
        name,
        first: *first,
        last: *last,
    };
    Some(Placed::new(at, at + 2, condition))
}

fn topic_of(tokens: &[Token], at: usize) -> Option<&'static Topic> {
    let stem = tokens[at].stem.as_str();
    TOPICS.iter().find(|(stems, ..)| stems.contains(&stem))
}
