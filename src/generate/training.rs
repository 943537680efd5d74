//! Activities and workouts of a day. What comes in: a person and the day's plan; what goes out: sessions (records of
//! `activities`) and workouts, inside the bands of the module above.

use super::dice::Dice;
use super::person::{Activity, Person};
use super::plan::Training;
use super::record_text::{Records, two_digits};
use super::world::{CalendarDay, Weather};

/// How hard a session is. High and Peak are kept for hard workout days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intensity {
    Low,
    Moderate,
    High,
    Peak,
}

impl Intensity {
    fn name(self) -> &'static str {
        match self {
            Intensity::Low => "Low",
            Intensity::Moderate => "Moderate",
            Intensity::High => "High",
            Intensity::Peak => "Peak",
        }
    }

    /// Share of the heart rate reserve, in thousandths.
    fn effort_per_mille(self, dice: &mut Dice) -> i32 {
        match self {
            Intensity::Low => dice.between(300, 400),
            Intensity::Moderate => dice.between(430, 580),
            Intensity::High => dice.between(660, 750),
            Intensity::Peak => dice.between(780, 860),
        }
    }

    /// What this intensity does to the energy used, in hundredths.
    fn energy_percent(self) -> i32 {
        match self {
            Intensity::Low => 85,
            Intensity::Moderate => 100,
            Intensity::High => 118,
            Intensity::Peak => 135,
        }
    }
}

/// One record of `activities`.
pub(super) struct Session {
    pub(super) activity: Activity,
    pub(super) weather: Weather,
    pub(super) minutes: i32,
    pub(super) distance_tenths: i32,
    pub(super) start_minute: i32,
    pub(super) hr_avg: i32,
    hr_max: i32,
    intensity: Intensity,
    kcal: i32,
    steps: i32,
    elevation_m: i32,
}

/// One record of `workouts`.
pub(super) struct Workout {
    pub(super) minutes: i32,
    pub(super) kcal: i32,
    pub(super) start_minute: i32,
    pub(super) hr_avg: i32,
    hr_max: i32,
    hard: bool,
    kind: &'static WorkoutKind,
    sets: i32,
    reps: i32,
    lifted_hg: i32,
}

struct WorkoutKind {
    name: &'static str,
    muscles: &'static str,
    equipment: &'static str,
}

const fn workout(name: &'static str, muscles: &'static str, equipment: &'static str) -> WorkoutKind {
    WorkoutKind {
        name,
        muscles,
        equipment,
    }
}

/// The first three are hard when they are long.
static WORKOUTS: [WorkoutKind; 7] = [
    workout("Strength", "Legs", "Barbell"),
    workout("HIIT", "Full Body", "Kettlebell"),
    workout("CrossFit", "Full Body", "Rings"),
    workout("Strength", "Chest", "Dumbbells"),
    workout("Core", "Core", "Mat"),
    workout("Circuit", "Shoulders", "Machines"),
    workout("Mobility", "Back", "Band"),
];

/// The day as training sees it.
pub(super) struct Setting<'a> {
    pub(super) person: &'a Person,
    pub(super) training: Training,
    pub(super) today: &'a CalendarDay,
    pub(super) weather: Weather,
}

impl Setting<'_> {
    /// The records of the day.
    pub(super) fn draw(&self, dice: &mut Dice) -> (Vec<Session>, Vec<Workout>) {
        match self.training {
            Training::Ordinary => self.ordinary(dice),
            Training::Rest => (Vec::new(), Vec::new()),
            Training::Hard => (vec![self.hard_session(dice)], vec![self.hard_workout(dice)]),
            Training::LongRun => (vec![self.long_run(dice)], Vec::new()),
            Training::RunInRain => (vec![self.session(Activity::Running, dice)], Vec::new()),
            Training::DryRunThenRain => {
                let run = Session {
                    weather: Weather::Cloudy,
                    ..self.session(Activity::Running, dice)
                };
                (vec![run, self.session(Activity::Walking, dice)], Vec::new())
            }
            Training::Ill => {
                let walk = dice.chance(500).then(|| self.sick_walk(dice));
                (walk.into_iter().collect(), Vec::new())
            }
        }
    }

    /// Mostly one session and one workout, and never neither: that would be a rest day.
    fn ordinary(&self, dice: &mut Dice) -> (Vec<Session>, Vec<Workout>) {
        let workout_count = dice.weighted(&[90, 610, 300]);
        let session_count = dice.weighted(&[350, 575, 75]).max(usize::from(workout_count == 0));
        let sessions = (0..session_count).map(|_| self.session(self.choose(dice), dice));
        let sessions: Vec<Session> = sessions.collect();
        let workouts = (0..workout_count).map(|_| self.workout(workout_count, dice)).collect();
        (sessions, workouts)
    }

    /// A favourite, or now and then something else; in the rain nobody runs by chance.
    fn choose(&self, dice: &mut Dice) -> Activity {
        let favourites = self.person.favourites;
        let other = dice.pick(&[Activity::Walking, Activity::Yoga, Activity::WeightTraining]);
        let [first, second, third] = favourites;
        let wish = [first, second, third, other][dice.weighted(&[45, 25, 18, 12])];
        let stays_in = match self.weather {
            Weather::Rainy => wish == Activity::Running || (!wish.is_indoor() && dice.chance(700)),
            Weather::Snowy => !wish.is_indoor() && dice.chance(500),
            _ => false,
        };
        if stays_in {
            dice.pick(&[
                Activity::Pilates,
                Activity::Yoga,
                Activity::WeightTraining,
                Activity::Swimming,
            ])
        } else {
            wish
        }
    }

    /// An ordinary session.
    fn session(&self, activity: Activity, dice: &mut Dice) -> Session {
        let intensity = if dice.chance(350) {
            Intensity::Low
        } else {
            Intensity::Moderate
        };
        let distance_tenths = match activity {
            Activity::Running => self.scaled(dice.near(30, 72), 80),
            Activity::Cycling => self.scaled(dice.near(100, 240), 280),
            Activity::Swimming => self.scaled(dice.near(6, 14), 16),
            Activity::Walking => self.scaled(dice.near(20, 60), 65),
            Activity::Pilates | Activity::WeightTraining | Activity::Yoga => 0,
        };
        self.session_over(activity, intensity, distance_tenths, dice)
    }

    /// Longer in summer, and as the person's weekends are; never beyond the band.
    fn scaled(&self, distance_tenths: i32, most: i32) -> i32 {
        /// January to December, in thousandths.
        const SEASON: [i32; 12] = [860, 880, 950, 1000, 1060, 1100, 1100, 1080, 1050, 1000, 930, 870];
        let weekend = if self.today.weekend {
            1000 + self.person.weekend_activity_per_mille
        } else {
            1000
        };
        (distance_tenths * SEASON[self.today.month] / 1000 * weekend / 1000).clamp(most / 5, most)
    }

    fn long_run(&self, dice: &mut Dice) -> Session {
        let level = self.person.level;
        let distance_tenths = dice.between(150 + 30 * level, 190 + 45 * level);
        self.session_over(Activity::Running, Intensity::Moderate, distance_tenths, dice)
    }

    /// The sharp session beside a hard workout, whose own record cannot say how hard it was to a reader that takes only
    /// the fields of the contract; in the rain it is swum.
    fn hard_session(&self, dice: &mut Dice) -> Session {
        let intensity = dice.pick(&[Intensity::High, Intensity::Peak]);
        match self.person.is_runner() && self.weather != Weather::Rainy {
            true => self.session_over(Activity::Running, intensity, dice.between(40, 70), dice),
            false => self.session_over(Activity::Swimming, intensity, dice.between(8, 15), dice),
        }
    }

    fn sick_walk(&self, dice: &mut Dice) -> Session {
        self.session_over(Activity::Walking, Intensity::Low, dice.between(6, 12), dice)
    }

    fn session_over(&self, activity: Activity, intensity: Intensity, distance_tenths: i32, dice: &mut Dice) -> Session {
        let person = self.person;
        let minutes = minutes(activity, person.level, distance_tenths, dice);
        let met_tenths = met_tenths(activity) * intensity.energy_percent() / 100;
        let hr_avg = person.exercise_bpm(intensity.effort_per_mille(dice));
        Session {
            activity,
            weather: self.weather,
            minutes,
            distance_tenths,
            start_minute: start_minute(self.today.weekend, dice),
            hr_avg,
            hr_max: (hr_avg + dice.between(8, 18)).min(person.max_bpm),
            intensity,
            kcal: person.burned_kcal(met_tenths, minutes),
            steps: steps(activity, distance_tenths, minutes, dice),
            elevation_m: match activity {
                Activity::Running | Activity::Walking => dice.between(0, 12) * distance_tenths / 10,
                Activity::Cycling => dice.between(2, 14) * distance_tenths / 10,
                _ => 0,
            },
        }
    }

    fn hard_workout(&self, dice: &mut Dice) -> Workout {
        let minutes = dice.between(80, 110);
        let kcal = self.person.burned_kcal(dice.between(80, 98), minutes);
        let hr_avg = self.person.exercise_bpm(Intensity::Peak.effort_per_mille(dice));
        Workout {
            minutes,
            kcal: kcal.max(650 + dice.between(0, 40)),
            start_minute: start_minute(self.today.weekend, dice),
            hr_avg,
            hr_max: (hr_avg + dice.between(12, 20)).min(self.person.max_bpm),
            hard: true,
            kind: &WORKOUTS[dice.between(0, 2) as usize],
            sets: dice.between(24, 34),
            reps: dice.between(8, 12),
            lifted_hg: dice.between(500, 1100),
        }
    }

    /// An ordinary workout; two on one day are shorter.
    fn workout(&self, workouts_that_day: usize, dice: &mut Dice) -> Workout {
        let (most_minutes, most_kcal) = if workouts_that_day > 1 { (28, 240) } else { (48, 460) };
        let minutes = dice.between(18, most_minutes);
        let hr_avg = self.person.exercise_bpm(dice.between(400, 560));
        Workout {
            minutes,
            kcal: self.person.burned_kcal(dice.between(35, 50), minutes).min(most_kcal),
            start_minute: start_minute(self.today.weekend, dice),
            hr_avg,
            hr_max: hr_avg + dice.between(8, 16),
            hard: false,
            kind: &WORKOUTS[dice.between(0, 6) as usize],
            sets: dice.between(6, 14),
            reps: dice.between(6, 12),
            lifted_hg: dice.between(50, 600),
        }
    }
}

/// Before or after work; at the weekend any time of the day.
fn start_minute(weekend: bool, dice: &mut Dice) -> i32 {
    match (weekend, dice.chance(350)) {
        (true, _) => dice.between(8 * 60, 18 * 60),
        (false, true) => dice.between(6 * 60, 8 * 60),
        (false, false) => dice.between(17 * 60, 20 * 60),
    }
}

/// How long a session takes, from the distance where there is one.
fn minutes(activity: Activity, level: i32, distance_tenths: i32, dice: &mut Dice) -> i32 {
    let seconds_per_km = match activity {
        Activity::Running => dice.between(370, 410) - 35 * level,
        Activity::Cycling => dice.between(150, 160) - 12 * level,
        Activity::Swimming => dice.between(1500, 1650) - 150 * level,
        Activity::Walking => dice.between(620, 780),
        Activity::Pilates | Activity::WeightTraining | Activity::Yoga => return dice.between(20, 58),
    };
    (distance_tenths * seconds_per_km / 600).max(5)
}

/// Metabolic equivalents of moderate exercise (after the Compendium of Physical Activities), in tenths.
fn met_tenths(activity: Activity) -> i32 {
    match activity {
        Activity::Running => 95,
        Activity::Cycling => 72,
        Activity::Swimming => 65,
        Activity::WeightTraining => 45,
        Activity::Walking => 35,
        Activity::Pilates => 30,
        Activity::Yoga => 25,
    }
}

fn steps(activity: Activity, distance_tenths: i32, minutes: i32, dice: &mut Dice) -> i32 {
    match activity {
        Activity::Running => distance_tenths * dice.between(980, 1180) / 10,
        Activity::Walking => distance_tenths * dice.between(1250, 1400) / 10,
        Activity::Cycling | Activity::Swimming => 0,
        Activity::Pilates | Activity::WeightTraining | Activity::Yoga => minutes * dice.between(5, 25),
    }
}

impl Session {
    /// Writes the record; `nth` counts the sessions of a day.
    pub(super) fn write(&self, person: &Person, today: &CalendarDay, nth: u32, activities: &mut Records) {
        let (hour, minute) = (self.start_minute / 60, self.start_minute % 60);
        activities
            .record()
            .joined(
                "activity_id",
                &["activity_", &person.id, "_", &today.digits, "_", two_digits(nth)],
            )
            .text("user_id", &person.id)
            .text("date", &today.date)
            .text("activity_type", self.activity.name())
            .joined("start_time", &[two_digits(hour as u32), ":", two_digits(minute as u32)])
            .whole("duration", self.minutes as u32)
            .tenths("distance", self.distance_tenths as u32)
            .whole("calories_burned", self.kcal as u32)
            .whole("steps", self.steps as u32)
            .whole("heart_rate_avg", self.hr_avg as u32)
            .whole("heart_rate_max", self.hr_max as u32)
            .text("weather", self.weather.name())
            .text("intensity", self.intensity.name())
            .whole("elevation_gain", self.elevation_m as u32);
    }
}

impl Workout {
    /// Writes the record; `nth` counts the workouts of a day.
    pub(super) fn write(&self, person: &Person, today: &CalendarDay, nth: u32, workouts: &mut Records) {
        let (hour, minute) = (self.start_minute / 60, self.start_minute % 60);
        let (intensity, exertion) = if self.hard { ("Peak", 9) } else { ("Moderate", 5) };
        workouts
            .record()
            .joined(
                "workout_id",
                &["workout_", &person.id, "_", &today.digits, "_", two_digits(nth)],
            )
            .text("user_id", &person.id)
            .text("date", &today.date)
            .text("workout_type", self.kind.name)
            .joined("start_time", &[two_digits(hour as u32), ":", two_digits(minute as u32)])
            .whole("duration", self.minutes as u32)
            .whole("sets", self.sets as u32)
            .whole("reps", self.reps as u32)
            .tenths("weight_lifted", self.lifted_hg as u32)
            .whole("rest_seconds", 60)
            .whole("calories_burned", self.kcal as u32)
            .whole("heart_rate_avg", self.hr_avg as u32)
            .whole("heart_rate_max", self.hr_max as u32)
            .text("intensity", intensity)
            .whole("perceived_exertion", exertion)
            .text("muscle_group", self.kind.muscles)
            .text("equipment", self.kind.equipment)
            .flag("completed", true);
    }
}
