//! Everyday wordings become plain ones, so that everything behind has to know only those. What comes in: tokens; what
//! goes out: tokens that say the same. It drops nothing that tells one day from another.

use crate::search::question::numbers::meal_counts::with_meals_named;
use crate::search::question::numbers::measure::unit_of;
use crate::search::question::numbers::number::fold_numbers;
use crate::search::question::numbers::or_more::in_plain_order;
use crate::search::question::numbers::spoken_clock::as_clocks;
use crate::search::question::numbers::training_pulse;
use crate::search::question::sessions::gym::as_one_word;
use crate::search::question::sessions::lexicon::meal_of;
use crate::search::question::superlatives::degrees::as_superlatives;

use super::context::without_context;
use super::night::how_it_was;
use super::shared::said_for_each;
use super::sounds::without_sounds;
#[cfg(test)]
use super::token::tokens;
use super::token::{Token, tokens_of_words};
use super::typos::without_typos;

/// Shorthands that stand alone between spaces.
#[rustfmt::skip]
const SHORTHANDS: [(&str, &str); 23] = [
    ("w/o", "without"), ("w/out", "without"), ("w/", "with"), ("b/c", "because"), ("&", "and"), ("+", "and"),
    ("->", "then"), ("=>", "then"), ("→", "then"), ("vs", "versus"), ("vs.", "versus"), ("yday", "yesterday"),
    ("d-1", "previous day"), ("d-1:", "previous day"), ("n", "and"), ("'n'", "and"), ("b4", "before"),
    ("prev", "previous"), ("prev.", "previous"), ("excl", "excluding"), ("excl.", "excluding"), ("incl", "including"),
    ("incl.", "including"),
];

/// The plain words of a shorthand.
pub(super) fn shorthand(raw: &str) -> Option<&'static str> {
    let lower = raw.to_lowercase();
    let found = SHORTHANDS.iter().find(|(short, _)| *short == lower);
    found.map(|(_, plain)| *plain)
}

/// Wordings and what they are called here; compared word by word; the longest that stands is taken.
#[rustfmt::skip]
pub(in crate::search::question) const WORDINGS: &[(&str, &str)] = &[
    ("heart rate at rest", "resting heart rate"), ("pulse at rest", "resting heart rate"), ("heart at rest", "resting heart rate"),
    ("bpm at rest", "resting heart rate"), ("hr at rest", "resting heart rate"), ("ticker at rest", "resting heart rate"),
    ("heartbeat at rest", "resting heart rate"), ("resting heart beat", "resting heart rate"), ("resting heart rate", "resting heart rate"),
    ("resting hr", "resting heart rate"), ("resting pulse rate", "resting heart rate"), ("resting pulse", "resting heart rate"),
    ("resting heartbeat", "resting heart rate"), ("resting bpm", "resting heart rate"), ("resting rate", "resting heart rate"),
    ("resting ticker", "resting heart rate"), ("resting heart", "resting heart rate"), ("rhr", "resting heart rate"),
    ("beats per minute", "bpm"), ("beats a minute", "bpm"), ("beats each minute", "bpm"), ("beats min", "bpm"), ("beats per min", "bpm"),
    ("slow wave sleep", "deep sleep"), ("slow wave", "deep sleep"), ("sws", "deep sleep"), ("deep phase of sleep", "deep sleep"),
    ("deep stage of sleep", "deep sleep"), ("deep sleep phase", "deep sleep"), ("deep sleep stage", "deep sleep"),
    ("deep phase", "deep sleep"), ("deep stage", "deep sleep"), ("deep kip", "deep sleep"), ("deep bit of sleep", "deep sleep"),
    ("deep stuff", "deep sleep"), ("sleep of the deep kind", "deep sleep"),
    ("shut eye", "sleep"), ("shuteye", "sleep"), ("kip", "sleep"), ("kipped", "slept"), ("zeds", "sleep"), ("zzz", "sleep"), ("zs", "sleep"),
    ("slumber", "sleep"), ("slumbered", "slept"), ("snoozed", "slept"), ("snooze", "sleep"), ("forty winks", "sleep"), ("in the land of nod", "asleep"),
    ("land of nod", "sleep"), ("in dreamland", "asleep"), ("dreamland", "sleep"), ("in the sleep department", "sleep"),
    ("tucker", "food"), ("grub", "food"), ("nosh", "food"), ("scran", "food"), ("chow", "food"),
    ("paces", "steps"), ("step tally", "step count"), ("step total", "step count"), ("step totals", "step count"), ("pedometer", "step count"),
    ("kays", "km"), ("legged it", "ran"), ("on two wheels", "riding"), ("push bike", "bike"), ("pushie", "bike"),
    ("sun salutations", "yoga"), ("sun salutation", "yoga"), ("saluting the sun", "yoga"), ("on the mat", "yoga"),
    ("stretch my legs", "walk"), ("stretched my legs", "walked"), ("picked up the pace", "ran"),
    ("the day leading up to it", "the day before"), ("nothing in the way of", "no"), ("hands off", "no"), ("between meal bites", "snack"), ("top out", "peak"),
    ("topped out", "peaked"), ("bottomed out", "lowest"), ("share of bed time", "sleep efficiency"), ("share of my bed time", "sleep efficiency"),
    ("share of time in bed", "sleep efficiency"), ("share of my time in bed", "sleep efficiency"), ("percentage of bed time", "sleep efficiency"),
    ("ratio of time asleep to time in bed", "sleep efficiency"), ("least rested", "worst sleep"), ("beat all others", "highest"), ("beats all others", "highest"),
    ("more as", "more than"), ("less as", "less than"), ("farther as", "farther than"), ("further as", "further than"), ("longer as", "longer than"),
    ("basal cardiac rate", "resting heart rate"), ("basal cardiac frequency", "resting heart rate"), ("basal heart rate", "resting heart rate"),
    ("basal pulse", "resting heart rate"), ("resting cardiac rate", "resting heart rate"), ("resting cardiac frequency", "resting heart rate"),
    ("baseline heartbeat", "resting heart rate"), ("pulse in rest", "resting heart rate"), ("heart rate in rest", "resting heart rate"),
    ("cardiac frequency", "heart rate"), ("cardiac rate", "heart rate"), ("per minute", "bpm"),
    ("free of", "no"), ("free from", "no"), ("refrain from", "no"), ("refrained from", "no"), ("abstain from", "no"), ("abstained from", "no"),
    ("absence of", "no"), ("in the absence of", "without"), ("devoid of", "no"), ("unaccompanied by", "without"), ("save on", "except on"),
    ("between meal eating", "snack"), ("eating between meals", "snack"), ("nothing between the meals", "no snack"), ("ate nothing between the meals", "no snack"),
    ("ate nothing between meals", "no snack"), ("intake between meals", "snack"), ("poorly slept", "slept poorly"), ("badly slept", "slept badly"),
    ("on the eve of", "the day before"), ("not good", "terrible"), ("not so good", "terrible"), ("not great", "terrible"), ("super good", "great"),
    ("ambulation", "walking"), ("ambulatory activity", "walking"), ("most short", "shortest"), ("number 1 for", "most"), ("number 1 in", "most"), ("number 1", "most"),
    ("initially", "first"), ("all time high", "highest"), ("all time low", "lowest"), ("record high", "highest"), ("record low", "lowest"), ("all time", ""), ("like the clappers", "fast"), ("never ending", "endless"),
    ("skimpiest", "least"), ("stingiest", "least"), ("measliest", "least"), ("scantiest", "least"), ("tiniest", "least"), ("shallowest", "least"),
    ("night rest", "night sleep"), ("nights rest", "night sleep"), ("overnight rest", "night sleep"), ("top quality", "great"),
    ("pound the pavement", "run"), ("pounded the pavement", "ran"), ("pounding the pavement", "running"), ("hit the water", "swim"),
    ("in the water", "swimming"), ("soaking up the sun", "in the sun"), ("soaked up the sun", "in the sun"), ("woke up from", ""), ("wake up from", ""), ("woke from", ""), ("woken from", ""), ("wake from", ""), ("waking up from", ""), ("waking from", ""),
    ("woke up after", ""), ("wake up after", ""), ("woke after", ""), ("wake after", ""), ("waking up after", ""), ("waking after", ""),
    ("top notch", "great"), ("first rate", "great"), ("first class", "great"), ("out of this world", "great"), ("outstandingly good", "great"), ("exceptionally good", "great"),
    ("stayed away from", "no"), ("stay away from", "no"), ("stayed off", "no"), ("steered clear of", "no"), ("kept away from", "no"), ("kept off", "no"),
    ("times a minute", "bpm"), ("times per minute", "bpm"), ("per cent", "percent"), ("on my plate", "eaten"), ("in terms of", "by"), ("when it comes to", "by"),
    ("measured by", "by"), ("going by", "by"), ("as far as", "by"), ("coming off", "after"), ("fresh off", "after"), ("fresh from", "after"), ("single most", "most"), ("step richest", "most steps"), ("the very first", "the first"), ("the very last", "the last"),
    ("really well", "wonderfully"), ("very well", "wonderfully"), ("extremely well", "wonderfully"), ("so well", "wonderfully"),
    ("woke up badly rested", "slept badly"), ("woke badly rested", "slept badly"), ("woke up unrested", "slept badly"), ("badly rested", "slept badly"),
    ("the day before nothing", "with no exercise the day before"), ("today nothing", "today no exercise"),
    ("sleep unharmed", "not terrible sleep"), ("sleep unimpaired", "not terrible sleep"), ("sleep was unimpaired", "not terrible sleep"), ("night afterwards", "night after"),
    ("refrain entirely from", "no"), ("refrained entirely from", "no"), ("abstain entirely from", "no"), ("too many food", "too much food"),
    ("eat anything between the meals", "snack"), ("eat anything between meals", "snack"), ("eating between main meals", "snack"),
    ("ate anything between the meals", "snack"), ("ate anything between meals", "snack"), ("unelevated", "normal"), ("unraised", "normal"),
    ("most little", "least"), ("most terrible", "worst"), ("most bad", "worst"), ("efficiency of sleeping", "sleep efficiency"), ("efficiency of sleep", "sleep efficiency"),
    ("efficiency of my sleep", "sleep efficiency"), ("percentage of bedtime", "sleep efficiency"), ("ranks first by", "most"), ("rank first by", "most"),
    ("ranks last by", "least"), ("rank last by", "least"), ("ranks first when ordered by", "most"), ("ranks last when ordered by", "least"), ("n3", "deep sleep"),
    ("less than about", "less than"), ("more than about", "more than"), ("less than roughly", "less than"), ("more than roughly", "more than"),
    ("under about", "under"), ("over about", "over"), ("succeeded by", "followed by"), ("that succeeded", "after"), ("that immediately succeeded", "after"), ("foregoing", "preceding"),
    ("could not stop eating", "ate too much"), ("sod all", "no"), ("naff all", "no"), ("bugger all", "no"), ("diddly squat", "nothing"), ("nowt", "nothing"), ("nothing in between meals", "no snack"), ("nothing in between", "no snack"), ("nothing between meals", "no snack"), ("zilch", "nothing"),
    ("straight off the back of", "after"), ("off the back of", "after"), ("on the back of", "after"), ("on the heels of", "after"),
    ("in the wake of", "after"), ("subsequent to", "after"), ("ahead of", "before"), ("a trio of", "three"), ("the trio of", "three"),
    ("in the run up to", "before"), ("midnite", "midnight"), ("all the same", ""), ("a great deal of", "a lot of"), ("a good deal of", "a lot of"),
    ("a great many", "many"), ("a good many", "many"), ("with weights", "with weight training"), ("no weights", "no weight training"),
    ("hr not steady", "not hr steady"), ("heart rate not steady", "not heart rate steady"), ("pulse not steady", "not pulse steady"),
    ("you know", ""), ("i mean", ""), ("i guess", ""), ("however", ""), ("anything but", "not"), ("smashed over", "over"), ("smashed past", "over"),
    ("no more than once", "no more than one times"), ("at most once", "at most one times"), ("more than once", "more than one times"),
    ("broken night", "restless night"), ("broken nights", "restless nights"),
    ("work day", "workday"), ("work days", "workdays"), ("long weekend", "weekend"), ("nothing but", "only"),
    ("double my usual", "more than usual"), ("twice my usual", "more than usual"), ("double the usual", "more than usual"), ("triple my usual", "more than usual"),
    ("a lot more than i usually do", "more than usual"), ("more than i usually do", "more than usual"), ("less than i usually do", "less than usual"),
    ("half my usual", "less than usual"), ("half the usual", "less than usual"), ("most sugary", "sweetest"), ("most sweet", "sweetest"), ("most salty", "saltiest"),
    ("most fatty", "fattiest"), ("most greasy", "fattiest"), ("most oily", "fattiest"),
    ("my wont", "usual"), ("my custom", "usual"), ("my normal", "normal"), ("usualy", "usually"), ("breakfast not eaten", "no breakfast"), ("breakfast was not eaten", "no breakfast"), ("lunch not eaten", "no lunch"), ("lunch was not eaten", "no lunch"), ("dinner not eaten", "no dinner"), ("dinner was not eaten", "no dinner"), ("own norm", "norm"), ("took it easy at the gym", "easy workout"), ("took it easy in the gym", "easy workout"), ("took it easy in training", "easy workout"), ("took it easy during my workout", "easy workout"), ("took it easy in my workout", "easy workout"),
];

/// The tokens in plain words.
///
/// Each pass finds what those before it have made. Sounds and slips go first, because a wording is compared word by word:
/// an "um" in it, or a wrong letter, would hide it. What is said once is said for each when its words are plain. A
/// workout is one word before denials move, else "leg day: none" would become "leg no day". The heart at rest is named
/// before the heart in training, which leaves a "resting" rate alone. "More than on any other day" is a superlative before
/// numbers behind "ate" count meals. How a night was comes last: it looks over a whole part of the sentence, in which no
/// remark may be left.
pub(super) fn plain(tokens: Vec<Token>) -> Vec<Token> {
    let tokens = in_plain_order(as_clocks(without_typos(without_sounds(tokens))));
    let tokens = without_context(said_for_each(rows_as_days(reworded(tokens))));
    let tokens = denied_behind(as_one_word(tokens));
    let tokens = training_pulse::named(at_rest(tokens));
    let tokens = with_meals_named(as_superlatives(tokens));
    how_it_was(without_remark(tokens))
}

/// "The baby next door was loud, so when did I wake up?" asks from "when" on.
fn without_remark(mut tokens: Vec<Token>) -> Vec<Token> {
    const ASKING: [&str; 9] = ["which", "when", "what", "on", "how", "did", "show", "can", "could"];
    let asks = |at: usize| {
        let so = tokens[at].after_break && tokens[at].word == "so";
        so && tokens.get(at + 1).is_some_and(|next| next.is(&ASKING))
    };
    let start = (1..tokens.len()).find(|at| asks(*at));
    let refers_back = tokens.iter().any(|token| token.is(&["then", "those", "that"]));
    if let Some(start) = start.filter(|_| !refers_back) {
        tokens.drain(..=start);
    }
    tokens
}

/// "Highest BMI, 3 rows": what a table has a row for is a day.
fn rows_as_days(mut tokens: Vec<Token>) -> Vec<Token> {
    for at in 1..tokens.len() {
        if tokens[at - 1].number.is_some() && tokens[at].is(&["row", "rows", "result", "results", "hits"]) {
            tokens[at] = Token::of_word("days");
        }
    }
    tokens
}

fn reworded(tokens: Vec<Token>) -> Vec<Token> {
    let mut plain = Vec::with_capacity(tokens.len());
    let mut rest = &tokens[..];
    while let Some(first) = rest.first() {
        let found = WORDINGS
            .iter()
            .filter(|(wording, _)| wording.starts_with(first.word.as_str()) && stands(rest, wording))
            .filter(|(wording, _)| !(wording.ends_with(" after") && stands_time(rest, wording.split(' ').count())))
            .max_by_key(|(wording, _)| wording.len());
        let Some((wording, said)) = found else {
            plain.push(first.clone());
            rest = &rest[1..];
            continue;
        };
        let start = plain.len();
        plain.extend(fold_numbers(tokens_of_words(said)));
        if let Some(token) = plain.get_mut(start) {
            token.after_break = first.after_break;
        }
        rest = &rest[wording.split(' ').count()..];
        let is_aside = said.is_empty() && first.after_break && rest.first().is_some_and(|next| next.after_break);
        if let Some(next) = rest.first().filter(|_| is_aside) {
            // "But did not, all the same, burn much": the sentence goes on.
            plain.push(Token {
                after_break: false,
                ..next.clone()
            });
            rest = &rest[1..];
        }
    }
    plain
}

/// "Woke up after 9:30" tells when, "woke up after a bad night" and "woke up after nine hours" do not.
fn stands_time(tokens: &[Token], at: usize) -> bool {
    let is_hour = |token: &Token| token.number.is_some_and(|number| number <= 24_000);
    let is_unit = |next: &Token| unit_of(&next.word).is_some() || next.is(&["day", "days", "night", "nights", "weeks"]);
    let counts = tokens
        .get(at + 1)
        .is_some_and(|next| !next.after_break && is_unit(next));
    tokens
        .get(at)
        .is_some_and(|token| token.clock.is_some() || token.is(&["noon", "midday"]) || (is_hour(token) && !counts))
}

fn stands(tokens: &[Token], wording: &str) -> bool {
    let mut words = wording.split(' ').zip(1..);
    words.all(|(word, count)| {
        tokens
            .get(count - 1)
            .is_some_and(|token| token.word == word && (count == 1 || !token.after_break))
    })
}

/// What is denied behind its noun is denied before it: "exercise: none", "rest days excluded", "snack-free", "non-rest days".
fn denied_behind(tokens: Vec<Token>) -> Vec<Token> {
    let mut plain: Vec<Token> = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let last = at + 1 == tokens.len() || tokens[at + 1].after_break;
        let excluded = token.is(&["excluded", "omitted"]) || (token.is(&["aside", "apart"]) && last);
        let was = usize::from(at > 1 && tokens[at - 1].is(&["was", "were"]));
        let of_meal = is_without(&tokens, at) && at > was && meal_of(&tokens[at - 1 - was]).is_some();
        let none = (token.is(&["none", "nil"]) && last && at > 0) || of_meal;
        match plain.len().checked_sub(1) {
            Some(before) if none => plain.insert(before.saturating_sub(was), Token::of_word("no")),
            Some(before) if excluded => {
                let start = start_of_clause(&plain, before);
                let mut without = Token::of_word("without");
                without.after_break = std::mem::replace(&mut plain[start].after_break, false);
                plain.insert(start, without);
            }
            _ if token.is(&["non"]) => plain.push(Token {
                after_break: token.after_break,
                ..Token::of_word("no")
            }),
            _ => plain.push(token.clone()),
        }
    }
    plain
}

/// "Breakfast missing", "breakfast was skipped", but not "breakfast, skipped lunch".
fn is_without(tokens: &[Token], at: usize) -> bool {
    let next = tokens.get(at + 1);
    let names_another = next.is_some_and(|next| !next.after_break && meal_of(next).is_some());
    let object = next.is_some_and(|next| next.is(&["my", "the", "a"]));
    tokens[at].is(&["missing", "absent"])
        || tokens[at].is(&["skipped", "missed", "uneaten"]) && !names_another && !object && !tokens[at].after_break
}

/// Where the part of the sentence starts that ends at this place: "nights for which exercise can be excluded".
fn start_of_clause(tokens: &[Token], last: usize) -> usize {
    let starts = |at: &usize| tokens[*at].after_break || (*at > 0 && tokens[at - 1].is(&["which", "where", "that"]));
    (0..=last).rev().find(starts).unwrap_or(0)
}

/// Words for the heart's rate.
const HEART: [&str; 6] = ["heart", "pulse", "hr", "ticker", "heartbeat", "bpm"];

/// "While I was at rest my heart ...", "the ticker was idling": the resting heart rate, wherever its rest is said.
fn at_rest(tokens: Vec<Token>) -> Vec<Token> {
    /// The rest is said so near to the heart.
    const REACH: usize = 9;
    const NAME: &str = "resting heart rate";
    let heart = tokens.iter().position(|token| token.is(&HEART));
    let Some(heart) = heart else { return tokens };
    let named = (0..tokens.len()).find(|at| stands(&tokens[*at..], NAME));
    let rest = (0..tokens.len())
        .filter(|at| named != Some(*at))
        .find_map(|at| Some(at..at + words_of_rest(&tokens, at)?));
    let Some(rest) = rest.filter(|rest| rest.start.abs_diff(heart) <= REACH) else {
        return tokens;
    };
    // The "bpm" of "over 70 bpm" stays.
    let is_unit = heart > 0 && tokens[heart - 1].number.is_some();
    let mut plain = Vec::with_capacity(tokens.len() + 2);
    let mut after_break = false;
    for (at, token) in tokens.into_iter().enumerate() {
        after_break |= token.after_break;
        if rest.contains(&at) || (named.is_none() && at == heart + 1 && token.is(&["rate", "beat"])) {
            continue;
        }
        let start = plain.len();
        if at == heart && named.is_none() {
            plain.extend(is_unit.then_some(token));
            plain.extend(tokens_of_words(NAME));
        } else {
            plain.push(token);
        }
        plain[start].after_break = std::mem::take(&mut after_break);
    }
    plain
}

/// How many words say here that somebody was at rest.
fn words_of_rest(tokens: &[Token], at: usize) -> Option<usize> {
    let [word, next] = [at, at + 1].map(|at| tokens.get(at).map_or("", |token| token.word.as_str()));
    match (word, next) {
        ("idling" | "idled" | "idle" | "resting", _) => Some(1),
        ("at" | "in", "rest") | ("doing", "nothing") | ("lying", "down" | "there" | "still") | ("sitting", "still") => {
            Some(2)
        }
        _ => None,
    }
}

/// A question as the rest of the search reads it.
#[cfg(test)]
pub(in crate::search::question) fn in_plain_words(question: &str) -> String {
    let words: Vec<String> = tokens(question).into_iter().map(|token| token.word).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use crate::search::question::words::token::tokens;

    use super::in_plain_words as plain;

    #[test]
    fn shorthands_and_names_become_plain() {
        assert_eq!(
            plain("days w/o workout & crap kip"),
            "days without workout and terrible sleep"
        );
        assert_eq!(plain("RHR over 70 beats per minute"), "resting heart rate over 70 bpm");
        assert_eq!(plain("over 70/min at rest"), "over 70 resting heart rate");
        assert_eq!(plain("H.I.I.T. on 15/07"), "hiit on 15 july");
        assert_eq!(plain("12 000 steps, 10k+ steps"), "12000 steps min 10000 steps");
    }

    #[test]
    fn what_is_denied_behind_is_denied_before() {
        assert_eq!(plain("snack-free days"), "no snack days");
        assert_eq!(plain("exercise: none"), "no exercise");
        assert_eq!(plain("gorging, rest days excluded"), "gorging without rest days");
        assert_eq!(plain("non-training days"), "no training days");
    }

    #[test]
    fn the_rest_of_a_heart_is_said_anywhere() {
        assert_eq!(
            plain("my ticker was going fast while I was at rest"),
            "my resting heart rate was going fast while i was"
        );
        assert_eq!(plain("a rest day with a high pulse"), "a rest day with a high pulse");
    }

    #[test]
    fn nights_are_terrible_or_great_in_many_words() {
        assert_eq!(plain("a shocking night"), "a terrible night");
        assert_eq!(plain("slept like garbage"), "slept terribly");
        assert_eq!(
            plain("which nights in the past week were lousy"),
            "which nights in the past week were terrible sleep"
        );
        assert_eq!(plain("a lousy workout"), "a lousy workout");
    }

    #[test]
    fn a_remark_before_the_question_is_left_out() {
        assert_eq!(plain("It was hot, so when did I wake up?"), "when did i wake up");
    }

    #[test]
    fn hostile_words_neither_panic_nor_nest() {
        assert_eq!(plain("terrible like crap rest"), "terrible terribly sleep");
        assert_eq!(
            tokens(&"-free".repeat(100_000))
                .first()
                .map(|token| token.word.as_str()),
            Some("no")
        );
        assert!(!tokens(&"1/1-".repeat(100_000)).is_empty());
        assert!(!tokens(&"1-days-ending-".repeat(100_000)).is_empty());
        assert!(!tokens(&"a".repeat(1_000_000)).is_empty());
    }
}
