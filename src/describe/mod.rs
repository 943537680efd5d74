//! Puts a day into words. What comes in: the facts of a `Day` and of the calendar day before it, and perhaps a profile;
//! what goes out: `Words`. It is pure, and the same day always gives the same words.
//!
//! Three wordings serve three readers: `text` for people and the word index (every number of the day), `gist` for
//! the vector (words only: measured in `reference/peers.md` E.2, numbers cost more than they help, and names and ages
//! dominate a vector), and `facets` for filters. It never puts a name, an e-mail or an age into the gist.

use crate::document::Words;
use crate::record::Profile;

mod facts;
mod gist;
pub mod rule;
mod seed;
pub mod session;
mod text;
pub mod values;
pub mod vocabulary;

pub use facts::DayFacts;

#[cfg(test)]
mod tests;

/// How days are worded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Facts first, the day before in one sentence, no numbers in the gist.
    #[default]
    Facets,
    /// The sentence order of the program this one replaces, numbers and all; only for comparison.
    Seed,
}

impl Style {
    /// Version of the wording: a store made with another one must be made again.
    pub fn template(self) -> &'static str {
        match self {
            Style::Facets => "facets-2",
            Style::Seed => "seed-1",
        }
    }
}

/// Words a day. `facts_before` are those of the calendar day before, where it has data; `profile` is given only when the person
/// asked for profiles, and then the text may mention it, the gist never.
pub fn describe(
    facts: &DayFacts<'_>,
    facts_before: Option<&DayFacts<'_>>,
    profile: Option<&Profile>,
    style: Style,
) -> Words {
    let (text, gist) = match style {
        Style::Facets => (text::of_day(facts, profile), gist::of_day(facts, facts_before)),
        Style::Seed => (seed::of_day(facts.day, profile), seed::of_day(facts.day, None)),
    };
    Words {
        text,
        gist,
        facets: facts.facets().to_vec(),
        facets_day_before: facts_before.map_or(&[][..], DayFacts::facets).to_vec(),
    }
}

/// What is left of a text from the data when only lower-case letters and single spaces may stay: the data may hold
/// anything, and no digit and no address may reach a vector. At most `WORD_LIMIT` characters.
pub(crate) fn plain_words(text: &str) -> String {
    /// Longer than any activity type seen ("functional strength training" has 28).
    const WORD_LIMIT: usize = 40;
    let mut plain = String::new();
    for word in text
        .split(|c: char| !c.is_alphabetic() || c.is_numeric())
        .filter(|word| !word.is_empty())
    {
        if plain.chars().count() + word.chars().count() >= WORD_LIMIT {
            break;
        }
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.extend(word.chars().flat_map(char::to_lowercase));
    }
    plain
}

/// The text with its first letter in upper case.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
