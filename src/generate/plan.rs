//! What kind of day each day is. What comes in: a person and the world; what goes out: one plan a day, from which the
//! records are drawn. Everything that is planted is decided here; numbers are not.
//!
//! Near misses are wanted: good nights after hard workouts, bad nights after rest days, rainy days whose run stayed
//! dry. A search that only sees half of a question falls for them.

use super::dice::Dice;
use super::person::Person;
use super::world::{Weather, World};

/// What is done on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Training {
    #[default]
    Ordinary,
    Hard,
    LongRun,
    RunInRain,
    /// The near miss of the one above: the sky is dry during the run and rains on the walk after it.
    DryRunThenRain,
    Rest,
    /// A short walk, or nothing at all.
    Ill,
}

/// How the night was that ended on the morning of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NightKind {
    #[default]
    Ordinary,
    Poor,
    Great,
    Ill,
}

/// How much and what is eaten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Eating {
    #[default]
    Ordinary,
    Over,
    HighProtein,
    Ill,
}

/// The conditions of one day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DayPlan {
    pub(super) training: Training,
    pub(super) night: NightKind,
    pub(super) eating: Eating,
    /// The resting heart rate is far above the person's own.
    pub(super) elevated: bool,
    /// 1 on the first day of an illness; 0 in health.
    pub(super) day_of_illness: u32,
}

/// Chances in a thousand days of the kind named; chosen so that a month of one user shows most facts, and none is
/// more common than in a life one would believe.
mod per_mille {
    pub(super) const ILLNESS_BEGINS: u32 = 3;
    pub(super) const REST_ON_REST_WEEKDAY: u32 = 700;
    pub(super) const REST_ON_OTHER_DAY: u32 = 50;
    pub(super) const HARD: u32 = 75;
    pub(super) const LONG_RUN_ON_WEEKEND: u32 = 80;
    pub(super) const RUN_IN_RAIN: u32 = 120;
    pub(super) const DRY_RUN_THEN_RAIN: u32 = 60;
    pub(super) const POOR_AFTER_HARD: u32 = 300;
    pub(super) const GREAT_AFTER_HARD: u32 = 250;
    pub(super) const POOR_AFTER_REST: u32 = 80;
    pub(super) const POOR: u32 = 35;
    pub(super) const GREAT: u32 = 45;
    pub(super) const OVER: u32 = 25;
    pub(super) const OVER_ON_WEEKEND: u32 = 60;
    pub(super) const HIGH_PROTEIN: u32 = 40;
    pub(super) const HIGH_PROTEIN_WITH_HARD: u32 = 200;
    pub(super) const ELEVATED: u32 = 12;
    pub(super) const ELEVATED_AFTER_POOR: u32 = 150;
}

/// Fewest healthy days between two illnesses.
const HEALTHY_DAYS: usize = 30;

/// The plans of all days of a person, oldest first.
pub(super) fn plan(person: &Person, world: &World, dice: &mut Dice) -> Vec<DayPlan> {
    let mut plans = vec![DayPlan::default(); world.days.len()];
    plan_illness(&mut plans, dice);
    for day in 0..plans.len() {
        let before = day.checked_sub(1).map(|index| plans[index]);
        if plans[day].day_of_illness > 0 {
            plans[day].training = Training::Ill;
            plans[day].night = NightKind::Ill;
            plans[day].eating = Eating::Ill;
            plans[day].elevated = true;
            continue;
        }
        plans[day].training = training(person, world, day, before, dice);
        plans[day].night = night(before, dice);
        plans[day].eating = eating(plans[day].training, world.days[day].weekend, dice);
        plans[day].elevated = elevated(plans[day].night, dice);
    }
    plans
}

/// Marks a few runs of three to six days.
fn plan_illness(plans: &mut [DayPlan], dice: &mut Dice) {
    let mut day = 0;
    while day < plans.len() {
        if !dice.chance(per_mille::ILLNESS_BEGINS) {
            day += 1;
            continue;
        }
        let length = dice.between(3, 6) as usize;
        for (index, plan) in plans.iter_mut().skip(day).take(length).enumerate() {
            plan.day_of_illness = index as u32 + 1;
        }
        day += length + HEALTHY_DAYS;
    }
}

fn training(person: &Person, world: &World, day: usize, before: Option<DayPlan>, dice: &mut Dice) -> Training {
    let today = &world.days[day];
    let rest = match today.weekday == person.rest_weekday {
        true => per_mille::REST_ON_REST_WEEKDAY,
        false => per_mille::REST_ON_OTHER_DAY,
    };
    if dice.chance(rest) {
        return Training::Rest;
    }
    let hard_before = before.is_some_and(|plan| plan.training == Training::Hard);
    if !hard_before && dice.chance(per_mille::HARD) {
        return Training::Hard;
    }
    let rainy = world.weather(person.region, day) == Weather::Rainy;
    if !person.is_runner() {
        return Training::Ordinary;
    }
    if rainy && dice.chance(per_mille::RUN_IN_RAIN) {
        return Training::RunInRain;
    }
    if rainy && dice.chance(per_mille::DRY_RUN_THEN_RAIN) {
        return Training::DryRunThenRain;
    }
    if !rainy && today.weekend && dice.chance(per_mille::LONG_RUN_ON_WEEKEND) {
        return Training::LongRun;
    }
    Training::Ordinary
}

/// The night after the day before. A long run is hard to tell from a hard workout, so no bad night follows it: who
/// counts it as one finds no false answer.
fn night(before: Option<DayPlan>, dice: &mut Dice) -> NightKind {
    use per_mille::{GREAT, GREAT_AFTER_HARD, POOR, POOR_AFTER_HARD, POOR_AFTER_REST};
    let (poor, great) = match before.map(|plan| plan.training) {
        Some(Training::Hard) => (POOR_AFTER_HARD, GREAT_AFTER_HARD),
        Some(Training::Rest) => (POOR_AFTER_REST, GREAT),
        Some(Training::LongRun) => (0, GREAT_AFTER_HARD),
        Some(Training::Ill) => (0, 0),
        _ => (POOR, GREAT),
    };
    match dice.weighted(&[poor, great, 1000 - poor - great]) {
        0 => NightKind::Poor,
        1 => NightKind::Great,
        _ => NightKind::Ordinary,
    }
}

fn eating(training: Training, weekend: bool, dice: &mut Dice) -> Eating {
    let over = if weekend {
        per_mille::OVER_ON_WEEKEND
    } else {
        per_mille::OVER
    };
    let high_protein = match training {
        Training::Hard => per_mille::HIGH_PROTEIN_WITH_HARD,
        _ => per_mille::HIGH_PROTEIN,
    };
    match dice.weighted(&[over, high_protein, 1000 - over - high_protein]) {
        0 => Eating::Over,
        1 => Eating::HighProtein,
        _ => Eating::Ordinary,
    }
}

fn elevated(night: NightKind, dice: &mut Dice) -> bool {
    match night {
        NightKind::Poor => dice.chance(per_mille::ELEVATED_AFTER_POOR),
        NightKind::Great => false,
        _ => dice.chance(per_mille::ELEVATED),
    }
}
