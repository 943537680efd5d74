//! What a server can leave out at once: everything it lets through is judged again by the clause itself. What comes in:
//! scope and clauses; what goes out: a filter.

use std::sync::Arc;

use crate::day::{Property, PropertyType};
use crate::record::Milli;
use crate::search::condition::{Clause, Condition, Span};
use crate::search::stores::Scope;
use crate::search::whose::Whose;
use crate::sink::weaviate::{Filter, Number, Test};

/// The user and the days of a scope; weekdays are left to who asked.
pub(super) fn of_scope(scope: &Scope) -> Filter {
    let user = of_whose(&scope.whose);
    let (from, until) = scope.window.hull();
    let from = from.map(|date| Filter::Is("date", Test::Least(Number::Date(date))));
    let until = until.map(|date| Filter::Is("date", Test::Most(Number::Date(date))));
    Filter::All([user, from, until].into_iter().flatten().collect())
}

/// Whose days are in scope; `None` for everybody's.
fn of_whose(whose: &Whose) -> Option<Filter> {
    let texts = |users: &[Arc<str>]| users.iter().map(|user_id| user_id.to_string()).collect();
    let is = |test| Filter::Is("user_id", test);
    match whose {
        Whose::Everybody => None,
        Whose::Only(users) => Some(match users.as_slice() {
            [user_id] => is(Test::Equal(user_id.to_string())),
            users => is(Test::Holds(texts(users))),
        }),
        Whose::Except(users) => {
            let others = users.iter().map(|user_id| is(Test::Other(user_id.to_string())));
            Some(Filter::All(others.collect()))
        }
    }
}

/// What days must be like to meet the clauses, as far as `can_filter` says that the server has an index for it.
pub(super) fn of_clauses(clauses: &[Clause], can_filter: &dyn Fn(&str) -> bool) -> Filter {
    Filter::All(
        clauses
            .iter()
            .filter_map(|clause| of_clause(clause, can_filter))
            .collect(),
    )
}

fn of_clause(clause: &Clause, can_filter: &dyn Fn(&str) -> bool) -> Option<Filter> {
    if clause.negated {
        return None;
    }
    let one =
        |condition: &Condition| of_condition(condition, clause.offset).filter(|filter| usable(filter, can_filter));
    let any: Option<Vec<Filter>> = clause.any.iter().map(one).collect();
    any.map(Filter::Any)
}

fn usable(filter: &Filter, can_filter: &dyn Fn(&str) -> bool) -> bool {
    match filter {
        Filter::Is(property, _) => can_filter(property),
        Filter::All(parts) | Filter::Any(parts) => parts.iter().all(|part| usable(part, can_filter)),
    }
}

fn of_condition(condition: &Condition, offset: i32) -> Option<Filter> {
    match (condition, offset) {
        (Condition::Facts(facets), 0 | -1) => {
            let property = if offset == 0 { "facets" } else { "facets_day_before" };
            let phrases = facets.iter().map(|facet| facet.phrase.to_string());
            Some(Filter::Is(property, Test::Holds(phrases.collect())))
        }
        (
            Condition::Number {
                properties: [property],
                span,
                ..
            },
            0,
        ) => Some(of_span(*property, *span)),
        _ => None,
    }
}

/// Both ends included, and rounded outwards where the property has whole numbers only.
fn of_span(property: Property, span: Span) -> Filter {
    let info = property.info();
    let number = |thousandths: i64, up: i64| match info.kind {
        PropertyType::Count => Number::Int((thousandths + up).div_euclid(1000)),
        _ => Number::Number(Milli::from_thousandths(thousandths).as_f64()),
    };
    let low = span.low.map(|(limit, _)| Test::Least(number(limit, 0)));
    let high = span.high.map(|(limit, _)| Test::Most(number(limit, 999)));
    Filter::All(
        low.into_iter()
            .chain(high)
            .map(|test| Filter::Is(info.name, test))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use crate::describe::vocabulary::FACETS;

    use super::*;

    fn clause(condition: Condition, negated: bool, offset: i32) -> Clause {
        Clause {
            any: vec![condition],
            negated,
            offset,
        }
    }

    fn number(properties: &'static [Property], low: i64) -> Condition {
        let span = Span {
            low: Some((low, false)),
            high: Some((low + 1, true)),
        };
        Condition::Number {
            name: "",
            properties,
            span,
        }
    }

    fn filter(clause: &Clause) -> String {
        of_clauses(std::slice::from_ref(clause), &|_| true).to_string()
    }

    #[test]
    fn numbers_are_narrowed_outwards_and_in_their_own_type() {
        let meals = filter(&clause(number(&[Property::Meals], 2_500), false, 0));
        assert!(
            meals.contains("GreaterThanEqual,valueInt:2}") && meals.contains("LessThanEqual,valueInt:3}"),
            "{meals}"
        );
        let steps = filter(&clause(number(&[Property::Steps], 2_500), false, 0));
        assert!(
            steps.contains("valueNumber:2.5}") && steps.contains("valueNumber:2.501}"),
            "{steps}"
        );
    }

    #[test]
    fn facts_are_those_of_the_day_or_the_day_before() {
        let fact = || Condition::Facts(vec![&FACETS[0]]);
        for (offset, property) in [(0, "\"facets\""), (-1, "\"facets_day_before\"")] {
            let filter = filter(&clause(fact(), false, offset));
            assert!(
                filter.contains(property) && filter.contains(FACETS[0].phrase),
                "{filter}"
            );
        }
    }

    #[test]
    fn what_the_server_cannot_tell_is_left_to_the_clause() {
        let fact = || Condition::Facts(vec![&FACETS[0]]);
        let either = Clause {
            any: vec![fact(), Condition::Meal("snack")],
            negated: false,
            offset: 0,
        };
        for open in [
            clause(fact(), true, 0),
            clause(fact(), false, 1),
            clause(number(&[Property::Steps, Property::Meals], 1), false, 0),
            either,
        ] {
            assert_eq!(of_clauses(&[open], &|_| true), Filter::All(Vec::new()));
        }
        let without_index = of_clauses(&[clause(fact(), false, 0)], &|_| false);
        assert_eq!(without_index, Filter::All(Vec::new()));
    }
}
