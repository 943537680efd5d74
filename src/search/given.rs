//! What is asked for by flags instead of words. What comes in: weekdays, facts, comparisons and an order as texts; what
//! goes out: the same parts that a question is understood as. It guesses nothing: a text that is not exactly one of
//! those is an error that says what would be.

use std::str::FromStr;

use crate::day::{Property, PropertyType};
use crate::describe::vocabulary::{FACETS, Facet};
use crate::search::question::words::token::tokens;
use crate::search::question::{Understanding, sessions};

use super::condition::{Clause, Condition, Span};
use super::order::{Order, OrderKey};
use super::window::WEEKDAYS;

/// The parts given by flags; they are added to what the question says.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Bit of each weekday, Monday lowest; 0 means that the question decides.
    pub weekdays: u8,
    /// What a day must be like, too.
    pub clauses: Vec<Clause>,
    /// Instead of the order that the question asks for.
    pub order: Option<Order>,
    /// The question is words to look for, and is not to be understood.
    pub only_words: bool,
}

impl Given {
    /// Whether nothing is given that tells one day from another.
    pub fn is_empty(&self) -> bool {
        self.weekdays == 0 && self.clauses.is_empty() && self.order.is_none()
    }

    /// Adds what is given to what was understood.
    pub(super) fn complete(&self, understanding: &mut Understanding) {
        if self.weekdays != 0 {
            understanding.window.weekdays = self.weekdays;
        }
        understanding.clauses.extend(self.clauses.iter().cloned());
        if self.order.is_some() {
            understanding.order.clone_from(&self.order);
        }
    }
}

/// The bit of a weekday: its name or the first three letters of it.
pub fn weekday(text: &str) -> Result<u8, String> {
    let lower = text.to_lowercase();
    let named = |name: &&str| **name == lower || name[..3] == lower;
    let at = WEEKDAYS.iter().position(named);
    at.map(|at| 1 << at)
        .ok_or_else(|| format!("`{text}` is no weekday; write for example `monday` or `mon`"))
}

/// A fact of a day, as it stands among its facets: one of the vocabulary, or a session such as `an easy run`.
#[derive(Clone, Debug)]
pub struct Fact(Condition);

impl FromStr for Fact {
    type Err = String;

    fn from_str(text: &str) -> Result<Fact, String> {
        let named = |facet: &&Facet| facet.phrase.eq_ignore_ascii_case(text);
        if let Some(facet) = FACETS.iter().find(named) {
            return Ok(Fact(Condition::Facts(vec![facet])));
        }
        session_named(text).map(Fact).ok_or_else(|| {
            let last = text.split(' ').next_back().unwrap_or_default().to_lowercase();
            let near = FACETS.iter().map(|facet| facet.phrase);
            let near: Vec<&str> = near.filter(|known| known.contains(&last)).take(5).collect();
            let near = if near.is_empty() {
                vec!["poor sleep", "rest day"]
            } else {
                near
            };
            format!(
                "no fact is called `{text}`; there are for example `{}`",
                near.join("`, `")
            )
        })
    }
}

/// The session of which all words but an article tell something.
fn session_named(text: &str) -> Option<Condition> {
    let mut tokens = tokens(text);
    let named = sessions::read(&mut tokens);
    let is_whole = tokens
        .iter()
        .all(|token| token.used || token.is(&["a", "an", "in", "under", "the"]));
    let is_one = named.len() == 1;
    let condition = named.into_iter().next()?.any.into_iter().next()?;
    (is_one && is_whole && matches!(condition, Condition::Session(_))).then_some(condition)
}

impl Fact {
    /// As a part of a question: on the day itself (0) or the day before (-1).
    pub fn clause(self, negated: bool, offset: i32) -> Clause {
        Clause {
            any: vec![self.0],
            negated,
            offset,
        }
    }
}

/// A comparison of a number, such as `steps>10000` or `sleep_hours<=5.5`.
#[derive(Clone, Debug)]
pub struct Comparison(Condition);

impl FromStr for Comparison {
    type Err = String;

    fn from_str(text: &str) -> Result<Comparison, String> {
        let wrong = || format!("`{text}` is no comparison; write for example `steps>10000` or `sleep_hours<=5.5`");
        let at = text.find(['<', '>', '=']).ok_or_else(wrong)?;
        let (name, rest) = text.split_at(at);
        let signs = rest.find(|c| !matches!(c, '<' | '>' | '=')).ok_or_else(wrong)?;
        let (sign, limit) = rest.split_at(signs);
        let limit: f64 = limit.trim().parse().map_err(|_| wrong())?;
        if !limit.is_finite() || limit.abs() > 2e9 {
            return Err(wrong());
        }
        let limit = (limit * 1000.0).round() as i64;
        let span = match sign {
            ">" => (Some((limit, false)), None),
            ">=" => (Some((limit, true)), None),
            "<" => (None, Some((limit, false))),
            "<=" => (None, Some((limit, true))),
            "=" => (Some((limit, true)), Some((limit, true))),
            _ => return Err(wrong()),
        };
        let property = number_named(name.trim())?;
        Ok(Comparison(Condition::Number {
            name: property.name(),
            properties: std::slice::from_ref(&property.info().property),
            span: Span {
                low: span.0,
                high: span.1,
            },
        }))
    }
}

impl Comparison {
    /// As a part of a question.
    pub fn clause(self) -> Clause {
        Clause {
            any: vec![self.0],
            negated: false,
            offset: 0,
        }
    }
}

/// The property of that name, which must be a number.
fn number_named(name: &str) -> Result<Property, String> {
    let is_number = |property: &Property| {
        let kind = property.info().kind;
        matches!(kind, PropertyType::Count | PropertyType::Number)
    };
    Property::from_name(name).filter(is_number).ok_or_else(|| {
        format!(
            "no number of a day is called `{name}`; there are for example steps, sleep_hours, resting_hr, protein_g"
        )
    })
}

/// `most steps`, `least sleep_hours`, `newest`, `oldest`.
pub fn order(text: &str) -> Result<Order, String> {
    let (key, descending) = match text.split_once(' ') {
        Some(("most", name)) => (
            OrderKey::Number(std::slice::from_ref(&number_named(name.trim())?.info().property)),
            true,
        ),
        Some(("least", name)) => (
            OrderKey::Number(std::slice::from_ref(&number_named(name.trim())?.info().property)),
            false,
        ),
        None if text == "newest" => (OrderKey::Date, true),
        None if text == "oldest" => (OrderKey::Date, false),
        _ => {
            return Err(format!(
                "`{text}` is no order; write `most` or `least` and a number of the day, as in `most steps`, or `newest` or `oldest`"
            ));
        }
    };
    Ok(Order {
        name: text.to_string(),
        key,
        descending,
        skip: 0,
        count: None,
    })
}

#[cfg(test)]
mod tests {
    use crate::search::shelf::{Letters, shelf};
    use crate::search::{Request, search};

    use super::*;

    fn dates(question: &str, given: Given) -> Vec<String> {
        let request = Request {
            question: question.to_string(),
            user: Some("user_000001".to_string()),
            from: None,
            until: None,
            today: None,
            k: 3,
            given,
        };
        let answer = search(&shelf(), &Letters, &request).unwrap();
        answer.results.into_iter().map(|hit| hit.date).collect()
    }

    fn fact(phrase: &str, negated: bool, offset: i32) -> Clause {
        phrase.parse::<Fact>().unwrap().clause(negated, offset)
    }

    #[test]
    fn flags_answer_as_the_words_they_stand_for() {
        let clauses = |clauses: Vec<Clause>| Given {
            clauses,
            ..Given::default()
        };
        let after = clauses(vec![fact("poor sleep", false, 0), fact("hard workout", false, -1)]);
        assert_eq!(
            dates("", after),
            dates("nights I slept badly after a hard workout", Given::default())
        );
        let not_after = clauses(vec![fact("poor sleep", false, 0), fact("hard workout", true, -1)]);
        assert_eq!(dates("", not_after), ["2025-08-25"]);
        let number = clauses(vec!["sleep_hours<5".parse::<Comparison>().unwrap().clause()]);
        assert_eq!(dates("", number), dates("slept less than five hours", Given::default()));
    }

    #[test]
    fn a_facet_of_a_day_is_a_fact_as_it_stands() {
        for facet in [
            "little REM sleep",
            "a run",
            "an easy run",
            "a swim in the rain",
            "a strength session under clouds",
        ] {
            assert!(facet.parse::<Fact>().is_ok(), "{facet}");
        }
    }

    #[test]
    fn an_order_and_weekdays_may_stand_beside_a_question() {
        let given = Given {
            order: Some(order("most steps").unwrap()),
            ..Given::default()
        };
        assert_eq!(dates("", given.clone())[..2], ["2025-08-30", "2025-09-06"]);
        let sunday = Given {
            weekdays: weekday("sun").unwrap(),
            ..given
        };
        assert!(!dates("in August", sunday.clone()).contains(&"2025-08-30".to_string()));
        assert_eq!(dates("in August", sunday).len(), 3);
    }

    #[test]
    fn what_is_no_part_is_refused_with_what_would_be() {
        assert!("run swim".parse::<Fact>().is_err());
        assert!("a fast bun".parse::<Fact>().is_err());
        assert!("bad sleep".parse::<Fact>().unwrap_err().contains("poor sleep"));
        for text in ["steps", "steps>", "steps>many", "steps<>5", "steps>nan", "sessions>5"] {
            assert!(text.parse::<Comparison>().is_err(), "{text}");
        }
        assert!(order("steps").unwrap_err().contains("most steps"));
        assert!(weekday("m").is_err());
    }
}
