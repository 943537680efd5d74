//! The rows of a partition brought together by (user, day), file order kept within a day.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Series;
use crate::columns::{Bucket, Columns, KeyRun, NULL, Partition, RowBatch, SpillError};
use crate::record::{Date, RecordKind};

/// A sort counts if there are at most so many users times days for each row: more take longer to clear than to sort.
const MOST_PLACES_A_ROW: usize = 4;

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
#[derive(Clone, Copy)]
pub(super) struct Segment {
    pub(super) user: u32,
    pub(super) day: i32,
}

impl Grouped {
    /// Unpacks a partition of a bucket and brings its rows together, in the memory of `room`.
    pub fn load(bucket: &Bucket<'_>, partition: usize, room: Partition) -> Result<Grouped, SpillError> {
        let partition = bucket.partition(partition, room)?;
        let users = Users::of(&partition, bucket.columns());
        let kinds = partition
            .kinds
            .into_iter()
            .map(|rows| KindRows::group(rows, &users))
            .collect();
        Ok(Grouped {
            users: users.ids,
            kinds,
        })
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
    fn group(rows: RowBatch, users: &Users) -> KindRows {
        let runs = key_runs(&rows, users);
        let runs_as_they_came = rows.runs;
        let (runs, columns) = if runs.is_sorted_by_key(|(key, _)| *key) {
            (runs, rows.columns)
        } else {
            let keys: Vec<u64> = runs
                .iter()
                .flat_map(|(key, rows)| std::iter::repeat_n(*key, *rows))
                .collect();
            drop(runs);
            let (keys, columns) = sort_rows(&keys, &rows.columns);
            (run_lengths(keys.into_iter()), columns)
        };
        let (mut segments, mut bounds) = (Vec::with_capacity(runs.len()), vec![0]);
        for (key, rows) in runs {
            let (user, day) = split_key(key);
            segments.push(Segment { user, day });
            bounds.push(bounds[bounds.len() - 1] + rows);
        }
        let starts = (0..=users.ids.len() as u32).map(|user| segments.partition_point(|segment| segment.user < user));
        KindRows {
            starts: starts.collect(),
            runs: runs_as_they_came,
            columns,
            segments,
            bounds,
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

/// The users of a partition, ranked by id: codes follow the order of arrival and must not show.
struct Users {
    ids: Vec<Arc<str>>,
    /// Rank by code.
    ranks: FxHashMap<u32, u32>,
}

impl Users {
    fn of(partition: &Partition, columns: &Columns) -> Users {
        let runs = partition.kinds.iter().flat_map(|rows| &rows.runs);
        let codes: FxHashSet<u32> = runs.map(|run| run.user).collect();
        let mut named: Vec<(Arc<str>, u32)> = codes.into_iter().map(|code| (columns.user_id(code), code)).collect();
        named.sort_unstable();
        let ranks = named.iter().map(|(_, code)| *code).zip(0..).collect();
        Users {
            ids: named.into_iter().map(|(id, _)| id).collect(),
            ranks,
        }
    }

    fn rank(&self, code: u32) -> u32 {
        self.ranks[&code]
    }
}

/// The sort keys of the rows, each with how many rows in a row have it.
fn key_runs(rows: &RowBatch, users: &Users) -> Vec<(u64, usize)> {
    let key = |run: &KeyRun| (sort_key(users.rank(run.user), run.day), run.rows);
    rows.runs.iter().map(key).collect()
}

/// Each item that differs from the one before it, with how often it comes in a row.
fn run_lengths<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut runs: Vec<(T, usize)> = Vec::new();
    for item in items {
        match runs.last_mut() {
            Some((last, count)) if *last == item => *count += 1,
            _ => runs.push((item, 1)),
        }
    }
    runs
}

/// User first, then day, as one number.
fn sort_key(user: u32, day: i32) -> u64 {
    u64::from(user) << 32 | u64::from(day as u32 ^ 0x8000_0000)
}

fn split_key(key: u64) -> (u32, i32) {
    ((key >> 32) as u32, (key as u32 ^ 0x8000_0000) as i32)
}

/// A stable sort (file order counts within a day): first the order of the rows, then each column put into it.
fn sort_rows(keys: &[u64], columns: &[Vec<i32>]) -> (Vec<u64>, Vec<Vec<i32>>) {
    let order = sorted_order(keys);
    let reordered = columns
        .iter()
        .map(|column| order.iter().map(|row| column[*row as usize]).collect());
    (
        order.iter().map(|row| keys[*row as usize]).collect(),
        reordered.collect(),
    )
}

/// The rows in the order of their keys: counted where users times days are about as many as there are rows, else sorted.
fn sorted_order(keys: &[u64]) -> Vec<u32> {
    let parts = |key: &u64| (key >> 32, *key as u32);
    let users = keys.iter().map(|key| parts(key).0 + 1).max().unwrap_or(0);
    let first_day = keys.iter().map(|key| parts(key).1).min().unwrap_or(0);
    let days = keys
        .iter()
        .map(|key| u64::from(parts(key).1 - first_day) + 1)
        .max()
        .unwrap_or(0);
    if users.saturating_mul(days) > (keys.len() * MOST_PLACES_A_ROW) as u64 {
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        order.sort_by_key(|row| keys[*row as usize]);
        return order;
    }
    let place = |key: &u64| (parts(key).0 * days) as usize + (parts(key).1 - first_day) as usize;
    counting_order(keys.iter().map(place), (users * days) as usize)
}

/// The rows in the order of their places, which are below `places` (a counting sort).
fn counting_order(of_rows: impl ExactSizeIterator<Item = usize> + Clone, places: usize) -> Vec<u32> {
    let mut next = vec![0u32; places + 1];
    of_rows.clone().for_each(|place| next[place + 1] += 1);
    (0..places).for_each(|place| next[place + 1] += next[place]);
    let mut order = vec![0; of_rows.len()];
    for (place, row) in of_rows.zip(0..) {
        order[next[place] as usize] = row;
        next[place] += 1;
    }
    order
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
        let (keys, columns) = sort_rows(&[2, 1, 2, 1], &[vec![10, 20, 30, 40]]);
        assert_eq!(keys, [1, 1, 2, 2]);
        assert_eq!(columns, [[20, 40, 10, 30]]);
    }

    proptest! {
        #[test]
        fn counting_gives_the_order_of_a_stable_sort(
            rows in prop::collection::vec((0u32..3, -2i32..3), 0..60), far in prop::option::of(0u32..u32::MAX),
        ) {
            let rows = rows.into_iter().chain(far.map(|user| (user, i32::MIN)));
            let keys: Vec<u64> = rows.map(|(user, day)| sort_key(user, day)).collect();
            let mut expected: Vec<u32> = (0..keys.len() as u32).collect();
            expected.sort_by_key(|row| keys[*row as usize]);
            prop_assert_eq!(sorted_order(&keys), expected);
        }
    }
}
