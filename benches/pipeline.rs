//! The whole: a dry run, an ingest without vectors, and, where the model is on this machine, embedding of day texts.

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vitalvec::aggregate::Backend;
use vitalvec::config::{IngestConfig, TargetSpec};
use vitalvec::embed::{self, Device, Encoder, ModelSource, Precision};
use vitalvec::generate::{Form, Options, generate};
use vitalvec::pipeline;
use vitalvec::report::Report;
use vitalvec::stats::Stats;

const USERS: u32 = 50;
const DAYS: u32 = 365;
const TEXTS: usize = 200;

fn model() -> ModelSource {
    let cache_dir = embed::default_cache_dir().unwrap_or_default();
    ModelSource {
        name_or_dir: embed::DEFAULT_MODEL.to_string(),
        offline: true,
        cache_dir,
    }
}

fn config(data: &Path, targets: Vec<TargetSpec>) -> IngestConfig {
    IngestConfig {
        dry_run: targets.is_empty(),
        device: Device::Cpu,
        aggregate: Backend::Cpu,
        memory_bytes: 1 << 30,
        file_vectors: false,
        ..IngestConfig::new(vec![data.to_path_buf()], targets, model())
    }
}

fn run(config: &IngestConfig) -> Report {
    let outcome = pipeline::ingest(config, &Stats::default(), &AtomicBool::new(false), &mut |_| ());
    outcome.ending.expect("generated data can be ingested");
    outcome.report
}

fn whole(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let data = folder.path().join("data");
    let options = Options {
        dir: data.clone(),
        users: USERS,
        days: DAYS,
        seed: 1,
        form: Form::Pretty,
        threads: 2,
    };
    let made = generate(&options, &AtomicBool::new(false), &|_| ()).expect("stand-in data can be made");
    let bytes: u64 = made.files.iter().map(|(_, bytes, _)| bytes).sum();
    let records: u64 = made.files.iter().map(|(_, _, records)| records).sum();

    let dry = config(&data, Vec::new());
    let report = run(&dry);
    assert_eq!((report.records, report.user_days), (records, u64::from(USERS * DAYS)));
    let mut group = criterion.benchmark_group("whole");
    group.throughput(Throughput::Bytes(bytes)).sample_size(10);
    group.bench_function("dry run", |bencher| bencher.iter(|| black_box(run(&dry).user_days)));
    let ndjson = config(&data, vec![TargetSpec::Ndjson(folder.path().join("days.ndjson"))]);
    group.bench_function("ingest to ndjson without vectors", |bencher| {
        bencher.iter(|| black_box(run(&ndjson).user_days));
    });
    group.finish();
}

#[expect(clippy::print_stderr, reason = "a benchmark that is skipped says so")]
fn embedding(criterion: &mut Criterion) {
    let Ok(Some(files)) = embed::locate(&model()) else {
        eprintln!("embedding: skipped, the model is not on this machine (`vitalvec model fetch`)");
        return;
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let texts: Vec<String> = (0..).take(TEXTS).map(day_text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut group = criterion.benchmark_group("embed");
    group.throughput(Throughput::Elements(TEXTS as u64)).sample_size(10);
    group.bench_function("day texts", |bencher| {
        // A new encoder each time: it would answer an equal text from memory.
        let load = || Encoder::load(&files, Device::Cpu, Precision::F32, threads).expect("the model loads");
        bencher.iter_batched(
            load,
            |encoder| encoder.embed(&texts).expect("day texts can be embedded"),
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// A gist of about fifty tokens; no two are equal.
fn day_text(number: usize) -> String {
    let words = [
        "slept badly",
        "a hard workout",
        "a long run in the rain",
        "ate a lot",
        "rest day",
        "high protein",
    ];
    let picked: Vec<&str> = (0..6)
        .map(|index| words[(number / (index * 5 + 1) + index) % words.len()])
        .collect();
    format!(
        "Day {number} of them. {}. The day before: {}, {}.",
        picked.join(", "),
        picked[1],
        picked[0]
    )
}

criterion_group!(benches, whole, embedding);
criterion_main!(benches);
