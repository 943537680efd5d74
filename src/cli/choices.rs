//! Choices by name, as arguments: what a person writes, and what it stands for in the stages.

use clap::ValueEnum;

use crate::{aggregate, describe, embed};

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum DeviceArg {
    Auto,
    Cpu,
    Cuda,
    Metal,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PrecisionArg {
    Auto,
    F32,
    Bf16,
    F16,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum AggregateArg {
    Auto,
    Cpu,
    Wgpu,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum StyleArg {
    Facets,
    Seed,
}

impl From<DeviceArg> for embed::Device {
    fn from(device: DeviceArg) -> embed::Device {
        match device {
            DeviceArg::Auto => embed::Device::Auto,
            DeviceArg::Cpu => embed::Device::Cpu,
            DeviceArg::Cuda => embed::Device::Cuda,
            DeviceArg::Metal => embed::Device::Metal,
        }
    }
}

impl From<PrecisionArg> for embed::Precision {
    fn from(precision: PrecisionArg) -> embed::Precision {
        match precision {
            PrecisionArg::Auto => embed::Precision::Auto,
            PrecisionArg::F32 => embed::Precision::F32,
            PrecisionArg::Bf16 => embed::Precision::Bf16,
            PrecisionArg::F16 => embed::Precision::F16,
        }
    }
}

impl From<AggregateArg> for aggregate::Backend {
    fn from(backend: AggregateArg) -> aggregate::Backend {
        match backend {
            AggregateArg::Auto => aggregate::Backend::Auto,
            AggregateArg::Cpu => aggregate::Backend::Cpu,
            AggregateArg::Wgpu => aggregate::Backend::Wgpu,
        }
    }
}

impl From<StyleArg> for describe::Style {
    fn from(style: StyleArg) -> describe::Style {
        match style {
            StyleArg::Facets => describe::Style::Facets,
            StyleArg::Seed => describe::Style::Seed,
        }
    }
}
