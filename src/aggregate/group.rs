//! The rows of a partition brought together by (user, day), file order kept within a day.

use std::ops::Range;
use std::sync::Arc;

use super::Series;
use crate::columns::{Bucket, Columns, KeyRun, NULL, Partition, RowBatch, SpillError, number_in_bucket};
use crate::record::{Date, RecordKind};

/// A sort counts if there are at most so many users times days for each run: more take longer to clear than to sort.
const MOST_CELLS_A_RUN: usize = 4;

/// A partition in order: users by id, each user's days by date.
pub struct Grouped {
    users: Vec<Arc<str>>,
    kinds: Vec<KindRows>,
    memory: Memory,
}

/// The rows of one kind, sorted by user and day.
pub(super) struct KindRows {
    columns: Vec<Vec<i32>>,
    /// The keys of the rows as they came: memory for the next partition.
    runs: Vec<KeyRun>,
    /// Sorted by user and day.
    segments: Vec<Segment>,
    /// The rows of segment `i` are `bounds[i]..bounds[i + 1]`.
    bounds: Vec<usize>,
    /// Where each user's segments begin; one more than there are users.
    starts: Vec<usize>,
}

/// Whose rows, and of which day, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    pub(super) user: u32,
    pub(super) day: i32,
}

/// The memory of a partition that is done, for the next one: giving it back to the allocator each time would leave the
/// process with several times what it needs, and pages that come back are filled with zeros first.
#[derive(Debug, Default)]
pub struct Room {
    rows: Partition,
    memory: Memory,
}

/// What sorting needs for a while.
#[derive(Debug, Default)]
struct Memory {
    /// Where the first row of each run goes.
    places: Vec<u32>,
    /// Of each cell of a table of users and days: first its number of rows, then where its next row goes.
    cells: Vec<u32>,
    /// A column that is being reordered.
    column: Vec<i32>,
}

impl Grouped {
    /// Unpacks a partition of a bucket and brings its rows together, in the memory of `room`.
    pub fn load(bucket: &Bucket<'_>, partition: usize, room: Room) -> Result<Grouped, SpillError> {
        let Room { rows, mut memory } = room;
        let partition = bucket.partition(partition, rows)?;
        let (users, ranks) = users_and_ranks(&partition, bucket.columns());
        let group = |rows| KindRows::group(rows, &ranks, users.len(), &mut memory);
        let kinds = partition.kinds.into_iter().map(group).collect();
        Ok(Grouped { users, kinds, memory })
    }

    /// Its memory, for the next partition.
    pub fn into_room(self) -> Room {
        let rows = |kind: KindRows| RowBatch {
            runs: kind.runs,
            columns: kind.columns,
        };
        let kinds = self.kinds.into_iter().map(rows).collect();
        Room {
            rows: Partition { kinds },
            memory: self.memory,
        }
    }

    /// The users, ordered by id.
    pub fn users(&self) -> &[Arc<str>] {
        &self.users
    }

    /// The days of a user that have a record of any kind, in order.
    pub fn dates(&self, user: usize) -> Vec<Date> {
        let mut days: Vec<i32> = self
            .kinds
            .iter()
            .flat_map(|kind| kind.user_segments(user))
            .map(|segment| segment.day)
            .collect();
        days.sort_unstable();
        days.dedup();
        days.into_iter().map(Date::from_days).collect()
    }

    /// The rows of one kind.
    pub(super) fn kind(&self, kind: RecordKind) -> &KindRows {
        &self.kinds[kind.data_index().expect("profiles have no rows")]
    }

    /// The rows of one day, by kind in the order of [`RecordKind::DATA`].
    pub(super) fn day_rows(&self, user: usize, date: Date) -> [DayRows<'_>; RecordKind::DATA.len()] {
        std::array::from_fn(|kind| self.kinds[kind].day_rows(user, date))
    }
}

impl KindRows {
    /// Brings rows together; `ranks` gives the place of a user among so many by its number in the bucket.
    fn group(mut rows: RowBatch, ranks: &[u32], users: usize, memory: &mut Memory) -> KindRows {
        let sorted = Sorted::of(&rows.runs, ranks, users, memory);
        if sorted.moves {
            rows.columns
                .iter_mut()
                .for_each(|column| reorder(column, &rows.runs, memory));
        }
        let segments = sorted.segments;
        let starts = (0..=users as u32).map(|user| segments.partition_point(|segment: &Segment| segment.user < user));
        KindRows {
            starts: starts.collect(),
            runs: rows.runs,
            columns: rows.columns,
            segments,
            bounds: sorted.bounds,
        }
    }

    /// Whose rows, and of which day, in order.
    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// A column, cut into its segments.
    pub(super) fn series(&self, column: usize) -> Series<'_> {
        Series::new(&self.columns[column], &self.bounds)
    }

    fn user_segments(&self, user: usize) -> &[Segment] {
        &self.segments[self.starts[user]..self.starts[user + 1]]
    }

    fn day_rows(&self, user: usize, date: Date) -> DayRows<'_> {
        let segments = self.user_segments(user);
        let found = segments.binary_search_by_key(&date.days(), |segment| segment.day);
        let segment = found.ok().map(|at| self.starts[user] + at);
        DayRows {
            columns: &self.columns,
            rows: segment.map_or(0..0, |at| self.bounds[at]..self.bounds[at + 1]),
            segment,
        }
    }
}

/// The rows of one kind, user and day, in file order.
pub(super) struct DayRows<'a> {
    columns: &'a [Vec<i32>],
    rows: Range<usize>,
    segment: Option<usize>,
}

impl<'a> DayRows<'a> {
    /// Which segment of the kind they are; `None` where the day has none.
    pub(super) fn segment(&self) -> Option<usize> {
        self.segment
    }

    /// Number of records.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A column, [`NULL`] where a record has no value.
    pub(super) fn column(&self, index: usize) -> &'a [i32] {
        &self.columns[index][self.rows.clone()]
    }

    /// The last value of a column.
    pub(super) fn last(&self, index: usize) -> Option<i32> {
        self.column(index).iter().rev().copied().find(|value| *value != NULL)
    }
}

/// The users of a partition by id, and the place of each among them by its number in the bucket: codes of users follow the
/// order of arrival and must not show.
fn users_and_ranks(partition: &Partition, columns: &Columns) -> (Vec<Arc<str>>, Vec<u32>) {
    // By number in the bucket: the code of a user who is there.
    let mut codes: Vec<Option<u32>> = Vec::new();
    for run in partition.kinds.iter().flat_map(|rows| &rows.runs) {
        let number = number_in_bucket(run.user);
        if number >= codes.len() {
            codes.resize(number + 1, None);
        }
        codes[number] = Some(run.user);
    }
    let mut ranks = vec![0; codes.len()];
    let mut named: Vec<(Arc<str>, usize)> = codes
        .into_iter()
        .enumerate()
        .filter_map(|(number, code)| code.map(|code| (columns.user_id(code), number)))
        .collect();
    named.sort_unstable();
    (0..).zip(&named).for_each(|(rank, (_, number))| ranks[*number] = rank);
    (named.into_iter().map(|(id, _)| id).collect(), ranks)
}

/// What the rows of some runs are in the order of their users and days, those of one day as they came.
struct Sorted {
    /// The users and days there are.
    segments: Vec<Segment>,
    /// The rows of segment `i` are `bounds[i]..bounds[i + 1]`.
    bounds: Vec<usize>,
    /// Whether rows do not stay where they are; the first row of each run then goes to its place in the memory.
    moves: bool,
}

impl Sorted {
    /// Counted where users times days are about as many as there are runs, else sorted.
    fn of(runs: &[KeyRun], ranks: &[u32], users: usize, memory: &mut Memory) -> Sorted {
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
fn reorder(column: &mut Vec<i32>, runs: &[KeyRun], memory: &mut Memory) {
    let Memory {
        places,
        column: reordered,
        ..
    } = memory;
    reordered.resize(column.len(), NULL);
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

    #[test]
    fn rows_of_one_day_keep_their_order() {
        for rows_of_a_run in [1, 3] {
            let mut rows = RowBatch::new(1);
            for value in 0..4 * rows_of_a_run {
                rows.push(0, [2, 1, 2, 1][value / rows_of_a_run], &[value as i32]);
            }
            let kind = KindRows::group(rows, &[0], 1, &mut Memory::default());
            let expected: &[i32] = if rows_of_a_run == 1 {
                &[1, 3, 0, 2]
            } else {
                &[3, 4, 5, 9, 10, 11, 0, 1, 2, 6, 7, 8]
            };
            assert_eq!(kind.columns, [expected]);
            assert_eq!(kind.bounds, [0, 2 * rows_of_a_run, 4 * rows_of_a_run]);
            assert_eq!(
                kind.segments().iter().map(|segment| segment.day).collect::<Vec<_>>(),
                [1, 2]
            );
        }
    }

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
