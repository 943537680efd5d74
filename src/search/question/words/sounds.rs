//! What is said without a meaning: "um", "like", "super" before another adjective. What comes in: tokens; what goes out: the
//! others.

use super::token::Token;

/// What is said while thinking: "um days when I, like, ran".
pub(super) fn without_sounds(tokens: Vec<Token>) -> Vec<Token> {
    const SOUNDS: [&str; 13] = [
        "um", "uh", "uhm", "er", "erm", "hmm", "okay", "ok", "lol", "lmao", "tbh", "pls", "plz",
    ];
    /// No verb or noun that "like" could belong to.
    const BEFORE_LIKE: [&str; 10] = ["i", "where", "when", "and", "but", "that", "then", "me", "which", "of"];
    /// "Super sleep" is great, "super late" is very late.
    const SUPER: [&str; 8] = ["sleep", "night", "nights", "rest", "day", "days", "quality", "good"];
    let raises: Vec<bool> = tokens
        .iter()
        .enumerate()
        .map(|(at, token)| token.word == "super" && tokens.get(at + 1).is_some_and(|next| !next.is(&SUPER)))
        .collect();
    let mut plain: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut after_break = false;
    for (at, mut token) in tokens.into_iter().enumerate() {
        let fills = token.word == "like" && (at == 0 || plain.last().is_none_or(|before| before.is(&BEFORE_LIKE)));
        if token.is(&SOUNDS) || fills || raises[at] {
            after_break |= token.after_break;
            continue;
        }
        token.after_break |= std::mem::take(&mut after_break);
        plain.push(token);
    }
    plain
}

#[cfg(test)]
mod tests {
    use crate::search::question::words::wording::in_plain_words as plain;

    #[test]
    fn sounds_are_left_out_and_words_stay() {
        assert_eq!(plain("um days when I like ran super late lol"), "days when i ran late");
        assert_eq!(plain("super sleep, days like that"), "great sleep days like that");
    }
}
