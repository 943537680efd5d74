//! The heart rate in training, however it is said: "pulse in training", "max heart rate during activity". What comes in:
//! tokens; what goes out: tokens that call it the exercise heart rate, so that its "training" is no workout.

use crate::search::question::words::token::{Token, tokens_of_words};

/// The tokens with one name for it.
pub(in crate::search::question) fn named(mut tokens: Vec<Token>) -> Vec<Token> {
    let Some((start, end)) = (0..tokens.len()).find_map(|at| Some((at, stretch(&tokens, at)?))) else {
        return tokens;
    };
    let mut name = tokens_of_words("exercise heart rate");
    name[0].after_break = tokens[start].after_break;
    tokens.splice(start..end, name);
    tokens
}

/// Where the words end that start here and name the heart rate in training.
fn stretch(tokens: &[Token], at: usize) -> Option<usize> {
    let word = |index: usize| {
        let token = tokens.get(index).filter(|token| index == at || !token.after_break);
        token.map_or("", |token| token.word.as_str())
    };
    // "Resting heart rate during training" is a slip that keeps its first word.
    let rests = at > 0 && tokens[at - 1].is(&["resting"]);
    let heart = match (word(at), word(at + 1)) {
        _ if rests => return None,
        ("heart", "rate") => 2,
        ("pulse" | "hr" | "heartbeat", "rate") => 2,
        ("pulse" | "hr" | "heartbeat", _) => 1,
        _ => return None,
    };
    let mut next = at + heart;
    if !matches!(word(next), "in" | "during" | "while" | "when" | "whilst") {
        return None;
    }
    next += 1;
    while matches!(
        word(next),
        "a" | "an" | "my" | "the" | "i" | "was" | "am" | "any" | "doing"
    ) {
        next += 1;
    }
    match (word(next), word(next + 1)) {
        ("working", "out") => Some(next + 2),
        (
            "training" | "exercise" | "exercising" | "activity" | "activities" | "workout" | "workouts" | "session"
            | "sessions" | "sport" | "sports" | "exertion",
            _,
        ) => Some(next + 1),
        _ => None,
    }
}
