//! A whole user. What comes in: a seed and the user's number; what goes out: the text of that user's records in each
//! of the seven files, and the planted facts. It depends on nothing else, so users can be made in any order.

use crate::record::RecordKind;

use super::Form;
use super::body;
use super::dice::Dice;
use super::meals::{self, Meal};
use super::night::{Night, READINGS, Reading, readings};
use super::person::Person;
use super::plan::{DayPlan, plan};
use super::planted;
use super::record_text::Records;
use super::training::{Session, Setting, Workout};
use super::world::World;

/// All records of a day but measurements.
pub(super) struct Day {
    pub(super) plan: DayPlan,
    pub(super) sessions: Vec<Session>,
    pub(super) workouts: Vec<Workout>,
    pub(super) meals: Vec<Meal>,
    pub(super) night: Night,
    readings: [Reading; READINGS],
}

/// A user's share of the data set, as text.
pub(super) struct Life {
    /// One for each of [`RecordKind::ALL`], in that order.
    pub(super) files: [Records; RecordKind::ALL.len()],
    /// Always one object a line.
    pub(super) planted: Records,
}

impl Life {
    /// The user of this number, from 1.
    pub(super) fn new(seed: u64, number: u32, world: &World, form: Form) -> Life {
        let mut dice = Dice::new(seed, u64::from(number));
        let person = Person::new(number, &mut dice);
        let plans = plan(&person, world, &mut dice);
        let days: Vec<Day> = (0..plans.len())
            .map(|day| draw(&person, plans[day], world, day, &mut dice))
            .collect();
        let mut planted = Records::new(Form::Ndjson);
        planted::write(&person, world, &days, &mut planted);
        let files = RecordKind::ALL.map(|kind| {
            let mut records = Records::new(form);
            write(kind, &person, world, &days, &mut dice, &mut records);
            records
        });
        Life { files, planted }
    }
}

fn draw(person: &Person, plan: DayPlan, world: &World, day: usize, dice: &mut Dice) -> Day {
    let today = &world.days[day];
    let setting = Setting {
        person,
        training: plan.training,
        today,
        weather: world.weather(person.region, day),
    };
    let (sessions, workouts) = setting.draw(dice);
    Day {
        plan,
        readings: readings(person, plan, &sessions, &workouts, dice),
        sessions,
        workouts,
        meals: meals::draw(person, plan.eating, today.weekend, dice),
        night: Night::draw(person, plan, today.weekend, dice),
    }
}

/// Writes the user's records of one kind. Activities come newest first, as in the sample of the data set; the order
/// of the other four files with days is not known.
fn write(kind: RecordKind, person: &Person, world: &World, days: &[Day], dice: &mut Dice, records: &mut Records) {
    let dated = days.iter().zip(&world.days);
    match kind {
        RecordKind::Users => person.write(world, dice, records),
        RecordKind::Activities => dated.rev().for_each(|(day, today)| {
            numbered(&day.sessions)
                .rev()
                .for_each(|(nth, session)| session.write(person, today, nth, records));
        }),
        RecordKind::Workouts => dated.for_each(|(day, today)| {
            numbered(&day.workouts).for_each(|(nth, workout)| workout.write(person, today, nth, records));
        }),
        RecordKind::Nutrition => dated.for_each(|(day, today)| {
            numbered(&day.meals).for_each(|(nth, meal)| meal.write(person, today, nth, records));
        }),
        RecordKind::Sleep => {
            (0..days.len()).for_each(|day| days[day].night.write(person, world, day, records));
        }
        RecordKind::HeartRate => dated.for_each(|(day, today)| {
            numbered(&day.readings).for_each(|(nth, reading)| reading.write(person, today, nth, records));
        }),
        RecordKind::Measurements => body::write(person, world, dice, records),
    }
}

/// The records of a day with their numbers.
fn numbered<T>(records: &[T]) -> impl DoubleEndedIterator<Item = (u32, &T)> {
    (0..records.len() as u32).zip(records)
}
