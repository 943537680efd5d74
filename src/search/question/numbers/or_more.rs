//! Bounds and nothings that everyday words put elsewhere: "three or more hours", "without a single awakening", "no steps at
//! all". What comes in: tokens; what goes out: tokens that say "at least 3 hours" and "exactly 0 steps".

use crate::search::question::words::token::{Token, tokens_of_words};
use crate::search::question::words::word_at as word;

use super::measure::{Dimension, unit_of};

/// What is counted and may be none.
const COUNTED: [(&str, &str); 6] = [
    ("step", "steps"),
    ("awakening", "awakenings"),
    ("awaken", "awakenings"),
    ("interruption", "awakenings"),
    ("arousal", "awakenings"),
    ("wakeup", "awakenings"),
];

/// The tokens with bounds before their numbers, and with a number where there was none of something.
pub(in crate::search::question) fn in_plain_order(mut tokens: Vec<Token>) -> Vec<Token> {
    let mut at = 0;
    while at < tokens.len() {
        if let Some((said, length)) = bound_before_unit(&tokens[at..]) {
            // The number moves behind its bound.
            let number = tokens[at].clone();
            replace(&mut tokens, at, length, tokens_of_words(said));
            tokens.insert(
                at + 2,
                Token {
                    after_break: false,
                    ..number
                },
            );
            at += 2;
        } else if let Some((counted, length)) = none_of(&tokens, at) {
            let none = [Token::of_word("exactly"), Token::of_number(0), Token::of_word(counted)];
            replace(&mut tokens, at, length, none.to_vec());
            at += 2;
        }
        at += 1;
    }
    tokens
}

fn replace(tokens: &mut Vec<Token>, at: usize, length: usize, mut said: Vec<Token>) {
    said[0].after_break = tokens[at].after_break;
    tokens.splice(at..at + length, said);
}

/// `3 or more hours`: without the move the number would lose its unit.
///
/// "80 or fewer beats" stays: it is true of one reading, while "at most 80 beats" caps them all.
fn bound_before_unit(tokens: &[Token]) -> Option<(&'static str, usize)> {
    tokens[0].number.filter(|_| word(tokens, 1) == "or")?;
    let dimension = unit_of(word(tokens, 3))?.dimension;
    if !matches!(
        dimension,
        Dimension::Time | Dimension::Length | Dimension::Mass | Dimension::Energy
    ) {
        return None;
    }
    match word(tokens, 2) {
        "more" => Some(("at least", 3)),
        "fewer" | "less" => Some(("at most", 3)),
        _ => None,
    }
}

/// `0 awakenings`, `not a single step`, `no steps at all`, `without waking up once`: what there was none of, and how many
/// words say so.
fn none_of(tokens: &[Token], at: usize) -> Option<(&'static str, usize)> {
    let counted = |index: usize| {
        let stem = &tokens.get(index)?.stem;
        COUNTED.iter().find(|(name, _)| name == stem).map(|(_, plain)| *plain)
    };
    if tokens[at].number == Some(0) {
        let compared = at > 0 && tokens[at - 1].is(&["exactly", "than", "over", "above", "least", "most", "to", "and"]);
        return counted(at + 1).filter(|_| !compared).map(|plain| (plain, 2));
    }
    if !tokens[at].is(&["no", "not", "without", "never"]) {
        return None;
    }
    let article = usize::from(matches!(word(tokens, at + 1), "a" | "one"));
    let single = at + 1 + article;
    if word(tokens, single) == "single" {
        return counted(single + 1).map(|plain| (plain, single + 2 - at));
    }
    if let Some(plain) = counted(at + 1).filter(|_| word(tokens, at + 2) == "at" && word(tokens, at + 3) == "all") {
        return Some((plain, 4));
    }
    woken_never(tokens, at)
}

/// `without waking up even once`, `did not wake up a single time`.
fn woken_never(tokens: &[Token], at: usize) -> Option<(&'static str, usize)> {
    if tokens.get(at + 1)?.stem != "wak" && tokens[at + 1].stem != "wake" {
        return None;
    }
    let mut end = at + 2 + usize::from(word(tokens, at + 2) == "up");
    end += usize::from(word(tokens, end) == "even");
    let once = match (word(tokens, end), word(tokens, end + 1), word(tokens, end + 2)) {
        ("once", ..) => 1,
        ("a", "single", "time") => 3,
        _ => return None,
    };
    Some(("awakenings", end + once - at))
}

#[cfg(test)]
mod tests {
    use crate::search::question::words::token::tokens;

    fn plain(question: &str) -> String {
        let words: Vec<String> = tokens(question).into_iter().map(|token| token.word).collect();
        words.join(" ")
    }

    #[test]
    fn bounds_stand_before_number_and_unit() {
        assert_eq!(plain("three or more hours of exercise"), "at least 3 hours of exercise");
        assert_eq!(plain("3 or more grams of sodium"), "at least 3 grams of sodium");
        assert_eq!(plain("five or fewer hours of sleep"), "at most 5 hours of sleep");
        assert_eq!(plain("80 or fewer bpm"), "80 or fewer bpm");
    }

    #[test]
    fn none_of_what_is_counted_is_a_number() {
        for question in [
            "0 awakenings",
            "without a single awakening",
            "without waking up even once",
        ] {
            assert_eq!(plain(question), "exactly 0 awakenings", "{question}");
        }
        for question in ["zero steps", "no steps at all", "not a single step"] {
            assert_eq!(plain(question), "exactly 0 steps", "{question}");
        }
        assert_eq!(plain("fewer than 0 steps"), "fewer than 0 steps");
    }
}
