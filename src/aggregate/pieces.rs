//! How series are cut: segments into pieces that fit a workgroup, pieces into chunks that fit a device.

use std::ops::Range;

use super::words::Segment;

/// How work is cut; results do not depend on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Values of a chunk, at most.
    pub(super) chunk_values: usize,
    /// Segments, tiles or windows of a chunk, at most.
    pub(super) chunk_segments: usize,
    /// Values that one workgroup takes, at most; longer segments are cut into tiles.
    pub(super) tile_values: usize,
    /// Values that one invocation takes, at most.
    pub(super) short_values: usize,
}

impl Sizes {
    /// Chunks of 1 to 4 million values were fastest on Mesa's software adapter (reference/gpu.md), and keep one run
    /// short enough for every driver's watchdog; the rest follows from the quadratic cost of `short` and from one
    /// workgroup's share of a GPU, and is not measured on one.
    pub(super) const USUAL: Sizes = Sizes {
        chunk_values: 4 << 20,
        chunk_segments: 1 << 18,
        tile_values: 1 << 17,
        short_values: 32,
    };
}

/// A segment, or a tile of one.
pub(super) struct Piece {
    pub(super) segment: usize,
    pub(super) values: Range<usize>,
    pub(super) is_tile: bool,
}

/// Pieces that are computed at once, and their values.
pub(super) struct Chunk {
    pub(super) pieces: Vec<Piece>,
    pub(super) values: Range<usize>,
}

impl Chunk {
    /// The tiles among the pieces.
    pub(super) fn tiles(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(|piece| piece.is_tile)
    }

    /// A piece as a device sees it.
    pub(super) fn segment(&self, piece: &Piece, slot: usize) -> Segment {
        Segment {
            begin: (piece.values.start - self.values.start) as u32,
            length: piece.values.len() as u32,
            slot: slot as u32,
        }
    }
}

/// Cuts segments into pieces, and gathers these into chunks, in order.
pub(super) fn chunks(bounds: &[usize], sizes: &Sizes) -> Vec<Chunk> {
    let tile = sizes.tile_values.min(sizes.chunk_values).max(1);
    let mut chunks: Vec<Chunk> = Vec::new();
    for (segment, bounds) in bounds.windows(2).enumerate() {
        let is_tile = bounds[1] - bounds[0] > tile;
        let mut start = bounds[0];
        loop {
            let values = start..bounds[1].min(start + tile);
            start = values.end;
            let end = values.end;
            let piece = Piece {
                segment,
                values,
                is_tile,
            };
            match chunks.last_mut() {
                Some(open)
                    if end - open.values.start <= sizes.chunk_values && open.pieces.len() < sizes.chunk_segments =>
                {
                    open.values.end = end;
                    open.pieces.push(piece);
                }
                _ => chunks.push(Chunk {
                    values: piece.values.clone(),
                    pieces: vec![piece],
                }),
            }
            if start == bounds[1] {
                break;
            }
        }
    }
    chunks
}

/// Runs of windows whose values fit a chunk.
pub(super) fn window_chunks(starts: &[usize], sizes: &Sizes) -> Vec<Range<usize>> {
    let mut chunks: Vec<Range<usize>> = Vec::new();
    for window in 0..starts.len() {
        let fits =
            |open: &Range<usize>| window - starts[open.start] < sizes.chunk_values && open.len() < sizes.chunk_segments;
        match chunks.last_mut() {
            Some(open) if fits(open) => open.end = window + 1,
            _ => chunks.push(window..window + 1),
        }
    }
    chunks
}
