//! A file that is replaced as a whole or left alone. What comes in: bytes, from the first to the last; what goes
//! out: the file with exactly these bytes, under its name only when it is complete. It never changes the old file
//! in place.
//!
//! As long as the new bytes equal those of the file already there, nothing is written: a run that produces the same
//! file twice touches nothing the second time. At the first difference the part that was equal is copied to a
//! temporary file beside the old one, the rest follows, and `finish` renames it. Dropped before that, it
//! removes the temporary file. A process that is killed cannot: it leaves a hidden `.NAME.….partial` behind, which the
//! next run deletes, because nobody holds its lock.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Finished;

/// Large enough that the calls to the system cost nothing against the copying of the bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// How the names of unfinished files end.
const PARTIAL: &str = ".partial";

/// See the module.
#[derive(Debug)]
pub(super) struct WholeFile {
    path: PathBuf,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Everything so far is what the old file holds.
    Comparing(Comparison),
    /// The new file, complete up to here.
    Writing(BufWriter<NamedTempFile>),
    /// An error left a gap: the file must not get its name any more.
    Failed,
}

#[derive(Debug)]
struct Comparison {
    old: BufReader<File>,
    equal_bytes: u64,
}

impl WholeFile {
    /// Begins to replace the file at `path`, which need not exist. Where it is a link, the file it leads to is meant.
    pub(super) fn open(path: &Path) -> io::Result<WholeFile> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        remove_left_over(&target);
        let state = match File::open(&target) {
            Ok(old) => State::Comparing(Comparison::begin(old)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::Writing(begin_beside(&target)?),
            Err(error) => return Err(error),
        };
        Ok(WholeFile { path: target, state })
    }

    /// Gives the file its name, durably; nothing happens where the old file held the same bytes.
    pub(super) fn finish(mut self) -> io::Result<Finished> {
        if let State::Comparing(comparison) = &mut self.state
            && comparison.old.fill_buf()?.is_empty()
        {
            return Ok(Finished::Unchanged);
        }
        let mut written = self.written()?;
        written.flush()?;
        let temporary = written.into_inner().map_err(|error| error.into_error())?;
        temporary.as_file().sync_all()?;
        temporary.persist(&self.path).map_err(|error| error.error)?;
        sync_folder(folder_of(&self.path))?;
        Ok(Finished::Stored)
    }

    /// The new file up to here, taken out of `self`; begun now where there was no difference so far.
    fn written(&mut self) -> io::Result<BufWriter<NamedTempFile>> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Comparing(comparison) => comparison.copy_beside(&self.path),
            State::Writing(written) => Ok(written),
            State::Failed => Err(io::Error::other("an earlier write failed")),
        }
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        if let State::Comparing(comparison) = &mut self.state {
            rest = &bytes[comparison.advance(bytes)?..];
            if rest.is_empty() {
                return Ok(());
            }
        }
        // An error on the way leaves `State::Failed` behind.
        let mut written = self.written()?;
        written.write_all(rest)?;
        self.state = State::Writing(written);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Comparison {
    fn begin(old: File) -> io::Result<Comparison> {
        if !old.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Comparison {
            old: BufReader::with_capacity(BUFFER_BYTES, old),
            equal_bytes: 0,
        })
    }

    /// How many of `bytes`, from the first, the old file has here, too.
    fn advance(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut equal = 0;
        while equal < bytes.len() {
            let old = self.old.fill_buf()?;
            let new = &bytes[equal..];
            let comparable = old.len().min(new.len());
            let same = equal_prefix(&old[..comparable], &new[..comparable]);
            self.old.consume(same);
            equal += same;
            if same < comparable || comparable == 0 {
                break;
            }
        }
        self.equal_bytes += equal as u64;
        Ok(equal)
    }

    /// A temporary file with the bytes that were equal, and the permissions of the old file.
    fn copy_beside(mut self, path: &Path) -> io::Result<BufWriter<NamedTempFile>> {
        let mut written = begin_beside(path)?;
        let permissions = self.old.get_ref().metadata()?.permissions();
        written.get_ref().as_file().set_permissions(permissions)?;
        self.old.rewind()?;
        let copied = io::copy(&mut self.old.take(self.equal_bytes), &mut written)?;
        if copied != self.equal_bytes {
            return Err(io::Error::other("another program changed the file meanwhile"));
        }
        Ok(written)
    }
}

fn equal_prefix(old: &[u8], new: &[u8]) -> usize {
    if old == new {
        return old.len();
    }
    old.iter().zip(new).take_while(|(old, new)| old == new).count()
}

fn begin_beside(path: &Path) -> io::Result<BufWriter<NamedTempFile>> {
    let prefix = prefix(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(PARTIAL);
    // Without this the file would be private to its owner, whatever the umask says.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    loop {
        let temporary = builder.tempfile_in(folder_of(path))?;
        // A file system without locks has none to lose.
        let _ = temporary.as_file().try_lock();
        // Another run may have taken it for a left-over one before it was locked.
        if temporary.path().exists() {
            return Ok(BufWriter::with_capacity(BUFFER_BYTES, temporary));
        }
    }
}

/// How the names of a file's temporary ones begin.
fn prefix(path: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    prefix
}

/// Deletes the temporary files of runs that were killed: those that nobody holds locked. It is no failure if that fails.
fn remove_left_over(path: &Path) {
    let Ok(entries) = fs::read_dir(folder_of(path)) else {
        return;
    };
    let prefix = prefix(path);
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let is_partial = name.starts_with(prefix.as_encoded_bytes()) && name.ends_with(PARTIAL.as_bytes());
        if is_partial && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A rename is durable when its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tempfile::TempDir;

    /// A folder with `old` in it, unless there is no old file.
    fn folder_with(old: Option<&[u8]>) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("days.ndjson");
        if let Some(old) = old {
            fs::write(&path, old).unwrap();
        }
        (folder, path)
    }

    fn replace(path: &Path, chunks: &[&[u8]]) -> Finished {
        let mut file = WholeFile::open(path).unwrap();
        for chunk in chunks {
            file.write_all(chunk).unwrap();
        }
        file.finish().unwrap()
    }

    fn names_in(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn the_same_bytes_leave_the_file_alone() {
        let (folder, path) = folder_with(Some(b"one\ntwo\n"));
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        let mut file = WholeFile::open(&path).unwrap();
        for chunk in [b"one\n", b"two\n"] {
            file.write_all(chunk).unwrap();
        }
        assert_eq!(names_in(folder.path()), 1, "nothing is written beside");
        assert_eq!(file.finish().unwrap(), Finished::Unchanged);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    }

    #[test]
    fn any_difference_replaces_the_file() {
        type OldAndChunks = (Option<&'static [u8]>, &'static [&'static [u8]]);
        let cases: [OldAndChunks; 7] = [
            (None, &[b"one\n"]),
            (None, &[]),
            (Some(b""), &[b"one\n"]),
            (Some(b"one\n"), &[]),
            (Some(b"one\n"), &[b"one\n", b"two\n"]),
            (Some(b"one\ntwo\n"), &[b"one\n"]),
            (Some(b"one\ntwo\nthree\n"), &[b"one\n", b"TWO\n", b"three\n"]),
        ];
        for (old, chunks) in cases {
            let (folder, path) = folder_with(old);
            assert_eq!(replace(&path, chunks), Finished::Stored, "{old:?} -> {chunks:?}");
            assert_eq!(fs::read(&path).unwrap(), chunks.concat());
            assert_eq!(names_in(folder.path()), 1);
        }
    }

    #[test]
    fn an_empty_file_stays_when_nothing_is_written() {
        let (_folder, path) = folder_with(Some(b""));
        assert_eq!(replace(&path, &[]), Finished::Unchanged);
    }

    #[test]
    fn a_dropped_file_leaves_the_old_one_and_nothing_beside() {
        let (folder, path) = folder_with(Some(b"one\n"));
        let mut file = WholeFile::open(&path).unwrap();
        file.write_all(b"two\n").unwrap();
        assert_eq!(names_in(folder.path()), 2);
        drop(file);
        assert_eq!(names_in(folder.path()), 1);
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
    }

    #[test]
    fn what_a_killed_run_left_goes_and_what_another_run_writes_stays() {
        let (folder, path) = folder_with(Some(b"old"));
        let left = folder.path().join(".days.ndjson.a1b2c3.partial");
        fs::write(&left, "cut").unwrap();
        let other = begin_beside(&path).unwrap();
        assert_eq!(replace(&path, &[b"old"]), Finished::Unchanged);
        assert!(!left.exists() && other.get_ref().path().exists());
    }

    #[test]
    fn a_folder_that_is_missing_or_a_name_that_is_no_file_is_an_error() {
        let (folder, path) = folder_with(None);
        let missing = WholeFile::open(&folder.path().join("no/days.ndjson")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        fs::create_dir(&path).unwrap();
        assert!(WholeFile::open(&path).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_new_file_keeps_the_permissions_of_the_old() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path) = folder_with(Some(b"one\n"));
        fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        replace(&path, &[b"two\n"]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let (folder, path) = folder_with(Some(b"one\n"));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace(&link, &[b"two\n"]);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"two\n");
    }

    proptest! {
        #[test]
        fn the_file_holds_exactly_what_was_written(
            old in proptest::option::of(proptest::collection::vec(0u8..3, 0..40)),
            keep in 0usize..40,
            tail in proptest::collection::vec(0u8..3, 0..40),
            cuts in proptest::collection::vec(0usize..80, 0..6),
        ) {
            // Most cases begin with a part of the old file: that is where the comparison can go wrong.
            let mut new: Vec<u8> = old.iter().flatten().copied().take(keep).collect();
            new.extend(tail);
            let (folder, path) = folder_with(old.as_deref());
            let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (new.len() + 1)).collect();
            ends.push(new.len());
            ends.sort_unstable();
            let mut file = WholeFile::open(&path).unwrap();
            let mut start = 0;
            for end in ends {
                file.write_all(&new[start..end]).unwrap();
                start = end;
            }
            let finished = file.finish().unwrap();
            prop_assert_eq!(finished == Finished::Unchanged, old.as_ref() == Some(&new));
            prop_assert_eq!(fs::read(&path).unwrap(), new);
            prop_assert_eq!(names_in(folder.path()), 1);
        }
    }
}
