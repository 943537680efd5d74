//! Which facts that were guessed from the meaning of words add nothing to what the words say. What comes in: a guess and
//! what was read; what goes out: whether the guess is left out.

use crate::day::Property;
use crate::describe::vocabulary::{self, Facet, Group};
use crate::search::condition::Condition;
use crate::search::order::Order;
use crate::search::question::Placed;
use crate::search::question::words::token::Token;

/// What is read says already what was guessed.
pub(in crate::search::question) fn adds_nothing(
    fact: &Placed,
    placed: &[Placed],
    order: &Option<Order>,
    tokens: &[Token],
) -> bool {
    says_the_same(fact, placed)
        || is_against_usual(fact, placed)
        || is_in_order(fact, order)
        || is_beside_its_subject(fact, placed, tokens)
}

/// A number that was said leaves nothing to guess of the same property: the "peaked" of "pulse peaked at over 160".
fn says_the_same(fact: &Placed, placed: &[Placed]) -> bool {
    let guessed: Vec<Property> = fact.any.iter().flat_map(Condition::properties).collect();
    // The "main meals only" of "main meals only, no snack".
    let of_meals = guessed
        .iter()
        .all(|property| matches!(property, Property::Meals | Property::MealTypes));
    let names_a_meal = placed
        .iter()
        .any(|said| matches!(said.any.as_slice(), [Condition::Meal(_)]));
    if of_meals && names_a_meal {
        return true;
    }
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
pub(in crate::search::question) fn is_against_usual(fact: &Placed, said: &[Placed]) -> bool {
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
