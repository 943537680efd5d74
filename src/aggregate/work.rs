//! Aggregation as work for a device: series are cut into chunks and packed, results are put together again.
//!
//! In: series. Out: for each chunk what a device is to read and run, and exact numbers from what it wrote. Segments of
//! any length: short ones run one an invocation, longer ones one a workgroup, and those too long for that are cut into
//! tiles, whose results are merged here; integers merge in any order to the same bits. It knows no device.

use std::ops::Range;

use bytemuck::Pod;

use super::pieces::{Chunk, Piece, Sizes, chunks, window_chunks};
use super::series::{Distribution, FEWEST_OF_A_WINDOW, PERCENTS, Series, Totals, Usual, Windows, nearest_rank};
use super::words::{BINS, Packing, Params, Row, Segment, UsualParams, UsualRow};
use super::{AggregateError, Aggregator};

/// A compute shader; each has a file of its name in `shaders/` and a twin of its name in `twins.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    /// One invocation a segment.
    Short,
    /// One workgroup a segment.
    Long,
    /// One workgroup a tile, one level of the percentiles.
    Histogram,
    /// One invocation a window.
    Usual,
}

impl Kernel {
    /// Name and source.
    pub(super) fn source(self) -> (&'static str, String) {
        let shared = include_str!("../../shaders/words.wgsl");
        match self {
            Kernel::Short => ("short", [shared, include_str!("../../shaders/short.wgsl")].concat()),
            Kernel::Long => ("long", [shared, include_str!("../../shaders/long.wgsl")].concat()),
            Kernel::Histogram => (
                "histogram",
                [shared, include_str!("../../shaders/histogram.wgsl")].concat(),
            ),
            Kernel::Usual => ("usual", include_str!("../../shaders/usual.wgsl").to_string()),
        }
    }
}

/// One run of a kernel.
#[derive(Debug)]
pub(super) struct Dispatch {
    pub(super) kernel: Kernel,
    /// Its uniform buffer.
    pub(super) params: Vec<u8>,
    /// What it goes through: binding 1.
    pub(super) list: Vec<u8>,
    /// Entries of the list.
    pub(super) entries: u32,
}

/// What a device is to do with one chunk.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) dispatches: Vec<Dispatch>,
    /// Binding 2.
    pub(super) values: Vec<u8>,
    /// Bytes of binding 3; every one is written.
    pub(super) output_bytes: usize,
    /// Binding 4, where the kernel has one.
    pub(super) found: Vec<u8>,
}

impl Work {
    /// One part of every dispatch in one buffer, each at a multiple of `alignment`, and where each begins.
    pub(super) fn laid_out(&self, alignment: usize, part: impl Fn(&Dispatch) -> &[u8]) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut starts) = (Vec::new(), Vec::new());
        for dispatch in &self.dispatches {
            bytes.resize(bytes.len().next_multiple_of(alignment), 0);
            starts.push(bytes.len());
            bytes.extend_from_slice(part(dispatch));
        }
        (bytes, starts)
    }
}

/// Runs work.
pub(super) trait Executor: Send + Sync {
    /// Runs `work(0)`, `work(1)` and so on to `count`, and hands each output to `take`, in order.
    fn execute(
        &self,
        count: usize,
        work: &mut dyn FnMut(usize) -> Work,
        take: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), AggregateError>;
}

/// An aggregator on a device.
pub(super) struct OnDevice<E> {
    pub(super) executor: E,
    pub(super) sizes: Sizes,
}

impl<E: Executor> Aggregator for OnDevice<E> {
    fn totals(&self, series: &[Series<'_>]) -> Result<Vec<Vec<Totals>>, AggregateError> {
        let of_series = |series| {
            let job = Job::new(series, &self.sizes, Wanted::Totals);
            let distributions = job.run(&self.executor)?;
            Ok(distributions.iter().map(|distribution| distribution.totals).collect())
        };
        series.iter().map(of_series).collect()
    }

    fn distributions(&self, series: &Series<'_>) -> Result<Vec<Distribution>, AggregateError> {
        let job = Job::new(series, &self.sizes, Wanted::Percentiles);
        let mut distributions = job.run(&self.executor)?;
        job.select_in_tiles(&self.executor, &mut distributions)?;
        Ok(distributions)
    }

    fn usuals(&self, windows: &Windows<'_>) -> Result<Vec<Option<Usual>>, AggregateError> {
        let starts = windows.starts();
        let chunks: Vec<Range<usize>> = window_chunks(starts, &self.sizes);
        let mut usuals = Vec::with_capacity(starts.len());
        let mut work = |index: usize| usual_work(windows, chunks[index].clone());
        let mut take = |_: usize, output: &[u8]| {
            usuals.extend(words::<UsualRow>(output).into_iter().map(Option::<Usual>::from));
        };
        self.executor.execute(chunks.len(), &mut work, &mut take)?;
        Ok(usuals)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Totals,
    Percentiles,
}

/// A series, packed and cut.
struct Job<'a> {
    values: &'a [i32],
    segments: usize,
    packing: Packing,
    chunks: Vec<Chunk>,
    short_values: usize,
    wanted: Wanted,
}

impl<'a> Job<'a> {
    fn new(series: &Series<'a>, sizes: &Sizes, wanted: Wanted) -> Job<'a> {
        Job {
            values: series.values(),
            segments: series.bounds().len() - 1,
            packing: Packing::of(series.values()),
            chunks: chunks(series.bounds(), sizes),
            short_values: sizes.short_values,
            wanted,
        }
    }

    /// The numbers of every segment; percentiles only of those in one piece.
    fn run(&self, executor: &dyn Executor) -> Result<Vec<Distribution>, AggregateError> {
        let mut distributions = vec![Distribution::IDENTITY; self.segments];
        let mut take = |index: usize, output: &[u8]| {
            for (piece, row) in self.chunks[index].pieces.iter().zip(words::<Row>(output)) {
                let of_piece = self.packing.distribution(&row);
                let whole = &mut distributions[piece.segment];
                whole.totals = whole.totals.merge(&of_piece.totals);
                whole.sum_of_squares += of_piece.sum_of_squares;
                whole.percentiles = if piece.is_tile { [0; 5] } else { of_piece.percentiles };
            }
        };
        executor.execute(
            self.chunks.len(),
            &mut |index| self.work(&self.chunks[index]),
            &mut take,
        )?;
        Ok(distributions)
    }

    fn work(&self, chunk: &Chunk) -> Work {
        let is_short = |piece: &Piece| piece.values.len() <= self.short_values;
        let levels = match self.wanted {
            Wanted::Totals => 0,
            Wanted::Percentiles => self.packing.levels(),
        };
        let short = |piece: &Piece| !piece.is_tile && is_short(piece);
        let long = |piece: &Piece| !piece.is_tile && !is_short(piece);
        let dispatches = [
            self.dispatch(Kernel::Short, levels, 0, chunk, &short),
            self.dispatch(Kernel::Long, levels, 0, chunk, &long),
            self.dispatch(Kernel::Long, 0, 0, chunk, &|piece| piece.is_tile),
        ];
        Work {
            dispatches: dispatches.into_iter().flatten().collect(),
            values: self.packing.pack(&self.values[chunk.values.clone()]),
            output_bytes: chunk.pieces.len() * size_of::<Row>(),
            found: Vec::new(),
        }
    }

    /// A run over the chosen pieces of a chunk, unless there are none.
    fn dispatch(
        &self,
        kernel: Kernel,
        levels: u32,
        shift: u32,
        chunk: &Chunk,
        chosen: &dyn Fn(&Piece) -> bool,
    ) -> Option<Dispatch> {
        let pieces = chunk.pieces.iter().enumerate().filter(|(_, piece)| chosen(piece));
        let list: Vec<Segment> = pieces.map(|(slot, piece)| chunk.segment(piece, slot)).collect();
        let params = Params {
            count: list.len() as u32,
            width: self.packing.width(),
            levels,
            shift,
        };
        (!list.is_empty()).then(|| Dispatch {
            kernel,
            params: bytemuck::bytes_of(&params).to_vec(),
            entries: params.count,
            list: bytemuck::cast_slice(&list).to_vec(),
        })
    }

    /// The percentiles of the segments cut into tiles: level by level over all of them.
    fn select_in_tiles(
        &self,
        executor: &dyn Executor,
        distributions: &mut [Distribution],
    ) -> Result<(), AggregateError> {
        let chunks: Vec<&Chunk> = self
            .chunks
            .iter()
            .filter(|chunk| chunk.tiles().next().is_some())
            .collect();
        let mut segments: Vec<usize> = chunks
            .iter()
            .flat_map(|chunk| chunk.tiles().map(|tile| tile.segment))
            .collect();
        segments.dedup();
        let count = |segment: &usize| distributions[*segment].totals.count as usize;
        let mut selections: Vec<Selection> = segments.iter().map(|segment| Selection::new(count(segment))).collect();
        for level in (0..self.packing.levels()).rev() {
            let at = |segment: usize| segments.partition_point(|other| *other < segment);
            let mut counts = vec![[0u64; BINS]; segments.len()];
            let mut work = |index: usize| self.histogram_work(chunks[index], level, &|tile| &selections[at(tile)]);
            let mut take = |index: usize, output: &[u8]| {
                for (tile, bins) in chunks[index].tiles().zip(words::<[u32; BINS]>(output)) {
                    let of_segment = &mut counts[at(tile.segment)];
                    of_segment
                        .iter_mut()
                        .zip(bins)
                        .for_each(|(all, bin)| *all += u64::from(bin));
                }
            };
            executor.execute(chunks.len(), &mut work, &mut take)?;
            for (selection, counts) in selections.iter_mut().zip(&counts) {
                selection.descend(counts, level * 8);
            }
        }
        for (segment, selection) in segments.iter().zip(selections) {
            if distributions[*segment].totals.count > 0 {
                distributions[*segment].percentiles = selection.found.map(|step| self.packing.value(step));
            }
        }
        Ok(())
    }

    /// One level of all tiles of a chunk.
    fn histogram_work<'s>(&self, chunk: &Chunk, level: u32, selection: &dyn Fn(usize) -> &'s Selection) -> Work {
        let tiles = chunk.tiles().enumerate();
        let list: Vec<Segment> = tiles.map(|(slot, tile)| chunk.segment(tile, slot)).collect();
        let found: Vec<[u32; PERCENTS.len()]> = chunk.tiles().map(|tile| selection(tile.segment).found).collect();
        let params = Params {
            count: list.len() as u32,
            width: self.packing.width(),
            levels: 0,
            shift: level * 8,
        };
        Work {
            dispatches: vec![Dispatch {
                kernel: Kernel::Histogram,
                params: bytemuck::bytes_of(&params).to_vec(),
                entries: params.count,
                list: bytemuck::cast_slice(&list).to_vec(),
            }],
            values: self.packing.pack(&self.values[chunk.values.clone()]),
            output_bytes: list.len() * size_of::<[u32; BINS]>(),
            found: bytemuck::cast_slice(&found).to_vec(),
        }
    }
}

/// The state of a radix select of all percentiles of a segment.
struct Selection {
    /// Positions among the values that share the digits found.
    ranks: [u64; PERCENTS.len()],
    /// The digits found, in place; ascending.
    found: [u32; PERCENTS.len()],
}

impl Selection {
    fn new(count: usize) -> Selection {
        Selection {
            ranks: PERCENTS.map(|percent| nearest_rank(count.max(1), percent) as u64),
            found: [0; PERCENTS.len()],
        }
    }

    /// Finds the next digit of each percentile. Percentiles that share all digits so far share the counts of the
    /// first of them.
    fn descend(&mut self, counts: &[u64; BINS], shift: u32) {
        let before = self.found;
        for (index, rank) in self.ranks.iter_mut().enumerate() {
            let owner = before.iter().position(|found| *found == before[index]).unwrap_or(index);
            let mut digit = 0;
            while digit < 255 && *rank >= counts[owner * 256 + digit] {
                *rank -= counts[owner * 256 + digit];
                digit += 1;
            }
            self.found[index] |= (digit as u32) << shift;
        }
    }
}

fn usual_work(windows: &Windows<'_>, chunk: Range<usize>) -> Work {
    let base = windows.starts()[chunk.start];
    let starts = &windows.starts()[chunk.clone()];
    let list: Vec<u32> = starts.iter().map(|start| (start - base) as u32).collect();
    let params = UsualParams {
        count: list.len() as u32,
        first: (chunk.start - base) as u32,
        fewest: FEWEST_OF_A_WINDOW as u32,
        padding: 0,
    };
    Work {
        dispatches: vec![Dispatch {
            kernel: Kernel::Usual,
            params: bytemuck::bytes_of(&params).to_vec(),
            entries: params.count,
            list: bytemuck::cast_slice(&list).to_vec(),
        }],
        values: bytemuck::cast_slice(&windows.values()[base..chunk.end]).to_vec(),
        output_bytes: list.len() * size_of::<UsualRow>(),
        found: Vec::new(),
    }
}

/// What a device wrote, wherever it lies in memory.
fn words<T: Pod>(bytes: &[u8]) -> Vec<T> {
    bytemuck::pod_collect_to_vec(bytes)
}
