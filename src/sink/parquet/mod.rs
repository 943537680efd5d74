//! The `parquet:` target. What comes in: objects; what goes out: a Parquet file with one row a day and one column a
//! property, which DuckDB and pyarrow read. The same objects in the same order give the same bytes, however they were
//! batched. It never leaves a half-written file: see `whole_file`.
//!
//! The columns, in the order of the contract: texts are strings, `date` is a date, counts are int64, numbers are
//! float64, lists are lists of strings, `vector` is a fixed-size list of float32 (no such column in a run without
//! vectors). Absent is null.

mod columns;

use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use self::columns::DayColumns;
use super::whole_file::WholeFile;
use super::{Finished, Pushed, Sink, SinkError, checked_vector};
use crate::document::Object;

/// Rows handed to the writer at once, whatever a call to `push` brings: the writer may end a page only between them.
const BATCH_ROWS: usize = 1024;

/// A row group is kept in memory until it is full: 16,384 vectors of 384 numbers are 25 MB.
const GROUP_ROWS: usize = 16 * BATCH_ROWS;

/// Ends a row group earlier when vectors are long.
const GROUP_BYTES: usize = 64 * 1024 * 1024;

/// A Parquet file with one row a day.
pub struct ParquetSink {
    path: PathBuf,
    writer: ArrowWriter<WholeFile>,
    columns: DayColumns,
    dimensions: Option<usize>,
}

/// Opens a Parquet file; `dimensions` is the length of the run's vectors, `None` in a run without.
pub fn open_parquet(path: &Path, dimensions: Option<usize>) -> Result<ParquetSink, SinkError> {
    let file = WholeFile::open(path).map_err(|source| SinkError::file(path, source))?;
    let columns = DayColumns::new(dimensions);
    let options = ArrowWriterOptions::new().with_properties(properties());
    let writer =
        ArrowWriter::try_new_with_options(file, columns.schema(), options).map_err(|error| refused(path, error))?;
    Ok(ParquetSink {
        path: path.to_path_buf(),
        writer,
        columns,
        dimensions,
    })
}

fn properties() -> WriterProperties {
    // A dictionary of vectors would only be given up again: no two numbers are the same.
    let vector = ColumnPath::from(vec!["vector".to_string(), "list".to_string(), "element".to_string()]);
    WriterProperties::builder()
        .set_created_by(concat!("vitalvec version ", env!("CARGO_PKG_VERSION")).to_string())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .set_column_dictionary_enabled(vector, false)
        .build()
}

impl ParquetSink {
    /// Hands the rows gathered so far to the writer.
    fn write_batch(&mut self) -> Result<(), ParquetError> {
        let batch = self.columns.take_batch()?;
        self.writer.write(&batch)
    }

    fn close(mut self) -> Result<WholeFile, ParquetError> {
        if self.columns.rows() > 0 {
            self.write_batch()?;
        }
        self.writer.into_inner()
    }
}

impl Sink for ParquetSink {
    fn push(&mut self, objects: &[Object]) -> Result<Pushed, SinkError> {
        for object in objects {
            checked_vector(&self.path, object, self.dimensions)?;
        }
        for object in objects {
            self.columns.append(object);
            if self.columns.rows() == BATCH_ROWS {
                self.write_batch().map_err(|error| refused(&self.path, error))?;
            }
        }
        Ok(Pushed::default())
    }

    fn finish(self: Box<Self>) -> Result<Finished, SinkError> {
        let path = self.path.clone();
        let file = self.close().map_err(|error| refused(&path, error))?;
        file.finish().map_err(|source| SinkError::file(&path, source))
    }
}

/// Errors of the file come through the writer wrapped.
fn refused(path: &Path, error: ParquetError) -> SinkError {
    let path = path.to_path_buf();
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(source) => SinkError::File { path, source: *source },
            Err(inner) => SinkError::Parquet {
                path,
                source: ParquetError::External(inner),
            },
        },
        source => SinkError::Parquet { path, source },
    }
}
