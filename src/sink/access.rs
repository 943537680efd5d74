//! How to work with a server, as plain values. It never shows a key.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A key that shows in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a key; white space around it, as files have, is no part of it.
    pub fn new(key: &str) -> Secret {
        Secret(key.trim().to_string())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// How to work with a server.
#[derive(Clone, Debug)]
pub struct Access {
    /// The API key, or a token of OpenID Connect.
    pub api_key: Option<Secret>,
    /// Headers that a gateway before the server wants.
    pub headers: Vec<(String, Secret)>,
    /// Where the ledgers of the targets lie.
    pub state_dir: PathBuf,
    /// Where refused days are written.
    pub refused_dir: PathBuf,
    /// Whether the URL names the collection itself, not an alias of it.
    pub in_place: bool,
    /// Whether the collections of other models are deleted once the alias leads to this run's.
    pub drop_old: bool,
    /// Which way objects take to a Weaviate server.
    pub grpc: GrpcUse,
    /// How long to wait for what.
    pub timing: Timing,
    /// Set when the run is to end: then nobody waits for a server.
    pub stop: Arc<AtomicBool>,
}

/// When objects go to a Weaviate server by gRPC. Everything else goes by REST.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GrpcUse {
    /// Where the usual port beside that of REST answers.
    #[default]
    WhereItAnswers,
    /// Always, at this URL.
    At(String),
    /// Never.
    Off,
}

impl Access {
    /// Without a key, with the usual patience.
    pub fn new(state_dir: PathBuf, refused_dir: PathBuf) -> Access {
        Access {
            api_key: None,
            headers: Vec::new(),
            state_dir,
            refused_dir,
            in_place: false,
            drop_old: false,
            grpc: GrpcUse::default(),
            timing: Timing::default(),
            stop: Arc::default(),
        }
    }
}

/// For a run whose targets are no servers.
impl Default for Access {
    fn default() -> Access {
        Access::new(PathBuf::from("."), PathBuf::from("."))
    }
}

/// How long to wait for what. Tests wait shorter.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// For a connection.
    pub connect: Duration,
    /// For an answer. A request that is given up may leave objects that a vector index does not know (`weaviate/push.rs`),
    /// so this is far beyond the second or two that a batch takes.
    pub answer: Duration,
    /// Before the first retry; doubles with each.
    pub first_delay: Duration,
    /// The longest wait between two retries.
    pub longest_delay: Duration,
    /// Before a server that is read-only or out of memory is asked again.
    pub pause: Duration,
    /// A run fails when not one day was settled for this long.
    pub patience: Duration,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(120),
            first_delay: Duration::from_millis(250),
            longest_delay: Duration::from_secs(30),
            pause: Duration::from_secs(10),
            patience: Duration::from_secs(600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        assert_eq!(format!("{:?}", Secret::new("key\n")), "Secret(..)");
    }
}
