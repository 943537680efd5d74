//! The `vitalvec` command.

fn main() {}
