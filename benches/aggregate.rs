//! Statistics of a heart-rate series: segments of a dozen readings and of a whole day of a watch.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use vitalvec::aggregate::{partial, percentile};

const VALUES: usize = 1 << 20;

/// A series that looks like beats a minute, in thousandths.
fn series() -> Vec<i32> {
    (0..VALUES as u32)
        .map(|index| 50_000 + (index.wrapping_mul(2_654_435_761) >> 25) as i32 * 1000)
        .collect()
}

/// Everything that a day document says of a series.
fn statistics(segment: &[i32], sorted: &mut Vec<i32>) -> i64 {
    sorted.clear();
    sorted.extend_from_slice(segment);
    sorted.sort_unstable();
    let stats = partial(sorted);
    let percentiles: i64 = [5, 25, 50, 75, 95]
        .map(|percent| i64::from(percentile(sorted, percent)))
        .iter()
        .sum();
    stats.mean().thousandths() + stats.standard_deviation().thousandths() + percentiles
}

fn aggregate(criterion: &mut Criterion) {
    let values = series();
    let mut group = criterion.benchmark_group("heart rate of a day");
    group.throughput(Throughput::Elements(VALUES as u64)).sample_size(10);
    for length in [12, 90_000] {
        group.bench_with_input(BenchmarkId::new("readings", length), &length, |bencher, length| {
            let mut sorted = Vec::new();
            bencher.iter(|| {
                let sum: i64 = values
                    .chunks(*length)
                    .map(|segment| statistics(segment, &mut sorted))
                    .sum();
                black_box(sum)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, aggregate);
criterion_main!(benches);
