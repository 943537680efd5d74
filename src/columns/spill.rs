//! Where packed blocks wait: in memory up to a limit, beyond it in a temporary file.
//!
//! In memory a block stays in the buffer of its chunk, as the thread that packed it left it. When the limit is passed, all
//! blocks in memory move to the file at once, bucket by bucket, so that reading a bucket back touches nothing else. The file
//! has no name (it is unlinked as soon as it is made), so it is gone after any end of the program. Each segment of it
//! carries a checksum.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::block::{Block, BlockError};

/// A segment on disk ends with the block that brings it to this size, which bounds the copy that is made to write it. By
/// reasoning, not by tuning: few writes of a bucket, and little beside what is in memory.
const SEGMENT_BYTES: usize = 1 << 20;

/// Where a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// A place in the buffer of a chunk.
    Memory { chunk: u32, place: Range<u32> },
    /// A place in a segment of the file.
    Disk { segment: u32, place: Range<u32> },
}

impl Stored {
    /// A block at a place of a chunk.
    pub(super) fn in_chunk(chunk: u32, place: Range<usize>) -> Stored {
        debug_assert!(!place.is_empty(), "a block tells at least its number of rows");
        Stored::Memory {
            chunk,
            place: narrow(place.start)..narrow(place.end),
        }
    }
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

/// Blocks of one bucket on disk.
#[derive(Debug)]
struct Segment {
    offset: u64,
    length: usize,
    checksum: u64,
}

/// The blocks of a run.
#[derive(Debug)]
pub(super) struct Spill {
    memory_bytes: u64,
    /// Chunks in memory, block behind block.
    chunks: Vec<Vec<u8>>,
    in_memory: u64,
    /// What the file has.
    segments: Vec<Segment>,
    on_disk: u64,
    file: Option<Mutex<File>>,
}

impl Spill {
    pub(super) fn new(memory_bytes: u64) -> Spill {
        Spill {
            memory_bytes,
            chunks: Vec::new(),
            in_memory: 0,
            segments: Vec::new(),
            on_disk: 0,
            file: None,
        }
    }

    /// Bytes in memory and on disk.
    pub(super) fn bytes(&self) -> (u64, u64) {
        (self.in_memory, self.on_disk)
    }

    /// Whether what is in memory should move to the file.
    pub(super) fn is_full(&self) -> bool {
        self.in_memory > self.memory_bytes
    }

    /// The number that the next chunk will have.
    pub(super) fn next_chunk(&self) -> u32 {
        narrow(self.chunks.len())
    }

    /// Keeps the blocks of the next chunk.
    pub(super) fn keep(&mut self, bytes: Vec<u8>) {
        self.in_memory += bytes.len() as u64;
        self.chunks.push(bytes);
    }

    /// Moves all blocks that are in memory to the file, those of one bucket behind each other. After an error nothing can be
    /// read any more.
    pub(super) fn move_to_disk<'a>(
        &mut self,
        buckets: impl Iterator<Item = impl Iterator<Item = &'a mut Stored>>,
    ) -> Result<(), SpillError> {
        let mut file = match self.file.take() {
            Some(file) => file.into_inner().unwrap_or_else(PoisonError::into_inner),
            None => tempfile::tempfile().map_err(file_error)?,
        };
        let mut bytes = Vec::new();
        for bucket in buckets {
            for stored in bucket {
                let Stored::Memory { chunk, place } = stored else {
                    continue;
                };
                let block = &self.chunks[*chunk as usize][widen(place)];
                let start = narrow(bytes.len());
                bytes.extend_from_slice(block);
                *stored = Stored::Disk {
                    segment: narrow(self.segments.len()),
                    place: start..narrow(bytes.len()),
                };
                if bytes.len() >= SEGMENT_BYTES {
                    self.end_segment(&mut file, &mut bytes).map_err(file_error)?;
                }
            }
            self.end_segment(&mut file, &mut bytes).map_err(file_error)?;
        }
        self.chunks.clear();
        self.in_memory = 0;
        self.file = Some(Mutex::new(file));
        Ok(())
    }

    fn end_segment(&mut self, file: &mut File, bytes: &mut Vec<u8>) -> std::io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.on_disk))?;
        file.write_all(bytes)?;
        self.segments.push(Segment {
            offset: self.on_disk,
            length: bytes.len(),
            checksum: fold(bytes),
        });
        self.on_disk += bytes.len() as u64;
        bytes.clear();
        Ok(())
    }

    /// Makes the blocks of a bucket ready to be read: those that are on disk are read back.
    pub(super) fn load<'a>(&self, bucket: impl Iterator<Item = &'a Stored>) -> Result<Loaded<'_>, SpillError> {
        let mut read = FxHashMap::default();
        for stored in bucket {
            if let Stored::Disk { segment, .. } = stored
                && !read.contains_key(segment)
            {
                read.insert(*segment, self.read_segment(*segment)?);
            }
        }
        let chunks = &self.chunks;
        Ok(Loaded { chunks, read })
    }

    fn read_segment(&self, number: u32) -> Result<Vec<u8>, SpillError> {
        let Segment {
            offset,
            length,
            checksum,
        } = self.segments[number as usize];
        let bytes = self.read(offset, length).map_err(file_error)?;
        if fold(&bytes) != checksum {
            return Err(SpillError::Checksum {
                segment: number as usize,
            });
        }
        Ok(bytes)
    }

    fn read(&self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let file = self.file.as_ref().expect("segments are in the file");
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// What the blocks of one bucket are read from.
#[derive(Debug)]
pub(super) struct Loaded<'a> {
    chunks: &'a [Vec<u8>],
    read: FxHashMap<u32, Vec<u8>>,
}

impl Loaded<'_> {
    /// A block.
    pub(super) fn block(&self, stored: &Stored) -> Block<'_> {
        match stored {
            Stored::Memory { chunk, place } => Block(&self.chunks[*chunk as usize][widen(place)]),
            Stored::Disk { segment, place } => Block(&self.read[segment][widen(place)]),
        }
    }
}

/// Numbers of chunks and segments and places in them, in as many bytes as they need.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("a chunk has fewer than 2^32 bytes, and 2^32 of them fit no disk")
}

fn widen(place: &Range<u32>) -> Range<usize> {
    place.start as usize..place.end as usize
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

    /// Keeps chunks of blocks of three buckets; moves them whenever there are too many.
    fn spill(memory_bytes: u64, chunks: &[Vec<Vec<u8>>]) -> (Spill, [Vec<Stored>; 3]) {
        let (mut spill, mut buckets) = (Spill::new(memory_bytes), [const { Vec::new() }; 3]);
        for (number, blocks) in chunks.iter().enumerate() {
            if spill.is_full() {
                spill
                    .move_to_disk(buckets.iter_mut().map(|bucket| bucket.iter_mut()))
                    .unwrap();
            }
            let mut end = 0;
            for (bucket, block) in blocks.iter().enumerate() {
                let place = end..end + block.len();
                end = place.end;
                buckets[(number + bucket) % 3].push(Stored::in_chunk(spill.next_chunk(), place));
            }
            spill.keep(blocks.concat());
        }
        (spill, buckets)
    }

    /// Looks at every block where it ended up.
    fn all_come_back(memory_bytes: u64, chunks: &[Vec<Vec<u8>>]) -> Spill {
        let (spill, buckets) = spill(memory_bytes, chunks);
        assert_eq!(spill.bytes().0 + spill.bytes().1, chunks.concat().concat().len() as u64);
        let loaded = buckets.each_ref().map(|bucket| spill.load(bucket.iter()).unwrap());
        let mut stored = buckets.each_ref().map(|bucket| bucket.iter());
        for (number, blocks) in chunks.iter().enumerate() {
            for (at, block) in blocks.iter().enumerate() {
                let bucket = (number + at) % 3;
                let found = loaded[bucket].block(stored[bucket].next().unwrap());
                assert_eq!(found, Block(block), "block {at} of chunk {number}");
            }
        }
        let read = loaded.iter().map(|loaded| loaded.read.len()).sum::<usize>();
        assert_eq!(read, spill.segments.len(), "no bucket reads what is another's");
        drop(loaded);
        spill
    }

    #[test]
    fn blocks_come_back_from_memory_and_from_disk() {
        let block = |number: usize| vec![number as u8; 1 + number % 700 * 20];
        let chunk = |number: usize| (0..number % 4).map(|at| block(number + at)).collect();
        let chunks: Vec<Vec<Vec<u8>>> = (0..500).map(chunk).collect();
        for memory_bytes in [0, 100_000, u64::MAX] {
            let spill = all_come_back(memory_bytes, &chunks);
            assert_eq!(spill.bytes().1 > 0, memory_bytes < u64::MAX);
        }
    }

    #[test]
    fn a_bucket_may_have_several_segments() {
        let chunks: Vec<_> = (0..13).map(|number| vec![vec![number; 700_000]]).collect();
        // Twelve chunks are too many: four blocks of each bucket move, two a segment.
        let spill = all_come_back(8_000_000, &chunks);
        assert_eq!(spill.segments.len(), 6);
    }

    #[test]
    fn a_damaged_file_is_noticed() {
        let (mut spill, buckets) = spill(0, &[vec![vec![1; 100], vec![2; 100]], vec![vec![3; 100]]]);
        let file = spill.file.as_mut().unwrap().get_mut().unwrap();
        file.seek(SeekFrom::Start(50)).unwrap();
        file.write_all(&[9]).unwrap();
        assert!(matches!(
            spill.load(buckets[0].iter()),
            Err(SpillError::Checksum { segment: 0 })
        ));
        assert!(spill.load(buckets[1].iter()).is_ok());
    }
}
