//! Proves a loaded collection before anybody reads it. What comes in: how many objects it must hold, and some of them;
//! what goes out: yes, or what is wrong. It never changes anything.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::collection::Server;
use super::filter::{Filter, Test};
use super::object::VECTOR;
use super::reader::arguments;
use crate::sink::SinkError;
use crate::sink::turns::Turns;

/// An object that must find itself.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) id: String,
    pub(super) vector: Vec<f32>,
}

/// Samples of a run: enough to see one object in twenty missing from the index.
pub(super) const SAMPLES: usize = 200;

/// Of the samples, how many must be found: an approximate index may miss some.
const FOUND_SHARE: f64 = 0.99;

/// Neighbours asked for: days with the same words have the same vector, and any of them may come first.
const NEIGHBOURS: usize = 10;

/// Asked for where that does not do: the index searches the more thoroughly, the more it is asked for.
const MANY_NEIGHBOURS: usize = 1000;

/// Cosine distances below this are hardly told apart by 8 bits a number. Where all neighbours are so near, none of a few
/// thousand is sure to come first, and the index is asked for the day itself (seen with 36,500 days of a model that gives
/// all texts nearly the same vector: there 110 of 180 were not among 1000).
const CROWDED_DISTANCE: f64 = 0.005;

/// A nearer neighbour than this is the same vector, but for the rounding of the quantized index.
const SAME_DISTANCE: f64 = 1e-5;

/// How often the queue is asked for; it must be empty twice, because it is reported late.
const POLL: Duration = Duration::from_millis(250);

/// Waits for the index, counts, and lets samples search for themselves: those of the run, and some that an earlier run
/// stored where these are few. How many days there are.
pub(super) fn verify(
    server: &Server<'_>,
    collection: &str,
    pushed: i64,
    samples: &[Sample],
    turns: &Turns,
) -> Result<i64, SinkError> {
    wait_for_index(server, collection, turns)?;
    let count = server.count(collection)?;
    if count < pushed {
        let problem = format!("{collection} holds {count} days, but {pushed} were stored");
        return Err(server.error(
            problem,
            "run again: what is missing is pushed, and then the alias moves",
        ));
    }
    let mut samples = samples.to_vec();
    if samples.len() < SAMPLES {
        samples.extend(stored_samples(server, collection, SAMPLES - samples.len())?);
    }
    let mut found = 0;
    for sample in &samples {
        found += usize::from(is_found(server, collection, sample)?);
    }
    if (found as f64) < samples.len() as f64 * FOUND_SHARE {
        let problem = format!(
            "only {found} of {} days in {collection} are found by their own vector",
            samples.len()
        );
        return Err(server.error(
            problem,
            &format!("delete {collection} and run again; the alias was not moved"),
        ));
    }
    tracing::info!(
        collection,
        days = count,
        samples = samples.len(),
        found,
        "the collection is verified"
    );
    Ok(count)
}

/// Some days of the collection, with their vectors: ids are digests, so the first are any.
fn stored_samples(server: &Server<'_>, collection: &str, wanted: usize) -> Result<Vec<Sample>, SinkError> {
    let some = arguments(server.address, [format!("limit:{wanted}")]);
    let rows = server.graphql(
        "Get",
        collection,
        &format!("{some}{{_additional{{id vectors{{{VECTOR}}}}}}}"),
    )?;
    let sample = |row: &Value| {
        let row = &row["_additional"];
        let numbers = row["vectors"][VECTOR].as_array()?.iter();
        Some(Sample {
            id: row["id"].as_str()?.to_string(),
            vector: numbers
                .map(|number| number.as_f64().map(|number| number as f32))
                .collect::<Option<_>>()?,
        })
    };
    Ok(rows.iter().filter_map(sample).collect())
}

fn wait_for_index(server: &Server<'_>, collection: &str, turns: &Turns) -> Result<(), SinkError> {
    if server.address.tenant.is_some() {
        // Each tenant is a shard of its own; the others are none of our business.
        return Ok(());
    }
    let (start, patience) = (Instant::now(), turns.timing().patience);
    let mut empty = 0;
    while empty < 2 {
        let shards = server
            .get(&format!("/v1/schema/{collection}/shards"))?
            .unwrap_or_default();
        let waiting =
            |shard: &Value| shard["vectorQueueSize"].as_i64().unwrap_or(0) > 0 || shard["status"] == "INDEXING";
        empty = if shards.as_array().is_some_and(|shards| shards.iter().any(waiting)) {
            0
        } else {
            empty + 1
        };
        if start.elapsed() > patience {
            let problem = format!("{collection} was not indexed within {} s", patience.as_secs());
            return Err(server.error(problem, "run again when the server has finished; then the alias moves"));
        }
        if empty < 2 {
            turns.sleep(POLL)?;
        }
    }
    Ok(())
}

fn is_found(server: &Server<'_>, collection: &str, sample: &Sample) -> Result<bool, SinkError> {
    let nearest = neighbours(server, collection, sample, NEIGHBOURS, None)?;
    if nearest.iter().any(|neighbour| neighbour.is(sample)) {
        return Ok(true);
    }
    // Deleted vectors that are not cleaned up yet can hide all others.
    let is_crowded = nearest.last().is_none_or(|last| last.distance < CROWDED_DISTANCE);
    let more = match is_crowded {
        // What is not in the index is not found in this way either: the filter chooses, the index answers.
        true => {
            let itself = Filter::Is("id", Test::Equal(sample.id.clone()));
            neighbours(server, collection, sample, 1, Some(format!("where:{itself}")))?
        }
        false => neighbours(server, collection, sample, MANY_NEIGHBOURS, None)?,
    };
    Ok(more.iter().any(|neighbour| neighbour.is(sample)))
}

/// What a search by a sample's vector brought.
struct Neighbour {
    id: String,
    distance: f64,
}

impl Neighbour {
    fn is(&self, sample: &Sample) -> bool {
        self.id == sample.id || self.distance < SAME_DISTANCE
    }
}

fn neighbours(
    server: &Server<'_>,
    collection: &str,
    sample: &Sample,
    limit: usize,
    filter: Option<String>,
) -> Result<Vec<Neighbour>, SinkError> {
    let near = format!(
        "nearVector:{{vector:{},targetVectors:[\"{VECTOR}\"]}}",
        json!(sample.vector)
    );
    let some = [format!("limit:{limit}"), near].into_iter().chain(filter);
    let query = format!("{}{{_additional{{id distance}}}}", arguments(server.address, some));
    let rows = server.graphql("Get", collection, &query)?;
    let neighbour = |row: &Value| {
        let row = &row["_additional"];
        Some(Neighbour {
            id: row["id"].as_str()?.to_string(),
            distance: row["distance"].as_f64()?,
        })
    };
    Ok(rows.iter().filter_map(neighbour).collect())
}
