//! Days to push: made from a number each, so that the same number gives the same day.

use std::sync::Arc;

use vitalvec::day::{Day, PROPERTIES, PropertyType, Value};
use vitalvec::document::{Document, Object, Words};
use vitalvec::record::{Date, Milli};

/// Length of a test vector.
pub(crate) const DIMENSIONS: usize = 8;

/// The wording of the test days.
pub(crate) const TEMPLATE: &str = "t1";

/// The model of the test vectors.
pub(crate) const MODEL: &str = "model-a";

/// Days of one user in [`objects`].
pub(crate) const DAYS_PER_USER: usize = 10;

/// Texts that a careless target would break.
const AWKWARD: [&str; 6] = [
    "a \"run\" in the rain, 5.2 km",
    "l'été à Zürich\n\ttab",
    "[not, json]",
    "",
    "日本語 🏃",
    "NULL",
];

/// The date of the `index`-th test day.
pub(crate) fn date(index: usize) -> Date {
    Date::from_ymd(2025, 1, 1).unwrap().plus(index as i32)
}

/// The user of the `index`-th object.
pub(crate) fn user_id(index: usize) -> Arc<str> {
    format!("user_{:06}", index / DAYS_PER_USER).into()
}

/// A document that has every property, when `seed` is even, or a third of them.
pub(crate) fn document(user_id: Arc<str>, date: Date, seed: usize, model: Option<&str>) -> Document {
    let mut day = Day::new(user_id, date);
    day.records = seed as u32;
    for (index, info) in PROPERTIES.iter().enumerate() {
        if seed % 2 == 1 && !(index + seed).is_multiple_of(3) {
            continue;
        }
        day.set(info.property, value(info.kind, index * 31 + seed));
    }
    let words = Words {
        text: format!("Slept {seed} hours and {}", AWKWARD[seed % AWKWARD.len()]),
        gist: format!("gist number {seed}"),
        facets: texts(seed),
        facets_day_before: texts(seed + 1),
    };
    Document::new(day, words, TEMPLATE, model.map(Arc::from))
}

fn value(kind: PropertyType, seed: usize) -> Value {
    match kind {
        PropertyType::Count => Value::Count(seed as u32),
        PropertyType::Number => Value::Number(Milli::from_thousandths(seed as i64 * 250 - 3_000)),
        PropertyType::Text => Value::Text(AWKWARD[seed % AWKWARD.len()].into()),
        PropertyType::List => Value::List(texts(seed)),
        PropertyType::Numbers => {
            let thousandths = (0..5).map(|index| (seed as i64 + index) * 250);
            Value::Numbers(thousandths.map(Milli::from_thousandths).collect())
        }
    }
}

fn texts(seed: usize) -> Vec<Arc<str>> {
    (0..seed % 4)
        .map(|index| AWKWARD[(seed + index) % AWKWARD.len()].into())
        .collect()
}

/// Finite numbers that no short decimal holds.
pub(crate) fn vector(seed: usize, dimensions: usize) -> Arc<[f32]> {
    let mut state = seed as u32 * 2 + 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as f32 / u32::MAX as f32 - 0.5
    };
    (0..dimensions).map(|_| next()).collect()
}

/// The `index`-th object, with a vector.
pub(crate) fn object(index: usize) -> Object {
    let date = date(index % DAYS_PER_USER);
    Object {
        document: document(user_id(index), date, index, Some(MODEL)),
        vector: Some(vector(index, DIMENSIONS)),
    }
}

/// The first `count` objects, user by user.
pub(crate) fn objects(count: usize) -> Vec<Object> {
    (0..count).map(object).collect()
}

/// The same day as in `object`, with other words.
pub(crate) fn changed(object: &Object, seed: usize) -> Object {
    let day = &object.document.day;
    Object {
        document: document(day.user_id.clone(), day.date, seed, Some(MODEL)),
        vector: Some(vector(seed, DIMENSIONS)),
    }
}

/// The objects of a run without vectors.
pub(crate) fn without_vectors(count: usize) -> Vec<Object> {
    let plain = |object: Object| Object {
        document: Document {
            model: None,
            ..object.document
        },
        vector: None,
    };
    objects(count).into_iter().map(plain).collect()
}
