//! Objects a second into a server that does nothing but read them: by REST, by gRPC, and by Weaviate's Python client.
//!
//! `cargo bench --bench push [-- --venv DIR] [--objects N] [--only NAME]`
//!
//! DIR/bin/python has weaviate-client 4; NAME is a part of a contender's. The server is a process of its own; what is timed is the side that pushes, its
//! ledger included, and its CPU time is that of its process. The server must have read the same from all: ids, vectors,
//! number of properties. The table shows medians.
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "../shared/cpu_time.rs"]
mod cpu_time;
#[path = "../shared/days.rs"]
mod days;
mod null_server;
#[expect(dead_code, reason = "the server needs a part of what the tests need")]
#[path = "../../tests/weaviate/server/wire.rs"]
mod wire;

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use cpu_time::cpu_seconds;
use days::{DIMENSIONS, object};
use serde_json::{Value, json};
use vitalvec::document::Object;
use vitalvec::sink::weaviate::open_weaviate;
use vitalvec::sink::{Access, Expect, GrpcUse, Sink};

const ROUNDS: usize = 3;
/// As many as a run pushes at once.
const CALL: usize = 512;
/// The rate that our share of a core is given for.
const RATE: f64 = 10_000.0;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let (mut python, mut count, mut only) = (None, 36_500, String::new());
    let mut args = std::env::args().skip(1);
    while let Some(argument) = args.next() {
        match argument.as_str() {
            "--serve" => return null_server::serve(),
            "--venv" => python = args.next().map(|venv| Path::new(&venv).join("bin/python")),
            "--objects" => {
                count = args
                    .next()
                    .and_then(|count| count.parse().ok())
                    .expect("--objects takes a number")
            }
            "--only" => only = args.next().unwrap_or_default(),
            _ => {}
        }
    }
    let objects: Vec<Object> = (0..count).map(object).collect();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("objects.ndjson");
    let mut contenders: Vec<(&str, Box<Contender<'_>>)> = vec![
        ("vitalvec, REST", Box::new(|server| push(server, &objects, false))),
        ("vitalvec, gRPC", Box::new(|server| push(server, &objects, true))),
    ];
    match &python {
        Some(python) => {
            write_for_the_client(&file, &objects).expect("the disk has room");
            contenders.push((
                "weaviate-client, gRPC",
                Box::new(|server| client(python, &file, server)),
            ));
        }
        None => println!("weaviate-client: left out, no --venv"),
    }
    contenders.retain(|(name, _)| name.contains(&only));
    print_table(&contenders, count);
}

/// Seconds, and CPU seconds of the side that pushes.
#[derive(Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
}

type Contender<'a> = dyn Fn(&Server) -> Result<Cost, String> + 'a;

/// In turns, so that a noisy moment is everybody's.
fn print_table(contenders: &[(&str, Box<Contender<'_>>)], objects: usize) {
    let mut costs: Vec<Vec<Result<Cost, String>>> = contenders.iter().map(|_| Vec::new()).collect();
    let mut first_read = None;
    for _ in 0..ROUNDS {
        for (costs, (name, contender)) in costs.iter_mut().zip(contenders) {
            let server = Server::start();
            let cost = contender(&server);
            if cost.is_ok() {
                let read = server.read();
                assert_eq!(
                    *first_read.get_or_insert_with(|| read.clone()),
                    read,
                    "{name} sent something else"
                );
            }
            costs.push(cost);
        }
    }
    println!("the server read {}", first_read.unwrap_or_default());
    println!("| contender | objects/s | CPU µs an object | of a core at {RATE} objects/s |");
    println!("|---|---|---|---|");
    for (costs, (name, _)) in costs.into_iter().zip(contenders) {
        match costs.into_iter().collect::<Result<Vec<Cost>, String>>() {
            Ok(costs) => {
                let median = |of: fn(&Cost) -> f64| {
                    let mut all: Vec<f64> = costs.iter().map(of).collect();
                    all.sort_by(f64::total_cmp);
                    all[all.len() / 2] / objects as f64
                };
                let (wall, cpu) = (median(|cost| cost.wall), median(|cost| cost.cpu));
                println!(
                    "| {name} | {:.0} | {:.1} | {:.0} % |",
                    1.0 / wall,
                    cpu * 1e6,
                    cpu * RATE * 100.0
                );
            }
            Err(problem) => println!("| {name} | failed: {problem} | | |"),
        }
    }
}

/// The server's process.
struct Server {
    process: Child,
    rest: u16,
    grpc: u16,
}

impl Server {
    fn start() -> Server {
        let program = std::env::current_exe().expect("this program has a path");
        let mut command = Command::new(program);
        let mut process = command
            .arg("--serve")
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("it was asked for");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("the server names its ports");
        let mut ports = line
            .split_whitespace()
            .map(|port| port.parse().expect("a port is a number"));
        let mut port = || ports.next().expect("there are two ports");
        Server {
            process,
            rest: port(),
            grpc: port(),
        }
    }

    /// What it read.
    fn read(&self) -> String {
        let url = format!("http://127.0.0.1:{}/read", self.rest);
        let answer = reqwest::blocking::get(url).and_then(reqwest::blocking::Response::text);
        answer.expect("the server still answers")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn push(server: &Server, objects: &[Object], by_grpc: bool) -> Result<Cost, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let access = Access {
        in_place: true,
        grpc: match by_grpc {
            true => GrpcUse::At(format!("http://127.0.0.1:{}", server.grpc)),
            false => GrpcUse::Off,
        },
        ..Access::new(folder.path().join("state"), folder.path().to_path_buf())
    };
    let expect = Expect {
        model: Some("model".into()),
        dimensions: Some(DIMENSIONS),
        template: "t1",
    };
    let address = format!("http://127.0.0.1:{}/HealthDay", server.rest).parse()?;
    let (_ledger, mut sink) = open_weaviate(&address, &access, &expect).map_err(|error| error.to_string())?;
    let (start, cpu) = (Instant::now(), cpu_seconds());
    for call in objects.chunks(CALL) {
        sink.push(call).map_err(|error| error.to_string())?;
    }
    Box::new(sink).finish().map_err(|error| error.to_string())?;
    Ok(Cost {
        wall: start.elapsed().as_secs_f64(),
        cpu: cpu_seconds() - cpu,
    })
}

fn client(python: &PathBuf, file: &Path, server: &Server) -> Result<Cost, String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/push/client.py");
    let mut command = Command::new(python);
    command
        .arg(script)
        .arg(file)
        .args([server.rest.to_string(), server.grpc.to_string()]);
    let output = command.output().map_err(|error| error.to_string())?;
    let last = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes)
            .lines()
            .last()
            .unwrap_or_default()
            .to_string()
    };
    let printed = last(&output.stdout);
    let mut numbers = printed.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(wall)), Some(Ok(cpu))) if output.status.success() => Ok(Cost { wall, cpu }),
        _ => Err(last(&output.stderr)),
    }
}

fn write_for_the_client(path: &Path, objects: &[Object]) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for object in objects {
        let mut properties = serde_json::to_value(&object.document)?;
        let map = properties.as_object_mut().expect("a document is an object");
        let id = map.shift_remove("id");
        let date = map["date"].as_str().unwrap_or_default().to_string();
        map.insert("date".to_string(), Value::from(format!("{date}T00:00:00Z")));
        let line = json!({"id": id, "properties": properties, "vector": object.vector.as_deref()});
        writeln!(file, "{line}")?;
    }
    file.flush()
}
