//! The encoder against the real model: skipped, with a printed reason, where the model is not in the cache
//! (`vitalvec model fetch` puts it there).
#![expect(clippy::print_stderr, reason = "a skipped test says why")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use vitalvec::embed::{DEFAULT_MODEL, Device, Encoder, ModelFiles, ModelSource, Precision};
use vitalvec::embed::{default_cache_dir, fetch, locate};

#[derive(Deserialize)]
struct Reference {
    texts: Vec<ReferenceText>,
}

#[derive(Deserialize)]
struct ReferenceText {
    text: String,
    tokens: u64,
    vector: Vec<f32>,
}

fn source() -> ModelSource {
    ModelSource {
        name_or_dir: DEFAULT_MODEL.to_string(),
        offline: true,
        cache_dir: default_cache_dir().unwrap_or_default(),
    }
}

/// Hashing and reading 90 MB once is enough for all tests.
fn model() -> Option<&'static ModelFiles> {
    static MODEL: LazyLock<Option<ModelFiles>> = LazyLock::new(|| locate(&source()).expect("the name is known"));
    if MODEL.is_none() {
        harness::skip_without_model();
    }
    MODEL.as_ref()
}

fn encoder(threads: usize) -> Option<Encoder> {
    let files = model()?;
    Some(Encoder::load(files, Device::Cpu, Precision::Auto, threads).expect("the model is verified"))
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("fixtures/reference_vectors.json")).expect("the fixture is JSON")
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(&p, &q)| f64::from(p) * f64::from(q)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn bits(vector: &[f32]) -> Vec<u32> {
    vector.iter().map(|value| value.to_bits()).collect()
}

/// Texts of many lengths, with several of each.
fn day_like_texts() -> Vec<String> {
    let sentences = [
        "Slept badly and too short.",
        "A hard run in the rain in the evening.",
        "Ate much more than usual, with little protein.",
        "The resting heart rate was higher than usual for this person.",
        "The day before was a rest day after a good night.",
    ];
    (0..40_usize)
        .map(|day| {
            (0..=day % 7)
                .map(|part| sentences[(day * 3 + part * 2) % 5])
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

#[test]
fn vectors_equal_sentence_transformers() {
    let Some(encoder) = encoder(2) else { return };
    let reference = reference();
    let texts: Vec<&str> = reference.texts.iter().map(|row| row.text.as_str()).collect();
    let vectors = encoder.embed(&texts).unwrap();
    for (row, vector) in reference.texts.iter().zip(&vectors) {
        let cosine = cosine(&row.vector, vector);
        assert!(cosine >= 0.999_999_9, "{cosine} for {:?}", row.text);
        let length = length_of(vector);
        assert!((length - 1.0).abs() < 1e-6, "length {length} for {:?}", row.text);
    }
    assert_eq!(
        encoder.counts().tokens,
        reference.texts.iter().map(|row| row.tokens).sum::<u64>()
    );
}

#[test]
fn vectors_in_bf16_are_near_those_of_sentence_transformers_and_depend_on_their_text_alone() {
    let Some(files) = model() else { return };
    let encoder = Encoder::load(files, Device::Cpu, Precision::Bf16, 2).unwrap();
    if encoder.info().precision != "bf16" {
        return eprintln!("skipped: {}", encoder.info().reason);
    }
    let alone = Encoder::load(files, Device::Cpu, Precision::Bf16, 1).unwrap();
    let reference = reference();
    let texts: Vec<&str> = reference.texts.iter().map(|row| row.text.as_str()).collect();
    for (row, vector) in reference.texts.iter().zip(encoder.embed(&texts).unwrap()) {
        let cosine = cosine(&row.vector, &vector);
        assert!(cosine >= 0.9999, "{cosine} for {:?}", row.text);
        assert_eq!(
            bits(&alone.embed(&[&row.text]).unwrap()[0]),
            bits(&vector),
            "{:?}",
            row.text
        );
    }
}

#[test]
fn degenerate_texts_have_the_same_vector_alone_and_together() {
    let Some(together) = encoder(2) else { return };
    let alone = encoder(1).unwrap();
    let long = "sleep ".repeat(10_000);
    let texts = [
        "",
        "a",
        long.as_str(),
        "🏃🏽‍♀️💤🍕",
        "\u{0}\u{7}\u{1b}[2J\u{200b}\u{feff}",
        "\n\t ",
    ];
    for (text, vector) in texts.iter().zip(together.embed(&texts).unwrap()) {
        assert!((length_of(&vector) - 1.0).abs() < 1e-6);
        assert_eq!(bits(&alone.embed(&[text]).unwrap()[0]), bits(&vector), "{text:.20?}");
    }
}

fn length_of(vector: &[f32]) -> f64 {
    vector.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn a_vector_depends_on_its_text_alone() {
    let Some(one_by_one) = encoder(1) else { return };
    let mut texts = day_like_texts();
    texts.extend(reference().texts.into_iter().map(|row| row.text));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let alone: Vec<Arc<[f32]>> = texts
        .iter()
        .map(|text| one_by_one.embed(&[text]).unwrap().remove(0))
        .collect();

    let all_at_once = encoder(2).unwrap().embed(&texts).unwrap();
    let reversed: Vec<&str> = texts.iter().rev().copied().collect();
    let backwards = encoder(3).unwrap().embed(&reversed).unwrap();
    for (at, text) in texts.iter().enumerate() {
        assert_eq!(bits(&alone[at]), bits(&all_at_once[at]), "{text:?}");
        assert_eq!(bits(&alone[at]), bits(&backwards[texts.len() - 1 - at]), "{text:?}");
    }
}

#[test]
fn equal_texts_are_computed_once() {
    let Some(encoder) = encoder(2) else { return };
    let first = encoder.embed(&["a", "b", "a", "a"]).unwrap();
    assert!(Arc::ptr_eq(&first[0], &first[2]) && Arc::ptr_eq(&first[0], &first[3]));
    assert_ne!(first[0], first[1]);
    let second = encoder.embed(&["c", "b"]).unwrap();
    assert_eq!(second[1], first[1]);
    // This model has no prefixes, so a question is a text.
    assert_eq!(encoder.embed_query("a").unwrap(), first[0]);
    let counts = encoder.counts();
    assert_eq!((counts.texts, counts.tokens, counts.reused), (3, 9, 4));
    assert!(encoder.embed(&[]).unwrap().is_empty());
}

#[test]
fn the_encoder_says_what_it_is() {
    let Some(encoder) = encoder(1) else { return };
    let info = encoder.info();
    assert_eq!((info.model.as_str(), info.dimensions), (DEFAULT_MODEL, 384));
    assert_eq!((info.device, info.precision), ("cpu", "f32"));
    assert!(
        info.reason.starts_with("asked for; ") && info.reason.ends_with(" kernels"),
        "{}",
        info.reason
    );
    assert_eq!(info.fingerprint.len(), 32);
}

#[test]
fn the_folder_of_a_known_model_is_that_model() {
    let Some(files) = model() else { return };
    let by_folder = ModelSource {
        name_or_dir: files.dir.display().to_string(),
        ..source()
    };
    let found = locate(&by_folder).unwrap().unwrap();
    assert_eq!(&found, files);
}

#[test]
#[ignore = "uses the network, and fills the cache"]
fn the_model_can_be_fetched() {
    let online = ModelSource {
        offline: false,
        ..source()
    };
    let files = fetch(&online, &mut |line| eprintln!("{line}")).unwrap();
    assert_eq!(locate(&online).unwrap(), Some(files));
}
