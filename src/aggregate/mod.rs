//! The rows of a partition become days with exact numbers.
//!
//! In: packed columns. Out: each user's days, every number of the contract set. Only integers of thousandths are
//! added, so the order of the rows, the number of threads and the device cannot change a bit; the few roundings are
//! in one file (`exact.rs`). It never words anything and knows no file.

mod baseline;
mod cpu;
mod exact;
mod fold;
mod group;
mod sessions;

pub use cpu::{Partial, partial, percentile, present};
pub use group::Grouped;

use std::sync::Arc;

use crate::columns::Columns;
use crate::day::{Day, Property, Value};
use crate::record::Profile;

/// The days of one user, in order, with all their numbers.
pub fn user_days(grouped: &Grouped, user: usize, columns: &Columns, profile: Option<&Profile>) -> Vec<Day> {
    let id = &grouped.users()[user];
    let fold_day = |date| {
        let mut day = Day::new(Arc::clone(id), date);
        fold::fold(&mut day, &grouped.day_rows(user, date), columns);
        if let Some(profile) = profile {
            set_profile(&mut day, profile);
        }
        day
    };
    let mut days: Vec<Day> = grouped.dates(user).into_iter().map(fold_day).collect();
    baseline::compare_with_own_usual(&mut days);
    days
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
