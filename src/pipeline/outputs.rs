//! No file that a run writes may be one that it reads, or writes for another purpose: records would be lost.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use crate::config::IngestConfig;
use crate::error::Error;
use crate::source::InputFile;

/// Refuses a run whose outputs meet each other or its inputs. Nothing was created yet.
pub(super) fn check(config: &IngestConfig, inputs: &[InputFile]) -> Result<(), Error> {
    let targets = config
        .targets
        .iter()
        .filter_map(|target| Some((target.to_string(), target.path()?)));
    let rejects = config.rejects.iter().map(|path| ("--rejects".to_string(), path));
    let reports = config.report.iter().map(|path| ("--report".to_string(), path));
    let caches = config.cache.iter().map(|cache| ("--cache".to_string(), &cache.path));
    let mut taken: Vec<(String, PathBuf)> = Vec::new();
    for input in inputs {
        taken.push(("the input".to_string(), place(&input.path)));
    }
    for (name, path) in targets.chain(rejects).chain(reports).chain(caches) {
        let place = place(path);
        if let Some((other, _)) = taken.iter().find(|(_, taken)| *taken == place) {
            let problem = format!(
                "{name} would write to {}, which is taken by {other}; name another file",
                path.display()
            );
            return Err(Error::Usage(problem));
        }
        taken.push((name, place));
    }
    if let Some(report) = &config.report {
        // Hours later is too late to learn it.
        can_be_written(report).map_err(|source| Error::Output {
            path: report.clone(),
            source,
        })?;
    }
    let mut servers = HashSet::new();
    let mut addresses = config.targets.iter().filter(|target| target.path().is_none());
    match addresses.find(|target| !servers.insert(target.to_string())) {
        Some(twice) => Err(Error::Usage(format!("{twice} is named twice; name it once"))),
        None => Ok(()),
    }
}

/// Whether a file can be replaced or made; a pipe or a device is not touched, because its reader would see an end.
fn can_be_written(path: &Path) -> std::io::Result<()> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => OpenOptions::new().write(true).open(path).map(drop),
        Ok(_) => Ok(()),
        Err(_) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            tempfile::tempfile_in(folder.unwrap_or(Path::new("."))).map(drop)
        }
    }
}

/// The file behind a path, links followed; for one that is not there, its name in the folder behind the path.
fn place(path: &Path) -> PathBuf {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let in_folder = || Some(folder.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize()
        .ok()
        .or_else(in_folder)
        .unwrap_or_else(|| path.to_path_buf())
}
