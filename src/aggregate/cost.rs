//! What computing costs: the model behind `--aggregate auto`, and a short calibration.
//!
//! In: the number of records and threads, or an aggregator to try. Out: seconds and speeds, for the reason in the report
//! and for `doctor`. It decides nothing.

use std::fmt;
use std::time::Instant;

use serde::Serialize;

use super::{AggregateError, Aggregator, Cpu, Series, device};

/// Records whose numbers one core computes in a second: all series, windows and zones of 600 generated users with a
/// dozen readings a day, on an AMD EPYC with AVX-512 under load.
const RECORDS_A_SECOND: f64 = 40e6;

/// Seconds until a GPU computes its first number. A software adapter takes 0.1 s; drivers of GPUs also load firmware and
/// compile for the card, and none was at hand to measure.
const GPU_START_SECONDS: f64 = 0.5;

/// What computing is expected to cost on so many threads, before anything was tried.
#[derive(Clone, Copy, Debug)]
pub struct CostModel {
    threads: usize,
}

impl CostModel {
    /// For a run on `threads` threads.
    pub fn new(threads: usize) -> CostModel {
        CostModel {
            threads: threads.max(1),
        }
    }

    /// From so many records on the CPU is expected to take longer than a GPU takes to start.
    pub fn fewest_records_for_a_gpu(&self) -> u64 {
        (GPU_START_SECONDS * RECORDS_A_SECOND) as u64 * self.threads as u64
    }

    /// Seconds that the CPU is expected to take.
    pub fn cpu_seconds(&self, records: u64) -> f64 {
        records as f64 / RECORDS_A_SECOND / self.threads as f64
    }
}

impl fmt::Display for CostModel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = self.threads;
        let millions = RECORDS_A_SECOND / 1e6;
        write!(
            formatter,
            "{threads} CPU threads at {millions:.0} million records a second each, where a GPU takes {GPU_START_SECONDS} s to start"
        )
    }
}

/// How fast heart rates are computed, a dozen readings a day.
#[derive(Clone, Debug, Serialize)]
pub struct Speed {
    /// `one CPU core`, or the name of the GPU.
    pub computes: String,
    /// Transfers included.
    pub million_values_a_second: f64,
}

/// The speed of a core and, unless it is software, of the best GPU: tried now, in well under a second.
pub fn speeds() -> Vec<Speed> {
    let mut speeds = Vec::new();
    let mut try_out = |computes: String, aggregator: &dyn Aggregator| {
        if let Ok(million_values_a_second) = million_values_a_second(aggregator) {
            speeds.push(Speed {
                computes,
                million_values_a_second,
            });
        }
    };
    try_out("one CPU core".to_string(), &Cpu);
    if let Ok((info, aggregator)) = device::open(false, None) {
        try_out(info.name, &*aggregator);
    }
    speeds
}

fn million_values_a_second(aggregator: &dyn Aggregator) -> Result<f64, AggregateError> {
    const VALUES: usize = 12 << 17;
    let beat = |index: u32| 50_000 + (index.wrapping_mul(2_654_435_761) >> 25) as i32 * 1000;
    let values: Vec<i32> = (0..VALUES as u32).map(beat).collect();
    let bounds: Vec<usize> = (0..=VALUES).step_by(12).collect();
    let series = Series::new(&values, &bounds);
    // The first run fills buffers and caches.
    aggregator.distributions(&series)?;
    let start = Instant::now();
    aggregator.distributions(&series)?;
    Ok(VALUES as f64 / start.elapsed().as_secs_f64() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_where_the_cpu_takes_as_long_as_a_gpu_takes_to_start() {
        for threads in [1, 2, 16] {
            let model = CostModel::new(threads);
            let seconds = model.cpu_seconds(model.fewest_records_for_a_gpu());
            assert!((seconds - GPU_START_SECONDS).abs() < 1e-6, "{seconds}");
        }
    }

    #[test]
    fn a_core_is_always_tried() {
        let speeds = speeds();
        assert_eq!(speeds[0].computes, "one CPU core");
        assert!(speeds[0].million_values_a_second > 0.0);
    }
}
