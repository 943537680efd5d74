//! `vitalvec search`

use std::path::Path;

use super::{SearchArgs, Terminal};
use crate::config::TargetSpec;
use crate::embed::{self, Encoder};
use crate::error::Error;
use crate::search::{Request, SqliteStore, search};

pub(super) fn run(args: &SearchArgs, terminal: &Terminal) -> Result<u8, Error> {
    let TargetSpec::Sqlite(path) = &args.store else {
        return Err(Error::Usage(format!(
            "{} cannot be searched; name a store as sqlite:PATH",
            args.store
        )));
    };
    if args.k == 0 {
        return Err(Error::Usage("-k 0 shows no day; ask for at least one".to_string()));
    }
    let request = Request {
        question: args.question.clone(),
        user: args.user.clone(),
        from: args.from,
        until: args.until,
        today: args.today,
        k: args.k,
    };
    let mut store = open(path)?;
    let files = embed::fetch(&args.model.source(), &mut |text| terminal.say(text))?;
    let encoder = Encoder::load(&files, args.encoder.device.into(), args.encoder.precision.into(), 1)?;
    let answer = search(&mut store, &encoder, &request)?;
    if args.json {
        let json = serde_json::to_string(&answer).expect("an answer holds only strings and finite numbers");
        return terminal.print(&(json + "\n"));
    }
    terminal.print(&if args.explain {
        answer.to_explanation()
    } else {
        answer.to_text()
    })
}

pub(super) fn open(path: &Path) -> Result<SqliteStore, Error> {
    Ok(SqliteStore::open(path).map_err(crate::search::SearchError::from)?)
}
