//! Words of a question. What comes in: the question as typed; what goes out: tokens in plain words, with stems, numbers
//! (digits or words), clock times and written dates. It cuts, and has the other files and rooms read amounts, dates and
//! wordings on the way; what a word says of a day it does not know, but for units: "10k+" and "7.5h" hold two words.

use crate::record::Date;
use crate::search::question::dates::written_date::{
    push_date_range, push_numeric_date, with_whole_thousands, with_whole_years, written_date,
};
use crate::search::question::numbers::compound::fold_compounds;
use crate::search::question::numbers::measure::unit_of;
use crate::search::question::numbers::number::fold_numbers;
use crate::search::question::numbers::written_amount::in_plain_amounts;

use super::wording;

/// One word, number, clock time or date of a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::search) struct Token {
    /// Lower case, without punctuation.
    pub(in crate::search::question) word: String,
    /// The word without its ending, for comparing.
    pub(in crate::search::question) stem: String,
    /// Thousandths, where it is a number.
    pub(in crate::search::question) number: Option<i64>,
    /// Minutes since midnight, where it is a clock time.
    pub(in crate::search::question) clock: Option<u32>,
    /// Where it is a date written as `2025-08-14` or `14.08.2025`.
    pub(in crate::search::question) date: Option<Date>,
    /// Written with a capital first letter.
    pub(in crate::search::question) capital: bool,
    /// A comma or the like stands before it.
    pub(in crate::search::question) after_break: bool,
    /// Some part of the understanding has claimed it.
    pub(in crate::search) used: bool,
}

impl Token {
    pub(in crate::search::question) fn of_word(word: &str) -> Token {
        let lower = word.to_lowercase();
        Token {
            stem: stem(&lower),
            capital: word.starts_with(char::is_uppercase),
            word: lower,
            ..Token::default()
        }
    }

    pub(in crate::search::question) fn of_number(thousandths: i64) -> Token {
        let word = crate::record::Milli::from_thousandths(thousandths).to_string();
        Token {
            stem: word.clone(),
            word,
            number: Some(thousandths),
            ..Token::default()
        }
    }

    pub(in crate::search) fn is(&self, words: &[&str]) -> bool {
        words.contains(&self.word.as_str())
    }
}

/// The word at this place, while nothing has claimed it; else nothing.
pub(in crate::search::question) fn unclaimed_word(tokens: &[Token], at: usize) -> &str {
    let open = tokens.get(at).filter(|token| !token.used);
    open.map_or("", |token| token.word.as_str())
}

/// Cuts a question into tokens; a very long one ends early, as the rules below look at every stretch of words.
pub(in crate::search) fn tokens(question: &str) -> Vec<Token> {
    /// Several times the longest question of the test set.
    const WORDS: usize = 120;
    let question = question.replace(['’', '`'], "'").replace('−', "-");
    let mut tokens = Vec::new();
    let mut after_break = false;
    let question = in_plain_amounts(&with_whole_years(&with_whole_thousands(&question)));
    for raw in question.split_whitespace().take(WORDS) {
        let before = tokens.len();
        // What stands in brackets is said beside the sentence, but "runs (no rain)" goes on.
        let denies = ["(no", "(not", "(without", "(except"].contains(&raw.to_lowercase().as_str());
        after_break |= raw.starts_with('(') && before > 0 && !denies;
        push_raw(raw, &mut tokens);
        if let Some(first) = tokens.get_mut(before) {
            first.after_break |= after_break;
            after_break = false;
        }
        after_break |=
            wording::shorthand(raw).is_none() && raw.ends_with([',', ';', ':', '.', '?', '!', ')', '–', '—']);
    }
    // A stretch between spaces may be many words.
    tokens.truncate(4 * WORDS);
    wording::plain(fold_compounds(fold_numbers(tokens)))
}

/// Words without numbers, dates or punctuation.
pub(in crate::search::question) fn tokens_of_words(words: &str) -> Vec<Token> {
    words.split_whitespace().map(Token::of_word).collect()
}

/// The tokens of one stretch without spaces.
fn push_raw(raw: &str, tokens: &mut Vec<Token>) {
    if let Some(plain) = wording::shorthand(raw) {
        return tokens.extend(tokens_of_words(plain));
    }
    let absent = raw.trim_end_matches(PUNCTUATION).strip_suffix("-free");
    // "Snack-free" is "no snack".
    tokens.extend(absent.map(|_| Token::of_word("no")));
    let raw = absent.unwrap_or(raw);
    let rest = raw.trim_start_matches(['(', '"', '\'', '“']);
    let least = rest.trim_end_matches(PUNCTUATION).strip_suffix('+');
    if least.is_some_and(|number| numeric(number).is_some_and(|(_, unit)| unit.is_empty() || unit_of(unit).is_some())) {
        // "10k+" is "at least 10k".
        tokens.push(Token::of_word("min"));
    }
    if push_numeric_date(rest.trim_end_matches(PUNCTUATION), tokens) || push_date_range(rest, tokens) {
        return;
    }
    let trimmed = rest.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '%');
    if let Some(date) = written_date(trimmed) {
        let mut token = Token::of_word(trimmed);
        token.date = Some(date);
        return tokens.push(token);
    }
    if let Some((joint, parts)) = joined_words(trimmed) {
        for (index, part) in parts.into_iter().enumerate() {
            tokens.extend((index > 0).then(|| Token::of_word(joint)));
            tokens.push(Token::of_word(part));
        }
        return;
    }
    let mut first = true;
    let trimmed = match trimmed.strip_suffix("/min") {
        // "70/min" counts beats.
        Some(number) if numeric(number).is_some() => {
            push_numeric(number, tokens);
            return tokens.push(Token::of_word("bpm"));
        }
        _ => trimmed,
    };
    if trimmed.contains(',') && numeric(trimmed).is_some() {
        return push_numeric(trimmed, tokens);
    }
    for part in trimmed.split(['-', '/', '–', '—', ',']) {
        if part.is_empty() {
            continue;
        }
        let range = !first && numeric(part).is_some() && tokens.last().is_some_and(|token| token.number.is_some());
        if range {
            tokens.push(Token::of_word("to"));
        }
        first = false;
        match numeric(part) {
            Some(_) => push_numeric(part, tokens),
            None => push_word(part, tokens),
        }
    }
}

/// `yoga/pilates`, `Tue+Thu+Sat`, the sum `deep+rem`, but not `km/h` or `steps/day`: the word that joins them, and the parts.
fn joined_words(raw: &str) -> Option<(&'static str, Vec<&str>)> {
    let parts: Vec<&str> = raw.split(if raw.contains('/') { '/' } else { '+' }).collect();
    let is_word = |word: &&str| word.len() > 2 && word.chars().all(char::is_alphabetic);
    let counts = |word: &&str| unit_of(word).is_some() || matches!(*word, "day" | "night" | "week" | "month");
    let is_phase = |part: &&str| part.eq_ignore_ascii_case("deep") || part.eq_ignore_ascii_case("rem");
    let joint = match raw.contains('/') {
        true => "or",
        false if parts.iter().all(is_phase) => "plus",
        false => "and",
    };
    let all_words = parts.iter().all(|part| is_word(part) && !counts(part));
    (parts.len() > 1 && all_words).then_some((joint, parts))
}

pub(in crate::search::question) const PUNCTUATION: [char; 8] = [',', ';', ':', '.', '?', '!', ')', '"'];

/// The number at the start of the text and what follows it, such as `10k`, `15,000`, `7.5h`.
fn numeric(text: &str) -> Option<(i64, &str)> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let plain: String = digits.chars().filter(|c| *c != ',').collect();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    if whole.is_empty() || whole.len() > 9 || fraction.contains('.') {
        return None;
    }
    let padded: String = fraction.chars().chain("000".chars()).take(3).collect();
    let thousandths = whole.parse::<i64>().ok()? * 1000 + padded.parse::<i64>().ok()?;
    match suffix.strip_prefix('k') {
        Some("") => Some((thousandths * 1000, "")),
        _ => Some((thousandths, suffix)),
    }
}

fn push_numeric(text: &str, tokens: &mut Vec<Token>) {
    let Some((thousandths, suffix)) = numeric(text) else {
        return push_word(text, tokens);
    };
    if let Some(minutes) = clock(thousandths, suffix) {
        let mut token = Token::of_word(text);
        token.clock = Some(minutes);
        return tokens.push(token);
    }
    if matches!(suffix, "st" | "nd" | "rd" | "th") {
        let mut token = Token::of_word(text);
        token.number = Some(thousandths);
        return tokens.push(token);
    }
    tokens.push(Token::of_number(thousandths));
    if !suffix.is_empty() {
        tokens.push(Token::of_word(suffix));
    }
}

/// `23:30`, `11pm`, `11:30pm`.
fn clock(thousandths: i64, suffix: &str) -> Option<u32> {
    let hours = u32::try_from(thousandths / 1000).ok().filter(|hours| *hours < 24)?;
    let lower = suffix.to_lowercase();
    let (minutes, half) = match lower.strip_prefix(':') {
        Some(rest) => (
            rest.get(..2)?.parse::<u32>().ok().filter(|minutes| *minutes < 60)?,
            rest.get(2..)?,
        ),
        None => (0, lower.as_str()),
    };
    match half {
        "pm" if hours < 12 => Some((hours + 12) * 60 + minutes),
        "am" if hours == 12 => Some(minutes),
        "am" | "pm" => Some(hours * 60 + minutes),
        "" if lower.starts_with(':') => Some(hours * 60 + minutes),
        _ => None,
    }
}

fn push_word(part: &str, tokens: &mut Vec<Token>) {
    let word = part.trim_matches(|c: char| !c.is_alphanumeric() && c != '%');
    if word.is_empty() {
        return;
    }
    // "H.I.I.T."
    let letters = word.split('.');
    if word.contains('.') && letters.clone().all(|letter| letter.chars().count() == 1) {
        return tokens.push(Token::of_word(&letters.collect::<String>()));
    }
    let lower = word.to_lowercase();
    let base = lower.strip_suffix("n't").or_else(|| {
        let contracted = [
            "dont", "didnt", "doesnt", "wasnt", "werent", "couldnt", "cant", "hadnt", "havent", "isnt",
        ];
        contracted.contains(&lower.as_str()).then(|| &lower[..lower.len() - 2])
    });
    if let Some(base) = base {
        tokens.push(Token::of_word(base));
        return tokens.push(Token::of_word("not"));
    }
    if lower == "cannot" {
        return tokens.extend([Token::of_word("can"), Token::of_word("not")]);
    }
    if let Some(day) = ORDINALS.iter().position(|ordinal| *ordinal == lower) {
        return push_numeric(&format!("{}th", day + 3), tokens);
    }
    tokens.push(Token::of_word(word.split('\'').next().unwrap_or(word)));
}

/// From the third on; "first" and "second" say other things, too.
pub(in crate::search::question) const ORDINALS: [&str; 18] = [
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
];

#[rustfmt::skip]
const IRREGULAR: [(&str, &str); 47] = [
    ("slept", "sleep"), ("asleep", "sleep"), ("ate", "eat"), ("eaten", "eat"), ("ran", "run"), ("woke", "wake"),
    ("woken", "wake"), ("awoke", "wake"), ("swam", "swim"), ("swum", "swim"), ("rode", "ride"), ("ridden", "ride"),
    ("went", "go"), ("gone", "go"), ("got", "get"), ("felt", "feel"), ("burnt", "burn"), ("rose", "rise"),
    ("lay", "lie"), ("drank", "drink"), ("did", "do"), ("does", "do"), ("done", "do"), ("had", "have"),
    ("has", "have"), ("was", "be"), ("were", "be"), ("is", "be"), ("are", "be"), ("been", "be"), ("biking", "bike"),
    ("cycling", "cycle"), ("hiking", "hike"), ("lifting", "lift"), ("fibre", "fiber"), ("feet", "foot"),
    ("calories", "calorie"), ("calory", "calorie"), ("hr", "hr"), ("carbs", "carb"), ("carbohydrates", "carb"),
    ("carbohydrate", "carb"), ("less", "less"), ("overate", "overeat"), ("overslept", "oversleep"),
    ("always", "always"), ("skies", "sky"),
];

/// A light stemmer: irregular forms by table, then the endings of plurals and of verb forms.
pub(in crate::search::question) fn stem(word: &str) -> String {
    let irregular = IRREGULAR.iter().find(|(form, _)| *form == word);
    let word = irregular.map_or(word, |(_, base)| *base);
    let cut = |ending: &str| word.strip_suffix(ending).filter(|rest| rest.len() >= 3);
    let keeps_its_s = word.ends_with("ss") || word.ends_with("us") || word.ends_with("is");
    let rest = if let Some(rest) = cut("ies") {
        return format!("{rest}y");
    } else if let Some(rest) = cut("ing").or_else(|| cut("ed")) {
        without_double_end(rest)
    } else if let Some(rest) = cut("s").filter(|_| !keeps_its_s) {
        rest
    } else {
        word
    };
    let bare = rest.trim_end_matches('e');
    if bare.len() >= 3 { bare } else { rest }.to_string()
}

/// `runn` of `running` is `run`; `press` of `pressing` stays.
fn without_double_end(rest: &str) -> &str {
    let doubled = ["bb", "dd", "gg", "mm", "nn", "pp", "rr", "tt"]
        .iter()
        .any(|end| rest.ends_with(end));
    if doubled && rest.len() > 3 {
        &rest[..rest.len() - 1]
    } else {
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(question: &str) -> Vec<String> {
        tokens(question).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn numbers_are_read_in_digits_and_words() {
        let numbers = |question: &str| {
            tokens(question)
                .iter()
                .filter_map(|token| token.number)
                .collect::<Vec<_>>()
        };
        assert_eq!(numbers("over 15,000 steps"), [15_000_000]);
        assert_eq!(numbers("10k steps or ten thousand"), [10_000_000, 10_000_000]);
        assert_eq!(numbers("seven and a half hours"), [7_500]);
        assert_eq!(numbers("an hour, half an hour"), [1_000, 500]);
        assert_eq!(numbers("twenty five or a hundred twenty"), [25_000, 120_000]);
        assert_eq!(numbers("two thousand five hundred"), [2_500_000]);
        assert_eq!(numbers("5-6h"), [5_000, 6_000]);
        assert_eq!(numbers("slept 7.5h"), [7_500]);
        assert_eq!(
            numbers("9 hrs 15 min, an hour and a half, 2h and 20 minutes"),
            [9_250, 1_500, 2_333]
        );
    }

    #[test]
    fn clocks_and_dates_are_read() {
        let clocks = |question: &str| {
            tokens(question)
                .iter()
                .filter_map(|token| token.clock)
                .collect::<Vec<_>>()
        };
        assert_eq!(clocks("after 11pm, 23:30, 12:15am"), [1380, 1410, 15]);
        assert_eq!(tokens("2025-08-14?")[0].date, Date::from_ymd(2025, 8, 14));
        assert_eq!(tokens("14.08.2025")[0].date, Date::from_ymd(2025, 8, 14));
        assert_eq!(words("2025-08-01..2025-08-15"), ["2025-08-01", "to", "2025-08-15"]);
        assert_eq!(
            words("yoga/pilates, 10k steps/day"),
            ["yoga", "or", "pilates", "10000", "steps", "day"]
        );
    }

    #[test]
    fn negations_stand_alone() {
        assert_eq!(words("didn't sleep"), ["did", "not", "sleep"]);
        assert_eq!(words("high-protein day"), ["high", "protein", "day"]);
        assert_eq!(words("sleep < 5"), ["sleep", "under", "5"]);
    }

    #[test]
    fn stems_bring_forms_together() {
        for (form, stem_of) in [
            ("runs", "running"),
            ("slept", "sleeping"),
            ("walked", "walk"),
            ("tossed", "toss"),
            ("exercise", "exercising"),
            ("moved", "move"),
        ] {
            assert_eq!(stem(form), stem(stem_of), "{form}");
        }
    }
}
