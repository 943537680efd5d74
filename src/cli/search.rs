//! `vitalvec search`

use std::path::Path;

use super::{GivenArgs, SearchArgs, Terminal, weaviate};
use crate::config::TargetSpec;
use crate::embed::{self, Encoder};
use crate::error::Error;
use crate::search::given::Comparison;
use crate::search::{Given, Request, SearchError, SqliteStore, Store, WeaviateStore, search};

pub(super) fn run(args: &SearchArgs, terminal: &Terminal) -> Result<u8, Error> {
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
        given: args.given.parts(),
    };
    let narrowed = request.from.is_some() || request.until.is_some() || !request.given.is_empty();
    if request.question.trim().is_empty() && !narrowed {
        return Err(Error::Usage(
            "nothing is asked for; ask a question, or give --facet, --where, --order, --from or --until".to_string(),
        ));
    }
    let store = store(args)?;
    let files = embed::fetch(&args.model.source(), &mut |text| terminal.say(text))?;
    let encoder = Encoder::load(&files, args.encoder.device.into(), args.encoder.precision.into(), 1)?;
    let answer = search(&*store, &encoder, &request)?;
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

impl GivenArgs {
    fn parts(&self) -> Given {
        let facts = [
            (&self.facet, false, 0),
            (&self.not_facet, true, 0),
            (&self.facet_day_before, false, -1),
            (&self.not_facet_day_before, true, -1),
        ];
        let facts = facts
            .into_iter()
            .flat_map(|(facts, negated, offset)| facts.iter().map(move |fact| fact.clause(negated, offset)));
        let comparisons = self.comparison.iter().cloned().map(Comparison::clause);
        Given {
            weekdays: self.weekday.iter().fold(0, |days, day| days | day),
            clauses: facts.chain(comparisons).collect(),
            order: self.order.clone(),
            only_words: self.words,
        }
    }
}

fn store(args: &SearchArgs) -> Result<Box<dyn Store>, Error> {
    match &args.store {
        TargetSpec::Sqlite(path) => Ok(Box::new(open(path)?)),
        TargetSpec::Weaviate(address) => {
            let store = WeaviateStore::open(address, &weaviate::access(args.state.clone())?);
            Ok(Box::new(store.map_err(SearchError::from)?))
        }
        other => Err(Error::Usage(format!(
            "{other} cannot be searched; name a store as sqlite:PATH or weaviate:URL"
        ))),
    }
}

pub(super) fn open(path: &Path) -> Result<SqliteStore, Error> {
    Ok(SqliteStore::open(path).map_err(SearchError::from)?)
}
