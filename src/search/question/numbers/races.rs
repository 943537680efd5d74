//! Races by name: "a half marathon". What comes in: tokens; what goes out: a condition, and the tokens it was read from.

use crate::search::condition::{Condition, Span};
use crate::search::question::sessions::lexicon::{ACTIVITIES, activity_of};
use crate::search::question::sessions::workouts::names_a_workout;
use crate::search::session_filter::SessionFilter;

use super::compare::AmountReader;

/// In thousandths of a kilometre; records often miss the last few hundred metres.
const MARATHON: i64 = 42_000;
const HALF_MARATHON: i64 = 21_000;

impl AmountReader<'_> {
    /// `a half marathon`, `ran a marathon`; a marathon session is only a long one.
    pub(super) fn race_at(&self, at: usize) -> Option<(Condition, Vec<usize>)> {
        let half = usize::from(self.word(at) == "half" || self.number(at) == Some(500));
        let noun = at + half;
        if !matches!(self.word(noun), "marathon" | "marathons") {
            return None;
        }
        let next = self.tokens.get(noun + 1).filter(|next| !next.after_break);
        let of_session = next.is_some_and(|next| {
            let other = next.is(&["sleep", "nap", "night", "day", "effort"]);
            other || activity_of(next).is_some() || names_a_workout(self.tokens, noun + 1)
        });
        let low = if half == 1 { HALF_MARATHON } else { MARATHON };
        let filter = SessionFilter {
            activity: ACTIVITIES.iter().find(|activity| activity.noun == "run"),
            km: Some(Span {
                low: Some((low, true)),
                high: None,
            }),
            ..SessionFilter::default()
        };
        // "Ran a marathon" is one run.
        let article = at.saturating_sub(usize::from(
            at > 0 && matches!(self.word(at - 1), "a" | "an" | "the" | "my"),
        ));
        let ran = article.checked_sub(1).filter(|verb| {
            let token = &self.tokens[*verb];
            !token.used && activity_of(token) == filter.activity
        });
        (!of_session).then(|| (Condition::Session(filter), (ran.unwrap_or(at)..=noun).collect()))
    }
}
