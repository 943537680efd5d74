//! Arguments, validated: what the commands need, as plain values. Nothing below reads the environment.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::aggregate::Backend;
use crate::describe::Style;
use crate::embed::{CacheSettings, Device, ModelSource, Precision};
use crate::sink::Access;
use crate::sink::ingest_api::Service;
use crate::sink::weaviate::Address;

/// Memory for packed columns: those of 7.5 GB take about 350 MB.
const MEMORY_BYTES: u64 = 512 << 20;

/// What an ingest is to do.
#[derive(Clone, Debug)]
pub struct IngestConfig {
    /// Folders or files.
    pub paths: Vec<PathBuf>,
    /// Where the days go; empty in a dry run.
    pub targets: Vec<TargetSpec>,
    /// Only look: no model, no target.
    pub dry_run: bool,
    /// Where to embed.
    pub device: Device,
    /// In what precision.
    pub precision: Precision,
    /// Which model, and whether it may be fetched.
    pub model: ModelSource,
    /// Where vectors are kept between runs.
    pub cache: Option<CacheSettings>,
    /// What computes the numbers.
    pub aggregate: Backend,
    /// How days are worded.
    pub style: Style,
    /// Whether profile facts become properties.
    pub profile: bool,
    /// Packed columns kept in memory; the rest goes to a temporary file.
    pub memory_bytes: u64,
    /// Threads of each stage that has several.
    pub threads: usize,
    /// Where refused records go.
    pub rejects: Option<PathBuf>,
    /// More refused records than this fail the run.
    pub max_rejects: Option<u64>,
    /// Whether days that the records of their user do not have any more are deleted.
    pub prune: bool,
    /// Whether `ndjson:` and `parquet:` get vectors.
    pub file_vectors: bool,
    /// Where the report goes.
    pub report: Option<PathBuf>,
    /// How to work with a server.
    pub weaviate: Access,
}

impl IngestConfig {
    /// Everything of these paths to these targets, as the flags are when none is given, but without a cache.
    pub fn new(paths: Vec<PathBuf>, targets: Vec<TargetSpec>, model: ModelSource) -> IngestConfig {
        IngestConfig {
            paths,
            targets,
            dry_run: false,
            device: Device::Auto,
            precision: Precision::Auto,
            model,
            cache: None,
            aggregate: Backend::Auto,
            style: Style::Facets,
            profile: false,
            memory_bytes: MEMORY_BYTES,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            rejects: None,
            max_rejects: None,
            prune: false,
            file_vectors: true,
            report: None,
            weaviate: Access::default(),
        }
    }

    /// Whether this target gets vectors.
    pub fn wants_vectors(&self, target: &TargetSpec) -> bool {
        match target {
            TargetSpec::Sqlite(_) | TargetSpec::Weaviate(_) | TargetSpec::IngestApi(_) => true,
            TargetSpec::Ndjson(_) | TargetSpec::Parquet(_) => self.file_vectors,
        }
    }
}

/// Where days go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TargetSpec {
    /// An embedded store.
    Sqlite(PathBuf),
    /// One JSON object a line.
    Ndjson(PathBuf),
    /// A table.
    Parquet(PathBuf),
    /// A collection on a Weaviate server.
    Weaviate(Address),
    /// The HTTP service of old.
    IngestApi(Service),
}

impl TargetSpec {
    /// The store that is used when none is named.
    pub const DEFAULT: &'static str = "sqlite:vitalvec.db";

    /// The file; `None` for a server.
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            TargetSpec::Sqlite(path) | TargetSpec::Ndjson(path) | TargetSpec::Parquet(path) => Some(path),
            TargetSpec::Weaviate(_) | TargetSpec::IngestApi(_) => None,
        }
    }
}

impl fmt::Display for TargetSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetSpec::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            TargetSpec::Ndjson(path) => write!(f, "ndjson:{}", path.display()),
            TargetSpec::Parquet(path) => write!(f, "parquet:{}", path.display()),
            TargetSpec::Weaviate(address) => write!(f, "weaviate:{address}"),
            TargetSpec::IngestApi(service) => write!(f, "ingest-api:{service}"),
        }
    }
}

impl FromStr for TargetSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<TargetSpec, String> {
        let (kind, path) = text
            .split_once(':')
            .ok_or_else(|| format!("`{text}` names no kind; write {TARGETS}"))?;
        if path.is_empty() {
            return Err(format!("`{text}` names no file or server; write {TARGETS}"));
        }
        match kind {
            "sqlite" => Ok(TargetSpec::Sqlite(path.into())),
            "ndjson" => Ok(TargetSpec::Ndjson(path.into())),
            "parquet" => Ok(TargetSpec::Parquet(path.into())),
            "weaviate" => path.parse().map(TargetSpec::Weaviate),
            "ingest-api" => path.parse().map(TargetSpec::IngestApi),
            _ => Err(format!("this version has no target `{kind}:`; write {TARGETS}")),
        }
    }
}

/// Targets as one text, as an environment variable holds them: `sqlite:days.db,weaviate:http://localhost:8080`. A comma
/// parts them only where a kind follows, so it may stand in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetList(pub Vec<TargetSpec>);

impl FromStr for TargetList {
    type Err = String;

    fn from_str(text: &str) -> Result<TargetList, String> {
        let mut targets: Vec<String> = Vec::new();
        for part in text.split(',') {
            match targets.last_mut().filter(|_| !begins_with_a_kind(part)) {
                Some(path) => path.extend([",", part]),
                None => targets.push(part.trim().to_string()),
            }
        }
        let targets = targets.iter().map(|target| target.parse());
        targets.collect::<Result<_, _>>().map(TargetList)
    }
}

fn begins_with_a_kind(text: &str) -> bool {
    let kind = text.trim_start().split_once(':').map_or("", |(kind, _)| kind);
    !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

const TARGETS: &str = "sqlite:PATH, weaviate:URL, ingest-api:URL, ndjson:PATH or parquet:PATH";

/// Reads an amount of memory: a number with `K`, `M` or `G` (powers of 1024), or plain bytes.
pub fn memory_size(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let number = upper.trim_end_matches("IB").trim_end_matches('B');
    let (digits, unit) = match number.chars().last() {
        Some('K') => (&number[..number.len() - 1], 1 << 10),
        Some('M') => (&number[..number.len() - 1], 1 << 20),
        Some('G') => (&number[..number.len() - 1], 1 << 30),
        _ => (number, 1),
    };
    let amount = digits
        .trim()
        .parse::<u64>()
        .ok()
        .and_then(|amount| amount.checked_mul(unit));
    amount.ok_or_else(|| format!("`{text}` is no amount of memory; write for example 256M or 2G"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_memory_are_powers_of_1024() {
        assert_eq!(memory_size("256M"), Ok(256 << 20));
        assert_eq!(memory_size("2g"), Ok(2 << 30));
        assert_eq!(memory_size("10KiB"), Ok(10 << 10));
        assert_eq!(memory_size("12345"), Ok(12345));
        for wrong in ["", "M", "1.5G", "-1", "99999999999G"] {
            assert!(memory_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_text_may_hold_several_targets() {
        let names = |text: &str| {
            let targets = text.parse::<TargetList>().map(|list| list.0);
            targets.map(|targets| targets.iter().map(TargetSpec::to_string).collect::<Vec<_>>())
        };
        assert_eq!(names("sqlite:a,b.db"), Ok(vec!["sqlite:a,b.db".to_string()]));
        let several = names("sqlite:days.db, weaviate:http://localhost:8080,ndjson:a,b").unwrap();
        assert_eq!(
            several,
            [
                "sqlite:days.db",
                "weaviate:http://localhost:8080/HealthDay",
                "ndjson:a,b"
            ]
        );
        for wrong in ["", ",", "sqlite:a.db,redis:x", "sqlite:a.db,ndjson:"] {
            assert!(wrong.parse::<TargetList>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn targets_say_kind_and_path() {
        assert_eq!("sqlite:a:b.db".parse(), Ok(TargetSpec::Sqlite("a:b.db".into())));
        assert_eq!(
            "parquet:out.parquet"
                .parse::<TargetSpec>()
                .map(|target| target.to_string())
                .as_deref(),
            Ok("parquet:out.parquet")
        );
        for wrong in ["out.db", "sqlite:", "redis:x"] {
            assert!(wrong.parse::<TargetSpec>().is_err(), "{wrong}");
        }
    }
}
