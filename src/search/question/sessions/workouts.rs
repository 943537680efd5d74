//! Words for any training: "an exhausting session", "a day off from sport", "worked out". What comes in: tokens; what
//! goes out: facts, and the tokens they were read from are marked as used.

use crate::describe::vocabulary::{self, Group};
use crate::search::condition::Condition;
use crate::search::question::Placed;
use crate::search::question::facts::negation;
use crate::search::question::numbers::measure::unit_of;
use crate::search::question::words::filler::is_filler;
use crate::search::question::words::token::Token;

/// Words that say how a workout was, and the fact they make of it.
const MANNERS: [(&[&str], &str); 4] = [
    (
        &[
            "hard",
            "tough",
            "intense",
            "brutal",
            "exhausting",
            "gruelling",
            "grueling",
            "strenuous",
            "killer",
            "punishing",
            "draining",
            "heavy",
            "vigorous",
            "demanding",
            "savage",
            "tiring",
            "fierce",
            "extreme",
            "insane",
            "big",
            "massive",
            "huge",
            "intensive",
            "severe",
            "ferocious",
            "taxing",
            "arduous",
            "crushing",
            "monster",
            "epic",
            "murderous",
            "hellish",
            "nasty",
            "challenging",
            "rigorous",
            "serious",
            "hardcore",
            "bruising",
            "exhaustive",
            "difficult",
            "maximal",
            "beast",
        ],
        "hard workout",
    ),
    (&["easy", "light", "gentle", "relaxed", "mild", "soft"], "easy workout"),
    (&["long", "lengthy", "endless"], "long workout"),
    (&["short", "quick", "brief"], "short workout"),
];

/// A word that says how a workout was.
pub(in crate::search::question) fn is_manner(token: &Token) -> bool {
    MANNERS.iter().any(|(words, _)| token.is(words))
}

/// `an exhausting training session`, `a day off`, `two days off from sport`: what a nearest vector would only guess.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let placed = described(tokens, at)
            .or_else(|| described_behind(tokens, at))
            .or_else(|| like_mad(tokens, at))
            .or_else(|| day_off(tokens, at))
            .or_else(|| taken_off(tokens, at));
        if let Some(placed) = placed {
            claim(tokens, &placed);
            found.push(placed);
        }
    }
    found
}

fn claim(tokens: &mut [Token], placed: &Placed) {
    let claimed = tokens[placed.start..placed.end].iter_mut();
    claimed.for_each(|token| token.used = true);
}

fn fact(start: usize, end: usize, phrase: &str) -> Option<Placed> {
    let facet = vocabulary::facet(phrase)?;
    Some(Placed::new(start, end, Condition::Facts(vec![facet])))
}

/// A workout, with a word before it that says how it was.
fn described(tokens: &[Token], at: usize) -> Option<Placed> {
    let pair = (
        tokens[at].word.as_str(),
        tokens.get(at + 1).map_or("", |next| next.word.as_str()),
    );
    let in_two_words = matches!(
        pair,
        ("all" | "flat", "out") | ("max" | "maximum" | "high", "effort") | ("high", "intensity")
    );
    let manner = MANNERS
        .iter()
        .find(|(words, _)| tokens[at].is(words))
        .map(|(_, phrase)| *phrase);
    let phrase = manner.or(in_two_words.then_some("hard workout"))?;
    let open = |index: &usize| !tokens[*index].used && !tokens[*index].is(&["and", "but", "or", "after", "before"]);
    if !open(&at) {
        return None;
    }
    let noun = (at + 1..(at + 4).min(tokens.len()))
        .take_while(open)
        .find(|index| names_a_workout(tokens, *index) || is_effort(tokens, *index))?;
    let second = noun + 1 < tokens.len() && open(&(noun + 1)) && names_a_workout(tokens, noun + 1);
    fact(at, noun + 1 + usize::from(second), phrase)
}

/// `effort`, and the `one` of "no training the day after a really tough one".
fn is_effort(tokens: &[Token], at: usize) -> bool {
    let refers_back = || (0..at).any(|before| names_a_workout(tokens, before));
    // "A hard 1 hour ride" counts.
    let of_unit = tokens
        .get(at + 1)
        .is_some_and(|next| !next.after_break && unit_of(&next.word).is_some());
    let is_pronoun = (tokens[at].number == Some(1000) && !of_unit) || tokens[at].word == "ones";
    tokens[at].is(&["exertion", "effort", "efforts"]) || (is_pronoun && refers_back())
}

/// `the workout was brutal`, `training sessions strenuous`.
fn described_behind(tokens: &[Token], at: usize) -> Option<Placed> {
    let open = |index: usize| tokens.get(index).is_some_and(|token| !token.used && !token.after_break);
    if tokens[at].used || !(names_a_workout(tokens, at) || tokens[at].word == "exertion") {
        return None;
    }
    let second = usize::from(open(at + 1) && names_a_workout(tokens, at + 1));
    let links = |index: &usize| {
        open(*index) && tokens[*index].is(&["was", "were", "is", "so", "very", "really", "quite", "too", "both"])
    };
    let manner_at = (at + 1 + second..)
        .take_while(links)
        .last()
        .map_or(at + 1 + second, |last| last + 1);
    let linked = manner_at > at + 1 + second;
    let (_, phrase) = MANNERS
        .iter()
        .find(|(words, _)| open(manner_at) && tokens[manner_at].is(words))?;
    (linked || *phrase == "hard workout")
        .then(|| fact(at, manner_at + 1, phrase))
        .flatten()
}

/// `trained like a lunatic`.
fn like_mad(tokens: &[Token], at: usize) -> Option<Placed> {
    let word = |index: usize| tokens.get(index).map_or("", |token| token.word.as_str());
    let behind = at + 1 + usize::from(word(at + 1) == "out");
    let alike = word(behind) == "like" && matches!(word(behind + 1), "a" | "an") && tokens.len() > behind + 2;
    let open = !tokens[at].used && names_a_workout(tokens, at);
    (open && alike).then(|| fact(at, behind + 3, "hard workout")).flatten()
}

/// A day off, which is one off from training unless it is said to be one off work.
fn day_off(tokens: &[Token], at: usize) -> Option<Placed> {
    if tokens[at].used || tokens[at].word != "off" {
        return None;
    }
    let is_day = |index: usize| tokens[index].is(&["day", "days", "time"]) && !tokens[index].used;
    let start = at.checked_sub(1).filter(|before| is_day(*before));
    let behind =
        (at + 1..tokens.len()).find(|index| !tokens[*index].is(&["from", "the", "any", "all", "my", "of", "doing"]));
    let noun = behind.filter(|index| !tokens[*index].used && names_a_workout(tokens, *index));
    let off_work = behind.is_some_and(|index| tokens[index].is(&["work", "school"])) && noun.is_none();
    if off_work || (start.is_none() && noun.is_none()) {
        return None;
    }
    fact(start.unwrap_or(at), noun.unwrap_or(at) + 1, "rest day")
}

/// `days I took off`, `took it off`; not what else is taken off, like clothes or weight.
fn taken_off(tokens: &[Token], at: usize) -> Option<Placed> {
    let takes = tokens[at].is(&["take", "took", "taken", "taking"]) && !tokens[at].used;
    let off = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|next| next.word == "it"));
    let is_off = tokens.get(off).is_some_and(|token| token.word == "off" && !token.used);
    let of_day = tokens.iter().any(|token| token.is(&["day", "days"]));
    let ends = tokens
        .get(off + 1)
        .is_none_or(|next| next.after_break || is_filler(next));
    (takes && is_off && of_day && ends)
        .then(|| fact(at, off + 1, "rest day"))
        .flatten()
}

/// `a workout`, `trained`: the contrary of a rest day.
///
/// The "training" of "a day off from training" is none.
pub(in crate::search::question) fn any(tokens: &mut [Token], placed: &[Placed]) -> Vec<Placed> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        // The "sessions" of "tough training sessions", of which "tough training" is a fact already.
        let is_rest_of_one = at > 0 && tokens[at - 1].used && names_a_workout(tokens, at - 1);
        let is_of_rest = placed.iter().any(|fact| {
            fact.end <= at
                && is_rest(fact)
                && tokens[fact.end..at]
                    .iter()
                    .all(|token| token.is(&["from", "the", "my", "any", "all", "of", "doing"]))
        });
        // The "gym" of "flogged myself at the gym".
        let denied = tokens[at.saturating_sub(2)..at].iter().any(negation::denies);
        let is_said = !denied && placed.iter().any(|fact| is_training(fact) && !is_rest(fact));
        if tokens[at].used || is_said || is_rest_of_one || is_of_rest || !names_a_workout(tokens, at) {
            continue;
        }
        if let Some(mut workout) = fact(at, at + 1, "rest day") {
            tokens[at].used = true;
            workout.negated = true;
            found.push(workout);
        }
    }
    found
}

/// Every fact of it is about training.
pub(in crate::search::question) fn is_training(fact: &Placed) -> bool {
    match fact.any.as_slice() {
        [Condition::Facts(facets)] => facets.iter().all(|facet| facet.group == Group::Training),
        _ => false,
    }
}

/// It is a day without a workout, or the contrary where it is negated.
pub(in crate::search::question) fn is_rest(fact: &Placed) -> bool {
    match fact.any.as_slice() {
        [Condition::Facts(facets)] => facets.iter().any(|facet| facet.phrase == "rest day"),
        _ => false,
    }
}

/// A word for any workout, without a word how it was.
pub(in crate::search::question) fn names_a_workout(tokens: &[Token], at: usize) -> bool {
    let next = tokens.get(at + 1).map(|token| token.word.as_str());
    match tokens[at].stem.as_str() {
        "work" => next == Some("out"),
        "workout" | "exercis" | "train" | "session" | "gym" | "sport" => true,
        _ => false,
    }
}

/// "HIIT over 30 minutes" is a workout in most records, "a strength workout over an hour" in all.
pub(in crate::search::question) fn or_workout(tokens: &[Token], mut placed: Placed) -> Placed {
    let [Condition::Session(filter)] = placed.any.as_slice() else {
        return placed;
    };
    let (Some(activity), minutes @ Some(_)) = (filter.activity, filter.minutes) else {
        return placed;
    };
    let says_workout = tokens[placed.start..placed.end]
        .iter()
        .any(|token| token.is(&["workout", "workouts"]));
    if activity.is_workout() {
        let workout = Condition::Workout { activity, minutes };
        match says_workout {
            true => placed.any = vec![workout],
            false => placed.any.push(workout),
        }
    }
    placed
}
