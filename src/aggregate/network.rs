//! Sixteen short slices side by side, sorted without a branch that depends on a value.
//!
//! A row holds one value of each slice, so a step of a sorting network takes the minimum and the maximum of two rows and
//! thereby orders two values of sixteen slices. The loops are plain and become SIMD where they are inlined into a task of
//! pulp. It knows no statistics.

/// Slices side by side: as many values as a register of AVX-512 holds.
pub(super) const LANES: usize = 16;

/// Values of a slice, at most: from here on, counting heart rates in bins is faster than the network
/// (`benches/aggregate`).
pub(super) const LONGEST: usize = 128;

/// One value of each slice.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub(super) struct Row(pub(super) [i32; LANES]);

impl Row {
    #[inline(always)]
    fn min(mut self, other: Row) -> Row {
        for (value, other) in self.0.iter_mut().zip(other.0) {
            *value = (*value).min(other);
        }
        self
    }

    #[inline(always)]
    fn max(mut self, other: Row) -> Row {
        for (value, other) in self.0.iter_mut().zip(other.0) {
            *value = (*value).max(other);
        }
        self
    }
}

/// Rows for slices of up to [`LONGEST`] values, kept from one group to the next.
pub(super) struct Rows {
    rows: Box<[Row; LONGEST]>,
    nothing: i32,
}

impl Rows {
    /// Where a slice has no value there is `nothing`.
    pub(super) fn new(nothing: i32) -> Rows {
        Rows {
            rows: Box::new([Row([nothing; LANES]); LONGEST]),
            nothing,
        }
    }

    /// Stands slices side by side, and gives as many rows as the longest of them needs; one of more than [`LONGEST`]
    /// values counts as empty. Not for a task of pulp: AVX-512 has an instruction to scatter values, and it is slower
    /// than one store a value.
    pub(super) fn fill(&mut self, slices: &[&[i32]]) -> &mut [Row] {
        let fitting = |slice: &&[i32]| if slice.len() <= LONGEST { slice.len() } else { 0 };
        let longest = slices.iter().map(fitting).max().unwrap_or(0);
        let rows = &mut self.rows[..longest];
        rows.fill(Row([self.nothing; LANES]));
        for (lane, slice) in slices.iter().enumerate() {
            for (row, value) in rows.iter_mut().zip(&slice[..fitting(slice)]) {
                row.0[lane] = *value;
            }
        }
        rows
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

/// Sorts each column of the rows: Batcher's merge exchange, for any number of rows.
#[inline(always)]
pub(super) fn sort(rows: &mut [Row]) {
    // Blocks of so many rows are sorted, and merged two by two.
    let mut block = 1;
    while block < rows.len() {
        let mut distance = block;
        while distance > 0 {
            // Blocks are powers of two, and masks are much faster than divisions.
            let mut first = distance & (block - 1);
            while first + distance < rows.len() {
                // Rows of two pairs of blocks are none of each other's business.
                if (first + distance) & (2 * block - 1) != 0 {
                    let (low, high) = rows[first..].split_at_mut(distance);
                    order(low, high);
                }
                first += 2 * distance;
            }
            distance /= 2;
        }
        block *= 2;
    }
}

/// Orders rows pair by pair, as far as both have one.
#[inline(always)]
fn order(low: &mut [Row], high: &mut [Row]) {
    for (low, high) in low.iter_mut().zip(high) {
        (*low, *high) = (low.min(*high), low.max(*high));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_for_few_values_sorts_zeros_and_ones() {
        // Then it sorts everything (Knuth's zero-one principle).
        for length in 0..12 {
            for bits in 0u32..1 << length {
                let mut rows: Vec<Row> = (0..length).map(|row| Row([(bits >> row & 1) as i32; LANES])).collect();
                sort(&mut rows);
                assert!(rows.is_sorted_by_key(|row| row.0), "{bits:b}");
            }
        }
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
        let mut expected = [Row([-1; LANES]); 2];
        (expected[0].0[0], expected[1].0[0], expected[0].0[3]) = (3, 4, 6);
        assert_eq!(filled, expected);
    }
}
