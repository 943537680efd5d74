//! Superlatives: "my worst night", "the three days I walked most", "the first time I ran 10 km". What comes in:
//! tokens; what goes out: an [`Order`], and the tokens it was read from are marked as used.

use std::fmt;

use crate::day::Property;
use crate::describe::session::sessions;
use crate::describe::values::Values;
use crate::describe::vocabulary;

use super::condition::{SessionFilter, sum};
use super::lexicon::activity_of;
use super::measure::{Measure, measure_at};
use super::token::Token;

/// What days are ordered by.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderKey {
    /// A sum of properties.
    Number(&'static [Property]),
    /// The longest session of a kind: kilometres, else minutes.
    Session(SessionFilter),
    /// How bad the night was.
    NightBadness,
    /// How strongly the facet of that phrase holds.
    Fact(&'static str),
    /// The date.
    Date,
}

/// The order a superlative asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// For people.
    pub name: String,
    /// What is compared.
    pub key: OrderKey,
    /// The highest first.
    pub descending: bool,
    /// How many days are asked for; `None` for a plural without a number.
    pub count: Option<usize>,
}

impl Order {
    /// A value such that the highest comes first.
    pub(super) fn signed(&self, value: i64) -> i64 {
        if self.descending { value } else { -value }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count.map_or(String::new(), |count| match count {
            1 => "the first by ".to_string(),
            _ => format!("the first {count} by "),
        });
        write!(f, "{count}{}", self.name)
    }
}

impl OrderKey {
    /// The day's value, in thousandths; `None` where it is unknown.
    pub(super) fn value(&self, day: &impl Values) -> Option<i64> {
        match self {
            OrderKey::Number(properties) => sum(day, properties),
            OrderKey::Session(filter) => sessions(day)
                .filter(|session| filter.grade(session).is_some())
                .filter_map(|session| session.km.map(|km| km * 6).or(session.minutes))
                .max(),
            OrderKey::NightBadness => night_badness(day),
            OrderKey::Fact(phrase) => vocabulary::facet(phrase)?.rule.grade(day),
            OrderKey::Date => Some(i64::from(day.date().days()) * 1000),
        }
    }

    /// What must be loaded of a day.
    pub(super) fn properties(&self) -> Vec<Property> {
        use Property::*;
        match self {
            OrderKey::Number(properties) => properties.to_vec(),
            OrderKey::Session(_) => vec![Sessions],
            OrderKey::NightBadness => vec![SleepHours, SleepEfficiency, SleepQuality, SleepScore, Awakenings],
            OrderKey::Fact(phrase) => vocabulary::facet(phrase).map_or(Vec::new(), |facet| facet.rule.properties()),
            OrderKey::Date => Vec::new(),
        }
    }
}

/// How bad a night was, in thousandths, as the mean of what is known of it: hours missing to eight, inefficiency
/// (half counts fully), quality, score, awakenings (eight count fully). Sleep length and efficiency weigh most
/// because they are measured, not judged.
fn night_badness(day: &impl Values) -> Option<i64> {
    let number = |property| day.thousandths(property);
    let quality = day
        .word(Property::SleepQuality)
        .and_then(|text| match text.to_lowercase().as_str() {
            "excellent" => Some(0),
            "good" => Some(333),
            "fair" => Some(667),
            "poor" | "bad" | "terrible" => Some(1000),
            _ => None,
        });
    let parts = [
        (2, number(Property::SleepHours).map(|hours| (8_000 - hours) / 8)),
        (
            2,
            number(Property::SleepEfficiency).map(|percent| (100_000 - percent) / 50),
        ),
        (1, quality),
        (1, number(Property::SleepScore).map(|score| (100_000 - score) / 100)),
        (1, number(Property::Awakenings).map(|count| count / 8)),
    ];
    let known = parts
        .iter()
        .filter_map(|(weight, part)| part.map(|part| (weight, part.clamp(-1000, 1000))));
    let (weights, total) = known.fold((0, 0), |(weights, total), (weight, part)| {
        (weights + weight, total + weight * part)
    });
    (weights > 0).then(|| total / weights)
}

/// Words that say themselves which end is meant: "top 5 shortest".
const SUPERLATIVES: [&str; 14] = [
    "most", "least", "fewest", "highest", "lowest", "longest", "shortest", "biggest", "smallest", "best", "worst",
    "largest", "hardest", "laziest",
];

/// Reads the superlative of the question, if it has one.
pub(super) fn read(tokens: &mut [Token]) -> Option<Order> {
    let (at, mut order, used) = (0..tokens.len()).find_map(|at| {
        let reader = Reader { tokens };
        let (order, used) = reader.date_order(at).or_else(|| reader.order_at(at))?;
        Some((at, order, used))
    })?;
    let (count, count_at) = count(tokens, at);
    order.count = count;
    used.into_iter()
        .chain(count_at)
        .for_each(|index| tokens[index].used = true);
    Some(order)
}

struct Reader<'a> {
    tokens: &'a [Token],
}

type Found = Option<(Order, Vec<usize>)>;

fn order(name: String, key: OrderKey, descending: bool) -> Order {
    Order {
        name,
        key,
        descending,
        count: Some(1),
    }
}

impl Reader<'_> {
    fn word(&self, at: usize) -> &str {
        match self.tokens.get(at) {
            Some(token) if !token.used => &token.word,
            _ => "",
        }
    }

    /// `the first time`, `the last run`, `most recent`, `when did I last`.
    fn date_order(&self, at: usize) -> Found {
        let asks_when = at >= 2 && self.word(at - 1) == "i" && self.word(at - 2) == "did";
        let next_names_one = matches!(
            self.word(at + 1),
            "time" | "times" | "day" | "days" | "night" | "nights" | "workout" | "session" | "training"
        ) || self
            .tokens
            .get(at + 1)
            .is_some_and(|token| !token.used && activity_of(token).is_some());
        let (newest, length) = match (self.word(at), self.word(at + 1)) {
            ("most", "recent" | "recently") => (true, 2),
            ("latest", _) if next_names_one || self.describes_one(at) => (true, 1),
            ("last", _) if next_names_one || asks_when => (true, 1),
            ("first" | "earliest", _) if next_names_one || asks_when || self.describes_one(at) => (false, 1),
            _ => return None,
        };
        let named = matches!(
            self.word(at + length),
            "time" | "times" | "day" | "days" | "night" | "nights"
        );
        let name = if newest { "newest" } else { "earliest" };
        let used = (at..at + length + usize::from(named)).collect();
        Some((order(name.to_string(), OrderKey::Date, newest), used))
    }

    /// `the earliest bad night`: one or two words between.
    fn describes_one(&self, at: usize) -> bool {
        let noun = |index: usize| matches!(self.word(index), "time" | "day" | "night" | "workout" | "session");
        let between = |index: usize| {
            self.tokens
                .get(index)
                .is_some_and(|token| !token.used && token.number.is_none())
        };
        between(at + 1) && (noun(at + 2) || (between(at + 2) && noun(at + 3)))
    }

    fn order_at(&self, at: usize) -> Found {
        let word = self.word(at);
        if at > 0 && self.word(at - 1) == "at" {
            return None;
        }
        match word {
            "worst" | "poorest" | "best" => self
                .quality(at, word == "best")
                .or_else(|| self.night(at, word != "best")),
            "hardest" | "toughest" => self.fact(at, 1, "hard workout"),
            "most" if matches!(self.word(at + 1), "intense" | "strenuous" | "exhausting") => {
                self.fact(at, 2, "hard workout")
            }
            "most" if self.word(at + 1) == "restless" => {
                let key = OrderKey::Number(&[Property::Awakenings]);
                Some((order("most awakenings".to_string(), key, true), vec![at, at + 1]))
            }
            "most" if self.word(at + 1) == "badly" => self.night(at, true),
            "peak" if self.is_at_its(at) => self.measured(at, true),
            "laziest" => self.named(at, "steps", false),
            "heaviest" => self.measured(at, true).or_else(|| self.named(at, "weight", true)),
            "lightest" => self.measured(at, false).or_else(|| self.named(at, "weight", false)),
            "top" if (at + 1..at + 3).any(|next| SUPERLATIVES.contains(&self.word(next))) => None,
            "record" | "peaked" | "top" | "most" | "highest" | "longest" | "biggest" | "largest" | "greatest"
            | "furthest" | "farthest" | "maximum" | "max" => self.measured(at, true),
            "least" | "fewest" | "lowest" | "shortest" | "smallest" | "minimum" | "min" => self.measured(at, false),
            _ => None,
        }
    }

    /// "The worst sleep efficiency" names what is compared.
    fn quality(&self, at: usize, best: bool) -> Found {
        let behind = measure_at(self.tokens, at + 1);
        let before = || {
            (at.saturating_sub(5)..at)
                .rev()
                .find_map(|index| measure_at(self.tokens, index))
        };
        let (measure, _) = behind.or_else(|| before().filter(|_| self.is_at_its(at)))?;
        let better_high = ["sleep efficiency", "sleep score", "deep sleep", "REM sleep"];
        if !better_high.contains(&measure.name) {
            return None;
        }
        self.measured(at, best)
    }

    /// `at its peak`, `hit its all-time peak`, `at their lowest`.
    fn is_at_its(&self, at: usize) -> bool {
        (at.saturating_sub(3)..at).any(|before| matches!(self.word(before), "its" | "their"))
    }

    fn night(&self, at: usize, worst: bool) -> Found {
        let is_night = |index: usize| matches!(self.word(index), "night" | "nights" | "sleep" | "slept" | "sleeps");
        let near = (at + 1..at + 4)
            .chain(at.saturating_sub(3)..at)
            .find(|index| is_night(*index))?;
        let name = if worst { "worst sleep" } else { "best sleep" };
        Some((order(name.to_string(), OrderKey::NightBadness, worst), vec![at, near]))
    }

    fn fact(&self, at: usize, length: usize, phrase: &'static str) -> Found {
        let named = usize::from(matches!(
            self.word(at + length),
            "workout" | "workouts" | "session" | "sessions" | "training"
        ));
        Some((
            order(format!("strongest {phrase}"), OrderKey::Fact(phrase), true),
            (at..at + length + named).collect(),
        ))
    }

    fn named(&self, at: usize, name: &str, most: bool) -> Found {
        let measure = Measure::named(name)?;
        Some((
            order(
                order_name(measure.name, most),
                OrderKey::Number(measure.properties),
                most,
            ),
            vec![at],
        ))
    }

    /// The measure or kind of session next to the superlative: behind it, else before it.
    fn measured(&self, at: usize, most: bool) -> Found {
        let unused = |index: &usize| self.tokens.get(*index).is_some_and(|token| !token.used);
        let near = (at + 1..at + 6).chain((at.saturating_sub(7)..at).rev()).filter(unused);
        for index in near {
            let lasts = matches!(
                self.word(at),
                "longest" | "shortest" | "biggest" | "furthest" | "farthest"
            );
            if let Some(activity) = activity_of(&self.tokens[index]).filter(|_| lasts) {
                let filter = SessionFilter {
                    activity: Some(activity),
                    ..SessionFilter::default()
                };
                let name = format!("{} {}", self.word(at), activity.noun);
                return Some((order(name, OrderKey::Session(filter), most), vec![at, index]));
            }
            if let Some((measure, length)) = measure_at(self.tokens, index) {
                // The longest phrase that covers this word, looking back: "resting heart rate".
                let (measure, from, length) = (index.saturating_sub(3)..index)
                    .filter_map(|from| measure_at(self.tokens, from).map(|(measure, length)| (measure, from, length)))
                    .find(|(_, from, length)| from + length > index && *from != at)
                    .unwrap_or((measure, index, length));
                let measure = match (measure.name, self.word(at), most) {
                    ("heart rate", _, true) => Measure::named("highest heart rate")?,
                    ("heart rate", _, false) => Measure::named("lowest heart rate")?,
                    ("workout", "longest" | "shortest", _) => Measure::named("exercise")?,
                    _ => measure,
                };
                let key = OrderKey::Number(measure.properties);
                let used = std::iter::once(at).chain(from..from + length).collect();
                return Some((order(order_name(measure.name, most), key, most), used));
            }
        }
        None
    }
}

fn order_name(measure: &str, most: bool) -> String {
    match measure.split(' ').next() {
        // "Most highest" says it twice.
        Some("highest") if most => measure.to_string(),
        Some("lowest") if !most => measure.to_string(),
        _ => format!("{} {measure}", if most { "most" } else { "least" }),
    }
}

/// How many days a superlative asks for: `the three days`, `top 5`, one for a singular, no number for a plural.
fn count(tokens: &[Token], at: usize) -> (Option<usize>, Option<usize>) {
    let is_noun = |index: usize| {
        tokens.get(index).is_some_and(|token| {
            token.is(&[
                "days", "nights", "times", "runs", "rides", "swims", "walks", "hikes", "workouts", "sessions",
                "mornings", "dates",
            ])
        })
    };
    let number_at = (0..tokens.len()).find(|index| {
        let token = &tokens[*index];
        let counts = is_noun(index + 1) || index.abs_diff(at) == 1 || (*index + 2 == at && is_noun(index + 3));
        token.number.is_some_and(|number| number > 0 && number <= 1_000_000) && !token.used && counts
    });
    match number_at {
        Some(index) => {
            let count = tokens[index].number.map_or(1, |number| number / 1000);
            (usize::try_from(count.max(1)).ok(), Some(index))
        }
        None => (if (0..tokens.len()).any(is_noun) { None } else { Some(1) }, None),
    }
}
