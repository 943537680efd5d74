//! A collection, read. What comes in: which objects, and what of each; what goes out: their values as the server tells
//! them. It never writes.
//!
//! Queries are GraphQL over HTTP: the one way of asking that every server has on the port that days are pushed to, and
//! the one that counts exactly.

use serde_json::{Value, json};

use super::address::Address;
use super::collection::Server;
use super::filter::Filter;
use super::object::VECTOR;
use super::schema::Made;
use crate::sink::Access;
use crate::sink::SinkError;
use crate::sink::rest::Rest;

/// The most objects that a server hands out at once (its `QUERY_MAXIMUM_RESULTS`, unless somebody changed it).
pub const MOST_OBJECTS: usize = 10_000;

/// A collection, open for reading.
#[derive(Debug)]
pub struct Reader {
    rest: Rest,
    address: Address,
    schema: Value,
}

/// Which objects, and in what order.
#[derive(Clone, Copy, Debug)]
pub enum Near<'a> {
    /// In no order.
    Nothing,
    /// The nearest first.
    Vector(&'a [f32]),
    /// Those that have most of these words in this property (BM25) first.
    Words(&'a str, &'a str),
}

impl Reader {
    /// Opens the collection that the address names, or that its alias leads to.
    pub fn open(address: &Address, access: &Access) -> Result<Reader, SinkError> {
        let rest = Rest::new(&address.server, access)?;
        let server = Server { rest: &rest, address };
        server.check()?;
        let name = &address.collection;
        let Some(schema) = server.collection(name)? else {
            let problem = format!("there is no collection {name}");
            return Err(server.error(problem, "run `vitalvec ingest` first, or name another one"));
        };
        if schema["multiTenancyConfig"]["enabled"].as_bool().unwrap_or(false) != address.tenant.is_some() {
            let problem = format!("the URL and the collection {name} do not agree on tenants");
            return Err(server.error(
                problem,
                "end the URL in ?tenant=NAME where the collection has tenants, and only there",
            ));
        }
        Ok(Reader {
            address: address.clone(),
            schema,
            rest,
        })
    }

    /// Where the collection is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Fingerprint of the model of its vectors; `None` for a collection that this program did not make.
    pub fn model(&self) -> Option<String> {
        Made::of(&self.schema).map(|made| made.model)
    }

    fn property(&self, name: &str) -> Option<&Value> {
        let mut properties = self.schema["properties"].as_array()?.iter();
        properties.find(|property| property["name"] == name)
    }

    /// Whether objects may have the property: one that an older version did not know cannot even be asked for.
    pub fn has(&self, property: &str) -> bool {
        self.property(property).is_some()
    }

    /// Whether the server can find objects by it, as it must be or beyond a number.
    pub fn can_filter(&self, property: &str) -> bool {
        let index = |key: &str| self.property(property).is_some_and(|property| property[key] == true);
        index("indexFilterable") || index("indexRangeFilters")
    }

    /// How many objects there are.
    pub fn count(&self, filter: &Filter) -> Result<usize, SinkError> {
        let arguments = arguments(&self.address, where_argument(filter));
        let rows = self.ask("Aggregate", &format!("{arguments}{{meta{{count}}}}"))?;
        let count = rows.first().and_then(|row| row["meta"]["count"].as_u64());
        Ok(usize::try_from(count.unwrap_or(0)).unwrap_or(usize::MAX))
    }

    /// At most `limit` objects, and these fields of each.
    pub fn get(&self, filter: &Filter, near: Near<'_>, limit: usize, fields: &str) -> Result<Vec<Value>, SinkError> {
        let near = match near {
            Near::Nothing => None,
            Near::Vector(vector) => Some(format!(
                "nearVector:{{vector:{},targetVectors:[\"{VECTOR}\"]}}",
                json!(vector)
            )),
            Near::Words(words, property) => Some(format!(
                "bm25:{{query:{},properties:[{}]}}",
                json!(words),
                json!(property)
            )),
        };
        let limit = format!("limit:{limit}");
        let some = [limit].into_iter().chain(near).chain(where_argument(filter));
        let arguments = arguments(&self.address, some);
        self.ask("Get", &format!("{arguments}{{{fields}}}"))
    }

    /// Asks by the collection's real name: through an alias the server counts, but says of any filter that there is no
    /// such class (seen with 1.39.0). And so one search never reads two collections.
    fn ask(&self, function: &str, rest: &str) -> Result<Vec<Value>, SinkError> {
        let name = self.schema["class"].as_str().unwrap_or(&self.address.collection);
        let server = Server {
            rest: &self.rest,
            address: &self.address,
        };
        server.graphql(function, name, rest)
    }
}

fn where_argument(filter: &Filter) -> Option<String> {
    (!filter.is_empty()).then(|| format!("where:{filter}"))
}

/// The arguments of a query, with the tenant.
pub(super) fn arguments(address: &Address, some: impl IntoIterator<Item = String>) -> String {
    let tenant = address.tenant.as_ref();
    let tenant = tenant.map(|tenant| format!("tenant:{}", json!(tenant)));
    let all: Vec<String> = some.into_iter().chain(tenant).collect();
    match all.is_empty() {
        true => String::new(),
        false => format!("({})", all.join(",")),
    }
}
