//! Amounts that are said in two units or in parts of one: "9 hours 15 minutes", "a mile and a half", "three quarters of an
//! hour", "14 stone 5", "waist in inches under 30". What comes in: tokens in which numbers are folded; what goes out: tokens
//! in which each such amount is one number and one unit.

use crate::search::question::words::token::Token;

use super::measure::{Dimension, unit_of};

/// The tokens with every amount in one unit.
pub(in crate::search::question) fn fold_compounds(tokens: Vec<Token>) -> Vec<Token> {
    let mut folded: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest = &tokens[..];
    while let Some(first) = rest.first() {
        let compared = folded.last().is_some_and(is_comparison);
        let found = quarters(rest)
            .or_else(|| parts_behind(rest))
            .or_else(|| one_and_a_part(rest))
            .or_else(|| one(rest).filter(|_| compared));
        let Some((number, unit, length)) = found else {
            folded.push(first.clone());
            rest = &rest[1..];
            continue;
        };
        folded.push(Token {
            after_break: first.after_break,
            ..Token::of_number(number)
        });
        folded.push(Token::of_word(unit));
        rest = &rest[length..];
    }
    units_behind(folded)
}

fn word(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.word.as_str())
}

fn is_comparison(token: &Token) -> bool {
    token.is(&[
        "than", "over", "under", "above", "below", "least", "most", "beyond", "exactly", "about", "around",
    ])
}

/// A unit that is cut into parts; nobody eats a calorie and a half.
fn parted(word: &str) -> bool {
    let dimension = unit_of(word).map(|unit| unit.dimension);
    matches!(dimension, Some(Dimension::Time | Dimension::Length | Dimension::Mass)) && word.len() > 1
}

/// `and a half`, `and a quarter`, `and three quarters` behind a unit, and how many words it takes.
fn fraction(tokens: &[Token], at: usize) -> Option<(i64, usize)> {
    let joins = matches!(word(tokens, at), "and" | "an");
    let of_one = matches!(word(tokens, at + 1), "a" | "1");
    let found = match (word(tokens, at + 1), word(tokens, at + 2)) {
        (_, "half") if of_one => (500, 3),
        (_, "quarter") if of_one => (250, 3),
        ("3", "quarters") => (750, 3),
        ("half", _) => (500, 2),
        _ => return None,
    };
    joins.then_some(found)
}

type CompoundAmount = (i64, &'static str, usize);

/// The unit as a word that outlives the tokens.
fn unit_word(word: &str) -> &'static str {
    match word {
        "h" | "hr" | "hrs" | "hour" | "hours" => "hours",
        "min" | "mins" | "minute" | "minutes" => "minutes",
        "mi" | "mile" | "miles" => "miles",
        "ft" | "foot" | "feet" => "feet",
        "inch" | "inches" => "inches",
        "stone" | "stones" => "stone",
        "lb" | "lbs" | "pound" | "pounds" => "pounds",
        "kg" | "kgs" | "kilo" | "kilos" | "kilogram" | "kilograms" => "kg",
        "g" | "gram" | "grams" | "gramme" | "grammes" => "g",
        "mg" | "milligram" | "milligrams" => "mg",
        "m" | "meter" | "meters" | "metre" | "metres" => "m",
        "cm" | "centimeters" | "centimetres" => "cm",
        _ => "km",
    }
}

/// `three quarters of an hour`, `a quarter of a mile`.
fn quarters(tokens: &[Token]) -> Option<CompoundAmount> {
    let count = match (word(tokens, 0), word(tokens, 1)) {
        ("a" | "1", "quarter") => 1,
        ("3", "quarters" | "quarter") => 3,
        _ => return None,
    };
    let of = usize::from(word(tokens, 2) == "of");
    let article = usize::from(matches!(word(tokens, 2 + of), "a" | "an" | "1"));
    let unit = word(tokens, 2 + of + article);
    if (of == 0 && article > 0) || !parted(unit) {
        return None;
    }
    // Minutes are what one moves for; hours are slept.
    match unit_word(unit) {
        "hours" => Some((count * 15_000, "minutes", 3 + of + article)),
        unit => Some((count * 250, unit, 3 + of + article)),
    }
}

/// The part that stands behind a number of whole units: `9 hours 15 minutes`, `2 miles and a half`, `14 stone 5`.
fn parts_behind(tokens: &[Token]) -> Option<CompoundAmount> {
    let whole = tokens[0].number?;
    let unit = word(tokens, 1);
    let is_hours = unit_of(unit).is_some() && unit_word(unit) == "hours";
    if !is_hours && !parted(unit) {
        return None;
    }
    let unit = unit_word(unit);
    if let Some((part, length)) = fraction(tokens, 2) {
        return Some((whole.saturating_add(part), unit, 2 + length));
    }
    let (size, names): (i64, &[&str]) = match unit {
        "hours" => (60, &["m", "min", "mins", "minute", "minutes"]),
        "stone" => (14, &["lb", "lbs", "pound", "pounds"]),
        "feet" => (12, &["inch", "inches"]),
        _ => return None,
    };
    let and = usize::from(word(tokens, 2) == "and");
    let part_token = tokens.get(2 + and)?;
    let part = part_token.number.filter(|part| (0..size * 1000).contains(part))?;
    let named = names.contains(&word(tokens, 3 + and));
    // "14 stone 5" needs no pounds, "14 stone 5 days in a row" has none.
    let next = tokens.get(3 + and);
    let bare =
        unit == "stone" && and == 0 && next.is_none_or(|next| next.after_break || next.is(&["or", "and", "but"]));
    // "Under 6 hours, 30 minutes of yoga", "8 hours and 30 minutes of exercise".
    let of_another = part_token.after_break || (and == 1 && word(tokens, 4 + and) == "of");
    let length = 3 + and + usize::from(named);
    ((named || bare) && !of_another).then_some((whole.saturating_add((part + size / 2) / size), unit, length))
}

/// `a mile and a half`.
fn one_and_a_part(tokens: &[Token]) -> Option<CompoundAmount> {
    let (number, unit, length) = one(tokens)?;
    let (part, more) = fraction(tokens, length)?;
    Some((number + part, unit, length + more))
}

/// `a mile`, which counts where something is compared with it.
fn one(tokens: &[Token]) -> Option<CompoundAmount> {
    let unit = word(tokens, 1);
    let is_one = matches!(word(tokens, 0), "a" | "an") && parted(unit) && !tokens[1].after_break;
    is_one.then(|| (1000, unit_word(unit), 2))
}

/// "Waist in inches under 30" is "waist under 30 inches".
fn units_behind(mut tokens: Vec<Token>) -> Vec<Token> {
    /// Words of a comparison and its number.
    const REACH: usize = 4;
    for at in 1..tokens.len().saturating_sub(2) {
        if tokens[at].word != "in" || !parted(word(&tokens, at + 1)) {
            continue;
        }
        let behind = at + 2..(at + 2 + REACH).min(tokens.len());
        let Some(number_at) = behind.into_iter().find(|index| tokens[*index].number.is_some()) else {
            continue;
        };
        let has_unit = unit_of(word(&tokens, number_at + 1)).is_some();
        if !has_unit && is_comparison(&tokens[number_at - 1]) && !tokens[number_at].after_break {
            let unit = tokens[at + 1].clone();
            tokens.insert(number_at + 1, unit);
            tokens.drain(at..at + 2);
            return tokens;
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use crate::search::question::words::token::tokens;

    fn words(question: &str) -> String {
        let words: Vec<String> = tokens(question).into_iter().map(|token| token.word).collect();
        words.join(" ")
    }

    #[test]
    fn two_units_are_one_amount() {
        assert_eq!(words("slept 9 hrs 15 min"), "slept 9.25 hours");
        assert_eq!(words("an hour and a quarter of rowing"), "1.25 hours of rowing");
        assert_eq!(words("three quarters of an hour"), "45 minutes");
        assert_eq!(words("less than a mile and a half"), "less than 1.5 miles");
        assert_eq!(words("two and a quarter miles, half a mile"), "2.25 miles 0.5 mile");
        assert_eq!(words("under 14 st 5"), "under 14.357 stone");
        assert_eq!(words("waist in inches under 30"), "waist under 30 inches");
    }

    #[test]
    fn amounts_of_two_things_stay_two() {
        assert_eq!(
            words("under 6 hours, 30 minutes of yoga"),
            "under 6 hours 30 minutes of yoga"
        );
        assert_eq!(words("over 14 stone 5 days running"), "over 14 stone 5 days running");
        assert_eq!(words("a mile of snow"), "a mile of snow");
    }
}
