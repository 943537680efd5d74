//! A word said once for two: "a long but easy workout", "slept short and badly", "lots of protein and fibre". What comes in:
//! tokens; what goes out: tokens in which each has its own.

use crate::search::question::sessions::workouts::{is_manner, names_a_workout};

use super::token::{Token, tokens_of_words};

/// The tokens with every shared word said for each.
pub(super) fn said_for_each(tokens: Vec<Token>) -> Vec<Token> {
    let mut said: Vec<Token> = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        said.extend(before(&tokens, at));
        said.push(token.clone());
        said.extend(behind(&tokens, at));
    }
    said
}

/// What is missing in front of a word.
fn before(tokens: &[Token], at: usize) -> Vec<Token> {
    let found = adverb_of_sleep(tokens, at)
        .or_else(|| manner_behind(tokens, at))
        .or_else(|| amount_of_food(tokens, at));
    found.unwrap_or_default()
}

/// What is missing behind the first manner of `long but easy workout`, `long, hard session`, `long hard workout`.
fn behind(tokens: &[Token], at: usize) -> Vec<Token> {
    let joint = usize::from(joins(tokens, at + 1));
    let second = at + 1 + joint;
    let noun = second + 1;
    let are_manners = second < tokens.len() && is_manner(&tokens[at]) && is_manner(&tokens[second]);
    if !are_manners
        || !tokens
            .get(noun)
            .is_some_and(|token| !token.after_break && names_a_workout(tokens, noun))
    {
        return Vec::new();
    }
    let mut missing = tokens_of_words(&tokens[noun].word);
    missing.extend((joint == 0).then(|| Token::of_word("and")));
    missing
}

/// The second manner of `the workout was long and hard`.
fn manner_behind(tokens: &[Token], at: usize) -> Option<Vec<Token>> {
    let first = first_of_two(tokens, at, is_manner)?;
    let linked = |index: &usize| tokens[*index].is(&["was", "were", "is", "both", "so", "very"]);
    let link = (0..first).rev().take_while(linked).last()?;
    let noun = link.checked_sub(1).filter(|noun| names_a_workout(tokens, *noun))?;
    Some(tokens_of_words(&format!("{} was", tokens[noun].word)))
}

/// The second adverb of `slept short and badly`.
fn adverb_of_sleep(tokens: &[Token], at: usize) -> Option<Vec<Token>> {
    const ADVERBS: [&str; 11] = [
        "badly",
        "poorly",
        "terribly",
        "well",
        "wonderfully",
        "short",
        "long",
        "little",
        "restlessly",
        "late",
        "soundly",
    ];
    let first = first_of_two(tokens, at, |token| token.is(&ADVERBS))?;
    let verb = first.checked_sub(1).map(|verb| &tokens[verb])?;
    verb.is(&["slept", "sleep"]).then(|| tokens_of_words("slept"))
}

/// The second food of `lots of protein and fibre`, `too much salt and sugar`, `high protein and fat`.
fn amount_of_food(tokens: &[Token], at: usize) -> Option<Vec<Token>> {
    const AMOUNTS: [&[&str]; 10] = [
        &["too", "much"],
        &["lots", "of"],
        &["loads", "of"],
        &["plenty", "of"],
        &["lot", "of"],
        &["tons", "of"],
        &["hardly", "any"],
        &["much"],
        &["high"],
        &["low"],
    ];
    let first = first_of_two(tokens, at, is_food)?;
    let closes = tokens.get(at + 1).is_none_or(|next| {
        next.after_break
            || next.is(&[
                "and", "but", "on", "in", "when", "after", "the", "day", "days", "same", "during",
            ])
    });
    let stands = |words: &&&[&str]| {
        let start = first.checked_sub(words.len());
        start.is_some_and(|start| {
            words
                .iter()
                .zip(&tokens[start..])
                .all(|(word, token)| token.word == **word)
        })
    };
    let amount = AMOUNTS.iter().find(stands).filter(|_| closes)?;
    Some(tokens_of_words(&amount.join(" ")))
}

fn is_food(token: &Token) -> bool {
    token.is(&[
        "protein",
        "carbs",
        "carb",
        "carbohydrates",
        "carbohydrate",
        "fat",
        "fiber",
        "fibre",
        "sugar",
        "salt",
        "sodium",
    ])
}

/// Where the first of two words of a kind stands that are joined right before the second, at this place.
fn first_of_two(tokens: &[Token], at: usize, is_one: impl Fn(&Token) -> bool) -> Option<usize> {
    let first = at.checked_sub(2).filter(|_| joins(tokens, at - 1))?;
    (is_one(&tokens[at]) && is_one(&tokens[first])).then_some(first)
}

fn joins(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.is(&["and", "but", "yet"]))
}

#[cfg(test)]
mod tests {
    use crate::search::question::words::wording::in_plain_words as plain;

    #[test]
    fn a_shared_word_is_said_for_each() {
        assert_eq!(plain("a long but easy workout"), "a long workout but easy workout");
        assert_eq!(plain("a long hard workout"), "a long workout and hard workout");
        assert_eq!(
            plain("my workout was long and hard"),
            "my workout was long and workout was hard"
        );
        assert_eq!(plain("slept short and badly"), "slept short and slept badly");
        assert_eq!(plain("lots of protein and fibre"), "lots of protein and lots of fibre");
        assert_eq!(plain("too much salt and sugar"), "too much salt and too much sugar");
        assert_eq!(
            plain("lots of protein and sugar under 50 g"),
            "lots of protein and sugar under 50 g"
        );
        assert_eq!(plain("a hard workout and long sleep"), "a hard workout and long sleep");
    }
}
