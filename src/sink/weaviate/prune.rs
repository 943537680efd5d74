//! Deletes days that are no longer in the records. What comes in: a user and the days that stay; what goes out: how many
//! went. It asks the server what is there, because a ledger may be lost, and forgets a day before the server does: if the
//! run ends between the two, the next one finds the day again.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::collection::Server;
use super::filter::{Filter, Test};
use super::reader::{MOST_OBJECTS, arguments};
use super::retry::error_text;
use super::writer::WeaviateSink;
use crate::document::day_id;
use crate::record::Date;
use crate::sink::SinkError;
use crate::sink::rest::Exchange;

/// Objects of one deletion.
const IDS_AT_ONCE: usize = 500;

/// A deletion can be repeated at will, so one that failed or whose answer is missing simply is.
const MOST_ATTEMPTS: u32 = 5;

impl WeaviateSink {
    /// Deletes the user's days but those of these dates.
    pub(super) fn delete_others(&mut self, user_id: &str, dates: &[Date]) -> Result<u64, SinkError> {
        let kept: HashSet<Uuid> = dates.iter().map(|date| day_id(user_id, *date)).collect();
        let mut deleted = 0;
        loop {
            let there = self.ids(user_id)?;
            let vanished: Vec<Uuid> = there.iter().filter(|id| !kept.contains(id)).copied().collect();
            for ids in vanished.chunks(IDS_AT_ONCE) {
                self.books.state.drop_days(ids)?;
                self.delete(ids)?;
            }
            deleted += vanished.len() as u64;
            // The server names only so many at once (27 years of them): there may be more.
            if vanished.is_empty() || there.len() < MOST_OBJECTS {
                return Ok(deleted);
            }
        }
    }

    fn server(&self) -> Server<'_> {
        Server {
            rest: self.pusher.rest(),
            address: &self.address,
        }
    }

    fn ids(&self, user_id: &str) -> Result<Vec<Uuid>, SinkError> {
        let filter = Filter::Is("user_id", Test::Equal(user_id.to_string()));
        let arguments = arguments(
            &self.address,
            [format!("limit:{MOST_OBJECTS}"), format!("where:{filter}")],
        );
        let rest = format!("{arguments}{{_additional{{id}}}}");
        let rows = self.server().graphql("Get", &self.version.collection, &rest)?;
        let id = |row: &Value| Uuid::parse_str(row["_additional"]["id"].as_str()?).ok();
        Ok(rows.iter().filter_map(id).collect())
    }

    fn delete(&self, ids: &[Uuid]) -> Result<(), SinkError> {
        let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        let condition = json!({"path": ["id"], "operator": "ContainsAny", "valueTextArray": ids});
        let body = json!({"match": {"class": self.version.collection, "where": condition}});
        let level = self
            .address
            .consistency
            .map(|level| ("consistency_level", level.name()));
        let tenant = self.address.tenant.as_deref().map(|tenant| ("tenant", tenant));
        let path = with_query("/v1/batch/objects", level.into_iter().chain(tenant));
        let mut problem = String::new();
        for attempt in 1..=MOST_ATTEMPTS {
            let exchange = self.pusher.rest().send(Method::DELETE, &path, body.to_string().into());
            match deletion_problem(&exchange) {
                None => return Ok(()),
                Some(found) => problem = found,
            }
            let turns = self.pusher.turns();
            turns.sleep(turns.delay(attempt))?;
        }
        let problem = format!("days could not be deleted: {problem}");
        Err(self.server().error(
            problem,
            "run again with --prune when the server is well; what was stored stays",
        ))
    }
}

/// The names of tenants and levels need no escaping: letters, digits, `-` and `_`.
fn with_query<'a>(path: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let query = pairs
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&");
    match query.is_empty() {
        true => path.to_string(),
        false => format!("{path}?{query}"),
    }
}

/// Why a deletion is not done, if it is not.
fn deletion_problem(exchange: &Exchange) -> Option<String> {
    match exchange {
        Exchange::NotSent(problem) | Exchange::Unclear(problem) => Some(problem.clone()),
        Exchange::Answered(answer) if answer.status == 200 => {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            match body["results"]["failed"].as_u64() {
                Some(0) => None,
                failed => Some(format!("{failed:?} of them failed")),
            }
        }
        Exchange::Answered(answer) => Some(format!("HTTP {}: {}", answer.status, error_text(&answer.body))),
    }
}
