//! Which aggregator computes: what was asked for, or whichever is faster.
//!
//! In: `--aggregate` and, for `auto`, one partition to try. Out: an aggregator and the reason for it. The bits do not
//! depend on the choice.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::or_cpu::OrCpu;
use super::{AggregateError, Aggregator, CostModel, Cpu, Grouped, Numbers, device};
use crate::columns::SpillError;

/// What is to compute the numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// Whichever is faster.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU, or else an error.
    Wgpu,
}

/// A GPU as the system describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdapterInfo {
    /// Its name.
    pub name: String,
    /// `discrete`, `integrated`, `virtual`, `software` or `unknown`.
    pub kind: &'static str,
    /// `vulkan`, `metal` or `dx12`.
    pub api: String,
    /// The driver and its version.
    pub driver: String,
    /// The largest buffer a shader can read.
    pub binding_bytes: u64,
}

impl AdapterInfo {
    /// Whether it is the CPU in disguise: never faster, so only used when asked for.
    pub fn is_software(&self) -> bool {
        self.kind == "software"
    }
}

/// The adapters of this machine, the fastest kind first.
pub fn adapters() -> Vec<AdapterInfo> {
    device::adapters()
}

/// Adds up the time that a GPU computes, for benchmarks.
#[derive(Debug, Default)]
pub struct Stopwatch(AtomicU64);

impl Stopwatch {
    /// A GPU under this stopwatch, which stands still while anything is transferred.
    pub fn gpu(self: &Arc<Stopwatch>) -> Result<Box<dyn Aggregator>, AggregateError> {
        device::open(true, Some(Arc::clone(self))).map(|(_, aggregator)| aggregator)
    }

    /// The seconds so far; the next ones count from 0.
    pub fn take(&self) -> f64 {
        Duration::from_nanos(self.0.swap(0, Ordering::Relaxed)).as_secs_f64()
    }

    /// Adds the time that `run` takes.
    #[cfg_attr(not(feature = "wgpu"), expect(dead_code, reason = "there is no GPU to be timed"))]
    pub(super) fn time<T>(&self, run: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = run();
        self.0.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        result
    }
}

/// An aggregator, and why it was chosen.
pub struct Choice {
    aggregator: Box<dyn Aggregator>,
    /// `cpu` or `wgpu`.
    pub backend: &'static str,
    /// Name of the GPU.
    pub adapter: Option<String>,
    reason: String,
    /// Why the GPU was given up on the way.
    failure: Arc<OnceLock<String>>,
}

impl Choice {
    /// What was asked for by name; `None` for [`Backend::Auto`].
    pub fn asked(backend: Backend) -> Result<Option<Choice>, AggregateError> {
        match backend {
            Backend::Auto => Ok(None),
            Backend::Cpu => Ok(Some(Choice::cpu("asked for with --aggregate cpu".to_string()))),
            Backend::Wgpu => {
                let (info, aggregator) = device::open(true, None)?;
                Ok(Some(Choice {
                    aggregator,
                    backend: "wgpu",
                    adapter: Some(info.name),
                    reason: format!("asked for with --aggregate wgpu; {} adapter", info.kind),
                    failure: Arc::default(),
                }))
            }
        }
    }

    /// Whichever is faster for `records` records on `threads` threads, tried on the partition that `sample` loads.
    pub fn fastest(
        records: u64,
        threads: usize,
        sample: impl FnOnce() -> Result<Grouped, SpillError>,
    ) -> Result<Choice, SpillError> {
        let model = CostModel::new(threads);
        let reckoned = model.cpu_seconds(records);
        if records < model.fewest_records_for_a_gpu() {
            let reason = format!("{records} records take about {reckoned:.3} s, reckoned with {model}");
            return Ok(Choice::cpu(reason));
        }
        let (info, aggregator) = match device::open(false, None) {
            Ok(opened) => opened,
            Err(error) => {
                let reason = format!("{error}; {records} records take about {reckoned:.3} s, reckoned with {model}");
                return Ok(Choice::cpu(reason));
            }
        };
        let grouped = sample()?;
        // The first run fills buffers and caches; the second is what the rest will cost.
        let on_gpu = seconds(&grouped, &*aggregator).and_then(|_| seconds(&grouped, &*aggregator));
        let on_cpu = seconds(&grouped, &Cpu).unwrap_or_default() / threads.max(1) as f64;
        let on_gpu = match on_gpu {
            Ok(seconds) => seconds,
            Err(error) => {
                tracing::warn!(%error, "the CPU computes instead");
                return Ok(Choice::cpu(error.to_string()));
            }
        };
        let name = info.name;
        let (gpu_ms, cpu_ms) = (on_gpu * 1e3, on_cpu * 1e3);
        let measured = format!("one partition took {name} {gpu_ms:.1} ms, {threads} CPU threads {cpu_ms:.1} ms");
        Ok(if on_gpu < on_cpu {
            Choice::or_cpu(aggregator, name, measured)
        } else {
            Choice::cpu(measured)
        })
    }

    fn cpu(reason: String) -> Choice {
        Choice {
            aggregator: Box::new(Cpu),
            backend: "cpu",
            adapter: None,
            reason,
            failure: Arc::default(),
        }
    }

    fn or_cpu(aggregator: Box<dyn Aggregator>, adapter: String, reason: String) -> Choice {
        let failure = Arc::default();
        Choice {
            aggregator: Box::new(OrCpu::new(aggregator, Arc::clone(&failure))),
            backend: "wgpu",
            adapter: Some(adapter),
            reason,
            failure,
        }
    }

    /// What computes.
    pub fn aggregator(&self) -> &dyn Aggregator {
        &*self.aggregator
    }

    /// Why it was chosen, and what became of it.
    pub fn reason(&self) -> String {
        match self.failure.get() {
            None => self.reason.clone(),
            Some(failure) => format!("{}; then the CPU took over: {failure}", self.reason),
        }
    }
}

/// Seconds that the numbers of a partition take.
fn seconds(grouped: &Grouped, aggregator: &dyn Aggregator) -> Result<f64, AggregateError> {
    let start = Instant::now();
    Numbers::of(grouped, aggregator, &|_| None)?;
    Ok(start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_inputs_do_not_wake_a_gpu() {
        let choice = Choice::fastest(1000, 2, || panic!("nothing is tried")).unwrap();
        assert_eq!((choice.backend, choice.adapter.as_deref()), ("cpu", None));
    }

    #[test]
    fn the_cpu_is_what_was_asked_for() {
        let choice = Choice::asked(Backend::Cpu).unwrap().unwrap();
        assert_eq!(choice.backend, "cpu");
        assert!(Choice::asked(Backend::Auto).unwrap().is_none());
    }
}
