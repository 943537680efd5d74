//! Superlatives: "my worst night", "the three days I walked most", "the first time I ran 10 km". What comes in:
//! tokens; what goes out: an [`Order`], and the tokens it was read from are marked as used.

use crate::day::Property;
use crate::search::order::{Order, OrderKey};
use crate::search::question::facts::negation;
use crate::search::question::numbers::meant::{burned, of_exercise, of_superlative};
use crate::search::question::numbers::measure::{Measure, measure_at, unit_of};
use crate::search::question::sessions::lexicon::activity_of;
use crate::search::question::words::token::{Token, unclaimed_word};

use super::counted::finished;

/// Words that say themselves which end is meant: "top 5 shortest".
const SUPERLATIVES: [&str; 15] = [
    "fastest", "most", "least", "fewest", "highest", "lowest", "longest", "shortest", "biggest", "smallest", "best",
    "worst", "largest", "hardest", "laziest",
];

/// Reads the superlative of the question, if it has one.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Option<Order> {
    let (at, order, used) = (0..tokens.len()).find_map(|at| {
        let reader = SuperlativeReader { tokens };
        let (order, used) = reader.date_order(at).or_else(|| reader.order_at(at))?;
        Some((at, order, used))
    })?;
    Some(finished(tokens, at, order, used))
}

pub(super) struct SuperlativeReader<'a> {
    pub(super) tokens: &'a [Token],
}

pub(super) type FoundOrder = Option<(Order, Vec<usize>)>;

pub(super) fn order(name: String, key: OrderKey, descending: bool) -> Order {
    Order {
        name,
        key,
        descending,
        skip: 0,
        count: Some(1),
    }
}

impl SuperlativeReader<'_> {
    pub(super) fn word(&self, at: usize) -> &str {
        unclaimed_word(self.tokens, at)
    }

    /// `the first time`, `the last run`, `most recent`, `when did I last`, `latest binge`.
    fn date_order(&self, at: usize) -> FoundOrder {
        // "At last", "first thing in the morning", "the first 10 km".
        let in_passing = at > 0 && self.word(at - 1) == "at"
            || matches!(self.word(at + 1), "thing" | "straw" | "and")
            || self.word(at + 1) == "of" && self.word(at + 2) != "all"
            || self.counts(at + 1) && self.word(at + 1) != "1" && !self.counts_days(at);
        // "Sleep that did last at least nine hours".
        let lasts =
            self.word(at) == "last" && matches!(self.word(at + 1), "at" | "for" | "between" | "less" | "more" | "over");
        let in_passing = in_passing || lasts;
        let goes_to_bed = matches!(self.word(at + 1), "bedtime" | "bed" | "wake" | "to" | "morning");
        let (newest, length) = match (self.word(at), self.word(at + 1)) {
            ("most", "recent" | "recently") => (true, 2),
            _ if in_passing || goes_to_bed => return None,
            ("last" | "latest" | "newest" | "final", _) => (true, 1),
            ("first" | "earliest" | "oldest" | "initial", _) => (false, 1),
            _ => return None,
        };
        let named = matches!(
            self.word(at + length),
            "time" | "times" | "day" | "days" | "night" | "nights" | "occurrence" | "instance" | "entry" | "date" | "1"
        );
        let name = if newest { "newest" } else { "earliest" };
        let used = (at..at + length + usize::from(named)).collect();
        Some((order(name.to_string(), OrderKey::Date, newest), used))
    }

    /// "The first two nights", "my last three swims", which are no distance and no window.
    fn counts_days(&self, at: usize) -> bool {
        let open = |index: &usize| {
            let token = self.tokens.get(*index);
            token.is_some_and(|token| !token.used && !token.after_break && unit_of(&token.word).is_none())
        };
        let noun = |index: usize| {
            let token = &self.tokens[index];
            let named = ["days", "nights", "mornings", "occasions", "workouts", "sessions"];
            token.is(&named) || token.word.ends_with('s') && activity_of(token).is_some()
        };
        self.word(at + 2) == "times" || (at + 2..at + 6).take_while(open).any(noun)
    }

    fn order_at(&self, at: usize) -> FoundOrder {
        let word = self.word(at);
        if at > 0 && self.word(at - 1) == "at" {
            return None;
        }
        match word {
            "best" if at > 0 && self.word(at - 1) == "personal" => self.measured(at, true),
            "worst" | "poorest" | "best" => self
                .by_a_measure(at, word == "best")
                .or_else(|| self.quality(at, word == "best"))
                .or_else(|| self.night(at, word != "best")),
            "sort" | "sorted" | "rank" | "ranks" | "ranked" => {
                let ascending = ["ascending", "lowest", "least", "bottom", "worst", "fewest", "last"];
                self.by_a_measure(at, !(at..at + 9).any(|index| ascending.contains(&self.word(index))))
            }
            // "Max effort" is no maximum.
            "max" | "maximum" if matches!(self.word(at + 1), "effort" | "intensity") => None,
            "hardest" | "toughest" => self.by_energy(at).or_else(|| self.fact(at, 1, "hard workout")),
            "most" if self.most_of_a_manner(at).is_some() => self.by_energy(at).or_else(|| self.most_of_a_manner(at)),
            "bottom" | "top" | "lowest" | "highest" | "most" | "least" | "fewest"
                if self.by_a_measure(at, true).is_some() =>
            {
                self.by_a_measure(at, matches!(word, "top" | "highest" | "most"))
            }
            "peak" if self.is_at_its(at) || self.stands_before_a_measure(at) || self.stands_behind_a_measure(at) => {
                self.measured(at, true)
            }
            "high" if self.is_at_its(at) => self.measured(at, true),
            "low" if self.is_at_its(at) => self.measured(at, false),
            // "Top sleep" is good sleep; a "record of poor nights" is none.
            "record" if self.is_record_of_a_measure(at) => self.measured(at, true),
            "top" | "record" if !self.counts(at + 1) && !self.stands_before_a_measure(at) => None,
            "top" if matches!(self.word(at + 1), "sleep" | "night" | "nights") => None,
            "laziest" => self.named(at, "steps", false),
            "heaviest" => self.measured(at, true).or_else(|| self.named(at, "weight", true)),
            "lightest" => self.measured(at, false).or_else(|| self.named(at, "weight", false)),
            "top" if (at + 1..at + 3).any(|next| SUPERLATIVES.contains(&self.word(next))) => None,
            "record" | "peaked" | "top" | "most" | "highest" | "longest" | "biggest" | "largest" | "greatest"
            | "furthest" | "farthest" | "maximum" | "max" | "fastest" | "widest" | "thickest" => {
                self.measured(at, true)
            }
            "least" | "fewest" | "lowest" | "shortest" | "smallest" | "minimum" | "min" | "briefest" | "bottom"
            | "slowest" | "slimmest" | "narrowest" | "thinnest" => self.measured(at, false),
            _ => None,
        }
    }

    /// `most restless`, `most terrible`, `most inefficient`: the adjective says what is compared.
    fn most_of_a_manner(&self, at: usize) -> FoundOrder {
        match self.word(at + 1) {
            "intense" | "strenuous" | "exhausting" => self.fact(at, 2, "hard workout"),
            "restless" => {
                let key = OrderKey::Number(&[Property::Awakenings]);
                Some((order("most awakenings".to_string(), key, true), vec![at, at + 1]))
            }
            // "Sleep efficiency at its most pathetic".
            "terrible" if self.is_at_its(at) => self.measured(at, false),
            "badly" | "terrible" | "terribly" | "poorly" | "bad" => self.night(at, true),
            "inefficient" => self.named(at, "sleep efficiency", false),
            "efficient" => self.named(at, "sleep efficiency", true),
            _ => None,
        }
    }

    /// `the best three days by steps`, `the worst nights for time in deep sleep`, `sorted by sleep time ascending`.
    pub(super) fn by_a_measure(&self, at: usize, most: bool) -> FoundOrder {
        let by = (at + 1..at + 8).find(|index| matches!(self.word(*index), "by" | "for" | "in"))?;
        // "The most kcal in my workouts" are of workouts.
        if self.word(by) == "in" && self.stands_before_a_measure(at) {
            return None;
        }
        let between = |index: &usize| {
            let fills = [
                "the", "my", "time", "amount", "of", "in", "all", "hours", "hour", "least", "most", "number", "spent",
            ];
            fills.contains(&self.word(*index))
        };
        let start = (by + 1..self.tokens.len()).find(|index| !between(index))?;
        let (measure, length) = measure_at(self.tokens, start)?;
        // "The worst nights for sleep" are told by more than its length.
        let of_length = self.word(by) == "by" && (start > by + 1 || self.word(start + length) == "time");
        if measure.name == "sleep" && !of_length {
            return None;
        }
        let key = OrderKey::Number(measure.properties);
        let used = std::iter::once(at).chain(by..start + length).collect();
        Some((order(order_name(measure.name, most), key, most), used))
    }

    /// "The worst sleep efficiency" names what is compared.
    fn quality(&self, at: usize, best: bool) -> FoundOrder {
        let behind = measure_at(self.tokens, at + 1);
        let before = || {
            (at.saturating_sub(5)..at)
                .rev()
                .find_map(|index| measure_at(self.tokens, index))
        };
        let (measure, _) = behind.or_else(|| before().filter(|_| self.is_at_its(at)))?;
        let better_high = ["sleep efficiency", "sleep score", "deep sleep", "REM sleep", "steps"];
        if !better_high.contains(&measure.name) {
            return None;
        }
        self.measured(at, best)
    }

    /// `my record days for steps`, `protein record`, `record for my pulse`.
    fn is_record_of_a_measure(&self, at: usize) -> bool {
        let before = self.stands_behind_a_measure(at);
        let on = at > 0 && matches!(self.word(at - 1), "on" | "the") && self.word(at + 1) != "for";
        before
            || (!on
                && matches!(
                    self.word(at + 1),
                    "day" | "days" | "night" | "nights" | "for" | "of" | "value"
                ))
    }

    fn stands_behind_a_measure(&self, at: usize) -> bool {
        let ends_here = |from: usize| measure_at(self.tokens, from).is_some_and(|(_, length)| from + length == at);
        (at.saturating_sub(3)..at).any(ends_here)
    }

    fn counts(&self, at: usize) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.number.is_some() && !token.used)
    }

    fn stands_before_a_measure(&self, at: usize) -> bool {
        measure_at(self.tokens, at + 1).is_some()
    }

    /// `at its peak`, `hit its all-time peak`, `at their lowest`.
    fn is_at_its(&self, at: usize) -> bool {
        (at.saturating_sub(3)..at).any(|before| matches!(self.word(before), "its" | "their"))
    }

    fn night(&self, at: usize, worst: bool) -> FoundOrder {
        let is_night = |index: usize| matches!(self.word(index), "night" | "nights" | "sleep" | "slept" | "sleeps");
        let near = (at + 1..at + 4)
            .chain(at.saturating_sub(3)..at)
            .find(|index| is_night(*index))?;
        let name = if worst { "worst sleep" } else { "best sleep" };
        Some((order(name.to_string(), OrderKey::NightBadness, worst), vec![at, near]))
    }

    fn fact(&self, at: usize, length: usize, phrase: &'static str) -> FoundOrder {
        let named = usize::from(matches!(
            self.word(at + length),
            "workout" | "workouts" | "session" | "sessions" | "training"
        ));
        Some((
            order(format!("strongest {phrase}"), OrderKey::Fact(phrase), true),
            (at..at + length + named).collect(),
        ))
    }

    fn named(&self, at: usize, name: &str, most: bool) -> FoundOrder {
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
    fn measured(&self, at: usize, most: bool) -> FoundOrder {
        let goes_on = |index: &usize| {
            let token = self.tokens.get(*index);
            token.is_some_and(|token| {
                *index < at + 6 || (!token.after_break && !token.is(&["and", "but", "when", "after"]))
            })
        };
        let unused = |index: &usize| self.tokens.get(*index).is_some_and(|token| !token.used);
        let near = (at + 1..at + 8)
            .take_while(goes_on)
            .chain((at.saturating_sub(7)..at).rev())
            .filter(unused);
        for index in near {
            let lasts = matches!(
                self.word(at),
                "longest" | "shortest" | "biggest" | "furthest" | "farthest" | "greatest" | "best"
            );
            if index > at && self.tokens[at..index].iter().any(negation::denies) {
                // "The longest time without sleep" is not about sleep.
                return None;
            }
            if let Some(activity) = self.activity(index).filter(|_| lasts) {
                return Some(self.session(at, index, activity, most));
            }
            if let Some((measure, length)) = measure_at(self.tokens, index) {
                // The longest phrase that covers this word, looking back: "resting heart rate".
                let (measure, from, length) = (index.saturating_sub(3)..index)
                    .filter_map(|from| measure_at(self.tokens, from).map(|(measure, length)| (measure, from, length)))
                    .find(|(_, from, length)| from + length > index && *from != at)
                    .unwrap_or((measure, index, length));
                let near = at.saturating_sub(6)..(from + length + 6).min(self.tokens.len());
                let is_single = self.word(at + 1) == "single";
                let (measure, verb) = match burned(self.tokens, near, measure) {
                    Some((burned, verb)) => (burned, Some(verb)),
                    None if of_exercise(self.tokens, at, measure).is_some() => {
                        (of_exercise(self.tokens, at, measure)?, None)
                    }
                    // "The longest single workout" leaves activities out.
                    None if is_single && measure.name == "workout" => (measure, None),
                    None => (of_superlative(measure, self.word(at), most)?, None),
                };
                let key = OrderKey::Number(measure.properties);
                let used = std::iter::once(at).chain(from..from + length).chain(verb).collect();
                return Some((order(order_name(measure.name, most), key, most), used));
            }
        }
        None
    }
}

pub(super) fn order_name(measure: &str, most: bool) -> String {
    match measure.split(' ').next() {
        // "Most highest" says it twice.
        Some("highest") if most => measure.to_string(),
        Some("lowest") if !most => measure.to_string(),
        _ => format!("{} {measure}", if most { "most" } else { "least" }),
    }
}
