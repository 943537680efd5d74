//! The encoder on a tiny random model that the tests write themselves: pooling, prefixes, padding, and candle's own
//! `BertModel` as the oracle.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use candle_core::{DType, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::candle::CandleBert;
use super::manifest::{CONFIG, TOKENIZER, WEIGHTS};
use super::model::Bert;
use super::packed::{Bf16Pair, Cell, Kernel, PackedBert};
use super::*;

/// The real model. Where it is not on this machine, a test that needs it skips, unless the environment says
/// `VITALVEC_TEST_REQUIRE_MODEL=1`: then it fails.
#[expect(clippy::print_stderr, reason = "a skipped test says why")]
pub(crate) fn model_for_tests() -> Option<ModelFiles> {
    let source = ModelSource {
        name_or_dir: DEFAULT_MODEL.to_string(),
        offline: true,
        cache_dir: default_cache_dir().unwrap_or_default(),
    };
    let files = locate(&source).unwrap();
    if files.is_none() {
        let required = std::env::var_os("VITALVEC_TEST_REQUIRE_MODEL").is_some_and(|value| value == "1");
        assert!(
            !required,
            "{DEFAULT_MODEL} is not in the cache; run `vitalvec model fetch`"
        );
        eprintln!("skipped: {DEFAULT_MODEL} is not in the cache; `vitalvec model fetch` puts it there");
    }
    files
}

const WIDTH: usize = 32;
const WORDS: [&str; 10] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "slept", "badly", "hard", "run", "query", ":",
];

fn config() -> serde_json::Value {
    serde_json::json!({
        "vocab_size": WORDS.len(), "hidden_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 64, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "max_position_embeddings": 16,
        "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0,
        "model_type": "bert",
    })
}

/// As shipped with the real model, this one cuts and pads; we must not.
fn tokenizer() -> serde_json::Value {
    let vocabulary: HashMap<&str, usize> = WORDS.iter().enumerate().map(|(id, word)| (*word, id)).collect();
    serde_json::json!({
        "version": "1.0",
        "truncation": {"max_length": 3, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
            "pad_type_id": 0, "pad_token": "[PAD]"},
        "added_tokens": [],
        "normalizer": null,
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary},
    })
}

fn weights() -> HashMap<String, Tensor> {
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        ("embeddings.word_embeddings.weight".into(), vec![WORDS.len(), WIDTH]),
        ("embeddings.position_embeddings.weight".into(), vec![16, WIDTH]),
        ("embeddings.token_type_embeddings.weight".into(), vec![2, WIDTH]),
        ("embeddings.LayerNorm.weight".into(), vec![WIDTH]),
        ("embeddings.LayerNorm.bias".into(), vec![WIDTH]),
    ];
    for layer in 0..2 {
        let mut linear = |name: &str, rows: usize, columns: usize| {
            shapes.push((format!("encoder.layer.{layer}.{name}.weight"), vec![rows, columns]));
            shapes.push((format!("encoder.layer.{layer}.{name}.bias"), vec![rows]));
        };
        for name in ["query", "key", "value"] {
            linear(&format!("attention.self.{name}"), WIDTH, WIDTH);
        }
        linear("attention.output.dense", WIDTH, WIDTH);
        linear("intermediate.dense", 64, WIDTH);
        linear("output.dense", WIDTH, 64);
        for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
            shapes.push((format!("encoder.layer.{layer}.{name}.weight"), vec![WIDTH]));
            shapes.push((format!("encoder.layer.{layer}.{name}.bias"), vec![WIDTH]));
        }
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut tensor = |shape: Vec<usize>| {
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| random.random_range(-0.5..0.5))
            .collect();
        Tensor::from_vec(values, shape, &candle_core::Device::Cpu).unwrap()
    };
    shapes.into_iter().map(|(name, shape)| (name, tensor(shape))).collect()
}

fn write_model(dir: &Path, tensors: &HashMap<String, Tensor>, pooling: &str, prompts: &str) {
    fs::create_dir_all(dir.join("1_Pooling")).unwrap();
    fs::write(dir.join(CONFIG), config().to_string()).unwrap();
    fs::write(dir.join(TOKENIZER), tokenizer().to_string()).unwrap();
    candle_core::safetensors::save(tensors, dir.join(WEIGHTS)).unwrap();
    fs::write(
        dir.join("1_Pooling/config.json"),
        format!(r#"{{"pooling_mode": "{pooling}"}}"#),
    )
    .unwrap();
    fs::write(
        dir.join("config_sentence_transformers.json"),
        format!(r#"{{"prompts": {prompts}}}"#),
    )
    .unwrap();
}

fn model_files(dir: &Path) -> ModelFiles {
    directory::read(dir).unwrap()
}

fn encoder(pooling: &str, prompts: &str) -> Encoder {
    let dir = tempfile::tempdir().unwrap();
    write_model(dir.path(), &weights(), pooling, prompts);
    Encoder::load(&model_files(dir.path()), Device::Cpu, Precision::F32, 2).unwrap()
}

fn tensors(dtype: DType) -> VarBuilder<'static> {
    VarBuilder::from_tensors(weights(), dtype, &candle_core::Device::Cpu)
}

fn bert_config() -> Config {
    serde_json::from_value(config()).unwrap()
}

fn layers_of_candle(pooling: Pooling, dtype: DType) -> CandleBert {
    CandleBert::build(&tensors(dtype), &bert_config(), pooling).unwrap()
}

fn packed<C: Cell>(pooling: Pooling, kernel: Kernel<C>) -> PackedBert<C> {
    PackedBert::build(&tensors(DType::F32), &bert_config(), pooling, kernel).unwrap()
}

/// What candle's `BertModel` says of one text: tokens x width.
fn oracle(ids: &[u32]) -> Vec<Vec<f32>> {
    let model = BertModel::load(tensors(DType::F32), &bert_config()).unwrap();
    let ids = Tensor::new(ids, &candle_core::Device::Cpu)
        .unwrap()
        .unsqueeze(0)
        .unwrap();
    let hidden = model.forward(&ids, &ids.zeros_like().unwrap(), None).unwrap();
    hidden.squeeze(0).unwrap().to_vec2().unwrap()
}

fn column_sums(rows: &[Vec<f32>]) -> Vec<f32> {
    (0..WIDTH).map(|at| rows.iter().map(|row| row[at]).sum()).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn assert_near(ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len());
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() < tolerance, "{a} {b}");
    }
}

const LONG: &[u32] = &[2, 4, 5, 6, 7, 4, 3];
const SHORT: &[u32] = &[2, 6, 3];

#[test]
fn the_packed_model_is_bert_model_but_for_rounding() {
    for batch in [&[LONG, SHORT][..], &[SHORT], &[SHORT, LONG, SHORT]] {
        let (cls, mean) = (
            packed(Pooling::Cls, Kernel::f32()).pooled(batch).unwrap(),
            packed(Pooling::Mean, Kernel::f32()).pooled(batch).unwrap(),
        );
        for (at, ids) in batch.iter().enumerate() {
            let hidden = oracle(ids);
            assert_near(&cls[at], &hidden[0], 2e-5);
            assert_near(&mean[at], &column_sums(&hidden), 1e-4);
        }
    }
}

/// The plain kernel is what AVX2 and NEON run, so this is also the promise that vectors do not depend on the machine.
#[test]
fn in_f32_every_kernel_gives_the_bits_of_the_plain_one() {
    for pooling in [Pooling::Cls, Pooling::Mean] {
        let plain = packed(pooling, Kernel::<f32>::plain());
        let chosen = packed(pooling, Kernel::f32());
        let batch = &[LONG, SHORT, SHORT];
        assert_eq!(chosen.pooled(batch).unwrap(), plain.pooled(batch).unwrap());
    }
}

/// The kernel that is used here, or one that is not because f32 is faster.
fn bf16_of_the_processor() -> Option<Kernel<Bf16Pair>> {
    Kernel::bf16().ok().or_else(Kernel::avx512_bf16)
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says why")]
fn in_bf16_the_packed_model_is_near_bert_model_with_the_plain_kernel_and_that_of_the_processor() {
    let kernels = [Some(Kernel::<Bf16Pair>::plain()), bf16_of_the_processor()];
    if kernels[1].is_none() {
        eprintln!("plain kernel only: this processor does not multiply bf16");
    }
    for kernel in kernels.into_iter().flatten() {
        let name = kernel.name().to_string();
        let pooled = packed(Pooling::Mean, kernel).pooled(&[SHORT, LONG]).unwrap();
        for (ours, ids) in pooled.iter().zip([SHORT, LONG]) {
            let theirs = column_sums(&oracle(ids));
            assert!(cosine(ours, &theirs) > 0.9999, "{name}: {}", cosine(ours, &theirs));
        }
    }
}

#[test]
fn a_batch_of_one_equals_a_batch_of_many_in_any_order_and_in_both_precisions() {
    fn check<C: Cell>(kernel: Kernel<C>) {
        let model = packed(Pooling::Mean, kernel);
        // Enough rows for several tiles and a second group of rows.
        let texts: Vec<Vec<u32>> = (0..40u32)
            .map(|at| (0..at % 15 + 1).map(|to| (at + to) % 10).collect())
            .collect();
        let batch: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        let together = model.pooled(&batch).unwrap();
        for (ids, vector) in batch.iter().zip(&together) {
            assert_eq!(&model.pooled(&[ids]).unwrap()[0], vector);
        }
        let backwards: Vec<&[u32]> = batch.iter().rev().copied().collect();
        assert!(model.pooled(&backwards).unwrap().iter().rev().eq(&together));
    }
    check(Kernel::f32());
    check(Kernel::<f32>::plain());
    check(Kernel::<Bf16Pair>::plain());
    if let Some(kernel) = bf16_of_the_processor() {
        check(kernel);
    }
}

#[test]
fn through_the_layers_of_candle_it_is_bert_model_but_for_rounding() {
    for ids in [LONG, SHORT] {
        let hidden = oracle(ids);
        let first = &layers_of_candle(Pooling::Cls, DType::F32).pooled(&[ids]).unwrap()[0];
        assert_near(first, &hidden[0], 2e-6);
        let mean = &layers_of_candle(Pooling::Mean, DType::F32).pooled(&[ids]).unwrap()[0];
        assert_near(mean, &column_sums(&hidden), 1e-5);
    }
}

#[test]
fn padding_changes_a_vector_by_rounding_only() {
    for pooling in [Pooling::Mean, Pooling::Cls] {
        let model = layers_of_candle(pooling, DType::F32);
        let together = model.pooled(&[LONG, SHORT]).unwrap();
        assert_near(&together[0], &model.pooled(&[LONG]).unwrap()[0], 1e-4);
        assert_near(&together[1], &model.pooled(&[SHORT]).unwrap()[0], 1e-4);
    }
}

/// In f16 candle's `BertModel` gives NaN for every text. A GPU is not needed to see that ours does not.
#[test]
fn half_precision_is_finite_and_near_with_and_without_padding() {
    let half = layers_of_candle(Pooling::Mean, DType::F16);
    let exact = layers_of_candle(Pooling::Mean, DType::F32);
    for batch in [&[LONG, SHORT][..], &[SHORT]] {
        for (a, b) in half.pooled(batch).unwrap().iter().zip(exact.pooled(batch).unwrap()) {
            assert_near(a, &b, 0.05);
        }
    }
}

#[test]
fn questions_and_passages_get_their_prefixes() {
    let plain = encoder("cls", "{}");
    let prompted = encoder("cls", r#"{"query": "query: ", "passage": "hard "}"#);
    assert_eq!(
        prompted.embed_query("run").unwrap(),
        plain.embed(&["query: run"]).unwrap()[0]
    );
    assert_eq!(prompted.embed(&["run"]).unwrap(), plain.embed(&["hard run"]).unwrap());
    assert_ne!(
        prompted.embed_query("run").unwrap(),
        prompted.embed(&["run"]).unwrap()[0]
    );
    assert_ne!(prompted.info().fingerprint, plain.info().fingerprint);
}

#[test]
fn a_text_that_was_finished_after_it_was_prepared_is_not_computed_again() {
    let encoder = encoder("mean", "{}");
    let first = encoder.prepare(&["hard run", "slept badly"]).unwrap();
    let second = encoder.prepare(&["run", "hard run", "run"]).unwrap();
    let first = encoder.finish(first).unwrap();
    let second = encoder.finish(second).unwrap();
    assert_eq!((&second[1], &second[0]), (&first[0], &second[2]));
    let counts = encoder.counts();
    assert_eq!((counts.texts, counts.reused, counts.recalled), (3, 2, 0));
    assert_eq!(encoder.embed(&["run"]).unwrap()[0], second[0]);
}

#[test]
fn what_one_encoder_computed_another_finds_in_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    let settings = CacheSettings {
        path: dir.path().join("vectors.db"),
        most_bytes: 1 << 20,
        half: false,
    };
    let texts = ["hard run", "slept badly", "hard run"];
    let one = encoder("mean", "{}").with_cache(&settings).unwrap();
    let vectors = one.embed(&texts).unwrap();
    // It waits for the thread that writes.
    drop(one);
    let other = encoder("mean", "{}").with_cache(&settings).unwrap();
    assert_eq!(other.embed(&texts).unwrap(), vectors);
    let counts = other.counts();
    assert_eq!((counts.texts, counts.reused, counts.recalled), (0, 1, 2));
}

#[test]
fn the_tokenizer_file_neither_cuts_nor_pads() {
    let encoder = encoder("mean", "{}");
    encoder
        .embed(&["slept badly hard run", &"run ".repeat(40), ""])
        .unwrap();
    assert_eq!(encoder.counts().tokens, 6 + 16 + 2);
}

#[test]
fn a_model_that_gives_nan_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut tensors = weights();
    let broken = Tensor::new(&[f32::NAN; WIDTH], &candle_core::Device::Cpu).unwrap();
    tensors.insert("embeddings.LayerNorm.bias".into(), broken);
    write_model(dir.path(), &tensors, "mean", "{}");
    let encoder = Encoder::load(&model_files(dir.path()), Device::Cpu, Precision::F32, 1).unwrap();
    let error = encoder.embed(&["slept badly"]).unwrap_err();
    assert!(matches!(error, EmbedError::NotFinite { tokens: 4, .. }), "{error}");
    assert_eq!(encoder.counts().texts, 0);
}

#[test]
fn weights_without_a_tensor_are_an_error_that_names_file_and_tensor() {
    let dir = tempfile::tempdir().unwrap();
    let mut tensors = weights();
    tensors.remove("embeddings.position_embeddings.weight");
    write_model(dir.path(), &tensors, "mean", "{}");
    let loaded = Encoder::load(&model_files(dir.path()), Device::Cpu, Precision::F32, 1);
    let message = loaded.err().unwrap().to_string();
    assert!(
        message.contains(WEIGHTS) && message.contains("position_embeddings"),
        "{message}"
    );
}

#[test]
fn a_model_of_another_family_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    write_model(dir.path(), &weights(), "mean", "{}");
    let other = config().to_string().replace("\"bert\"", "\"roberta\"");
    fs::write(dir.path().join(CONFIG), other).unwrap();
    let loaded = Encoder::load(&model_files(dir.path()), Device::Cpu, Precision::F32, 1);
    let message = loaded.err().unwrap().to_string();
    assert!(message.contains("roberta"), "{message}");
}
