//! What this machine can do, and what a run here would use.

use serde::Serialize;

use crate::aggregate::{self, AdapterInfo, CostModel, Speed};
use crate::config::{IngestConfig, TargetSpec};
use crate::embed::{self, Device, ModelSource, Precision};
use crate::pipeline::check_targets;
use crate::report::{grouped, size};
use crate::sink::Access;
use crate::sink::sqlite::open_for_reading;

/// The findings.
#[derive(Debug, Serialize)]
pub struct Examination {
    /// Version of the program.
    pub version: &'static str,
    /// Cores that a run would use.
    pub cores: usize,
    /// SIMD features of the CPU that matter here.
    pub cpu_features: Vec<&'static str>,
    /// How numbers would be computed.
    pub aggregation: Choice,
    /// How fast they would be: tried just now.
    pub aggregation_speeds: Vec<Speed>,
    /// The GPUs that could compute them, and software that passes for one.
    pub adapters: Vec<AdapterInfo>,
    /// How texts would be embedded.
    pub embedding: Choice,
    /// Each device the encoder could use, and whether it works.
    pub devices: Vec<DeviceState>,
    /// The model.
    pub model: ModelState,
    /// The targets asked about, and whether they would take this model's days.
    pub targets: Vec<TargetState>,
}

/// A target.
#[derive(Debug, Serialize)]
pub struct TargetState {
    /// As asked for.
    pub target: String,
    /// Whether an ingest could store there.
    pub works: bool,
    /// Why not, and what to do about it.
    pub detail: String,
}

/// What `auto` takes, and why.
#[derive(Debug, Serialize)]
pub struct Choice {
    /// The choice.
    pub uses: String,
    /// Why.
    pub reason: String,
}

/// A device of the encoder.
#[derive(Debug, Serialize)]
pub struct DeviceState {
    /// `cpu`, `cuda` or `metal`.
    pub device: String,
    /// Whether it can be used.
    pub works: bool,
    /// Why not.
    pub detail: String,
}

/// Whether the model is there.
#[derive(Debug, Serialize)]
pub struct ModelState {
    /// As asked for.
    pub name: String,
    /// Its folder, if it is on this machine and its digest is right.
    pub folder: Option<String>,
    /// What to do about it.
    pub detail: String,
}

/// Looks at this machine, and at the targets; fetches and makes nothing.
pub fn examine(model: &ModelSource, targets: &[TargetSpec], access: &Access) -> Examination {
    let adapters = aggregate::adapters();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let devices: Vec<DeviceState> = [Device::Cpu, Device::Cuda, Device::Metal].map(device_state).into();
    Examination {
        version: env!("CARGO_PKG_VERSION"),
        cores,
        cpu_features: cpu_features(),
        aggregation: aggregation(&adapters, cores),
        aggregation_speeds: aggregate::speeds(),
        adapters,
        embedding: match embed::choice(Device::Auto, Precision::Auto) {
            Ok((device, precision, reason)) => Choice {
                uses: format!("{device} in {precision}"),
                reason,
            },
            Err(error) => Choice {
                uses: "nothing".to_string(),
                reason: error.to_string(),
            },
        },
        devices,
        model: model_state(model),
        targets: targets
            .iter()
            .map(|target| target_state(target, model, access))
            .collect(),
    }
}

/// What the check before every ingest says; of a store that is there, whether it is one of ours.
fn target_state(target: &TargetSpec, model: &ModelSource, access: &Access) -> TargetState {
    let config = IngestConfig {
        weaviate: access.clone(),
        ..IngestConfig::new(Vec::new(), vec![target.clone()], model.clone())
    };
    // Without the model only what has vectors already cannot be compared.
    let files = embed::locate(model).ok().flatten();
    let outcome = match target {
        // The check before an ingest opens a store to write, and may let it adopt the model.
        TargetSpec::Sqlite(path) if path.exists() => open_for_reading(path).map(drop),
        _ => check_targets(&config, files.as_ref()),
    };
    TargetState {
        target: target.to_string(),
        works: outcome.is_ok(),
        detail: outcome.map_or_else(|error| error.to_string(), |()| "takes days".to_string()),
    }
}

/// What `--aggregate auto` does here.
fn aggregation(adapters: &[AdapterInfo], cores: usize) -> Choice {
    let model = CostModel::new(cores);
    let fewest = grouped(model.fewest_records_for_a_gpu());
    let (uses, reason) = match adapters.iter().find(|adapter| !adapter.is_software()) {
        Some(adapter) => (
            format!("cpu or {}", adapter.name),
            format!("from {fewest} records on, both compute one partition and the faster one goes on"),
        ),
        None if adapters.is_empty() => (
            "cpu".to_string(),
            "no GPU that compute shaders can use was found".to_string(),
        ),
        None => (
            "cpu".to_string(),
            "only software adapters were found; --aggregate wgpu takes one, slowly".to_string(),
        ),
    };
    Choice {
        uses,
        reason: format!("{reason}; reckoned with {model}"),
    }
}

fn device_state(device: Device) -> DeviceState {
    match embed::choice(device, Precision::Auto) {
        Ok((_, precision, _)) => DeviceState {
            device: device.to_string(),
            works: true,
            detail: match device {
                Device::Cpu => cpu_detail(precision, &embed::bf16_on_the_cpu()),
                _ => format!("computes in {precision}"),
            },
        },
        Err(error) => DeviceState {
            device: device.to_string(),
            works: false,
            detail: error.to_string(),
        },
    }
}

fn model_state(source: &ModelSource) -> ModelState {
    let name = source.name_or_dir.clone();
    match embed::locate(source) {
        Ok(Some(files)) => {
            let folder = Some(files.dir.display().to_string());
            ModelState {
                name,
                folder,
                detail: format!("fingerprint {}", files.fingerprint()),
            }
        }
        Ok(None) => {
            let detail = "not on this machine; `vitalvec model fetch` gets it, or the first ingest does".to_string();
            ModelState {
                name,
                folder: None,
                detail,
            }
        }
        Err(error) => ModelState {
            name,
            folder: None,
            detail: error.to_string(),
        },
    }
}

/// What the CPU computes in, and what it does if asked for bf16.
fn cpu_detail(precision: &str, bf16: &Result<String, String>) -> String {
    let asked = match bf16 {
        Ok(kernels) => format!("{kernels} kernels"),
        Err(problem) => format!("f32 all the same ({problem})"),
    };
    format!("computes in {precision}; asked for bf16: {asked}")
}

#[cfg(target_arch = "x86_64")]
fn cpu_features() -> Vec<&'static str> {
    let features = [
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512bf16", is_x86_feature_detected!("avx512bf16")),
    ];
    features
        .into_iter()
        .filter(|(_, present)| *present)
        .map(|(name, _)| name)
        .collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu_features() -> Vec<&'static str> {
    if cfg!(target_arch = "aarch64") {
        vec!["neon"]
    } else {
        Vec::new()
    }
}

impl Examination {
    /// As one JSON object, or as lines for a person.
    pub fn rendered(&self, json: bool) -> String {
        if json {
            let json = serde_json::to_string_pretty(self).expect("findings hold only strings and numbers");
            return json + "\n";
        }
        let mut lines = vec![
            format!("vitalvec {}", self.version),
            format!("cpu: {} cores, {}", self.cores, self.cpu_features.join(" ")),
            format!("numbers: {} ({})", self.aggregation.uses, self.aggregation.reason),
        ];
        for adapter in &self.adapters {
            let AdapterInfo {
                name,
                kind,
                api,
                driver,
                binding_bytes,
            } = adapter;
            let limit = size(*binding_bytes);
            lines.push(format!("  {name}: {kind}, {api}, {driver}, buffers up to {limit}"));
        }
        for speed in &self.aggregation_speeds {
            let (computes, millions) = (&speed.computes, speed.million_values_a_second);
            lines.push(format!(
                "  {computes}: {millions:.0} million readings a second, at twelve a day"
            ));
        }
        lines.push(format!(
            "embedding: {} ({})",
            self.embedding.uses, self.embedding.reason
        ));
        for device in &self.devices {
            let state = if device.works { "works" } else { "not available" };
            lines.push(format!("  {}: {state}, {}", device.device, device.detail));
        }
        let place = self.model.folder.as_deref().unwrap_or("not here");
        lines.push(format!("model {}: {place} ({})", self.model.name, self.model.detail));
        for target in &self.targets {
            let state = if target.works { "works" } else { "not available" };
            lines.push(format!("target {}: {state}, {}", target.target, target.detail));
        }
        if self.targets.is_empty() {
            lines.push("targets: none asked about (--to weaviate:URL, for example)".to_string());
        }
        lines.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::Style;
    use crate::sink::Expect;
    use crate::sink::sqlite::{made, open_sqlite};

    #[test]
    fn a_store_without_vectors_adopts_no_model_by_being_asked_about() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("days.db");
        let expect = Expect {
            model: None,
            dimensions: None,
            template: Style::Facets.template(),
        };
        drop(open_sqlite(&path, &expect).unwrap());
        let model = ModelSource {
            name_or_dir: embed::DEFAULT_MODEL.to_string(),
            offline: true,
            cache_dir: embed::default_cache_dir().unwrap_or_default(),
        };
        let state = target_state(&TargetSpec::Sqlite(path.clone()), &model, &Access::default());
        assert!(state.works, "{}", state.detail);
        assert_eq!(made(&open_for_reading(&path).unwrap()).unwrap().model, None);
    }

    #[test]
    fn the_cpu_says_what_it_does_if_asked_for_bf16() {
        assert_eq!(
            cpu_detail("f32", &Ok("AMX".to_string())),
            "computes in f32; asked for bf16: AMX kernels"
        );
        assert_eq!(
            cpu_detail("f32", &Err("no AMX and no AVX-512 BF16".to_string())),
            "computes in f32; asked for bf16: f32 all the same (no AMX and no AVX-512 BF16)"
        );
    }
}
