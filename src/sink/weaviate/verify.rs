//! Proves a loaded collection before anybody reads it. What comes in: how many objects it must hold, and some of them;
//! what goes out: yes, or what is wrong. It never changes anything.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::collection::Server;
use super::object::VECTOR;
use super::reader::arguments;
use crate::sink::SinkError;

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

/// Neighbours asked for: days with the same words have the same vector, and any of them may come first. Who is not among
/// the first is looked for more thoroughly: vectors nearer to each other than the quantized index can tell hide one
/// another (seen with 210 vectors of 16 numbers).
const NEIGHBOURS: [usize; 2] = [10, 1000];

/// A nearer neighbour than this is the same vector, but for the rounding of the quantized index.
const SAME_DISTANCE: f64 = 1e-5;

/// How often the queue is asked for; it must be empty twice, because it is reported late.
const POLL: Duration = Duration::from_millis(250);

/// Waits for the index, counts, and lets samples search for themselves.
pub(super) fn verify(
    server: &Server<'_>,
    collection: &str,
    pushed: i64,
    samples: &[Sample],
    patience: Duration,
) -> Result<(), SinkError> {
    wait_for_index(server, collection, patience)?;
    let count = server.count(collection)?;
    if count < pushed {
        let problem = format!("{collection} holds {count} days, but {pushed} were stored");
        return Err(server.error(
            problem,
            "run again: what is missing is pushed, and then the alias moves",
        ));
    }
    let mut found = 0;
    for sample in samples {
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
    Ok(())
}

fn wait_for_index(server: &Server<'_>, collection: &str, patience: Duration) -> Result<(), SinkError> {
    if server.address.tenant.is_some() {
        // Each tenant is a shard of its own; the others are none of our business.
        return Ok(());
    }
    let start = Instant::now();
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
            thread::sleep(POLL);
        }
    }
    Ok(())
}

fn is_found(server: &Server<'_>, collection: &str, sample: &Sample) -> Result<bool, SinkError> {
    for neighbours in NEIGHBOURS {
        if finds_itself(server, collection, sample, neighbours)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn finds_itself(server: &Server<'_>, collection: &str, sample: &Sample, neighbours: usize) -> Result<bool, SinkError> {
    let near = format!(
        "nearVector:{{vector:{},targetVectors:[\"{VECTOR}\"]}}",
        json!(sample.vector)
    );
    let arguments = arguments(server.address, [format!("limit:{neighbours}"), near]);
    let query = format!("{arguments}{{_additional{{id distance}}}}");
    let found = server.graphql("Get", collection, &query)?;
    let is_same = |neighbour: &Value| {
        let neighbour = &neighbour["_additional"];
        neighbour["id"] == *sample.id
            || neighbour["distance"]
                .as_f64()
                .is_some_and(|distance| distance < SAME_DISTANCE)
    };
    Ok(found.iter().any(is_same))
}
