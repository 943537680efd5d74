//! Statistics of heart rates in memory, by length of the segments: one core, all cores, a GPU, and Polars.
//!
//! `cargo bench --bench aggregate [-- --venv DIR] [--values N]`
//!
//! DIR/bin/python has polars and numpy. A GPU is timed with packing and transfers, as a run uses it, on the adapter that
//! `--aggregate wgpu` takes (also a software one, whose name says so). What is not there is named and left out. All must
//! give the same sums of every statistic; then the table shows medians.
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use vitalvec::aggregate::{Aggregator, Backend, Choice, Cpu, Distribution, Series};

const LENGTHS: [usize; 4] = [12, 250, 5_000, 90_000];
const ROUNDS: usize = 7;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sums over all segments: count, minimum, maximum, sum, squares and the percentiles.
type Digest = [i128; 10];

fn main() {
    let (mut python, mut count) = (None, 10_000_000);
    let mut args = std::env::args().skip(1);
    while let Some(argument) = args.next() {
        match argument.as_str() {
            "--venv" => python = args.next().map(|venv| Path::new(&venv).join("bin/python")),
            "--values" => {
                count = args
                    .next()
                    .and_then(|count| count.parse().ok())
                    .expect("--values takes a number")
            }
            _ => {}
        }
    }
    let gpu = Choice::asked(Backend::Wgpu).ok().flatten();
    match &gpu {
        Some(gpu) => println!("GPU: {}", gpu.adapter.as_deref().unwrap_or_default()),
        None => println!("GPU: none, left out"),
    }
    let values = beats(count);
    println!("| readings a segment | contender | seconds | million values/s |");
    println!("|---|---|---|---|");
    for length in LENGTHS {
        let mut bounds: Vec<usize> = (0..count).step_by(length).collect();
        bounds.push(count);
        compare(&values, &bounds, length, gpu.as_ref(), python.as_ref());
    }
}

/// A series that looks like beats a minute, in thousandths.
fn beats(count: usize) -> Vec<i32> {
    let beat = |index: u32| 50_000 + (index.wrapping_mul(2_654_435_761) >> 25) as i32 * 1000;
    (0..count as u32).map(beat).collect()
}

fn compare(values: &[i32], bounds: &[usize], length: usize, gpu: Option<&Choice>, python: Option<&PathBuf>) {
    let one_core = || one_core(values, bounds, &Cpu);
    let expected = digest(&one_core());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    assert_eq!(digest(&all_cores(values, bounds, threads)), expected);
    let report = |name: &str, seconds: f64| {
        let speed = values.len() as f64 / seconds / 1e6;
        println!("| {length} | {name} | {seconds:.4} | {speed:.0} |");
    };
    report("vitalvec, one core", median_seconds(|| drop(black_box(one_core()))));
    let all = median_seconds(|| drop(black_box(all_cores(values, bounds, threads))));
    report(&format!("vitalvec, {threads} cores"), all);
    if let Some(gpu) = gpu {
        // A software adapter takes minutes for what a GPU does in a moment: a part tells its speed.
        let segments = (2_000_000 / length).clamp(1, bounds.len() - 1);
        let bounds = &bounds[..=segments];
        let part = &values[..bounds[segments]];
        let on_gpu = || self::one_core(part, bounds, gpu.aggregator());
        assert_eq!(
            digest(&on_gpu()),
            digest(&self::one_core(part, bounds, &Cpu)),
            "the GPU gives other numbers"
        );
        let seconds = median_seconds(|| drop(black_box(on_gpu())));
        report(
            "wgpu, with transfers",
            seconds * values.len() as f64 / part.len() as f64,
        );
    }
    if let Some(python) = python {
        for threads in [1, threads] {
            match polars(python, values, bounds, threads) {
                Ok((found, seconds)) => {
                    assert_eq!(found, expected, "Polars gives other numbers");
                    report(&format!("polars group_by, {threads} thread(s)"), seconds);
                }
                Err(problem) => println!("| {length} | polars | failed: {problem} | |"),
            }
        }
    }
}

fn one_core(values: &[i32], bounds: &[usize], aggregator: &dyn Aggregator) -> Vec<Distribution> {
    aggregator
        .distributions(&Series::new(values, bounds))
        .expect("what was opened computes")
}

/// Each thread takes its share of the segments, as each thread of a run takes partitions.
fn all_cores(values: &[i32], bounds: &[usize], threads: usize) -> Vec<Distribution> {
    let share = (bounds.len() - 1).div_ceil(threads);
    std::thread::scope(|scope| {
        let parts = (0..bounds.len() - 1).step_by(share).map(|first| {
            scope.spawn(move || {
                let bounds = &bounds[first..=(first + share).min(bounds.len() - 1)];
                let own: Vec<usize> = bounds.iter().map(|bound| bound - bounds[0]).collect();
                one_core(&values[bounds[0]..bounds[bounds.len() - 1]], &own, &Cpu)
            })
        });
        let parts: Vec<_> = parts.collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().expect("no thread panics"))
            .collect()
    })
}

fn digest(distributions: &[Distribution]) -> Digest {
    let mut digest = [0; 10];
    for of in distributions {
        let totals = &of.totals;
        let first = [
            totals.count.into(),
            totals.min.into(),
            totals.max.into(),
            totals.sum.into(),
        ];
        let numbers = first.into_iter().chain([of.sum_of_squares as i128]);
        let numbers = numbers.chain(of.percentiles.map(i128::from));
        digest.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
    }
    digest
}

fn polars(python: &Path, values: &[i32], bounds: &[usize], threads: usize) -> Result<(Digest, f64), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let numbers = |name: &str, numbers: &mut dyn Iterator<Item = i32>| {
        let path = folder.path().join(name);
        let bytes: Vec<u8> = numbers.flat_map(i32::to_le_bytes).collect();
        std::fs::write(&path, bytes)
            .map(|()| path)
            .map_err(|error| error.to_string())
    };
    let values = numbers("values", &mut values.iter().copied())?;
    let lengths = bounds.windows(2).map(|bounds| bounds[1] - bounds[0]).enumerate();
    let segments = numbers(
        "segments",
        &mut lengths.flat_map(|(index, length)| std::iter::repeat_n(index as i32, length)),
    )?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/aggregate/polars_peer.py");
    let mut command = Command::new(python);
    command
        .arg(script)
        .args([&values, &segments])
        .args(["3", &threads.to_string()]);
    let output = command.output().map_err(|error| error.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let mut printed = printed.split_whitespace();
    let mut digest = [0; 10];
    for number in &mut digest {
        let next = printed.next().and_then(|number| number.parse().ok());
        *number = next.ok_or_else(|| {
            String::from_utf8_lossy(&output.stderr)
                .lines()
                .last()
                .unwrap_or_default()
                .to_string()
        })?;
    }
    let seconds = printed
        .next()
        .and_then(|seconds| seconds.parse().ok())
        .ok_or("no time")?;
    Ok((digest, seconds))
}

fn median_seconds(mut run: impl FnMut()) -> f64 {
    let mut seconds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[ROUNDS / 2]
}
