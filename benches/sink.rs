//! Objects a second into each target: 20,000 days of 384 numbers each, in batches of 1,000, into a new file. How to
//! run it: `cargo bench --bench sink`. The first measure of each target is a new file; `again` is the same days a
//! second time, when nothing may be written.

use std::path::Path;
use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;
use vitalvec::day::{Day, PROPERTIES, PropertyType, Value};
use vitalvec::document::{Document, Object, Words};
use vitalvec::record::{Date, Milli};
use vitalvec::sink::Sink;
use vitalvec::sink::ndjson::open_ndjson;
use vitalvec::sink::parquet::open_parquet;
use vitalvec::sink::sqlite::{Expect, open_sqlite};

const OBJECTS: usize = 20_000;
const DIMENSIONS: usize = 384;
const BATCH: usize = 1_000;
const DAYS_PER_USER: usize = 365;
const TARGETS: [&str; 3] = ["sqlite", "ndjson", "parquet"];

/// A small generator with a fixed seed: every run measures the same days.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn words(&mut self, count: usize) -> String {
        const WORDS: [&str; 16] = [
            "slept", "badly", "after", "a", "hard", "workout", "in", "the", "rain", "resting", "heart", "rate",
            "above", "usual", "long", "run",
        ];
        let words: Vec<&str> = (0..count).map(|_| WORDS[self.below(16) as usize]).collect();
        words.join(" ")
    }
}

/// About as much text and as many properties as a real day has: 500 bytes, a third of the properties.
fn object(index: usize, random: &mut Random) -> Object {
    let user_id = format!("user_{:06}", index / DAYS_PER_USER);
    let date = Date::from_days(20_000 + (index % DAYS_PER_USER) as i32);
    let mut day = Day::new(user_id.into(), date);
    for info in PROPERTIES.iter().step_by(3) {
        let value = match info.kind {
            PropertyType::Count => Value::Count(random.below(400) as u32),
            PropertyType::Number => Value::Number(Milli::from_thousandths(random.below(9_000_000) as i64)),
            PropertyType::Text => Value::Text(random.words(1).into()),
            PropertyType::List => Value::List(vec![random.words(2).into()]),
            PropertyType::Numbers => Value::Numbers(vec![Milli::from_thousandths(random.below(90_000) as i64); 5]),
        };
        day.set(info.property, value);
    }
    let words = Words {
        text: random.words(85),
        gist: random.words(50),
        facets: (0..6).map(|_| random.words(2).into()).collect(),
        facets_day_before: (0..6).map(|_| random.words(2).into()).collect(),
    };
    let vector: Vec<f32> = (0..DIMENSIONS)
        .map(|_| random.below(1 << 24) as f32 / (1 << 24) as f32 - 0.5)
        .collect();
    Object {
        document: Document::new(day, words, "t1", Some("model".into())),
        vector: Some(Arc::from(vector)),
    }
}

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
    let mut random = Random(1);
    let objects: Vec<Object> = (0..OBJECTS).map(|index| object(index, &mut random)).collect();
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
