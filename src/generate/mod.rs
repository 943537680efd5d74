//! Stand-in data in the exact form of the "large" data set, with life in it and facts planted in it. What comes in:
//! `Options`; what goes out: seven files, and `planted.ndjson` with what a search should find. It never uses the
//! clock, the machine or the number of threads: the same options give the same bytes.
//!
//! Users differ (sleep, resting heart rate, appetite, favourite activities, weekly rest day, weekends, region), days
//! vary around their user, with the season and the weather. Planted facts lie outside the bands of all other days:
//!
//! | fact | planted days | all other days |
//! | --- | --- | --- |
//! | hard_workout | one workout, 80 to 110 min, 650 kcal or more, and a High or Peak session | workouts of the day at most 60 min and 500 kcal; sessions Low or Moderate |
//! | poor_sleep | 3.6 to 5.2 h, efficiency 58 to 73 %, 5 to 9 awakenings, Poor | 6.2 to 10 h, efficiency 76 % or more, at most 4 awakenings, never Poor |
//! | great_sleep | 8.6 to 9.6 h, efficiency 95 to 98 %, Excellent | efficiency at most 93 %, never Excellent; in health at most 8.4 h |
//! | elevated_resting_hr | 10 to 15 bpm above the user's own | at most 3 bpm above |
//! | overeating | 1.47 to 1.8 times the user's usual kcal | at most 1.15 times, and under 3,000 kcal |
//! | high_protein | 160 to 210 g | at most 105 g |
//! | rest_day | no activity, no workout | at least one |
//! | illness | 3 to 6 days in a row: elevated resting heart rate, at most a short walk, 0.6 to 0.8 of the usual kcal, a long night of 76 to 80 % efficiency | 0.86 of the usual kcal or more |
//! | long_run | a run of 15 to 28 km | runs of at most 8 km; rides at most 28 km, swims 1.6 km, walks 6.5 km |
//! | run_in_rain | a run whose record says Rainy | runs in other weather; other sessions in the rain |
//! | poor_sleep_after_hard_workout | a poor night whose day before had a hard workout | |
//!
//! A fact that is not in `planted.ndjson` is not in the records: questions can be judged by it in both directions.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::bounded;

mod body;
mod data_set;
mod dice;
mod life;
mod meals;
mod night;
mod person;
mod plan;
mod planted;
mod record_text;
mod training;
mod world;

#[cfg(test)]
mod tests;

use data_set::DataSet;
use life::Life;
pub use planted::Fact;
use world::World;

/// The ids of measurements have two digits, and a hundred of them are taken in 3,042 days.
const MOST_DAYS: u32 = 3000;

/// How the records are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// An array, indented by two spaces, one field a line: as the data set.
    #[default]
    Pretty,
    /// An array on one line, without spaces.
    Compact,
    /// One object a line.
    Ndjson,
}

/// What to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder; made where it is missing.
    pub dir: PathBuf,
    /// How many users.
    pub users: u32,
    /// How many days each, ending on 2025-09-11.
    pub days: u32,
    /// The same seed gives the same data.
    pub seed: u64,
    /// How the records are laid out.
    pub form: Form,
    /// How many threads draw; the data does not depend on it.
    pub threads: usize,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Path, bytes and records of the seven files, users first.
    pub files: Vec<(PathBuf, u64, u64)>,
    /// How many facts were planted.
    pub planted: u64,
    /// Where they are written.
    pub planted_path: PathBuf,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A file or folder could not be made, written or renamed.
    #[error("{path}: {source}; check that the folder is writable and has room (5,000 users and 365 days take 8 GB)")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds a data set in another form.
    #[error(
        "{path} is there already, and would be read together with the new files; choose another folder or remove it"
    )]
    OtherForm {
        /// The file in the way.
        path: PathBuf,
    },
    /// The folder holds somebody's records.
    #[error("{path} is there already and was not generated; choose another folder")]
    NotGenerated {
        /// The file that would be lost.
        path: PathBuf,
    },
    /// A data set of this length cannot be made.
    #[error("cannot make {days} days; choose 1 to {MOST_DAYS}")]
    Days {
        /// As asked for.
        days: u32,
    },
    /// The stop signal came.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

impl GenerateError {
    fn file(path: &Path, source: io::Error) -> GenerateError {
        GenerateError::File {
            path: path.to_path_buf(),
            source,
        }
    }
}

/// Makes a data set: all files or, after an error or a stop, none. `on_bytes` hears of the bytes as they are written.
pub fn generate(
    options: &Options,
    stop: &AtomicBool,
    on_bytes: &(dyn Fn(u64) + Sync),
) -> Result<Summary, GenerateError> {
    if options.days == 0 || options.days > MOST_DAYS {
        return Err(GenerateError::Days { days: options.days });
    }
    let world = World::new(options.seed, options.days);
    let mut data_set = DataSet::create(&options.dir, options.form)?;
    let draw = |index| Life::new(options.seed, index + 1, &world, options.form);
    in_order(options.users, options.threads.max(1), draw, |life| {
        if stop.load(Ordering::Relaxed) {
            return Err(GenerateError::Interrupted);
        }
        on_bytes(data_set.append(&life)?);
        Ok(())
    })?;
    data_set.finish()
}

/// Makes items on several threads and takes them in order. Each thread makes every n-th item and waits until the one
/// before it was taken, so few items are in memory.
fn in_order<T: Send, E>(
    count: u32,
    threads: usize,
    make: impl Fn(u32) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    thread::scope(|scope| {
        let start = |first: usize| {
            // One item waits while the next is made: more would only cost memory, all items are alike in size.
            let (sender, receiver) = bounded(1);
            let make = &make;
            scope.spawn(move || {
                let mut indices = (0..count).skip(first).step_by(threads);
                indices.try_for_each(|index| sender.send(make(index)))
            });
            receiver
        };
        let receivers: Vec<_> = (0..threads).map(start).collect();
        for receiver in receivers.iter().cycle().take(count as usize) {
            // A thread that panicked sends nothing more; the scope hands its panic on.
            let Ok(item) = receiver.recv() else { break };
            take(item)?;
        }
        Ok(())
    })
}
