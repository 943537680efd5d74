//! Clock times as they are spoken: "half past one", "quarter to midnight". What comes in: tokens; what goes out: tokens in
//! which each such time is one.

use crate::search::question::words::token::Token;

use super::measure::unit_of;

const NOON: u32 = 12 * 60;

/// The tokens with spoken times as clock times.
pub(in crate::search::question) fn as_clocks(mut tokens: Vec<Token>) -> Vec<Token> {
    let mut at = 0;
    while at < tokens.len() {
        if let Some((minutes, length)) = spoken(&tokens[at..]) {
            let clock = Token {
                clock: Some(minutes),
                after_break: tokens[at].after_break,
                ..Token::of_word(&format!("{}:{:02}", minutes / 60, minutes % 60))
            };
            tokens.splice(at..at + length, [clock]);
        }
        at += 1;
    }
    tokens
}

/// The minutes since midnight that are spoken here, and how many tokens they take.
fn spoken(tokens: &[Token]) -> Option<(u32, usize)> {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.word.as_str());
    let whole = |at: usize| {
        let number = tokens.get(at)?.number.filter(|number| number % 1000 == 0)?;
        u32::try_from(number / 1000).ok()
    };
    let article = usize::from(word(0) == "a" && word(1) == "quarter");
    let part = match word(article) {
        "half" => 30,
        "quarter" => 15,
        // "20 to 25" is a span, "20 past 10" a time.
        _ => whole(0).filter(|part| matches!(part, 5 | 10 | 20 | 25) && word(1) == "past")?,
    };
    let before = match (word(article + 1), part) {
        ("past", _) => false,
        ("to", 15) => true,
        _ => return None,
    };
    let hour_at = article + 2;
    let hour = match word(hour_at) {
        "midnight" => 0,
        "noon" | "midday" => NOON,
        _ => whole(hour_at).filter(|hour| (1..=12).contains(hour) && unit_of(word(hour_at + 1)).is_none())? * 60,
    };
    let minutes = match before {
        false => hour + part,
        // A quarter to one follows noon or midnight; twelve stands for both.
        true if hour == 60 => NOON + 60 - part,
        true => (hour + 24 * 60 - part) % (24 * 60),
    };
    Some((minutes, hour_at + 1))
}

#[cfg(test)]
mod tests {
    use crate::search::question::words::token::tokens;

    #[test]
    fn spoken_times_are_clock_times() {
        let clocks = |question: &str| -> Vec<u32> { tokens(question).iter().filter_map(|token| token.clock).collect() };
        assert_eq!(clocks("after half past one, by a quarter past ten"), [90, 615]);
        assert_eq!(
            clocks("quarter to midnight, half past twelve, twenty past nine"),
            [1425, 750, 560]
        );
        assert_eq!(clocks("quarter to one"), [765]);
        assert!(clocks("20 to 25 minutes, half my usual, 10 past 10 km").is_empty());
    }
}
