//! The three targets as `publish` uses them: through their public functions and the files they leave.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on may panic anywhere; clippy knows only the functions marked as tests"
)]

mod days;
mod files;
mod kill;
mod read_back;
mod round_trip;
mod schema;
mod store;
