//! A user's day in numbers: the properties of the day document, in the order of the contract.
//!
//! One table (`PROPERTIES`) names every property with its type and unit; the targets, the wording and the search
//! all read it, so a property is added in one place. A property that is absent means "no data that day".

use std::sync::Arc;

use crate::record::{Date, Milli};

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyType {
    /// How many there were: an integer of our own counting.
    Count,
    /// A decimal with at most three places.
    Number,
    /// One word or clock time.
    Text,
    /// Distinct texts in the order of the records.
    List,
    /// Several decimals that belong together.
    Numbers,
}

/// The value of a property.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// See [`PropertyType::Count`].
    Count(u32),
    /// See [`PropertyType::Number`].
    Number(Milli),
    /// See [`PropertyType::Text`].
    Text(Arc<str>),
    /// See [`PropertyType::List`].
    List(Vec<Arc<str>>),
    /// See [`PropertyType::Numbers`].
    Numbers(Vec<Milli>),
}

/// Name, type and unit of a property.
#[derive(Clone, Copy, Debug)]
pub struct PropertyInfo {
    /// Which property.
    pub property: Property,
    /// Its name in every target.
    pub name: &'static str,
    /// What it holds.
    pub kind: PropertyType,
    /// Unit of a number, empty where it has none.
    pub unit: &'static str,
}

/// A property of the day document, apart from identity, words and provenance.
#[expect(
    missing_docs,
    reason = "each variant is named after its property; PROPERTIES gives name, type and unit"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Property {
    HrCount,
    HrMin,
    HrMax,
    HrMean,
    HrStd,
    HrP5,
    HrP25,
    HrP50,
    HrP75,
    HrP95,
    HrZoneMinutes,
    SleepHours,
    DeepSleepHours,
    RemSleepHours,
    LightSleepHours,
    SleepEfficiency,
    SleepQuality,
    SleepScore,
    Awakenings,
    RestingHr,
    Bedtime,
    WakeTime,
    ActivityMinutes,
    DistanceKm,
    Steps,
    ActivityKcal,
    ActivityHrMean,
    ActivityHrMax,
    ActivityTypes,
    Weather,
    Intensities,
    Sessions,
    WorkoutMinutes,
    WorkoutKcal,
    WorkoutSets,
    WorkoutReps,
    WorkoutTypes,
    Meals,
    MealTypes,
    EatenKcal,
    ProteinG,
    CarbsG,
    FatG,
    FiberG,
    SugarG,
    SodiumMg,
    WeightKg,
    BodyFatPercent,
    MuscleMassKg,
    Bmi,
    WaistCm,
    ChestCm,
    BicepCm,
    ThighCm,
    BodyWaterPercent,
    BoneMassKg,
    RestingHrDelta,
    SleepHoursDelta,
    StepsDelta,
    EatenKcalDelta,
    RestingHrUsual,
    SleepHoursUsual,
    StepsUsual,
    EatenKcalUsual,
    RestingHrSpread,
    SleepHoursSpread,
    StepsSpread,
    EatenKcalSpread,
    ProfileAge,
    ProfileGender,
    ProfileHeightCm,
    ProfileWeightKg,
    ProfileFitnessLevel,
}

const fn info(property: Property, name: &'static str, kind: PropertyType, unit: &'static str) -> PropertyInfo {
    PropertyInfo {
        property,
        name,
        kind,
        unit,
    }
}

/// Every property, in the order of [`Property`] and of the contract.
pub const PROPERTIES: [PropertyInfo; 73] = {
    use Property::*;
    use PropertyType::*;
    [
        info(HrCount, "hr_count", Count, ""),
        info(HrMin, "hr_min", Number, "bpm"),
        info(HrMax, "hr_max", Number, "bpm"),
        info(HrMean, "hr_mean", Number, "bpm"),
        info(HrStd, "hr_std", Number, "bpm"),
        info(HrP5, "hr_p5", Number, "bpm"),
        info(HrP25, "hr_p25", Number, "bpm"),
        info(HrP50, "hr_p50", Number, "bpm"),
        info(HrP75, "hr_p75", Number, "bpm"),
        info(HrP95, "hr_p95", Number, "bpm"),
        info(HrZoneMinutes, "hr_zone_minutes", Numbers, "min"),
        info(SleepHours, "sleep_hours", Number, "h"),
        info(DeepSleepHours, "deep_sleep_hours", Number, "h"),
        info(RemSleepHours, "rem_sleep_hours", Number, "h"),
        info(LightSleepHours, "light_sleep_hours", Number, "h"),
        info(SleepEfficiency, "sleep_efficiency", Number, "%"),
        info(SleepQuality, "sleep_quality", Text, ""),
        info(SleepScore, "sleep_score", Number, ""),
        info(Awakenings, "awakenings", Number, ""),
        info(RestingHr, "resting_hr", Number, "bpm"),
        info(Bedtime, "bedtime", Text, ""),
        info(WakeTime, "wake_time", Text, ""),
        info(ActivityMinutes, "activity_minutes", Number, "min"),
        info(DistanceKm, "distance_km", Number, "km"),
        info(Steps, "steps", Number, ""),
        info(ActivityKcal, "activity_kcal", Number, "kcal"),
        info(ActivityHrMean, "activity_hr_mean", Number, "bpm"),
        info(ActivityHrMax, "activity_hr_max", Number, "bpm"),
        info(ActivityTypes, "activity_types", List, ""),
        info(Weather, "weather", List, ""),
        info(Intensities, "intensities", List, ""),
        info(Sessions, "sessions", List, ""),
        info(WorkoutMinutes, "workout_minutes", Number, "min"),
        info(WorkoutKcal, "workout_kcal", Number, "kcal"),
        info(WorkoutSets, "workout_sets", Number, ""),
        info(WorkoutReps, "workout_reps", Number, ""),
        info(WorkoutTypes, "workout_types", List, ""),
        info(Meals, "meals", Count, ""),
        info(MealTypes, "meal_types", List, ""),
        info(EatenKcal, "eaten_kcal", Number, "kcal"),
        info(ProteinG, "protein_g", Number, "g"),
        info(CarbsG, "carbs_g", Number, "g"),
        info(FatG, "fat_g", Number, "g"),
        info(FiberG, "fiber_g", Number, "g"),
        info(SugarG, "sugar_g", Number, "g"),
        info(SodiumMg, "sodium_mg", Number, "mg"),
        info(WeightKg, "weight_kg", Number, "kg"),
        info(BodyFatPercent, "body_fat_percent", Number, "%"),
        info(MuscleMassKg, "muscle_mass_kg", Number, "kg"),
        info(Bmi, "bmi", Number, "kg/m²"),
        info(WaistCm, "waist_cm", Number, "cm"),
        info(ChestCm, "chest_cm", Number, "cm"),
        info(BicepCm, "bicep_cm", Number, "cm"),
        info(ThighCm, "thigh_cm", Number, "cm"),
        info(BodyWaterPercent, "body_water_percent", Number, "%"),
        info(BoneMassKg, "bone_mass_kg", Number, "kg"),
        info(RestingHrDelta, "resting_hr_delta", Number, "bpm"),
        info(SleepHoursDelta, "sleep_hours_delta", Number, "h"),
        info(StepsDelta, "steps_delta", Number, ""),
        info(EatenKcalDelta, "eaten_kcal_delta", Number, "kcal"),
        info(RestingHrUsual, "resting_hr_usual", Number, "bpm"),
        info(SleepHoursUsual, "sleep_hours_usual", Number, "h"),
        info(StepsUsual, "steps_usual", Number, ""),
        info(EatenKcalUsual, "eaten_kcal_usual", Number, "kcal"),
        info(RestingHrSpread, "resting_hr_spread", Number, "bpm"),
        info(SleepHoursSpread, "sleep_hours_spread", Number, "h"),
        info(StepsSpread, "steps_spread", Number, ""),
        info(EatenKcalSpread, "eaten_kcal_spread", Number, "kcal"),
        info(ProfileAge, "profile_age", Number, "years"),
        info(ProfileGender, "profile_gender", Text, ""),
        info(ProfileHeightCm, "profile_height_cm", Number, "cm"),
        info(ProfileWeightKg, "profile_weight_kg", Number, "kg"),
        info(ProfileFitnessLevel, "profile_fitness_level", Text, ""),
    ]
};

impl Property {
    /// The row of [`PROPERTIES`].
    pub fn info(self) -> &'static PropertyInfo {
        &PROPERTIES[self as usize]
    }

    /// The property's name in every target.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The property of that name.
    pub fn from_name(name: &str) -> Option<Property> {
        PROPERTIES
            .iter()
            .find(|info| info.name == name)
            .map(|info| info.property)
    }
}

/// One user's local day.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// The user, as written in the records.
    pub user_id: Arc<str>,
    /// The local day.
    pub date: Date,
    /// Accepted records of all kinds.
    pub records: u32,
    /// Sorted by property; most days have a third of them.
    values: Vec<(Property, Value)>,
}

impl Day {
    /// A day without any property.
    pub fn new(user_id: Arc<str>, date: Date) -> Day {
        Day {
            user_id,
            date,
            records: 0,
            values: Vec::new(),
        }
    }

    /// Sets a property; the value must be of the property's type.
    pub fn set(&mut self, property: Property, value: Value) {
        debug_assert_eq!(property.info().kind, value.kind(), "{}", property.name());
        match self.values.binary_search_by_key(&property, |(key, _)| *key) {
            Ok(at) => self.values[at].1 = value,
            Err(at) => self.values.insert(at, (property, value)),
        }
    }

    /// The properties that the day has, in the order of the contract.
    pub fn values(&self) -> impl Iterator<Item = (Property, &Value)> {
        self.values.iter().map(|(property, value)| (*property, value))
    }

    /// The value of a property.
    pub fn get(&self, property: Property) -> Option<&Value> {
        let at = self.values.binary_search_by_key(&property, |(key, _)| *key).ok()?;
        Some(&self.values[at].1)
    }

    /// A number, or a count as a number.
    pub fn number(&self, property: Property) -> Option<Milli> {
        match self.get(property)? {
            Value::Number(number) => Some(*number),
            Value::Count(count) => Some(Milli::from_whole(i64::from(*count))),
            Value::Text(_) | Value::List(_) | Value::Numbers(_) => None,
        }
    }

    /// A text property.
    pub fn text(&self, property: Property) -> Option<&str> {
        match self.get(property)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Several numbers; empty where the day has none.
    pub fn numbers(&self, property: Property) -> &[Milli] {
        match self.get(property) {
            Some(Value::Numbers(numbers)) => numbers,
            _ => &[],
        }
    }

    /// A list property; empty where the day has none.
    pub fn list(&self, property: Property) -> &[Arc<str>] {
        match self.get(property) {
            Some(Value::List(list)) => list,
            _ => &[],
        }
    }
}

impl Value {
    /// The type of the value.
    pub fn kind(&self) -> PropertyType {
        match self {
            Value::Count(_) => PropertyType::Count,
            Value::Number(_) => PropertyType::Number,
            Value::Text(_) => PropertyType::Text,
            Value::List(_) => PropertyType::List,
            Value::Numbers(_) => PropertyType::Numbers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_follows_the_enum() {
        for (index, info) in PROPERTIES.iter().enumerate() {
            assert_eq!(info.property as usize, index, "{}", info.name);
        }
    }

    #[test]
    fn values_come_in_the_order_of_the_contract() {
        let mut day = Day::new("u".into(), Date::from_days(0));
        day.set(Property::Steps, Value::Number(Milli::from_whole(5)));
        day.set(Property::HrCount, Value::Count(2));
        day.set(Property::Steps, Value::Number(Milli::from_whole(6)));
        let order: Vec<Property> = day.values().map(|(property, _)| property).collect();
        assert_eq!(order, [Property::HrCount, Property::Steps]);
        assert_eq!(day.number(Property::Steps), Some(Milli::from_whole(6)));
        assert_eq!(day.number(Property::HrMin), None);
    }
}
