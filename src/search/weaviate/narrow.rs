//! What a server can leave out at once: everything it lets through is judged again by the clause itself. What comes in:
//! scope and clauses; what goes out: a filter.

use crate::day::{Property, PropertyType};
use crate::record::Milli;
use crate::search::condition::{Clause, Condition, Span};
use crate::search::store::Scope;
use crate::sink::weaviate::{Filter, Number, Test};

/// The user and the days of a scope; weekdays are left to who asked.
pub(super) fn of_scope(scope: &Scope) -> Filter {
    let user = scope
        .user_id
        .as_ref()
        .map(|user_id| Filter::Is("user_id", Test::Equal(user_id.to_string())));
    let (from, until) = scope.window.hull();
    let from = from.map(|date| Filter::Is("date", Test::Least(Number::Date(date))));
    let until = until.map(|date| Filter::Is("date", Test::Most(Number::Date(date))));
    Filter::All([user, from, until].into_iter().flatten().collect())
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
