//! `vitalvec model`

use super::{ModelCommand, Terminal};
use crate::embed::{self, model_names};
use crate::error::Error;
use crate::pipeline::exit_code;

pub(super) fn run(command: &ModelCommand, terminal: &Terminal) -> Result<u8, Error> {
    match command {
        ModelCommand::List(args) => {
            let mut lines = String::new();
            for name in model_names() {
                let source = embed::ModelSource {
                    name_or_dir: name.to_string(),
                    ..args.source()
                };
                let place =
                    embed::locate(&source)?.map_or("not fetched".to_string(), |files| files.dir.display().to_string());
                lines += &format!("{name}\t{place}\n");
            }
            terminal.print(&lines)
        }
        ModelCommand::Fetch(args) => {
            let files = embed::fetch(&args.source(), &mut |text| terminal.say(text))?;
            terminal.print(&format!("{}\n", files.dir.display()))
        }
        ModelCommand::Path(args) => match embed::locate(&args.source())? {
            Some(files) => terminal.print(&format!("{}\n", files.dir.display())),
            None => {
                tracing::error!(
                    "model `{}` is not on this machine; run `vitalvec model fetch`",
                    args.model
                );
                Ok(exit_code::FAILED)
            }
        },
    }
}
