//! What is asked for: the cases, in families, each with its truth. Limits lie where anybody would put them, with bands
//! as wide as people disagree; they are not taken from the vocabulary.

use crate::day::Property::*;
use crate::generate::Fact;
use crate::record::Date;

use super::truth::Quantity::{DayNumber, Of, RunKm};
use super::truth::Truth::{self, *};
use super::truth::{Case, Pick};

/// The families, in the order of the report.
pub(super) const FAMILIES: [&str; 9] = [
    "single",
    "conjunction",
    "cross-day",
    "relative",
    "threshold",
    "negation",
    "literal",
    "window",
    "superlative",
];

const POOR_SLEEP: Truth = Planted(Fact::PoorSleep);
/// A night called good is not wrong for who asks for great ones.
const GREAT_SLEEP: Truth = Unless(&Planted(Fact::GreatSleep), &Over(Of(SleepEfficiency), 90.0, 1.0));
const RAISED_PULSE: Truth = Planted(Fact::ElevatedRestingHr);
const OVERATE: Truth = Planted(Fact::Overeating);
const PROTEIN: Truth = Planted(Fact::HighProtein);
const REST: Truth = Planted(Fact::RestDay);
/// What else is exhausting: a long run, a long workout, a heart near its limit.
const HARD: Truth = Unless(
    &Planted(Fact::HardWorkout),
    &Any(&[
        Planted(Fact::LongRun),
        Over(Of(WorkoutMinutes), 70.0, 1.0),
        Over(Of(ActivityHrMax), 165.0, 1.0),
        Over(Of(ActivityHrMean), 145.0, 1.0),
    ]),
);
const YOGA: Truth = Session(&["yoga"]);

/// Whether the date lies from the first to the last, as (month, day) of 2025, when all generated days end.
const fn within(date: Date, first: (u32, u32), last: (u32, u32)) -> bool {
    let (year, month, day) = date.ymd();
    let number = month * 100 + day;
    year == 2025 && first.0 * 100 + first.1 <= number && number <= last.0 * 100 + last.1
}

fn weekend(date: Date) -> bool {
    date.weekday() >= 5
}

const fn case(family: &'static str, name: &'static str, truth: Truth) -> Case {
    Case {
        name,
        family,
        truth,
        pick: Pick::Every,
    }
}

const fn best(name: &'static str, truth: Truth, pick: Pick) -> Case {
    Case {
        name,
        family: "superlative",
        truth,
        pick,
    }
}

const EVERY_DAY: Truth = All(&[]);

/// Every case.
#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    case("single", "poor sleep", POOR_SLEEP),
    case("single", "great sleep", GREAT_SLEEP),
    case("single", "raised resting heart rate", RAISED_PULSE),
    case("single", "overeating", OVERATE),
    case("single", "much protein", PROTEIN),
    case("single", "rest day", REST),
    case("single", "hard workout", HARD),
    case("single", "illness", Planted(Fact::Illness)),
    case("single", "many steps", Over(Of(Steps), 10_000.0, 2_000.0)),
    case("single", "little deep sleep", Under(Of(DeepSleepHours), 1.0, 0.15)),
    case("single", "many awakenings", Over(Of(Awakenings), 4.0, 0.5)),
    case("single", "much sugar", Over(Of(SugarG), 95.0, 15.0)),

    case("conjunction", "hard workout and much protein", All(&[HARD, PROTEIN])),
    case("conjunction", "poor sleep and raised pulse", All(&[POOR_SLEEP, RAISED_PULSE])),
    case("conjunction", "rest day and overeating", All(&[REST, OVERATE])),
    case("conjunction", "rest day and poor sleep", All(&[REST, POOR_SLEEP])),
    case("conjunction", "hard workout and great sleep", All(&[HARD, GREAT_SLEEP])),
    case("conjunction", "yoga and much protein", All(&[YOGA, PROTEIN])),

    case("cross-day", "poor sleep after hard workout", All(&[POOR_SLEEP, Shifted(-1, &HARD)])),
    case("cross-day", "great sleep after hard workout", All(&[GREAT_SLEEP, Shifted(-1, &HARD)])),
    case("cross-day", "poor sleep after rest day", All(&[POOR_SLEEP, Shifted(-1, &REST)])),
    case("cross-day", "rest day after hard workout", All(&[REST, Shifted(-1, &HARD)])),
    case("cross-day", "hard workout after rest day", All(&[HARD, Shifted(-1, &REST)])),
    case("cross-day", "overeating before poor sleep", All(&[OVERATE, Shifted(1, &POOR_SLEEP)])),

    case("relative", "slept less than usual", Under(Of(SleepHoursDelta), -1.0, 0.5)),
    case("relative", "slept more than usual", Over(Of(SleepHoursDelta), 1.0, 0.5)),
    case("relative", "more steps than usual", Over(Of(StepsDelta), 3_000.0, 1_500.0)),
    case("relative", "fewer steps than usual", Under(Of(StepsDelta), -3_000.0, 1_500.0)),
    case("relative", "ate more than usual", Over(Of(EatenKcalDelta), 400.0, 150.0)),
    case("relative", "ate less than usual", Under(Of(EatenKcalDelta), -400.0, 150.0)),
    case("relative", "slept two hours less than usual", Under(Of(SleepHoursDelta), -2.0, 0.1)),
    case("relative", "resting pulse ten above usual", Over(Of(RestingHrDelta), 10.0, 0.6)),

    case("threshold", "sleep under 5 h", Under(Of(SleepHours), 5.0, 0.05)),
    case("threshold", "steps over 12000", Over(Of(Steps), 12_000.0, 100.0)),
    case("threshold", "protein over 150 g", Over(Of(ProteinG), 150.0, 2.0)),
    case("threshold", "resting pulse over 70", Over(Of(RestingHr), 70.0, 0.5)),
    case("threshold", "eaten over 3500 kcal", Over(Of(EatenKcal), 3_500.0, 20.0)),
    case("threshold", "run over 10 km", Over(RunKm, 10.0, 0.2)),
    case("threshold", "awakenings over 5", Over(Of(Awakenings), 5.5, 0.0)),
    case("threshold", "sleep efficiency under 70", Under(Of(SleepEfficiency), 70.0, 0.2)),
    case("threshold", "sleep from 9 to 10 h", All(&[Over(Of(SleepHours), 9.0, 0.05), Under(Of(SleepHours), 10.0, 0.05)])),
    case("threshold", "heart rate over 160", Over(Of(HrMax), 160.0, 1.0)),

    case("negation", "no exercise", REST),
    case("negation", "poor sleep without hard workout before", All(&[POOR_SLEEP, Not(&Shifted(-1, &HARD))])),
    case("negation", "hard workout without much protein", All(&[HARD, Not(&PROTEIN)])),
    case("negation", "poor sleep without raised pulse", All(&[POOR_SLEEP, Not(&RAISED_PULSE)])),
    case("negation", "overeating without rest day", All(&[OVERATE, Not(&REST)])),
    case("negation", "no snack", Not(&Lists(MealTypes, "snack"))),
    case("negation", "hard workout without poor sleep after", All(&[HARD, Not(&Shifted(1, &POOR_SLEEP))])),
    case("negation", "no activity data", Missing(ActivityMinutes)),

    case("literal", "run in the rain", Planted(Fact::RunInRain)),
    case("literal", "long run", Planted(Fact::LongRun)),
    case("literal", "swim", Session(&["swimming"])),
    case("literal", "yoga", YOGA),
    case("literal", "ride", Session(&["cycling"])),
    case("literal", "strength", Any(&[Lists(WorkoutTypes, "strength"), Session(&["weight training"])])),
    case("literal", "HIIT", Lists(WorkoutTypes, "hiit")),
    case("literal", "walk in the sun", Session(&["walking", "sunny"])),
    case("literal", "wind", Lists(Weather, "windy")),

    case("window", "poor sleep in July", All(&[POOR_SLEEP, When(|date| within(date, (7, 1), (7, 31)))])),
    case("window", "hard workout at weekends", All(&[HARD, When(weekend)])),
    case("window", "rest day in the last week of August", All(&[REST, When(|date| within(date, (8, 25), (8, 31)))])),
    case("window", "overeating in June", All(&[OVERATE, When(|date| within(date, (6, 1), (6, 30)))])),
    case("window", "much protein on Mondays", All(&[PROTEIN, When(|date| date.weekday() == 0)])),
    case("window", "raised pulse since 15 July", All(&[RAISED_PULSE, When(|date| within(date, (7, 15), (12, 31)))])),
    case("window", "poor sleep in the last 30 days", All(&[POOR_SLEEP, When(|date| within(date, (8, 13), (9, 11)))])),
    case("window", "rest day last month", All(&[REST, When(|date| within(date, (8, 1), (8, 31)))])),
    case("window", "yoga in the first half of July", All(&[YOGA, When(|date| within(date, (7, 1), (7, 15)))])),

    best("three days of most steps", EVERY_DAY, Pick::Most(Of(Steps), 3)),
    best("five shortest nights", EVERY_DAY, Pick::Least(Of(SleepHours), 5)),
    best("highest resting pulse", EVERY_DAY, Pick::Most(Of(RestingHr), 1)),
    best("longest run", EVERY_DAY, Pick::Most(RunKm, 1)),
    best("most protein", EVERY_DAY, Pick::Most(Of(ProteinG), 1)),
    best("first poor sleep", POOR_SLEEP, Pick::Least(DayNumber, 1)),
    best("last overeating", OVERATE, Pick::Most(DayNumber, 1)),
    best("three nights of least deep sleep", EVERY_DAY, Pick::Least(Of(DeepSleepHours), 3)),
    best("worst night", POOR_SLEEP, Pick::Some(1)),
    best("most eaten", EVERY_DAY, Pick::Most(Of(EatenKcal), 1)),
    best("lowest sleep efficiency", EVERY_DAY, Pick::Least(Of(SleepEfficiency), 1)),
];
