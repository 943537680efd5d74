//! What a "not" turns around. What comes in: tokens, relations and facts with their places; what goes out: facts that are
//! negated or not.

use crate::search::question::Placed;
use crate::search::question::relations::offsets::CONNECTIVES;
use crate::search::question::relations::relation::Relation;
use crate::search::question::words::token::Token;

/// Verbs that deny what stands behind them.
pub(super) const VERBS: [&str; 14] = [
    "skipped", "missed", "skipping", "skip", "lacking", "lacked", "lacks", "resisted", "resist", "avoided", "avoid",
    "avoiding", "failed", "fail",
];

/// The words that deny whatever they stand in or before. Each list of denying words begins with these; what else it has,
/// it says itself.
pub(in crate::search::question) const NOT: [&str; 3] = ["not", "no", "never"];

/// What denies facts behind it, besides: words that leave days or facts out.
const NEGATIONS: [&str; 11] = [
    "minus",
    "barring",
    "unless",
    "0",
    "apart",
    "aside",
    "without",
    "neither",
    "nor",
    "except",
    "excluding",
];

/// A word that denies what stands behind it.
pub(in crate::search::question) fn denies(token: &Token) -> bool {
    token.is(&NOT) || token.is(&NEGATIONS) || token.is(&VERBS)
}

/// A "not" reaches the facts behind it up to the next connective.
pub(in crate::search::question) fn negate(tokens: &[Token], relations: &[Relation], placed: &mut [Placed]) {
    for at in 0..tokens.len() {
        let inside = placed.iter().any(|fact| fact.start <= at && at < fact.end);
        if tokens[at].used
            || inside
            || !(denies(&tokens[at]) || denies_with_next(tokens, at))
            || tokens.get(at + 1).is_some_and(|next| next.word == "only")
        {
            continue;
        }
        // "Excluding the ones on days with no workout" goes on after "with".
        let leaves_out = tokens[at].is(&["except", "excluding", "minus", "barring", "unless", "apart", "aside"])
            || leaves_out(tokens, at)
            || names_days(tokens, at + 1);
        let ends = if leaves_out { &["and", "but"][..] } else { &CONNECTIVES };
        // "Not preceded by a day with a hard workout".
        let comes_with = |index: usize| {
            let of_a_day =
                tokens[index - 1].is(&["day", "night"]) && index > at + 2 && tokens[index - 2].is(&["a", "any"]);
            tokens[index].word == "with" && (of_a_day || tokens[index - 1].is(&["come", "go", "came", "went", "it"]))
        };
        let stops = |index: usize| {
            // "Neither trained nor did any sport".
            let nor = tokens[at].is(&["neither", "nor"]) && tokens[index].word == "nor";
            // "Not following a hard workout".
            let denied = index == at + 1 && tokens[index].is(&["following", "with", "when", "where", "because"]);
            let goes_on = denied || tokens[index].is(&["without", "after"]) || comes_with(index);
            nor || (tokens[index].is(ends) && !goes_on)
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

/// "Not on the days when I rested", "without the nights where ...".
fn names_days(tokens: &[Token], at: usize) -> bool {
    let noun = tokens[at..]
        .iter()
        .find(|token| !token.is(&["on", "the", "those", "any", "from", "for"]));
    noun.is_some_and(|noun| noun.is(&["days", "nights", "ones"]))
}

/// `other than`, `fall short of`, `leave out`.
fn denies_with_next(tokens: &[Token], at: usize) -> bool {
    let pair = (
        tokens[at].word.as_str(),
        tokens.get(at + 1).map_or("", |next| next.word.as_str()),
    );
    if leaves_out(tokens, at) {
        return true;
    }
    let falls = at > 0 && matches!(tokens[at - 1].stem.as_str(), "fall" | "fell");
    if matches!(pair, ("instead" | "outside", "of") | ("rather", "than")) {
        return true;
    }
    pair == ("other", "than") || pair == ("short", "of") && falls
}

/// `leave out`, `leaving out`, `left out`.
fn leaves_out(tokens: &[Token], at: usize) -> bool {
    tokens[at].is(&["leave", "leaving"]) && tokens.get(at + 1).is_some_and(|next| next.word == "out")
}
