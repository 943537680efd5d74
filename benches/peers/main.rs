//! Reading, parsing and grouping, beside other programs on the same files: bare reading, sonic-rs, simd-json,
//! serde_json, DuckDB, ClickHouse and Polars; and the three programs that vitalvec replaces (`original/`).
//!
//! `cargo bench --bench peers [-- FOLDER] [--venv DIR] [--rounds N] [--out DIR] [--hard]`
//!
//! FOLDER holds what `vitalvec generate` writes; without it, data of 200 users is made. DIR/bin/python has duckdb, chdb,
//! polars and ijson; the native program needs a C++ compiler, nlohmann/json and libcurl. What is not there is named and
//! left out. Every contender is a process of its own that prints what it found: groups, records, sum and squared group
//! sizes. They must agree; then all run in turns, and the table shows medians. With --out, also `peers.csv` and
//! `peers.svg`. With --hard, irregular inputs instead: see `hard.rs`.
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

mod contenders;
mod hard;
mod measure;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use measure::{Contender, Expected, Input};
use table::Table;
use vitalvec::generate::{Form, Options, generate};

/// The allocator of the program, for all Rust contenders.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Users of the slice for programs that hold all of their input in memory, several times over.
const SLICE_USERS: u32 = 60;

/// What the command line says.
struct Args {
    folder: Option<PathBuf>,
    python: Option<PathBuf>,
    rounds: usize,
    out: Option<PathBuf>,
    hard: bool,
}

fn main() {
    let given: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if given.first().is_some_and(|first| first == "--contender") {
        println!("{}", contenders::run(&given[1..]));
        return;
    }
    let args = args(given);
    let made = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = args.folder.clone().unwrap_or_else(|| {
        stand_in_data(made.path(), 200, Form::Pretty);
        made.path().to_path_buf()
    });
    let mut table = Table::default();
    if args.hard {
        hard::compare_all(&folder, made.path(), args.rounds, &mut table);
    } else {
        for kind in ["heart_rate", "nutrition"] {
            let array = folder.join(format!("{kind}.json"));
            measure::compare(
                library_contenders(kind, &array, &args),
                &Input::new(&array),
                args.rounds,
                &mut table,
            );
            let lines = made.path().join(format!("{kind}.ndjson"));
            measure::to_lines(&array, &lines);
            measure::compare(
                line_contenders(kind, &lines, &args),
                &Input::new(&lines),
                args.rounds,
                &mut table,
            );
            std::fs::remove_file(&lines).expect("the file was just written");
        }
        let slice = made.path().join("slice");
        stand_in_data(&slice, SLICE_USERS, Form::Pretty);
        measure::compare(
            originals(&slice, made.path(), &args),
            &Input::new(&slice),
            args.rounds,
            &mut table,
        );
    }
    print!("{}", table.markdown());
    if let Some(out) = args.out {
        std::fs::create_dir_all(&out).expect("the folder of --out can be made");
        std::fs::write(out.join("peers.csv"), table.csv()).expect("the CSV can be written");
        std::fs::write(out.join("peers.svg"), table.svg()).expect("the plot can be written");
    }
}

fn args(given: Vec<String>) -> Args {
    let mut args = Args {
        folder: None,
        python: None,
        rounds: 5,
        out: None,
        hard: false,
    };
    let mut given = given.into_iter();
    while let Some(argument) = given.next() {
        let mut value = || given.next().unwrap_or_else(|| panic!("{argument} needs a value"));
        match argument.as_str() {
            "--venv" => args.python = Some(Path::new(&value()).join("bin/python")),
            "--rounds" => args.rounds = value().parse().expect("--rounds takes a number"),
            "--out" => args.out = Some(value().into()),
            "--hard" => args.hard = true,
            _ => args.folder = Some(argument.into()),
        }
    }
    args
}

fn stand_in_data(folder: &Path, users: u32, form: Form) {
    let options = Options {
        dir: folder.to_path_buf(),
        users,
        days: 365,
        seed: 1,
        form,
        threads: 2,
    };
    generate(&options, &AtomicBool::new(false), &|_| ()).expect("stand-in data can be made");
}

/// This program as a contender.
fn own(name: &str, kind: &str, path: &Path, threads: usize) -> Contender {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command
        .args(["--contender", name, kind])
        .arg(path)
        .arg(threads.to_string());
    let expected = if name == "read" {
        Expected::Nothing
    } else {
        Expected::Digest
    };
    Contender::new(name, threads, command, expected)
}

/// The program itself: a dry run, with all that belongs to one.
fn dry_run(path: &Path, threads: usize) -> Contender {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitalvec"));
    command
        .arg("ingest")
        .arg(path)
        .args(["--dry-run", "--quiet", "--threads"]);
    command.arg(threads.to_string()).args(["--report", "/dev/stdout"]);
    Contender::new("vitalvec ingest --dry-run", threads, command, Expected::Report)
}

fn python(name: &'static str, kind: &str, path: &Path, threads: usize, args: &Args) -> Option<Contender> {
    let python = args.python.as_ref()?;
    let import = name.split(' ').next().unwrap_or(name);
    if !measure::succeeds(Command::new(python).args(["-c", &format!("import {import}")])) {
        println!("{name}: not in {}, left out", python.display());
        return None;
    }
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/libraries.py"));
    command.args([import, kind]).arg(path).arg(threads.to_string());
    Some(Contender::new(name, threads, command, Expected::Digest))
}

/// On an array. The first one is what the others are compared with.
fn library_contenders(kind: &str, path: &Path, args: &Args) -> Vec<Contender> {
    let mut all = vec![own("read", kind, path, 1), own("read", kind, path, 2)];
    all.extend(["vitalvec", "sonic-rs", "simd-json", "serde_json"].map(|name| own(name, kind, path, 1)));
    all.extend([dry_run(path, 1), dry_run(path, 2)]);
    all.extend(
        ["duckdb", "chdb", "polars"]
            .iter()
            .filter_map(|name| python(name, kind, path, 2, args)),
    );
    all
}

/// On NDJSON.
fn line_contenders(kind: &str, path: &Path, args: &Args) -> Vec<Contender> {
    let mut all = vec![
        own("read", kind, path, 1),
        own("vitalvec", kind, path, 1),
        dry_run(path, 2),
    ];
    all.extend(
        ["duckdb", "chdb", "polars"]
            .iter()
            .filter_map(|name| python(name, kind, path, 2, args)),
    );
    all
}

/// The three programs of the original report, in their dry-run mode, on a slice that fits their memory.
fn originals(slice: &Path, scratch: &Path, args: &Args) -> Vec<Contender> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/original");
    let mut all = vec![own("read", "folder", slice, 1), dry_run(slice, 1), dry_run(slice, 2)];
    if let Some(python) = &args.python {
        for (name, file) in [
            ("first Python program", "first.py"),
            ("optimized Python program", "optimized.py"),
        ] {
            let mut command = Command::new(python);
            command.arg(source.join(file)).arg(slice).arg("--dry-run");
            all.push(Contender::new(name, 1, command, Expected::Days));
        }
    }
    let native = scratch.join("native");
    let mut compiler = Command::new("c++");
    compiler
        .args(["-O2", "-std=c++17"])
        .arg(source.join("native.cpp"))
        .arg("-lcurl")
        .arg("-o")
        .arg(&native);
    if measure::succeeds(&mut compiler) {
        let mut command = Command::new(&native);
        command.arg(slice).arg("--dry-run");
        all.push(Contender::new("native C++ program", 1, command, Expected::Days));
    } else {
        println!("native C++ program: no C++ compiler, nlohmann/json or libcurl, left out");
    }
    all
}
