//! Statistics of a heart-rate series on the CPU: segments of a dozen readings and of a whole day of a watch. Every
//! segment is checked against a plain sort and sum before anything is timed.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use vitalvec::aggregate::{Aggregator, Cpu, Series};

const VALUES: usize = 1 << 20;

/// A series that looks like beats a minute, in thousandths.
fn beats() -> Vec<i32> {
    (0..VALUES as u32)
        .map(|index| 50_000 + (index.wrapping_mul(2_654_435_761) >> 25) as i32 * 1000)
        .collect()
}

fn check(values: &[i32], bounds: &[usize]) {
    let distributions = Cpu
        .distributions(&Series::new(values, bounds))
        .expect("the CPU never fails");
    for (segment, distribution) in bounds.windows(2).zip(distributions) {
        let mut sorted = values[segment[0]..segment[1]].to_vec();
        sorted.sort_unstable();
        assert_eq!(
            distribution.totals.sum,
            sorted.iter().map(|value| i64::from(*value)).sum::<i64>()
        );
        assert_eq!(distribution.percentiles[2], sorted[sorted.len().div_ceil(2) - 1]);
    }
}

fn aggregate(criterion: &mut Criterion) {
    let values = beats();
    let mut group = criterion.benchmark_group("distributions");
    group.throughput(Throughput::Elements(VALUES as u64)).sample_size(10);
    for length in [12, 90_000] {
        let mut bounds: Vec<usize> = (0..VALUES).step_by(length).collect();
        bounds.push(VALUES);
        check(&values, &bounds);
        group.bench_with_input(BenchmarkId::new("readings", length), &bounds, |bencher, bounds| {
            bencher.iter(|| black_box(Cpu.distributions(&Series::new(&values, bounds))));
        });
    }
    group.finish();
}

criterion_group!(benches, aggregate);
criterion_main!(benches);
