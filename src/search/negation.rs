//! What a "not" turns around. What comes in: tokens, relations and facts with their places; what goes out: facts that are
//! negated or not.

use super::relation::{CONNECTIVES, Relation};
use super::token::Token;
use super::understanding::Placed;

/// A "not" reaches the facts behind it up to the next connective.
pub(super) fn negate(tokens: &[Token], relations: &[Relation], placed: &mut [Placed]) {
    const NEGATIONS: [&str; 15] = [
        "0",
        "apart",
        "aside",
        "not",
        "no",
        "without",
        "never",
        "neither",
        "nor",
        "except",
        "lacking",
        "skipped",
        "missed",
        "skipping",
        "excluding",
    ];
    for at in 0..tokens.len() {
        let inside = placed.iter().any(|fact| fact.start <= at && at < fact.end);
        if tokens[at].used
            || inside
            || !(tokens[at].is(&NEGATIONS) || denies_with_next(tokens, at))
            || tokens.get(at + 1).is_some_and(|next| next.word == "only")
        {
            continue;
        }
        let stops = |index: usize| {
            (tokens[index].is(&CONNECTIVES) && !tokens[index].is(&["without", "after"]))
                || tokens[index].after_break
                || relations.iter().any(|relation| relation.start == index)
                    && placed.iter().any(|fact| fact.start > at && fact.end <= index)
        };
        let end = (at + 1..tokens.len())
            .find(|index| stops(*index))
            .unwrap_or(tokens.len());
        for fact in placed.iter_mut().filter(|fact| fact.start > at && fact.start < end) {
            fact.negated = !fact.negated;
        }
    }
}

/// `other than`, `fall short of`.
fn denies_with_next(tokens: &[Token], at: usize) -> bool {
    let pair = (
        tokens[at].word.as_str(),
        tokens.get(at + 1).map_or("", |next| next.word.as_str()),
    );
    let falls = at > 0 && matches!(tokens[at - 1].stem.as_str(), "fall" | "fell");
    pair == ("other", "than") || pair == ("short", "of") && falls
}
