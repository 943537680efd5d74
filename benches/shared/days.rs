//! Days to push: made from a number each, so that every run pushes the same.

use vitalvec::day::{Day, PROPERTIES, PropertyType, Value};
use vitalvec::document::{Document, Object, Words};
use vitalvec::record::{Date, Milli};

/// Length of a vector.
pub(crate) const DIMENSIONS: usize = 384;
const DAYS_PER_USER: usize = 365;

/// A small generator with a fixed seed for each object: every run pushes the same days.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn words(&mut self, count: usize) -> String {
        const WORDS: [&str; 8] = ["slept", "badly", "after", "a", "hard", "workout", "resting", "heart"];
        let words: Vec<&str> = (0..count).map(|_| WORDS[self.below(8) as usize]).collect();
        words.join(" ")
    }
}

/// About as much text and as many properties as a real day has: 1 KB, 60 properties.
pub(crate) fn object(index: usize) -> Object {
    let mut random = Random(index as u64);
    let date = Date::from_days(20_000 + (index % DAYS_PER_USER) as i32);
    let mut day = Day::new(format!("user_{:06}", index / DAYS_PER_USER).into(), date);
    for info in PROPERTIES
        .iter()
        .filter(|info| !(info.property as usize).is_multiple_of(3))
    {
        let value = match info.kind {
            PropertyType::Count => Value::Count(random.below(400) as u32),
            PropertyType::Number => Value::Number(Milli::from_thousandths(random.below(9_000_000) as i64)),
            PropertyType::Text => Value::Text(random.words(1).into()),
            PropertyType::List => Value::List(vec![random.words(2).into()]),
            PropertyType::Numbers => Value::Numbers(vec![Milli::from_thousandths(random.below(90_000) as i64); 5]),
        };
        day.set(info.property, value);
    }
    let words = Words {
        text: random.words(170),
        gist: random.words(50),
        facets: (0..6).map(|_| random.words(2).into()).collect(),
        facets_day_before: (0..6).map(|_| random.words(2).into()).collect(),
    };
    let mut number = |_| random.below(1 << 24) as f32 / (1 << 24) as f32 - 0.5;
    Object {
        document: Document::new(day, words, "t1", Some("model".into())),
        vector: Some((0..DIMENSIONS).map(&mut number).collect()),
    }
}
