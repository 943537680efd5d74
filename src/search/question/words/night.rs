//! How a night was, in all the words people have for it. What comes in: tokens; what goes out: tokens in which such words are
//! "terrible" or "great".

use super::token::Token;

#[rustfmt::skip]
pub(in crate::search::question) const BAD: [&str; 41] = [
    "unsatisfactory", "unrefreshing", "inferior", "substandard", "impaired",
    "crap", "crappy", "rubbish", "shocking", "dodgy", "rotten", "garbage", "abysmal", "atrocious", "dire", "ghastly", "grim", "hideous",
    "horrendous", "appalling", "shoddy", "shite", "shitty", "naff", "awful", "horrible", "horrid", "horror", "lousy", "dreadful",
    "wretched", "pathetic", "miserable", "disastrous", "terrible", "trash", "sucky", "woeful", "nightmarish", "rough", "nasty",
];
#[rustfmt::skip]
pub(in crate::search::question) const GREAT: [&str; 31] = [
    "super",
    "brilliant", "cracking", "ripper", "superb", "fantastic", "wonderful", "amazing", "awesome", "stellar", "splendid",
    "marvellous", "marvelous", "fabulous", "magnificent", "terrific", "blinding", "ace", "tremendous", "sublime", "phenomenal", "outstanding",
    "exceptional", "excellent", "great", "perfect", "incredible", "spectacular", "heavenly", "superior", "glorious",
];
const ADVERBS: [(&str, &str); 16] = [
    ("awfully", "terribly"),
    ("horribly", "terribly"),
    ("dreadfully", "terribly"),
    ("atrociously", "terribly"),
    ("abysmally", "terribly"),
    ("appallingly", "terribly"),
    ("horrendously", "terribly"),
    ("miserably", "terribly"),
    ("shockingly", "terribly"),
    ("brilliantly", "wonderfully"),
    ("superbly", "wonderfully"),
    ("fantastically", "wonderfully"),
    ("amazingly", "wonderfully"),
    ("beautifully", "wonderfully"),
    ("marvellously", "wonderfully"),
    ("excellently", "wonderfully"),
];

/// What people say of a night that was bad or great: next to a word for sleep, or behind it in the same part of the sentence
/// ("which nights over the past thirty days were lousy").
pub(super) fn how_it_was(tokens: Vec<Token>) -> Vec<Token> {
    const BEHIND: usize = 9;
    let tokens = ruined(tokens);
    // What each token becomes.
    let mut plain: Vec<Vec<Token>> = tokens.iter().map(|token| vec![token.clone()]).collect();
    let in_place_of = |at: usize, word: &str| Token {
        after_break: tokens[at].after_break,
        ..Token::of_word(word)
    };
    for at in 0..tokens.len() {
        let Some(said) = said_of_sleep(&tokens[at]).or_else(|| said_behind(&tokens, at)) else {
            continue;
        };
        let reach = at.saturating_sub(BEHIND);
        let first = (reach..=at)
            .rev()
            .find(|index| tokens[*index].after_break)
            .unwrap_or(reach);
        let mut near = (at + 1..(at + 4).min(tokens.len())).chain((first..at).rev());
        let Some(sleep) = near.find(|index| is_sleep(&tokens, *index)) else {
            continue;
        };
        if tokens[sleep].stem == "rest" {
            let word = if tokens[sleep].word == "rested" {
                "slept"
            } else {
                "sleep"
            };
            plain[sleep] = vec![in_place_of(sleep, word)];
        }
        let is_adjective = !said.ends_with("ly");
        if at > 0 && tokens[at - 1].word == "like" {
            // "Slept like garbage".
            plain[at - 1].clear();
            plain[at] = vec![in_place_of(at - 1, "terribly")];
        } else if is_adjective && sleep + 2 < at {
            plain[at] = vec![in_place_of(at, said), Token::of_word("sleep")];
            // "A poor one".
            if tokens
                .get(at + 1)
                .is_some_and(|next| next.number == Some(1000) && !next.after_break)
            {
                plain[at + 1].clear();
            }
        } else {
            plain[at] = vec![in_place_of(at, said)];
        }
    }
    plain.into_iter().flatten().collect()
}

/// "The night after was bad": plain words, too, say how a night was, where nothing else stands between.
fn said_behind(tokens: &[Token], at: usize) -> Option<&'static str> {
    const BETWEEN: [&str; 17] = [
        "a",
        "not",
        "been",
        "after",
        "following",
        "that",
        "which",
        "followed",
        "was",
        "were",
        "is",
        "went",
        "turned",
        "out",
        "then",
        "so",
        "very",
    ];
    let said = ["bad", "poor"].into_iter().find(|word| tokens[at].word == *word)?;
    let before = tokens[..at].iter().rposition(|token| !token.is(&BETWEEN))?;
    let is_said = tokens[before..at]
        .iter()
        .any(|token| token.is(&["was", "were", "is", "been", "went", "turned"]));
    let ends = tokens.get(at + 1).is_none_or(|next| {
        next.after_break || next.number == Some(1000) || next.is(&["and", "but", "when", "while", "after"])
    });
    (is_said && ends && tokens[before].stem == "night").then_some(said)
}

/// What ruins a night, or what it suffered from, leaves a terrible one.
#[rustfmt::skip]
const RUINING: [&str; 22] = [
    "ruin", "ruined", "ruins", "ruining", "wreck", "wrecked", "wrecks", "wrecking", "spoil", "spoiled", "spoilt", "destroy", "destroyed",
    "suffer", "suffered", "suffers", "suffering", "cost", "trashed", "trash", "harm", "harmed",
];

/// "Wrecked the following night's sleep" is "the following night terrible sleep".
fn ruined(mut tokens: Vec<Token>) -> Vec<Token> {
    const REACH: usize = 6;
    /// What is ruined is something else, or a new part begins.
    const OTHERS: [&str; 9] = ["me", "myself", "i", "and", "but", "or", "when", "while", "because"];
    for at in 0..tokens.len() {
        if !tokens[at].is(&RUINING) {
            continue;
        }
        let end = (at + REACH).min(tokens.len());
        let stops = |index: &usize| tokens[*index].after_break || tokens[*index].is(&OTHERS);
        let stop = (at + 1..end).find(stops).unwrap_or(end);
        let behind = (at + 1..stop).find(|index| is_sleep(&tokens, *index));
        // "A night's sleep": the last of words for one thing.
        let last = behind.map(|first| {
            (first..stop)
                .take_while(|index| is_sleep(&tokens, *index))
                .last()
                .unwrap_or(first)
        });
        let mut terrible = Token::of_word("terrible");
        match last {
            // "Ruined sleep".
            Some(sleep) if sleep == at + 1 => {
                terrible.after_break = tokens[at].after_break;
                tokens[at] = terrible;
            }
            Some(sleep) => {
                tokens[at + 1].after_break = tokens[at].after_break;
                tokens[at..sleep].rotate_left(1);
                tokens[sleep - 1] = terrible;
            }
            None if is_of_sleep_before(&tokens, at) => {
                terrible.after_break = tokens[at].after_break;
                tokens[at] = terrible;
            }
            None => {}
        }
    }
    tokens
}

/// "My sleep was ruined", "my sleep suffered": nothing but auxiliaries stands between.
fn is_of_sleep_before(tokens: &[Token], at: usize) -> bool {
    const AUXILIARIES: [&str; 10] = ["was", "were", "is", "got", "has", "had", "been", "did", "does", "not"];
    let joined = |index: &usize| tokens[index + 1].after_break || !tokens[*index].is(&AUXILIARIES);
    let before = (0..at).rev().find(joined);
    let has_object = tokens.get(at + 1).is_some_and(|next| next.is(&["me", "myself"]));
    !has_object && before.is_some_and(|index| !tokens[index + 1].after_break && is_sleep(tokens, index))
}

/// A word for sleep; "rest" is one, unless it is a day of rest.
fn is_sleep(tokens: &[Token], at: usize) -> bool {
    let of_day = |token: &Token| token.is(&["day", "days", "from", "rate", "heart"]);
    match tokens[at].stem.as_str() {
        "sleep" | "night" => true,
        "rest" => {
            tokens[at].is(&["rest", "rested"])
                && !tokens.get(at + 1).is_some_and(of_day)
                && (at == 0 || tokens[at - 1].word != "at")
        }
        _ => false,
    }
}

fn said_of_sleep(token: &Token) -> Option<&'static str> {
    if token.is(&BAD) {
        return Some("terrible");
    }
    if token.is(&GREAT) {
        return Some("great");
    }
    let adverb = ADVERBS.iter().find(|(adverb, _)| *adverb == token.word);
    adverb.map(|(_, said)| *said)
}
