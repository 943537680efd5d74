//! Tokenizing the texts and gists of generated days on one core, beside the `tokenizers` crate; ids are compared before
//! anything is timed. Skipped where the model is not on this machine.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokenizers::{Tokenizer, TruncationParams};
use vitalvec::embed::{self, ModelSource, TextTokenizer};

const MAX_TOKENS: usize = 256;

/// Texts tokenized at a time, as the encoder does.
const CHUNK: usize = 64;

/// A field of every day of generated data.
fn texts(days: &str, field: &str) -> Vec<String> {
    let text = |line| {
        let day: serde_json::Value = serde_json::from_str(line).expect("a day is JSON");
        day[field].as_str().expect("a day has words").to_string()
    };
    days.lines().map(text).collect()
}

fn days() -> String {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (data, days) = (folder.path().join("data"), folder.path().join("days.ndjson"));
    let run = |arguments: &[&str], path: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitalvec"));
        let status = command.arg(arguments[0]).arg(path).args(&arguments[1..]).status();
        assert!(status.expect("vitalvec starts").success(), "{arguments:?}");
    };
    run(&["generate", "--quiet", "--users", "20", "--days", "200"], &data);
    let target = format!("ndjson:{}", days.display());
    run(&["ingest", "--quiet", "--no-vectors", "--to", &target], &data);
    std::fs::read_to_string(days).expect("the days were written")
}

#[expect(clippy::print_stderr, reason = "a benchmark that is skipped says so")]
fn tokens(criterion: &mut Criterion) {
    let source = ModelSource {
        name_or_dir: embed::DEFAULT_MODEL.to_string(),
        offline: true,
        cache_dir: embed::default_cache_dir().unwrap_or_default(),
    };
    let Ok(Some(files)) = embed::locate(&source) else {
        eprintln!("tokens: skipped, the model is not on this machine (`vitalvec model fetch`)");
        return;
    };
    let path = files.dir.join("tokenizer.json");
    let mut theirs = Tokenizer::from_file(&path).expect("the model has a tokenizer");
    let truncation = TruncationParams {
        max_length: MAX_TOKENS,
        ..TruncationParams::default()
    };
    theirs
        .with_truncation(Some(truncation))
        .expect("it can cut")
        .with_padding(None);
    let days = days();
    for (name, field) in [("day texts", "text"), ("gists", "gist")] {
        let texts = texts(&days, field);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let load = || TextTokenizer::load(&path, MAX_TOKENS).expect("the model has a tokenizer");
        let all = |ours: &TextTokenizer| {
            let chunks = texts
                .chunks(CHUNK)
                .map(|chunk| ours.ids(chunk).expect("a text has ids"));
            chunks.map(|ids| ids.iter().map(Vec::len).sum::<usize>()).sum::<usize>()
        };
        let crate_ids = |text: &&str| {
            theirs
                .encode_fast(*text, true)
                .expect("a text has ids")
                .get_ids()
                .to_vec()
        };
        let expected: Vec<Vec<u32>> = texts.iter().map(crate_ids).collect();
        assert_eq!(load().ids(&texts).expect("a text has ids"), expected);

        let mut group = criterion.benchmark_group(name);
        group
            .throughput(Throughput::Elements(texts.len() as u64))
            .sample_size(10);
        group.bench_function("ours, no word known", |bencher| {
            bencher.iter_batched_ref(load, |ours| all(ours), criterion::BatchSize::PerIteration);
        });
        let ours = load();
        group.bench_function("ours, words known", |bencher| bencher.iter(|| all(&ours)));
        group.bench_function("tokenizers crate", |bencher| {
            bencher.iter(|| texts.iter().map(|text| black_box(crate_ids(text)).len()).sum::<usize>());
        });
        group.finish();
    }
}

criterion_group!(benches, tokens);
criterion_main!(benches);
