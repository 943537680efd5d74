//! Statistics of heart rates in memory, by length of the segments: one core, all cores, Polars, and a GPU.
//!
//! `cargo bench --bench aggregate [-- --venv DIR] [--values N] [--software]`
//!
//! DIR/bin/python has polars and numpy. A GPU is timed twice: with packing and transfers, as a run uses it, and while its
//! shaders compute only. A software adapter is timed where asked for. What is not there is named and left out. All must
//! give the same sums of every statistic; then the table shows medians, in million values a second.
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use vitalvec::aggregate::{Aggregator, Backend, Choice, Cpu, Distribution, Series, Stopwatch, adapters};

const LENGTHS: [usize; 6] = [12, 48, 250, 1_440, 5_000, 90_000];
const ROUNDS: usize = 7;

/// Values that a GPU gets, and a software adapter, which takes minutes for what a GPU does in a moment.
const PARTS: [usize; 2] = [8_000_000, 400_000];

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sums over all segments: count, minimum, maximum, sum, squares and the percentiles.
type Digest = [i128; 10];

/// Who computes beside the CPU.
struct Others {
    gpu: Option<Gpu>,
    python: Option<PathBuf>,
}

fn main() {
    let (mut python, mut count, mut software) = (None, 10_000_000, false);
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
            "--software" => software = true,
            _ => {}
        }
    }
    print_place();
    let gpu = Gpu::open(software);
    let others = Others { gpu, python };
    let threads = cores();
    println!(
        "| readings a segment | values | one core | {threads} cores | Polars, 1 thread | Polars, {threads} threads | one core / \
         Polars, 1 thread | GPU with transfers | GPU without |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (kind, with_fractions) in [("whole", false), ("with fractions", true)] {
        let values = beats(count, with_fractions);
        for length in LENGTHS {
            let mut bounds: Vec<usize> = (0..count).step_by(length).collect();
            bounds.push(count);
            let row = compare(&values, &bounds, &others);
            println!("| {length} | {kind} | {} |", row.join(" | "));
        }
    }
}

/// Where this was measured.
fn print_place() {
    let of = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let commit = of("git", &["describe", "--always", "--dirty"]).unwrap_or_default();
    let date = of("date", &["+%F"]).unwrap_or_default();
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = info.lines().find_map(|line| line.strip_prefix("model name"));
    let processor = processor.map_or("unknown processor", |name| name.trim_start_matches([' ', '\t', ':']));
    println!("{date}, commit {commit}, {processor}, {}\n", std::env::consts::ARCH);
}

/// A series that looks like beats a minute, in thousandths.
fn beats(count: usize, with_fractions: bool) -> Vec<i32> {
    let fraction = |index: u32| if with_fractions { (index % 997) as i32 } else { 0 };
    let beat = |index: u32| 50_000 + (index.wrapping_mul(2_654_435_761) >> 25) as i32 * 1000 + fraction(index);
    (0..count as u32).map(beat).collect()
}

/// A GPU as a run uses it, and once more under a stopwatch.
struct Gpu {
    /// Values that it gets.
    part: usize,
    choice: Choice,
    timed: Box<dyn Aggregator>,
    stopwatch: Arc<Stopwatch>,
}

impl Gpu {
    fn open(software: bool) -> Option<Gpu> {
        let best = adapters().into_iter().next();
        let Some(adapter) = best.filter(|adapter| software || !adapter.is_software()) else {
            println!("GPU: none, left out; --software takes a software adapter, too\n");
            return None;
        };
        println!(
            "GPU: {} ({}, {}, {})\n",
            adapter.name, adapter.kind, adapter.api, adapter.driver
        );
        let stopwatch = Arc::new(Stopwatch::default());
        Some(Gpu {
            part: PARTS[usize::from(adapter.is_software())],
            choice: Choice::asked(Backend::Wgpu).expect("the adapter opens")?,
            timed: stopwatch.gpu().expect("the adapter opens once more"),
            stopwatch,
        })
    }

    /// Million values a second with transfers and without.
    fn speeds(&self, values: &[i32], bounds: &[usize]) -> [f64; 2] {
        let length = bounds[1] - bounds[0];
        let segments = (self.part / length).clamp(1, bounds.len() - 1);
        let bounds = &bounds[..=segments];
        let values = &values[..bounds[segments]];
        let expected = digest(&distributions(values, bounds, &Cpu));
        let with_transfers = || distributions(values, bounds, self.choice.aggregator());
        let timed = || distributions(values, bounds, &*self.timed);
        assert_eq!(digest(&with_transfers()), expected, "the GPU gives other numbers");
        assert_eq!(digest(&timed()), expected, "the GPU gives other numbers");
        self.stopwatch.take();
        let seconds = median((0..ROUNDS).map(|_| seconds(with_transfers)));
        let computing = median((0..ROUNDS).map(|_| {
            black_box(timed());
            self.stopwatch.take()
        }));
        [seconds, computing].map(|seconds| values.len() as f64 / seconds / 1e6)
    }
}

/// A line of the table, in million values a second.
fn compare(values: &[i32], bounds: &[usize], others: &Others) -> Vec<String> {
    let expected = digest(&distributions(values, bounds, &Cpu));
    let threads = cores();
    assert_eq!(digest(&all_cores(values, bounds, threads).concat()), expected);
    let speed = |seconds: f64| values.len() as f64 / seconds / 1e6;
    let one_core = speed(median(
        (0..ROUNDS).map(|_| seconds(|| distributions(values, bounds, &Cpu))),
    ));
    let all_cores = speed(median(
        (0..ROUNDS).map(|_| seconds(|| all_cores(values, bounds, threads))),
    ));
    let mut cells = vec![format!("{one_core:.0}"), format!("{all_cores:.0}")];
    match &others.python {
        None => cells.extend(["not run".to_string(), "not run".to_string(), String::new()]),
        Some(python) => match [1, threads].map(|threads| polars(python, values, bounds, threads)) {
            [Ok(one), Ok(all)] => {
                assert_eq!([one.0, all.0], [expected; 2], "Polars gives other numbers");
                let [one, all] = [one.1, all.1].map(speed);
                cells.extend([
                    format!("{one:.1}"),
                    format!("{all:.1}"),
                    format!("{:.0} ×", one_core / one),
                ]);
            }
            [one, all] => cells.extend([failure(&one), failure(&all), String::new()]),
        },
    }
    match &others.gpu {
        None => cells.extend(["not run".to_string(), "not run".to_string()]),
        Some(gpu) => cells.extend(gpu.speeds(values, bounds).map(|speed| format!("{speed:.0}"))),
    }
    cells
}

fn failure(result: &Result<(Digest, f64), String>) -> String {
    result
        .as_ref()
        .err()
        .map_or_else(String::new, |problem| format!("failed: {problem}"))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn distributions(values: &[i32], bounds: &[usize], aggregator: &dyn Aggregator) -> Vec<Distribution> {
    aggregator
        .distributions(&Series::new(values, bounds))
        .expect("what was opened computes")
}

/// Each thread takes its share of the segments, as each thread of a run takes partitions.
fn all_cores(values: &[i32], bounds: &[usize], threads: usize) -> Vec<Vec<Distribution>> {
    let share = (bounds.len() - 1).div_ceil(threads);
    std::thread::scope(|scope| {
        let parts = (0..bounds.len() - 1).step_by(share).map(|first| {
            scope.spawn(move || {
                let bounds = &bounds[first..=(first + share).min(bounds.len() - 1)];
                let own: Vec<usize> = bounds.iter().map(|bound| bound - bounds[0]).collect();
                distributions(&values[bounds[0]..bounds[bounds.len() - 1]], &own, &Cpu)
            })
        });
        let parts: Vec<_> = parts.collect();
        let parts = parts.into_iter().map(|part| part.join().expect("no thread panics"));
        parts.collect()
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

/// Seconds that it takes.
fn seconds<T>(run: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(run());
    start.elapsed().as_secs_f64()
}

fn median(seconds: impl Iterator<Item = f64>) -> f64 {
    let mut seconds: Vec<f64> = seconds.collect();
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
