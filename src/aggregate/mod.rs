//! The rows of a partition become days with exact numbers.
//!
//! In: packed columns. Out: each user's days, every number of the contract set. Numbers of series come from an
//! [`Aggregator`], the CPU or a GPU. Only integers of thousandths are added, so the order of the rows, the number of
//! threads and the device cannot change a bit; the few roundings are in one file (`exact.rs`). It never words
//! anything and knows no file.
//!
//! [`Aggregator`]: crate::aggregate::Aggregator

mod baseline;
mod choice;
mod cost;
mod counted;
mod cpu;
mod exact;
mod fold;
mod group;
mod lanes;
mod network;
#[cfg(not(feature = "wgpu"))]
mod not_built;
mod numbers;
mod or_cpu;
mod order;
mod picked;
#[cfg(feature = "wgpu")]
mod pieces;
mod series;
mod sessions;
mod sums;
#[cfg(all(test, feature = "wgpu"))]
mod tests;
#[cfg(all(test, feature = "wgpu"))]
mod twins;
#[cfg(feature = "wgpu")]
mod wgpu;
#[cfg(feature = "wgpu")]
mod words;
#[cfg(feature = "wgpu")]
mod work;
mod zones;

pub use choice::{AdapterInfo, Backend, Choice, Stopwatch, adapters};
pub use cost::{CostModel, Speed, speeds};
pub use cpu::Cpu;
pub use group::{Grouped, Room};
pub use numbers::Numbers;
pub use series::{Distribution, FEWEST_OF_A_WINDOW, PERCENTS, Series, Totals, Usual, Windows, present};

#[cfg(not(feature = "wgpu"))]
use not_built as device;
#[cfg(feature = "wgpu")]
use wgpu as device;

use std::sync::Arc;

use crate::columns::Columns;
use crate::day::{Day, Property, Value};
use crate::record::Profile;

/// Computes the numbers of series. Every implementation gives the same bits as [`Cpu`].
pub trait Aggregator: Send + Sync {
    /// Count, extremes and sum of every segment, series by series.
    fn totals(&self, series: &[Series<'_>]) -> Result<Vec<Vec<Totals>>, AggregateError>;

    /// The same with the sum of squares and the percentiles.
    fn distributions(&self, series: &Series<'_>) -> Result<Vec<Distribution>, AggregateError>;

    /// Median and quartiles of every window; `None` for one of fewer than [`FEWEST_OF_A_WINDOW`] values.
    fn usuals(&self, windows: &Windows<'_>) -> Result<Vec<Option<Usual>>, AggregateError>;
}

/// Why there are no numbers. The CPU never fails.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AggregateError {
    /// This program was built without compute shaders.
    #[error("this program was built without compute shaders; build it with the feature `wgpu`, or use --aggregate cpu")]
    NotBuilt,
    /// There is no GPU to use.
    #[error("no GPU can compute here: {detail}; use --aggregate cpu, which gives the same bits")]
    NoAdapter {
        /// What was looked for and found.
        detail: String,
    },
    /// The GPU was there and failed.
    #[error("the GPU {adapter} failed: {detail}; use --aggregate cpu, which gives the same bits")]
    Device {
        /// Its name.
        adapter: String,
        /// What the driver said.
        detail: String,
    },
}

/// The days of one user, in order, with all their numbers.
pub fn user_days(
    grouped: &Grouped,
    numbers: &Numbers,
    user: usize,
    columns: &Columns,
    profile: Option<&Profile>,
) -> Vec<Day> {
    let id = &grouped.users()[user];
    let fold_day = |date| {
        let mut day = Day::new(Arc::clone(id), date);
        fold::fold(&mut day, &grouped.day_rows(user, date), numbers, columns);
        if let Some(profile) = profile {
            set_profile(&mut day, profile);
        }
        day
    };
    grouped.dates(user).into_iter().map(fold_day).collect()
}

fn set_profile(day: &mut Day, profile: &Profile) {
    let numbers = [
        (Property::ProfileAge, profile.age),
        (Property::ProfileHeightCm, profile.height_cm),
        (Property::ProfileWeightKg, profile.weight_kg),
    ];
    let texts = [
        (Property::ProfileGender, &profile.gender),
        (Property::ProfileFitnessLevel, &profile.fitness_level),
    ];
    for (property, number) in numbers {
        if let Some(number) = number {
            day.set(property, Value::Number(number));
        }
    }
    for (property, text) in texts {
        if let Some(text) = text {
            day.set(property, Value::Text(text.as_str().into()));
        }
    }
}
