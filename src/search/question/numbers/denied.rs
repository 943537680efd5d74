//! Comparisons that are denied: "never above 80", "did not go over 90", "failed to reach 3000". What comes in: a reader and
//! a place; what goes out: the comparison that holds instead. A number that was denied holds for every reading of the day,
//! and so does one that something "stayed" below.

use super::compare::{AmountReader, ComparisonKind};

/// Words between a denial and its comparison that say nothing of their own.
const BETWEEN: [&str; 37] = [
    "even", "once", "ever", "quite", "be", "been", "was", "were", "is", "go", "goes", "going", "went", "gone", "get",
    "gets", "got", "getting", "come", "came", "rise", "rises", "rose", "rising", "climb", "climbed", "climbing",
    "drop", "dropped", "dropping", "fall", "fell", "falling", "fallen", "dip", "dipped", "sink",
];

/// Who did not do so with a number had less.
const REACHING: [&str; 27] = [
    "reach",
    "reached",
    "reaching",
    "reaches",
    "hit",
    "hits",
    "hitting",
    "make",
    "made",
    "making",
    "manage",
    "managed",
    "get",
    "got",
    "getting",
    "attain",
    "attained",
    "attaining",
    "achieve",
    "achieved",
    "achieving",
    "complete",
    "completed",
    "do",
    "did",
    "clock",
    "clocked",
];

/// Words that say that something held all the time.
const STAYING: [&str; 10] = [
    "stay",
    "stayed",
    "stays",
    "staying",
    "remained",
    "remains",
    "kept",
    "keeps",
    "always",
    "constantly",
];

impl AmountReader<'_> {
    /// The comparison that starts here with a denial, and the words it takes.
    pub(super) fn denied_comparison(&self, at: usize) -> Option<(ComparisonKind, usize)> {
        let denial = match (self.word(at), self.word(at + 1)) {
            ("not" | "never" | "without" | "no", _) => 1,
            ("fail" | "fails" | "failed" | "failing" | "unable", "to") => 2,
            _ => return None,
        };
        // "No rise over 90" is said of a thing.
        let most = if self.word(at) == "no" { 0 } else { 3 };
        let fills = |index: &usize| BETWEEN.contains(&self.word(*index));
        let fillers = (at + denial..at + denial + most).take_while(fills).count();
        (0..=fillers).rev().find_map(|fillers| {
            let behind = at + denial + fillers;
            let (comparison, length) = self
                .direct_comparison(behind)
                .and_then(|(comparison, length)| Some((contrary(comparison)?, length)))
                .or_else(|| Some((ComparisonKind::Less, self.reaching(behind).filter(|_| most > 0)?)))?;
            self.stands_number(behind + length)
                .then_some((comparison, denial + fillers + length))
        })
    }

    /// `reach`, `get to`, `make it to`: how many words.
    fn reaching(&self, at: usize) -> Option<usize> {
        // "Failed to sleep 6 hours", while who "did not sleep 6 hours" is denied as a whole.
        let failed = at > 0 && self.word(at - 1) == "to" && matches!(self.word(at), "sleep" | "walk" | "eat" | "burn");
        if !(failed || REACHING.contains(&self.word(at))) {
            return None;
        }
        let it = usize::from(self.word(at + 1) == "it");
        let to = usize::from(matches!(self.word(at + 1 + it), "to" | "up"));
        let up = usize::from(to == 1 && self.word(at + 2 + it) == "to");
        Some(1 + it + to + up)
    }

    /// A number, with an article or without.
    fn stands_number(&self, at: usize) -> bool {
        let article = usize::from(matches!(self.word(at), "a" | "an" | "the" | "my"));
        self.number(at + article).is_some()
    }

    /// The comparison that starts here is a denial.
    pub(super) fn is_denied(&self, start: usize) -> bool {
        let fails = matches!(self.word(start), "fail" | "fails" | "failed" | "failing");
        fails || matches!(self.word(start), "not" | "never" | "without" | "no")
    }

    /// The words around a comparison that say it of all readings of the day: "stayed", "all day".
    pub(super) fn all_the_time(&self, start: usize, end: usize) -> Vec<usize> {
        let stays = (start.saturating_sub(3)..start).filter(|at| STAYING.contains(&self.word(*at)));
        let all_day = (end..end + 2).find(|at| {
            matches!(
                (self.word(*at), self.word(*at + 1)),
                ("all" | "whole" | "entire", "day")
            )
        });
        let throughout = (end..end + 2).filter(|at| self.word(*at) == "throughout");
        let all_day = all_day.into_iter().flat_map(|at| [at, at + 1]);
        stays.chain(all_day).chain(throughout).collect()
    }
}

/// What holds where this does not; "not about five" says nothing.
fn contrary(comparison: ComparisonKind) -> Option<ComparisonKind> {
    match comparison {
        ComparisonKind::More => Some(ComparisonKind::AtMost),
        ComparisonKind::AtLeast => Some(ComparisonKind::Less),
        ComparisonKind::Less => Some(ComparisonKind::AtLeast),
        ComparisonKind::AtMost => Some(ComparisonKind::More),
        ComparisonKind::About | ComparisonKind::Exactly => None,
    }
}
