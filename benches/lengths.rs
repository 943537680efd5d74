//! Texts a second on one device, at 32, 64 and 128 tokens a text:
//!
//! ```text
//! cargo bench --bench lengths -- DEVICE [MODEL] [FOLDER]
//! ```
//!
//! DEVICE is `cpu`, `cuda` or `metal`, MODEL a name or a folder. The fastest of three passes counts, tokenization included,
//! each over texts never seen before. The texts of the first pass and their vectors go into FOLDER, for
//! `scripts/gpu-check.sh` to measure sentence-transformers with.
#![expect(clippy::print_stdout, reason = "the table is the purpose")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crossbeam_channel::bounded;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use vitalvec::embed::{self, Device, EmbedError, Encoder, ModelSource, Precision};

const LENGTHS: [usize; 3] = [32, 64, 128];
const PASSES: u64 = 3;

/// Texts of a pass: what a GPU goes through in about a second, and the CPU in some.
const GPU_TEXTS: usize = 65_536;
const CPU_TEXTS: usize = 512;

/// Each is one token of every BERT vocabulary in English.
const WORDS: [&str; 20] = [
    "run", "sleep", "heart", "rate", "steps", "hard", "easy", "morning", "night", "good", "bad", "long", "short",
    "walk", "ride", "rest", "high", "low", "rain", "food",
];

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let device = arguments.next().unwrap_or_else(|| "cpu".to_string());
    let source = ModelSource {
        name_or_dir: arguments.next().unwrap_or_else(|| embed::DEFAULT_MODEL.to_string()),
        offline: true,
        cache_dir: embed::default_cache_dir().unwrap_or_default(),
    };
    let folder = arguments.next();
    let Some(files) = embed::locate(&source)? else {
        println!("lengths: skipped, the model is not on this machine (`vitalvec model fetch`)");
        return Ok(());
    };
    let (device, count) = match &*device {
        "cpu" => (Device::Cpu, CPU_TEXTS),
        "cuda" => (Device::Cuda, GPU_TEXTS),
        "metal" => (Device::Metal, GPU_TEXTS),
        other => return Err(format!("`{other}` is no device; there are cpu, cuda and metal").into()),
    };
    let threads = thread::available_parallelism()?.get();
    let encoder = Encoder::load(&files, device, Precision::Auto, threads)?;
    let info = encoder.info();
    println!("{} in {}: {}", info.device, info.precision, info.reason);
    encoder.embed(&["warm"])?;
    for tokens in LENGTHS {
        let best = (0..PASSES)
            .map(|pass| one_pass(&encoder, tokens, count, pass, folder.as_deref().map(Path::new)))
            .try_fold(f64::INFINITY, |best, seconds| seconds.map(|seconds| best.min(seconds)))?;
        println!("{tokens} tokens: {:.0} texts/s", count as f64 / best);
    }
    Ok(())
}

/// Seconds for texts of so many tokens, counted.
fn one_pass(
    encoder: &Encoder,
    tokens: usize,
    count: usize,
    pass: u64,
    folder: Option<&Path>,
) -> Result<f64, Box<dyn Error>> {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(tokens as u64 * PASSES + pass);
    let mut text = || -> Vec<&str> { (2..tokens).filter_map(|_| WORDS.choose(&mut dice).copied()).collect() };
    let texts: Vec<String> = (0..count).map(|_| text().join(" ")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let before = encoder.counts().tokens;
    let start = Instant::now();
    let vectors = vectors(encoder, &texts)?;
    let seconds = start.elapsed().as_secs_f64();
    let counted = encoder.counts().tokens - before;
    if counted != (tokens * count) as u64 {
        return Err(format!("{count} texts have {counted} tokens, not {tokens} each").into());
    }
    if let Some(folder) = folder.filter(|_| pass == 0) {
        fs::write(folder.join(format!("{tokens}.json")), serde_json::to_vec(&texts)?)?;
        let bytes = vectors.iter().flat_map(|vector| vector.iter());
        let bytes: Vec<u8> = bytes.flat_map(|number| number.to_le_bytes()).collect();
        fs::write(folder.join(format!("{tokens}.f32")), bytes)?;
    }
    Ok(seconds)
}

/// As a run does it: texts are tokenized while others go through the model.
fn vectors(encoder: &Encoder, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, EmbedError> {
    let (sender, receiver) = bounded(1);
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut batches = texts.chunks(encoder.texts_at_once());
            // Whoever took them has failed when nobody does.
            batches.all(|texts| sender.send(encoder.prepare(texts)).is_ok())
        });
        let mut vectors = Vec::with_capacity(texts.len());
        for prepared in receiver {
            vectors.extend(encoder.finish(prepared?)?);
        }
        Ok(vectors)
    })
}
