//! `vitalvec replay`

use super::{ReplayArgs, Terminal};
use crate::error::Error;
use crate::pipeline::exit_code;
use crate::report::grouped;
use crate::sink::{Replayed, replay};

pub(super) fn run(args: &ReplayArgs, terminal: &Terminal) -> Result<u8, Error> {
    let Replayed {
        stored,
        refused,
        superseded,
    } = replay(&args.file, &args.weaviate.access()?)?;
    if !terminal.quiet {
        let [stored, kept, superseded] = [stored, refused, superseded].map(grouped);
        terminal.print(&format!(
            "{stored} stored, {kept} refused again (still in the file), {superseded} needless: stored since, or listed twice.\n"
        ))?;
    }
    Ok(if refused > 0 { exit_code::REJECTS } else { exit_code::OK })
}
