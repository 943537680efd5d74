//! Reading, parsing and grouping on one thread, beside others on the same bytes: bare reading, sonic-rs, simd-json,
//! serde_json.
//!
//! `cargo bench --bench peers [-- FOLDER]`: FOLDER holds a heart_rate.json and a nutrition.json as `vitalvec generate`
//! writes them; without it a small set is made. All contenders must give the same groups, counts and sums first; then
//! they run in turns, and the table shows medians of CPU seconds (on Linux; elsewhere of wall seconds).
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

mod contenders;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use contenders::{Groups, Meal, Reading, library};
use vitalvec::generate::{Form, Options, generate};
use vitalvec::record::RecordKind;

const ROUNDS: usize = 7;

/// The allocator of the program, for all.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A program that brings the records of a file together; bare reading has no groups.
type Contender = (&'static str, fn(&Path) -> Option<Groups>);

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let path = given.map_or_else(|| stand_in_data(folder.path()), PathBuf::from);
    println!("| file | contender | median s | GB/s | of bare reading |");
    println!("|---|---|---|---|---|");
    compare(
        &path.join("heart_rate.json"),
        &[
            ("read", contenders::read),
            ("vitalvec", |path| contenders::vitalvec(path, RecordKind::HeartRate)),
            ("sonic-rs", |path| {
                library(path, |bytes, groups| contenders::sonic::<Reading<'_>>(bytes, groups))
            }),
            ("simd-json", |path| {
                library(path, |bytes, groups| contenders::simd::<Reading<'_>>(bytes, groups))
            }),
            ("serde_json", |path| {
                library(path, |bytes, groups| contenders::serde::<Reading<'_>>(bytes, groups))
            }),
        ],
    );
    compare(
        &path.join("nutrition.json"),
        &[
            ("read", contenders::read),
            ("vitalvec", |path| contenders::vitalvec(path, RecordKind::Nutrition)),
            ("sonic-rs", |path| {
                library(path, |bytes, groups| contenders::sonic::<Meal<'_>>(bytes, groups))
            }),
            ("simd-json", |path| {
                library(path, |bytes, groups| contenders::simd::<Meal<'_>>(bytes, groups))
            }),
            ("serde_json", |path| {
                library(path, |bytes, groups| contenders::serde::<Meal<'_>>(bytes, groups))
            }),
        ],
    );
}

fn stand_in_data(folder: &Path) -> PathBuf {
    let options = Options {
        dir: folder.to_path_buf(),
        users: 60,
        days: 365,
        seed: 1,
        form: Form::Pretty,
        threads: 2,
    };
    generate(&options, &AtomicBool::new(false), &|_| ()).expect("stand-in data can be made");
    folder.to_path_buf()
}

fn compare(path: &Path, contenders: &[Contender]) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bytes = std::fs::metadata(path).expect("the folder holds the file").len();
    let groups: Vec<Groups> = contenders.iter().filter_map(|(_, run)| run(path)).collect();
    assert!(
        groups.windows(2).all(|two| two[0] == two[1]),
        "the contenders disagree on {name}"
    );
    let mut seconds = vec![Vec::new(); contenders.len()];
    for _ in 0..ROUNDS {
        for ((_, run), seconds) in contenders.iter().zip(&mut seconds) {
            let (start, cpu_start) = (Instant::now(), thread_cpu_seconds());
            std::hint::black_box(run(path));
            let cpu = thread_cpu_seconds().zip(cpu_start).map(|(end, start)| end - start);
            seconds.push(cpu.unwrap_or_else(|| start.elapsed().as_secs_f64()));
        }
    }
    let medians: Vec<f64> = seconds.iter_mut().map(|seconds| median(seconds)).collect();
    for ((contender, _), median) in contenders.iter().zip(&medians) {
        let (speed, share) = (bytes as f64 / 1e9 / median, 100.0 * medians[0] / median);
        println!("| {name} | {contender} | {median:.3} | {speed:.2} | {share:.0} % |");
    }
}

fn median(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// CPU seconds of this thread: Linux tells them in nanoseconds.
fn thread_cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}
