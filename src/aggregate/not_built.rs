//! In place of `wgpu.rs` in a build without compute shaders: there is no adapter.

use super::choice::AdapterInfo;
use super::{AggregateError, Aggregator};

/// None.
pub(super) fn adapters() -> Vec<AdapterInfo> {
    Vec::new()
}

/// Always the same error.
pub(super) fn open(_software: bool) -> Result<(AdapterInfo, Box<dyn Aggregator>), AggregateError> {
    Err(AggregateError::NotBuilt)
}
