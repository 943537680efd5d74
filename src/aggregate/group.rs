//! The rows of a partition brought together by (user, day), file order kept within a day.

use std::ops::Range;
use std::sync::Arc;

use super::Series;
use super::order::{Memory, Segment, Sorted, reorder};
use crate::columns::{Bucket, Columns, KeyRun, NULL, Partition, RowBatch, SpillError, number_in_bucket};
use crate::record::{Date, RecordKind};

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

/// The memory of a partition that is done, for the next one: giving it back to the allocator each time would leave the
/// process with several times what it needs, and pages that come back are filled with zeros first.
#[derive(Debug, Default)]
pub struct Room {
    rows: Partition,
    memory: Memory,
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

    /// Drops the rows of all users but the first `count`.
    pub fn keep_users(&mut self, count: usize) {
        self.users.truncate(count);
        let count = self.users.len();
        self.kinds.iter_mut().for_each(|kind| kind.keep_users(count));
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

    fn keep_users(&mut self, count: usize) {
        let segments = self.starts[count];
        let rows = self.bounds[segments];
        self.starts.truncate(count + 1);
        self.segments.truncate(segments);
        self.bounds.truncate(segments + 1);
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_day_keep_their_order() {
        let mut memory = Memory::default();
        // The second time in memory that holds more than it needs.
        for rows_of_a_run in [3, 1] {
            let mut rows = RowBatch::new(1);
            for value in 0..4 * rows_of_a_run {
                rows.push(0, [2, 1, 2, 1][value / rows_of_a_run], &[value as i32]);
            }
            let kind = KindRows::group(rows, &[0], 1, &mut memory);
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

    #[test]
    fn the_first_users_are_kept_whole() {
        let mut rows = RowBatch::new(1);
        for (user, day, value) in [(2, 5, 1), (1, 5, 2), (0, 6, 3), (1, 4, 4), (0, 6, 5)] {
            rows.push(user * 64, day, &[value]);
        }
        let mut kind = KindRows::group(rows, &[0, 1, 2], 3, &mut Memory::default());
        kind.keep_users(2);
        assert_eq!(kind.columns, [[3, 5, 4, 2]]);
        let segments: Vec<_> = kind
            .segments()
            .iter()
            .map(|segment| (segment.user, segment.day))
            .collect();
        assert_eq!(segments, [(0, 6), (1, 4), (1, 5)]);
        assert_eq!(
            (&kind.bounds[..], &kind.starts[..]),
            (&[0, 2, 3, 4][..], &[0, 1, 3][..])
        );
    }
}
