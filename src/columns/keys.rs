//! Whose rows the rows of a block are, and of which day: two forms, the shorter one for each block.
//!
//! Where records of one day follow each other, a run of rows has one key, written as its distance to the key before.
//! Where every row has another key, as in shuffled input, users and days are two columns like any other: four bytes a row,
//! and as quick to read.

use std::ops::Range;

use super::RowBatch;
use super::block::{BlockError, Input, pack_column, push_varint, unpack_column, unzigzag, zigzag};

const RUNS: u8 = 0;
const ROWS: u8 = 1;

/// A run takes three bytes or more, two columns take four a row; and what is read without a branch is read faster.
const ROWS_OF_A_RUN: usize = 2;

/// Packs the keys of these rows.
pub(super) fn pack_keys(bytes: &mut Vec<u8>, batch: &RowBatch, ranges: &[Range<usize>]) {
    let keys = || {
        let rows = ranges.iter().cloned().flatten();
        rows.map(|row| (batch.users[row], batch.days[row]))
    };
    let rows: usize = ranges.iter().map(ExactSizeIterator::len).sum();
    if ranges.len() * ROWS_OF_A_RUN > rows {
        bytes.push(ROWS);
        let (users, days): (Vec<i32>, Vec<i32>) = keys().map(|(user, day)| (user as i32, day)).unzip();
        pack_column(bytes, &users);
        pack_column(bytes, &days);
    } else {
        bytes.push(RUNS);
        pack_runs(bytes, keys());
    }
}

fn pack_runs(bytes: &mut Vec<u8>, keys: impl Iterator<Item = (u32, i32)>) {
    let (mut last_user, mut last_day) = (0i64, 0i64);
    let mut close = |((user, day), rows): ((u32, i32), u64)| {
        let key = (i64::from(user), i64::from(day));
        push_varint(bytes, zigzag(key.0 - last_user));
        push_varint(bytes, zigzag(key.1 - last_day));
        push_varint(bytes, rows);
        (last_user, last_day) = key;
    };
    let mut run: Option<((u32, i32), u64)> = None;
    for key in keys {
        match &mut run {
            Some((open, rows)) if *open == key => *rows += 1,
            _ => {
                if let Some(done) = run.replace((key, 1)) {
                    close(done);
                }
            }
        }
    }
    if let Some(done) = run {
        close(done);
    }
}

/// Appends the keys of `count` rows.
pub(super) fn unpack_keys(input: &mut Input<'_>, count: usize, rows: &mut RowBatch) -> Result<(), BlockError> {
    match input.take(1)? {
        [ROWS] => {
            rows.users.extend(unpack_users(input, count)?);
            unpack_column(input, count, &mut rows.days)
        }
        [RUNS] => {
            let mut keys = Keys::default();
            let mut left = count;
            while left > 0 {
                let (user, day, run) = keys.next_run(input, left)?;
                rows.users.resize(rows.users.len() + run, user);
                rows.days.resize(rows.days.len() + run, day);
                left -= run;
            }
            Ok(())
        }
        _ => Err(BlockError),
    }
}

/// Whether one of `count` rows belongs to a user that is `wanted`.
pub(super) fn any_user(
    input: &mut Input<'_>,
    count: usize,
    mut wanted: impl FnMut(u32) -> bool,
) -> Result<bool, BlockError> {
    if input.take(1)? == [ROWS] {
        return Ok(unpack_users(input, count)?.any(wanted));
    }
    let mut left = count;
    let mut keys = Keys::default();
    while left > 0 {
        let (user, _, run) = keys.next_run(input, left)?;
        if wanted(user) {
            return Ok(true);
        }
        left -= run;
    }
    Ok(false)
}

fn unpack_users(input: &mut Input<'_>, count: usize) -> Result<impl Iterator<Item = u32>, BlockError> {
    let mut users = Vec::new();
    unpack_column(input, count, &mut users)?;
    Ok(users.into_iter().map(|user| user as u32))
}

/// The key of the last run.
#[derive(Default)]
struct Keys {
    user: i64,
    day: i64,
}

impl Keys {
    /// User, day and length of the next run, when `left` rows are left.
    fn next_run(&mut self, input: &mut Input<'_>, left: usize) -> Result<(u32, i32, usize), BlockError> {
        self.user = self.user.wrapping_add(unzigzag(input.varint()?));
        self.day = self.day.wrapping_add(unzigzag(input.varint()?));
        let run = input.varint()? as usize;
        if run == 0 || run > left {
            return Err(BlockError);
        }
        let user = u32::try_from(self.user).map_err(|_| BlockError)?;
        let day = i32::try_from(self.day).map_err(|_| BlockError)?;
        Ok((user, day, run))
    }
}
