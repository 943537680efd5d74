//! Words that the search reads itself, so that they are nobody's name: a user called "may" or "run" is only meant where
//! "user" stands before it. What comes in: a word; what goes out: whether it is one of ours. It knows no users.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::search::question::dates::holidays::names_in_one_word;
use crate::search::question::dates::months::month_names;
use crate::search::question::dates::weekdays::SHORT_WEEKDAYS;
use crate::search::question::dates::written_date::PERIODS;
use crate::search::question::facts::negation::denies;
use crate::search::question::facts::phrases;
use crate::search::question::numbers::compare::COMPARISONS;
use crate::search::question::numbers::measure::{MEASURES, unit_of};
use crate::search::question::numbers::number::fold_numbers;
use crate::search::question::sessions::lexicon::{activity_of, meal_of, weather_of};
use crate::search::question::sessions::workouts::is_manner;
use crate::search::question::words::filler::is_filler;
use crate::search::question::words::night::{BAD, GREAT};
use crate::search::question::words::token::{ORDINALS, Token, stem};
use crate::search::question::words::wording::WORDINGS;
use crate::search::window::WEEKDAYS;

/// Stems of the words in which facts and measures are said.
static STEMS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let of_facts = phrases().map(|(phrase, _)| phrase);
    let of_measures = MEASURES.iter().flat_map(|measure| measure.phrases());
    let words = of_facts
        .chain(of_measures)
        .flat_map(|phrase| phrase.split([' ', '-', ',']));
    words.map(stem).collect()
});

/// Words of comparisons and wordings, of the calendar, and those that join or ask.
static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let compared = COMPARISONS.iter().flat_map(|(words, _)| words.iter().copied());
    let listed = EVERYDAY.iter().flat_map(|words| words.split(' '));
    let weekdays = WEEKDAYS.into_iter().chain(SHORT_WEEKDAYS.concat());
    let calendar = month_names().chain(weekdays).chain(names_in_one_word()).chain(PERIODS);
    let worded = WORDINGS
        .iter()
        .map(|(words, _)| *words)
        .filter(|words| !words.contains(' '));
    compared
        .chain(listed)
        .chain(calendar)
        .chain(ORDINALS)
        .chain(worded)
        .chain(BAD)
        .chain(GREAT)
        .collect()
});

/// What else people say of days, and no other table holds. A test holds it against the questions of the tables.
#[rustfmt::skip]
const EVERYDAY: &[&str] = &[
    "today tonight yesterday tomorrow year yearly quarter half season weekend weekday workday",
    "daily weekly monthly midnight noon afternoon midday holiday birthday century decade",
    "since until till through thru onwards upon within per via near above below beyond beneath behind beside between among",
    "consecutive afterwards post prior prev preceded preceding succeeded incl",
    "excl w excluded omitted ordered final generally normally usually nevertheless wont unharmed super speak um lengths track",
    "meeting calendar cent percent",
    "yes no not never nor neither none nobody everyone everybody anyone anybody someone somebody others other else either",
    "hundred thousand grand million first second once twice thrice double triple pair few several many more most",
    "least fewest highest lowest longest shortest best worst biggest smallest greatest latest earliest newest oldest top",
    "bottom maximum minimum max min average median mean typical normal usual record peak worse better higher lower longer",
    "shorter fewer harder easier heavier lighter faster slower later earlier sooner compared compare versus against except",
    "great good bad awful terrible horrible nice fine okay ok poor decent lousy rough rubbish superb perfect",
    "myself himself herself themselves mine yours ours theirs us them him your our whose whom why how is was are were am",
    "be been did does do done has have had can could would should will shall might must cannot let us here there everywhere",
    "didn don doesn wasn weren couldn isn hadn haven aren won wouldn shouldn t d m o re ve ll",
    "if unless because although though despite while whenever wherever whether however instead rather without such very",
    "health data history log logs journal report reports summary result results question answer info information overview",
    "everything stats statistics details find search list show give tell display return compare count sum total number",
];

/// Whether the search reads this word itself.
pub(super) fn is_own_word(word: &str) -> bool {
    let token = Token::of_word(word);
    WORDS.contains(token.word.as_str())
        || is_filler(&token)
        || STEMS.contains(&token.stem)
        || activity_of(&token).is_some()
        || weather_of(&token).is_some()
        || meal_of(&token).is_some()
        || unit_of(&token.word).is_some()
        || is_manner(&token)
        || denies(&token)
        || token.word.strip_suffix('s').is_some_and(|word| WORDS.contains(word))
        || token.word.chars().all(|c| c.is_ascii_digit())
        || fold_numbers(vec![token]).iter().any(|token| token.number.is_some())
}

#[cfg(test)]
mod tests {
    use crate::search::question::tests::questions::QUESTIONS;

    use super::*;

    /// Words of the questions that say nothing of days.
    const OTHERS: [&str; 2] = ["blue", "protien"];

    #[test]
    fn no_word_of_a_question_is_taken_for_a_name() {
        let words = QUESTIONS
            .iter()
            .flat_map(|(question, _)| question.split(|c: char| !c.is_alphanumeric()));
        let names: std::collections::BTreeSet<String> = words
            .map(str::to_lowercase)
            .filter(|word| word.contains(char::is_alphabetic) && !word.starts_with(|c: char| c.is_ascii_digit()))
            .filter(|word| !is_own_word(word) && !OTHERS.contains(&word.as_str()))
            .collect();
        assert!(names.is_empty(), "{names:?}");
    }

    #[test]
    fn names_are_no_words_of_ours() {
        for name in [
            "anna",
            "ben",
            "carla",
            "john",
            "eve",
            "jane",
            "user_000042",
            "mike",
            "zoe",
            "omar",
            "li",
        ] {
            assert!(!is_own_word(name), "{name}");
        }
        for word in [
            "sept",
            "tues",
            "thurs",
            "sun",
            "mar",
            "twelfth",
            "third",
            "christmas",
            "easter",
            "halloween",
            "q3",
            "winter",
            "may",
            "run",
            "5",
            "june",
            "so",
            "sun",
            "ten",
            "h",
            "kcal",
            "worst",
            "Sleep",
            "RAIN",
        ] {
            assert!(is_own_word(word), "{word}");
        }
    }
}
