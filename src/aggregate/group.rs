//! The rows of a partition brought together by (user, day), file order kept within a day.

use std::iter::repeat_n;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Series;
use crate::columns::{Bucket, Columns, KeyRun, NULL, Partition, RowBatch, SpillError};
use crate::record::{Date, RecordKind};

/// A sort counts if there are at most so many users times days for each key: more take longer to clear than to sort.
const MOST_PLACES_A_KEY: usize = 4;

/// Runs of so many rows on average are copied as they are; shorter ones row by row.
const ROWS_WORTH_A_COPY: usize = 3;

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
        let (mut segments, mut bounds) = (Vec::new(), vec![0]);
        let mut last_key = None;
        let mut append = |key: u64, rows: usize| {
            let end = bounds[bounds.len() - 1] + rows;
            if last_key.replace(key) == Some(key) {
                bounds.pop();
            } else {
                let (user, day) = split_key(key);
                segments.push(Segment { user, day });
            }
            bounds.push(end);
        };
        let columns = if keys.is_sorted() {
            keys.iter()
                .zip(&rows.runs)
                .for_each(|(key, run)| append(*key, run.rows));
            rows.columns
        } else if rows.len() < keys.len() * ROWS_WORTH_A_COPY {
            let run_keys = keys.iter().zip(&rows.runs);
            let keys: Vec<u64> = run_keys.flat_map(|(key, run)| repeat_n(*key, run.rows)).collect();
            let order = sorted_order(&keys);
            order.iter().for_each(|row| append(keys[*row as usize], 1));
            let reorder = |column: &Vec<i32>| order.iter().map(|row| column[*row as usize]).collect();
            rows.columns.iter().map(reorder).collect()
        } else {
            let places: Vec<Range<usize>> = rows.runs_and_rows().map(|(_, places)| places).collect();
            let order = sorted_order(keys);
            let runs = order.iter().map(|run| *run as usize);
            runs.clone().for_each(|run| append(keys[run], places[run].len()));
            let reorder = |column: &Vec<i32>| {
                let mut reordered = Vec::with_capacity(column.len());
                runs.clone()
                    .for_each(|run| reordered.extend_from_slice(&column[places[run].clone()]));
                reordered
            };
            rows.columns.iter().map(reorder).collect()
        };
        let starts = (0..=users as u32).map(|user| segments.partition_point(|segment: &Segment| segment.user < user));
        KindRows {
            starts: starts.collect(),
            runs: rows.runs,
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

/// The users of a partition by id, and the sort keys of the runs of each kind: codes of users follow the order of arrival
/// and must not show.
fn users_and_keys(partition: &Partition, columns: &Columns) -> (Vec<Arc<str>>, Vec<Vec<u64>>) {
    // By code: how many users came before.
    let mut arrivals: FxHashMap<u32, u32> = FxHashMap::default();
    let mut last = None;
    let mut arrival = |code: u32| match last {
        Some((last_code, arrival)) if last_code == code => arrival,
        _ => {
            let next = arrivals.len() as u32;
            let arrival = *arrivals.entry(code).or_insert(next);
            last = Some((code, arrival));
            arrival
        }
    };
    let mut keys_of_kind = |rows: &RowBatch| -> Vec<u64> {
        let runs = rows.runs.iter();
        runs.map(|run| sort_key(arrival(run.user), run.day)).collect()
    };
    let mut keys: Vec<Vec<u64>> = partition.kinds.iter().map(&mut keys_of_kind).collect();
    let mut named: Vec<(Arc<str>, u32)> = arrivals
        .into_iter()
        .map(|(code, arrival)| (columns.user_id(code), arrival))
        .collect();
    named.sort_unstable();
    let mut ranks = vec![0; named.len()];
    (0..)
        .zip(&named)
        .for_each(|(rank, (_, arrival))| ranks[*arrival as usize] = rank);
    for key in keys.iter_mut().flatten() {
        let (arrival, day) = split_key(*key);
        *key = sort_key(ranks[arrival as usize], day);
    }
    (named.into_iter().map(|(id, _)| id).collect(), keys)
}

/// User first, then day, as one number.
fn sort_key(user: u32, day: i32) -> u64 {
    u64::from(user) << 32 | u64::from(day as u32 ^ 0x8000_0000)
}

fn split_key(key: u64) -> (u32, i32) {
    ((key >> 32) as u32, (key as u32 ^ 0x8000_0000) as i32)
}

/// Rows or runs in the order of their keys, those of one day as they came: counted where users times days are about as many
/// as there are keys, else sorted.
fn sorted_order(keys: &[u64]) -> Vec<u32> {
    let parts = |key: &u64| (key >> 32, *key as u32);
    let users = keys.iter().map(|key| parts(key).0 + 1).max().unwrap_or(0);
    let first_day = keys.iter().map(|key| parts(key).1).min().unwrap_or(0);
    let days = keys
        .iter()
        .map(|key| u64::from(parts(key).1 - first_day) + 1)
        .max()
        .unwrap_or(0);
    if users.saturating_mul(days) > (keys.len() * MOST_PLACES_A_KEY) as u64 {
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        order.sort_by_key(|row| keys[*row as usize]);
        return order;
    }
    let place = |key: &u64| (parts(key).0 * days) as usize + (parts(key).1 - first_day) as usize;
    counting_order(keys.iter().map(place), (users * days) as usize)
}

/// Rows or runs in the order of their places, which are below `places` (a counting sort).
fn counting_order(place_of_each: impl ExactSizeIterator<Item = usize> + Clone, places: usize) -> Vec<u32> {
    let mut next = vec![0u32; places + 1];
    place_of_each.clone().for_each(|place| next[place + 1] += 1);
    (0..places).for_each(|place| next[place + 1] += next[place]);
    let mut order = vec![0; place_of_each.len()];
    for (place, index) in place_of_each.zip(0..) {
        order[next[place] as usize] = index;
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
