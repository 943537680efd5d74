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

/// Whose a row is, and of which day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowKey {
    /// Code of the user.
    pub user: u32,
    /// Days since 1970-01-01.
    pub day: i32,
}

/// Rows of one kind, in the order of their chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowBatch {
    /// Whose the rows are, and of which day; no two runs after each other have the same key.
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
        match self.runs.last_mut() {
            Some(last) if (last.user, last.day) == (run.user, run.day) => last.rows += run.rows,
            _ => self.runs.push(run),
        }
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

/// Rows on their way to a batch: as many as stay in the fastest cache. Between two writers all of it is [`NULL`].
pub struct RowBlock {
    columns: [[i32; BLOCK_ROWS]; COLUMNS],
}

/// Powers of two: places are cut to them, so they need no check.
pub const BLOCK_ROWS: usize = 64;
const COLUMNS: usize = 16;

impl Default for RowBlock {
    fn default() -> RowBlock {
        RowBlock {
            columns: [[NULL; BLOCK_ROWS]; COLUMNS],
        }
    }
}

/// Appends rows to a batch, value by value: a row counts when it is finished and its run is closed.
pub struct RowWriter<'a> {
    batch: &'a mut RowBatch,
    block: &'a mut RowBlock,
    /// Whether anything may have been written.
    begun: bool,
    /// The row of the block that is being written.
    row: usize,
    /// The first row whose key is not known yet, counted from the block's first one: below it (wrapping) if it is in the
    /// batch already.
    first_open: usize,
}

impl<'a> RowWriter<'a> {
    /// Appends to a batch of up to 16 columns. Call [`RowWriter::begin`] before the first row, and [`RowWriter::end`] after
    /// the last.
    pub fn new(batch: &'a mut RowBatch, block: &'a mut RowBlock) -> RowWriter<'a> {
        assert!(batch.columns.len() <= COLUMNS, "a block has {COLUMNS} columns");
        RowWriter {
            batch,
            block,
            begun: false,
            row: 0,
            first_open: 0,
        }
    }

    /// Begins to write: where records have no layout in common, most writers write nothing.
    #[inline(always)]
    pub fn begin(&mut self) {
        self.begun = true;
    }

    /// Stores a value of the row.
    #[inline(always)]
    pub fn set(&mut self, column: usize, value: i32) {
        debug_assert!(self.begun, "a value before the first row");
        self.block.columns[column % COLUMNS][self.row % BLOCK_ROWS] = value;
    }

    /// Ends the row and begins the next.
    #[inline(always)]
    pub fn finish_row(&mut self) {
        self.row += 1;
        if self.row == BLOCK_ROWS {
            self.empty_block();
        }
    }

    /// The places of two columns in the rows behind the one being written, as far as the block has room.
    pub fn rows_ahead(&mut self, columns: [usize; 2]) -> Option<[&mut [i32]; 2]> {
        let columns = self.block.columns.get_disjoint_mut(columns).ok()?;
        Some(columns.map(|column| &mut column[self.row + 1..]))
    }

    /// Ends the row, which has the key `key`, and all of so many that were written ahead but the last, which is the row being
    /// written from now on; its key. `changes` are the places among them where a key begins.
    pub fn advance_over(&mut self, rows: usize, mut key: RowKey, changes: &[(usize, RowKey)]) -> RowKey {
        let first_ahead = self.row + 1;
        let mut first_open = self.first_open;
        for (row, next) in changes {
            if *next != key {
                let end = first_ahead + row;
                let RowKey { user, day } = key;
                let rows = end.wrapping_sub(first_open);
                self.batch.push_run(KeyRun { user, day, rows });
                (key, first_open) = (*next, end);
            }
        }
        self.first_open = first_open;
        self.row += rows;
        key
    }

    /// The rows that were finished since the last call have this key.
    #[inline(always)]
    pub fn close_run(&mut self, RowKey { user, day }: RowKey) {
        let rows = self.open_rows();
        if rows > 0 {
            self.batch.push_run(KeyRun { user, day, rows });
            self.first_open = self.row;
        }
    }

    /// Drops what was written of a row that was not finished.
    pub fn end(mut self) {
        debug_assert_eq!(self.open_rows(), 0, "rows without a key");
        if self.begun {
            self.empty_block();
        }
    }

    /// Moves the finished rows to the batch.
    #[inline(never)]
    fn empty_block(&mut self) {
        for (column, values) in self.batch.columns.iter_mut().zip(&mut self.block.columns) {
            column.extend_from_slice(&values[..self.row]);
            // The row that was begun, too.
            values[..BLOCK_ROWS.min(self.row + 1)].fill(NULL);
        }
        self.first_open = self.first_open.wrapping_sub(self.row);
        self.row = 0;
    }

    /// Finished rows whose key is not known yet.
    #[inline(always)]
    fn open_rows(&self) -> usize {
        self.row.wrapping_sub(self.first_open)
    }
}
