//! How much: the numbers of a question and what they are compared with. What comes in: text or tokens; what goes out:
//! amounts in plain numbers and units (`written_amount`, `number`, `compound`), then conditions with their places
//! (`compare`, `usual`). `measure` is the table of what can be measured.

mod bounds;
mod clock;
pub(super) mod compare;
pub(super) mod compound;
mod denied;
pub(super) mod meal_counts;
pub(super) mod meant;
pub mod measure;
pub(super) mod number;
mod off_usual;
pub(super) mod or_more;
mod races;
pub(super) mod spoken_clock;
pub(super) mod training_pulse;
pub(super) mod unknown;
pub(super) mod usual;
pub(super) mod written_amount;
