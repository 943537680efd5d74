//! Comparatives that are superlatives: "more steps than on any other day", "further than I ever have". What comes in: tokens;
//! what goes out: tokens that say "most" and "furthest".

use crate::search::question::words::token::Token;

/// Comparatives and what they become over all others.
const DEGREES: [(&str, &str); 18] = [
    ("more", "most"),
    ("less", "least"),
    ("fewer", "fewest"),
    ("longer", "longest"),
    ("shorter", "shortest"),
    ("further", "furthest"),
    ("farther", "furthest"),
    ("higher", "highest"),
    ("lower", "lowest"),
    ("bigger", "biggest"),
    ("greater", "greatest"),
    ("smaller", "smallest"),
    ("worse", "worst"),
    ("better", "best"),
    ("harder", "hardest"),
    ("poorer", "lowest"),
    ("quicker", "fastest"),
    ("faster", "fastest"),
];

/// "More steps than on any other day", "further than I ever have": superlatives.
pub(in crate::search::question) fn as_superlatives(mut tokens: Vec<Token>) -> Vec<Token> {
    let over_all = |at: usize| {
        let end = (at + 5).min(tokens.len());
        let sweeping = |token: &Token| token.is(&["any", "ever", "every", "all", "anything"]);
        let other = |token: &Token| token.is(&["other", "others", "rest", "ever", "before", "else"]);
        tokens[at].word == "than" && tokens[at + 1..end].iter().any(sweeping) && tokens[at + 1..end].iter().any(other)
    };
    let Some(than) = (0..tokens.len()).find(|at| over_all(*at)) else {
        return tokens;
    };
    let comparative = (than.saturating_sub(8)..than).rev().find_map(|at| {
        let found = DEGREES.iter().find(|(comparative, _)| tokens[at].word == *comparative);
        found.map(|(_, superlative)| (at, *superlative))
    });
    let Some((at, superlative)) = comparative else {
        return tokens;
    };
    let tail = |token: &&Token| {
        !token.after_break
            && token.is(&[
                "than", "on", "any", "ever", "every", "all", "other", "others", "the", "rest", "day", "days", "night",
                "i", "have", "had", "before", "of", "them", "else", "anything", "in", "run", "did", "one", "time",
            ])
    };
    let length = tokens[than..].iter().take_while(tail).count();
    tokens.drain(than..than + length);
    let after_break = tokens[at].after_break;
    tokens[at] = Token {
        after_break,
        ..Token::of_word(superlative)
    };
    tokens
}

#[cfg(test)]
mod tests {
    use crate::search::question::words::wording::in_plain_words as plain;

    #[test]
    fn more_than_on_any_other_day_is_most() {
        assert_eq!(
            plain("the day I ate more protein than on any other day"),
            "the day i ate most protein"
        );
        assert_eq!(plain("more steps than usual"), "more steps than usual");
    }
}
