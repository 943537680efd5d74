//! How many days a superlative asks for, and from which place on: "the three longest runs", "top 5", "the second best night".
//! What comes in: tokens and an order; what goes out: the order with both, and the tokens it was read from are marked as
//! used.

use crate::search::order::{Order, OrderKey};
use crate::search::question::words::token::Token;

/// The order with the number of days it asks for; its words are marked as used.
pub(super) fn finished(tokens: &mut [Token], at: usize, mut order: Order, used: Vec<usize>) -> Order {
    if let Some(place) = at.checked_sub(1).and_then(|before| ordinal(&tokens[before])) {
        order.skip = place - 1;
        used.into_iter()
            .chain([at - 1])
            .for_each(|index| tokens[index].used = true);
        return order;
    }
    // "Starting from the oldest one": all, in that order.
    let starts = tokens[at.saturating_sub(3)..at]
        .iter()
        .any(|token| token.is(&["starting", "beginning", "ordered"]));
    let (count, count_at) = match count(tokens, at) {
        (_, count_at) if starts && (count_at.is_none() || order.key == OrderKey::Date) => (None, count_at),
        counted => counted,
    };
    order.count = count;
    used.into_iter()
        .chain(count_at)
        .for_each(|index| tokens[index].used = true);
    order
}

/// The `second` of "the second longest run", from two on.
fn ordinal(token: &Token) -> Option<usize> {
    let is_ordinal = ["st", "nd", "rd", "th"]
        .iter()
        .any(|ending| token.word.ends_with(ending));
    let counted = token
        .number
        .filter(|_| is_ordinal)
        .and_then(|number| usize::try_from(number / 1000).ok());
    let place = if token.word == "second" { Some(2) } else { counted };
    place.filter(|place| !token.used && (2..=100).contains(place))
}

/// How many days a superlative asks for: `the three days`, `top 5`, one for a singular, no number for a plural.
fn count(tokens: &[Token], at: usize) -> (Option<usize>, Option<usize>) {
    let is_noun = |index: usize| {
        tokens.get(index).is_some_and(|token| {
            token.is(&[
                "days",
                "nights",
                "times",
                "runs",
                "rides",
                "swims",
                "walks",
                "hikes",
                "workouts",
                "sessions",
                "mornings",
                "dates",
                "occasions",
                "instances",
                "records",
            ])
        })
    };
    let number_at = (0..tokens.len()).find(|index| {
        let token = &tokens[*index];
        let ranked = *index > 0 && tokens[index - 1].is(&["top", "bottom", "me", "first"]);
        let counts =
            ranked || is_noun(index + 1) || index.abs_diff(at) == 1 || (*index + 2 == at && is_noun(index + 3));
        token.number.is_some_and(|number| number > 0 && number <= 1_000_000) && !token.used && counts
    });
    match number_at {
        Some(index) => {
            let count = tokens[index].number.map_or(1, |number| number / 1000);
            (usize::try_from(count.max(1)).ok(), Some(index))
        }
        None => (if (0..tokens.len()).any(is_noun) { None } else { Some(1) }, None),
    }
}
