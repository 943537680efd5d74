//! The facts that are planted, with the numbers that prove them. What comes in: a person's days as they were drawn;
//! what goes out: one line of `planted.ndjson` a fact. The list is complete: a day that is not in it does not have the
//! fact.

use super::life::Day;
use super::person::{Activity, Person};
use super::plan::{Eating, NightKind, Training};
use super::record_text::{Record, Records};
use super::training::Session;
use super::world::{Weather, World};

/// A fact of one user's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// A workout of 80 minutes or more that used 650 kcal or more.
    HardWorkout,
    /// A night of at most 5.2 hours, quality Poor.
    PoorSleep,
    /// A night of at least 8.6 hours, quality Excellent.
    GreatSleep,
    /// Resting heart rate at least 10 bpm above the user's own.
    ElevatedRestingHr,
    /// At least 1.4 times the usual energy.
    Overeating,
    /// At least 160 g of protein.
    HighProtein,
    /// Records, but no activity and no workout.
    RestDay,
    /// One of several days in a row with an elevated heart rate, little movement and little appetite.
    Illness,
    /// A run of at least 15 km.
    LongRun,
    /// A run whose own record says Rainy.
    RunInRain,
    /// The poor night after the day of a hard workout; the date is that of the night's end.
    PoorSleepAfterHardWorkout,
}

impl Fact {
    /// Every fact.
    pub const ALL: [Fact; 11] = [
        Fact::HardWorkout,
        Fact::PoorSleep,
        Fact::GreatSleep,
        Fact::ElevatedRestingHr,
        Fact::Overeating,
        Fact::HighProtein,
        Fact::RestDay,
        Fact::Illness,
        Fact::LongRun,
        Fact::RunInRain,
        Fact::PoorSleepAfterHardWorkout,
    ];

    /// As written in `planted.ndjson`.
    pub fn name(self) -> &'static str {
        match self {
            Fact::HardWorkout => "hard_workout",
            Fact::PoorSleep => "poor_sleep",
            Fact::GreatSleep => "great_sleep",
            Fact::ElevatedRestingHr => "elevated_resting_hr",
            Fact::Overeating => "overeating",
            Fact::HighProtein => "high_protein",
            Fact::RestDay => "rest_day",
            Fact::Illness => "illness",
            Fact::LongRun => "long_run",
            Fact::RunInRain => "run_in_rain",
            Fact::PoorSleepAfterHardWorkout => "poor_sleep_after_hard_workout",
        }
    }
}

/// A day of a person, and the day before.
struct Witness<'a> {
    person: &'a Person,
    today: &'a Day,
    before: Option<&'a Day>,
}

/// Writes the facts of all days, oldest first.
pub(super) fn write(person: &Person, world: &World, days: &[Day], planted: &mut Records) {
    for (index, today) in days.iter().enumerate() {
        let witness = Witness {
            person,
            today,
            before: index.checked_sub(1).map(|before| &days[before]),
        };
        for fact in Fact::ALL.into_iter().filter(|fact| witness.holds(*fact)) {
            let mut record = planted.record();
            record
                .text("user_id", &person.id)
                .text("date", &world.days[index].date)
                .text("fact", fact.name());
            witness.prove(fact, &mut record);
        }
    }
}

impl Witness<'_> {
    fn holds(&self, fact: Fact) -> bool {
        let plan = self.today.plan;
        match fact {
            Fact::HardWorkout => plan.training == Training::Hard,
            Fact::PoorSleep => plan.night == NightKind::Poor,
            Fact::GreatSleep => plan.night == NightKind::Great,
            Fact::ElevatedRestingHr => plan.elevated,
            Fact::Overeating => plan.eating == Eating::Over,
            Fact::HighProtein => plan.eating == Eating::HighProtein,
            Fact::RestDay => self.today.sessions.is_empty() && self.today.workouts.is_empty(),
            Fact::Illness => plan.day_of_illness > 0,
            Fact::LongRun => plan.training == Training::LongRun,
            Fact::RunInRain => self.today.sessions.iter().any(is_run_in_rain),
            Fact::PoorSleepAfterHardWorkout => {
                let hard_before = self.before.is_some_and(|day| day.plan.training == Training::Hard);
                hard_before && plan.night == NightKind::Poor
            }
        }
    }

    /// Adds the numbers, named as the properties of the day document where there is one.
    fn prove(&self, fact: Fact, record: &mut Record<'_>) {
        let night = &self.today.night;
        match fact {
            Fact::HardWorkout => workout(self.today, "workout_minutes", "workout_kcal", record),
            Fact::PoorSleep | Fact::GreatSleep => {
                record
                    .tenths("sleep_hours", night.total_tenths as u32)
                    .tenths("sleep_efficiency", night.efficiency_tenths as u32)
                    .text("sleep_quality", night.quality);
            }
            Fact::ElevatedRestingHr => self.resting_hr(record),
            Fact::Overeating => {
                let kcal: i32 = self.today.meals.iter().map(|meal| meal.kcal).sum();
                record
                    .whole("eaten_kcal", kcal as u32)
                    .whole("usual_eaten_kcal", self.person.eaten_kcal as u32);
            }
            Fact::HighProtein => {
                let tenths: i32 = self.today.meals.iter().map(|meal| meal.protein_tenths).sum();
                record.tenths("protein_g", tenths as u32);
            }
            Fact::RestDay => {
                record.whole("activities", 0).whole("workouts", 0);
            }
            Fact::Illness => {
                record.whole("day_of_illness", self.today.plan.day_of_illness);
                self.resting_hr(record);
            }
            Fact::LongRun => run(self.today, |_| true, record),
            Fact::RunInRain => run(self.today, is_run_in_rain, record),
            Fact::PoorSleepAfterHardWorkout => {
                record.tenths("sleep_hours", night.total_tenths as u32);
                if let Some(before) = self.before {
                    workout(before, "workout_minutes_day_before", "workout_kcal_day_before", record);
                }
            }
        }
    }

    fn resting_hr(&self, record: &mut Record<'_>) {
        record
            .whole("resting_hr", self.today.night.resting_bpm as u32)
            .whole("usual_resting_hr", self.person.resting_bpm as u32);
    }
}

fn is_run_in_rain(session: &Session) -> bool {
    session.activity == Activity::Running && session.weather == Weather::Rainy
}

fn workout(day: &Day, minutes_key: &str, kcal_key: &str, record: &mut Record<'_>) {
    let minutes: i32 = day.workouts.iter().map(|workout| workout.minutes).sum();
    let kcal: i32 = day.workouts.iter().map(|workout| workout.kcal).sum();
    record.whole(minutes_key, minutes as u32).whole(kcal_key, kcal as u32);
}

fn run(day: &Day, wanted: impl Fn(&Session) -> bool, record: &mut Record<'_>) {
    let runs = day
        .sessions
        .iter()
        .filter(|session| session.activity == Activity::Running);
    if let Some(session) = runs.into_iter().find(|session| wanted(session)) {
        record
            .tenths("distance_km", session.distance_tenths as u32)
            .whole("activity_minutes", session.minutes as u32)
            .text("weather", session.weather.name());
    }
}
