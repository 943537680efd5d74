//! `vitalvec search`

use std::path::Path;

use clap::Args;

use super::{SearchArgs, Terminal, switch, weaviate};
use crate::config::TargetSpec;
use crate::embed::{self, Encoder};
use crate::error::Error;
use crate::search::given::{self, Comparison, Fact};
use crate::search::order::Order;
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

/// The parts of a question, given without words; they are added to what the question says.
#[derive(Debug, Args)]
#[command(next_help_heading = "Instead of words")]
pub(super) struct GivenArgs {
    /// Only this weekday, such as `mon`; several with commas between them.
    #[arg(long, value_name = "DAY", value_delimiter = ',', value_parser = given::weekday, env = "VITALVEC_WEEKDAY")]
    weekday: Vec<u8>,
    /// Only days of this fact, by its phrase, such as `poor sleep`; may be given several times.
    #[arg(long, value_name = "FACT", value_delimiter = ',', env = "VITALVEC_FACET")]
    facet: Vec<Fact>,
    /// Only days that are known not to be so.
    #[arg(long, value_name = "FACT", value_delimiter = ',', env = "VITALVEC_NOT_FACET")]
    not_facet: Vec<Fact>,
    /// Only days after a day of this fact.
    #[arg(long, value_name = "FACT", value_delimiter = ',', env = "VITALVEC_FACET_DAY_BEFORE")]
    facet_day_before: Vec<Fact>,
    /// Only days after a day that is known not to be so.
    #[arg(
        long,
        value_name = "FACT",
        value_delimiter = ',',
        env = "VITALVEC_NOT_FACET_DAY_BEFORE"
    )]
    not_facet_day_before: Vec<Fact>,
    /// Only days with such a number, such as `steps>10000` or `sleep_hours<=5.5`.
    #[arg(
        long = "where",
        value_name = "COMPARISON",
        value_delimiter = ',',
        env = "VITALVEC_WHERE"
    )]
    comparison: Vec<Comparison>,
    /// Order days by `most steps`, `least sleep_hours` or any other number, or `newest` or `oldest`.
    #[arg(long, value_name = "ORDER", value_parser = given::order, env = "VITALVEC_ORDER")]
    order: Option<Order>,
    /// Look for the words of the question as they are, and understand nothing.
    #[arg(long, value_parser = switch(), env = "VITALVEC_WORDS")]
    words: bool,
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
            .flat_map(|(facts, negated, offset)| facts.iter().map(move |fact| fact.clone().clause(negated, offset)));
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
