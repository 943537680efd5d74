//! Which files there are, and what each holds by its name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{InputFile, SourceError};
use crate::record::RecordKind;

/// Endings of a data file, in the order they are read.
const ENDINGS: [&str; 6] = [".json", ".ndjson", ".json.gz", ".ndjson.gz", ".json.zst", ".ndjson.zst"];

/// The files found.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// In the order they are read: by kind, then as given.
    pub files: Vec<InputFile>,
    /// Kinds of which a folder has no file.
    pub missing: Vec<RecordKind>,
}

/// Finds the files of `paths`: folders with the seven files, or files. The same file by two paths is read once.
pub fn discover(paths: &[PathBuf]) -> Result<Inputs, SourceError> {
    let mut files = Vec::new();
    let mut folders = 0;
    let mut seen = HashSet::new();
    for path in paths {
        let metadata = metadata(path).map_err(|source| SourceError::Io {
            path: path.clone(),
            source,
        })?;
        if metadata.is_dir() {
            folders += 1;
            for candidate in data_files(path) {
                add(&candidate, &mut files, &mut seen)?;
            }
        } else {
            add(path, &mut files, &mut seen)?;
        }
    }
    if !files.iter().any(|file| file.kind != RecordKind::Users) {
        let paths = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
            .join(", ");
        return Err(SourceError::NoData { paths });
    }
    files.sort_by_key(|file| file.kind);
    let missing = RecordKind::ALL
        .into_iter()
        .filter(|kind| !files.iter().any(|file| file.kind == *kind));
    let missing = if folders > 0 { missing.collect() } else { Vec::new() };
    Ok(Inputs { files, missing })
}

/// The data files that a folder has.
fn data_files(folder: &Path) -> Vec<PathBuf> {
    let names = RecordKind::ALL
        .iter()
        .flat_map(|kind| ENDINGS.map(|ending| format!("{}{ending}", kind.name())));
    names
        .map(|name| folder.join(name))
        .filter(|path| path.symlink_metadata().is_ok())
        .collect()
}

/// What a path leads to; of a link that leads nowhere, the link itself: it is a file that cannot be read, not none.
fn metadata(path: &Path) -> std::io::Result<std::fs::Metadata> {
    std::fs::metadata(path).or_else(|error| path.symlink_metadata().map_err(|_| error))
}

fn add(path: &Path, files: &mut Vec<InputFile>, seen: &mut HashSet<FileIdentity>) -> Result<(), SourceError> {
    let kind = kind_of(path).ok_or_else(|| SourceError::UnknownName {
        path: path.to_path_buf(),
    })?;
    let io_error = |source| SourceError::Io {
        path: path.to_path_buf(),
        source,
    };
    let metadata = metadata(path).map_err(io_error)?;
    if seen.insert(identity(path, &metadata).map_err(io_error)?) {
        files.push(InputFile {
            path: Arc::from(path),
            kind,
            bytes: metadata.len(),
        });
    }
    Ok(())
}

fn kind_of(path: &Path) -> Option<RecordKind> {
    let name = path.file_name()?.to_str()?;
    RecordKind::ALL.into_iter().find(|kind| {
        let ending = name.strip_prefix(kind.name());
        ending.is_some_and(|ending| ENDINGS.contains(&ending))
    })
}

/// Device and inode: links of either kind lead to the same file.
#[cfg(unix)]
type FileIdentity = (u64, u64);

#[cfg(unix)]
fn identity(_path: &Path, metadata: &std::fs::Metadata) -> std::io::Result<FileIdentity> {
    use std::os::unix::fs::MetadataExt;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
type FileIdentity = PathBuf;

#[cfg(not(unix))]
fn identity(path: &Path, _metadata: &std::fs::Metadata) -> std::io::Result<FileIdentity> {
    path.canonicalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), "[]").unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_gives_its_files_by_kind_and_names_what_is_missing() {
        let folder = folder_with(&[
            "heart_rate.ndjson",
            "heart_rate.json.gz",
            "users.json",
            "notes.txt",
            "sleep.json",
        ]);
        let inputs = discover(&[folder.path().to_path_buf()]).unwrap();
        let names: Vec<_> = inputs
            .files
            .iter()
            .map(|file| file.path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            ["users.json", "sleep.json", "heart_rate.ndjson", "heart_rate.json.gz"]
        );
        use RecordKind::*;
        assert_eq!(inputs.missing, [Activities, Workouts, Nutrition, Measurements]);
    }

    #[test]
    fn the_same_file_by_two_paths_is_read_once() {
        let folder = folder_with(&["sleep.json"]);
        let path = folder.path().join("sleep.json");
        let twice = [
            path.clone(),
            folder.path().to_path_buf(),
            folder.path().join("../").join(&path),
        ];
        assert_eq!(discover(&twice).unwrap().files.len(), 1);
    }

    #[test]
    fn profiles_alone_are_no_data() {
        let folder = folder_with(&["users.json"]);
        assert!(matches!(
            discover(&[folder.path().to_path_buf()]),
            Err(SourceError::NoData { .. })
        ));
    }

    #[test]
    fn a_file_of_another_name_is_refused() {
        let folder = folder_with(&["steps.json"]);
        assert!(matches!(
            discover(&[folder.path().join("steps.json")]),
            Err(SourceError::UnknownName { .. })
        ));
    }
}
