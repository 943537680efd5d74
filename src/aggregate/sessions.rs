//! One activity record as one text, so that "a run in the rain" or "the longest run" stays one fact.

use std::sync::Arc;

use super::group::DayRows;
use crate::columns::{Columns, NULL};
use crate::record::Milli;
use crate::record::column::*;

/// The normal form of a session: lower-case `type, N min, N km, weather, intensity intensity`, parts without data
/// left out; `None` where nothing is left. For example `running, 45 min, 7.2 km, rainy, high intensity`.
pub(super) fn session(rows: &DayRows<'_>, row: usize, texts: &Columns) -> Option<Arc<str>> {
    let value = |column: usize| Some(rows.column(column)[row]).filter(|value| *value != NULL);
    let word = |column: usize| value(column).map(|code| texts.text(code).to_lowercase());
    let measure = |column: usize, unit: &str| {
        value(column).map(|value| format!("{} {unit}", Milli::from_thousandths(i64::from(value))))
    };
    let parts = [
        word(ACTIVITY_TYPE),
        measure(ACTIVITY_DURATION, "min"),
        measure(ACTIVITY_DISTANCE, "km"),
        word(ACTIVITY_WEATHER),
        word(ACTIVITY_INTENSITY).map(|intensity| format!("{intensity} intensity")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", ").into())
}
