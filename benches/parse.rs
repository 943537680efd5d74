//! Parsing of one core beside serde_json on the same records, outputs compared before anything is timed.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;
use vitalvec::columns::{Interner, Symbols};
use vitalvec::generate::{Form, Options, generate};
use vitalvec::parse::{ChunkEnd, ChunkInput, ChunkOutput, Expecting, Form as FileForm, RowReader, parse_chunk};
use vitalvec::record::RecordKind;

const USERS: u32 = 20;
const DAYS: u32 = 365;

#[derive(Deserialize)]
struct Reading<'a> {
    user_id: &'a str,
    date_time: &'a str,
    value: f64,
}

fn heart_rate() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let options = Options {
        dir: folder.path().into(),
        users: USERS,
        days: DAYS,
        seed: 1,
        form: Form::Pretty,
        threads: 2,
    };
    generate(&options, &AtomicBool::new(false), &|_| ()).expect("stand-in data can be made");
    std::fs::read(folder.path().join("heart_rate.json")).expect("heart_rate.json was generated")
}

fn ours(bytes: &[u8], reader: &mut RowReader) -> ChunkOutput {
    let input = ChunkInput {
        bytes: &bytes[1..],
        form: FileForm::Array,
        opens_a_line: false,
        expecting: Expecting::FirstOrEnd,
        end: ChunkEnd::File,
    };
    parse_chunk(&input, reader)
}

/// Sum of the values by user, in thousandths.
type Sums = BTreeMap<String, i64>;

fn sums_of_ours(bytes: &[u8], users: &Arc<Interner>, reader: &mut RowReader) -> Sums {
    let output = ours(bytes, reader);
    let mut sums = Sums::new();
    for (run, rows) in output.rows.runs_and_rows() {
        let values = output.rows.columns[0][rows].iter();
        *sums.entry(users.text(run.user).to_string()).or_default() +=
            values.map(|value| i64::from(*value)).sum::<i64>();
    }
    sums
}

fn sums_of_serde(bytes: &[u8]) -> Sums {
    let readings: Vec<Reading<'_>> = serde_json::from_slice(bytes).expect("generated data is JSON");
    let mut sums = Sums::new();
    for reading in readings {
        assert!(reading.date_time.len() == 19);
        *sums.entry(reading.user_id.to_string()).or_default() += (reading.value * 1000.0).round() as i64;
    }
    sums
}

fn parse(criterion: &mut Criterion) {
    let bytes = heart_rate();
    let users = Arc::new(Interner::of_users());
    let symbols = || Symbols::new(Arc::clone(&users));
    let mut reader = RowReader::new(RecordKind::HeartRate, symbols(), symbols());
    assert_eq!(sums_of_ours(&bytes, &users, &mut reader), sums_of_serde(&bytes));

    let mut group = criterion.benchmark_group("heart_rate.json");
    group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(10);
    group.bench_function("vitalvec", |bencher| {
        bencher.iter(|| black_box(ours(&bytes, &mut reader)))
    });
    group.bench_function("serde_json", |bencher| {
        bencher.iter(|| black_box(serde_json::from_slice::<Vec<Reading<'_>>>(&bytes).expect("generated data is JSON")));
    });
    group.bench_function("sum of bytes", |bencher| {
        bencher.iter(|| black_box(bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>()));
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
