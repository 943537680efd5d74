//! Which device computes, in which precision, and why. What comes in: what was asked for; what goes out: a device
//! that has computed something already, or a sentence why not. It never lets a missing driver end the program.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use candle_core::{DType, Tensor};

use super::{EmbedError, packed};

/// The device asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// CUDA, else Metal, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The first NVIDIA GPU.
    Cuda,
    /// The first Apple GPU.
    Metal,
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Device::Auto => "auto",
            Device::Cpu => "cpu",
            Device::Cuda => "cuda",
            Device::Metal => "metal",
        })
    }
}

/// The precision asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// F32 on the CPU, where every kernel takes the same steps in the same order; F16 on a GPU.
    #[default]
    Auto,
    /// 32 bits.
    F32,
    /// 16 bits with the range of F32; on a CPU that computes faster in F32, F32.
    Bf16,
    /// 16 bits, IEEE.
    F16,
}

/// What will compute.
pub(super) struct Backend {
    pub(super) device: candle_core::Device,
    pub(super) dtype: DType,
    /// `cpu`, `cuda` or `metal`.
    pub(super) name: &'static str,
    /// Why this device and precision, and with which kernels.
    pub(super) reason: String,
}

impl Backend {
    /// `f32`, `bf16` or `f16`.
    pub(super) fn precision(&self) -> &'static str {
        self.dtype.as_str()
    }
}

/// What a run would compute with: device, precision and why.
pub fn choice(device: Device, precision: Precision) -> Result<(&'static str, &'static str, String), EmbedError> {
    let backend = choose(device, precision)?;
    Ok((backend.name, backend.precision(), backend.reason))
}

/// The kernels that the CPU computes bf16 with, or why it takes f32 if asked for bf16.
pub fn bf16_on_the_cpu() -> Result<String, String> {
    packed::bf16_kernels()
}

/// Chooses the device and tries it.
pub(super) fn choose(device: Device, precision: Precision) -> Result<Backend, EmbedError> {
    let refused = |problem: String| EmbedError::Device { device, problem };
    let asked_for = || "asked for".to_string();
    let (chosen, name, reason) = match device {
        Device::Cpu => (candle_core::Device::Cpu, "cpu", asked_for()),
        Device::Cuda => (cuda().map_err(refused)?, "cuda", asked_for()),
        Device::Metal => (metal().map_err(refused)?, "metal", asked_for()),
        Device::Auto => first_that_works(),
    };
    let (dtype, reason) = if chosen.is_cpu() {
        let (dtype, kernels) = on_the_cpu(precision).map_err(refused)?;
        (dtype, format!("{reason}; {kernels}"))
    } else {
        (on_a_gpu(precision), reason)
    };
    Ok(Backend {
        device: chosen,
        dtype,
        name,
        reason,
    })
}

fn first_that_works() -> (candle_core::Device, &'static str, String) {
    let no_cuda = match cuda() {
        Ok(device) => return (device, "cuda", "CUDA works".to_string()),
        Err(problem) => problem,
    };
    let no_metal = match metal() {
        Ok(device) => return (device, "metal", "Metal works".to_string()),
        Err(problem) => problem,
    };
    (
        candle_core::Device::Cpu,
        "cpu",
        format!("no CUDA: {no_cuda}; no Metal: {no_metal}"),
    )
}

/// The type to compute in and the kernels that do; bf16 only where it is faster than f32.
fn on_the_cpu(precision: Precision) -> Result<(DType, String), String> {
    let f32_kernels = format!("{} kernels", packed::f32_kernels());
    match precision {
        Precision::Auto | Precision::F32 => Ok((DType::F32, f32_kernels)),
        Precision::Bf16 => Ok(match packed::bf16_kernels() {
            Ok(kernels) => (DType::BF16, format!("{kernels} kernels")),
            Err(problem) => (DType::F32, format!("not in bf16: {problem}; {f32_kernels}")),
        }),
        Precision::F16 => Err("the CPU does not compute in f16; use --precision f32, bf16 or auto".to_string()),
    }
}

fn on_a_gpu(precision: Precision) -> DType {
    match precision {
        Precision::F32 => DType::F32,
        Precision::Auto | Precision::F16 => DType::F16,
        Precision::Bf16 => DType::BF16,
    }
}

fn cuda() -> Result<candle_core::Device, String> {
    if !candle_core::utils::cuda_is_available() {
        return Err("this build has none (cargo feature `cuda`)".to_string());
    }
    // Opening CUDA without a driver panics and prints, so the driver is looked for first (WSL has it at /dev/dxg).
    let driver = ["/dev/nvidiactl", "/dev/dxg"]
        .iter()
        .any(|path| Path::new(path).exists());
    if cfg!(target_os = "linux") && !driver {
        return Err("no NVIDIA driver".to_string());
    }
    // Not `new_cuda`: that gives every thread a stream of its own, and nothing orders one after the other.
    probe(|| {
        let device = candle_core::Device::new_cuda_with_stream(0)?;
        #[cfg(feature = "cuda")]
        super::cuda_memory::keep_freed_memory(device.as_cuda_device()?);
        Ok(device)
    })
}

fn metal() -> Result<candle_core::Device, String> {
    if !candle_core::utils::metal_is_available() {
        return Err("this build has none (cargo feature `metal`)".to_string());
    }
    probe(|| candle_core::Device::new_metal(0))
}

/// Opens a device and multiplies two matrices on it. Libraries that are missing make candle panic, hence the net.
fn probe(open: impl FnOnce() -> candle_core::Result<candle_core::Device>) -> Result<candle_core::Device, String> {
    let attempt = panic::catch_unwind(AssertUnwindSafe(|| {
        let device = open()?;
        let matrix = Tensor::ones((4, 4), DType::F32, &device)?;
        let product = matrix.matmul(&matrix)?.to_vec2::<f32>()?;
        Ok::<_, candle_core::Error>((device, product[0][0]))
    }));
    match attempt {
        Ok(Ok((device, 4.0))) => Ok(device),
        Ok(Ok((_, wrong))) => Err(format!("the device computes wrongly (4 came out as {wrong})")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(payload) => Err(panic_message(&*payload)),
    }
}

fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("its library panicked");
    text.lines().next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f16_is_refused_on_the_cpu_with_the_remedy() {
        let message = choose(Device::Cpu, Precision::F16).err().unwrap().to_string();
        assert!(message.contains("--precision f32"), "{message}");
    }

    #[test]
    fn bf16_is_used_where_it_is_faster_and_else_the_reason_says_why_not() {
        let Backend { dtype, reason, .. } = choose(Device::Cpu, Precision::Bf16).unwrap();
        assert!(reason.ends_with("kernels"), "{reason}");
        match packed::bf16_kernels() {
            Ok(kernels) => assert!(dtype == DType::BF16 && reason.contains(&kernels), "{reason}"),
            Err(problem) => assert!(dtype == DType::F32 && reason.contains(&problem), "{reason}"),
        }
    }

    /// Vectors must not depend on which machine made them, so `auto` is f32 even where bf16 is faster.
    #[test]
    fn auto_is_f32_on_the_cpu_and_names_the_kernels() {
        let backend = choose(Device::Cpu, Precision::Auto).unwrap();
        assert_eq!(backend.precision(), "f32");
        assert!(backend.reason.ends_with("kernels"), "{}", backend.reason);
    }

    #[test]
    fn auto_always_finds_a_device_and_says_why() {
        let backend = choose(Device::Auto, Precision::Auto).unwrap();
        assert!(!backend.reason.is_empty());
    }

    #[test]
    fn a_device_this_build_lacks_is_refused_by_name() {
        if candle_core::utils::cuda_is_available() {
            return;
        }
        let message = choose(Device::Cuda, Precision::Auto).err().unwrap().to_string();
        assert!(
            message.contains("--device cuda") && message.contains("feature `cuda`"),
            "{message}"
        );
    }

    #[test]
    fn a_panic_while_probing_is_a_reason() {
        let reason = probe(|| panic!("no library\nat all")).err().unwrap();
        assert_eq!(reason, "no library");
    }
}
