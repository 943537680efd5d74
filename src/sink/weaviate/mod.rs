//! The `weaviate:` target. What comes in: objects; what goes out: the same objects in a collection on a server, each
//! once, and a line for each that the server would not take. It never takes silence for a yes.
//!
//! | file | holds |
//! | --- | --- |
//! | `address` | where the collection is, how to work with the server |
//! | `retry` | what an exchange means, as data |
//! | `collection`, `schema` | the server's health and version; the collection made, or compared and explained |
//! | `version`, `verify` | which collection a run loads; the alias moved to it, once it is proved |
//! | `object`, `message` | a day as the server takes it: over REST, over gRPC |
//! | `transport`, `grpc` | one request with objects, over REST or gRPC, and which of the two |
//! | `pace` | how much to send at once |
//! | `push` | sends until the fate of each object is known; what is unclear is put twice, and why |
//! | `prune` | days that are no longer in the records, deleted |
//! | `reader`, `filter` | the collection asked for days, for `search` |
//!
//! Days with the same words have the same vector; each is indexed all the same. A search by vector then has all of them
//! as neighbours, which a filter by user or date needs, and such days are few for one user.
//!
//! The ledger lies in the folder of `--state`, one database a server and collection. A second run pushes what it lacks.
//! It is forgotten when the collection was made anew or lost objects; days are then pushed again, which leaves the
//! collection as it was, because an id is the same in every run.

mod address;
mod collection;
mod filter;
mod grpc;
mod message;
mod object;
mod pace;
mod prune;
mod push;
mod reader;
mod retry;
mod schema;
mod transport;
mod verify;
mod version;
mod writer;

use std::path::PathBuf;

use uuid::Uuid;

use self::collection::Server;
use self::push::Pusher;
use self::schema::Made;
use self::transport::choose;
use self::version::resolve;
use super::books::Books;
use super::refusals::RefusalLog;
use super::replay::Resender;
use super::rest::Rest;
use super::state::State;
use super::{Access, GrpcUse};
use super::{Expect, Ledger, SinkError};

pub use address::{Address, Consistency, DEFAULT_COLLECTION};
pub use filter::{FIRST_DATE, Filter, LAST_DATE, Number, Test};
pub use object::VECTOR;
pub use reader::{MOST_OBJECTS, Near, Reader};
pub use writer::WeaviateSink;

/// Finds out whether the server is well and would take this run's days. It makes nothing.
pub fn check_weaviate(address: &Address, access: &Access, expect: &Expect<'_>) -> Result<(), SinkError> {
    let rest = Rest::new(&address.server, access)?;
    let server = Server { rest: &rest, address };
    server.check()?;
    if access.drop_old {
        can_drop_old(&server, access)?;
    }
    let name = resolve(&server, expect, access.in_place)?.collection;
    if let Some(collection) = server.collection(&name)? {
        server.fits(&name, &collection, expect)?;
    }
    Ok(())
}

/// Dropping what an alias led to needs an alias, and nobody else's days in it.
fn can_drop_old(server: &Server<'_>, access: &Access) -> Result<(), SinkError> {
    let (problem, remedy) = if server.address.tenant.is_some() {
        (
            "a collection holds the days of all its tenants, so --drop-old would delete those of the others",
            "leave out --drop-old, and delete the old collection when the last tenant has moved",
        )
    } else if access.in_place {
        ("--in-place leaves no old collection to drop", "leave out --drop-old")
    } else {
        return Ok(());
    };
    Err(server.error(problem.to_string(), remedy))
}

/// Opens a collection for a run, and makes it where there is none. The two halves have a connection to the ledger each.
pub fn open_weaviate(
    address: &Address,
    access: &Access,
    expect: &Expect<'_>,
) -> Result<(impl Ledger + use<>, WeaviateSink), SinkError> {
    let refusals = access
        .refused_dir
        .join(format!("{}.refused.ndjson", address.collection));
    let mut sink = open(address, access, expect, prepare)?;
    sink.books.refusals = Some(RefusalLog::new(refusals, format!("weaviate:{address}")));
    let ledger = State::open(&state_path(address, access, &sink.version.collection))?;
    Ok((ledger, sink))
}

/// Opens a collection that must be there, for objects that were encoded once before.
pub(super) fn open_again(address: &Address, access: &Access, expect: &Expect<'_>) -> Result<Resender, SinkError> {
    // The file holds JSON, which REST takes as it is.
    let access = Access {
        grpc: GrpcUse::Off,
        ..access.clone()
    };
    let sink = open(address, &access, expect, |server, name, expect| {
        let Some(collection) = server.collection(name)? else {
            return Err(server.error(format!("there is no collection {name}"), "run the ingest again instead"));
        };
        server.fits(name, &collection, expect)?;
        Ok(Made::of(&collection))
    })?;
    let WeaviateSink { books, pusher, .. } = sink;
    let send = Box::new(move |objects: &[&_], unclear: &[bool]| pusher.push(objects, unclear));
    Ok(Resender { books, send })
}

fn open(
    address: &Address,
    access: &Access,
    expect: &Expect<'_>,
    prepare: impl FnOnce(&Server<'_>, &str, &Expect<'_>) -> Result<Option<Made>, SinkError>,
) -> Result<WeaviateSink, SinkError> {
    let rest = Rest::new(&address.server, access)?;
    let server = Server { rest: &rest, address };
    server.check()?;
    let version = resolve(&server, expect, access.in_place)?;
    let made = prepare(&server, &version.collection, expect)?;
    let mut state = State::open(&state_path(address, access, &version.collection))?;
    let load = made.as_ref().map_or(FOREIGN, |made| &made.load);
    agree(&server, &version.collection, load, &mut state)?;
    let transport = choose(&rest, address, &version.collection, access)?;
    Ok(WeaviateSink {
        pusher: Pusher::new(rest, transport, address, access),
        books: Books { state, refusals: None },
        address: address.clone(),
        access: access.clone(),
        version,
        dimensions: expect.dimensions.or(made.map(|made| made.dimensions)),
        samples: Vec::new(),
        refused: 0,
    })
}

/// What stands for the making of a collection that this program did not make.
const FOREIGN: &str = "made by another program";

/// Makes the collection, or completes it.
fn prepare(server: &Server<'_>, name: &str, expect: &Expect<'_>) -> Result<Option<Made>, SinkError> {
    if let Some(collection) = server.collection(name)? {
        let missing = server.fits(name, &collection, expect)?;
        server.add_properties(name, &missing)?;
        return Ok(Made::of(&collection));
    }
    let made = Made {
        model: expect.model.as_deref().unwrap_or("none").to_string(),
        dimensions: expect.dimensions.unwrap_or_default(),
        load: new_load(),
    };
    server.create(name, &made)?;
    Ok(Some(made))
}

/// A word that no other making of a collection has.
fn new_load() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanoseconds = now.map_or(0, |now| now.as_nanos());
    let seed = format!("vitalvec/load/{nanoseconds}/{}", std::process::id());
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, seed.as_bytes()).simple().to_string()
}

/// A ledger that says more than the server has is of no use.
fn agree(server: &Server<'_>, name: &str, load: &str, state: &mut State) -> Result<(), SinkError> {
    if state.load()?.as_deref() != Some(load) {
        return state.forget(load);
    }
    let (there, marked) = (server.count(name)?, state.pushed()?);
    if there < marked {
        tracing::warn!(
            there,
            marked,
            "the collection lost days since the last run; all are pushed again"
        );
        state.forget(load)?;
    }
    Ok(())
}

/// One ledger a server, collection and tenant.
fn state_path(address: &Address, access: &Access, name: &str) -> PathBuf {
    let place = address
        .server
        .split_once("://")
        .map_or(&*address.server, |(_, place)| place);
    let tenant = address
        .tenant
        .as_ref()
        .map(|tenant| format!("-{tenant}"))
        .unwrap_or_default();
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() || "._-".contains(letter) {
            letter
        } else {
            '-'
        }
    };
    let file: String = format!("weaviate-{place}-{name}{tenant}.db")
        .chars()
        .map(plain)
        .collect();
    access.state_dir.join(file)
}
