//! Objects a second into each target: 20,000 days of 384 numbers each, in batches of 1,000, into a new file. How to
//! run it: `cargo bench --bench sink`. The first measure of each target is a new file; `again` is the same days a
//! second time, when nothing may be written.

#[path = "shared/days.rs"]
mod days;

use std::path::Path;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use days::{DIMENSIONS, object};
use tempfile::TempDir;
use vitalvec::document::Object;
use vitalvec::sink::Sink;
use vitalvec::sink::ndjson::open_ndjson;
use vitalvec::sink::parquet::open_parquet;
use vitalvec::sink::sqlite::{Expect, open_sqlite};

const OBJECTS: usize = 20_000;
const BATCH: usize = 1_000;
const TARGETS: [&str; 3] = ["sqlite", "ndjson", "parquet"];

fn open(target: &str, path: &Path) -> Box<dyn Sink> {
    let expect = Expect {
        model: Some("model".into()),
        dimensions: Some(DIMENSIONS),
        template: "t1",
    };
    match target {
        "sqlite" => Box::new(open_sqlite(path, &expect).expect("the folder was just made").1),
        "ndjson" => Box::new(open_ndjson(path, Some(DIMENSIONS)).expect("the folder was just made")),
        _ => Box::new(open_parquet(path, Some(DIMENSIONS)).expect("the folder was just made")),
    }
}

fn push_all(target: &str, path: &Path, objects: &[Object]) {
    let mut sink = open(target, path);
    for batch in objects.chunks(BATCH) {
        sink.push(batch).expect("the disk has room for it");
    }
    sink.finish().expect("the disk has room for it");
}

fn bench(criterion: &mut Criterion) {
    let objects: Vec<Object> = (0..OBJECTS).map(object).collect();
    let mut group = criterion.benchmark_group("sink");
    group.sample_size(10).throughput(Throughput::Elements(OBJECTS as u64));
    for target in TARGETS {
        group.bench_function(BenchmarkId::new(target, "new"), |bencher| {
            bencher.iter_batched(
                || TempDir::new().expect("a temporary folder can be made"),
                |folder| {
                    push_all(target, &folder.path().join("days"), &objects);
                    folder
                },
                BatchSize::PerIteration,
            );
        });
        let folder = TempDir::new().expect("a temporary folder can be made");
        let path = folder.path().join("days");
        push_all(target, &path, &objects);
        group.bench_function(BenchmarkId::new(target, "again"), |bencher| {
            bencher.iter(|| push_all(target, &path, &objects));
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
