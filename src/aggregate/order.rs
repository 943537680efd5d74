//! Runs of rows in the order of their users and days: which of these there are, and where the rows of each run go.

use crate::columns::{KeyRun, NULL, number_in_bucket};

/// A sort counts if there are at most so many users times days for each run: more take longer to clear than to sort.
const MOST_CELLS_A_RUN: usize = 4;

/// Whose rows, and of which day, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    pub(super) user: u32,
    pub(super) day: i32,
}

/// What sorting needs for a while.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Where the first row of each run goes.
    places: Vec<u32>,
    /// Of each cell of a table of users and days: first its number of rows, then where its next row goes.
    cells: Vec<u32>,
    /// A column that is being reordered.
    column: Vec<i32>,
}

/// What the rows of some runs are in the order of their users and days, those of one day as they came.
pub(super) struct Sorted {
    /// The users and days there are.
    pub(super) segments: Vec<Segment>,
    /// The rows of segment `i` are `bounds[i]..bounds[i + 1]`.
    pub(super) bounds: Vec<usize>,
    /// Whether rows do not stay where they are; the first row of each run then goes to its place in the memory.
    pub(super) moves: bool,
}

impl Sorted {
    /// Counted where users times days are about as many as there are runs, else sorted.
    pub(super) fn of(runs: &[KeyRun], ranks: &[u32], users: usize, memory: &mut Memory) -> Sorted {
        let mut sorted = Sorted {
            segments: Vec::new(),
            bounds: vec![0],
            moves: false,
        };
        match Cells::of(runs, users) {
            Some(table) => sorted.count(runs, ranks, &table, memory),
            None => sorted.sort(runs, ranks, memory),
        }
        sorted
    }

    /// The next rows, of the last segment or a new one.
    fn append(&mut self, segment: Segment, rows: usize) {
        let end = self.bounds[self.bounds.len() - 1] + rows;
        match self.segments.last() {
            Some(last) if *last == segment => _ = self.bounds.pop(),
            _ => self.segments.push(segment),
        }
        self.bounds.push(end);
    }

    fn sort(&mut self, runs: &[KeyRun], ranks: &[u32], memory: &mut Memory) {
        let segment = |run: &KeyRun| Segment {
            user: ranks[number_in_bucket(run.user)],
            day: run.day,
        };
        let mut order: Vec<usize> = (0..runs.len()).collect();
        order.sort_by_key(|run| segment(&runs[*run]));
        self.moves = !order.is_sorted();
        memory.places.resize(runs.len(), 0);
        for run in order {
            memory.places[run] = self.bounds[self.bounds.len() - 1] as u32;
            self.append(segment(&runs[run]), runs[run].rows);
        }
    }

    fn count(&mut self, runs: &[KeyRun], ranks: &[u32], table: &Cells, memory: &mut Memory) {
        let Memory { places, cells, .. } = memory;
        cells.clear();
        cells.resize(table.count, 0);
        // A slice: a vector behind a reference is found anew for every row.
        let cells = &mut cells[..];
        places.clear();
        let (mut last, mut is_in_order) = (0, true);
        places.extend(runs.iter().map(|run| {
            let cell = table.cell(ranks[number_in_bucket(run.user)], run.day);
            cells[cell] += run.rows as u32;
            is_in_order &= last <= cell;
            last = cell;
            cell as u32
        }));
        self.moves = !is_in_order;
        let mut end = 0;
        for (cell, rows) in cells.iter_mut().enumerate().filter(|(_, rows)| **rows > 0) {
            let start = end;
            end += std::mem::replace(rows, start);
            self.append(table.segment(cell), (end - start) as usize);
        }
        if !self.moves {
            return;
        }
        for (place, run) in places.iter_mut().zip(runs) {
            let next = &mut cells[*place as usize];
            *place = *next;
            *next += run.rows as u32;
        }
    }
}

/// A table of users and days: a row of days for each user.
struct Cells {
    first_day: i32,
    days: usize,
    count: usize,
}

impl Cells {
    /// `None` where they would be many more than there are runs.
    fn of(runs: &[KeyRun], users: usize) -> Option<Cells> {
        let (mut first_day, mut last_day) = (runs.first()?.day, i32::MIN);
        for run in runs {
            first_day = first_day.min(run.day);
            last_day = last_day.max(run.day);
        }
        let days = last_day.abs_diff(first_day) as usize + 1;
        let count = users.checked_mul(days)?;
        (count <= runs.len() * MOST_CELLS_A_RUN).then_some(Cells { first_day, days, count })
    }

    fn cell(&self, user: u32, day: i32) -> usize {
        user as usize * self.days + day.abs_diff(self.first_day) as usize
    }

    fn segment(&self, cell: usize) -> Segment {
        Segment {
            user: (cell / self.days) as u32,
            day: self.first_day.wrapping_add_unsigned((cell % self.days) as u32),
        }
    }
}

/// Moves the runs of a column to their places.
pub(super) fn reorder(column: &mut Vec<i32>, runs: &[KeyRun], memory: &mut Memory) {
    let Memory {
        places,
        column: reordered,
        ..
    } = memory;
    // What it holds is old: every place is written.
    reordered.resize(column.len(), NULL);
    // Slices: a vector behind a reference is found anew for every row.
    let (to, mut rest) = (&mut reordered[..], &column[..]);
    for (run, place) in runs.iter().zip(places) {
        let (rows, after) = rest.split_at(run.rows);
        match rows {
            // Shuffled rows are runs of their own: storing one is cheaper than copying a slice.
            [row] => to[*place as usize] = *row,
            rows => to[*place as usize..][..rows.len()].copy_from_slice(rows),
        }
        rest = after;
    }
    std::mem::swap(column, reordered);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counting_gives_what_sorting_gives(
            rows in prop::collection::vec((0u32..3, -2i32..3, 1usize..4), 1..60), far: bool,
        ) {
            let rows = rows.into_iter().chain(far.then_some((3, i32::MIN, 1)));
            let runs: Vec<KeyRun> = rows.map(|(user, day, rows)| KeyRun { user: user * 64, day, rows }).collect();
            let (ranks, users) = ([2, 0, 3, 1], 4);
            let (mut sorting, mut counting) = (Memory::default(), Memory::default());
            let sorted = Sorted::of(&runs, &ranks, users, &mut counting);
            let mut expected = Sorted::of(&[], &[], 0, &mut sorting);
            expected.sort(&runs, &ranks, &mut sorting);
            prop_assert_eq!(&sorted.segments, &expected.segments);
            prop_assert_eq!(&sorted.bounds, &expected.bounds);
            prop_assert_eq!(sorted.moves, expected.moves);
            if sorted.moves {
                prop_assert_eq!(&counting.places, &sorting.places);
            }
        }
    }
}
