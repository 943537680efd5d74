//! Words with two letters in the wrong order: "protien", "workuot". What comes in: tokens; what goes out: tokens with the
//! words that were meant. Other slips stay, since a word is seldom one slip of that kind away from another.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::facts::phrases;
use super::measure::MEASURES;
use super::token::Token;

/// Shorter words have too many neighbours: "form" and "from", "beats" and "beast".
const SHORTEST: usize = 6;

/// No word of the vocabulary is longer.
const LONGEST: usize = 24;

/// It is eaten, and no slip of "barely".
const NO_SLIP: &str = "barley";

/// Every word in which the vocabulary is said.
static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let of_facts = phrases().map(|(phrase, _)| phrase);
    let of_measures = MEASURES.iter().flat_map(|measure| measure.phrases());
    of_facts
        .chain(of_measures)
        .flat_map(|phrase| phrase.split([' ', '-', ',']))
        .collect()
});

/// The tokens without such slips.
pub(super) fn without_typos(tokens: Vec<Token>) -> Vec<Token> {
    let meant = |token: Token| match known_neighbour(&token.word) {
        Some(word) if token.number.is_none() => Token {
            after_break: token.after_break,
            capital: token.capital,
            ..Token::of_word(word)
        },
        _ => token,
    };
    tokens.into_iter().map(meant).collect()
}

/// The known word that this unknown one becomes when two neighbouring letters change places.
fn known_neighbour(word: &str) -> Option<&'static str> {
    let as_meant = KNOWN.contains(word) || word == NO_SLIP;
    if !(SHORTEST..=LONGEST).contains(&word.len()) || !word.is_ascii() || as_meant {
        return None;
    }
    (1..word.len()).find_map(|at| {
        let swapped = [&word[..at - 1], &word[at..=at], &word[at - 1..at], &word[at + 1..]].concat();
        KNOWN.get(swapped.as_str()).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_the_wrong_order_are_put_right() {
        assert_eq!(known_neighbour("protien"), Some("protein"));
        assert_eq!(known_neighbour("workuot"), Some("workout"));
        for word in [
            "protein",
            "nights",
            "from",
            "form",
            "user_000001",
            "ünrested",
            "barley",
            "",
        ] {
            assert_eq!(known_neighbour(word), None, "{word}");
        }
    }
}
