//! Scale and tape measure. What comes in: a person; what goes out: twelve measurements a year on random days, in the
//! order of their numbers and not of their dates, as in the data set; two on one day happen.

use super::dice::Dice;
use super::person::Person;
use super::record_text::{Records, two_digits};
use super::world::World;

const MEASUREMENTS_PER_YEAR: usize = 12;

/// Writes all measurements of a person.
pub(super) fn write(person: &Person, world: &World, dice: &mut Dice, measurements: &mut Records) {
    let day_count = world.days.len();
    let count = (day_count * MEASUREMENTS_PER_YEAR).div_ceil(365);
    for number in 0..count as u32 {
        let day = dice.between(0, day_count as i32 - 1) as usize;
        let days_ago = (day_count - 1 - day) as i32;
        let weight_hg = person.weight_hg - person.weight_trend_hg * days_ago / 365 + dice.near(-6, 6);
        write_one(
            person,
            number,
            &world.days[day].date,
            weight_hg.max(400),
            dice,
            measurements,
        );
    }
}

/// The parts follow the weight, roughly.
fn write_one(person: &Person, number: u32, date: &str, weight_hg: i32, dice: &mut Dice, measurements: &mut Records) {
    let bmi_tenths = person.bmi_tenths(weight_hg);
    let fat_tenths = (bmi_tenths * 9 / 10 - 30 * person.level + dice.near(-10, 10)).clamp(50, 400);
    let mut near = |center: i32, spread: i32| (center + dice.near(-spread, spread)) as u32;
    measurements
        .record()
        .joined("measurement_id", &["measurement_", &person.id, "_", two_digits(number)])
        .text("user_id", &person.id)
        .text("date", date)
        .tenths("weight", weight_hg as u32)
        .tenths("body_fat", fat_tenths as u32)
        .tenths("muscle_mass", near(weight_hg * (1000 - fat_tenths) / 1000 * 8 / 10, 8))
        .tenths("bmi", bmi_tenths as u32)
        .tenths("waist", near(bmi_tenths * 34 / 10, 10))
        .tenths("chest", near(500 + bmi_tenths * 2, 10))
        .tenths("bicep", near(120 + bmi_tenths * 8 / 10, 5))
        .tenths("thigh", near(250 + bmi_tenths * 12 / 10, 6))
        .tenths("body_water", near(680 - fat_tenths / 2, 8))
        .tenths("bone_mass", near(weight_hg * 4 / 100, 1))
        .joined(
            "notes",
            &["Measurement ", &(number + 1).to_string(), " for ", &person.id],
        );
}
