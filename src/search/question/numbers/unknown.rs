//! What the days know nothing of, though its words or its numbers look like something they know: blood sugar is not eaten,
//! and minutes in a heart rate zone are no exercise. What comes in: tokens; what goes out: the words, which no other part of
//! the understanding may take for its own.

use crate::search::question::words::token::{Token, stem};

use super::compare::AmountReader;

/// Wordings of such things, compared by stems.
const UNKNOWN: [&str; 33] = [
    "blood sugar level",
    "blood sugar levels",
    "blood sugar",
    "blood glucose",
    "glucose level",
    "glucose",
    "blood pressure",
    "blood oxygen",
    "oxygen saturation",
    "spo2",
    "cholesterol",
    "time in zone",
    "minutes in zone",
    "heart rate zone",
    "hr zone",
    "cardio zone",
    "vo2 max",
    "vo2max",
    "vo2",
    "heart rate variability",
    "hrv",
    "body temperature",
    "skin temperature",
    "respiratory rate",
    "breathing rate",
    "stress score",
    "stress level",
    "glasses of water",
    "glass of water",
    "cups of water",
    "liters of water",
    "litres of water",
    "water intake",
];

/// Words of a number that nothing is known of, as far as the number reaches.
const REACH: usize = 5;

/// Claims such things, each with its number, and gives their words.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Vec<String> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some(length) = length_at(tokens, at) else {
            at += 1;
            continue;
        };
        let end = end_of_number(tokens, end_of_manner(tokens, at + length));
        words.extend(tokens[at..at + length].iter().map(|token| token.word.clone()));
        tokens[at..end].iter_mut().for_each(|token| token.used = true);
        at = end;
    }
    words
}

/// How many tokens the longest wording takes that stands here.
fn length_at(tokens: &[Token], at: usize) -> Option<usize> {
    let stands = |wording: &&str| {
        let mut words = wording.split(' ').zip(at..);
        words.all(|(word, index)| {
            tokens
                .get(index)
                .is_some_and(|token| !token.used && token.stem == stem(word))
        })
    };
    let lengths = UNKNOWN.iter().filter(|wording| stands(wording));
    lengths.map(|wording| wording.split(' ').count()).max()
}

/// The "was high" of "blood sugar was high" is said of nothing else.
fn end_of_manner(tokens: &[Token], from: usize) -> usize {
    const MANNERS: [&str; 14] = [
        "was", "is", "were", "too", "very", "so", "high", "low", "raised", "elevated", "up", "normal", "fine", "went",
    ];
    let says = |token: &&Token| !token.after_break && !token.used && token.is(&MANNERS);
    from + tokens[from..].iter().take_while(says).count()
}

/// Where the number ends that is said of it: "blood sugar over 120 mg/dl", "time in zone 4 over 30 minutes".
fn end_of_number(tokens: &[Token], from: usize) -> usize {
    let mut end = from;
    if tokens.get(end).is_some_and(|token| token.number.is_some()) {
        end += 1;
    }
    let reader = AmountReader { tokens };
    let goes_on = |index: &usize| {
        *index < tokens.len()
            && !tokens[*index].after_break
            && !tokens[*index].is(&["and", "but", "after", "with", "or"])
    };
    let amount = (end..end + REACH)
        .take_while(goes_on)
        .find_map(|index| reader.amount_at(index));
    let Some(amount) = amount else { return end };
    // "mg/dl" and "mmol/l" are no units here.
    let of_blood = |index: &usize| {
        tokens
            .get(*index)
            .is_some_and(|token| token.is(&["mg", "dl", "mmol", "l", "mmhg", "ms"]))
    };
    amount.end + (amount.end..amount.end + 2).take_while(of_blood).count()
}
