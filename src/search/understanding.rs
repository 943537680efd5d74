//! Understands a question without a language model. What comes in: the question, the day it counts from, and a way
//! to compare stretches of words with the vocabulary; what goes out: an [`Understanding`]. It never looks at days.

use std::fmt::Display;

use crate::day::Property;
use crate::describe::vocabulary::{self, Facet, Group};
use crate::record::Date;

use super::calendar;
use super::compare;
use super::condition::{Clause, Condition, SessionFilter};
use super::facts;
use super::lexicon::{Weather, activity_of, meal_of, weather_of};
use super::no_data;
use super::relation;
use super::stretch;
use super::superlative::{self, Order, OrderKey};
use super::token::{Token, tokens};
use super::usual;
use super::window::Window;
use super::workout_words;

/// What a question asks for.
#[derive(Clone, Debug, Default)]
pub struct Understanding {
    /// Which days it is about.
    pub window: Window,
    /// What a day must be like; all of them.
    pub clauses: Vec<Clause>,
    /// What days are ordered by, where the question has a superlative.
    pub order: Option<Order>,
    /// How stretches of words were understood by meaning, for `--explain`.
    pub notes: Vec<String>,
    /// Words that no part of the understanding has claimed.
    pub content: Vec<String>,
}

impl Understanding {
    /// Words to look for, not understood.
    pub(super) fn of_words(words: &str) -> Understanding {
        let content = tokens(words).into_iter().map(|token| token.word).collect();
        Understanding {
            content,
            ..Understanding::default()
        }
    }

    /// Nothing tells one day from another but the likeness to the question.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty() && self.order.is_none()
    }

    /// The question names days, and nothing about them.
    pub fn is_only_window(&self) -> bool {
        self.is_empty() && self.content.is_empty() && self.window != Window::default()
    }

    /// What was understood, one text a part.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self.clauses.iter().map(Clause::to_string).collect();
        texts.extend(self.order.as_ref().map(Order::to_string));
        if self.window != Window::default() {
            texts.push(self.window.to_string());
        }
        if self.is_empty() && !self.is_only_window() {
            texts.push("no fact of the vocabulary: the days most like the question".to_string());
        }
        texts
    }
}

/// A condition and where in the question it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) any: Vec<Condition>,
    pub(super) negated: bool,
    pub(super) offset: i32,
}

impl Placed {
    pub(super) fn new(start: usize, end: usize, condition: Condition) -> Placed {
        Placed {
            start,
            end,
            any: vec![condition],
            negated: false,
            offset: 0,
        }
    }

    /// The same words name this facet, too.
    pub(super) fn add_facet(&mut self, facet: &'static Facet) {
        match self.any.first_mut() {
            Some(Condition::Facts(facets)) if facets.iter().all(|known| known.phrase != facet.phrase) => {
                facets.push(facet)
            }
            _ => {}
        }
    }

    pub(super) fn is_sleep(&self) -> bool {
        self.any.iter().all(Condition::is_sleep)
    }
}

/// Facets that a stretch of words means.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    pub(super) facets: Vec<&'static Facet>,
    /// The phrase of the vocabulary that was nearest.
    pub(super) phrase: &'static str,
    pub(super) score: f32,
}

/// Compares a stretch of words with the vocabulary; nothing where nothing is near. The number asks for so much more.
pub(super) type MeaningOf<'a, E> = dyn FnMut(&str, f32) -> Result<Option<Meaning>, E> + 'a;

/// Understands a question that counts from `today`.
pub(super) fn understand<E: Display>(
    question: &str,
    today: Date,
    meaning_of: &mut MeaningOf<'_, E>,
) -> Result<Understanding, E> {
    let mut tokens = tokens(question);
    let window = calendar::read(&mut tokens, today);
    // "A tough weekend training session" is a tough training session.
    let weekday = |token: &Token| token.used && token.is(&WEEKDAYS);
    tokens.retain(|token| !weekday(token));
    let mut placed = no_data::read(&mut tokens);
    placed.extend(compare::read(&mut tokens));
    placed.extend(usual::read(&mut tokens));
    let mut order = superlative::read(&mut tokens);
    if order
        .as_ref()
        .is_some_and(|order| order.key == OrderKey::Number(&[Property::Steps]))
    {
        // Who asks for the most steps walked them.
        tokens
            .iter_mut()
            .filter(|token| token.stem == "walk")
            .for_each(|token| token.used = true);
    }
    let against_usual = placed.clone();
    placed.extend(
        facts::read(&mut tokens)
            .into_iter()
            .filter(|fact| !is_against_usual(fact, &against_usual)),
    );
    placed.extend(sessions_and_meals(&mut tokens));
    placed.extend(workout_words::read(&mut tokens));
    let relations = relation::read(&mut tokens);
    let mut notes = Vec::new();
    let mut meant = stretch::read(&mut tokens, &placed, meaning_of, &mut notes)?;
    meant.retain(|fact| {
        !says_the_same(fact, &placed)
            && !is_against_usual(fact, &placed)
            && !is_in_order(fact, &order)
            && !is_beside_its_subject(fact, &placed, &tokens)
    });
    placed.extend(meant);
    let workouts = workout_words::any(&mut tokens, &placed);
    placed.extend(workouts);
    placed.iter_mut().for_each(high_for_oneself);
    far_session(&mut placed);
    walked_steps(&tokens, &order, &mut placed);
    order.iter_mut().for_each(|order| longest_session(order, &mut placed));
    let content = tokens
        .iter()
        .filter(|token| !token.used && stretch::is_content(token))
        .map(|token| token.word.clone())
        .collect();
    placed.sort_by_key(|placed| placed.start);
    relation::apply(&tokens, &relations, &mut placed, order.is_some());
    let clauses = relation::clauses(&tokens, placed);
    Ok(Understanding {
        window,
        clauses,
        order,
        notes,
        content,
    })
}

/// What stands as an adjective before other words; "weekends" and "Mondays" do not.
const WEEKDAYS: [&str; 8] = [
    "weekend",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A number that was said leaves nothing to guess of the same property: the "peaked" of "pulse peaked at over 160".
fn says_the_same(fact: &Placed, placed: &[Placed]) -> bool {
    let guessed: Vec<Property> = fact.any.iter().flat_map(Condition::properties).collect();
    let said = placed.iter().flat_map(|placed| &placed.any);
    let mut numbers = said.filter(|condition| matches!(condition, Condition::Number { .. }));
    numbers.any(|number| number.properties().iter().any(|property| guessed.contains(property)))
}

/// What is guessed of the quantity that days are ordered by: the "consumed" of "the most protein consumed".
fn is_in_order(fact: &Placed, order: &Option<Order>) -> bool {
    let Some(order) = order else { return false };
    let ordered = order.key.properties();
    let group = |facet: &&Facet| {
        facet
            .rule
            .properties()
            .iter()
            .any(|property| ordered.contains(property))
    };
    let groups: Vec<Group> = vocabulary::FACETS
        .iter()
        .filter(group)
        .map(|facet| facet.group)
        .collect();
    let guessed = fact.any.iter().flat_map(|condition| match condition {
        Condition::Facts(facets) => facets.clone(),
        _ => Vec::new(),
    });
    let guessed: Vec<Group> = guessed.map(|facet| facet.group).collect();
    !guessed.is_empty() && guessed.iter().all(|group| groups.contains(group))
}

/// What is said against one's own usual says it all: the "many steps" that "my poor step count" is near to adds nothing to
/// "fewer steps than usual".
fn is_against_usual(fact: &Placed, said: &[Placed]) -> bool {
    let facets = |placed: &Placed| match placed.any.as_slice() {
        [Condition::Facts(facets)] => facets.clone(),
        _ => Vec::new(),
    };
    let usual = said
        .iter()
        .flat_map(facets)
        .filter_map(|facet| Some((facet.group, facet.subject.strip_prefix("usual ")?)));
    let usual: Vec<_> = usual.collect();
    let of_it = |facet: &&'static Facet| usual.contains(&(facet.group, facet.subject));
    let facets = facets(fact);
    !facets.is_empty() && facets.iter().all(of_it)
}

/// What is guessed from words next to a fact of the same subject is about that fact: the "rest" of "a bad night's rest" is no
/// good rest.
fn is_beside_its_subject(fact: &Placed, placed: &[Placed], tokens: &[Token]) -> bool {
    let subjects = |placed: &Placed| -> Vec<(Group, &'static str)> {
        let facets = placed.any.iter().filter_map(|condition| match condition {
            Condition::Facts(facets) => Some(facets.iter().map(|facet| (facet.group, facet.subject))),
            _ => None,
        });
        facets.flatten().collect()
    };
    let guessed = subjects(fact);
    let is_near = |said: &Placed| {
        let (from, until) = (said.end.min(fact.end), said.start.max(fact.start));
        from <= until
            && tokens[from..until]
                .iter()
                .all(|token| token.is(&["s", "a", "the", "my", "of"]))
    };
    let mut same = placed
        .iter()
        .filter(|said| subjects(said).iter().any(|subject| guessed.contains(subject)));
    same.any(is_near)
}

/// Who asks for a high resting heart rate means high for them, too: someone with 50 never has a high one by any
/// standard.
fn high_for_oneself(placed: &mut Placed) {
    let names_it = |condition: &Condition| match condition {
        Condition::Facts(facets) => facets.iter().any(|facet| facet.phrase == "high resting heart rate"),
        _ => false,
    };
    if placed.any.iter().any(names_it)
        && let Some(elevated) = vocabulary::facet("elevated resting heart rate")
    {
        placed.add_facet(elevated);
    }
}

/// "Walking all day with loads of steps" is about steps, not about a walk.
fn walked_steps(tokens: &[Token], order: &Option<Order>, placed: &mut Vec<Placed>) {
    let of_steps = |placed: &Placed| placed.any.iter().flat_map(Condition::properties).any(is_of_steps);
    let by_steps = order
        .as_ref()
        .is_some_and(|order| order.key.properties().into_iter().any(is_of_steps));
    if !by_steps && !placed.iter().any(of_steps) {
        return;
    }
    let is_walking = |placed: &Placed| match placed.any.as_slice() {
        [Condition::Session(filter)] => {
            let is_walk = filter.activity.is_some_and(|activity| activity.noun == "walk");
            is_walk && filter.only_activity() && tokens[placed.start].is(&["walking", "walked"])
        }
        _ => false,
    };
    placed.retain(|placed| !is_walking(placed));
}

fn is_of_steps(property: Property) -> bool {
    matches!(property, Property::Steps | Property::StepsDelta)
}

/// "Covered a great distance running" is a long run.
fn far_session(placed: &mut Vec<Placed>) {
    let is_far = |placed: &Placed| match placed.any.as_slice() {
        [Condition::Facts(facets)] => facets.iter().any(|facet| facet.phrase == "long distance"),
        _ => false,
    };
    let Some(far) = placed.iter().position(is_far) else {
        return;
    };
    let run = placed.iter_mut().find_map(|placed| match placed.any.as_mut_slice() {
        [Condition::Session(filter)] if filter.activity.is_some() => Some(filter),
        _ => None,
    });
    if let Some(filter) = run {
        filter.long = true;
        placed.remove(far);
    }
}

/// "The longest distance I ran" is about the run, not about the day's distance.
fn longest_session(order: &mut Order, placed: &mut Vec<Placed>) {
    let of_distance = |key: &OrderKey| {
        matches!(
            key,
            OrderKey::Number([Property::DistanceKm | Property::ActivityMinutes, ..])
        )
    };
    if !order.descending || !of_distance(&order.key) {
        return;
    }
    let session = placed
        .iter()
        .position(|placed| matches!(placed.any.as_slice(), [Condition::Session(_)]));
    if let Some(index) = session
        && let [Condition::Session(filter)] = placed[index].any.as_slice()
    {
        order.name = format!("longest {}", filter.to_string().trim_start_matches("a "));
        order.key = OrderKey::Session(filter.clone());
        placed.remove(index);
    }
}

/// `a long run in the rain`, `snow`, `breakfast`, `a workout`.
fn sessions_and_meals(tokens: &mut [Token]) -> Vec<Placed> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if tokens[at].used || is_much_walking(tokens, at) || runs_otherwise(tokens, at) {
            continue;
        }
        if activity_of(&tokens[at]).is_some() || weather_of(&tokens[at]).is_some() {
            let (filter, used) = session_around(tokens, at);
            let start = used.iter().copied().min().unwrap_or(at);
            let end = used.iter().copied().max().unwrap_or(at) + 1;
            used.into_iter().for_each(|index| tokens[index].used = true);
            // "A downpour or drizzle" is one weather.
            let said = filter.activity.is_none() && filter.weather.is_some() && last_weather(&found) == filter.weather;
            if !said {
                found.push(Placed::new(start, end, Condition::Session(filter)));
            }
        } else if let Some(meal) = meal_of(&tokens[at]) {
            tokens[at].used = true;
            found.push(Placed::new(at, at + 1, Condition::Meal(meal)));
        }
    }
    found
}

fn last_weather(found: &[Placed]) -> Option<&'static Weather> {
    match found.last()?.any.as_slice() {
        [Condition::Session(filter)] => filter.weather,
        _ => None,
    }
}

/// A pulse that runs high and a person who runs on empty do not run.
fn runs_otherwise(tokens: &[Token], at: usize) -> bool {
    let heart = |token: &Token| token.is(&["rate", "pulse", "hr", "heart", "ticker", "heartbeat", "was", "is"]);
    let of_heart = at > 0 && heart(&tokens[at - 1]);
    let how = tokens.get(at + 1);
    let high = how.is_some_and(|next| next.is(&["high", "higher", "hot", "quick", "fast", "low", "elevated"]));
    let on_little = how.is_some_and(|next| next.word == "on")
        && tokens
            .get(at + 2)
            .is_some_and(|next| next.is(&["fumes", "empty", "not", "less", "under", "only", "few"]));
    let rate_runs = at > 0 && tokens[at - 1].is(&["rate", "pulse", "hr", "heartbeat"]);
    tokens[at].stem == "run" && ((of_heart && high) || on_little || rate_runs)
}

/// "Walked a lot" is about steps, not about a walk.
fn is_much_walking(tokens: &[Token], at: usize) -> bool {
    const HOW_MUCH: [&str; 18] = [
        "most", "least", "fewest", "steps", "lot", "lots", "deal", "much", "loads", "tons", "plenty", "far", "miles",
        "hardly", "barely", "little", "less", "more",
    ];
    let near = &tokens[at.saturating_sub(1)..(at + 4).min(tokens.len())];
    tokens[at].is(&["walked", "walking", "walk"]) && near.iter().any(|token| token.is(&HOW_MUCH))
}

/// A session and the words around it that say how it was.
fn session_around(tokens: &[Token], at: usize) -> (SessionFilter, Vec<usize>) {
    const WALLS: [&str; 7] = ["and", "but", "after", "before", "without", "or", "with"];
    let mut filter = SessionFilter::default();
    let mut used = Vec::new();
    // "With the rain pouring down".
    let with_weather = |index: usize| {
        tokens[index].word == "with"
            && tokens[index + 1..]
                .iter()
                .take(2)
                .any(|token| weather_of(token).is_some())
    };
    let open =
        |index: usize| !tokens[index].used && (!WALLS.contains(&tokens[index].word.as_str()) || with_weather(index));
    let first = (at.saturating_sub(4)..at)
        .rev()
        .take_while(|index| open(*index))
        .last()
        .unwrap_or(at);
    let behind = (at + 1..(at + 7).min(tokens.len())).take_while(|index| open(*index) && !tokens[*index].after_break);
    for index in (first..=at).chain(behind) {
        let token = &tokens[index];
        let new_activity = activity_of(token).filter(|activity| filter.activity.is_none_or(|known| known == *activity));
        let new_weather = weather_of(token).filter(|_| filter.weather.is_none());
        match token.stem.as_str() {
            _ if new_activity.is_some() => filter.activity = new_activity,
            _ if new_weather.is_some() => filter.weather = new_weather,
            "long" | "lengthy" | "endless" | "extend" | "extended" | "endurance" | "endur" | "marathon" | "ages"
            | "ag" | "mega" | "epic" => filter.long = true,
            "hard" | "tough" | "intens" | "fast" | "brutal" | "strenuous" | "vigorou" | "vigorous" => {
                filter.hard = true
            }
            "easy" | "gentl" | "light" | "relax" | "slow" => filter.easy = true,
            "workout" | "session" | "train" | "exercis" | "trip" | "tour" | "weather" | "high" | "low"
            | "intensity" => {}
            _ => continue,
        }
        used.push(index);
    }
    if filter.activity.is_none() && filter.weather.is_some() {
        // "It was blowing hard" tells nothing of a session.
        (filter.long, filter.hard, filter.easy) = (false, false, false);
    }
    (filter, used)
}
