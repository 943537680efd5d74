//! Our encoder beside sentence-transformers, ONNX Runtime and OpenVINO, on the same texts, on one thread and on all:
//!
//! ```text
//! cargo bench --bench embed -- VENV [FOLDER]
//! ```
//!
//! VENV is a Python environment with `sentence-transformers`, `onnx`, `onnxruntime` and `openvino`; `embed.csv` and
//! `embed.svg` go into FOLDER. Vectors are compared with those of sentence-transformers in f32 before a time counts;
//! what could not run is a line of the table. Times are the fastest of three passes, tokenization included.
#![expect(clippy::print_stdout, reason = "the table is the purpose")]

#[path = "../shared/cpu_time.rs"]
mod cpu_time;
mod table;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use cpu_time::cpu_seconds;
use serde::Deserialize;
use vitalvec::embed::{self, Device, Encoder, ModelFiles, ModelSource, Precision};

use table::{Peak, Row, Table};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Gists and day texts each.
const TEXTS: usize = 256;

/// What a vector's cosine to sentence-transformers in f32 must reach: ours, then everybody's.
const COSINES: [(&str, f64); 4] = [
    ("vitalvec bf16", 0.9999),
    ("vitalvec f32", 0.999_999_9),
    ("bf16", 0.999),
    ("f32", 0.999_999),
];

const PEERS: [&str; 5] = [
    "sentence-transformers f32",
    "sentence-transformers bf16",
    "onnxruntime f32",
    "openvino f32",
    "openvino bf16",
];

/// What everyone embeds, and where.
struct Task {
    python: PathBuf,
    model: ModelFiles,
    folder: PathBuf,
    input: &'static str,
    texts: Vec<String>,
}

/// How long a contender took, and its vectors one after the other.
struct Run {
    version: String,
    seconds: f64,
    cpu_seconds: f64,
    vectors: Vec<f32>,
}

#[derive(Deserialize)]
struct Answer {
    version: String,
    seconds: f64,
    cpu_seconds: f64,
}

fn main() -> Outcome<()> {
    // cargo adds `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(venv) = arguments.next() else {
        println!("embed: skipped, it needs a Python environment: cargo bench --bench embed -- VENV [FOLDER]");
        return Ok(());
    };
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "target/embed".to_string()));
    fs::create_dir_all(&folder)?;
    let source = ModelSource {
        name_or_dir: embed::DEFAULT_MODEL.to_string(),
        offline: true,
        cache_dir: embed::default_cache_dir().unwrap_or_default(),
    };
    let model = embed::locate(&source)?.ok_or("the model is not here; run `vitalvec model fetch`")?;
    let python = Path::new(&venv).join("bin/python");
    let all = std::thread::available_parallelism()?.get();
    let mut table = Table::default();
    for (input, field) in [("gists", "gist"), ("day texts", "text")] {
        let task = Task {
            python: python.clone(),
            model: model.clone(),
            folder: folder.clone(),
            input,
            texts: texts(field)?,
        };
        for threads in [1, all] {
            task.run_all(threads, &mut table)?;
        }
    }
    println!("{}", table.markdown());
    fs::write(folder.join("embed.csv"), table.csv())?;
    fs::write(folder.join("embed.svg"), table.svg())?;
    Ok(())
}

/// Distinct texts of generated days.
fn texts(field: &str) -> Outcome<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let (data, days) = (folder.path().join("data"), folder.path().join("days.ndjson"));
    let vitalvec = |command: &mut Command| -> Outcome<()> {
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            Ok(())
        } else {
            Err(said.into())
        }
    };
    let program = env!("CARGO_BIN_EXE_vitalvec");
    vitalvec(
        Command::new(program)
            .arg("generate")
            .arg(&data)
            .args(["--users", "20", "--days", "200", "--seed", "1"]),
    )?;
    vitalvec(
        Command::new(program)
            .arg("ingest")
            .arg(&data)
            .args(["--no-vectors", "--quiet"])
            .arg("--to")
            .arg(format!("ndjson:{}", days.display())),
    )?;
    let mut seen = std::collections::HashSet::new();
    let mut texts = Vec::new();
    for line in fs::read_to_string(days)?.lines() {
        let day: serde_json::Value = serde_json::from_str(line)?;
        let text = day[field].as_str().ok_or("a day without words")?.to_string();
        if texts.len() < TEXTS && seen.insert(text.clone()) {
            texts.push(text);
        }
    }
    Ok(texts)
}

impl Task {
    fn run_all(&self, threads: usize, table: &mut Table) -> Outcome<()> {
        let peak: Peak = serde_json::from_str(&self.python("peak", threads)?)?;
        let (tokens, flop) = self.work()?;
        let reference = self.peer(PEERS[0], threads)?;
        let expected = reference.vectors.clone();
        let ours = [("vitalvec f32", Precision::F32), ("vitalvec bf16", Precision::Bf16)];
        let mut row = |name: &str, run: Outcome<Run>| {
            let checked = run.and_then(|run| checked(name, run, &expected, self.model.settings.dimensions));
            let measured = checked.map_err(|error| error.to_string().replace('\n', " "));
            // All contenders together take a quarter of an hour.
            match &measured {
                Ok(measured) => println!("{}, {threads} threads, {name}: {:.2} s", self.input, measured.seconds),
                Err(problem) => println!("{}, {threads} threads, {name}: {problem}", self.input),
            }
            table.push(Row {
                input: self.input,
                contender: name.to_string(),
                threads,
                texts: self.texts.len(),
                tokens,
                flop,
                peak,
                measured,
            });
        };
        for (name, precision) in ours {
            row(name, self.ours(precision, threads));
        }
        for name in &PEERS[1..] {
            row(name, self.peer(name, threads));
        }
        row(PEERS[0], Ok(reference));
        Ok(())
    }

    fn ours(&self, precision: Precision, threads: usize) -> Outcome<Run> {
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        let mut best: Option<Run> = None;
        for _ in 0..3 {
            // A new encoder each time, as it answers an equal text from memory; one short text warms it up.
            let encoder = Encoder::load(&self.model, Device::Cpu, precision, threads)?;
            if precision == Precision::Bf16 && encoder.info().precision != "bf16" {
                return Err(encoder.info().reason.as_str().into());
            }
            encoder.embed(&["warm"])?;
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            let vectors = encoder.embed(&texts)?;
            let run = Run {
                seconds: wall.elapsed().as_secs_f64(),
                cpu_seconds: cpu_seconds() - cpu,
                version: encoder.info().reason.clone(),
                vectors: vectors.iter().flat_map(|vector| vector.iter().copied()).collect(),
            };
            if best.as_ref().is_none_or(|best| run.seconds < best.seconds) {
                best = Some(run);
            }
        }
        best.ok_or_else(|| "nothing ran".into())
    }

    /// Tokens of all texts, and what a model must compute for them at least.
    fn work(&self) -> Outcome<(u64, f64)> {
        let config: serde_json::Value = serde_json::from_slice(&fs::read(self.model.dir.join("config.json"))?)?;
        let number = |key: &str| config[key].as_f64().ok_or(format!("config.json has no {key}"));
        let (layers, width, inner) = (
            number("num_hidden_layers")?,
            number("hidden_size")?,
            number("intermediate_size")?,
        );
        let encoder = Encoder::load(&self.model, Device::Cpu, Precision::F32, 1)?;
        let (mut flop, mut before) = (0.0, 0);
        for text in &self.texts {
            encoder.embed(&[text])?;
            let tokens = (encoder.counts().tokens - before) as f64;
            before = encoder.counts().tokens;
            flop += layers * tokens * (2.0 * width * (4.0 * width + 2.0 * inner) + 4.0 * tokens * width);
        }
        Ok((before, flop))
    }

    fn peer(&self, name: &str, threads: usize) -> Outcome<Run> {
        let answer: Answer = serde_json::from_str(&self.python(name, threads)?)?;
        let bytes = fs::read(self.folder.join("vectors.f32"))?;
        let vectors = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|number| f32::from_le_bytes(*number));
        Ok(Run {
            version: answer.version,
            seconds: answer.seconds,
            cpu_seconds: answer.cpu_seconds,
            vectors: vectors.collect(),
        })
    }

    /// The last line `peers.py` prints.
    fn python(&self, peer: &str, threads: usize) -> Outcome<String> {
        let texts = self.folder.join("texts.json");
        fs::write(&texts, serde_json::to_vec(&self.texts)?)?;
        let output = Command::new(&self.python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/embed/peers.py"))
            .arg(peer)
            .arg(&self.model.dir)
            .arg(&texts)
            .arg(threads.to_string())
            .arg(self.folder.join("vectors.f32"))
            .envs([("HF_HUB_OFFLINE", "1"), ("TOKENIZERS_PARALLELISM", "true")])
            .envs([
                ("OMP_NUM_THREADS", threads.to_string()),
                ("RAYON_NUM_THREADS", threads.to_string()),
            ])
            .output()?;
        let last = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .trim_end()
                .lines()
                .last()
                .unwrap_or_default()
                .to_string()
        };
        if output.status.success() {
            Ok(last(&output.stdout))
        } else {
            Err(last(&output.stderr).into())
        }
    }
}

/// A time counts only where every vector is near the reference.
fn checked(name: &str, run: Run, reference: &[f32], dimensions: usize) -> Outcome<table::Measured> {
    if run.vectors.len() != reference.len() {
        return Err(format!("gave {} numbers instead of {}", run.vectors.len(), reference.len()).into());
    }
    let pairs = run
        .vectors
        .chunks_exact(dimensions)
        .zip(reference.chunks_exact(dimensions));
    let cosines = pairs.map(|(a, b)| cosine(a, b));
    let least = cosines.fold(1.0, |least: f64, cosine| if cosine >= least { least } else { cosine });
    let bound = COSINES.iter().find(|(precision, _)| name.ends_with(precision));
    if bound.is_some_and(|(_, bound)| least < *bound || least.is_nan()) {
        return Err(format!("wrong vectors, cosine {least:.6}").into());
    }
    Ok(table::Measured {
        version: run.version,
        seconds: run.seconds,
        cpu_seconds: run.cpu_seconds,
        cosine: least,
    })
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
