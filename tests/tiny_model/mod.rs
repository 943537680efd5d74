//! A tiny BERT with random weights, written as a sentence-transformers folder: a run embeds thousands of days with it
//! in a moment, and no test has to fetch anything. Its vectors mean nothing, but equal texts have equal ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::Random;

const WIDTH: usize = 16;
const INNER: usize = 32;
const POSITIONS: usize = 64;

/// Writes the model into a folder and gives its path.
pub(crate) fn write(dir: &Path) -> PathBuf {
    let folder = dir.join("tiny-model");
    std::fs::create_dir_all(folder.join("1_Pooling")).unwrap();
    let texts = [
        ("config.json", config()),
        ("tokenizer.json", tokenizer()),
        (
            "1_Pooling/config.json",
            json!({"word_embedding_dimension": WIDTH, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}),
        ),
    ];
    for (name, content) in texts {
        std::fs::write(folder.join(name), content.to_string()).unwrap();
    }
    std::fs::write(folder.join("model.safetensors"), safetensors()).unwrap();
    folder
}

/// The special tokens, and every lowercase letter at the beginning of a word and within one.
fn vocabulary() -> Vec<String> {
    let mut words: Vec<String> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", ","]
        .map(String::from)
        .to_vec();
    for letter in 'a'..='z' {
        words.push(letter.to_string());
        words.push(format!("##{letter}"));
    }
    words
}

fn config() -> Value {
    json!({
        "architectures": ["BertModel"], "model_type": "bert", "vocab_size": vocabulary().len(), "hidden_size": WIDTH,
        "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": INNER, "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0,
        "position_embedding_type": "absolute",
    })
}

fn tokenizer() -> Value {
    let vocabulary: BTreeMap<String, usize> = vocabulary()
        .into_iter()
        .enumerate()
        .map(|(id, word)| (word, id))
        .collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
            "lowercase": true,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": null,
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    })
}

fn shapes() -> Vec<(String, Vec<usize>)> {
    let mut shapes = vec![
        (
            "embeddings.word_embeddings.weight".to_string(),
            vec![vocabulary().len(), WIDTH],
        ),
        (
            "embeddings.position_embeddings.weight".to_string(),
            vec![POSITIONS, WIDTH],
        ),
        ("embeddings.token_type_embeddings.weight".to_string(), vec![2, WIDTH]),
        ("embeddings.LayerNorm.weight".to_string(), vec![WIDTH]),
        ("embeddings.LayerNorm.bias".to_string(), vec![WIDTH]),
    ];
    for (name, rows, columns) in [
        ("attention.self.query", WIDTH, WIDTH),
        ("attention.self.key", WIDTH, WIDTH),
        ("attention.self.value", WIDTH, WIDTH),
        ("attention.output.dense", WIDTH, WIDTH),
        ("intermediate.dense", INNER, WIDTH),
        ("output.dense", WIDTH, INNER),
    ] {
        shapes.push((format!("encoder.layer.0.{name}.weight"), vec![rows, columns]));
        shapes.push((format!("encoder.layer.0.{name}.bias"), vec![rows]));
    }
    for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
        shapes.push((format!("encoder.layer.0.{name}.weight"), vec![WIDTH]));
        shapes.push((format!("encoder.layer.0.{name}.bias"), vec![WIDTH]));
    }
    shapes
}

/// The file format: the length of a JSON header, the header (type, shape and place of each tensor), the numbers.
fn safetensors() -> Vec<u8> {
    let mut random = Random(7);
    let mut header = serde_json::Map::new();
    let mut numbers: Vec<u8> = Vec::new();
    for (name, shape) in shapes() {
        let begin = numbers.len();
        for _ in 0..shape.iter().product() {
            let number = random.below(2001) as f32 / 1000.0 - 1.0;
            numbers.extend(number.to_le_bytes());
        }
        let place = json!({"dtype": "F32", "shape": shape, "data_offsets": [begin, numbers.len()]});
        header.insert(name, place);
    }
    let mut header = Value::Object(header).to_string();
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let length = header.len() as u64;
    [&length.to_le_bytes(), header.as_bytes(), &numbers].concat()
}
