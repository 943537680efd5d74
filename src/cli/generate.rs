//! `vitalvec generate`

use std::sync::atomic::AtomicU64;

use super::{FormArg, GenerateArgs, Terminal, thread_count};
use crate::error::Error;
use crate::generate::{Form, Options, generate};
use crate::pipeline::exit_code;
use crate::report::{grouped, size};
use crate::stats::add;

pub(super) fn run(args: &GenerateArgs, terminal: &Terminal) -> Result<u8, Error> {
    let options = Options {
        dir: args.dir.clone(),
        users: args.users,
        days: args.days,
        seed: args.seed,
        form: match args.form {
            FormArg::Pretty => Form::Pretty,
            FormArg::Compact => Form::Compact,
            FormArg::Ndjson => Form::Ndjson,
        },
        threads: thread_count(args.threads),
    };
    let bytes = AtomicU64::new(0);
    let stop = terminal.stop_signal();
    let summary = generate(&options, &stop, &|written| add(&bytes, written))?;
    if terminal.quiet {
        return Ok(exit_code::OK);
    }
    let mut lines = String::new();
    for (path, bytes, records) in &summary.files {
        lines += &format!("{}: {} records, {}\n", path.display(), grouped(*records), size(*bytes));
    }
    lines += &format!(
        "{}: {} planted facts\n",
        summary.planted_path.display(),
        grouped(summary.planted)
    );
    terminal.print(&lines)
}
