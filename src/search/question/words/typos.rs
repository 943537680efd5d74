//! Words with two letters in the wrong order: "protien", "workuot", and beside a number also those with a letter too many,
//! too few or a wrong one: "proten above 160 grms". What comes in: tokens; what goes out: tokens with the words that were
//! meant. Other slips stay, since they might be other words.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::search::question::facts::phrases;
use crate::search::question::numbers::measure::{MEASURES, unit_of};
use crate::search::question::sessions::lexicon::{activity_of, weather_of};

use super::filler::is_filler;
use super::token::{Token, stem};

/// Shorter words have too many neighbours: "form" and "from", "beats" and "beast".
const SHORTEST: usize = 6;

/// Beside a number fewer words are meant.
const SHORTEST_BESIDE: usize = 4;

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

/// Words that stand beside numbers: what is measured, in which unit, how it is compared.
#[rustfmt::skip]
const OF_NUMBERS: [&str; 57] = [
    "steps", "sleep", "slept", "heart", "pulse", "resting", "protein", "carbs", "fiber", "sugar", "sodium", "weight",
    "weighed", "waist", "chest", "biceps", "thigh", "calories", "burned", "exercise", "activity", "workout",
    "distance", "walked", "awakenings", "efficiency", "bedtime", "asleep", "muscle", "hydration", "meals", "average",
    "highest", "lowest", "hours", "minutes", "miles", "kilometers", "grams", "milligrams", "pounds", "stone",
    "inches", "percent", "beats", "under", "above", "below", "between", "least", "fewer", "higher", "lower", "longer",
    "shorter", "exactly", "usual",
];

/// Words that say how one slept; unlike others they are put right wherever they stand.
const OF_NIGHTS: [&str; 4] = ["sleep", "excellent", "terrible", "restless"];

/// Common words that are one slip away from those and are none; most were found in the model's vocabulary.
#[rustfmt::skip]
const OTHERS: [&str; 90] = [
    "awakening", "bats", "beads", "beams", "beans", "bears", "beast", "beasts", "beets", "belts", "bets", "blow",
    "boats", "buried", "burped", "cards", "cares", "cars", "carts", "cheat", "chess", "chet", "crabs", "crest",
    "curbs", "faber", "fever", "finer", "grabs", "grass", "hear", "heard", "hears", "hearst", "hearth", "hearty",
    "heat", "kilometres", "last", "leapt", "lease", "leash", "lest", "linger", "longed", "loser", "lover", "lowe",
    "males", "means", "meats", "medals", "metals", "mills", "milos", "mines", "mixes", "myles", "ponds", "purse",
    "sept", "sheep", "shone", "shooter", "sleek", "sleepy", "sleet", "steep", "steeps", "stems", "stoke", "stole",
    "stony", "stops", "store", "stove", "sweep", "swept", "udder", "wait", "waits", "waked", "walker", "walled",
    "weigh", "weighs", "weighted", "wight", "wright", "wrist",
];

/// So near to a number a word may be one of those.
const NEAR: usize = 5;

/// The tokens without such slips.
pub(super) fn without_typos(tokens: Vec<Token>) -> Vec<Token> {
    let counts: Vec<usize> = (0..tokens.len()).filter(|at| tokens[*at].number.is_some()).collect();
    let near_number = |at: usize| counts.iter().any(|number| number.abs_diff(at) <= NEAR);
    let meant = |(at, token): (usize, Token)| {
        let word = known_neighbour(&token.word)
            .or_else(|| one_slip(&token.word, &OF_NIGHTS))
            .or_else(|| beside_number(&token.word).filter(|_| near_number(at)));
        match word {
            Some(word) if token.number.is_none() && token.clock.is_none() => Token {
                after_break: token.after_break,
                capital: token.capital,
                ..Token::of_word(word)
            },
            _ => token,
        }
    };
    tokens.into_iter().enumerate().map(meant).collect()
}

/// The word of [`OF_NUMBERS`] that this unknown one is a slip of. The first letter is seldom a wrong one.
fn beside_number(word: &str) -> Option<&'static str> {
    one_slip(word, &OF_NUMBERS)
}

/// The word of the list that this unknown one is a slip of.
fn one_slip(word: &str, list: &[&'static str]) -> Option<&'static str> {
    let token = Token::of_word(word);
    let is_known = KNOWN.contains(word)
        || OTHERS.contains(&word)
        || unit_of(word).is_some()
        || (is_filler(&token) && !of_unit(&token.stem))
        || activity_of(&token).is_some()
        || weather_of(&token).is_some();
    if !(SHORTEST_BESIDE..=LONGEST).contains(&word.len()) || !word.is_ascii() || is_known {
        return None;
    }
    let mut meant = list
        .iter()
        .copied()
        .filter(|known| known.as_bytes()[0] == word.as_bytes()[0]);
    // Another form of the word is no slip; units are known by their forms only.
    let is_form = |known: &str| unit_of(known).is_none() && stem(word) == stem(known);
    meant.find(|known| is_one_edit(word.as_bytes(), known.as_bytes()) && !is_form(known))
}

/// It is the stem of a unit, though no form of one.
fn of_unit(stem_of_word: &str) -> bool {
    let mut units = OF_NUMBERS.into_iter().filter(|known| unit_of(known).is_some());
    units.any(|known| stem(known) == stem_of_word)
}

/// One letter more, less or other, or two neighbours the other way round.
fn is_one_edit(one: &[u8], other: &[u8]) -> bool {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (a, b) = (&one[same..], &other[same..]);
    match (a, b) {
        ([], []) => false,
        ([_, rest @ ..], _) if rest == b => true,
        (_, [_, rest @ ..]) if rest == a => true,
        ([_, a_rest @ ..], [_, b_rest @ ..]) if a_rest == b_rest => true,
        ([a0, a1, a_rest @ ..], [b0, b1, b_rest @ ..]) => a0 == b1 && a1 == b0 && a_rest == b_rest,
        _ => false,
    }
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

    #[test]
    fn beside_a_number_every_small_slip_is_put_right() {
        for (slip, meant) in [
            ("stpes", "steps"),
            ("restin", "resting"),
            ("hart", "heart"),
            ("proten", "protein"),
            ("grms", "grams"),
            ("minuts", "minutes"),
            ("undr", "under"),
        ] {
            assert_eq!(beside_number(slip), Some(meant), "{slip}");
        }
        for word in [
            "steps", "heat", "heard", "stops", "sleepy", "wrist", "less", "hour", "kg", "", "ß",
        ] {
            assert_eq!(beside_number(word), None, "{word}");
        }
    }
}
