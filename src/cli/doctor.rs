//! `vitalvec doctor`

use super::{DoctorArgs, Terminal, weaviate};
use crate::config::TargetSpec;
use crate::doctor::examine;
use crate::error::Error;

pub(super) fn run(args: &DoctorArgs, terminal: &Terminal) -> Result<u8, Error> {
    let targets: Vec<TargetSpec> = args.to.iter().flat_map(|list| list.0.clone()).collect();
    let examination = examine(&args.model.source(), &targets, &weaviate::access(None)?);
    terminal.print(&examination.rendered(args.json))
}
