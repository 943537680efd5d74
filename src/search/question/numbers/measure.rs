//! What can be measured and in which units: the nouns and verbs that name a property, and the words of units. What
//! comes in: tokens; what goes out: rows of these tables.

use crate::day::Property::{self, *};
use crate::search::question::words::token::{Token, stem};

/// A quantity people name.
#[derive(Debug, PartialEq)]
pub struct Measure {
    /// Its name for people.
    pub name: &'static str,
    /// The properties it is the sum of, or, of heart rates, the highest.
    pub properties: &'static [Property],
    /// Phrases that name it, separated by `; `, compared by stems.
    says: &'static str,
}

impl Measure {
    /// The phrases that name it.
    pub(in crate::search::question) fn phrases(&self) -> impl Iterator<Item = &'static str> {
        self.says.split("; ")
    }

    /// The unit of the properties.
    pub fn unit(&self) -> &'static str {
        self.properties[0].info().unit
    }

    /// The difference to the user's own usual, where the day document has it.
    pub(in crate::search::question) fn delta(&self) -> Option<(&'static str, &'static [Property])> {
        match self.properties[0] {
            RestingHr => Some(("resting heart rate against own usual", &[RestingHrDelta])),
            SleepHours => Some(("sleep against own usual", &[SleepHoursDelta])),
            Steps => Some(("steps against own usual", &[StepsDelta])),
            EatenKcal => Some(("eaten energy against own usual", &[EatenKcalDelta])),
            _ => None,
        }
    }
}

const fn measure(name: &'static str, properties: &'static [Property], says: &'static str) -> Measure {
    Measure { name, properties, says }
}

/// Every quantity. Where phrases overlap the longer one wins, so `deep sleep` is not `sleep`.
#[rustfmt::skip]
pub(in crate::search::question) static MEASURES: [Measure; 45] = [
    measure("sleep", &[SleepHours], "sleep; slept; asleep; night; sleep duration; shut-eye; nap"),
    measure("deep sleep", &[DeepSleepHours], "deep sleep; deep"),
    measure("REM sleep", &[RemSleepHours], "rem sleep; rem; dream sleep"),
    measure("deep and REM sleep", &[DeepSleepHours, RemSleepHours], "deep plus rem sleep; rem plus deep sleep; deep plus rem; rem plus deep; deep and rem sleep together; deep and rem sleep combined; deep and rem together; deep and rem combined"),
    measure("light sleep", &[LightSleepHours], "light sleep"),
    measure("sleep efficiency", &[SleepEfficiency], "sleep efficiency; efficiency; efficient; efficient sleep; efficient night; inefficient; inefficient sleep; inefficient night; sleep eff; eff; efficiently"),
    measure("sleep score", &[SleepScore], "sleep score; score"),
    measure("awakenings", &[Awakenings], "awakenings; awakening; woke up; wake up; woke; wake ups; wakeups; wakings; woken; woken up; interruptions; waking up; waking; times awake; awake; arousals"),
    measure("resting heart rate", &[RestingHr], "resting heart rate; resting hr; resting pulse; rhr; heart rate at rest; pulse at rest; resting heartbeat"),
    measure("mean heart rate", &[HrMean], "average heart rate; mean heart rate; average hr; mean hr; average pulse; mean pulse; average of my heart rate; average of the heart rate; average of my pulse; heart rate on average"),
    measure("median heart rate", &[HrP50], "median heart rate; median hr; median pulse; median heartbeat"),
    measure("highest heart rate", &[HrMax, ActivityHrMax], "maximum heart rate; max heart rate; peak heart rate; max hr; peak hr; maximum hr; max pulse; peak pulse; heart rate peak; hr peak; pulse peak; heart rate max; hr max; heart rate peaked; hr peaked; hr hit; pulse peaked; heart rate hit; pulse hit; heart rate reached; pulse reached; highest heart rate"),
    measure("lowest heart rate", &[HrMin], "minimum heart rate; min heart rate; min hr; lowest heart rate; lowest pulse; minimum hr"),
    measure("heart rate", &[HrMean], "heart rate; hr; pulse; ticker; heartbeat; bpm; heart"),
    measure("steps", &[Steps], "steps; step count; stepping; daily steps; step; walked; walk; walking; on foot; on my feet; moved around; number of steps"),
    measure("distance", &[DistanceKm], "distance; covered; kilometers; kilometres; km; miles; far"),
    measure("eaten energy", &[EatenKcal], "ate; eat; eaten; eating; calorie intake; intake; calories; kcal; kilojoules; consumed; calories in; kcal in; energy in; calorie count; energy consumption; scoffed; food; energy intake; food intake; appetite"),
    measure("burned energy", &[ActivityKcal, WorkoutKcal], "burned; burn; burnt; calories burned; burned calories; kcal burned; calorie burn; energy burned; energy expenditure; calorie expenditure; energy expended; calories expended; calories spent; energy spent; energy use"),
    measure("energy burned in activity", &[ActivityKcal], "kcal burned in activity; calories burned in activity; activity kcal; activity calories; kcal in activity; calories burned through activity; calories burned by activity; calories burned in activities; burned in activity"),
    measure("energy burned in workouts", &[WorkoutKcal], "kcal in my workouts; kcal in workouts; calories in my workouts; calories in workouts; workout kcal; workout calories; kcal burned in workouts; calories burned in workouts; workouts burned; workout burned; burned in workouts; burned in my workouts"),
    measure("protein", &[ProteinG], "protein; protein intake"),
    measure("carbs", &[CarbsG], "carbs; carbohydrates; carb intake; carbohydrate intake"),
    measure("fat", &[FatG], "fat; fats; dietary fat; fat intake"),
    measure("fiber", &[FiberG], "fiber; roughage; fiber intake"),
    measure("sugar", &[SugarG], "sugar; sugars; sugar intake"),
    measure("sodium", &[SodiumMg], "sodium; salt; sodium intake; salt intake"),
    measure("exercise", &[ActivityMinutes, WorkoutMinutes], "exercise; exercised; trained; train; worked out; work out; training; sport"),
    measure("activity", &[ActivityMinutes], "active; activity; active minutes; moved; on the move"),
    measure("workout", &[WorkoutMinutes], "workout; workouts; gym"),
    measure("sets", &[WorkoutSets], "sets"),
    measure("repetitions", &[WorkoutReps], "reps; repetitions"),
    measure("meals", &[Meals], "meals"),
    measure("weight", &[WeightKg], "weight; weighed; weigh; body weight; scale"),
    measure("body fat", &[BodyFatPercent], "body fat; fat percentage; body fat percentage"),
    measure("muscle mass", &[MuscleMassKg], "muscle mass; muscle"),
    measure("BMI", &[Bmi], "bmi; body mass index"),
    measure("waist", &[WaistCm], "waist; belly; waist circumference; waistline"),
    measure("chest", &[ChestCm], "chest; chest circumference"),
    measure("biceps", &[BicepCm], "biceps; bicep; upper arm; upper arms; arm circumference"),
    measure("thigh", &[ThighCm], "thigh; thighs; upper leg; upper legs; leg circumference"),
    measure("bone mass", &[BoneMassKg], "bone mass; bone; bones; bone weight; skeletal mass"),
    measure("body water", &[BodyWaterPercent], "body water; hydration; hydration level; water percentage; body water percentage; water content"),
    measure("standard deviation of heart rate", &[HrStd], "standard deviation of heart rate; standard deviation of my heart rate; standard deviation of the heart rate; standard deviation of hr; standard deviation of my pulse; std of heart rate; std of my heart rate; std of hr; std of pulse; std of my pulse; std dev of heart rate; heart rate std; hr std; pulse std; heart rate standard deviation; hr standard deviation; pulse standard deviation"),
    measure("heart rate in activity", &[ActivityHrMean], "heart rate during exercise; exercise heart rate; heart rate in training; workout heart rate; training heart rate; heart rate while exercising; active heart rate; average exercise heart rate; mean exercise heart rate; average heart rate during exercise; average workout heart rate; average training heart rate"),
    measure("highest heart rate in activity", &[ActivityHrMax], "max exercise heart rate; maximum exercise heart rate; peak exercise heart rate; highest exercise heart rate; top exercise heart rate; max workout heart rate; max training heart rate; activity hr max; highest heart rate in activity"),
];

impl Measure {
    /// The measure of that name.
    pub(in crate::search::question) fn named(name: &str) -> Option<&'static Measure> {
        MEASURES.iter().find(|measure| measure.name == name)
    }
}

/// The measure with the longest phrase that starts here, and the length of the phrase.
pub(in crate::search::question) fn measure_at(tokens: &[Token], at: usize) -> Option<(&'static Measure, usize)> {
    let mut best: Option<(&Measure, usize)> = None;
    for measure in &MEASURES {
        for phrase in measure.phrases() {
            let length = phrase_length(tokens, at, phrase);
            if length > best.map_or(0, |(_, best_length)| best_length) {
                best = Some((measure, length));
            }
        }
    }
    best
}

/// How many tokens the phrase takes here, 0 where it does not stand here.
pub(super) fn phrase_length(tokens: &[Token], at: usize, phrase: &str) -> usize {
    let mut length = 0;
    for word in phrase.split([' ', '-']) {
        match tokens.get(at + length) {
            Some(token) if token.stem == stem(word) && !token.used => length += 1,
            _ => return 0,
        }
    }
    length
}

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    Time,
    Rate,
    Length,
    Energy,
    Mass,
    Share,
    Steps,
    Times,
}

/// A unit and its size in millionths of the dimension's own (minute, beat, metre, kilocalorie, gram).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::search::question) struct Unit {
    pub(super) dimension: Dimension,
    size: i128,
}

const fn unit(dimension: Dimension, size: i128) -> Unit {
    Unit { dimension, size }
}

/// The unit of that word.
pub(in crate::search::question) fn unit_of(word: &str) -> Option<Unit> {
    use Dimension::*;
    Some(match word {
        "h" | "hr" | "hrs" | "hour" | "hours" => unit(Time, 60_000_000),
        "min" | "mins" | "minute" | "minutes" => unit(Time, 1_000_000),
        "bpm" | "beats" => unit(Rate, 1_000_000),
        "km" | "kms" | "kilometer" | "kilometers" | "kilometre" | "kilometres" | "k" => unit(Length, 1_000_000_000),
        "mile" | "miles" | "mi" => unit(Length, 1_609_344_000),
        "m" | "meter" | "meters" | "metre" | "metres" => unit(Length, 1_000_000),
        "cm" | "centimeters" | "centimetres" => unit(Length, 10_000),
        "inch" | "inches" => unit(Length, 25_400),
        "ft" | "foot" | "feet" => unit(Length, 304_800),
        "kcal" | "cal" | "cals" | "calorie" | "calories" | "kilocalories" => unit(Energy, 1_000_000),
        "kj" | "kilojoules" => unit(Energy, 239_006),
        "mg" | "milligram" | "milligrams" => unit(Mass, 1_000),
        "g" | "gram" | "grams" | "gramme" | "grammes" => unit(Mass, 1_000_000),
        "kg" | "kgs" | "kilo" | "kilos" | "kilogram" | "kilograms" => unit(Mass, 1_000_000_000),
        "lb" | "lbs" | "pound" | "pounds" => unit(Mass, 453_592_370),
        "stone" | "stones" => unit(Mass, 6_350_293_180),
        "%" | "percent" => unit(Share, 1_000_000),
        "step" | "steps" => unit(Steps, 1_000_000),
        "times" | "time" => unit(Times, 1_000_000),
        _ => return None,
    })
}

impl Measure {
    /// The unit its properties are stored in.
    pub(super) fn stored_unit(&self) -> Unit {
        use Dimension::*;
        match (self.properties[0], self.unit()) {
            (Property::Steps, _) => unit(Steps, 1_000_000),
            (_, "bpm") => unit(Rate, 1_000_000),
            (_, "") => unit(Times, 1_000_000),
            (_, "kg/m²") => unit(Share, 1_000_000),
            (_, word) => unit_of(word).unwrap_or(unit(Times, 1_000_000)),
        }
    }

    /// A number in the unit given, in thousandths of the stored unit; `None` where the dimensions differ.
    pub(super) fn convert(&self, thousandths: i64, given: Option<Unit>) -> Option<i64> {
        let stored = self.stored_unit();
        let Some(given) = given else {
            return Some(thousandths);
        };
        if given.dimension != stored.dimension {
            return None;
        }
        let product = i128::from(thousandths) * given.size;
        i64::try_from((product + stored.size / 2).div_euclid(stored.size)).ok()
    }
}

/// What a number in this unit most likely measures, when nothing around it says so.
pub(super) fn default_measure(unit: Unit, unit_word: &str) -> Option<&'static Measure> {
    let name = match unit.dimension {
        Dimension::Time if unit_word.starts_with('h') => "sleep",
        Dimension::Time => "exercise",
        Dimension::Rate => "heart rate",
        Dimension::Length if unit_word.starts_with(['c', 'i']) => "waist",
        // "Six feet of snow".
        Dimension::Length if unit_word.starts_with('f') => return None,
        Dimension::Length => "distance",
        Dimension::Energy => "eaten energy",
        Dimension::Mass if unit_word.starts_with('k') || unit_word.starts_with(['l', 'p', 's']) => "weight",
        Dimension::Steps => "steps",
        Dimension::Mass | Dimension::Share | Dimension::Times => return None,
    };
    Measure::named(name)
}
