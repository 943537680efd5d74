//! Comparisons with numbers: "slept less than five hours", "over 15,000 steps", "resting heart rate 10 above usual",
//! "in bed after 23:30". What comes in: tokens; what goes out: conditions with their places, and the tokens they were
//! read from are marked as used.

use crate::search::condition::{Condition, Span};
use crate::search::question::Placed;
use crate::search::question::sessions::around::{Reach, about};
use crate::search::question::sessions::lexicon::activity_of;
use crate::search::question::sessions::workouts;
use crate::search::question::words::token::{Token, unclaimed_word};

use super::measure::{Dimension, Measure, Unit, default_measure, measure_at, unit_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::search::question) enum ComparisonKind {
    Less,
    AtMost,
    More,
    AtLeast,
    About,
    Exactly,
}

/// The longest that stands is taken: `not more than` is not `more than`.
#[rustfmt::skip]
pub(in crate::search::question) const COMPARISONS: &[(&[&str], ComparisonKind)] = {
    use ComparisonKind::*;
    &[
        (&["not", "more", "than"], AtMost), (&["no", "more", "than"], AtMost), (&["not", "less", "than"], AtLeast),
        (&["no", "less", "than"], AtLeast), (&["no", "fewer", "than"], AtLeast), (&["not", "over"], AtMost),
        (&["no", "longer", "than"], AtMost), (&["no", "higher", "than"], AtMost), (&["not", "even", "manage"], Less), (&["not", "even", "get"], Less),
        (&["not", "even", "reach"], Less), (&["not", "even", "make"], Less), (&["not", "manage"], Less), (&["not", "reach"], Less),
        (&["not", "make"], Less), (&["not", "hit"], Less), (&["topped"], More), (&["not", "even"], Less),
        (&["less", "than"], Less), (&["fewer", "than"], Less), (&["lower", "than"], Less), (&["shorter", "than"], Less),
        (&["smaller", "than"], Less), (&["lighter", "than"], Less), (&["slower", "than"], Less), (&["earlier", "than"], Less),
        (&["more", "than"], More), (&["more", "then"], More), (&["less", "then"], Less), (&["higher", "than"], More), (&["greater", "than"], More), (&["longer", "than"], More),
        (&["bigger", "than"], More), (&["heavier", "than"], More), (&["further", "than"], More), (&["farther", "than"], More),
        (&["faster", "than"], More), (&["larger", "than"], More), (&["later", "than"], More), (&["at", "least"], AtLeast),
        (&["upwards", "of"], More), (&["in", "excess", "of"], More), (&["at", "most"], AtMost), (&["up", "to"], AtMost), (&["under"], Less), (&["below"], Less), (&["over"], More),
        (&["above"], More), (&["exceeding"], More), (&["exceeded"], More), (&["beyond"], More), (&["past"], More),
        (&["min"], AtLeast), (&["max"], AtMost), (&["about"], About), (&["around"], About), (&["roughly"], About),
        (&["exactly"], Exactly), (&["not", "fewer", "than"], AtLeast), (&["no", "shorter", "than"], AtLeast),
        (&["north", "of"], More), (&["south", "of"], Less), (&["shy", "of"], Less), (&["short", "of"], Less), (&["topping"], More),
        (&["exceed"], More), (&["exceeds"], More), (&["surpassed"], More), (&["surpassing"], More), (&["surpass"], More),
        (&["crossed"], More), (&["passed"], More), (&["not", "attain"], Less), (&["not", "shorter", "than"], AtLeast), (&["not", "longer", "than"], AtMost), (&["not", "below"], AtLeast), (&["not", "under"], AtLeast), (&["not", "above"], AtMost), (&["not", "beyond"], AtMost), (&["not", "exceed"], AtMost), (&["not", "exceeded"], AtMost), (&["not", "exceeding"], AtMost), (&["clear"], More), (&["clears"], More), (&["broke"], More), (&["break"], More), (&["breaks"], More), (&["breaking"], More), (&["beneath"], Less), (&["hit"], AtLeast), (&["reached"], AtLeast), (&["crossing"], More), (&["cross"], More), (&["cracked"], More), (&["crack"], More), (&["cleared"], More), (&["beat"], More),
        (&["thicker", "than"], More), (&["wider", "than"], More), (&["thinner", "than"], Less), (&["slimmer", "than"], Less), (&["narrower", "than"], Less),
        (&["quicker", "than"], More), (&["better", "than"], More), (&["sub"], Less), (&["not", "quite"], Less), (&["minimum"], AtLeast),
        (&["minimum", "of"], AtLeast), (&["maximum", "of"], AtMost), (&["not", "even", "make", "it", "to"], Less),
        (&["not", "make", "it", "to"], Less), (&["anything", "over"], More), (&["anything", "under"], Less), (&["well", "over"], More),
    ]
};

/// Words that end the surroundings in which a number finds its noun.
const WALLS: [&str; 9] = [
    "and", "but", "after", "before", "with", "without", "while", "or", "followed",
];

/// From here on a number without unit is in metres where somebody ran it: "jogged over 10k". In thousandths.
const METRES_RUN: i64 = 1_000_000;

/// "Top twelve thousand steps" is a comparison, "top 5 days" is none. In thousandths.
const TOPPED: i64 = 100_000;

/// Reads every comparison of the question.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let reader = AmountReader { tokens };
        let read = reader
            .clock_at(at)
            .or_else(|| reader.race_at(at))
            .or_else(|| reader.comparison_at(at));
        let Some((condition, used)) = read.or_else(|| reader.other_bound(at, found.last())) else {
            continue;
        };
        let start = used.iter().copied().min().unwrap_or(at);
        let end = used.iter().copied().max().unwrap_or(at) + 1;
        let first = reader.first_bound(start, &condition);
        used.into_iter().for_each(|index| tokens[index].used = true);
        found.push(workouts::or_workout(tokens, Placed::new(start, end, condition)));
        if let Some((condition, places)) = first {
            tokens[places.clone()].iter_mut().for_each(|token| token.used = true);
            found.push(Placed::new(places.start, places.end, condition));
        }
    }
    found
}

pub(super) struct AmountReader<'a> {
    pub(super) tokens: &'a [Token],
}

/// A number with its comparison and unit.
pub(super) struct Amount {
    pub(super) comparison: ComparisonKind,
    pub(super) number: i64,
    /// The upper end of `between 5 and 6`.
    pub(super) second: Option<i64>,
    /// It holds for all readings of the day.
    pub(super) throughout: bool,
    pub(super) unit: Option<(Unit, String)>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl AmountReader<'_> {
    pub(super) fn word(&self, at: usize) -> &str {
        unclaimed_word(self.tokens, at)
    }

    pub(super) fn number(&self, at: usize) -> Option<i64> {
        let token = self.tokens.get(at).filter(|token| !token.used)?;
        token
            .number
            .filter(|_| !token.word.ends_with(|c: char| c.is_alphabetic()))
    }

    pub(super) fn unit(&self, at: usize) -> Option<(Unit, String)> {
        let word = self.word(at);
        Some((unit_of(word)?, word.to_string()))
    }

    /// The longest comparison that starts here, denied or not.
    fn comparison_words(&self, at: usize) -> Option<(ComparisonKind, usize)> {
        let direct = self.direct_comparison(at);
        let length = direct.map_or(0, |(_, length)| length);
        let denied = self.denied_comparison(at).filter(|(_, denied)| *denied > length);
        denied.or(direct)
    }

    /// The longest row of the table that stands here.
    pub(super) fn direct_comparison(&self, at: usize) -> Option<(ComparisonKind, usize)> {
        let stands = |words: &[&str]| {
            words
                .iter()
                .enumerate()
                .all(|(index, word)| self.word(at + index) == *word)
        };
        let standing = COMPARISONS.iter().filter(|(words, _)| stands(words));
        let (words, comparison) = standing.max_by_key(|(words, _)| words.len())?;
        // "It was adding up to 3,500" compares nothing.
        let sums = *words == ["up", "to"] && at > 0 && self.tokens[at - 1].stem == "add";
        (!sums).then_some((*comparison, words.len()))
    }

    fn comparison_at(&self, at: usize) -> Option<(Condition, Vec<usize>)> {
        let amount = self.amount_at(at)?;
        if self.is_many_times(&amount) {
            return None;
        }
        self.against_usual(&amount)
            .or_else(|| self.session(&amount))
            .or_else(|| self.plain(&amount).filter(|_| !self.is_share_of_usual(&amount)))
    }

    /// `less than five hours`, `between 5 and 6 hours`, `5 hours or more`, `10 km`.
    pub(super) fn amount_at(&self, at: usize) -> Option<Amount> {
        let ranged = usize::from(matches!(self.word(at), "between" | "from"));
        let tops = self.word(at) == "top" && self.number(at + 1).is_some_and(|number| number >= TOPPED);
        let said = self.comparison_words(at).or(tops.then_some((ComparisonKind::More, 1)));
        let (comparison, length) = said.unwrap_or((ComparisonKind::About, 0));
        if length == 0 && at > 0 && self.tokens[at - 1].is(&["top"]) {
            return None;
        }
        let article = usize::from(matches!(self.word(at + length), "a" | "an" | "the" | "my") && length > 0);
        let number_at = at + length.max(ranged) + article;
        let number = self
            .number(number_at)
            .filter(|_| length == 0 || !self.tokens[number_at].after_break)?;
        // "Exactly one day after"; "RHR over 60 days" compares.
        let of_days = matches!(
            self.word(number_at + 1),
            "day" | "days" | "night" | "nights" | "week" | "weeks"
        );
        if of_days && matches!(comparison, ComparisonKind::About | ComparisonKind::Exactly) {
            return None;
        }
        let plus = usize::from(self.word(number_at + 1) == "plus");
        let unit = self.unit(number_at + 1 + plus);
        let joint = number_at + 1 + plus + usize::from(unit.is_some());
        let always = self.is_denied(at) || !self.all_the_time(at, joint).is_empty();
        let amount = Amount {
            comparison,
            number,
            second: None,
            // "At most 80" caps every reading, "80 or less" is true of one.
            throughout: comparison == ComparisonKind::AtMost || always,
            unit,
            start: at,
            end: joint,
        };
        if let Some(range) = self.range(&amount, ranged == 1) {
            return Some(range);
        }
        if let Some((comparison, tail)) = self.said_behind(joint, length > 0) {
            // "Up to 180 or more" caps none.
            let throughout = if comparison == ComparisonKind::AtLeast {
                always
            } else {
                amount.throughout
            };
            return Some(Amount {
                comparison,
                throughout,
                end: joint + tail,
                ..amount
            });
        }
        let at_least = plus == 1;
        Some(Amount {
            comparison: if at_least { ComparisonKind::AtLeast } else { comparison },
            ..amount
        })
    }

    /// `5 to 6 hours`, and where a word said so before it, `5 and 6`, `9 up to 10`.
    fn range(&self, amount: &Amount, is_said: bool) -> Option<Amount> {
        let up = usize::from(is_said && self.word(amount.end) == "up");
        let joint = amount.end + up;
        if !matches!((self.word(joint), is_said), ("to", _) | ("and", true)) {
            return None;
        }
        let second = self.number(joint + 1).filter(|second| *second >= amount.number)?;
        let unit = self.unit(joint + 2);
        Some(Amount {
            second: Some(second),
            end: joint + 2 + usize::from(unit.is_some()),
            unit: unit.or_else(|| amount.unit.clone()),
            ..*amount
        })
    }

    /// First and last index of the surroundings.
    pub(super) fn surroundings(&self, amount: &Amount) -> (usize, usize) {
        const REACH: usize = 7;
        let mut first = amount.start;
        // "Little deep sleep, under an hour".
        let goes_on = |first: usize| first == amount.start || !self.tokens[first].after_break;
        while first > 0 && amount.start - first < REACH && goes_on(first) {
            if WALLS.contains(&self.tokens[first - 1].word.as_str()) {
                break;
            }
            first -= 1;
        }
        let mut last = amount.end;
        while last < self.tokens.len() && last - amount.end < REACH && !self.tokens[last].after_break {
            if WALLS.contains(&self.tokens[last].word.as_str()) {
                break;
            }
            last += 1;
        }
        (first, last)
    }

    /// The measure that the number is about: right behind it (`hours of sleep`), else the nearest before it, else one
    /// behind it, else what the unit is most often about.
    pub(super) fn measure(&self, amount: &Amount) -> Option<(&'static Measure, Vec<usize>)> {
        let (first, last) = self.surroundings(amount);
        let unit = amount.unit.as_ref().map(|(unit, _)| *unit);
        let fits = |at: usize| -> Option<(&'static Measure, Vec<usize>)> {
            let (measure, length) = measure_at(self.tokens, at)?;
            measure.convert(amount.number, unit)?;
            Some((measure, (at..at + length).collect()))
        };
        let of = usize::from(self.word(amount.end) == "of");
        let by_unit = || {
            let (unit, word) = amount.unit.as_ref()?;
            let of_sleep = (first..last).any(|at| matches!(self.tokens[at].stem.as_str(), "sleep" | "bed" | "night"));
            let measure = match unit.dimension {
                // The share of the time in bed.
                Dimension::Share if of_sleep => Measure::named("sleep efficiency"),
                Dimension::Times if of_sleep => Measure::named("awakenings"),
                dimension => default_measure(*unit, word).filter(|_| dimension != Dimension::Share),
            };
            measure.map(|measure| (measure, Vec::new()))
        };
        let before = || {
            let at = (first..amount.start).rev().find(|at| fits(*at).is_some())?;
            // The longest phrase that covers it: "resting heart rate" over "rate".
            let from =
                (first.saturating_sub(2)..=at).filter(|from| fits(*from).is_some_and(|(_, used)| used.contains(&at)));
            from.min().and_then(&fits)
        };
        fits(amount.end + of)
            .or_else(before)
            .or_else(|| (amount.end..last).find_map(&fits))
            .or_else(by_unit)
    }

    fn plain(&self, amount: &Amount) -> Option<(Condition, Vec<usize>)> {
        let times = amount
            .unit
            .as_ref()
            .is_some_and(|(unit, _)| unit.dimension == Dimension::Times);
        // "The five times I was asleep for the least time" counts days.
        let counts_days =
            times && amount.comparison == ComparisonKind::About && matches!(self.word(amount.end), "i" | "that");
        let counts_meals = self.counts_meals(amount);
        let said = !counts_days && amount.unit.is_some()
            || amount.comparison != ComparisonKind::About
            || amount.second.is_some()
            || counts_meals;
        if !said {
            return None;
        }
        let (measure, mut used) = self.measure_meant(amount)?;
        let unit = amount.unit.as_ref().map(|(unit, _)| *unit);
        let in_stored = |number: i64| Some(self.sodium_in(measure, &used, measure.convert(number, unit)?));
        let number = in_stored(amount.number)?;
        let second = amount.second.and_then(in_stored);
        used.extend(amount.start..amount.end);
        if amount.throughout {
            used.extend(self.all_the_time(amount.start, amount.end));
        }
        let whole = (0..amount.start)
            .rev()
            .take_while(|at| matches!(self.word(*at), "a" | "good" | "full" | "whole" | "solid"));
        used.extend(whole);
        let comparison = if counts_meals {
            ComparisonKind::Exactly
        } else {
            amount.comparison
        };
        let span = span(comparison, number, second);
        let condition = Condition::Number {
            name: measure.name,
            properties: measure.properties,
            span,
        };
        Some((condition, used))
    }

    /// `ran more than 10 km`, `a ride of over two hours`.
    fn session(&self, amount: &Amount) -> Option<(Condition, Vec<usize>)> {
        let metres = unit_of("m").filter(|_| amount.unit.is_none() && amount.number >= METRES_RUN);
        let unit = amount.unit.as_ref().map(|(unit, _)| *unit).or(metres)?;
        let measure = match unit.dimension {
            Dimension::Time => Measure::named("exercise")?,
            Dimension::Length => Measure::named("distance")?,
            _ => return None,
        };
        let (first, last) = self.surroundings(amount);
        let outside = |at: &usize| !(amount.start..amount.end).contains(at) && !self.tokens[*at].used;
        let near = (first..last)
            .filter(outside)
            .min_by_key(|at| match activity_of(&self.tokens[*at]) {
                Some(_) => at.abs_diff(amount.start),
                None => usize::MAX,
            })?;
        let activity = activity_of(&self.tokens[near])?;
        if metres.is_some() && !matches!(activity.noun, "run" | "ride" | "swim") {
            return None;
        }
        let number = measure.convert(amount.number, Some(unit))?;
        let second = amount.second.and_then(|second| measure.convert(second, Some(unit)));
        let span = Some(span(amount.comparison, number, second));
        let (mut filter, around) = about(self.tokens, near, Reach::Near);
        filter.activity = Some(activity);
        match unit.dimension {
            Dimension::Time => filter.minutes = span,
            _ => filter.km = span,
        }
        let mut used: Vec<usize> = (amount.start..amount.end).collect();
        used.push(near);
        used.extend(around);
        used.sort_unstable();
        used.dedup();
        Some((Condition::Session(filter), used))
    }
}

pub(super) fn span(comparison: ComparisonKind, number: i64, second: Option<i64>) -> Span {
    let tenth = number.abs() / 10;
    let (low, high) = match (comparison, second) {
        (_, Some(second)) => (Some((number, true)), Some((second, true))),
        (ComparisonKind::Less, _) => (None, Some((number, false))),
        (ComparisonKind::AtMost, _) => (None, Some((number, true))),
        (ComparisonKind::More, _) => (Some((number, false)), None),
        (ComparisonKind::AtLeast, _) => (Some((number, true)), None),
        (ComparisonKind::Exactly, _) => (Some((number, true)), Some((number, true))),
        // "About" and a bare number mean what rounds to it in everyday talk: a tenth to either side.
        (ComparisonKind::About, _) => (Some((number - tenth, true)), Some((number + tenth, true))),
    };
    Span { low, high }
}
