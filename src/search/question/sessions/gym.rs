//! Workouts that are called by a part of the body, and others in several words: "leg day", "chest and back", "upper body".
//! What comes in: tokens; what goes out: tokens in which each of them is one word, which the lexicon has. A part of the
//! body alone is none: "chest over 100 cm" is a measure, "back at 11" no workout.

use crate::search::question::words::token::Token;

/// Parts of the body and movements, and the word for a workout of them.
const PARTS: [(&[&str], &str); 9] = [
    (&["leg", "legs", "quads", "hamstrings", "glutes", "calves"], "legday"),
    (&["chest", "pecs"], "chestday"),
    (&["back", "lats"], "backday"),
    (&["arm", "arms", "bicep", "biceps", "tricep", "triceps"], "armday"),
    (&["shoulder", "shoulders", "delts"], "shoulderday"),
    (&["core", "abs", "ab"], "coreday"),
    (&["push"], "pushday"),
    (&["pull"], "pullday"),
    (&["bodyweight"], "bodyweightday"),
];

/// Words in two, and the one that they become.
const PAIRS: [(&str, &str, &str); 9] = [
    ("upper", "body", "upperbody"),
    ("lower", "body", "lowerbody"),
    ("full", "body", "fullbody"),
    ("total", "body", "fullbody"),
    ("whole", "body", "fullbody"),
    ("kick", "boxing", "kickboxing"),
    ("cross", "fit", "crossfit"),
    ("power", "lifting", "powerlifting"),
    ("boot", "camp", "bootcamp"),
];

/// What is measured of a body: "lower body fat" is less of it.
const MEASURED: [&str; 12] = [
    "fat",
    "weight",
    "water",
    "mass",
    "muscle",
    "temperature",
    "temp",
    "measurement",
    "measurements",
    "composition",
    "percentage",
    "bmi",
];

/// Behind a part of the body these tell its size.
const SIZES: [&str; 10] = [
    "over",
    "under",
    "above",
    "below",
    "was",
    "is",
    "measurement",
    "circumference",
    "size",
    "girth",
];

/// Behind a part of the body these make a workout of it.
const WORKOUTS: [&str; 11] = [
    "day",
    "days",
    "workout",
    "workouts",
    "session",
    "sessions",
    "training",
    "exercise",
    "exercises",
    "routine",
    "work",
];

/// Before a part of the body these make a workout of it.
const TRAINING: [&str; 16] = [
    "trained",
    "train",
    "trains",
    "training",
    "worked",
    "working",
    "work",
    "hit",
    "hitting",
    "did",
    "do",
    "doing",
    "done",
    "out",
    "exercised",
    "after",
];

/// The tokens with each such workout as one word.
pub(in crate::search::question) fn as_one_word(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let found = pair(&tokens, at).or_else(|| part(&tokens, at, &joined));
        let Some((word, length)) = found else {
            joined.push(tokens[at].clone());
            at += 1;
            continue;
        };
        joined.push(Token {
            after_break: tokens[at].after_break,
            ..Token::of_word(word)
        });
        at += length;
    }
    joined
}

fn is(tokens: &[Token], at: usize, words: &[&str]) -> bool {
    tokens.get(at).is_some_and(|token| token.is(words))
}

/// The same sentence goes on with one of these.
fn goes_on(tokens: &[Token], at: usize, words: &[&str]) -> bool {
    is(tokens, at, words) && !tokens[at].after_break
}

/// `upper body`, `kick boxing`.
fn pair(tokens: &[Token], at: usize) -> Option<(&'static str, usize)> {
    let stands = |(first, second, _): &&(&str, &str, &str)| {
        tokens[at].word == *first && goes_on(tokens, at + 1, &[second]) && !is(tokens, at + 2, &MEASURED)
    };
    if is(tokens, at, &["body"]) && goes_on(tokens, at + 1, &["weight"]) {
        // "Body weight over 80" is measured.
        return is_workout_of(tokens, at + 2, false).map(|more| ("bodyweightday", 2 + more));
    }
    let (_, _, word) = PAIRS.iter().find(stands)?;
    let day = usize::from(goes_on(tokens, at + 2, &["day", "days"]));
    Some((word, 2 + day))
}

/// The workout of the part of the body at this place, and how many tokens it takes.
fn part(tokens: &[Token], at: usize, before: &[Token]) -> Option<(&'static str, usize)> {
    let (_, word) = named(tokens, at)?;
    if let Some(more) = is_workout_of(tokens, at + 1, *word == "backday") {
        return Some((word, 1 + more));
    }
    let at_the_gym = (at + 1..at + 4).take_while(|index| goes_on(tokens, *index, &["at", "in", "the", "gym"]));
    let of_gym = at_the_gym.last().is_some_and(|last| is(tokens, last, &["gym"]));
    // "Chest and back day", "trained chest and back".
    let joint = usize::from(is(tokens, at + 1, &["and", "or", "plus"]));
    let with_next = (joint == 1 || tokens.get(at + 1).is_some_and(|next| next.after_break))
        && named(tokens, at + 1 + joint).is_some()
        && part(tokens, at + 1 + joint, &[]).is_some();
    let is_named = |token: &Token| PARTS.iter().any(|(_, word)| token.word == *word);
    let mut said = before
        .iter()
        .rev()
        .filter(|token| !token.is(&["and", "or", "plus", "my", "the", "some", "on"]));
    // "Came back", "my back hurt": a verb before it says less of the back than of other parts.
    let is_back = *word == "backday";
    let of_last = said
        .next()
        .is_some_and(|last| is_named(last) || (!is_back && last.is(&TRAINING)));
    let is_measured = tokens.get(at + 1).is_some_and(|next| next.number.is_some()) || is(tokens, at + 1, &SIZES);
    (of_gym || with_next || (of_last && !is_measured)).then_some((*word, 1))
}

/// The part of the body at this place.
fn named(tokens: &[Token], at: usize) -> Option<&'static (&'static [&'static str], &'static str)> {
    let token = tokens.get(at)?;
    PARTS.iter().find(|(words, _)| token.is(words))
}

/// Whether it goes on with a word for a workout; how many tokens of it say no more. "Back training" may be who is back.
fn is_workout_of(tokens: &[Token], at: usize, is_back: bool) -> Option<usize> {
    let is_workout = goes_on(tokens, at, &WORKOUTS) && !(is_back && tokens[at].is(&["training", "work", "exercise"]));
    is_workout.then(|| usize::from(tokens[at].is(&["day", "days", "routine", "work"])))
}

#[cfg(test)]
mod tests {
    use crate::search::question::words::wording::in_plain_words as plain;

    #[test]
    fn a_workout_of_a_part_of_the_body_is_one_word() {
        for (said, expected) in [
            ("poor sleep after leg day", "poor sleep after legday"),
            ("leg day and run", "legday and run"),
            ("chest workout", "chestday workout"),
            ("upper body at the gym", "upperbody at the gym"),
            ("Upper-body workouts", "upperbody workouts"),
            ("trained chest and back", "trained chestday and backday"),
            ("back and biceps day", "backday and armday"),
            ("worked my abs", "worked my coreday"),
            ("legs at the gym", "legday at the gym"),
            ("body weight workout", "bodyweightday workout"),
            ("kick-boxing", "kickboxing"),
        ] {
            assert_eq!(plain(said), expected);
        }
    }

    #[test]
    fn a_part_of_the_body_alone_is_none() {
        for said in [
            "chest over 100 cm",
            "chest circumference",
            "lower body fat than in may",
            "body weight over 80 kg",
            "i came back late",
            "my legs were tired",
            "biggest chest",
        ] {
            assert_eq!(plain(said), said);
        }
    }
}
