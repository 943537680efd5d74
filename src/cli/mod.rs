//! The command line: every flag, its environment variable (`VITALVEC_…`) and its help. The commands beside it turn
//! arguments into configuration, run, and say what came of it; they alone print.

mod choices;
mod demo;
mod doctor;
mod eval;
mod generate;
mod ingest;
mod model;
mod replay;
mod search;
mod terminal;
mod weaviate;

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{TargetList, TargetSpec, memory_size};
use crate::embed;
use crate::pipeline::exit_code;
use crate::record::Date;

use choices::{AggregateArg, DeviceArg, PrecisionArg, StyleArg};
pub use terminal::Terminal;

/// Turns gigabytes of health records into days you can ask questions about.
#[derive(Debug, Parser)]
#[command(name = "vitalvec", version, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but records were rejected or days refused, \
                        130 interrupted (the next run goes on)."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,

    /// How log lines are written to standard error.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, env = "VITALVEC_LOG_FORMAT")]
    log_format: LogFormat,

    /// No progress and no summary; only warnings and errors.
    #[arg(long, global = true, value_parser = switch(), env = "VITALVEC_QUIET")]
    quiet: bool,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generate a small data set, ingest it and ask three questions; needs nothing but the model.
    Demo(DemoArgs),
    /// Write stand-in data with planted facts, in the exact form of the data set.
    Generate(GenerateArgs),
    /// Read records, put every day into words, embed them and store them.
    Ingest(Box<IngestArgs>),
    /// Measure how right the answers are, on planted data.
    Eval(EvalArgs),
    /// Send again what a server refused.
    Replay(ReplayArgs),
    /// Ask the stored days a question.
    Search(Box<SearchArgs>),
    /// Say what works on this machine and what will be used.
    Doctor(DoctorArgs),
    /// List, fetch or find models.
    #[command(subcommand)]
    Model(ModelCommand),
}

#[derive(Debug, Args)]
struct DemoArgs {
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Args)]
struct GenerateArgs {
    /// The folder to write to.
    dir: PathBuf,
    /// How many users. The full data set has 5,000.
    #[arg(long, default_value_t = 100, env = "VITALVEC_USERS")]
    users: u32,
    /// How many days each, ending on 2025-09-11.
    #[arg(long, default_value_t = 365, env = "VITALVEC_DAYS")]
    days: u32,
    /// The same seed gives the same data.
    #[arg(long, default_value_t = 1, env = "VITALVEC_SEED")]
    seed: u64,
    /// How the records are laid out.
    #[arg(long, value_enum, default_value_t = FormArg::Pretty, env = "VITALVEC_FORM")]
    form: FormArg,
    /// Threads; the data does not depend on it. [default: all cores]
    #[arg(long, env = "VITALVEC_THREADS")]
    threads: Option<usize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormArg {
    /// An array, indented by two spaces.
    Pretty,
    /// An array on one line.
    Compact,
    /// One object a line.
    Ndjson,
}

#[derive(Debug, Args)]
struct IngestArgs {
    /// Folders with users, activities, workouts, nutrition, sleep, heart_rate and measurements (.json or .ndjson,
    /// perhaps .gz or .zst), or such files.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Where the days go: sqlite:PATH, weaviate:URL, ingest-api:URL (a service that takes POST /ingest), ndjson:PATH or
    /// parquet:PATH; may be given several times. A Weaviate URL may end in the name of the collection, as in
    /// weaviate:http://localhost:8080/HealthDay. The API key comes from WEAVIATE_API_KEY, or from the file that
    /// WEAVIATE_API_KEY_FILE names; WEAVIATE_GRPC_URL says where gRPC answers, if not on port 50051, or `off`. Commas
    /// part the targets of VITALVEC_TO.
    #[arg(long, value_name = "TARGET", default_value = TargetSpec::DEFAULT, env = "VITALVEC_TO")]
    to: Vec<TargetList>,
    /// Only read and count: no model is loaded, no target created.
    #[arg(long, value_parser = switch(), env = "VITALVEC_DRY_RUN")]
    dry_run: bool,
    #[command(flatten)]
    encoder: EncoderArgs,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    cache: CacheArgs,
    /// What computes the numbers; the bits do not depend on it. `auto` takes a GPU where it is faster, which takes a
    /// large input; `wgpu` takes any adapter, also a software one, or fails.
    #[arg(long, value_enum, default_value_t = AggregateArg::Auto, env = "VITALVEC_AGGREGATE")]
    aggregate: AggregateArg,
    /// How days are worded: `seed` is the sentence order of the program this one replaces, for comparison only.
    #[arg(long, value_enum, default_value_t = StyleArg::Facets, env = "VITALVEC_STYLE")]
    style: StyleArg,
    /// Add age, gender, height, weight and fitness level of users.json to the documents. Name and e-mail never
    /// leave the file.
    #[arg(long, value_parser = switch(), env = "VITALVEC_PROFILE")]
    profile: bool,
    /// Memory for packed columns; the rest waits in a temporary file.
    #[arg(long, value_name = "SIZE", value_parser = memory_size, default_value = "512M", env = "VITALVEC_MEMORY")]
    memory: u64,
    /// Threads of each stage. [default: all cores]
    #[arg(long, env = "VITALVEC_THREADS")]
    threads: Option<usize>,
    /// Write each refused record to this file, one JSON object a line.
    #[arg(long, value_name = "FILE", env = "VITALVEC_REJECTS")]
    rejects: Option<PathBuf>,
    /// Fail, and store nothing, when more than this many records are refused.
    #[arg(long, value_name = "N", env = "VITALVEC_MAX_REJECTS")]
    max_rejects: Option<u64>,
    /// Delete the days that a target holds of a user in these records and that these records do not have. Users that are
    /// not in the records keep all theirs, and a run that rejected any record deletes nothing.
    #[arg(long, value_parser = switch(), env = "VITALVEC_PRUNE")]
    prune: bool,
    /// When the alias of weaviate: leads to this run's collection, delete those of other models. Otherwise they stay, as
    /// the way back.
    #[arg(long, value_parser = switch(), env = "VITALVEC_DROP_OLD")]
    drop_old: bool,
    /// Leave the vectors out of ndjson: and parquet:.
    #[arg(long, value_parser = switch(), env = "VITALVEC_NO_VECTORS")]
    no_vectors: bool,
    /// Write what was done to this file, as one JSON object.
    #[arg(long, value_name = "FILE", env = "VITALVEC_REPORT")]
    report: Option<PathBuf>,
    #[command(flatten)]
    weaviate: WeaviateArgs,
}

#[derive(Debug, Args)]
struct ReplayArgs {
    /// The file of refused days: NAME.refused.ndjson.
    file: PathBuf,
    #[command(flatten)]
    weaviate: WeaviateArgs,
}

#[derive(Clone, Debug, Args)]
struct WeaviateArgs {
    /// Where it is kept what each server has taken, so that a second run pushes only what is new. [default: the user's
    /// data folder]
    #[arg(long, value_name = "DIR", env = "VITALVEC_STATE")]
    state: Option<PathBuf>,
    /// Write into the collection that the URL names. Otherwise the name is an alias: each model has a collection of its
    /// own behind it, and the alias moves when all days are there and found.
    #[arg(long, value_parser = switch(), env = "VITALVEC_IN_PLACE")]
    in_place: bool,
}

#[derive(Debug, Args)]
struct SearchArgs {
    /// For example: nights I slept badly after a hard workout. May be left out where a flag says what is asked for.
    #[arg(default_value = "")]
    question: String,
    /// The store: sqlite:PATH or weaviate:URL.
    #[arg(long = "in", value_name = "TARGET", default_value = TargetSpec::DEFAULT, env = "VITALVEC_IN")]
    store: TargetSpec,
    /// Where the vectors of the vocabulary are kept, for a store on a server. [default: the user's data folder]
    #[arg(long, value_name = "DIR", env = "VITALVEC_STATE")]
    state: Option<PathBuf>,
    /// Only the days of this user.
    #[arg(long, value_name = "ID", env = "VITALVEC_USER")]
    user: Option<String>,
    /// Only days from this one on.
    #[arg(long, value_name = "DATE", env = "VITALVEC_FROM")]
    from: Option<Date>,
    /// Only days up to this one.
    #[arg(long, value_name = "DATE", env = "VITALVEC_UNTIL")]
    until: Option<Date>,
    /// What "last week" counts from. [default: the newest day in scope]
    #[arg(long, value_name = "DATE", env = "VITALVEC_TODAY")]
    today: Option<Date>,
    #[command(flatten)]
    given: search::GivenArgs,
    /// How many days to show.
    #[arg(short, default_value_t = 10, env = "VITALVEC_K")]
    k: usize,
    /// Print one JSON object.
    #[arg(long, value_parser = switch(), env = "VITALVEC_JSON")]
    json: bool,
    /// Show how the question was understood and why each day was found.
    #[arg(long, value_parser = switch(), env = "VITALVEC_EXPLAIN")]
    explain: bool,
    #[command(flatten)]
    encoder: EncoderArgs,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Args)]
struct EvalArgs {
    /// How many users to make.
    #[arg(long, default_value_t = 12, env = "VITALVEC_USERS")]
    users: u32,
    /// How many days each, ending on 2025-09-11.
    #[arg(long, default_value_t = 120, env = "VITALVEC_DAYS")]
    days: u32,
    /// The same seed gives the same data.
    #[arg(long, default_value_t = 1, env = "VITALVEC_SEED")]
    seed: u64,
    /// Ask the phrasings for tuning, which the judging ones are kept apart from.
    #[arg(long, value_parser = switch(), env = "VITALVEC_TUNING")]
    tuning: bool,
    /// Ask with this model, too, and compare; may be given several times.
    #[arg(long, value_name = "NAME|DIR", env = "VITALVEC_BESIDE", value_delimiter = ',')]
    beside: Vec<String>,
    /// Draw the table of --model into this file, as SVG.
    #[arg(long, value_name = "FILE", env = "VITALVEC_PLOT")]
    plot: Option<PathBuf>,
    /// Print one JSON object a model, with every question.
    #[arg(long, value_parser = switch(), env = "VITALVEC_JSON")]
    json: bool,
    #[command(flatten)]
    encoder: EncoderArgs,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Args)]
struct DoctorArgs {
    /// Targets that are to be asked whether they would take days.
    #[arg(long, value_name = "TARGET", env = "VITALVEC_TO")]
    to: Vec<TargetList>,
    /// Print one JSON object.
    #[arg(long, value_parser = switch(), env = "VITALVEC_JSON")]
    json: bool,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Subcommand)]
enum ModelCommand {
    /// The models known by name.
    List(ModelArgs),
    /// Make sure the model is on this machine.
    Fetch(ModelArgs),
    /// Print the folder of the model; fails if it is not on this machine.
    Path(ModelArgs),
}

#[derive(Clone, Debug, Args)]
struct EncoderArgs {
    /// Where to embed; `auto` takes a GPU if there is one.
    #[arg(long, value_enum, default_value_t = DeviceArg::Auto, env = "VITALVEC_DEVICE")]
    device: DeviceArg,
    /// `auto` is f32 on the CPU and f16 on a GPU. On a CPU, bf16 is nearly as exact and used where it is
    /// faster, mostly with AMX or AVX-512 BF16.
    #[arg(long, value_enum, default_value_t = PrecisionArg::Auto, env = "VITALVEC_PRECISION")]
    precision: PrecisionArg,
}

#[derive(Clone, Debug, Args)]
struct ModelArgs {
    /// A model known by name, or the folder of a BERT-family model.
    #[arg(long, value_name = "NAME|DIR", default_value = embed::DEFAULT_MODEL, env = "VITALVEC_MODEL")]
    model: String,
    /// Fetch nothing: the model must be on this machine.
    #[arg(long, value_parser = switch(), env = "VITALVEC_OFFLINE")]
    offline: bool,
    /// Where fetched models are kept. [default: the user's cache]
    #[arg(long, value_name = "DIR", env = "VITALVEC_MODEL_CACHE")]
    model_cache: Option<PathBuf>,
}

impl ModelArgs {
    fn source(&self) -> embed::ModelSource {
        let cache = self.model_cache.clone().or_else(embed::default_cache_dir);
        embed::ModelSource {
            name_or_dir: self.model.clone(),
            offline: self.offline,
            cache_dir: cache.unwrap_or_else(|| PathBuf::from("models-cache")),
        }
    }
}

#[derive(Clone, Debug, Args)]
struct CacheArgs {
    /// Keep vectors in this file between runs, so that no text is embedded twice with a model; `off` keeps none. Vectors
    /// can be read back into text: treat the file as personal data. [default: vitalvec/vectors.db in the user's cache]
    #[arg(long, value_name = "FILE|off", env = "VITALVEC_CACHE")]
    cache: Option<PathBuf>,
    /// The oldest vectors of the cache make room for new ones beyond this size.
    #[arg(long, value_name = "SIZE", value_parser = memory_size, default_value = "4G", env = "VITALVEC_CACHE_SIZE")]
    cache_size: u64,
    /// What the cache keeps; f16 takes half the room, and rounds.
    #[arg(long, value_enum, default_value_t = CachePrecisionArg::F32, env = "VITALVEC_CACHE_PRECISION")]
    cache_precision: CachePrecisionArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CachePrecisionArg {
    F32,
    F16,
}

impl CacheArgs {
    fn settings(&self) -> Option<embed::CacheSettings> {
        let path = self.cache.clone().or_else(embed::CacheSettings::default_path)?;
        (path.as_os_str() != "off").then(|| embed::CacheSettings {
            path,
            most_bytes: self.cache_size,
            half: self.cache_precision == CachePrecisionArg::F16,
        })
    }
}

/// In the environment, a switch is on unless it says `0`, `false`, `no`, `off` or nothing.
fn switch() -> FalseyValueParser {
    FalseyValueParser::new()
}

/// More threads than any stage has work for.
const MOST_THREADS: usize = 256;

fn thread_count(asked: Option<usize>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    asked
        .filter(|threads| *threads > 0)
        .unwrap_or_else(cores)
        .min(MOST_THREADS)
}

impl Cli {
    /// Runs the command; the exit code of the process.
    pub fn run(self) -> u8 {
        let terminal = Terminal::start(self.log_format, self.quiet);
        let code = match self.command {
            Command::Demo(args) => demo::run(&args, &terminal),
            Command::Generate(args) => generate::run(&args, &terminal),
            Command::Ingest(args) => ingest::run(&args, &terminal),
            Command::Eval(args) => eval::run(&args, &terminal),
            Command::Replay(args) => replay::run(&args, &terminal),
            Command::Search(args) => search::run(&args, &terminal),
            Command::Doctor(args) => doctor::run(&args, &terminal),
            Command::Model(command) => model::run(&command, &terminal),
        };
        code.unwrap_or_else(|error| {
            terminal.error(&error);
            exit_code::of(&error)
        })
    }
}
