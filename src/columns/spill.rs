//! Where packed blocks wait: in memory up to a limit, beyond it in a temporary file.
//!
//! Each bucket has segments of its own, so that reading it back touches nothing else. When the limit is passed,
//! all segments in memory move to the file at once. The file has no name (it is unlinked as soon as it is made), so
//! it is gone after any end of the program. Each segment on disk carries a checksum.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use super::block::{Block, BlockError};

/// Blocks are joined in buffers of this size: thousands of small allocations would cost more than they hold.
const SEGMENT_BYTES: usize = 256 << 10;

/// Where a block is among the segments of its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    segment: u32,
    offset: u32,
    length: u32,
}

/// Why packed columns could not be kept or read back.
#[derive(Debug, thiserror::Error)]
pub enum SpillError {
    /// The temporary file failed.
    #[error(
        "the temporary file of columns beyond the memory limit, in {folder}: {source}; free space there, set TMPDIR to another folder, or raise --memory"
    )]
    File {
        /// Where temporary files are made.
        folder: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What was read back is not what was written.
    #[error("the temporary file of columns is damaged (checksum of segment {segment}); check the disk")]
    Checksum {
        /// Which segment.
        segment: usize,
    },
    /// A block does not unpack.
    #[error(transparent)]
    Block(#[from] BlockError),
}

#[derive(Debug)]
enum Segment {
    Memory(Vec<u8>),
    Disk { offset: u64, length: usize, checksum: u64 },
}

/// The segments of a run, by bucket.
#[derive(Debug)]
pub(super) struct Spill {
    memory_bytes: u64,
    buckets: Vec<Vec<Segment>>,
    in_memory: u64,
    on_disk: u64,
    file: Option<Mutex<File>>,
}

impl Spill {
    pub(super) fn new(buckets: usize, memory_bytes: u64) -> Spill {
        let buckets = (0..buckets).map(|_| Vec::new()).collect();
        Spill {
            memory_bytes,
            buckets,
            in_memory: 0,
            on_disk: 0,
            file: None,
        }
    }

    /// Bytes in memory and on disk.
    pub(super) fn bytes(&self) -> (u64, u64) {
        (self.in_memory, self.on_disk)
    }

    /// Keeps a block.
    pub(super) fn store(&mut self, bucket: usize, block: Block<'_>) -> Result<Stored, SpillError> {
        if self.in_memory > self.memory_bytes {
            self.move_to_disk().map_err(file_error)?;
        }
        let bytes = block.0;
        self.in_memory += bytes.len() as u64;
        let segments = &mut self.buckets[bucket];
        if let Some(Segment::Memory(open)) = segments.last_mut()
            && open.len() + bytes.len() <= SEGMENT_BYTES
        {
            let offset = open.len() as u32;
            open.extend_from_slice(bytes);
            return Ok(Stored {
                segment: segments.len() as u32 - 1,
                offset,
                length: bytes.len() as u32,
            });
        }
        let mut open = Vec::with_capacity(SEGMENT_BYTES.max(bytes.len()));
        open.extend_from_slice(bytes);
        segments.push(Segment::Memory(open));
        Ok(Stored {
            segment: segments.len() as u32 - 1,
            offset: 0,
            length: bytes.len() as u32,
        })
    }

    /// Leaves everything on disk if something is there already.
    pub(super) fn finish(&mut self) -> Result<(), SpillError> {
        if self.on_disk > 0 {
            self.move_to_disk().map_err(file_error)?;
        }
        Ok(())
    }

    /// The segments of a bucket, read back where they are on disk.
    pub(super) fn load(&self, bucket: usize) -> Result<Segments<'_>, SpillError> {
        let segments = self.buckets[bucket]
            .iter()
            .enumerate()
            .map(|(index, segment)| match segment {
                Segment::Memory(bytes) => Ok(Cow::Borrowed(bytes.as_slice())),
                Segment::Disk {
                    offset,
                    length,
                    checksum,
                } => {
                    let bytes = self.read(*offset, *length).map_err(file_error)?;
                    if fold(&bytes) != *checksum {
                        return Err(SpillError::Checksum { segment: index });
                    }
                    Ok(Cow::Owned(bytes))
                }
            });
        Ok(Segments(segments.collect::<Result<_, SpillError>>()?))
    }

    fn move_to_disk(&mut self) -> std::io::Result<()> {
        if self.file.is_none() {
            self.file = Some(Mutex::new(tempfile::tempfile()?));
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let file = file.get_mut().unwrap_or_else(PoisonError::into_inner);
        for segment in self.buckets.iter_mut().flatten() {
            if let Segment::Memory(bytes) = segment {
                file.write_all(bytes)?;
                let (offset, length) = (self.on_disk, bytes.len());
                self.on_disk += length as u64;
                self.in_memory -= length as u64;
                *segment = Segment::Disk {
                    offset,
                    length,
                    checksum: fold(bytes),
                };
            }
        }
        Ok(())
    }

    fn read(&self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        if let Some(file) = &self.file {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(&mut bytes)?;
        }
        Ok(bytes)
    }
}

/// The segments of one bucket, in memory.
#[derive(Debug)]
pub(super) struct Segments<'a>(Vec<Cow<'a, [u8]>>);

impl Segments<'_> {
    /// A block.
    pub(super) fn block(&self, stored: &Stored) -> Block<'_> {
        let start = stored.offset as usize;
        Block(&self.0[stored.segment as usize][start..start + stored.length as usize])
    }
}

/// A 64-bit checksum (FNV-1a over words): it need not resist an attacker, only notice a bad disk.
fn fold(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        (hash ^ word).wrapping_mul(0x0100_0000_01b3)
    })
}

fn file_error(source: std::io::Error) -> SpillError {
    SpillError::File {
        folder: std::env::temp_dir(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_from_memory_and_from_disk() {
        for memory_bytes in [0, 1000, u64::MAX] {
            let mut spill = Spill::new(3, memory_bytes);
            let bytes = |number: usize| vec![number as u8; number % 700];
            let stored: Vec<(usize, Stored)> = (0..500)
                .map(|number| (number % 3, spill.store(number % 3, Block(&bytes(number))).unwrap()))
                .collect();
            assert_eq!(spill.bytes().1 > 0, memory_bytes < u64::MAX);
            for (number, (bucket, stored)) in stored.iter().enumerate() {
                assert_eq!(
                    spill.load(*bucket).unwrap().block(stored),
                    Block(&bytes(number)),
                    "block {number}"
                );
            }
        }
    }

    #[test]
    fn a_damaged_file_is_noticed() {
        let mut spill = Spill::new(1, 0);
        spill.store(0, Block(&[1; 100])).unwrap();
        spill.store(0, Block(&[2; 100])).unwrap();
        let file = spill.file.as_mut().unwrap().get_mut().unwrap();
        file.seek(SeekFrom::Start(50)).unwrap();
        file.write_all(&[9]).unwrap();
        assert!(matches!(spill.load(0), Err(SpillError::Checksum { segment: 0 })));
    }
}
