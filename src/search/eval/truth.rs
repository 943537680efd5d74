//! What is true of a day, from its records: planted facts and the numbers of the day, never its texts or facets. What
//! comes in: days and a [`Case`]; what goes out: which days are right, and which are too near a limit to be judged.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::day::Property;
use crate::generate::Fact;
use crate::record::Date;

/// A day with what is known of it.
#[derive(Clone, Debug)]
pub(super) struct KnownDay {
    pub(super) user_id: String,
    pub(super) date: Date,
    /// The day document.
    pub(super) document: Map<String, Value>,
    pub(super) planted: HashSet<Fact>,
}

/// All days, and where each one is.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownDays {
    pub(super) days: Vec<KnownDay>,
    places: HashMap<(String, Date), usize>,
}

impl KnownDays {
    pub(super) fn new(days: Vec<KnownDay>) -> KnownDays {
        let place = |(index, day): (usize, &KnownDay)| ((day.user_id.clone(), day.date), index);
        KnownDays {
            places: days.iter().enumerate().map(place).collect(),
            days,
        }
    }

    /// The place of a user's day.
    pub(super) fn place(&self, user_id: &str, date: Date) -> Option<usize> {
        self.places.get(&(user_id.to_string(), date)).copied()
    }

    /// The places of one user's days, or of all.
    pub(super) fn of_user(&self, user_id: Option<&str>) -> Vec<usize> {
        let ours = |index: &usize| user_id.is_none_or(|user_id| self.days[*index].user_id == user_id);
        (0..self.days.len()).filter(ours).collect()
    }
}

/// What is measured of a day.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quantity {
    Of(Property),
    /// The longest run.
    RunKm,
    /// Days since 1970.
    DayNumber,
}

impl Quantity {
    fn of(self, day: &KnownDay) -> Option<f64> {
        match self {
            Quantity::Of(property) => day.document.get(property.name())?.as_f64(),
            Quantity::RunKm => {
                let runs = texts(day, Property::Sessions).filter(|session| session.starts_with("running"));
                let km = |run: String| run.split(", ").find_map(|part| part.strip_suffix(" km")?.parse().ok());
                runs.filter_map(km).max_by(f64::total_cmp)
            }
            Quantity::DayNumber => Some(f64::from(day.date.days())),
        }
    }
}

/// The lower-case texts of a list.
fn texts(day: &KnownDay, property: Property) -> impl Iterator<Item = String> + '_ {
    let list = day.document.get(property.name()).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_lowercase)
}

/// Something that may be true of a day.
#[derive(Clone, Copy, Debug)]
pub(super) enum Truth {
    /// The generator planted it; without it the records have no sign of it.
    Planted(Fact),
    /// More than the limit (second) by at least the band (third); inside the band nobody can say.
    Over(Quantity, f64, f64),
    /// Less than the limit by at least the band.
    Under(Quantity, f64, f64),
    /// The list names it (lower case).
    Lists(Property, &'static str),
    /// One session has all these parts.
    Session(&'static [&'static str]),
    /// The day has nothing under this property.
    Missing(Property),
    /// The date is one of these.
    When(fn(Date) -> bool),
    /// The first is true; where it is not and the second is, nobody can say.
    Unless(&'static Truth, &'static Truth),
    /// True of the day so many days later.
    Shifted(i32, &'static Truth),
    Not(&'static Truth),
    All(&'static [Truth]),
    Any(&'static [Truth]),
}

/// Whether a day is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    No,
    /// Too near a limit, or not known: left out before scoring.
    Open,
    Yes,
}

impl Verdict {
    fn from_bool(yes: bool) -> Verdict {
        if yes { Verdict::Yes } else { Verdict::No }
    }

    fn not(self) -> Verdict {
        match self {
            Verdict::Yes => Verdict::No,
            Verdict::Open => Verdict::Open,
            Verdict::No => Verdict::Yes,
        }
    }
}

impl Truth {
    /// Of the day at that place. Three values, joined as Kleene did: an open part matters only if the others leave it
    /// to decide.
    pub(super) fn of(&self, days: &KnownDays, place: usize) -> Verdict {
        let day = &days.days[place];
        match self {
            Truth::Planted(fact) => Verdict::from_bool(day.planted.contains(fact)),
            Truth::Over(quantity, limit, band) => match quantity.of(day) {
                Some(number) => beyond(number - limit, *band),
                None => Verdict::No,
            },
            Truth::Under(quantity, limit, band) => match quantity.of(day) {
                Some(number) => beyond(limit - number, *band),
                // What was not recorded may have been little.
                None => Verdict::Open,
            },
            Truth::Lists(property, name) => Verdict::from_bool(texts(day, *property).any(|text| text == *name)),
            Truth::Session(parts) => {
                let all = |session: String| parts.iter().all(|part| session.contains(part));
                Verdict::from_bool(texts(day, Property::Sessions).any(all))
            }
            Truth::Missing(property) => Verdict::from_bool(!day.document.contains_key(property.name())),
            Truth::When(holds) => Verdict::from_bool(holds(day.date)),
            Truth::Unless(sure, unsure) => match sure.of(days, place) {
                Verdict::No if unsure.of(days, place) != Verdict::No => Verdict::Open,
                verdict => verdict,
            },
            Truth::Shifted(offset, truth) => match days.place(&day.user_id, day.date.plus(*offset)) {
                Some(other) => truth.of(days, other),
                None => Verdict::Open,
            },
            Truth::Not(truth) => truth.of(days, place).not(),
            Truth::All(truths) => {
                let verdicts = truths.iter().map(|truth| truth.of(days, place));
                verdicts.min().unwrap_or(Verdict::Yes)
            }
            Truth::Any(truths) => {
                let verdicts = truths.iter().map(|truth| truth.of(days, place));
                verdicts.max().unwrap_or(Verdict::No)
            }
        }
    }
}

fn beyond(difference: f64, band: f64) -> Verdict {
    if difference > band {
        Verdict::Yes
    } else if difference < -band {
        Verdict::No
    } else {
        Verdict::Open
    }
}

/// Which of the days of which something is true are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pick {
    Every,
    /// Any so many.
    Some(usize),
    Most(Quantity, usize),
    Least(Quantity, usize),
}

/// What a question asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) family: &'static str,
    pub(super) truth: Truth,
    pub(super) pick: Pick,
}

/// A case judged within some days.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    pub(super) right: HashSet<usize>,
    pub(super) open: HashSet<usize>,
    /// How many are asked for.
    pub(super) wanted: usize,
}

impl Case {
    pub(super) fn judge(&self, days: &KnownDays, scope: &[usize]) -> Judged {
        let verdict = |wanted: Verdict| {
            let fits = move |place: &&usize| self.truth.of(days, **place) == wanted;
            scope.iter().filter(fits).copied()
        };
        let (right, wanted) = match self.pick {
            Pick::Every => (verdict(Verdict::Yes).collect(), usize::MAX),
            Pick::Some(count) => (verdict(Verdict::Yes).collect(), count),
            Pick::Most(quantity, count) => (
                highest(days, verdict(Verdict::Yes), count, |day| quantity.of(day)),
                count,
            ),
            Pick::Least(quantity, count) => {
                let negative = |day: &KnownDay| quantity.of(day).map(|number| -number);
                (highest(days, verdict(Verdict::Yes), count, negative), count)
            }
        };
        Judged {
            right,
            open: verdict(Verdict::Open).collect(),
            wanted,
        }
    }
}

/// The `count` highest, and those as high as the last of them.
fn highest(
    days: &KnownDays,
    places: impl Iterator<Item = usize>,
    count: usize,
    value: impl Fn(&KnownDay) -> Option<f64>,
) -> HashSet<usize> {
    let mut valued: Vec<(f64, usize)> = places
        .filter_map(|place| Some((value(&days.days[place])?, place)))
        .collect();
    valued.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some(last) = valued
        .get(count.min(valued.len()).saturating_sub(1))
        .map(|(value, _)| *value)
    else {
        return HashSet::new();
    };
    let among = valued.into_iter().take_while(|(value, _)| *value >= last);
    among.map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn days(documents: Vec<Value>) -> KnownDays {
        let known = |(index, document): (usize, Value)| KnownDay {
            user_id: "u".to_string(),
            date: Date::from_days(index as i32),
            document: document.as_object().unwrap().clone(),
            planted: HashSet::new(),
        };
        KnownDays::new(documents.into_iter().enumerate().map(known).collect())
    }

    const SLEEP: Quantity = Quantity::Of(Property::SleepHours);
    const SHORT: Truth = Truth::Under(SLEEP, 5.0, 0.1);

    #[test]
    fn what_lies_in_the_band_is_not_judged() {
        let days = days(vec![
            json!({"sleep_hours": 4.8}),
            json!({"sleep_hours": 4.95}),
            json!({"sleep_hours": 5}),
            json!({"sleep_hours": 5.2}),
            json!({}),
        ]);
        use Verdict::*;
        let short: Vec<Verdict> = (0..5).map(|place| SHORT.of(&days, place)).collect();
        assert_eq!(short, [Yes, Open, Open, No, Open]);
        const OVER: Truth = Truth::Over(SLEEP, 5.0, 0.1);
        let over: Vec<Verdict> = (0..5).map(|place| OVER.of(&days, place)).collect();
        assert_eq!(over, [No, Open, Open, Yes, No]);
    }

    #[test]
    fn an_open_part_matters_only_where_it_decides() {
        let days = days(vec![json!({"sleep_hours": 5, "steps": 1}), json!({"sleep_hours": 4})]);
        const BOTH: Truth = Truth::All(&[SHORT, Truth::Missing(Property::Steps)]);
        assert_eq!(BOTH.of(&days, 0), Verdict::No, "steps are there, whatever the sleep");
        assert_eq!(BOTH.of(&days, 1), Verdict::Yes);
        assert_eq!(Truth::Not(&SHORT).of(&days, 0), Verdict::Open);
        assert_eq!(
            Truth::Shifted(-1, &SHORT).of(&days, 0),
            Verdict::Open,
            "nothing is known of the day before"
        );
        assert_eq!(Truth::Shifted(1, &SHORT).of(&days, 0), Verdict::Yes);
    }

    #[test]
    fn days_as_high_as_the_last_one_asked_for_are_right_too() {
        let days = days(vec![
            json!({"sessions": ["running, 30 min, 5 km, sunny"]}),
            json!({"sessions": ["cycling, 30 min, 50 km", "running, 60 min, 9.5 km"]}),
            json!({"sessions": ["running, 20 min, 5 km"]}),
            json!({"sleep_hours": 3}),
        ]);
        let case = |count| Case {
            name: "runs",
            family: "superlative",
            truth: Truth::All(&[]),
            pick: Pick::Most(Quantity::RunKm, count),
        };
        let scope = [0, 1, 2, 3];
        assert_eq!(case(1).judge(&days, &scope).right, HashSet::from([1]));
        let two = case(2).judge(&days, &scope);
        assert_eq!((two.right, two.wanted), (HashSet::from([0, 1, 2]), 2));
        assert!(case(1).judge(&days, &[3]).right.is_empty());
    }
}
