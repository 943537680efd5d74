//! Judges days: whether a day meets a question, and how strongly. What comes in: what is asked, and days with their
//! neighbours; what goes out: the days that may be among the best. The order among these is left to who asked.

use std::cmp::Reverse;

use crate::describe::values::Values;
use crate::record::Date;
use crate::search::condition::Clause;
use crate::search::order::Order;
use crate::search::stores::load::{Candidate, Load};
use crate::search::stores::{DayKey, Scope};

/// A question that is understood.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub(in crate::search) scope: &'a Scope,
    /// All of them must be met.
    pub(in crate::search) clauses: &'a [Clause],
    /// What days are ordered by; by their grade where absent.
    pub(super) order: Option<&'a Order>,
    /// What must be known of a day to judge it.
    pub(in crate::search) load: &'a Load,
    /// So many days are wanted.
    pub(in crate::search) count: usize,
}

/// A day that meets every clause.
#[derive(Clone, Debug)]
pub struct Graded {
    pub(super) key: DayKey,
    /// Sum over the clauses, in hundredths: finer differences are left to the likeness.
    pub(super) grade: i64,
    /// What days are ordered by, the highest first.
    pub(super) value: i64,
}

impl Asked<'_> {
    /// Grade and value of the day of this date; `None` where it is out of scope or does not meet a clause.
    pub(in crate::search) fn judge<'d, V: Values + 'd>(
        &self,
        date: Date,
        day_at: impl Fn(i32) -> Option<&'d V>,
    ) -> Option<(i64, i64)> {
        if !self.scope.window.holds(date) {
            return None;
        }
        let grades = self.clauses.iter().map(|clause| clause.grade(day_at(clause.offset)));
        let grade = grades.sum::<Option<i64>>()? / 10;
        let value = match self.order {
            Some(order) => order.signed(order.key.value(day_at(0)?)?),
            None => grade,
        };
        Some((grade, value))
    }
}

/// The best days of many: all that are no worse than the last one wanted. A question over all users finds a million
/// days, and to keep and sort them all would take a second.
pub(in crate::search) struct Best {
    count: usize,
    days: Vec<Graded>,
    /// Days below it are none of the best.
    least: i64,
    /// How many days there may be before the worst are left out.
    room: usize,
}

impl Best {
    pub(in crate::search) fn new(count: usize) -> Best {
        Best {
            count,
            days: Vec::new(),
            least: i64::MIN,
            room: (2 * count).max(1000),
        }
    }

    /// Judges a day that was loaded with its neighbours, and takes it if it meets the question.
    pub(in crate::search) fn judge(&mut self, asked: &Asked<'_>, candidate: Candidate) {
        let judged = asked.judge(candidate.key.date, |offset| {
            let index = asked.load.offsets.iter().position(|known| *known == offset)?;
            candidate.days[index].as_ref()
        });
        if let Some(judged) = judged {
            self.push(judged, || candidate.key);
        }
    }

    /// Takes a day of this grade and value, unless it is none of the best.
    pub(in crate::search) fn push(&mut self, (grade, value): (i64, i64), key: impl FnOnce() -> DayKey) {
        if self.takes(value) {
            self.take(Graded {
                key: key(),
                grade,
                value,
            });
        }
    }

    fn takes(&self, value: i64) -> bool {
        self.count > 0 && value >= self.least
    }

    /// Takes a day, unless it is none of the best.
    pub(in crate::search) fn take(&mut self, day: Graded) {
        if !self.takes(day.value) {
            return;
        }
        self.days.push(day);
        if self.days.len() >= self.room {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.count == 0 || self.days.len() <= self.count {
            return;
        }
        let (_, last, _) = self
            .days
            .select_nth_unstable_by_key(self.count - 1, |day| Reverse(day.value));
        self.least = last.value;
        self.days.retain(|day| day.value >= self.least);
        // As many again must come before a cut is worth looking at all of them.
        self.room = (2 * self.days.len()).max(1000);
    }

    /// The days, in no order.
    pub(in crate::search) fn into_days(mut self) -> Vec<Graded> {
        self.cut();
        self.days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept_with_all_that_are_equal_to_the_last() {
        let key = |number: i32| DayKey {
            user_id: "u".into(),
            date: Date::from_days(number),
        };
        let values: Vec<i64> = (0..5000).map(|number| (number * 7919) % 1000).collect();
        for count in [0, 1, 10, 4999, 6000] {
            let mut best = Best::new(count);
            for (number, value) in values.iter().enumerate() {
                best.push((0, *value), || key(number as i32));
            }
            let mut sorted = values.clone();
            sorted.sort_unstable_by_key(|value| Reverse(*value));
            let least = sorted.get(count.wrapping_sub(1)).copied().unwrap_or(0);
            let mut expected: Vec<i64> = sorted
                .into_iter()
                .filter(|value| count > 0 && *value >= least)
                .collect();
            let mut kept: Vec<i64> = best.into_days().iter().map(|day| day.value).collect();
            expected.sort_unstable();
            kept.sort_unstable();
            assert_eq!(kept, expected, "{count}");
        }
    }
}
