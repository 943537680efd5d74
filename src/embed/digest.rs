//! SHA-256 of files, as lowercase hexadecimal digits.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::EmbedError;

/// The digest of a file.
pub(super) fn sha256_of_file(path: &Path) -> Result<String, EmbedError> {
    digest(path).map_err(|source| EmbedError::File {
        path: path.to_path_buf(),
        source,
    })
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut block)?;
        if length == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&block[..length]);
    }
}

/// Fails unless the file has that digest.
pub(super) fn check(path: &Path, expected: &str) -> Result<(), EmbedError> {
    let found = sha256_of_file(path)?;
    if found == expected {
        return Ok(());
    }
    Err(EmbedError::Digest {
        path: path.to_path_buf(),
        expected: expected.to_string(),
        found,
    })
}

/// Two lowercase digits a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
