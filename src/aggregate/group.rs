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

/// Whose rows, and of which day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) user: u32,
    pub(super) day: i32,
}

impl Grouped {
    /// Unpacks a partition of a bucket and brings its rows together, in the memory of `room`.
    pub fn load(bucket: &Bucket<'_>, partition: usize, room: Partition) -> Result<Grouped, SpillError> {
        let partition = bucket.partition(partition, room)?;
        let (users, keys) = users_and_keys(&partition, bucket.columns());
        let kinds = partition
            .kinds
            .into_iter()
            .zip(&keys)
            .map(|(rows, keys)| KindRows::group(rows, keys, users.len()))
            .collect();
        Ok(Grouped { users, kinds })
    }

    /// The memory of the rows, for the next partition: giving it back to the allocator each time would leave the process
    /// with several times what it needs.
    pub fn into_room(self) -> Partition {
        let rows = |kind: KindRows| RowBatch {
            runs: kind.runs,
            columns: kind.columns,
        };
        Partition {
            kinds: self.kinds.into_iter().map(rows).collect(),
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
    /// Brings rows together whose runs have these sort keys.
    fn group(rows: RowBatch, keys: &[u64], users: usize) -> KindRows {
        let sorted = Sorted::of(keys, &rows.runs);
        let reorder = |column: &Vec<i32>| reordered(column, &rows.runs, &sorted.places);
        let columns = if sorted.places.is_empty() {
            rows.columns
        } else {
            rows.columns.iter().map(reorder).collect()
        };
        let segments = sorted.segments;
        let starts = (0..=users as u32).map(|user| segments.partition_point(|segment: &Segment| segment.user < user));
        KindRows {
            starts: starts.collect(),
            runs: rows.runs,
            columns,
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

/// The users of a partition by id, and the sort keys of the runs of each kind: codes of users follow the order of arrival
/// and must not show.
fn users_and_keys(partition: &Partition, columns: &Columns) -> (Vec<Arc<str>>, Vec<Vec<u64>>) {
    // By number in the bucket: the code of a user who is there.
    let mut codes: Vec<Option<u32>> = Vec::new();
    for run in partition.kinds.iter().flat_map(|rows| &rows.runs) {
        let number = number_in_bucket(run.user);
        if number >= codes.len() {
            codes.resize(number + 1, None);
        }
        codes[number] = Some(run.user);
    }
    let mut named: Vec<(Arc<str>, usize)> = codes
        .into_iter()
        .enumerate()
        .filter_map(|(number, code)| code.map(|code| (columns.user_id(code), number)))
        .collect();
    let numbers = named.last().map_or(0, |(_, number)| number + 1);
    named.sort_unstable();
    let mut ranks = vec![0; numbers];
    (0..).zip(&named).for_each(|(rank, (_, number))| ranks[*number] = rank);
    let keys_of_kind = |rows: &RowBatch| -> Vec<u64> {
        let runs = rows.runs.iter();
        runs.map(|run| sort_key(ranks[number_in_bucket(run.user)], run.day))
            .collect()
    };
    let keys = partition.kinds.iter().map(keys_of_kind).collect();
    (named.into_iter().map(|(id, _)| id).collect(), keys)
}

/// User first, then day, as one number.
fn sort_key(user: u32, day: i32) -> u64 {
    u64::from(user) << 32 | u64::from(day as u32 ^ 0x8000_0000)
}

fn split_key(key: u64) -> (u32, i32) {
    ((key >> 32) as u32, (key as u32 ^ 0x8000_0000) as i32)
}

/// What the rows of some runs are in the order of their keys, those of one day as they came.
struct Sorted {
    /// The keys there are.
    segments: Vec<Segment>,
    /// The rows of segment `i` are `bounds[i]..bounds[i + 1]`.
    bounds: Vec<usize>,
    /// Where the first row of each run goes; empty if all rows stay where they are.
    places: Vec<u32>,
}

impl Sorted {
    /// Counted where users times days are about as many as there are runs, else sorted.
    fn of(keys: &[u64], runs: &[KeyRun]) -> Sorted {
        let mut sorted = Sorted {
            segments: Vec::new(),
            bounds: vec![0],
            places: Vec::new(),
        };
        if keys.is_sorted() {
            keys.iter()
                .zip(runs)
                .for_each(|(key, run)| sorted.append(*key, run.rows));
            return sorted;
        }
        sorted.places.resize(keys.len(), 0);
        match Cells::of(keys) {
            Some(cells) => sorted.count(keys, runs, &cells),
            None => sorted.sort(keys, runs),
        }
        sorted
    }

    /// The rows of the next key.
    fn append(&mut self, key: u64, rows: usize) {
        let end = self.bounds[self.bounds.len() - 1] + rows;
        let (user, day) = split_key(key);
        match self.segments.last() {
            Some(last) if (last.user, last.day) == (user, day) => _ = self.bounds.pop(),
            _ => self.segments.push(Segment { user, day }),
        }
        self.bounds.push(end);
    }

    fn sort(&mut self, keys: &[u64], runs: &[KeyRun]) {
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|run| keys[*run]);
        for run in order {
            self.places[run] = self.bounds[self.bounds.len() - 1] as u32;
            self.append(keys[run], runs[run].rows);
        }
    }

    fn count(&mut self, keys: &[u64], runs: &[KeyRun], cells: &Cells) {
        // Of each cell: first its number of rows, then where its next row goes.
        let mut rows = vec![0; cells.count];
        for (key, run) in keys.iter().zip(runs) {
            rows[cells.cell(*key)] += run.rows as u32;
        }
        let mut end = 0;
        for (cell, rows) in rows.iter_mut().enumerate().filter(|(_, rows)| **rows > 0) {
            let start = end;
            end += std::mem::replace(rows, start);
            self.append(cells.key(cell), (end - start) as usize);
        }
        for ((key, run), place) in keys.iter().zip(runs).zip(&mut self.places) {
            let next = &mut rows[cells.cell(*key)];
            *place = *next;
            *next += run.rows as u32;
        }
    }
}

/// A table of users and days, as numbers: a row of days for each user.
struct Cells {
    first_day: u32,
    days: usize,
    count: usize,
}

impl Cells {
    /// `None` where they would be many more than there are keys.
    fn of(keys: &[u64]) -> Option<Cells> {
        let days = keys.iter().map(|key| *key as u32);
        let (first_day, last_day) = (days.clone().min()?, days.max()?);
        let days = (last_day - first_day) as usize + 1;
        let users = keys.iter().map(|key| key >> 32).max()? as usize + 1;
        let count = users.checked_mul(days)?;
        (count <= keys.len() * MOST_CELLS_A_RUN).then_some(Cells { first_day, days, count })
    }

    fn cell(&self, key: u64) -> usize {
        (key >> 32) as usize * self.days + (key as u32 - self.first_day) as usize
    }

    fn key(&self, cell: usize) -> u64 {
        let (user, day) = (cell / self.days, cell % self.days);
        (user as u64) << 32 | (u64::from(self.first_day) + day as u64)
    }
}

/// A column with its runs at their places.
fn reordered(column: &[i32], runs: &[KeyRun], places: &[u32]) -> Vec<i32> {
    let mut reordered = vec![NULL; column.len()];
    let mut rest = column;
    for (run, place) in runs.iter().zip(places) {
        let (rows, after) = rest.split_at(run.rows);
        let place = *place as usize;
        match rows {
            // Shuffled rows are runs of their own: storing one is cheaper than copying a slice.
            [row] => reordered[place] = *row,
            rows => reordered[place..place + rows.len()].copy_from_slice(rows),
        }
        rest = after;
    }
    reordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_order_by_user_then_day() {
        let mut keys = vec![(1, -5), (0, 7), (1, 3), (0, -1)];
        keys.sort_by_key(|(user, day)| sort_key(*user, *day));
        assert_eq!(keys, [(0, -1), (0, 7), (1, -5), (1, 3)]);
        assert_eq!(split_key(sort_key(9, -5)), (9, -5));
    }

    #[test]
    fn rows_of_one_day_keep_their_order() {
        for rows_of_a_run in [1, 3] {
            let mut rows = RowBatch::new(1);
            for value in 0..4 * rows_of_a_run {
                rows.push(0, [2, 1, 2, 1][value / rows_of_a_run], &[value as i32]);
            }
            let keys: Vec<u64> = rows.runs.iter().map(|run| sort_key(0, run.day)).collect();
            let kind = KindRows::group(rows, &keys, 1);
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
            rows in prop::collection::vec((0u32..3, -2i32..3, 1usize..4), 1..60), far in prop::option::of(0u32..u32::MAX),
        ) {
            let rows = rows.into_iter().chain(far.map(|user| (user, i32::MIN, 1)));
            let runs: Vec<KeyRun> = rows.map(|(user, day, rows)| KeyRun { user, day, rows }).collect();
            let keys: Vec<u64> = runs.iter().map(|run| sort_key(run.user, run.day)).collect();
            let (sorted, mut expected) = (Sorted::of(&keys, &runs), Sorted::of(&[], &[]));
            expected.places.resize(keys.len(), 0);
            expected.sort(&keys, &runs);
            prop_assert_eq!(&sorted.segments, &expected.segments);
            prop_assert_eq!(&sorted.bounds, &expected.bounds);
            if !keys.is_sorted() {
                prop_assert_eq!(&sorted.places, &expected.places);
            }
        }
    }
}
