//! The outcome as a table and as JSON. What comes in: scores of questions; what goes out: means with intervals, for
//! each arm and family.

use std::fmt::Write;

use serde::Serialize;

use super::Phrasings;
use super::arms::Arm;
use super::cases::FAMILIES;
use super::metrics::{Estimate, Scores};
use crate::plot::{self, Bar, Group};

/// One question and its scores, by position in [`Arm::ALL`]; `None` where no day in scope is right.
#[derive(Clone, Debug)]
pub(super) struct Scored {
    pub(super) family: &'static str,
    pub(super) case: &'static str,
    pub(super) question: String,
    /// What the full search understood, over all users.
    pub(super) understood: Vec<String>,
    /// Mean over the users for whom some day is right.
    pub(super) within: Vec<Option<Scores>>,
    pub(super) over_all: Vec<Option<Scores>>,
}

/// A model, with what it costs.
#[derive(Clone, Debug, Serialize)]
pub struct Model {
    /// As it was asked for: a name or a folder.
    pub name: String,
    /// Numbers of a vector.
    pub dimensions: usize,
    /// Size of the weights on disk.
    pub bytes: u64,
    /// Texts of the data that became vectors, over the seconds that the stage was at work.
    pub texts_a_second: f64,
}

/// How right the answers are.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// What made the vectors.
    pub model: Model,
    /// How many users were asked.
    pub users: usize,
    /// How many days they have together.
    pub user_days: usize,
    /// `judging`, `tuning` or `tuning sample`.
    pub phrasings: &'static str,
    /// The seed of data, shuffles and intervals.
    pub seed: u64,
    /// One a way of answering, a scope and a family.
    pub rows: Vec<Row>,
    /// Every question as the full search answers it.
    pub questions: Vec<Question>,
}

/// The questions of one family, answered in one way.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The way of answering.
    pub arm: &'static str,
    /// `within a user` or `over all users`.
    pub scope: &'static str,
    /// The family, or `all`.
    pub family: &'static str,
    /// How many questions.
    pub questions: usize,
    /// nDCG of the first ten.
    pub ndcg_at_10: Estimate,
    /// Recall of the first ten.
    pub recall_at_10: Estimate,
    /// Precision of the first.
    pub p_at_1: Estimate,
}

/// A question as the full search answers it.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// Its family.
    pub family: &'static str,
    /// What it asks for.
    pub case: &'static str,
    /// The words.
    pub question: String,
    /// What was understood.
    pub understood: Vec<String>,
    /// Scores within a user, the mean of all users for whom some day is right.
    pub within: Option<Scores>,
    /// Scores over all users.
    pub over_all: Option<Scores>,
}

const ALL: &str = "all";
const WITHIN: &str = "within a user";
const OVER_ALL: &str = "over all users";

impl Evaluation {
    pub(super) fn new(
        scored: Vec<Scored>,
        model: Model,
        (users, user_days): (usize, usize),
        phrasings: Phrasings,
        seed: u64,
    ) -> Evaluation {
        let mut rows = Vec::new();
        for scope in [WITHIN, OVER_ALL] {
            for (index, arm) in Arm::ALL.into_iter().enumerate() {
                for family in FAMILIES.into_iter().chain([ALL]) {
                    let of_family = scored.iter().filter(|scored| family == ALL || scored.family == family);
                    let scores = of_family.filter_map(|scored| match scope {
                        WITHIN => scored.within[index],
                        _ => scored.over_all[index],
                    });
                    rows.push(row(arm, scope, family, &scores.collect::<Vec<_>>(), seed));
                }
            }
        }
        Evaluation {
            model,
            users,
            user_days,
            phrasings: match phrasings {
                Phrasings::Judging => "judging",
                Phrasings::Tuning => "tuning",
                Phrasings::TuningSample => "tuning sample",
            },
            seed,
            rows,
            questions: scored.into_iter().map(question).collect(),
        }
    }

    /// The table for people.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{} questions ({} phrasings) on {} user-days of {} users, seed {}.\n",
            self.questions.len(),
            self.phrasings,
            self.user_days,
            self.users,
            self.seed
        );
        for scope in [WITHIN, OVER_ALL] {
            text.push_str(&self.table(scope));
        }
        text
    }

    /// The mean over all families of one way of answering.
    fn ndcg(&self, arm: Arm, scope: &str) -> f64 {
        let mut rows = self.rows.iter();
        let found = rows.find(|row| (row.arm, row.scope, row.family) == (arm.name(), scope, ALL));
        found.map_or(0.0, |row| row.ndcg_at_10.mean)
    }

    /// nDCG of every way of answering, family by family.
    pub fn svg(&self) -> String {
        let bar = |row: &Row| {
            let Estimate { mean, low, high } = row.ndcg_at_10;
            Bar {
                name: row.arm.to_string(),
                value: mean,
                label: format!("{mean:.2}"),
                interval: Some((low, high)),
                ours: row.arm == Arm::Full.name(),
            }
        };
        let mut groups = Vec::new();
        for scope in [WITHIN, OVER_ALL] {
            for family in FAMILIES.into_iter().chain([ALL]) {
                let of_family = |row: &&Row| row.scope == scope && row.family == family;
                groups.push(Group {
                    title: format!("{family}, {scope}: nDCG@10"),
                    bars: self.rows.iter().filter(of_family).map(bar).collect(),
                });
            }
        }
        plot::svg(&groups, Some(1.0))
    }

    /// Families down, ways of answering across; nDCG with its interval, then recall and first of the full search.
    fn table(&self, scope: &str) -> String {
        let mut text = format!(
            "\nnDCG@10 {scope} [95 % of resamples of the questions]\n{:<12}",
            "family"
        );
        for arm in Arm::ALL {
            let _ = write!(text, " {:<17}", arm.name());
        }
        text.push_str("  full: recall@10  P@1  questions\n");
        for family in FAMILIES.into_iter().chain([ALL]) {
            let of = |arm: &Arm| {
                let mut rows = self.rows.iter();
                rows.find(|row| row.arm == arm.name() && row.scope == scope && row.family == family)
            };
            let _ = write!(text, "{family:<12}");
            for Row { ndcg_at_10, .. } in Arm::ALL.iter().filter_map(of) {
                let Estimate { mean, low, high } = ndcg_at_10;
                let _ = write!(text, " {mean:.2} [{low:.2}, {high:.2}]");
            }
            if let Some(full) = of(&Arm::Full) {
                let (recall, first) = (full.recall_at_10.mean, full.p_at_1.mean);
                let _ = writeln!(text, "  {recall:>15.2}  {first:.2}  {:>9}", full.questions);
            }
        }
        text
    }
}

/// Models beside each other. The gist arm shows what the vectors alone are worth, the full one what is left of that beside
/// the understanding of the question.
pub fn comparison(evaluations: &[Evaluation]) -> String {
    let mut text = format!(
        "\n{:<28} {:>6} {:>8} {:>8}   nDCG@10 within: gist  facets  full   over all: gist  facets  full\n",
        "model", "MB", "numbers", "texts/s"
    );
    for evaluation in evaluations {
        let Model {
            name,
            dimensions,
            bytes,
            texts_a_second,
        } = &evaluation.model;
        let ndcg = |arm, scope| evaluation.ndcg(arm, scope);
        let _ = writeln!(
            text,
            "{name:<28} {:>6.1} {dimensions:>8} {texts_a_second:>8.0} {:>23.2} {:>7.2} {:>5.2} {:>16.2} {:>7.2} {:>5.2}",
            *bytes as f64 / 1e6,
            ndcg(Arm::Gist, WITHIN),
            ndcg(Arm::Facets, WITHIN),
            ndcg(Arm::Full, WITHIN),
            ndcg(Arm::Gist, OVER_ALL),
            ndcg(Arm::Facets, OVER_ALL),
            ndcg(Arm::Full, OVER_ALL),
        );
    }
    text
}

fn row(arm: Arm, scope: &'static str, family: &'static str, scores: &[Scores], seed: u64) -> Row {
    let estimate = |measure: fn(&Scores) -> f64| {
        let values: Vec<f64> = scores.iter().map(measure).collect();
        Estimate::of(&values, seed)
    };
    Row {
        arm: arm.name(),
        scope,
        family,
        questions: scores.len(),
        ndcg_at_10: estimate(|scores| scores.ndcg),
        recall_at_10: estimate(|scores| scores.recall),
        p_at_1: estimate(|scores| scores.first),
    }
}

fn question(scored: Scored) -> Question {
    let full = Arm::ALL.len() - 1;
    Question {
        family: scored.family,
        case: scored.case,
        question: scored.question,
        understood: scored.understood,
        within: scored.within[full],
        over_all: scored.over_all[full],
    }
}
