//! The `weaviate:` target against a strict server in this process, and against a real one where `WEAVIATE_URL` names it.
//!
//! Between target and server stands a front that does what networks and servers do: fail by script.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on may panic anywhere; clippy knows only the functions marked as tests"
)]
#![expect(clippy::print_stdout, reason = "tests that skip a real server say so")]

mod collection;
#[expect(dead_code, reason = "the days of the other targets; not all of them are pushed here")]
#[path = "../sink/days.rs"]
mod days;
mod faults;
#[path = "../harness/mod.rs"]
mod harness;
mod prune;
mod refused;
mod run;
mod search;
mod server;
#[path = "../tiny_model/mod.rs"]
mod tiny_model;
mod twice;
mod versions;
