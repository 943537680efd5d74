//! Numbers in words: `ten thousand`, `seven and a half`, `an hour`. What comes in: tokens; what goes out: tokens, in
//! which each number is one.

use crate::search::question::words::token::Token;

use super::measure::unit_of;

#[rustfmt::skip]
const NUMBER_WORDS: [(&str, i64); 31] = [
    ("zero", 0), ("one", 1), ("two", 2), ("three", 3), ("four", 4), ("five", 5), ("six", 6), ("seven", 7),
    ("eight", 8), ("nine", 9), ("ten", 10), ("eleven", 11), ("twelve", 12), ("thirteen", 13), ("fourteen", 14),
    ("fifteen", 15), ("sixteen", 16), ("seventeen", 17), ("eighteen", 18), ("nineteen", 19), ("twenty", 20),
    ("thirty", 30), ("forty", 40), ("fifty", 50), ("sixty", 60), ("seventy", 70), ("eighty", 80), ("ninety", 90),
    ("dozen", 12), ("couple", 2), ("twice", 2),
];

/// The value of a number in one word, in thousandths.
pub(super) fn number_word(word: &str) -> Option<i64> {
    NUMBER_WORDS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, value)| value * 1000)
}

fn multiplier(word: &str) -> Option<i64> {
    match word {
        "hundred" => Some(100),
        "thousand" | "grand" => Some(1000),
        "million" => Some(1_000_000),
        _ => None,
    }
}

/// Joins number words into numbers: `ten thousand`, `twenty five`, `seven and a half`, `half an hour`, `an hour`.
pub(in crate::search::question) fn fold_numbers(tokens: Vec<Token>) -> Vec<Token> {
    let mut folded: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        match number_at(&tokens[at..]) {
            Some((value, length)) => {
                let mut token = Token::of_number(value);
                token.after_break = tokens[at].after_break;
                folded.push(token);
                at += length;
            }
            None => {
                folded.push(tokens[at].clone());
                at += 1;
            }
        }
    }
    folded
}

/// The number that starts here, in thousandths, and how many tokens it takes.
fn number_at(tokens: &[Token]) -> Option<(i64, usize)> {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.word.as_str());
    let plain_number = |at: usize| -> Option<i64> {
        let token = tokens.get(at)?;
        let is_ordinal = token.word.ends_with(|c: char| c.is_alphabetic()) && token.number.is_some();
        token
            .number
            .filter(|_| !is_ordinal)
            .or_else(|| number_word(&token.word))
    };
    if word(0) == "half" && (word(1) == "an" || word(1) == "hour") {
        return Some((500, if word(1) == "an" { 2 } else { 1 }));
    }
    if word(0) == "half" && word(1) == "a" && unit_of(word(2)).is_some() {
        return Some((500, 2));
    }
    // "One-sixty" is 160.
    let tens =
        |at: usize| number_word(word(at)).filter(|value| (20_000..100_000).contains(value) && value % 10_000 == 0);
    if let Some(tens) = tens(1).filter(|_| word(0) == "one") {
        let ones = number_word(word(2)).filter(|value| (1_000..10_000).contains(value));
        return Some((100_000 + tens + ones.unwrap_or(0), 2 + usize::from(ones.is_some())));
    }
    let article = usize::from(matches!(word(0), "a" | "an"));
    if article == 1 && word(1) == "hour" {
        return Some((1000, 1));
    }
    let (mut total, mut current, mut length) = match multiplier(word(article)) {
        Some(factor) => (0_i64, factor * 1000, article + 1),
        None => (0, plain_number(0)?, 1),
    };
    loop {
        if let Some(factor) = multiplier(word(length)) {
            current = current.checked_mul(factor)?;
            if factor >= 1000 {
                (total, current) = (total.checked_add(current)?, 0);
            }
        } else if let Some(next) = plain_number(length).filter(|next| joins(total, current, *next, word(length))) {
            current += next;
        } else if let Some(next) = plain_number(length + 1).filter(|next| {
            word(length) == "and" && current >= 100_000 && joins(total, current, *next, word(length + 1))
        }) {
            current += next;
            length += 1;
        } else if let Some(fraction) = fraction(word(length + 1), word(length + 2)).filter(|_| word(length) == "and") {
            let value = total + current + fraction;
            return match multiplier(word(length + 3)) {
                Some(factor) => Some((value.checked_mul(factor)?, length + 4)),
                None => Some((value, length + 3)),
            };
        } else {
            return Some((total.checked_add(current)?, length));
        }
        length += 1;
    }
}

/// `a half`, `three quarters`: what stands behind a whole number and "and".
fn fraction(count: &str, part: &str) -> Option<i64> {
    match (count, part) {
        ("a", "half") => Some(500),
        ("a" | "one", "quarter") => Some(250),
        ("three", "quarters") => Some(750),
        _ => None,
    }
}

/// `twenty five`, `hundred twenty`, `thousand two hundred`, but not `5 6`.
fn joins(total: i64, current: i64, next: i64, next_word: &str) -> bool {
    let next_is_word = number_word(next_word).is_some();
    let after_tens = (20_000..100_000).contains(&current) && current % 10_000 == 0 && next < 10_000;
    let after_hundreds = current >= 100_000 && current % 100_000 == 0 && next < 100_000;
    next_is_word && (after_tens || after_hundreds || (current == 0 && total > 0 && next < 1_000_000))
}
