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
    pooling_mode_cls_token: bool,
    pooling_mode_mean_tokens: bool,
    pooling_mode_max_tokens: bool,
    pooling_mode_mean_sqrt_len_tokens: bool,
    pooling_mode_weightedmean_tokens: bool,
    pooling_mode_lasttoken: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Lengths {
    max_seq_length: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PromptFile {
    prompts: Prompts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Prompts {
    query: String,
    #[serde(alias = "document")]
    passage: String,
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
    let geometry: Geometry = required(&dir.join(CONFIG))?;
    let lengths: Lengths = optional(&dir.join("sentence_bert_config.json"))?.unwrap_or_default();
    let prompts = optional::<PromptFile>(&dir.join("config_sentence_transformers.json"))?
        .unwrap_or_default()
        .prompts;
    let longest = geometry.max_position_embeddings;
    Ok(EncoderSettings {
        pooling: pooling(&dir.join("1_Pooling").join(CONFIG))?,
        query_prefix: prompts.query,
        passage_prefix: prompts.passage,
        max_tokens: lengths.max_seq_length.unwrap_or(longest).min(longest),
        dimensions: geometry.hidden_size,
    })
}

/// Mean where the folder does not say, as in sentence-transformers.
fn pooling(path: &Path) -> Result<Pooling, EmbedError> {
    let Some(modes) = optional::<PoolingModes>(path)? else {
        return Ok(Pooling::Mean);
    };
    let other = modes.pooling_mode_max_tokens
        || modes.pooling_mode_mean_sqrt_len_tokens
        || modes.pooling_mode_weightedmean_tokens
        || modes.pooling_mode_lasttoken;
    match (modes.pooling_mode_cls_token, modes.pooling_mode_mean_tokens, other) {
        (true, false, false) => Ok(Pooling::Cls),
        (false, true, false) => Ok(Pooling::Mean),
        _ => Err(EmbedError::Malformed {
            path: path.to_path_buf(),
            problem: "asks for a pooling other than either mean or CLS; choose another model".to_string(),
        }),
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
