//! Sleep by the word its record has for it: "my sleep was rated fair", "only good, not excellent". What comes in: tokens;
//! what goes out: conditions, and the tokens they were read from are marked as used. Poor, good and excellent sleep are facts
//! of the vocabulary unless just the one word is meant.

use crate::search::condition::Condition;
use crate::search::question::Placed;
use crate::search::question::words::token::Token;

/// So near stands the sleep.
const REACH: usize = 5;

/// Reads the word of the record, if it is asked for.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    let Some((at, name, end)) = (0..tokens.len()).find_map(|at| fair(tokens, at).or_else(|| only(tokens, at))) else {
        return Vec::new();
    };
    let first = at.saturating_sub(REACH);
    for (index, token) in tokens.iter_mut().enumerate().take(end).skip(first) {
        token.used |= index >= at || token.is(&["quality", "rated", "called"]);
    }
    vec![Placed::new(at, end, Condition::Quality(name))]
}

fn is_of_sleep(tokens: &[Token], at: usize, stems: &[&str]) -> bool {
    let near = at.saturating_sub(REACH)..(at + REACH).min(tokens.len());
    near.into_iter()
        .any(|index| stems.contains(&tokens[index].stem.as_str()))
}

/// `fair sleep`, `sleep quality was fair`, but not "a fair amount of sleep".
fn fair(tokens: &[Token], at: usize) -> Option<(usize, &'static str, usize)> {
    let counts = tokens
        .get(at + 1)
        .is_some_and(|next| next.is(&["amount", "bit", "share", "number", "few"]));
    let is_fair = tokens[at].word == "fair" && !tokens[at].used && !counts;
    (is_fair && is_of_sleep(tokens, at, &["sleep", "night", "quality"])).then_some((at, "fair", at + 1))
}

/// `only good, not excellent`, where the quality of sleep is spoken of.
fn only(tokens: &[Token], at: usize) -> Option<(usize, &'static str, usize)> {
    let name = ["good", "poor", "excellent"].into_iter().find(|name| {
        tokens
            .get(at + 1)
            .is_some_and(|token| token.word == *name && !token.used)
    })?;
    let is_only = tokens[at].is(&["only", "just", "merely"]) && !tokens[at].used;
    let denied = tokens.get(at + 2).is_some_and(|next| next.word == "not")
        && tokens
            .get(at + 3)
            .is_some_and(|next| next.is(&["good", "great", "poor", "excellent"]));
    let end = at + 2 + if denied { 2 } else { 0 };
    (is_only && is_of_sleep(tokens, at, &["quality"])).then_some((at, name, end))
}
