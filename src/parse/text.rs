//! The inside of a JSON string as text: escapes resolved.

use std::borrow::Cow;

use super::strict::RawText;

/// An escape that stands for no Unicode character: half of a surrogate pair.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LoneSurrogate;

/// The text with its escapes resolved; borrowed where there are none.
pub(super) fn unescape(text: RawText<'_>) -> Result<Cow<'_, str>, LoneSurrogate> {
    let raw = std::str::from_utf8(text.raw).expect("the strict reader checked the string's UTF-8");
    if !text.escaped {
        return Ok(Cow::Borrowed(raw));
    }
    let mut unescaped = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        unescaped.push_str(&rest[..at]);
        let (character, after) = escape(&rest[at + 1..])?;
        unescaped.push(character);
        rest = after;
    }
    unescaped.push_str(rest);
    Ok(Cow::Owned(unescaped))
}

/// The character of an escape (its backslash left out) and what follows it.
fn escape(text: &str) -> Result<(char, &str), LoneSurrogate> {
    let (kind, rest) = text.split_at(1);
    let character = match kind {
        "b" => '\u{8}',
        "f" => '\u{c}',
        "n" => '\n',
        "r" => '\r',
        "t" => '\t',
        "u" => return unicode_escape(rest),
        _ => return Ok((kind.chars().next().expect("one character was split off"), rest)),
    };
    Ok((character, rest))
}

/// `\uXXXX`, or a pair of them for a character beyond the basic plane.
fn unicode_escape(text: &str) -> Result<(char, &str), LoneSurrogate> {
    let (unit, rest) = code_unit(text);
    if let Some(character) = char::from_u32(unit) {
        return Ok((character, rest));
    }
    let low = rest.strip_prefix("\\u").map(code_unit);
    match low {
        Some((low, rest)) if (0xd800..0xdc00).contains(&unit) && (0xdc00..0xe000).contains(&low) => {
            let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            Ok((char::from_u32(code).ok_or(LoneSurrogate)?, rest))
        }
        _ => Err(LoneSurrogate),
    }
}

fn code_unit(text: &str) -> (u32, &str) {
    let (digits, rest) = text.split_at(4);
    (
        u32::from_str_radix(digits, 16).expect("the strict reader checked the hexadecimal digits"),
        rest,
    )
}
