//! The files of a data set. What comes in: users in order, as text; what goes out: seven files and `planted.ndjson`,
//! whole or not at all: they are written beside their place and renamed at the end.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::record::RecordKind;

use super::life::Life;
use super::record_text::Records;
use super::{Form, GenerateError, Summary};

/// Name of the file of planted facts.
const PLANTED: &str = "planted.ndjson";

/// Larger than what one user adds to a small file, so that those are not written user by user.
const BUFFER_BYTES: usize = 1 << 20;

/// One file on its way.
struct Output {
    place: PathBuf,
    /// Where it is written until it is whole.
    part: PathBuf,
    form: Form,
    writer: BufWriter<File>,
    bytes: u64,
    records: u64,
}

impl Output {
    fn create(folder: &Path, name: &str, form: Form) -> Result<Output, GenerateError> {
        let place = folder.join(name);
        let part = folder.join(format!("{name}.part"));
        let file = File::create(&part).map_err(|source| GenerateError::file(&part, source))?;
        Ok(Output {
            place,
            part,
            form,
            writer: BufWriter::with_capacity(BUFFER_BYTES, file),
            bytes: 0,
            records: 0,
        })
    }

    fn append(&mut self, records: &Records) -> Result<(), GenerateError> {
        if records.count == 0 {
            return Ok(());
        }
        let before = if self.records == 0 {
            self.form.frame(true).0
        } else {
            self.form.between()
        };
        self.put(before.as_bytes())?;
        self.put(&records.bytes)?;
        self.records += records.count;
        Ok(())
    }

    /// Writes what ends the file.
    fn close(&mut self) -> Result<(), GenerateError> {
        let (open, close) = self.form.frame(self.records > 0);
        if self.records == 0 {
            self.put(open.as_bytes())?;
        }
        self.put(close.as_bytes())?;
        self.writer
            .flush()
            .map_err(|source| GenerateError::file(&self.part, source))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), GenerateError> {
        let written: io::Result<()> = self.writer.write_all(bytes);
        written.map_err(|source| GenerateError::file(&self.part, source))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

/// The files of a data set on their way; dropped before the end they leave nothing.
pub(super) struct DataSet {
    /// One for each of [`RecordKind::ALL`], in that order.
    outputs: Vec<Output>,
    planted: Output,
}

impl DataSet {
    /// Makes the folder and opens the files.
    pub(super) fn create(folder: &Path, form: Form) -> Result<DataSet, GenerateError> {
        std::fs::create_dir_all(folder).map_err(|source| GenerateError::file(folder, source))?;
        refuse_other_forms(folder, form)?;
        let name = |kind: RecordKind| format!("{}.{}", kind.name(), form.extension());
        let is_generated = folder.join(PLANTED).exists();
        let others = RecordKind::ALL
            .iter()
            .map(|kind| folder.join(name(*kind)))
            .find(|path| path.exists());
        if let Some(path) = others.filter(|_| !is_generated) {
            return Err(GenerateError::NotGenerated { path });
        }
        let outputs = RecordKind::ALL.map(|kind| Output::create(folder, &name(kind), form));
        Ok(DataSet {
            outputs: outputs.into_iter().collect::<Result<_, _>>()?,
            planted: Output::create(folder, PLANTED, Form::Ndjson)?,
        })
    }

    /// Adds the next user; says how many bytes that were.
    pub(super) fn append(&mut self, life: &Life) -> Result<u64, GenerateError> {
        let before = self.bytes();
        for (output, records) in self.outputs.iter_mut().zip(&life.files) {
            output.append(records)?;
        }
        self.planted.append(&life.planted)?;
        Ok(self.bytes() - before)
    }

    /// Ends the files and puts them in their place.
    pub(super) fn finish(mut self) -> Result<Summary, GenerateError> {
        for output in self.all_mut() {
            output.close()?;
        }
        for output in self.all_mut() {
            std::fs::rename(&output.part, &output.place)
                .map_err(|source| GenerateError::file(&output.place, source))?;
        }
        let files = self.outputs.iter();
        Ok(Summary {
            files: files
                .map(|file| (file.place.clone(), file.bytes, file.records))
                .collect(),
            planted: self.planted.records,
            planted_path: self.planted.place.clone(),
        })
    }

    fn bytes(&self) -> u64 {
        self.outputs.iter().map(|output| output.bytes).sum()
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Output> {
        self.outputs.iter_mut().chain([&mut self.planted])
    }
}

/// Removes what was not finished. After a success the parts have other names already.
impl Drop for Output {
    fn drop(&mut self) {
        // A part that cannot be removed harms nobody: it is no input, and the next run overwrites it.
        let _ = std::fs::remove_file(&self.part);
    }
}

/// A reader takes `sleep.json` and `sleep.ndjson` alike: both beside each other would count every day twice.
fn refuse_other_forms(folder: &Path, form: Form) -> Result<(), GenerateError> {
    const ENDINGS: [&str; 6] = ["json", "json.gz", "json.zst", "ndjson", "ndjson.gz", "ndjson.zst"];
    for kind in RecordKind::ALL {
        for ending in ENDINGS.into_iter().filter(|ending| *ending != form.extension()) {
            let path = folder.join(format!("{}.{ending}", kind.name()));
            if path.exists() {
                return Err(GenerateError::OtherForm { path });
            }
        }
    }
    Ok(())
}
