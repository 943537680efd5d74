//! In place of `wgpu.rs` in a build without compute shaders: there is no adapter.

use std::sync::Arc;

use super::choice::{AdapterInfo, Stopwatch};
use super::{AggregateError, Aggregator};

/// None.
pub(super) fn adapters() -> Vec<AdapterInfo> {
    Vec::new()
}

/// Always the same error.
pub(super) fn open(
    _software: bool,
    _stopwatch: Option<Arc<Stopwatch>>,
) -> Result<(AdapterInfo, Box<dyn Aggregator>), AggregateError> {
    Err(AggregateError::NotBuilt)
}
