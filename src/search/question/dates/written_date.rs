//! Dates and numbers as people write them in digits: "2025-08-14", "15/07", "12 000", "Aug '25". What comes in: text; what
//! goes out: a date, or text or tokens that say the same.

use crate::record::Date;
use crate::search::question::words::token::{PUNCTUATION, Token};

use super::months::MONTHS;

/// `12 000` is `12000`.
pub(in crate::search::question) fn with_whole_thousands(question: &str) -> String {
    let is_digits = |raw: &str| raw.bytes().all(|byte| byte.is_ascii_digit());
    let mut whole = String::with_capacity(question.len());
    let mut before = "";
    for raw in question.split_whitespace() {
        let group = raw.trim_end_matches(PUNCTUATION);
        let continues = group.len() == 3 && is_digits(group) && (1..=3).contains(&before.len()) && is_digits(before);
        if !continues && !whole.is_empty() {
            whole.push(' ');
        }
        whole.push_str(raw);
        before = raw;
    }
    whole
}

/// What a year may stand behind, besides months.
pub(in crate::search::question) const PERIODS: [&str; 13] = [
    "q1",
    "q2",
    "q3",
    "q4",
    "h1",
    "h2",
    "spring",
    "summer",
    "autumn",
    "fall",
    "winter",
    "christmas",
    "easter",
];

/// `Aug '25` and `Q3 '25` are of 2025; a quotation may begin with a number anywhere else.
pub(in crate::search::question) fn with_whole_years(question: &str) -> String {
    let names_a_period = |text: &str| {
        let word = text.trim_end_matches(PUNCTUATION).to_lowercase();
        let is_month = |month: &str| month == word || word.len() == 3 && month.starts_with(&word) || word == "sept";
        PERIODS.contains(&word.as_str()) || MONTHS.iter().any(|month| is_month(month))
    };
    let mut whole = String::with_capacity(question.len() + 2);
    for raw in question.split(' ') {
        if !whole.is_empty() {
            whole.push(' ');
        }
        let (before, year) = raw.split_once(['\'', '‘']).unwrap_or(("", ""));
        let digits = year.trim_end_matches(PUNCTUATION);
        let is_year = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        // "Aug '25" and "Aug'25".
        let period = if before.is_empty() {
            whole.trim_end().rsplit(' ').next().unwrap_or("")
        } else {
            before
        };
        if is_year && names_a_period(period) {
            let space = if before.is_empty() { "" } else { " " };
            whole.extend([before, space, "20", year]);
        } else {
            whole.push_str(raw);
        }
    }
    whole
}

/// `15/07`, `15/7/2025`, `07/2025`, `01/07-15/07`: the month in words. The day comes first unless only a month can.
pub(in crate::search::question) fn push_numeric_date(raw: &str, tokens: &mut Vec<Token>) -> bool {
    if let Some((from, until)) = raw.split_once(['-', '–']) {
        let before = tokens.len();
        if push_day_and_month(from, tokens) {
            tokens.push(Token::of_word("to"));
            if push_day_and_month(until, tokens) {
                return true;
            }
        }
        tokens.truncate(before);
        return false;
    }
    push_day_and_month(raw, tokens)
}

fn push_day_and_month(raw: &str, tokens: &mut Vec<Token>) -> bool {
    let parts: Option<Vec<u32>> = raw.split('/').map(|part| part.parse().ok()).collect();
    let (day, month, year) = match parts.as_deref() {
        Some(&[month @ 1..=12, year @ 1900..=2199]) => (None, month, Some(year)),
        Some(&[month @ 1..=12, day @ 13..=31]) => (Some(day), month, None),
        Some(&[day @ 1..=31, month @ 1..=12]) => (Some(day), month, None),
        Some(&[month @ 1..=12, day @ 13..=31, year @ 1900..=2199]) => (Some(day), month, Some(year)),
        Some(&[day @ 1..=31, month @ 1..=12, year @ 1900..=2199]) => (Some(day), month, Some(year)),
        _ => return false,
    };
    let number = |number: u32| Token::of_number(i64::from(number) * 1000);
    tokens.extend(day.map(number));
    tokens.push(Token::of_word(MONTHS[month as usize - 1]));
    tokens.extend(year.map(number));
    true
}

pub(in crate::search::question) fn written_date(text: &str) -> Option<Date> {
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let mut parts = text.split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(day)), Some(Ok(month)), Some(Ok(year)), None) if year >= 1000 => {
            Date::from_ymd(year as i32, month, day)
        }
        _ => None,
    }
}

/// `2025-08-01..2025-08-15`, also with a dash or a slash.
pub(in crate::search::question) fn push_date_range(raw: &str, tokens: &mut Vec<Token>) -> bool {
    let trimmed = raw.trim_end_matches(PUNCTUATION);
    let ends = ["...", "..", "–", "—", "/"].iter().find_map(|joint| {
        let (first, last) = trimmed.split_once(joint)?;
        Some([(first, written_date(first)?), (last, written_date(last)?)])
    });
    let Some([first, last]) = ends else { return false };
    let of_date = |(text, date)| Token {
        date: Some(date),
        ..Token::of_word(text)
    };
    tokens.extend([of_date(first), Token::of_word("to"), of_date(last)]);
    true
}
