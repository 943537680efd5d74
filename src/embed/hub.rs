//! The Hugging Face hub: downloads the files of a manifest entry, at its commit, into a folder. It checks nothing:
//! the caller compares digests.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use reqwest::blocking::Client;

use super::EmbedError;
use super::manifest::ManifestEntry;

const HUB: &str = "https://huggingface.co";

/// A machine without a way to the hub is told so at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// For the answer, and for each piece of the body: a download may take minutes, but not stand still.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Fills `into` with the files of the entry.
pub(super) fn download(entry: &ManifestEntry, into: &Path, say: &mut dyn FnMut(&str)) -> Result<(), EmbedError> {
    download_from(HUB, entry, into, say)
}

fn download_from(hub: &str, entry: &ManifestEntry, into: &Path, say: &mut dyn FnMut(&str)) -> Result<(), EmbedError> {
    let client = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(STALL_TIMEOUT)
        .user_agent(concat!("vitalvec/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| failed(hub, &error))?;
    for file in entry.sha256.keys() {
        let url = format!("{hub}/{}/resolve/{}/{file}", entry.repository, entry.revision);
        say(&format!("fetching {url}"));
        save(&client, &url, &into.join(file))?;
    }
    Ok(())
}

fn save(client: &Client, url: &str, path: &Path) -> Result<(), EmbedError> {
    let answer = client
        .get(url)
        .send()
        .and_then(reqwest::blocking::Response::error_for_status);
    let mut body = answer.map_err(|error| failed(url, &error))?;
    let mut file = create(path).map_err(|source| EmbedError::File {
        path: path.to_path_buf(),
        source,
    })?;
    io::copy(&mut body, &mut file).map_err(|error| failed(url, &error))?;
    Ok(())
}

fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create(path)
}

/// The innermost cause says what happened ("connection refused"); the outer ones only where.
fn failed(url: &str, error: &dyn std::error::Error) -> EmbedError {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    EmbedError::Hub {
        url: url.to_string(),
        problem: cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::embed::manifest;

    fn entry() -> ManifestEntry {
        ManifestEntry {
            repository: "owner/model".to_string(),
            revision: "c0ffee".to_string(),
            sha256: BTreeMap::from([("1_Pooling/config.json".to_string(), String::new())]),
            ..manifest::entry(manifest::DEFAULT_MODEL).unwrap().clone()
        }
    }

    /// Answers one request with `answer`, and returns the request line.
    fn serve_once(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hub = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            text.lines().next().unwrap_or_default().to_string()
        });
        (hub, server)
    }

    #[test]
    fn files_are_asked_for_at_their_commit_and_saved() {
        let (hub, server) = serve_once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        let folder = tempfile::tempdir().unwrap();
        download_from(&hub, &entry(), folder.path(), &mut |_| {}).unwrap();
        assert_eq!(fs::read(folder.path().join("1_Pooling/config.json")).unwrap(), b"{}");
        let request = server.join().unwrap();
        assert_eq!(
            request,
            "GET /owner/model/resolve/c0ffee/1_Pooling/config.json HTTP/1.1"
        );
    }

    #[test]
    fn a_refusal_names_the_address_and_the_status() {
        let (hub, server) = serve_once("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let folder = tempfile::tempdir().unwrap();
        let message = download_from(&hub, &entry(), folder.path(), &mut |_| {})
            .unwrap_err()
            .to_string();
        assert!(message.contains("c0ffee") && message.contains("404"), "{message}");
        server.join().unwrap();
    }

    #[test]
    fn a_body_cut_short_is_an_error() {
        let (hub, server) = serve_once("HTTP/1.1 200 OK\r\nContent-Length: 20\r\nConnection: close\r\n\r\n{}");
        let folder = tempfile::tempdir().unwrap();
        assert!(download_from(&hub, &entry(), folder.path(), &mut |_| {}).is_err());
        server.join().unwrap();
    }

    #[test]
    fn a_hub_that_is_not_there_is_an_error_with_its_cause() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hub = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let folder = tempfile::tempdir().unwrap();
        let message = download_from(&hub, &entry(), folder.path(), &mut |_| {})
            .unwrap_err()
            .to_string();
        assert!(message.to_lowercase().contains("refused"), "{message}");
    }
}
