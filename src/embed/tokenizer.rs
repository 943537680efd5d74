//! Texts to token ids. What comes in: a text; what goes out: ids with `[CLS]` and `[SEP]`, cut at the model's maximum
//! length and never padded, whatever tokenizer.json says of either.

use std::path::Path;

use tokenizers::{Tokenizer, TruncationParams};

use super::EmbedError;

/// A tokenizer with our own truncation.
pub(super) struct TextTokenizer {
    inner: Tokenizer,
}

impl TextTokenizer {
    /// Reads tokenizer.json.
    pub(super) fn load(path: &Path, max_tokens: usize) -> Result<TextTokenizer, EmbedError> {
        let malformed = |error: tokenizers::Error| EmbedError::Malformed {
            path: path.to_path_buf(),
            problem: format!("no tokenizer: {error}"),
        };
        let mut inner = Tokenizer::from_file(path).map_err(malformed)?;
        let truncation = TruncationParams {
            max_length: max_tokens,
            ..TruncationParams::default()
        };
        inner.with_truncation(Some(truncation)).map_err(malformed)?;
        inner.with_padding(None);
        Ok(TextTokenizer { inner })
    }

    /// The ids of a text, at least one.
    pub(super) fn ids(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        let failed = |problem: String| EmbedError::Tokenizer { problem };
        let encoding = self
            .inner
            .encode_fast(text, true)
            .map_err(|error| failed(error.to_string()))?;
        if encoding.get_ids().is_empty() {
            return Err(failed(
                "adds no [CLS] and [SEP] to an empty text; it is no BERT tokenizer".to_string(),
            ));
        }
        Ok(encoding.get_ids().to_vec())
    }
}
