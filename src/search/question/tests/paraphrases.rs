//! Questions in words that the vocabulary does not have, understood through the real model. Skips where the model is
//! not on this machine. These phrasings are for judging: none of them may be put into the vocabulary.

use crate::embed::{Device, Encoder, Precision, model_for_tests};
use crate::record::Date;

use crate::search::question::facts::meaning::Meanings;
use crate::search::question::understand;
use crate::search::shelf::Shelf;

#[rustfmt::skip]
const QUESTIONS: &[(&str, &str)] = &[
    ("which nights were a nightmare", "poor sleep"),
    ("days I was shattered by my training", "hard workout"),
    ("when was my heart beating fast even though I was resting?", "elevated resting heart rate"),
    ("days I scoffed far too much", "overate"),
    ("show me when I hardly had anything to eat", "ate very little"),
    ("I barely shut my eyes at night", "very short sleep"),
    ("days of lounging on the settee", "rest day"),
    ("days I pounded the pavement all day", "very many steps"),
    ("meat-heavy days", "high protein"),
    ("when did I load up on spaghetti", "high carb"),
    ("days with too many cookies", "much sugar"),
    ("I kept waking and turning over", "restless sleep"),
    ("mornings I got up with the birds", "up early"),
    ("nights I was out like a light", "excellent sleep"),
    ("terrible slumber following a brutal gym session", "poor sleep | the day before: hard workout"),
    ("the day after I pushed too hard in training my pulse at rest was raised", "the day before: hard workout | elevated resting heart rate"),
    ("lousy night after pigging out", "poor sleep | the day before: overate"),
    ("days when I trained really hard and ate plenty of chicken", "hard workout | high protein"),
    ("I moved very little and ate far too much", "few steps | overate"),
    ("no sport whatsoever", "rest day"),
    ("bad sleep although I had not trained hard the day before", "poor sleep | the day before: not hard workout"),
    ("weekends in August when I worked out intensely", "hard workout | weekends, 2025-08-01 to 2025-08-31"),
    ("when was I feeling under the weather", "signs of illness"),
    ("jogs in wet weather", "a run in the rain"),
    ("days I overdid it with salt", "salty food"),
    ("my pulse in the morning was elevated", "elevated resting heart rate"),
    ("hit the pillow really late", "late to bed"),
    ("how often did I pump weights in July", "strength training | 2025-07-01 to 2025-07-31"),
    ("nights of tossing after a lazy day", "restless sleep | the day before: rest day"),
    ("restful nights after rest days", "good sleep | the day before: rest day"),
    ("days I had no appetite", "ate very little"),
    ("days my heart rate was through the roof", "very high heart rate peak"),
    ("horrid slumber that did not follow a hard workout", "poor sleep | the day before: not hard workout"),
    ("photos of my cat", "no fact of the vocabulary: the days most like the question"),
    ("days I met with Anna", "no fact of the vocabulary: the days most like the question"),
    ("what did the doctor say about my knee", "no fact of the vocabulary: the days most like the question"),
];

#[test]
fn paraphrases_are_understood_through_the_model() {
    let Some(files) = model_for_tests() else { return };
    let encoder = Encoder::load(&files, Device::Cpu, Precision::Auto, 2).unwrap();
    let store = Shelf::new().store();
    let phrases = store.phrases();
    let meanings = Meanings::new(&encoder, &phrases);
    let today = Date::from_ymd(2025, 9, 11).unwrap();
    let mut wrong = Vec::new();
    for (question, expected) in QUESTIONS {
        let understanding = understand(question, today, &mut |words, margin| meanings.of(words, margin)).unwrap();
        let got = understanding.texts().join(" | ");
        if got != *expected {
            wrong.push(format!(
                "{question}\n  expected {expected}\n  got      {got}\n  {:?}",
                understanding.notes
            ));
        }
    }
    // Measured 2026-11: 25 of 35 as expected; of the others five find nothing and fall back to likeness.
    let allowed = QUESTIONS.len() / 3;
    assert!(
        wrong.len() <= allowed,
        "{} of {}\n{}",
        wrong.len(),
        QUESTIONS.len(),
        wrong.join("\n")
    );
}
