//! Runs contenders as processes, in turns: what they print must agree, and what they cost is measured.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;
use wait4::Wait4;

use super::table::{Row, Table};

/// A program and what it is to print.
pub(crate) struct Contender {
    name: String,
    threads: usize,
    command: Command,
    expected: Expected,
}

/// What a contender prints about its input.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Expected {
    /// Nothing that could be compared.
    Nothing,
    /// Groups, records, sum of all values in thousandths, sum of the squared group sizes.
    Digest,
    /// The report of an ingest: its days are the groups.
    Report,
    /// Days, and how many texts were made of them.
    Days,
}

/// What all contenders read.
pub(crate) struct Input {
    /// What the table calls it.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// What is known to be in it, as far as it is: see [`Expected::Digest`].
    pub(crate) known: Vec<i64>,
}

impl Input {
    /// A file or folder of which nothing is known, by its own name.
    pub(crate) fn new(path: &Path) -> Input {
        Input {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            path: path.to_path_buf(),
            known: Vec::new(),
        }
    }
}

/// What a run cost.
#[derive(Clone, Copy)]
struct Cost {
    wall_seconds: f64,
    cpu_seconds: f64,
    /// Peak resident memory; NaN where it cannot be told from the memory of this driver.
    rss_bytes: f64,
}

impl Contender {
    pub(crate) fn new(name: &str, threads: usize, command: Command, expected: Expected) -> Contender {
        Contender {
            name: name.to_string(),
            threads,
            command,
            expected,
        }
    }

    /// Runs once; what it printed, and what it cost.
    fn run(&mut self) -> Result<(String, Cost), String> {
        let start = Instant::now();
        let spawned = self
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .spawn();
        let mut child = spawned.map_err(|error| error.to_string())?;
        let mut printed = String::new();
        let mut output = child.stdout.take().ok_or("no output")?;
        output.read_to_string(&mut printed).map_err(|error| error.to_string())?;
        let ended = child.wait4().map_err(|error| error.to_string())?;
        let wall_seconds = start.elapsed().as_secs_f64();
        // An ingest with rejects ends with 3.
        if !matches!(ended.status.code(), Some(0 | 3)) {
            return Err(format!("{}", ended.status));
        }
        let usage = ended.rusage;
        let cost = Cost {
            wall_seconds,
            cpu_seconds: (usage.utime + usage.stime).as_secs_f64(),
            rss_bytes: own_peak(usage.maxrss),
        };
        Ok((printed, cost))
    }

    /// What it found: groups first, then as much as it tells; nothing that could be compared is an empty list.
    fn found(&self, printed: &str) -> Vec<i64> {
        let numbers = || {
            printed
                .split_whitespace()
                .map(|number| number.parse().expect("a digest is numbers"))
        };
        match self.expected {
            Expected::Nothing => Vec::new(),
            Expected::Digest => numbers().collect(),
            Expected::Days => numbers().take(1).collect(),
            Expected::Report => {
                let report: Value = serde_json::from_str(printed).expect("a report is JSON");
                [&report["user_days"], &report["records"]]
                    .iter()
                    .filter_map(|number| number.as_i64())
                    .collect()
            }
        }
    }
}

/// Whether a command can be run and ends well.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Compares what the contenders find in `input` with each other and with what is known, then what they cost; the first
/// one is the measure of all.
pub(crate) fn compare(mut contenders: Vec<Contender>, input: &Input, rounds: usize, table: &mut Table) {
    let failures = agree(&mut contenders, input);
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); contenders.len()];
    for _ in 0..rounds {
        for ((contender, costs), failure) in contenders.iter_mut().zip(&mut costs).zip(&failures) {
            if failure.is_none() {
                costs.push(contender.run().expect("it ran before").1);
            }
        }
    }
    for ((contender, costs), failure) in contenders.iter().zip(&costs).zip(failures) {
        let median = |of: fn(&Cost) -> f64| median(costs.iter().map(of).collect());
        table.push(Row {
            input: input.name.clone(),
            bytes: bytes_of(&input.path),
            contender: contender.name.clone(),
            threads: contender.threads,
            wall_seconds: median(|cost| cost.wall_seconds),
            cpu_seconds: median(|cost| cost.cpu_seconds),
            rss_bytes: median(|cost| cost.rss_bytes),
            failure,
        });
    }
}

/// Runs each once; why those failed that did. All others must find the same.
fn agree(contenders: &mut [Contender], input: &Input) -> Vec<Option<String>> {
    let mut agreed = input.known.clone();
    let mut failures = Vec::new();
    for contender in contenders {
        let (printed, _) = match contender.run() {
            Ok(ended) => ended,
            Err(problem) => {
                failures.push(Some(problem));
                continue;
            }
        };
        let found = contender.found(&printed);
        // In a folder the originals count days alone; the records of a report are of all kinds.
        let most = if input.path.is_dir() { 1 } else { found.len() };
        let common = agreed.len().min(found.len()).min(most);
        let (name, file) = (&contender.name, &input.name);
        assert_eq!(
            found[..common],
            agreed[..common],
            "{name} finds something else in {file}"
        );
        if found.len() > agreed.len() {
            agreed = found;
        }
        failures.push(None);
    }
    failures
}

/// The system counts the memory of the process that a child was made from as the child's.
fn own_peak(child_bytes: u64) -> f64 {
    match vitalvec::report::peak_rss_bytes() {
        Some(driver_bytes) if child_bytes <= driver_bytes => f64::NAN,
        _ => child_bytes as f64,
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Bytes of a file, or of the JSON files in a folder.
fn bytes_of(path: &Path) -> u64 {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    if !path.is_dir() {
        return size(path);
    }
    let entries = std::fs::read_dir(path).expect("the folder can be read").flatten();
    let files = entries.map(|entry| entry.path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| size(&path))
        .sum()
}

/// Writes the records of a pretty-printed array as NDJSON: a record's lines, without their indentation, on one line.
pub(crate) fn to_lines(array: &Path, lines: &Path) {
    let input = BufReader::new(File::open(array).expect("the array can be opened"));
    let mut output = BufWriter::new(File::create(lines).expect("the lines can be written"));
    let mut write = |text: &str| output.write_all(text.as_bytes()).expect("the disk has room");
    for line in input.lines() {
        let line = line.expect("generated data is text");
        match line.trim() {
            "[" | "]" => {}
            "}," | "}" => write("}\n"),
            field => write(field),
        }
    }
}
