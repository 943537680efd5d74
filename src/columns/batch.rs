//! Rows before they are packed and after: keys by runs, values by column.

use std::ops::Range;

use super::NULL;

/// Rows in a row that have the same user and day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyRun {
    /// Code of the user.
    pub user: u32,
    /// Days since 1970-01-01.
    pub day: i32,
    /// How many there are, at least one.
    pub rows: usize,
}

/// Rows of one kind, in the order of their chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowBatch {
    /// Whose the rows are, and of which day; no two runs after each other have the same key, unless
    /// they were sorted by bucket.
    pub runs: Vec<KeyRun>,
    /// One column a field of the kind ([`crate::record::RecordKind::fields`]), [`NULL`] where there is no value.
    pub columns: Vec<Vec<i32>>,
}

impl RowBatch {
    /// No rows, `columns` columns.
    pub fn new(columns: usize) -> RowBatch {
        RowBatch {
            runs: Vec::new(),
            columns: vec![Vec::new(); columns],
        }
    }

    /// Appends a row; `values` has one value a column.
    #[inline]
    pub fn push(&mut self, user: u32, day: i32, values: &[i32]) {
        self.push_run(KeyRun { user, day, rows: 1 });
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(*value);
        }
    }

    /// Appends the key of rows whose values are appended to the columns.
    #[inline]
    pub(super) fn push_run(&mut self, run: KeyRun) {
        push_run(&mut self.runs, run);
    }

    /// Each run with the places of its rows.
    pub fn runs_and_rows(&self) -> impl Iterator<Item = (KeyRun, Range<usize>)> {
        self.runs.iter().scan(0, |start, run| {
            let rows = *start..*start + run.rows;
            *start = rows.end;
            Some((*run, rows))
        })
    }

    /// Appends a run of another batch with the same columns, whose rows are there at these places.
    pub fn append_run(&mut self, from: &RowBatch, run: KeyRun, rows: Range<usize>) {
        self.push_run(run);
        for (column, from) in self.columns.iter_mut().zip(&from.columns) {
            column.extend_from_slice(&from[rows.clone()]);
        }
    }

    /// Makes room for exactly this many rows more.
    pub fn reserve_exact(&mut self, rows: usize) {
        self.columns.iter_mut().for_each(|column| column.reserve_exact(rows));
    }

    /// Takes all rows out; the room for them stays.
    pub fn clear(&mut self) {
        self.runs.clear();
        self.columns.iter_mut().for_each(Vec::clear);
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// Appends rows in place: a value is stored where it will stay, and counts when its row is finished and its run closed.
pub struct RowWriter<'a> {
    runs: &'a mut Vec<KeyRun>,
    columns: &'a mut [Vec<i32>],
    /// Rows there were at first.
    first: usize,
    /// Rows whose key is known.
    closed: usize,
    /// The row being written.
    row: usize,
    /// Rows there is room for; what was not written in them is [`NULL`].
    room: usize,
}

/// Rows to make room for at a time: as many as there are already, within these bounds.
const FEWEST_ROWS: usize = 2;
const MOST_ROWS: usize = 512;

impl<'a> RowWriter<'a> {
    /// Appends to a batch. Call [`RowWriter::begin`] before the first row, and [`RowWriter::end`] after the last.
    pub fn new(batch: &'a mut RowBatch) -> RowWriter<'a> {
        let rows = batch.len();
        RowWriter {
            runs: &mut batch.runs,
            columns: &mut batch.columns,
            first: rows,
            closed: rows,
            row: rows,
            room: rows,
        }
    }

    /// Begins a row, whatever was written of it before.
    pub fn begin(&mut self) {
        if self.row < self.room {
            self.columns.iter_mut().for_each(|column| column[self.row] = NULL);
        } else {
            self.make_room();
        }
    }

    /// Stores a value of the row.
    #[inline(always)]
    pub fn set(&mut self, column: usize, value: i32) {
        self.columns[column][self.row] = value;
    }

    /// Ends the row and begins the next.
    #[inline(always)]
    pub fn finish_row(&mut self) {
        self.row += 1;
        if self.row == self.room {
            self.make_room();
        }
    }

    /// The rows that were finished since the last call have this key.
    #[inline(always)]
    pub fn close_run(&mut self, user: u32, day: i32) {
        let rows = self.row - self.closed;
        if rows > 0 {
            push_run(self.runs, KeyRun { user, day, rows });
            self.closed = self.row;
        }
    }

    /// Drops what was written of a row that was not finished.
    pub fn end(self) {
        debug_assert_eq!(self.closed, self.row, "rows without a key");
        self.columns.iter_mut().for_each(|column| column.truncate(self.closed));
    }

    #[cold]
    fn make_room(&mut self) {
        self.room = self.row + (self.row - self.first).clamp(FEWEST_ROWS, MOST_ROWS);
        self.columns
            .iter_mut()
            .for_each(|column| column.resize(self.room, NULL));
    }
}

#[inline]
fn push_run(runs: &mut Vec<KeyRun>, run: KeyRun) {
    match runs.last_mut() {
        Some(last) if (last.user, last.day) == (run.user, run.day) => last.rows += run.rows,
        _ => runs.push(run),
    }
}
