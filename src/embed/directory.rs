//! A model given as a folder. What comes in: the files sentence-transformers writes; what goes out: how texts become
//! vectors with it. A folder whose weights are in the manifest gets the manifest's settings, so the same weights
//! have the same fingerprint wherever they lie.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::manifest::{self, CONFIG, EncoderSettings, Pooling, TOKENIZER, WEIGHTS};
use super::{EmbedError, ModelFiles, digest};

#[derive(Deserialize)]
struct Geometry {
    hidden_size: usize,
    max_position_embeddings: usize,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PoolingModes {
    /// Since version 5.4 one key, a name or a list of names; before, one flag a mode.
    pooling_mode: Option<serde_json::Value>,
    pooling_mode_cls_token: bool,
    pooling_mode_mean_tokens: bool,
    pooling_mode_max_tokens: bool,
    pooling_mode_mean_sqrt_len_tokens: bool,
    pooling_mode_weightedmean_tokens: bool,
    pooling_mode_lasttoken: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SentenceBert {
    max_seq_length: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenizerConfig {
    /// A double, because "no limit" is written as 1e30.
    model_max_length: Option<f64>,
}

#[derive(Deserialize)]
struct ModuleEntry {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PromptFile {
    prompts: Prompts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Prompts {
    query: Option<String>,
    /// The two names of the same; sentence-transformers writes an empty one of its own beside a model's.
    passage: Option<String>,
    document: Option<String>,
}

/// Reads a folder.
pub(super) fn read(dir: &Path) -> Result<ModelFiles, EmbedError> {
    for file in [CONFIG, TOKENIZER, WEIGHTS] {
        if !dir.join(file).is_file() {
            return Err(EmbedError::Malformed {
                path: dir.to_path_buf(),
                problem: format!("has no {file}; a model folder holds {CONFIG}, {TOKENIZER} and {WEIGHTS}"),
            });
        }
    }
    let weights_sha256 = digest::sha256_of_file(&dir.join(WEIGHTS))?;
    let known = manifest::entries()
        .iter()
        .find(|entry| entry.weights_sha256() == Some(&weights_sha256));
    let (name, settings) = match known {
        Some(entry) => (entry.name.clone(), entry.settings.clone()),
        None => (folder_name(dir), settings(dir)?),
    };
    Ok(ModelFiles {
        name,
        dir: dir.to_path_buf(),
        settings,
        weights_sha256,
    })
}

fn folder_name(dir: &Path) -> String {
    let real = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
    real.file_name()
        .map_or_else(|| "model".to_string(), |name| name.to_string_lossy().into_owned())
}

fn settings(dir: &Path) -> Result<EncoderSettings, EmbedError> {
    check_modules(&dir.join("modules.json"))?;
    let geometry: Geometry = required(&dir.join(CONFIG))?;
    let prompt_file: Option<PromptFile> = optional(&dir.join("config_sentence_transformers.json"))?;
    let prompts = prompt_file.unwrap_or_default().prompts;
    Ok(EncoderSettings {
        pooling: pooling(&dir.join("1_Pooling").join(CONFIG))?,
        query_prefix: prompts.query.unwrap_or_default(),
        passage_prefix: [prompts.passage, prompts.document]
            .into_iter()
            .flatten()
            .find(|prompt| !prompt.is_empty())
            .unwrap_or_default(),
        max_tokens: max_tokens(dir)?.min(geometry.max_position_embeddings),
        dimensions: geometry.hidden_size,
    })
}

/// A further layer behind the pooling would change every vector.
fn check_modules(path: &Path) -> Result<(), EmbedError> {
    let modules: Vec<ModuleEntry> = optional(path)?.unwrap_or_default();
    let known = |kind: &str| {
        ["Transformer", "Pooling", "Normalize"]
            .iter()
            .any(|name| kind.ends_with(name))
    };
    match modules.iter().find(|module| !known(&module.kind)) {
        None => Ok(()),
        Some(other) => Err(EmbedError::Malformed {
            path: path.to_path_buf(),
            problem: format!(
                "asks for `{}`, which is not supported; choose another model",
                other.kind
            ),
        }),
    }
}

/// The maximum length where the folder says one.
fn max_tokens(dir: &Path) -> Result<usize, EmbedError> {
    let sentence_bert: Option<SentenceBert> = optional(&dir.join("sentence_bert_config.json"))?;
    if let Some(max_tokens) = sentence_bert.unwrap_or_default().max_seq_length {
        return Ok(max_tokens);
    }
    let tokenizer: Option<TokenizerConfig> = optional(&dir.join("tokenizer_config.json"))?;
    // A cast from double to integer saturates, so 1e30 is the largest integer.
    Ok(tokenizer
        .unwrap_or_default()
        .model_max_length
        .map_or(usize::MAX, |length| length as usize))
}

/// Mean where the folder does not say, as in sentence-transformers.
fn pooling(path: &Path) -> Result<Pooling, EmbedError> {
    let Some(modes) = optional::<PoolingModes>(path)? else {
        return Ok(Pooling::Mean);
    };
    let single = match &modes.pooling_mode {
        Some(mode) => mode.as_str(),
        None => modes.only_flag(),
    };
    match single {
        Some("cls") => Ok(Pooling::Cls),
        Some("mean") => Ok(Pooling::Mean),
        _ => Err(EmbedError::Malformed {
            path: path.to_path_buf(),
            problem: "asks for a pooling other than either mean or CLS; choose another model".to_string(),
        }),
    }
}

impl PoolingModes {
    /// The mode whose flag is set, if it is one of ours and the only one.
    fn only_flag(&self) -> Option<&'static str> {
        let other = self.pooling_mode_max_tokens
            || self.pooling_mode_mean_sqrt_len_tokens
            || self.pooling_mode_weightedmean_tokens
            || self.pooling_mode_lasttoken;
        match (self.pooling_mode_cls_token, self.pooling_mode_mean_tokens, other) {
            (true, false, false) => Some("cls"),
            (false, true, false) => Some("mean"),
            _ => None,
        }
    }
}

/// A JSON file that must be there.
pub(super) fn required<T: DeserializeOwned>(path: &Path) -> Result<T, EmbedError> {
    let bytes = fs::read(path).map_err(|source| EmbedError::File {
        path: path.to_path_buf(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|error| EmbedError::Malformed {
        path: path.to_path_buf(),
        problem: format!("not as expected of a BERT model: {error}"),
    })
}

fn optional<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, EmbedError> {
    if path.is_file() {
        required(path).map(Some)
    } else {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("1_Pooling")).unwrap();
        let needed = [
            (CONFIG, r#"{"hidden_size": 8, "max_position_embeddings": 64}"#),
            (TOKENIZER, "{}"),
            (WEIGHTS, "weights"),
        ];
        for (name, text) in needed.iter().chain(files) {
            fs::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    #[test]
    fn a_bare_folder_pools_by_mean_over_all_positions() {
        let dir = folder(&[]);
        let files = read(dir.path()).unwrap();
        let expected = EncoderSettings {
            pooling: Pooling::Mean,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            max_tokens: 64,
            dimensions: 8,
        };
        assert_eq!(files.settings, expected);
        assert_eq!(files.weights_sha256.len(), 64);
    }

    #[test]
    fn the_files_of_sentence_transformers_are_read() {
        let dir = folder(&[
            (
                "1_Pooling/config.json",
                r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#,
            ),
            ("sentence_bert_config.json", r#"{"max_seq_length": 32}"#),
            (
                "config_sentence_transformers.json",
                r#"{"prompts": {"query": "q: ", "document": "p: "}}"#,
            ),
        ]);
        let settings = read(dir.path()).unwrap().settings;
        assert_eq!(settings.pooling, Pooling::Cls);
        assert_eq!(
            (settings.query_prefix.as_str(), settings.passage_prefix.as_str()),
            ("q: ", "p: ")
        );
        assert_eq!(settings.max_tokens, 32);
    }

    #[test]
    fn the_newer_files_of_sentence_transformers_are_read() {
        let dir = folder(&[
            (
                "1_Pooling/config.json",
                r#"{"embedding_dimension": 8, "pooling_mode": "cls"}"#,
            ),
            (
                "sentence_bert_config.json",
                r#"{"transformer_task": "feature-extraction"}"#,
            ),
            ("tokenizer_config.json", r#"{"model_max_length": 48}"#),
            (
                "modules.json",
                r#"[{"type": "x.Transformer"}, {"type": "y.Pooling"}, {"type": "z.Normalize"}]"#,
            ),
        ]);
        let settings = read(dir.path()).unwrap().settings;
        assert_eq!((settings.pooling, settings.max_tokens), (Pooling::Cls, 48));
    }

    #[test]
    fn a_tokenizer_without_a_limit_leaves_the_positions_of_the_model() {
        let dir = folder(&[("tokenizer_config.json", r#"{"model_max_length": 1e30}"#)]);
        assert_eq!(read(dir.path()).unwrap().settings.max_tokens, 64);
    }

    #[test]
    fn a_layer_behind_the_pooling_is_an_error() {
        let dir = folder(&[("modules.json", r#"[{"type": "sentence_transformers.models.Dense"}]"#)]);
        assert!(read(dir.path()).unwrap_err().to_string().contains("models.Dense"));
    }

    #[test]
    fn a_pooling_we_do_not_have_is_an_error() {
        let dir = folder(&[("1_Pooling/config.json", r#"{"pooling_mode_lasttoken": true}"#)]);
        let message = read(dir.path()).unwrap_err().to_string();
        assert!(message.contains("1_Pooling") && message.contains("CLS"), "{message}");
    }

    #[test]
    fn a_folder_without_weights_says_what_is_missing() {
        let dir = folder(&[]);
        fs::remove_file(dir.path().join(WEIGHTS)).unwrap();
        assert!(read(dir.path()).unwrap_err().to_string().contains(WEIGHTS));
    }
}
