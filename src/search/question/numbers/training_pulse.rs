//! The heart rate in training, however it is said: "pulse in training", "max heart rate during activity". What comes in:
//! tokens; what goes out: tokens that call it the exercise heart rate, so that its "training" is no workout.

use crate::search::question::words::token::{Token, tokens_of_words};

/// The tokens with one name for it.
pub(in crate::search::question) fn named(mut tokens: Vec<Token>) -> Vec<Token> {
    tokens = said_apart(said_before(tokens));
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

/// "Activity with average heart rate of 150": the exercise stands before its heart rate.
fn said_before(mut tokens: Vec<Token>) -> Vec<Token> {
    const EXERCISE: [&str; 8] = [
        "activity",
        "activities",
        "workout",
        "workouts",
        "exercise",
        "training",
        "session",
        "sessions",
    ];
    let word = |at: usize| tokens.get(at).map_or("", |token| token.word.as_str());
    let found = (0..tokens.len()).find_map(|at| {
        let joined = tokens[at].is(&EXERCISE) && word(at + 1) == "with";
        let mean = at + 2 + usize::from(matches!(word(at + 2), "a" | "an" | "my"));
        let is_mean = matches!(word(mean), "average" | "mean");
        let heart = matches!(
            (word(mean + 1), word(mean + 2)),
            ("heart", "rate") | ("pulse" | "hr", _)
        );
        (joined && is_mean && heart).then_some((at, mean))
    });
    if let Some((at, mean)) = found {
        tokens.insert(mean + 1, Token::of_word("exercise"));
        tokens[mean].after_break = tokens[at].after_break;
        tokens.drain(at..mean);
        let heart = mean + 2 - (mean - at);
        if tokens[heart].is(&["pulse", "hr"]) {
            tokens.splice(heart..=heart, tokens_of_words("heart rate"));
        }
    }
    tokens
}

/// "My pulse went up to 180 or more during exercise": the exercise stands behind the number.
fn said_apart(mut tokens: Vec<Token>) -> Vec<Token> {
    const REACH: usize = 10;
    let heart = (0..tokens.len()).find(|at| {
        let rests = *at > 0 && tokens[at - 1].word == "resting";
        tokens[*at].is(&["pulse", "hr", "heart"]) && !rests
    });
    let Some(heart) = heart else { return tokens };
    let stop = (heart + 1..(heart + REACH).min(tokens.len()))
        .find(|at| tokens[*at].after_break || tokens[*at].is(&["and", "but", "when"]))
        .unwrap_or((heart + REACH).min(tokens.len()));
    let number = (heart..stop).find(|at| tokens[*at].number.is_some());
    let joint = number.and_then(|number| (number..stop).find(|at| tokens[*at].is(&["during", "while", "in"])));
    let Some(joint) = joint else { return tokens };
    // The words for the exercise are those that may stand right behind the heart rate.
    let mut moved: Vec<Token> = tokens_of_words("pulse");
    moved.extend_from_slice(&tokens[joint..]);
    if let Some(length) = stretch(&moved, 0) {
        let exercise: Vec<Token> = tokens.drain(joint..joint + length - 1).collect();
        let behind = heart + 1 + usize::from(tokens.get(heart + 1).is_some_and(|next| next.word == "rate"));
        tokens.splice(behind..behind, exercise);
    }
    tokens
}
