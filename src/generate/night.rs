//! Sleep and heart rate of a day. What comes in: a person, the day's plan and the one before, and what was done that
//! day; what goes out: one night and twelve readings, inside the bands of the module above.

use super::dice::Dice;
use super::person::Person;
use super::plan::{DayPlan, NightKind};
use super::record_text::{Records, two_digits};
use super::training::{Session, Workout};
use super::world::{CalendarDay, World};

/// One record of `sleep`: the night that ended on the morning of its date.
pub(super) struct Night {
    pub(super) total_tenths: i32,
    /// Percent, in tenths.
    pub(super) efficiency_tenths: i32,
    pub(super) resting_bpm: i32,
    pub(super) quality: &'static str,
    /// Minutes after midnight; negative before.
    bedtime_minute: i32,
    minutes_in_bed: i32,
    deep_tenths: i32,
    rem_tenths: i32,
    awakenings: i32,
    latency_minutes: i32,
}

/// The limits one kind of night is drawn from.
struct Band {
    total_tenths: (i32, i32),
    efficiency_tenths: (i32, i32),
    /// Shares of the total, in thousandths.
    deep_per_mille: (i32, i32),
    rem_per_mille: (i32, i32),
    awakenings: (i32, i32),
    latency_minutes: (i32, i32),
}

impl Band {
    fn of(kind: NightKind, person: &Person, weekend: bool) -> Band {
        let extra = if weekend { person.weekend_sleep_tenths } else { -1 };
        let usual = person.sleep_tenths + extra;
        match kind {
            NightKind::Ordinary => Band {
                total_tenths: ((usual - 6).max(62), (usual + 6).min(84)),
                efficiency_tenths: (820, 930),
                deep_per_mille: (140, 200),
                rem_per_mille: (180, 240),
                awakenings: (1, 3),
                latency_minutes: (5, 25),
            },
            NightKind::Poor => Band {
                total_tenths: (36, 52),
                efficiency_tenths: (580, 730),
                deep_per_mille: (80, 120),
                rem_per_mille: (110, 170),
                awakenings: (5, 9),
                latency_minutes: (35, 90),
            },
            NightKind::Great => Band {
                total_tenths: (86, 96),
                efficiency_tenths: (950, 980),
                deep_per_mille: (220, 260),
                rem_per_mille: (230, 270),
                awakenings: (0, 1),
                latency_minutes: (2, 10),
            },
            NightKind::Ill => Band {
                total_tenths: (usual + 6, usual + 15),
                efficiency_tenths: (760, 795),
                deep_per_mille: (110, 140),
                rem_per_mille: (150, 190),
                awakenings: (3, 4),
                latency_minutes: (15, 30),
            },
        }
    }
}

impl Night {
    /// The night of this plan.
    pub(super) fn draw(person: &Person, plan: DayPlan, weekend: bool, dice: &mut Dice) -> Night {
        let band = Band::of(plan.night, person, weekend);
        let mut draw = |(low, high): (i32, i32)| dice.near(low, high);
        let total_tenths = draw(band.total_tenths);
        let efficiency_tenths = draw(band.efficiency_tenths);
        let deep_tenths = total_tenths * draw(band.deep_per_mille) / 1000;
        let rem_tenths = total_tenths * draw(band.rem_per_mille) / 1000;
        let awakenings = draw(band.awakenings);
        let latency_minutes = draw(band.latency_minutes);
        Night {
            total_tenths,
            efficiency_tenths,
            resting_bpm: resting_bpm(person, plan, dice),
            quality: quality(plan.night, total_tenths, efficiency_tenths),
            bedtime_minute: person.bedtime_minute + bedtime_shift(plan.night, weekend, dice),
            minutes_in_bed: total_tenths * 6 * 1000 / efficiency_tenths,
            deep_tenths,
            rem_tenths,
            awakenings,
            latency_minutes,
        }
    }

    /// Writes the record.
    pub(super) fn write(&self, person: &Person, world: &World, day: usize, sleep: &mut Records) {
        let today = &world.days[day];
        let bed_day = if self.bedtime_minute < 0 {
            world.day_before(day)
        } else {
            today
        };
        let [bed_hour, bed_minute] = clock(self.bedtime_minute);
        let [wake_hour, wake_minute] = clock(self.bedtime_minute + self.minutes_in_bed);
        let light_tenths = self.total_tenths - self.deep_tenths - self.rem_tenths;
        sleep
            .record()
            .joined("sleep_id", &["sleep_", &person.id, "_", &today.digits])
            .text("user_id", &person.id)
            .text("date", &today.date)
            .joined("bedtime", &[&bed_day.date, " ", bed_hour, ":", bed_minute])
            .joined("wake_time", &[&today.date, " ", wake_hour, ":", wake_minute])
            .tenths("total_sleep", self.total_tenths as u32)
            .tenths("deep_sleep", self.deep_tenths as u32)
            .tenths("rem_sleep", self.rem_tenths as u32)
            .tenths("light_sleep", light_tenths as u32)
            .tenths("sleep_efficiency", self.efficiency_tenths as u32)
            .text("sleep_quality", self.quality)
            .whole("awakenings", self.awakenings as u32)
            .whole("resting_heart_rate", self.resting_bpm as u32)
            .whole("sleep_latency", self.latency_minutes as u32);
    }
}

/// Rises after a bad night, falls after a great one; only where it is planted does it rise far.
fn resting_bpm(person: &Person, plan: DayPlan, dice: &mut Dice) -> i32 {
    let above = match plan.night {
        _ if plan.elevated => dice.between(10, 15),
        NightKind::Poor => dice.between(1, 3),
        NightKind::Great => dice.between(-3, -1),
        NightKind::Ordinary | NightKind::Ill => dice.near(-2, 2),
    };
    person.resting_bpm + above
}

/// The word agrees with the hours and the efficiency: Poor and Excellent are kept for nights planted so.
fn quality(kind: NightKind, total_tenths: i32, efficiency_tenths: i32) -> &'static str {
    match kind {
        NightKind::Poor => "Poor",
        NightKind::Great => "Excellent",
        NightKind::Ill => "Fair",
        NightKind::Ordinary if total_tenths >= 68 && efficiency_tenths >= 860 => "Good",
        NightKind::Ordinary => "Fair",
    }
}

/// Bad nights are often late ones; the ill go to bed early.
fn bedtime_shift(kind: NightKind, weekend: bool, dice: &mut Dice) -> i32 {
    let later = match kind {
        NightKind::Poor if dice.chance(500) => dice.between(50, 120),
        NightKind::Great => -20,
        NightKind::Ill => -50,
        _ if weekend => 25,
        _ => 0,
    };
    later + dice.near(-20, 20)
}

fn clock(minute: i32) -> [&'static str; 2] {
    let minute = minute.rem_euclid(24 * 60) as u32;
    [two_digits(minute / 60), two_digits(minute % 60)]
}

/// One record of `heart_rate`.
pub(super) struct Reading {
    bpm: i32,
    /// Seconds after midnight.
    second: i32,
}

/// Readings of a day, one every two hours.
pub(super) const READINGS: usize = 12;

/// Seconds that one reading stands for.
const SLOT_SECONDS: i32 = 24 * 3600 / READINGS as i32;

/// The readings of a day: low at night, higher by day, highest while exercising.
pub(super) fn readings(
    person: &Person,
    plan: DayPlan,
    sessions: &[Session],
    workouts: &[Workout],
    dice: &mut Dice,
) -> [Reading; READINGS] {
    /// Beats above rest from midnight on, every two hours.
    const ABOVE_REST: [i32; READINGS] = [3, 2, 3, 9, 17, 19, 21, 18, 20, 22, 17, 9];
    let strain = match plan.night {
        _ if plan.elevated => 9,
        NightKind::Poor => 3,
        _ => 0,
    };
    let mut readings: [Reading; READINGS] = std::array::from_fn(|slot| {
        let noise = if slot < 3 { dice.near(-2, 3) } else { dice.near(-6, 7) };
        Reading {
            bpm: person.resting_bpm + strain + ABOVE_REST[slot] + noise,
            second: slot as i32 * SLOT_SECONDS + dice.between(0, SLOT_SECONDS - 1),
        }
    });
    let efforts = sessions.iter().map(|session| (session.start_minute, session.hr_avg));
    for (start_minute, hr_avg) in efforts.chain(workouts.iter().map(|workout| (workout.start_minute, workout.hr_avg))) {
        let slot = (start_minute * 60 / SLOT_SECONDS) as usize;
        readings[slot].bpm = readings[slot].bpm.max(hr_avg + dice.near(-6, 6));
    }
    readings
}

impl Reading {
    /// Writes the record; `nth` counts the readings of a day.
    pub(super) fn write(&self, person: &Person, today: &CalendarDay, nth: u32, heart_rate: &mut Records) {
        let [hour, minute] = clock(self.second / 60);
        let second = two_digits((self.second % 60) as u32);
        heart_rate
            .record()
            .joined(
                "heart_rate_id",
                &["hr_", &person.id, "_", &today.digits, "_", two_digits(nth)],
            )
            .text("user_id", &person.id)
            .joined("date_time", &[&today.date, " ", hour, ":", minute, ":", second])
            .whole("value", self.bpm as u32);
    }
}
