//! A GPU that may fail on the way: then the CPU takes over, with the same bits.

use std::sync::{Arc, OnceLock};

use super::series::{Distribution, Series, Totals, Usual, Windows};
use super::{AggregateError, Aggregator, Cpu};

/// An aggregator, until it fails.
pub(super) struct OrCpu {
    first: Box<dyn Aggregator>,
    failure: Arc<OnceLock<String>>,
}

impl OrCpu {
    /// Tells in `failure` why the CPU took over.
    pub(super) fn new(first: Box<dyn Aggregator>, failure: Arc<OnceLock<String>>) -> OrCpu {
        OrCpu { first, failure }
    }

    fn attempt<T>(&self, compute: impl Fn(&dyn Aggregator) -> Result<T, AggregateError>) -> Result<T, AggregateError> {
        if self.failure.get().is_none() {
            match compute(&*self.first) {
                Ok(numbers) => return Ok(numbers),
                Err(error) => {
                    if self.failure.set(error.to_string()).is_ok() {
                        tracing::warn!(%error, "the CPU takes over");
                    }
                }
            }
        }
        compute(&Cpu)
    }
}

impl Aggregator for OrCpu {
    fn totals(&self, series: &[Series<'_>]) -> Result<Vec<Vec<Totals>>, AggregateError> {
        self.attempt(|aggregator| aggregator.totals(series))
    }

    fn distributions(&self, series: &Series<'_>) -> Result<Vec<Distribution>, AggregateError> {
        self.attempt(|aggregator| aggregator.distributions(series))
    }

    fn usuals(&self, windows: &Windows<'_>) -> Result<Vec<Option<Usual>>, AggregateError> {
        self.attempt(|aggregator| aggregator.usuals(windows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken;

    impl Aggregator for Broken {
        fn totals(&self, _: &[Series<'_>]) -> Result<Vec<Vec<Totals>>, AggregateError> {
            Err(AggregateError::NotBuilt)
        }

        fn distributions(&self, _: &Series<'_>) -> Result<Vec<Distribution>, AggregateError> {
            Err(AggregateError::NotBuilt)
        }

        fn usuals(&self, _: &Windows<'_>) -> Result<Vec<Option<Usual>>, AggregateError> {
            Err(AggregateError::NotBuilt)
        }
    }

    #[test]
    fn a_lost_gpu_costs_nothing_but_time() {
        let failure = Arc::default();
        let or_cpu = OrCpu::new(Box::new(Broken), Arc::clone(&failure));
        let series = Series::new(&[1, 2, 3], &[0, 3]);
        let distributions = or_cpu.distributions(&series).unwrap();
        assert_eq!(distributions, Cpu.distributions(&series).unwrap());
        assert!(failure.get().is_some());
    }
}
