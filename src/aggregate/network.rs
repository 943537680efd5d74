//! Sixteen short slices side by side, sorted without a branch that depends on a value.
//!
//! A row holds one value of each slice, so a step of a sorting network takes the minimum and the maximum of two rows and
//! thereby orders two values of sixteen slices. It knows no statistics.

use pulp::{Simd, WithSimd};

/// Slices side by side: as many values as a register of AVX-512 holds.
pub(super) const LANES: usize = 16;

/// Values of a slice, at most: 16 KiB of rows stay in the first-level cache.
pub(super) const LONGEST: usize = 256;

/// One value of each slice.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub(super) struct Row(pub(super) [i32; LANES]);

/// Rows that are sorted in registers, half of which AVX2 needs for them.
const BLOCK: usize = 8;

/// So many rows.
pub(super) type Block = [Row; BLOCK];

/// Rows for slices of up to [`LONGEST`] values, kept from one group to the next.
pub(super) struct Rows {
    blocks: Box<[Block; LONGEST / BLOCK]>,
    nothing: i32,
}

impl Rows {
    /// Where a slice has no value there is `nothing`.
    pub(super) fn new(nothing: i32) -> Rows {
        Rows {
            blocks: Box::new([[Row([nothing; LANES]); BLOCK]; LONGEST / BLOCK]),
            nothing,
        }
    }

    /// Stands slices side by side, and gives at least as many rows as the longest of them needs; one of more than
    /// [`LONGEST`] values counts as empty. Not for a task of pulp: AVX-512 has an instruction to scatter values, and it is
    /// slower than one store a value.
    pub(super) fn fill(&mut self, slices: &[&[i32]]) -> &mut [Block] {
        let fitting = |slice: &&[i32]| if slice.len() <= LONGEST { slice.len() } else { 0 };
        let longest = slices.iter().map(fitting).max().unwrap_or(0);
        let blocks = &mut self.blocks[..longest.div_ceil(BLOCK)];
        blocks.fill([Row([self.nothing; LANES]); BLOCK]);
        for (lane, slice) in slices[..slices.len().min(LANES)].iter().enumerate() {
            let (whole, rest) = slice[..fitting(slice)].as_chunks::<BLOCK>();
            let (filled, left) = blocks.split_at_mut(whole.len());
            for (values, block) in whole.iter().zip(filled) {
                for (value, row) in values.iter().zip(block) {
                    row.0[lane] = *value;
                }
            }
            if let Some(block) = left.first_mut() {
                for (value, row) in rest.iter().zip(block) {
                    row.0[lane] = *value;
                }
            }
        }
        blocks
    }
}

/// Hands out slices in groups of [`LANES`], in order; the last group may be smaller.
pub(super) fn each_group<'a>(mut slices: impl ExactSizeIterator<Item = &'a [i32]>, mut take: impl FnMut(&[&'a [i32]])) {
    while slices.len() > 0 {
        let count = slices.len().min(LANES);
        let group: [&[i32]; LANES] = std::array::from_fn(|_| slices.next().unwrap_or_default());
        take(&group[..count]);
    }
}

/// Sorts each column of the blocks: Batcher's bitonic sorter, in the form in which every step puts the smaller value
/// above. Blocks are sorted, and then runs of blocks merged two by two. What the last run lacks may be thought of as filled
/// with the largest number, which no step would move.
#[inline(always)]
pub(super) fn sort<S: Simd>(simd: S, blocks: &mut [Block]) {
    for part in 0..LANES / S::I32_LANES {
        let columns = Columns { simd, part };
        for block in blocks.iter_mut() {
            columns.sort_block(block);
        }
        let mut run = 1;
        while run < blocks.len() {
            for runs in blocks.chunks_mut(2 * run) {
                columns.merge(runs, run);
            }
            run *= 2;
        }
    }
}

/// [`sort`] as a task of its own.
pub(super) struct Sort<'a>(pub(super) &'a mut [Block]);

impl WithSimd for Sort<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        sort(simd, self.0);
    }
}

/// As many columns as fit into a register.
#[derive(Clone, Copy)]
struct Columns<S> {
    simd: S,
    part: usize,
}

impl<S: Simd> Columns<S> {
    /// Merges two sorted runs, the first of so many blocks, the second of as many or fewer.
    #[inline(always)]
    fn merge(self, runs: &mut [Block], run: usize) {
        if runs.len() <= run {
            return;
        }
        let (low, high) = runs.split_at_mut(run);
        for (low, high) in low.iter_mut().rev().zip(high) {
            for (low, high) in low.iter_mut().rev().zip(high) {
                self.order_rows(low, high);
            }
        }
        let mut distance = run / 2;
        while distance > 0 {
            for blocks in runs.chunks_mut(2 * distance) {
                let (low, high) = blocks.split_at_mut(distance.min(blocks.len()));
                for (low, high) in low.iter_mut().zip(high) {
                    for (low, high) in low.iter_mut().zip(high) {
                        self.order_rows(low, high);
                    }
                }
            }
            distance /= 2;
        }
        for block in runs {
            self.merge_block(block);
        }
    }

    #[inline(always)]
    fn order_rows(self, low: &mut Row, high: &mut Row) {
        let (low, high) = (self.of_mut(low), self.of_mut(high));
        (*low, *high) = (self.simd.min_i32s(*low, *high), self.simd.max_i32s(*low, *high));
    }

    /// 19 steps, the fewest there are (Knuth, volume 3, 5.3.4).
    #[inline(always)]
    fn sort_block(self, block: &mut Block) {
        let mut rows = self.load(block);
        self.order(&mut rows, [(0, 2), (1, 3), (4, 6), (5, 7)]);
        self.order(&mut rows, [(0, 4), (1, 5), (2, 6), (3, 7)]);
        self.order(&mut rows, [(0, 1), (2, 3), (4, 5), (6, 7)]);
        self.order(&mut rows, [(2, 4), (3, 5)]);
        self.order(&mut rows, [(1, 4), (3, 6)]);
        self.order(&mut rows, [(1, 2), (3, 4), (5, 6)]);
        self.store(rows, block);
    }

    /// The last steps of a merge.
    #[inline(always)]
    fn merge_block(self, block: &mut Block) {
        let mut rows = self.load(block);
        self.order(&mut rows, [(0, 4), (1, 5), (2, 6), (3, 7)]);
        self.order(&mut rows, [(0, 2), (1, 3), (4, 6), (5, 7)]);
        self.order(&mut rows, [(0, 1), (2, 3), (4, 5), (6, 7)]);
        self.store(rows, block);
    }

    #[inline(always)]
    fn order<const STEPS: usize>(self, rows: &mut [S::i32s; BLOCK], steps: [(usize, usize); STEPS]) {
        for (low, high) in steps {
            let (smaller, larger) = (
                self.simd.min_i32s(rows[low], rows[high]),
                self.simd.max_i32s(rows[low], rows[high]),
            );
            (rows[low], rows[high]) = (smaller, larger);
        }
    }

    #[inline(always)]
    fn load(self, block: &Block) -> [S::i32s; BLOCK] {
        let mut columns = [self.simd.splat_i32s(0); BLOCK];
        for (columns, row) in columns.iter_mut().zip(block) {
            *columns = S::as_simd_i32s(&row.0).0[self.part];
        }
        columns
    }

    #[inline(always)]
    fn store(self, columns: [S::i32s; BLOCK], block: &mut Block) {
        for (columns, row) in columns.into_iter().zip(block) {
            *self.of_mut(row) = columns;
        }
    }

    #[inline(always)]
    fn of_mut(self, row: &mut Row) -> &mut S::i32s {
        &mut S::as_mut_simd_i32s(&mut row.0).0[self.part]
    }
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use super::*;

    /// Each lane a slice of zeros and ones: the bits of a number.
    fn bits(numbers: std::ops::Range<u32>) -> [Block; 2] {
        let mut blocks = [[Row([0; LANES]); BLOCK]; 2];
        for (lane, number) in numbers.enumerate() {
            for (row, values) in blocks.as_flattened_mut().iter_mut().enumerate() {
                values.0[lane] = (number >> row & 1) as i32;
            }
        }
        blocks
    }

    #[test]
    fn a_network_sorts_zeros_and_ones() {
        // Then it sorts everything (Knuth's zero-one principle). Three and more blocks are held to sorting in `lanes`.
        for first in (0..1 << (2 * BLOCK)).step_by(LANES) {
            let mut blocks = bits(first..first + LANES as u32);
            Arch::new().dispatch(Sort(&mut blocks));
            let rows = blocks.as_flattened();
            for lane in 0..LANES {
                assert!(rows.is_sorted_by_key(|row| row.0[lane]), "{}", first + lane as u32);
                let ones: i32 = rows.iter().map(|row| row.0[lane]).sum();
                assert_eq!(ones as u32, (first + lane as u32).count_ones());
            }
        }
    }

    #[test]
    fn without_simd_the_same_rows_come_out() {
        let mut blocks = bits(0x5a31..0x5a41);
        let mut expected = blocks;
        Arch::new().dispatch(Sort(&mut blocks));
        sort(pulp::Scalar, &mut expected);
        assert_eq!(blocks, expected);
    }

    #[test]
    fn a_group_has_at_most_as_many_slices_as_there_are_lanes() {
        let slices: Vec<Vec<i32>> = (0..LANES + 3).map(|length| vec![7; length]).collect();
        let mut lengths = Vec::new();
        each_group(slices.iter().map(Vec::as_slice), |group| {
            lengths.push(group.iter().map(|slice| slice.len()).collect::<Vec<_>>());
        });
        assert_eq!(lengths, [(0..LANES).collect::<Vec<_>>(), (LANES..LANES + 3).collect()]);
    }

    #[test]
    fn what_a_group_left_behind_is_not_seen_by_the_next() {
        let mut rows = Rows::new(-1);
        rows.fill(&[[7; LONGEST].as_slice(); LANES]);
        let filled = rows.fill(&[&[3, 4], &[], &[5; LONGEST + 1], &[6]]);
        let mut expected = [Row([-1; LANES]); BLOCK];
        (expected[0].0[0], expected[1].0[0], expected[0].0[3]) = (3, 4, 6);
        assert_eq!(filled, [expected]);
    }
}
