//! The tables that are compared with the stems of words hold stems.

use crate::search::question::facts::{no_data, stretch};
use crate::search::question::relations::asked;
use crate::search::question::sessions::around;
use crate::search::question::sessions::lexicon::{ACTIVITIES, WEATHERS};
use crate::search::question::words::token::stem;

/// Each table with its name.
fn tables() -> Vec<(&'static str, &'static [&'static str])> {
    let mut tables: Vec<(&str, &[&str])> = vec![
        ("long sessions", &around::LONG),
        ("hard sessions", &around::HARD),
        ("easy sessions", &around::EASY),
        ("words of sessions", &around::NOUNS),
        ("what stretches are about", &stretch::TOPICS),
    ];
    tables.extend(ACTIVITIES.iter().map(|activity| (activity.noun, activity.asked)));
    tables.extend(WEATHERS.iter().map(|weather| (weather.phrase, weather.asked)));
    tables.extend(no_data::TOPICS.iter().map(|(stems, name, ..)| (*name, *stems)));
    tables.extend(
        asked::NAMES
            .iter()
            .map(|(_, stems)| ("what days are asked for by", *stems)),
    );
    tables
}

/// A word with an ending that the stemmer cuts is never met: every word is compared without it. "Intens" is the stem of
/// "intense", though its own would be shorter still.
#[test]
fn every_word_of_a_table_of_stems_is_the_stem_of_a_word() {
    let is_met = |word: &str| stem(word) == word || stem(&format!("{word}e")) == word;
    let dead: Vec<String> = tables()
        .into_iter()
        .flat_map(|(table, stems)| stems.iter().map(move |word| (table, *word)))
        .filter(|(_, word)| !is_met(word))
        .map(|(table, word)| format!("{table}: {word} is never met, its stem is {}", stem(word)))
        .collect();
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}
