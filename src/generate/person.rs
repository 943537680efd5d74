//! Who a user is: profile, baselines and habits. What comes in: a seed and a user's number; what goes out: the
//! constants of that life. Days vary around them, see the table of bands in the module above.

use super::dice::Dice;
use super::record_text::Records;
use super::world::{REGIONS, World};

/// A kind of activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    Running,
    Cycling,
    Swimming,
    Pilates,
    WeightTraining,
    Walking,
    Yoga,
}

impl Activity {
    /// As written in the records.
    pub(super) fn name(self) -> &'static str {
        match self {
            Activity::Running => "Running",
            Activity::Cycling => "Cycling",
            Activity::Swimming => "Swimming",
            Activity::Pilates => "Pilates",
            Activity::WeightTraining => "Weight Training",
            Activity::Walking => "Walking",
            Activity::Yoga => "Yoga",
        }
    }

    /// Under a roof, whatever the weather.
    pub(super) fn is_indoor(self) -> bool {
        !matches!(self, Activity::Running | Activity::Cycling | Activity::Walking)
    }
}

const LEVELS: [&str; 3] = ["Beginner", "Intermediate", "Advanced"];

/// Everything about a user that stays the same, or drifts slowly, over the year.
pub(super) struct Person {
    /// `user_000001`.
    pub(super) id: String,
    number: u32,
    pub(super) age: i32,
    gender: &'static str,
    /// Tenths of a centimetre.
    height_mm: i32,
    /// Tenths of a kilogram, on the last day.
    pub(super) weight_hg: i32,
    /// Tenths of a kilogram that a year adds.
    pub(super) weight_trend_hg: i32,
    /// 0 = beginner to 2 = advanced.
    pub(super) level: i32,
    /// Tenths of an hour, on an ordinary night.
    pub(super) sleep_tenths: i32,
    /// Tenths of an hour that a weekend adds.
    pub(super) weekend_sleep_tenths: i32,
    /// Minutes after midnight; negative before.
    pub(super) bedtime_minute: i32,
    pub(super) resting_bpm: i32,
    pub(super) max_bpm: i32,
    pub(super) eaten_kcal: i32,
    /// Thousandths by which weekend sessions are longer or shorter.
    pub(super) weekend_activity_per_mille: i32,
    /// Most rest days fall on this weekday.
    pub(super) rest_weekday: u32,
    /// Most liked first.
    pub(super) favourites: [Activity; 3],
    pub(super) region: usize,
}

impl Person {
    /// The user of this number, from 1. `dice` is the user's own stream.
    pub(super) fn new(number: u32, dice: &mut Dice) -> Person {
        let age = dice.between(18, 80);
        let gender = dice.pick(&["Male", "Female", "Other"]);
        let height_mm = dice.near(1500, 2000);
        let bmi_tenths = dice.near(190, 310);
        let weight_hg = (bmi_tenths * (height_mm / 10) * (height_mm / 10) / 10_000).clamp(500, 1200);
        let level = dice.between(0, 2);
        Person {
            id: format!("user_{number:06}"),
            number,
            age,
            gender,
            height_mm,
            weight_hg,
            weight_trend_hg: dice.near(-60, 50),
            level,
            sleep_tenths: dice.between(68, 78),
            weekend_sleep_tenths: dice.between(2, 7),
            bedtime_minute: dice.between(-75, 30),
            resting_bpm: 63 - 6 * level + dice.between(-4, 6),
            max_bpm: 208 - 7 * age / 10,
            eaten_kcal: usual_kcal(gender, age, height_mm, weight_hg),
            weekend_activity_per_mille: dice.between(-200, 300),
            rest_weekday: dice.between(0, 6) as u32,
            favourites: favourites(dice),
            region: dice.between(0, REGIONS as i32 - 1) as usize,
        }
    }

    /// Body mass index in tenths at a weight.
    pub(super) fn bmi_tenths(&self, weight_hg: i32) -> i32 {
        let square = i64::from(self.height_mm) * i64::from(self.height_mm);
        ((i64::from(weight_hg) * 1_000_000 + square / 2) / square) as i32
    }

    /// Likes to run.
    pub(super) fn is_runner(&self) -> bool {
        self.favourites.contains(&Activity::Running)
    }

    /// Energy of an exercise: weight, metabolic equivalent and time multiplied.
    pub(super) fn burned_kcal(&self, met_tenths: i32, minutes: i32) -> i32 {
        self.weight_hg * met_tenths * minutes / 6000
    }

    /// Heart rate at this share of the way from rest to the highest.
    pub(super) fn exercise_bpm(&self, effort_per_mille: i32) -> i32 {
        self.resting_bpm + (self.max_bpm - self.resting_bpm) * effort_per_mille / 1000
    }

    /// Writes the profile as a record of `users`.
    pub(super) fn write(&self, world: &World, dice: &mut Dice, users: &mut Records) {
        let number = self.number.to_string();
        let joined = dice.between(0, world.days.len() as i32 - 1) as usize;
        users
            .record()
            .text("user_id", &self.id)
            .joined("name", &["User ", &number])
            .joined("email", &["user", &number, "@example.com"])
            .whole("age", self.age as u32)
            .text("gender", self.gender)
            .tenths("height", self.height_mm as u32)
            .tenths("weight", self.weight_hg as u32)
            .text("fitness_level", LEVELS[self.level as usize])
            .text("join_date", &world.days[joined].date);
    }
}

/// What a body of this kind uses in a day with some movement (Mifflin-St Jeor times 1.45). The upper limit keeps
/// ordinary days of big eaters under 3,000 kcal, which anybody would call a lot.
fn usual_kcal(gender: &str, age: i32, height_mm: i32, weight_hg: i32) -> i32 {
    let constant = match gender {
        "Male" => 5,
        "Female" => -161,
        _ => -78,
    };
    let at_rest = weight_hg + height_mm * 5 / 8 - 5 * age + constant;
    (at_rest * 145 / 100).clamp(1700, 2600)
}

/// Three different activities; three in five people run.
fn favourites(dice: &mut Dice) -> [Activity; 3] {
    const OTHERS: [Activity; 6] = [
        Activity::Cycling,
        Activity::Swimming,
        Activity::Pilates,
        Activity::WeightTraining,
        Activity::Walking,
        Activity::Yoga,
    ];
    let start = dice.between(0, 5) as usize;
    let [first, second, third] = [0, 1, 3].map(|step| OTHERS[(start + step) % OTHERS.len()]);
    if dice.chance(600) {
        [Activity::Running, first, third]
    } else {
        [first, second, third]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_stay_in_the_ranges_of_the_data_set() {
        for number in 1..=500 {
            let person = Person::new(number, &mut Dice::new(3, u64::from(number)));
            assert!((500..=1200).contains(&person.weight_hg));
            assert!((1500..=2000).contains(&person.height_mm));
            assert!((45..=75).contains(&person.resting_bpm));
            assert!((1700..=2600).contains(&person.eaten_kcal));
            assert!(person.max_bpm - person.resting_bpm > 70);
        }
    }
}
