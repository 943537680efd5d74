//! What a question tells only for context: "I usually go to bed early but on which nights ...", "my limit is 2500 kcal. When
//! did I exceed it?", "what is my resting pulse when ...". What comes in: tokens; what goes out: tokens without it.

use crate::search::question::facts::stretch::is_content;
use crate::search::question::numbers::measure::{measure_at, unit_of};

use super::token::Token;

/// The tokens of what is asked.
pub(super) fn without_context(tokens: Vec<Token>) -> Vec<Token> {
    without_asked_value(with_own_limit(without_habit(tokens)))
}

const ASKING: [&str; 6] = ["which", "when", "what", "show", "list", "find"];

/// "I usually go to bed early but on which nights was it after 00:30?" asks from "which" on, and of the bedtime.
fn without_habit(mut tokens: Vec<Token>) -> Vec<Token> {
    const HABITS: [&str; 5] = ["usually", "normally", "generally", "typically", "mostly"];
    const COMPARING: [&str; 8] = ["more", "less", "fewer", "longer", "shorter", "then", "those", "that"];
    if !tokens.iter().take(3).any(|token| token.is(&HABITS)) {
        return tokens;
    }
    let asks = |at: usize| (at..at + 2).any(|next| tokens.get(next).is_some_and(|token| token.is(&ASKING)));
    let turn = (1..tokens.len()).find(|at| {
        let but = tokens[*at].word == "but" && asks(*at + 1);
        but || (tokens[*at].after_break && asks(*at))
    });
    let Some(start) = turn.map(|at| at + usize::from(tokens[at].word == "but")) else {
        return tokens;
    };
    let asked = &tokens[start..];
    let compares = asked.iter().any(|token| token.is(&COMPARING));
    if compares && asked.iter().all(|token| token.number.is_none()) {
        return tokens;
    }
    let habit = &tokens[..start];
    let of_bed = habit.iter().any(|token| token.is(&["bed", "asleep"]));
    let of_waking = habit.iter().any(|token| token.is(&["up", "wake"]));
    let named = if of_bed {
        Some("bedtime")
    } else {
        of_waking.then_some("wakeup")
    };
    tokens.drain(..start);
    if let (Some(it), Some(named)) = (tokens.iter_mut().find(|token| token.word == "it"), named) {
        *it = Token::of_word(named);
    }
    tokens
}

/// "Keep my sodium below 2.5 g. When did I go over that?" asks for more than 2.5 g.
fn with_own_limit(mut tokens: Vec<Token>) -> Vec<Token> {
    const LIMITS: [&str; 7] = ["limit", "goal", "target", "cap", "allowance", "maximum", "budget"];
    let ends = |tokens: &[Token], at: usize| tokens.get(at).is_none_or(|next| next.after_break || !is_content(next));
    let passing = (1..tokens.len()).find_map(|at| {
        let refers = tokens[at].is(&["that", "it", "this", "them"]) && ends(&tokens, at + 1);
        let said = match tokens[at - 1].word.as_str() {
            "over" | "above" | "exceed" | "exceeded" | "surpass" | "surpassed" | "past" | "beyond" => "over",
            "under" | "below" | "beneath" => "under",
            _ => return None,
        };
        refers.then_some((at - 1, said))
    });
    if let Some((at, said)) = passing {
        let limit = (1..at).rev().find(|index| {
            let unit = tokens.get(index + 1).is_some_and(|next| unit_of(&next.word).is_some());
            tokens[*index].number.is_some() && unit
        });
        let Some(limit) = limit else { return tokens };
        let denied = tokens[limit..at].iter().any(|token| token.is(&["not", "never"]));
        if denied {
            return tokens;
        }
        tokens.drain(at..at + 2);
        const BOUNDS: [&str; 10] = [
            "below", "under", "over", "above", "at", "most", "least", "less", "more", "than",
        ];
        let first = (0..limit).rev().take_while(|index| tokens[*index].is(&BOUNDS)).last();
        tokens.splice(first.unwrap_or(limit)..limit, [Token::of_word(said)]);
        tokens.retain(|token| !token.is(&LIMITS));
    } else if tokens.iter().any(|token| token.word == "exceeded") {
        // "Sodium limit 2500 mg exceeded".
        let limit = tokens
            .windows(2)
            .position(|pair| pair[0].is(&LIMITS) && pair[1].number.is_some());
        if let Some(limit) = limit {
            tokens.remove(limit);
        }
    }
    tokens
}

/// "What is my resting pulse when I sleep under 7 hours?" asks for a value of days, not for a high one.
fn without_asked_value(mut tokens: Vec<Token>) -> Vec<Token> {
    let asked = (0..tokens.len()).find_map(|at| {
        let start = value_at(&tokens, at)?;
        let (measure, length) = measure_at(&tokens, start)?;
        let extreme = measure.name.starts_with("highest") || measure.name.starts_with("lowest");
        let end = start + length;
        let ends = tokens.get(end).is_none_or(|next| {
            next.after_break
                || next.is(&[
                    "on",
                    "when",
                    "whenever",
                    "after",
                    "if",
                    "in",
                    "during",
                    "for",
                    "following",
                ])
        });
        (ends && !extreme).then_some((start, end))
    });
    let Some((start, end)) = asked else { return tokens };
    // Who asks for nothing else means the value itself.
    let others = tokens[..start].iter().chain(&tokens[end..]);
    if others.filter(|token| is_content(token)).count() > 0 {
        if let Some(next) = tokens.get_mut(end) {
            next.after_break = true;
        }
        tokens.drain(start..end);
    }
    tokens
}

/// Where the value begins that is asked for here: `what is my ...`, `my ... on days`.
fn value_at(tokens: &[Token], at: usize) -> Option<usize> {
    let word = |index: usize| tokens.get(index).map_or("", |token| token.word.as_str());
    let owned = |index: usize| matches!(word(index), "my" | "the").then_some(index + 1);
    if word(at) == "what" && matches!(word(at + 1), "is" | "was" | "were" | "are") {
        return owned(at + 2);
    }
    let start = owned(at).filter(|_| at == 0 && word(0) == "my")?;
    let (_, length) = measure_at(tokens, start)?;
    let on_days = matches!(word(start + length), "on" | "for") && matches!(word(start + length + 1), "days" | "nights");
    on_days.then_some(start)
}

#[cfg(test)]
mod tests {
    use crate::search::question::words::wording::in_plain_words as plain;

    #[test]
    fn habits_before_the_question_are_context() {
        assert_eq!(
            plain("I usually go to bed early but on which nights was it after 00:30?"),
            "on which nights was bedtime after 00:30"
        );
        assert_eq!(
            plain("I usually run in the morning. Which days did I swim?"),
            "which days did i swim"
        );
        assert_eq!(plain("I usually sleep more"), "i usually sleep more");
    }

    #[test]
    fn a_limit_is_what_was_passed() {
        assert_eq!(
            plain("keep my sodium below 2.5 g. Did I go over that?"),
            "keep my sodium over 2.5 g did i go"
        );
        assert_eq!(
            plain("my limit is 2500 kcal. When did I exceed it?"),
            "my is over 2500 kcal when did i"
        );
    }

    #[test]
    fn a_value_that_is_asked_for_is_no_condition() {
        assert_eq!(
            plain("when I slept under seven hours, what is my resting pulse?"),
            "when i slept under 7 hours what is my"
        );
        assert_eq!(plain("what is my resting pulse?"), "what is my resting heart rate");
    }
}
