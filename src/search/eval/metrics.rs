//! How good a ranking is. What comes in: which days of a ranking are right, and how many could be; what goes out:
//! nDCG, recall and precision, and intervals of their means. It knows nothing of questions or days.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use serde::Serialize;

/// How many of the first days count.
pub(super) const DEPTH: usize = 10;

/// The measures of one ranking, or the means of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// Normalised discounted cumulative gain of the first ten, right or wrong (Järvelin 2002).
    pub ndcg: f64,
    /// Right ones among the first ten, of those that could be there.
    pub recall: f64,
    /// Whether the first one is right.
    pub first: f64,
}

impl Scores {
    /// Of a ranking (`true` is right) of which `right` days could have been found and `wanted` were asked for.
    pub(super) fn of(ranking: &[bool], right: usize, wanted: usize) -> Scores {
        let possible = right.min(wanted).min(DEPTH);
        if possible == 0 {
            return Scores::default();
        }
        let ideal: f64 = (0..possible).map(gain).sum();
        let top = &ranking[..ranking.len().min(DEPTH)];
        let found = top.iter().enumerate().filter(|(_, right)| **right);
        // More right days than asked for (ties at the border) are no better than what was asked for.
        let cumulated = found
            .clone()
            .map(|(rank, _)| gain(rank))
            .fold(0.0, |sum, gain| sum + gain);
        Scores {
            ndcg: (cumulated / ideal).min(1.0),
            recall: (found.count() as f64 / possible as f64).min(1.0),
            first: if top.first() == Some(&true) { 1.0 } else { 0.0 },
        }
    }

    /// The mean of each measure; zero of nothing.
    pub(super) fn mean(of: &[Scores]) -> Scores {
        let mean = |measure: fn(&Scores) -> f64| of.iter().map(measure).sum::<f64>() / of.len().max(1) as f64;
        Scores {
            ndcg: mean(|scores| scores.ndcg),
            recall: mean(|scores| scores.recall),
            first: mean(|scores| scores.first),
        }
    }
}

/// What a right day at this rank (from 0) is worth.
fn gain(rank: usize) -> f64 {
    1.0 / (rank as f64 + 2.0).log2()
}

/// A mean and the interval that holds 95 of 100 means of questions drawn again (bootstrap, Efron 1979).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// Of one value a question.
    pub(super) fn of(values: &[f64], seed: u64) -> Estimate {
        const RESAMPLES: usize = 1000;
        let count = values.len().max(1);
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut resampled_mean = || {
            let sum: f64 = values
                .iter()
                .map(|_| values[(dice.next_u64() % count as u64) as usize])
                .sum();
            sum / count as f64
        };
        let mut means: Vec<f64> = (0..RESAMPLES).map(|_| resampled_mean()).collect();
        means.sort_by(f64::total_cmp);
        Estimate {
            mean: values.iter().sum::<f64>() / count as f64,
            low: means[RESAMPLES * 25 / 1000],
            high: means[RESAMPLES * 975 / 1000 - 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4
    }

    #[test]
    fn ndcg_is_as_computed_by_hand() {
        // Right at ranks 1 and 3 of two possible: (1 + 1/log2(4)) / (1 + 1/log2(3)) = 1.5 / 1.63093.
        let scores = Scores::of(&[true, false, true], 2, usize::MAX);
        assert!(near(scores.ndcg, 0.91972), "{scores:?}");
        assert_eq!((scores.recall, scores.first), (1.0, 1.0));
        // Right only at rank 2 of three possible: 0.63093 / 2.13093.
        let scores = Scores::of(&[false, true], 3, usize::MAX);
        assert!(near(scores.ndcg, 0.29608), "{scores:?}");
        assert!(near(scores.recall, 1.0 / 3.0), "{scores:?}");
        assert_eq!(scores.first, 0.0);
    }

    #[test]
    fn only_the_first_ten_count_and_nobody_can_find_more_than_ten() {
        let all_right = Scores::of(&[true; 12], 30, usize::MAX);
        assert_eq!((all_right.ndcg, all_right.recall), (1.0, 1.0));
        let mut late = [false; 12];
        late[10] = true;
        assert_eq!(Scores::of(&late, 1, usize::MAX), Scores::default());
    }

    #[test]
    fn who_is_asked_for_one_day_need_not_find_two() {
        let scores = Scores::of(&[true], 2, 1);
        assert_eq!((scores.ndcg, scores.recall, scores.first), (1.0, 1.0, 1.0));
        assert_eq!(Scores::of(&[], 2, 1), Scores::default());
    }

    #[test]
    fn an_interval_holds_its_mean_and_is_narrow_where_values_agree() {
        let estimate = Estimate::of(&[0.0, 1.0, 1.0, 1.0, 0.0, 1.0], 1);
        assert!(near(estimate.mean, 4.0 / 6.0));
        assert!(
            estimate.low < estimate.mean && estimate.mean < estimate.high,
            "{estimate:?}"
        );
        assert_eq!(estimate, Estimate::of(&[0.0, 1.0, 1.0, 1.0, 0.0, 1.0], 1));
        let same = Estimate::of(&[0.5; 9], 1);
        assert_eq!((same.low, same.high), (0.5, 0.5));
    }
}
