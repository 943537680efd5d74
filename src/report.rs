//! What a run did, as one JSON object and as a few lines for a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::sink::Tally;
use crate::stats::StageTime;

/// The report of a run; its keys are part of the contract.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Version of the program.
    pub version: &'static str,
    /// What the process ended with.
    pub exit_code: u8,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Peak resident memory; absent where the system does not tell.
    pub peak_rss_bytes: Option<u64>,
    /// One entry a file.
    pub input: Vec<InputReport>,
    /// Records accepted.
    pub records: u64,
    /// Records, damaged places and files refused.
    pub rejected: u64,
    /// The same by reason.
    pub rejects_by_reason: BTreeMap<&'static str, u64>,
    /// Users with at least one day.
    pub users: u64,
    /// Days with at least one record.
    pub user_days: u64,
    /// Time of each stage.
    pub stages: Vec<StageTime>,
    /// How the numbers were computed.
    pub aggregation: Aggregation,
    /// How the vectors were made.
    pub embedding: Embedding,
    /// What became of the days at each target.
    pub targets: Vec<Tally>,
}

/// A file of the input in the report.
#[derive(Clone, Debug, Serialize)]
pub struct InputReport {
    /// The file.
    #[serde(serialize_with = "as_text")]
    pub path: Arc<Path>,
    /// What it holds.
    pub kind: &'static str,
    /// Its size on disk.
    pub bytes: u64,
    /// Records accepted.
    pub records: u64,
    /// Records, damaged places and the file itself refused.
    pub rejected: u64,
}

fn as_text<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// How the numbers were computed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Aggregation {
    /// `cpu` or `wgpu`.
    pub backend: &'static str,
    /// Name of the GPU; absent on the CPU.
    pub adapter: Option<String>,
    /// Why this one.
    pub reason: String,
}

/// How the vectors were made.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Embedding {
    /// Texts that went through the model.
    pub texts: u64,
    /// Their tokens.
    pub tokens: u64,
    /// Texts answered with the vector of an equal text, of this run or an earlier one.
    pub cached: u64,
    /// Those of them that the cache held from earlier runs: for the summary, the contract's report has no key for it.
    #[serde(skip)]
    pub recalled: u64,
    /// Device; absent where nothing was embedded.
    pub device: Option<&'static str>,
    /// Precision; absent where nothing was embedded.
    pub precision: Option<&'static str>,
    /// Fingerprint of the model; absent in a run without vectors.
    pub model: Option<Arc<str>>,
    /// Why this device, or why nothing was embedded.
    pub reason: String,
}

impl Report {
    /// The closing summary: a few lines that a person understands.
    pub fn summary(&self) -> String {
        let mut text = String::new();
        let bytes: u64 = self.input.iter().map(|input| input.bytes).sum();
        let _ = writeln!(
            text,
            "Read {} records ({}) of {} in {}: {}.",
            grouped(self.records),
            size(bytes),
            counted(self.users, "user"),
            duration(self.seconds),
            counted(self.user_days, "day"),
        );
        if self.rejected > 0 {
            let reasons: Vec<String> = self
                .rejects_by_reason
                .iter()
                .map(|(reason, count)| format!("{} {reason}", grouped(*count)))
                .collect();
            let _ = writeln!(text, "Refused {}: {}.", grouped(self.rejected), reasons.join(", "));
        }
        if let (Some(device), Some(precision)) = (self.embedding.device, self.embedding.precision) {
            let _ = writeln!(
                text,
                "Embedded {} on the {device} in {precision}; {} had the words of another day, {} came from the cache.",
                counted(self.embedding.texts, "text"),
                grouped(self.embedding.cached - self.embedding.recalled),
                grouped(self.embedding.recalled)
            );
        }
        for tally in &self.targets {
            let _ = writeln!(text, "{}: {}", tally.target, fates(tally));
        }
        if let Some(peak) = self.peak_rss_bytes {
            let _ = writeln!(text, "Peak memory {}.", size(peak));
        }
        text
    }
}

fn fates(tally: &Tally) -> String {
    let fates = [
        ("new", tally.new),
        ("changed", tally.changed),
        ("unchanged", tally.unchanged),
        ("refused", tally.refused),
        ("deleted", tally.deleted),
    ];
    let parts: Vec<String> = fates
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(fate, count)| format!("{} {fate}", grouped(*count)))
        .collect();
    if parts.is_empty() {
        "no days".to_string()
    } else {
        parts.join(", ")
    }
}

/// `1,825,000`
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// `7.5 GB`, in powers of ten.
pub fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    let unit = units.iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or(format!("{bytes} B"), |(unit, name)| {
        format!("{:.1} {name}", bytes as f64 / *unit as f64)
    })
}

/// `4.2 s`, `3 min 12 s`, `2 h 5 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// Peak resident memory of this process, where the system tells (Linux).
pub fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(
            [0, 999, 1000, 1_825_000].map(grouped),
            ["0", "999", "1,000", "1,825,000"]
        );
        assert_eq!([12, 1500, 7_500_000_000].map(size), ["12 B", "1.5 kB", "7.5 GB"]);
        assert_eq!(
            [0.25, 59.9, 192.0, 7500.0].map(duration),
            ["0.2 s", "1 min 0 s", "3 min 12 s", "2 h 5 min"]
        );
    }

    #[test]
    fn the_report_has_the_keys_of_the_contract() {
        let json = serde_json::to_value(Report::default()).unwrap();
        let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let contract = "version exit_code seconds peak_rss_bytes input records rejected rejects_by_reason users \
                        user_days stages aggregation embedding targets";
        assert_eq!(keys, contract.split_whitespace().collect::<Vec<_>>());
    }
}
