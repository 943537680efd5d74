//! What a Weaviate server needs from the environment.

use std::path::PathBuf;

use super::WeaviateArgs;
use crate::error::Error;
use crate::sink::{Access, GrpcUse, Secret};

impl WeaviateArgs {
    /// Reads the key, and finds the folders.
    pub(super) fn access(&self) -> Result<Access, Error> {
        Ok(Access {
            in_place: self.in_place,
            ..access(self.state.clone())?
        })
    }
}

/// The same for those who only read.
pub(super) fn access(state: Option<PathBuf>) -> Result<Access, Error> {
    let data = || dirs::data_local_dir().map(|data| data.join("vitalvec"));
    let state = state.or_else(data);
    let access = Access::new(
        state.unwrap_or_else(|| PathBuf::from("vitalvec-state")),
        PathBuf::from("."),
    );
    Ok(Access {
        api_key: api_key()?,
        headers: headers()?,
        grpc: grpc()?,
        ..access
    })
}

/// Secrets come by environment or file only: arguments show in the list of processes.
fn api_key() -> Result<Option<Secret>, Error> {
    if let Some(key) = variable("WEAVIATE_API_KEY") {
        return Ok(Some(Secret::new(&key)));
    }
    let Some(path) = variable("WEAVIATE_API_KEY_FILE") else {
        return Ok(None);
    };
    match std::fs::read_to_string(&path) {
        Ok(key) => Ok(Some(Secret::new(&key))),
        Err(error) => Err(Error::Usage(format!("WEAVIATE_API_KEY_FILE={path}: {error}"))),
    }
}

/// `WEAVIATE_GRPC_URL`: where gRPC answers, or `off`.
fn grpc() -> Result<GrpcUse, Error> {
    match variable("WEAVIATE_GRPC_URL") {
        None => Ok(GrpcUse::WhereItAnswers),
        Some(word) if word.eq_ignore_ascii_case("off") => Ok(GrpcUse::Off),
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => {
            Ok(GrpcUse::At(url.trim_end_matches('/').to_string()))
        }
        Some(other) => Err(Error::Usage(format!(
            "WEAVIATE_GRPC_URL={other}: write for example http://localhost:50051, or off"
        ))),
    }
}

/// `WEAVIATE_HEADERS`: one `Name: value` a line.
fn headers() -> Result<Vec<(String, Secret)>, Error> {
    let text = variable("WEAVIATE_HEADERS").unwrap_or_default();
    let header = |line: &str| match line.split_once(':') {
        Some((name, value)) => Ok((name.trim().to_string(), Secret::new(value))),
        None => Err(Error::Usage(
            "each line of WEAVIATE_HEADERS is `Name: value`".to_string(),
        )),
    };
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(header)
        .collect()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}
