//! Files of a directory to the texts of their records. Never judges a record.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

const ENDINGS: [&str; 6] = ["json", "json.gz", "json.zst", "ndjson", "ndjson.gz", "ndjson.zst"];

/// The files that are there, with their kind.
pub(crate) fn files(dir: &Path) -> Vec<(&'static str, PathBuf)> {
    let mut found = Vec::new();
    for kind in super::DATA_KINDS.into_iter().chain(["users"]) {
        for ending in ENDINGS {
            let path = dir.join(format!("{kind}.{ending}"));
            if path.exists() {
                found.push((kind, path));
            }
        }
    }
    found
}

/// The decompressed text, byte-order mark included.
pub(crate) fn text(path: &Path) -> String {
    let stored = std::fs::read(path).unwrap();
    let bytes = if stored.starts_with(&[0x1f, 0x8b]) {
        let mut bytes = Vec::new();
        flate2::read::MultiGzDecoder::new(&stored[..])
            .read_to_end(&mut bytes)
            .unwrap();
        bytes
    } else if stored.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        zstd::decode_all(&stored[..]).unwrap()
    } else {
        stored
    };
    String::from_utf8(bytes).unwrap()
}

/// The records of a text: the elements of its array, or one object after the other.
pub(crate) fn records(text: &str) -> Vec<&RawValue> {
    let body = text.trim_start_matches('\u{feff}');
    if body.trim_start().starts_with('[') {
        serde_json::from_str(body).unwrap()
    } else {
        serde_json::Deserializer::from_str(body)
            .into_iter()
            .map(Result::unwrap)
            .collect()
    }
}
