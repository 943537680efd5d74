//! The models known by name: what comes in is `models/manifest.toml`, compiled in; what goes out is where a model is
//! to be had, the digests of its files and how texts become vectors with it. It never touches a disk.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The model used when none is named.
pub const DEFAULT_MODEL: &str = "all-MiniLM-L6-v2";

/// File with the weights, in every model.
pub(super) const WEIGHTS: &str = "model.safetensors";

/// File with the tokenizer, in every model.
pub(super) const TOKENIZER: &str = "tokenizer.json";

/// File with the geometry, in every model.
pub(super) const CONFIG: &str = "config.json";

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over all tokens.
    Mean,
    /// The vector of the first token, `[CLS]`.
    Cls,
}

/// How texts become vectors with a model; a part of its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EncoderSettings {
    /// How the vectors of a text's tokens become one.
    pub pooling: Pooling,
    /// Put before a question.
    pub query_prefix: String,
    /// Put before a text that is stored.
    pub passage_prefix: String,
    /// Longer texts are cut here; `[CLS]` and `[SEP]` count.
    pub max_tokens: usize,
    /// Length of a vector.
    pub dimensions: usize,
}

/// A model of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct ManifestEntry {
    /// The name it goes by, and its folder in the cache.
    pub(super) name: String,
    /// `owner/name` at the Hugging Face hub.
    pub(super) repository: String,
    /// The commit there.
    pub(super) revision: String,
    /// How texts become vectors.
    #[serde(flatten)]
    pub(super) settings: EncoderSettings,
    /// The files needed, and their digests in lowercase hexadecimal digits.
    pub(super) sha256: BTreeMap<String, String>,
    /// A wheel that carries the same files.
    pub(super) pypi: Option<PypiWheel>,
}

impl ManifestEntry {
    /// The digest of the weights.
    pub(super) fn weights_sha256(&self) -> Option<&str> {
        self.sha256.get(WEIGHTS).map(String::as_str)
    }
}

/// A wheel that carries a model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct PypiWheel {
    /// The package.
    pub(super) package: String,
    /// Its version, exactly.
    pub(super) version: String,
    /// The folder of the files inside the wheel.
    pub(super) folder: String,
}

#[derive(Deserialize)]
struct Manifest {
    model: Vec<ManifestEntry>,
}

static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| {
    toml::from_str(include_str!("../../models/manifest.toml")).expect("the manifest is compiled in and a test reads it")
});

/// Every model of the manifest.
pub(super) fn entries() -> &'static [ManifestEntry] {
    &MANIFEST.model
}

/// The model of that name; case does not matter.
pub(super) fn entry(name: &str) -> Option<&'static ManifestEntry> {
    entries().iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
}

/// The names of the models that can be fetched.
pub fn model_names() -> impl Iterator<Item = &'static str> {
    entries().iter().map(|entry| entry.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_complete() {
        assert!(entry(DEFAULT_MODEL).is_some());
        for entry in entries() {
            for file in [WEIGHTS, TOKENIZER, CONFIG] {
                let digest = &entry.sha256[file];
                assert_eq!(digest.len(), 64, "{} {file}", entry.name);
                assert!(digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
            }
            assert_eq!(entry.revision.len(), 40, "{}: a commit, not a branch", entry.name);
            assert!(entry.settings.max_tokens > 2 && entry.settings.dimensions > 0);
            assert!(
                !entry.name.contains(['/', '\\', '.']),
                "{}: it names a folder",
                entry.name
            );
        }
    }

    #[test]
    fn a_name_is_found_in_any_case() {
        assert_eq!(entry("ALL-minilm-l6-V2").unwrap().name, DEFAULT_MODEL);
        assert_eq!(entry("all-minilm"), None);
    }
}
