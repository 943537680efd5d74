//! Seeded draws. What comes in: a seed and the number of a stream; what goes out: bounded integers. It never uses
//! floating point, so the same seed gives the same numbers on every machine.

use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

/// One independent stream of draws.
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// The stream of this number: each user has one, so users can be drawn in any order and on any thread.
    pub(super) fn new(seed: u64, stream: u64) -> Dice {
        let scrambled_seed = SplitMix64::seed_from_u64(seed).next_u64();
        Dice(Xoshiro256PlusPlus::seed_from_u64(scrambled_seed ^ stream))
    }

    /// One of 0 to `bound` - 1: the high half of a product (Lemire), whose bias below 2^-20 nobody can see here.
    fn below(&mut self, bound: u32) -> u32 {
        let high = self.0.next_u64() >> 32;
        ((high * u64::from(bound)) >> 32) as u32
    }

    /// One of `low` to `high`, both included, all alike.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        debug_assert!(low <= high);
        low + self.below((high - low + 1) as u32) as i32
    }

    /// One of `low` to `high`, both included, the middle most often: noise that cannot leave its band.
    pub(super) fn near(&mut self, low: i32, high: i32) -> i32 {
        (self.between(low, high) + self.between(low, high)).div_euclid(2)
    }

    /// True that often in a thousand.
    pub(super) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One of the choices, all alike.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// The position of one of the weights, each as often as it is heavy.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut rest = self.below(weights.iter().sum());
        for (position, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return position;
            }
            rest -= weight;
        }
        weights.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_in_their_bounds_and_reach_both_ends() {
        let mut dice = Dice::new(1, 1);
        let draws: Vec<i32> = (0..1000).map(|_| dice.between(-3, 3)).collect();
        assert_eq!((draws.iter().min(), draws.iter().max()), (Some(&-3), Some(&3)));
        let near: Vec<i32> = (0..1000).map(|_| dice.near(-3, 3)).collect();
        assert_eq!((near.iter().min(), near.iter().max()), (Some(&-3), Some(&3)));
        assert!((0..1000).all(|_| dice.weighted(&[0, 5, 0]) == 1));
    }

    #[test]
    fn streams_and_seeds_differ() {
        let first = |seed, stream| Dice::new(seed, stream).between(0, 1_000_000);
        assert_eq!(first(7, 1), first(7, 1));
        assert_ne!(first(7, 1), first(7, 2));
        assert_ne!(first(7, 1), first(8, 1));
    }
}
