//! Whose rows the rows of a block are, and of which day: two forms, the shorter one for each block.
//!
//! Where records of one day follow each other, a run of rows has one key, written as its distance to the key before.
//! Where every row has another key, as in shuffled input, users and days are two columns like any other: four bytes a row,
//! and as quick to read.

use std::iter::repeat_n;

use super::block::{BlockError, Input, Stretch, push_varint, unzigzag, zigzag};
use super::packed::{pack_column, unpack_column};
use super::{KeyRun, RowBatch};

const RUNS: u8 = 0;
const ROWS: u8 = 1;

/// Users and days.
pub(super) const KEY_COLUMNS: usize = 2;

/// A run takes three bytes or more, two columns take four a row; and what is read without a branch is read faster.
const ROWS_OF_A_RUN: usize = 2;

/// Packs the keys of these rows.
pub(super) fn pack_keys(bytes: &mut Vec<u8>, batch: &RowBatch, stretches: &[Stretch]) {
    let rows: usize = stretches.iter().map(|stretch| stretch.rows.len()).sum();
    let runs: usize = stretches.iter().map(|stretch| stretch.runs.len()).sum();
    let runs_of_all = || stretches.iter().flat_map(|stretch| &batch.runs[stretch.runs.clone()]);
    if runs * ROWS_OF_A_RUN > rows {
        push_keys_are_columns(bytes);
        let (mut users, mut days) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for stretch in stretches {
            let runs = &batch.runs[stretch.runs.clone()];
            if runs.len() == stretch.rows.len() {
                users.extend(runs.iter().map(|run| run.user as i32));
                days.extend(runs.iter().map(|run| run.day));
                continue;
            }
            for run in runs {
                users.extend(repeat_n(run.user as i32, run.rows));
                days.extend(repeat_n(run.day, run.rows));
            }
        }
        pack_column(bytes, &users);
        pack_column(bytes, &days);
    } else {
        bytes.push(RUNS);
        pack_runs(bytes, runs_of_all());
    }
}

/// The keys are two columns, which come next.
pub(super) fn push_keys_are_columns(bytes: &mut Vec<u8>) {
    bytes.push(ROWS);
}

fn pack_runs<'a>(bytes: &mut Vec<u8>, runs: impl Iterator<Item = &'a KeyRun>) {
    let (mut last_user, mut last_day) = (0i64, 0i64);
    for run in runs {
        let (user, day) = (i64::from(run.user), i64::from(run.day));
        push_varint(bytes, zigzag(user - last_user));
        push_varint(bytes, zigzag(day - last_day));
        push_varint(bytes, run.rows as u64);
        (last_user, last_day) = (user, day);
    }
}

/// Appends the keys of `count` rows.
pub(super) fn unpack_keys(input: &mut Input<'_>, count: usize, rows: &mut RowBatch) -> Result<(), BlockError> {
    match input.take(1)? {
        [ROWS] => {
            let users = unpack_users(input, count)?;
            let mut days = Vec::new();
            unpack_column(input, count, &mut days)?;
            for (user, day) in users.zip(days) {
                rows.push_run(KeyRun { user, day, rows: 1 });
            }
            Ok(())
        }
        [RUNS] => {
            let mut keys = Keys::default();
            let mut left = count;
            while left > 0 {
                let run = keys.next_run(input, left)?;
                rows.push_run(run);
                left -= run.rows;
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
        let run = keys.next_run(input, left)?;
        if wanted(run.user) {
            return Ok(true);
        }
        left -= run.rows;
    }
    Ok(false)
}

fn unpack_users(input: &mut Input<'_>, count: usize) -> Result<impl Iterator<Item = u32> + use<>, BlockError> {
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
    /// The next run, when `left` rows are left.
    fn next_run(&mut self, input: &mut Input<'_>, left: usize) -> Result<KeyRun, BlockError> {
        self.user = self.user.wrapping_add(unzigzag(input.varint()?));
        self.day = self.day.wrapping_add(unzigzag(input.varint()?));
        let rows = input.varint()? as usize;
        if rows == 0 || rows > left {
            return Err(BlockError);
        }
        let user = u32::try_from(self.user).map_err(|_| BlockError)?;
        let day = i32::try_from(self.day).map_err(|_| BlockError)?;
        Ok(KeyRun { user, day, rows })
    }
}
