//! Days with several kinds of workouts or activities: "two different workouts in one day". What comes in: tokens; what goes
//! out: conditions, and the tokens they were read from are marked as used. Records list kinds; how often one of them was done
//! on a day is not known.

use crate::day::Property;
use crate::search::condition::Condition;
use crate::search::question::Placed;
use crate::search::question::words::token::Token;
use crate::search::question::words::word_at as word;

/// Reads how many kinds there were, if the question says so.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Option<Placed> {
    let (start, end, condition) = (0..tokens.len()).find_map(|at| kinds(tokens, at))?;
    tokens[start..end].iter_mut().for_each(|token| token.used = true);
    Some(Placed::new(start, end, condition))
}

fn kinds(tokens: &[Token], at: usize) -> Option<(usize, usize, Condition)> {
    let number = tokens[at]
        .number
        .filter(|number| number % 1000 == 0 && !tokens[at].used)?;
    let before = |back: usize| at.checked_sub(back).map_or("", |index| word(tokens, index));
    let (start, more) = match (before(2), before(1)) {
        ("at", "least") => (at - 2, 0),
        ("more", "than") => (at - 2, 1),
        _ => (at, 0),
    };
    let least = usize::try_from(number / 1000 + more)
        .ok()
        .filter(|least| (2..10).contains(least))?;
    let mut noun = at + 1;
    let or_more = word(tokens, noun) == "or" && word(tokens, noun + 1) == "more";
    noun += if or_more { 2 } else { 0 };
    let differs = |noun: usize| {
        matches!(
            word(tokens, noun),
            "different" | "separate" | "distinct" | "kinds" | "types"
        )
    };
    let different = differs(noun);
    while differs(noun) || word(tokens, noun) == "of" {
        noun += 1;
    }
    let (name, property) = match word(tokens, noun) {
        "workouts" | "workout" => ("workouts", Property::WorkoutTypes),
        "activities" | "activity" | "sports" => ("activities", Property::ActivityTypes),
        _ => return None,
    };
    let end = end_of_day(tokens, noun + 1);
    let of_days = (start.saturating_sub(4)..start).any(|index| {
        tokens[index].is(&["day", "days"]) && matches!(word(tokens, index + 1), "with" | "of" | "i" | "that")
    });
    let condition = Condition::Kinds { name, property, least };
    (different || end > noun + 1 || of_days).then_some((start, end, condition))
}

/// Where the `in one day` ends that stands here, if it does.
fn end_of_day(tokens: &[Token], from: usize) -> usize {
    let joint = from + usize::from(matches!(word(tokens, from), "in" | "on" | "per" | "within"));
    let article = joint + usize::from(matches!(word(tokens, joint), "a" | "one" | "1" | "the" | "single"));
    let same = article + usize::from(matches!(word(tokens, article), "same" | "single"));
    if same > from && word(tokens, same) == "day" {
        same + 1
    } else {
        from
    }
}
