//! The ids of generated days with the vocabulary of the real model: skipped, with a printed reason, where the model is
//! not in the cache (`vitalvec model fetch` puts it there).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use tokenizers::{Tokenizer, TruncationParams};
use vitalvec::embed::{DEFAULT_MODEL, ModelSource, TextTokenizer, default_cache_dir, locate};

#[test]
fn generated_days_have_the_ids_of_the_tokenizers_crate() {
    let source = ModelSource {
        name_or_dir: DEFAULT_MODEL.to_string(),
        offline: true,
        cache_dir: default_cache_dir().unwrap_or_default(),
    };
    let Some(model) = locate(&source).unwrap() else {
        return harness::skip_without_model();
    };
    let data = harness::generated(4, 100);
    let outcome = harness::ingest(&[data.path()], &[]);
    let path = model.dir.join("tokenizer.json");
    // 24 cuts nearly every text.
    for max_tokens in [24, 256] {
        let ours = TextTokenizer::load(&path, max_tokens).unwrap();
        let mut theirs = Tokenizer::from_file(&path).unwrap();
        let truncation = TruncationParams {
            max_length: max_tokens,
            ..TruncationParams::default()
        };
        theirs.with_truncation(Some(truncation)).unwrap().with_padding(None);
        for line in outcome.lines() {
            let day: serde_json::Value = serde_json::from_str(line).unwrap();
            for name in ["text", "gist"] {
                let text = day[name].as_str().unwrap();
                let expected = theirs.encode_fast(text, true).unwrap();
                assert_eq!(ours.ids(&[text]).unwrap()[0], expected.get_ids(), "{text}");
            }
        }
    }
}
