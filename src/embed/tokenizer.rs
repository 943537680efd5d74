//! Texts to token ids. What comes in: texts; what goes out: ids with `[CLS]` and `[SEP]`, cut at the model's maximum
//! length and never padded, whatever tokenizer.json says of either.
//!
//! The `tokenizers` crate defines the ids; [`WordPiece`] gives the same ones sooner where it can.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tokenizers::{Tokenizer, TruncationParams};

use super::EmbedError;
use super::wordpiece::{SplitWords, WordPiece};

/// A tokenizer with our own truncation; may be shared between threads.
pub struct TextTokenizer {
    inner: Tokenizer,
    fast: Option<WordPiece>,
    /// Those that no thread works with.
    split_words: Mutex<Vec<SplitWords>>,
}

impl TextTokenizer {
    /// Reads tokenizer.json; texts are cut at `max_tokens`.
    ///
    /// # Errors
    ///
    /// [`EmbedError::Malformed`] where the file is missing or holds no tokenizer.
    pub fn load(path: &Path, max_tokens: usize) -> Result<TextTokenizer, EmbedError> {
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
        Ok(TextTokenizer {
            fast: WordPiece::of(&inner, max_tokens),
            inner,
            split_words: Mutex::default(),
        })
    }

    /// The ids of each text, at least one.
    ///
    /// # Errors
    ///
    /// [`EmbedError::Tokenizer`] where the tokenizer has no token for something unknown, or adds none to nothing.
    pub fn ids(&self, texts: &[&str]) -> Result<Vec<Vec<u32>>, EmbedError> {
        let free = || self.split_words.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = free().pop().unwrap_or_default();
        let one = |text: &&str| match self.fast.as_ref().and_then(|fast| fast.ids(text, &mut known)) {
            Some(ids) => Ok(ids),
            None => self.ids_of_crate(text),
        };
        let ids = texts.iter().map(one).collect();
        free().push(known);
        ids
    }

    fn ids_of_crate(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const PIECES: [&str; 28] = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "ab", "abc", "sleep", "##a", "##b", "##bc",
        "##ing", "##1", "##12", "1", "12", "123", ".", "-", "#", "##", "[", "]", "AB", "##9",
    ];

    /// What texts are put together from: everything that could be taken for something else.
    const PARTS: [&str; 24] = [
        "[SEP]", "[CLS]", "[MASK]", "[sep]", "[", "]", "##a", "##", "#", " ", "\t", "\r\n", "\u{1}", "\u{b}", "\u{7f}",
        "\0", "ABC", "abcabc", "sleeping", "1234.5", "é", "\u{301}", "睡", "\u{200d}",
    ];

    fn settings() -> Value {
        let vocabulary: Value = PIECES
            .iter()
            .enumerate()
            .map(|(id, piece)| (piece.to_string(), json!(id)))
            .collect();
        let added = |content: &str, id: usize| {
            json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true})
        };
        json!({
            "version": "1.0",
            "truncation": null,
            "padding": null,
            "added_tokens": [added("[PAD]", 0), added("[UNK]", 1), added("[CLS]", 2), added("[SEP]", 3), added("[MASK]", 4)],
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                "strip_accents": null, "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
            "decoder": null,
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100, "vocab": vocabulary},
        })
    }

    fn tokenizer(settings: &Value, max_tokens: usize) -> TextTokenizer {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), settings.to_string()).unwrap();
        TextTokenizer::load(file.path(), max_tokens).unwrap()
    }

    fn cased() -> Value {
        let mut settings = settings();
        settings["normalizer"]["lowercase"] = json!(false);
        settings
    }

    /// With cold and with warm words.
    fn assert_ids_of_crate(tokenizer: &TextTokenizer, text: &str) {
        assert!(tokenizer.fast.is_some());
        let expected = tokenizer.ids_of_crate(text).unwrap();
        let [cold, warm] = &tokenizer.ids(&[text, text]).unwrap()[..] else {
            panic!("two texts")
        };
        assert_eq!((cold, warm), (&expected, &expected), "{text:?}");
    }

    #[test]
    fn the_longest_pieces_from_the_left_are_taken() {
        let ids = |text| tokenizer(&settings(), 16).ids(&[text]).unwrap().remove(0);
        assert_eq!(ids("Sleeping, abcbc 12312"), [2, 10, 14, 1, 9, 13, 19, 16, 3]);
        assert_eq!(ids(""), [2, 3]);
    }

    #[test]
    fn words_of_a_hundred_letters_are_cut_and_longer_ones_are_unknown() {
        let tokenizer = tokenizer(&settings(), 256);
        for letters in [1, 99, 100, 101, 1_000] {
            assert_ids_of_crate(&tokenizer, &"a".repeat(letters));
            assert_ids_of_crate(&tokenizer, &format!("b {}-a", "A".repeat(letters)));
        }
    }

    #[test]
    fn texts_are_cut_where_the_crate_cuts_them() {
        for max_tokens in [3, 4, 5, 8] {
            let tokenizer = tokenizer(&settings(), max_tokens);
            for text in [
                "",
                "a",
                "a b",
                "ab abcbc sleep",
                "sleeping sleeping",
                "a. é",
                "a b c d é",
                "abé",
                "a a[SEP]",
            ] {
                assert_ids_of_crate(&tokenizer, text);
            }
        }
    }

    #[test]
    fn settings_other_than_those_of_bert_go_to_the_crate() {
        let changed = |pointer: &str, value: Value| {
            let mut settings = settings();
            *settings.pointer_mut(pointer).unwrap() = value;
            settings
        };
        let frame = |order: [&str; 3]| {
            let part = |name: &str| match name {
                "A" => json!({"Sequence": {"id": "A", "type_id": 0}}),
                _ => json!({"SpecialToken": {"id": name, "type_id": 0}}),
            };
            let token = |name: &str, id: usize| json!({"id": name, "ids": [id], "tokens": [name]});
            json!({"type": "TemplateProcessing", "single": order.map(part), "pair": order.map(part),
                "special_tokens": {"[CLS]": token("[CLS]", 2), "[SEP]": token("[SEP]", 3)}})
        };
        let plain = changed("/post_processor", frame(["[CLS]", "A", "[SEP]"]));
        assert!(tokenizer(&plain, 8).fast.is_some());
        let others = [
            changed("/normalizer", Value::Null),
            changed("/normalizer", json!({"type": "Lowercase"})),
            changed("/pre_tokenizer", json!({"type": "Whitespace"})),
            changed("/post_processor", frame(["A", "[CLS]", "[SEP]"])),
            changed("/post_processor", Value::Null),
            changed("/added_tokens/0/normalized", json!(true)),
            changed("/added_tokens/0/content", json!("Pad")),
            changed("/model/unk_token", json!("none")),
        ];
        for other in others {
            let tokenizer = tokenizer(&other, 8);
            assert!(tokenizer.fast.is_none(), "{other}");
            assert_eq!(
                tokenizer.ids(&["ab, a"]).ok(),
                tokenizer.ids_of_crate("ab, a").ok().map(|ids| vec![ids])
            );
        }
        assert!(tokenizer(&settings(), 2).fast.is_none());
    }

    fn hostile_text() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            4 => proptest::sample::select(&PARTS[..]).prop_map(str::to_string),
            4 => "[abcABC129 .#-]{0,9}",
            2 => "[ -~]{0,12}",
            1 => "[\\x00-\\x7f]{0,4}",
            1 => "\\PC{0,3}",
        ];
        proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn any_text_has_the_ids_of_the_crate(text in hostile_text(), max_tokens in 3_usize..40) {
            assert_ids_of_crate(&tokenizer(&settings(), max_tokens), &text);
            assert_ids_of_crate(&tokenizer(&cased(), max_tokens), &text);
        }
    }
}
