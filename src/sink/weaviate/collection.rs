//! The server and its collections. What comes in: an address; what goes out: whether it can be worked with, the
//! collection made or found fit, counts. It never touches an object.

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};

use super::address::Address;
use super::reader::arguments;
use super::retry::error_text;
use super::schema::{Differences, Made, definition, differences};
use crate::sink::rest::{Answer, Exchange, Rest};
use crate::sink::{Expect, SinkError};

/// The first version with 8-bit rotational quantization and aliases.
const OLDEST_VERSION: (u32, u32) = (1, 32);

/// A server, for everything but objects.
#[derive(Debug)]
pub(super) struct Server<'a> {
    pub(super) rest: &'a Rest,
    pub(super) address: &'a Address,
}

impl Server<'_> {
    pub(super) fn error(&self, problem: String, remedy: &str) -> SinkError {
        SinkError::Server {
            url: self.address.to_string(),
            problem,
            remedy: remedy.to_string(),
        }
    }

    fn answer(&self, exchange: Exchange) -> Result<Answer, SinkError> {
        match exchange {
            Exchange::Answered(answer) => Ok(answer),
            Exchange::NotSent(problem) | Exchange::Unclear(problem) => {
                Err(self.error(problem, "check the URL, and that the server runs"))
            }
        }
    }

    fn json(&self, answer: &Answer) -> Result<Value, SinkError> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            let problem = format!("HTTP {} with a body that is no JSON ({error})", answer.status);
            self.error(problem, "check that the URL is that of a Weaviate server")
        })
    }

    pub(super) fn get(&self, path: &str) -> Result<Option<Value>, SinkError> {
        let answer = self.answer(self.rest.get(path))?;
        match answer.status {
            200 => self.json(&answer).map(Some),
            404 => Ok(None),
            _ => Err(self.refused(&answer)),
        }
    }

    pub(super) fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, SinkError> {
        let answer = self.answer(self.rest.send(method, path, body.to_string().into()))?;
        match answer.status {
            200 => self.json(&answer),
            _ => Err(self.refused(&answer)),
        }
    }

    fn refused(&self, answer: &Answer) -> SinkError {
        let remedy = match answer.status {
            401 => "put a valid key into WEAVIATE_API_KEY",
            403 => "the key needs the rights to read, create and delete collections",
            500.. => "look into the server's log, and run again when it is well",
            _ => "check the URL and the version of the server",
        };
        self.error(format!("HTTP {}: {}", answer.status, error_text(&answer.body)), remedy)
    }

    /// Asks whether the server is ready and new enough.
    pub(super) fn check(&self) -> Result<(), SinkError> {
        let ready = self.answer(self.rest.get("/v1/.well-known/ready"))?;
        match ready.status {
            200..300 => {}
            503 => return Err(self.error("the server is not ready".to_string(), "wait until it has started")),
            404 => return Err(self.error("this is no Weaviate server".to_string(), "check the URL")),
            _ => return Err(self.refused(&ready)),
        }
        let meta = self.get("/v1/meta")?.unwrap_or_default();
        let version = meta["version"].as_str().unwrap_or_default();
        if parsed(version).is_none_or(|version| version < OLDEST_VERSION) {
            let (major, minor) = OLDEST_VERSION;
            let problem = format!("the server says it is version `{version}`");
            return Err(self.error(problem, &format!("use Weaviate {major}.{minor} or newer")));
        }
        Ok(())
    }

    /// What the server says of a collection, if it has it.
    pub(super) fn collection(&self, name: &str) -> Result<Option<Value>, SinkError> {
        self.get(&format!("/v1/schema/{name}"))
    }

    /// Finds out whether days fit into an existing collection; properties that could be added.
    pub(super) fn fits(&self, name: &str, collection: &Value, expect: &Expect<'_>) -> Result<Vec<Value>, SinkError> {
        let Differences { problems, missing } = differences(collection, expect, self.address.tenant.is_some());
        if problems.is_empty() {
            return Ok(missing);
        }
        let problem = format!(
            "the collection {name} is not as this run needs it: {}",
            problems.join("; ")
        );
        Err(self.error(problem, "name another collection in the URL, or delete this one"))
    }

    /// Makes a collection.
    pub(super) fn create(&self, name: &str, made: &Made) -> Result<(), SinkError> {
        let definition = definition(name, made, self.address.tenant.is_some());
        self.send(Method::POST, "/v1/schema", &definition)?;
        tracing::info!(collection = name, "made the collection");
        Ok(())
    }

    /// Deletes a collection with everything in it.
    pub(super) fn delete(&self, name: &str) -> Result<(), SinkError> {
        let answer = self.answer(
            self.rest
                .send(Method::DELETE, &format!("/v1/schema/{name}"), Bytes::new()),
        )?;
        match answer.status {
            200 | 204 => Ok(()),
            _ => Err(self.refused(&answer)),
        }
    }

    /// Adds properties that an older version of this program did not know.
    pub(super) fn add_properties(&self, name: &str, properties: &[Value]) -> Result<(), SinkError> {
        for property in properties {
            self.send(Method::POST, &format!("/v1/schema/{name}/properties"), property)?;
        }
        Ok(())
    }

    /// The exact number of objects: those of other interfaces lag behind.
    pub(super) fn count(&self, name: &str) -> Result<i64, SinkError> {
        let arguments = arguments(self.address, None);
        let rows = self.graphql("Aggregate", name, &format!("{arguments}{{meta{{count}}}}"))?;
        let count = rows.first().and_then(|row| row["meta"]["count"].as_i64());
        count.ok_or_else(|| {
            self.error(
                "the server does not count its objects".to_string(),
                "allow GraphQL on it",
            )
        })
    }

    /// What a query about one collection brought; the server says 200 also to one that failed.
    pub(super) fn graphql(&self, function: &str, name: &str, rest: &str) -> Result<Vec<Value>, SinkError> {
        let query = json!({"query": format!("{{{function}{{{name}{rest}}}}}")});
        let mut answer = self.send(Method::POST, "/v1/graphql", &query)?;
        match answer["data"][function][name].take() {
            Value::Array(rows) => Ok(rows),
            _ => {
                let message = answer["errors"][0]["message"]
                    .as_str()
                    .unwrap_or("no data and no reason");
                let problem = format!("a query about {name} failed: {message}");
                Err(self.error(problem, "check that the server allows GraphQL, and its version"))
            }
        }
    }
}

fn parsed(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
