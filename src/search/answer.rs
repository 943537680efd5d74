//! The answer: what was understood and the days that match, as JSON and for people. What comes in: an understanding
//! and ranked days; what goes out: texts. It prints nothing itself.

use std::fmt::Write;

use serde::Serialize;

use crate::day::{Day, Property};
use crate::describe::session::sessions;
use crate::record::Milli;
use crate::search::question::Understanding;
use crate::search::stores::load::{Candidate, Load};

use super::Request;
use super::condition::{Clause, Condition, total};
use super::order::OrderKey;
use super::window::Window;

/// The answer to a question; serialises as the contract says.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// As asked.
    pub question: String,
    /// What was understood, one text a part; there also when nothing was found.
    pub understood: Vec<String>,
    /// The best day first.
    pub results: Vec<Hit>,
    /// How it was understood, for `--explain`.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// A day of an answer.
#[derive(Clone, Debug, Serialize)]
pub struct Hit {
    /// 1 is the best.
    pub rank: usize,
    /// Higher is better; comparable within one answer only.
    pub score: f64,
    /// Whose day.
    pub user_id: String,
    /// YYYY-MM-DD.
    pub date: String,
    /// The readable day.
    pub text: String,
    /// Its facts.
    pub facets: Vec<String>,
    /// Why it is here, one text for each part that was understood.
    pub matched: Vec<String>,
}

impl Answer {
    pub(super) fn new(request: &Request, understanding: &Understanding) -> Answer {
        let mut understood = understanding.texts();
        understood.extend(request.from.map(|from| format!("from {from}")));
        understood.extend(request.until.map(|until| format!("until {until}")));
        Answer {
            question: request.question.clone(),
            understood,
            results: Vec::new(),
            notes: understanding.notes.clone(),
        }
    }

    /// The answer for people.
    pub fn to_text(&self) -> String {
        let mut text = format!("Understood: {}\n", self.understood.join("; "));
        if self.results.is_empty() {
            text.push_str("No day matches.\n");
        }
        for hit in &self.results {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "\n{}. {}  {}", hit.rank, hit.date, hit.user_id);
            if !hit.matched.is_empty() {
                let _ = writeln!(text, "   {}", hit.matched.join("; "));
            }
            let _ = writeln!(text, "   {}", hit.text);
        }
        text
    }

    /// The answer with how it came about.
    pub fn to_explanation(&self) -> String {
        let mut text = format!("Question: {}\n", self.question);
        for understood in &self.understood {
            let _ = writeln!(text, "Understood: {understood}");
        }
        for note in &self.notes {
            let _ = writeln!(text, "By meaning: {note}");
        }
        for hit in &self.results {
            let _ = writeln!(
                text,
                "\n{}. {}  {}  score {:.4}",
                hit.rank, hit.date, hit.user_id, hit.score
            );
            for matched in &hit.matched {
                let _ = writeln!(text, "   matched: {matched}");
            }
            let _ = writeln!(text, "   facets: {}", hit.facets.join(", "));
            let _ = writeln!(text, "   {}", hit.text);
        }
        text
    }
}

/// Why a day is in the answer.
pub(super) fn matched(understanding: &Understanding, load: &Load, candidate: &Candidate) -> Vec<String> {
    let day_at = |offset: i32| {
        let index = load.offsets.iter().position(|known| *known == offset)?;
        candidate.days[index].as_ref()
    };
    let mut texts: Vec<String> = understanding
        .clauses
        .iter()
        .map(|clause| match day_at(clause.offset).filter(|_| !clause.negated) {
            Some(day) => clause_matched(clause, day),
            None => clause.to_string(),
        })
        .collect();
    if let Some((order, day)) = understanding.order.as_ref().zip(day_at(0)) {
        texts.extend(order.key.value(day).map(|value| match &order.key {
            OrderKey::Number(properties) => with_unit(&order.name, value, properties[0]),
            _ => order.name.clone(),
        }));
    }
    if understanding.window != Window::default() {
        texts.push(understanding.window.to_string());
    }
    texts
}

/// The parts of a clause that the day meets, with the day's own numbers.
fn clause_matched(clause: &Clause, day: &Day) -> String {
    let met = clause.any.iter().filter(|condition| condition.grade(day).is_some());
    let texts: Vec<String> = met.map(|condition| condition_matched(condition, day)).collect();
    let text = texts.join(", ");
    clause.when().map_or(text.clone(), |when| format!("{when}: {text}"))
}

fn condition_matched(condition: &Condition, day: &Day) -> String {
    match condition {
        Condition::Facts(facets) => {
            let held = facets.iter().filter(|facet| facet.rule.grade(day).is_some());
            held.map(|facet| facet.phrase).collect::<Vec<_>>().join(", ")
        }
        Condition::Number { name, properties, .. } => {
            total(day, properties).map_or(String::new(), |number| with_unit(name, number, properties[0]))
        }
        Condition::Clock { property, .. } => {
            let name = if *property == Property::Bedtime {
                "bedtime"
            } else {
                "wake time"
            };
            format!("{name} {}", day.text(*property).unwrap_or_default())
        }
        Condition::Session(filter) => {
            let session = sessions(day).find(|session| filter.grade(session).is_some());
            session.map_or_else(|| filter.to_string(), |session| session.phrase())
        }
        Condition::Quality(_) => format!("sleep called {}", day.text(Property::SleepQuality).unwrap_or_default()),
        Condition::Workout { .. } | Condition::Kinds { .. } | Condition::Meal(_) | Condition::NoData { .. } => {
            condition.to_string()
        }
    }
}

fn with_unit(name: &str, thousandths: i64, property: Property) -> String {
    let unit = property.info().unit;
    let space = if unit.is_empty() { "" } else { " " };
    format!("{name}: {}{space}{unit}", Milli::from_thousandths(thousandths))
}
