//! The same on several days after each other: "two nights running", "again, as the day before". What comes in: tokens and
//! facts with their days; what goes out: the facts on each of those days. The last of them is the day asked for.

use crate::search::question::Placed;
use crate::search::question::numbers::measure::unit_of;
use crate::search::question::words::token::Token;

use super::relation::Relation;

/// Nobody asks for longer ones; each day more is one more day to look at.
const LONGEST: i32 = 7;

/// Days after each other, and where the words stand that ask for them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::search::question) struct Streak {
    days: i32,
    start: usize,
    end: usize,
}

/// The streak that is asked for: `two nights running`, `3 days in a row`, `two consecutive nights`. The words are marked as
/// used.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Option<Streak> {
    let found = (0..tokens.len()).find_map(|at| streak_at(tokens, at));
    let (start, end, days) = found.or_else(|| in_a_row(tokens))?;
    tokens[start..end].iter_mut().for_each(|token| token.used = true);
    Some(Streak { days, start, end })
}

/// `two bad nights in a row`, `twice in a row`, `nights in a row`, where the words of the fact stand between: the row is
/// none in a boat.
fn in_a_row(tokens: &mut [Token]) -> Option<(usize, usize, i32)> {
    let ends = ["row", "trot", "bounce"];
    let at = (2..tokens.len()).find(|at| {
        let before = (tokens[at - 2].word.as_str(), tokens[at - 1].word.as_str());
        tokens[*at].is(&ends) && matches!(before, ("in", "a") | ("on", "the"))
    })?;
    tokens[at - 2..=at].iter_mut().for_each(|token| token.used = true);
    // "Ran 5 km in a row" counts no days.
    let of_unit = |before: usize| {
        let next = tokens.get(before + 1);
        next.is_some_and(|next| next.word != "times" && unit_of(&next.word).is_some())
    };
    let count = |before: usize| {
        let token = &tokens[before];
        let number = token.number.filter(|_| !token.used && !of_unit(before));
        match token.word.as_str() {
            "twice" | "second" => Some(2),
            _ => number.and_then(|number| i32::try_from(number / 1000).ok()),
        }
    };
    let days = (at.saturating_sub(8)..at - 2)
        .rev()
        .find_map(|before| Some((before, count(before)?)));
    let names_days = |token: &Token| token.is(&["days", "nights", "mornings", "workouts", "sessions"]);
    let several = tokens[..at - 2].iter().any(names_days).then_some(2);
    if let Some((before, _)) = days {
        tokens[before].used = true;
        if let Some(times) = tokens.get_mut(before + 1).filter(|next| next.word == "times") {
            times.used = true;
        }
    }
    let days = days.map(|(_, days)| days).or(several)?;
    (2..=LONGEST).contains(&days).then_some((at - 2, at + 1, days))
}

fn streak_at(tokens: &[Token], at: usize) -> Option<(usize, usize, i32)> {
    let word = |at: usize| match tokens.get(at) {
        Some(token) if !token.used => token.word.as_str(),
        _ => "",
    };
    if (word(at), word(at + 1), word(at + 2)) == ("back", "to", "back") {
        return Some((at, at + 3, 2));
    }
    let second = (word(at) == "second").then_some(2000);
    let days = i32::try_from(tokens[at].number.or(second)? / 1000).ok()?;
    let is_noun = |at: usize| matches!(word(at), "days" | "nights" | "mornings" | "day" | "night" | "morning");
    let follows = |at: usize| matches!(word(at), "consecutive" | "successive" | "straight");
    let length = match (word(at + 2), word(at + 3), word(at + 4)) {
        _ if follows(at + 1) && is_noun(at + 2) => 3,
        ("running", ..) | ("straight", ..) if is_noun(at + 1) => 3,
        ("in", "a", "row") | ("on", "the", "trot") | ("on", "the", "bounce") if is_noun(at + 1) => 5,
        _ => return None,
    };
    // "Two days running 10 km".
    let counts = tokens.get(at + length).is_some_and(|next| next.number.is_some());
    ((2..=LONGEST).contains(&days) && !counts).then_some((at, at + length, days))
}

/// Puts the facts of the day that the streak is said of on the days before it, too.
pub(in crate::search::question) fn apply(
    tokens: &[Token],
    relations: &[Relation],
    streak: Option<Streak>,
    placed: &mut Vec<Placed>,
) {
    let on = |fact: &Placed, offset: i32| Placed { offset, ..fact.clone() };
    if let Some(streak) = streak {
        // Where two facts are as near, it is said of the one behind: "after two consecutive days of hard training".
        let distance = |fact: &&Placed| {
            let is_before = fact.start < streak.start;
            let between = fact.start.saturating_sub(streak.end) + streak.start.saturating_sub(fact.end);
            (between, is_before)
        };
        let Some(last) = placed.iter().min_by_key(distance).map(|fact| fact.offset) else {
            return;
        };
        let said: Vec<Placed> = placed.iter().filter(|fact| fact.offset == last).cloned().collect();
        placed.extend((1..streak.days).flat_map(|back| said.iter().map(move |fact| on(fact, last - back))));
        return;
    }
    if let ([fact], false) = (placed.as_slice(), relations.is_empty())
        && fact.offset == -1
        && (0..tokens.len()).any(|at| says_again(tokens, at))
    {
        placed.push(on(fact, 0));
    }
}

/// "Raised, having been raised the day before too"; but neither "too much" nor "the same day".
fn says_again(tokens: &[Token], at: usize) -> bool {
    let ends = tokens.get(at + 1).is_none_or(|next| next.after_break);
    match tokens[at].word.as_str() {
        "again" | "already" | "likewise" => true,
        "too" => ends,
        "same" => at > 1 && tokens[at - 1].word == "the" && tokens[at - 2].is(&["did", "done", "doing", "just"]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::search::question::words::token::tokens;

    use super::*;

    #[test]
    fn days_after_each_other_are_counted() {
        for (question, days) in [
            ("bad sleep two nights running", 2),
            ("3 days in a row without training", 3),
            ("the third night in a row", 3),
            ("second consecutive day of overeating", 2),
            ("back-to-back runs", 2),
            ("two consecutive nights", 2),
            ("two days running 10 km", 1),
            ("900 days in a row", 1),
            ("the two nights I slept worst", 1),
        ] {
            let read = read(&mut tokens(question)).map_or(1, |streak| streak.days);
            assert_eq!(read, days, "{question}");
        }
    }
}
