//! Superlatives that say themselves what is compared: "latest bedtime", "saltiest day", "most above my usual steps". What
//! comes in: tokens; what goes out: an [`Order`], and the tokens it was read from are marked as used.

use crate::day::Property;
use crate::search::condition::Condition;
use crate::search::order::{Order, OrderKey};
use crate::search::question::Placed;
use crate::search::question::numbers::measure::{Measure, measure_at};
use crate::search::question::numbers::usual;
use crate::search::question::sessions::lexicon::activity_of;
use crate::search::question::words::filler::is_filler;
use crate::search::question::words::token::Token;

use super::counted::finished;
use super::superlative::{FoundOrder, order};

/// Adjectives of what was eaten, and the measure each is of.
const TASTES: [(&str, &str); 6] = [
    ("saltiest", "sodium"),
    ("sweetest", "sugar"),
    ("sugariest", "sugar"),
    ("fattiest", "fat"),
    ("greasiest", "fat"),
    ("oiliest", "fat"),
];

/// Words that end what a superlative is about.
const WALLS: [&str; 9] = ["and", "but", "when", "where", "after", "before", "while", "or", "on"];

/// Reads the superlative, if it is one of these; before any other reader takes its words.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Option<Order> {
    unanswerable(tokens);
    let (at, order, used) = (0..tokens.len()).find_map(|at| {
        let (order, used) = clock(tokens, at)
            .or_else(|| taste(tokens, at))
            .or_else(|| off_usual(tokens, at))
            .or_else(|| previous(tokens, at))?;
        Some((at, order, used))
    })?;
    Some(finished(tokens, at, order, used))
}

fn is_word(tokens: &[Token], at: usize, words: &[&str]) -> bool {
    tokens.get(at).is_some_and(|token| !token.used && token.is(words))
}

/// The clock time that is named here, and how many words name it.
fn clock_named(tokens: &[Token], at: usize) -> Option<(Property, usize)> {
    let two = |first: &[&str], second: &[&str]| is_word(tokens, at, first) && is_word(tokens, at + 1, second);
    if is_word(tokens, at, &["bedtime", "bedtimes", "asleep"]) {
        return Some((Property::Bedtime, 1));
    }
    if two(&["to", "in"], &["bed"]) || two(&["turned", "turn"], &["in"]) || two(&["lights"], &["out"]) {
        return Some((Property::Bedtime, 2));
    }
    if two(&["got", "get", "getting", "woke", "wake", "waking"], &["up"]) {
        return Some((Property::WakeTime, 2));
    }
    is_word(tokens, at, &["wake", "woke", "waking", "wakeup", "rose"]).then_some((Property::WakeTime, 1))
}

/// `latest bedtime`, `the latest I went to bed`, `when did I get up earliest`.
fn clock(tokens: &[Token], at: usize) -> FoundOrder {
    let latest = is_word(tokens, at, &["latest"]);
    let dates = ["day", "days", "night", "nights", "date", "entry", "record", "occasion"];
    if !(latest || is_word(tokens, at, &["earliest"])) || is_word(tokens, at + 1, &dates) {
        return None;
    }
    let breaks = |index: &usize| {
        tokens
            .get(*index)
            .is_none_or(|token| token.after_break || token.is(&WALLS))
    };
    let behind = (at + 1..at + 7).take_while(|index| !breaks(index));
    let before = (at.saturating_sub(5)..at).rev();
    let mut places = behind.chain(before);
    let (place, property, length) = places.find_map(|place| {
        let (property, length) = clock_named(tokens, place)?;
        Some((place, property, length))
    })?;
    // "The latest I went to bed before midnight" has a limit, which is read by itself.
    let named = if property == Property::Bedtime {
        "bedtime"
    } else {
        "wake time"
    };
    let name = format!("{} {named}", if latest { "latest" } else { "earliest" });
    let end = place + length;
    let end = end + usize::from(is_word(tokens, end, &["time", "times"]));
    let used = (at.min(place)..end.max(at + 1)).collect();
    Some((order(name, OrderKey::Clock(property), latest), used))
}

/// `saltiest day`.
fn taste(tokens: &[Token], at: usize) -> FoundOrder {
    if let Some(found) = rich(tokens, at) {
        return Some(found);
    }
    let (_, name) = TASTES.iter().find(|(adjective, _)| is_word(tokens, at, &[adjective]))?;
    let measure = Measure::named(name)?;
    let key = OrderKey::Number(measure.properties);
    Some((order(format!("most {name}"), key, true), vec![at]))
}

/// `least salty`, `most carb-heavy`.
fn rich(tokens: &[Token], at: usize) -> FoundOrder {
    const LITTLE: [(&str, &str); 6] = [
        ("salty", "sodium"),
        ("sugary", "sugar"),
        ("sweet", "sugar"),
        ("fatty", "fat"),
        ("greasy", "fat"),
        ("oily", "fat"),
    ];
    let most = is_word(tokens, at, &["most"]);
    if !(most || is_word(tokens, at, &["least"])) {
        return None;
    }
    let tasted = LITTLE
        .iter()
        .find(|(adjective, _)| is_word(tokens, at + 1, &[adjective]));
    let (measure, length) = match tasted {
        Some((_, name)) => (Measure::named(name)?, 1),
        None => measure_at(tokens, at + 1)
            .filter(|(_, length)| is_word(tokens, at + 1 + length, &["heavy", "rich", "laden", "dense"]))?,
    };
    let end = at + 1 + length + usize::from(tasted.is_none());
    let name = format!("{} {}", if most { "most" } else { "least" }, measure.name);
    Some((
        order(name, OrderKey::Number(measure.properties), most),
        (at..end).collect(),
    ))
}

/// `biggest sleep deficit compared to usual`, `exceeded my usual steps the most`.
fn off_usual(tokens: &[Token], at: usize) -> FoundOrder {
    const MOST: [&str; 7] = [
        "most", "biggest", "largest", "greatest", "furthest", "farthest", "highest",
    ];
    const BELOW: [&str; 11] = [
        "deficit",
        "below",
        "under",
        "less",
        "fewer",
        "shorter",
        "shortfall",
        "drop",
        "lost",
        "missed",
        "lower",
    ];
    const ABOVE: [&str; 10] = [
        "surplus", "above", "over", "more", "exceeded", "exceed", "beat", "excess", "longer", "higher",
    ];
    if !is_word(tokens, at, &MOST) {
        return None;
    }
    let usual = (at.saturating_sub(7)..(at + 8).min(tokens.len())).find(|index| usual::names_it(tokens, *index))?;
    let (from, until) = (at.min(usual), at.max(usual));
    // "The most steps on a day I slept less than usual" compares the steps with those of other days.
    let parted = |token: &Token| token.is(&WALLS) || token.number.is_some() || token.is(&["day", "night", "i", "with"]);
    let compared_with = |index: usize| index > 0 && tokens[index - 1].word == "compared";
    if (from + 1..=until).any(|index| tokens[index].after_break || parted(&tokens[index]) && !compared_with(index)) {
        return None;
    }
    let reach = from.saturating_sub(4)..(until + 5).min(tokens.len());
    let sign = reach.clone().find_map(|index| match &tokens[index] {
        token if token.is(&BELOW) => Some((index, false)),
        token if token.is(&ABOVE) => Some((index, true)),
        _ => None,
    });
    let (sign_at, above) = sign?;
    let (measure_from, measure, length) = reach.clone().find_map(|index| {
        let (measure, length) = measure_at(tokens, index)?;
        measure.delta().map(|_| (index, measure, length))
    })?;
    let (_, properties) = measure.delta()?;
    let name = format!("most {} {} usual", measure.name, if above { "above" } else { "below" });
    let first = from.min(sign_at).min(measure_from);
    let last = until.max(sign_at).max(measure_from + length - 1);
    let used = (first..=last).collect();
    Some((order(name, OrderKey::Number(properties), above), used))
}

/// `my previous run`, where nothing else is asked: the newest one.
fn previous(tokens: &[Token], at: usize) -> FoundOrder {
    let is_it =
        is_word(tokens, at, &["previous"]) && tokens.get(at + 1).is_some_and(|next| activity_of(next).is_some());
    let mut others = (0..tokens.len()).filter(|other| *other != at && *other != at + 1);
    let alone = others.all(|other| tokens[other].used || is_filler(&tokens[other]));
    (is_it && alone).then(|| (order("newest".to_string(), OrderKey::Date, true), vec![at]))
}

/// What is counted over many days has no day that answers it: "median sleep", "the longest time without a run". Its words
/// say nothing of single days.
fn unanswerable(tokens: &mut [Token]) {
    const DAYS: [&str; 9] = [
        "day", "days", "night", "nights", "when", "which", "date", "dates", "mornings",
    ];
    let stretch = (0..tokens.len()).find(|at| {
        is_word(tokens, *at, &["longest", "shortest"])
            && is_word(
                tokens,
                at + 1,
                &["time", "stretch", "streak", "period", "gap", "spell", "run", "while"],
            )
            && is_word(tokens, at + 2, &["without", "between", "since"])
    });
    let starts_statistic = |at: &usize| {
        is_word(tokens, *at, &["median", "average", "mean"])
            && measure_at(tokens, *at).is_none()
            && measure_at(tokens, at + 1).is_some()
    };
    let names_days = tokens.iter().any(|token| token.is(&DAYS) || token.number.is_some());
    let compares = |token: &Token| token.is(&["than", "above", "below", "over", "under", "versus", "compared"]);
    let asks_days = names_days || tokens.iter().any(compares) || tokens.iter().any(is_superlative);
    let statistic = (0..tokens.len()).find(starts_statistic).filter(|_| !asks_days);
    let Some(start) = stretch.or(statistic) else { return };
    let end = (start + 1..tokens.len())
        .find(|at| tokens[*at].after_break)
        .unwrap_or(tokens.len());
    tokens[start..end].iter_mut().for_each(|token| token.used = true);
}

fn is_superlative(token: &Token) -> bool {
    token.is(&["most", "least", "best", "worst"]) || token.word.len() > 5 && token.word.ends_with("est")
}

/// `the biggest calorie intake under 3000`, `the longest run under 10 km`: the limit has taken the words of what is
/// compared, which is the same.
pub(in crate::search::question) fn within_bound(tokens: &mut [Token], placed: &[Placed]) -> Option<Order> {
    const MOST: [&str; 5] = ["biggest", "largest", "highest", "longest", "most"];
    const LEAST: [&str; 5] = ["smallest", "lowest", "shortest", "least", "fewest"];
    let (at, found) = placed.iter().find_map(|fact| {
        let at = fact.start.checked_sub(1)?;
        let most = is_word(tokens, at, &MOST);
        if !(most || is_word(tokens, at, &LEAST)) {
            return None;
        }
        let found = match fact.any.as_slice() {
            [Condition::Number { name, properties, .. }] => {
                let name = format!("{} {name}", if most { "most" } else { "least" });
                order(name, OrderKey::Number(properties), most)
            }
            [Condition::Session(filter)] => {
                let kind = filter.activity.map_or("session", |activity| activity.noun);
                let name = format!("{} {kind}", tokens[at].word);
                order(name, OrderKey::Session(filter.clone(), Default::default()), most)
            }
            _ => return None,
        };
        Some((at, found))
    })?;
    Some(finished(tokens, at, found, vec![at]))
}
