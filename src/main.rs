//! The `vitalvec` command: arguments, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use vitalvec::cli::Cli;

/// candle allocates a fresh tensor for every operation; the system's allocator gives such blocks back each time
/// (28 % of the time in the kernel, reference/embed.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(Cli::parse().run())
}
