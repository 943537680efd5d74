//! What is eaten on a day. What comes in: a person and the day's plan; what goes out: three to five meals whose sums
//! lie inside the bands of the module above.

use super::dice::Dice;
use super::person::Person;
use super::plan::Eating;
use super::record_text::{Records, two_digits};
use super::world::CalendarDay;

/// One record of `nutrition`; grams in tenths.
pub(super) struct Meal {
    course: Course,
    pub(super) kcal: i32,
    pub(super) protein_tenths: i32,
    carbs_tenths: i32,
    fat_tenths: i32,
    fiber_tenths: i32,
    sugar_tenths: i32,
    sodium_mg: i32,
    note: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    Breakfast,
    Lunch,
    Dinner,
    Snack,
}

impl Course {
    fn name(self) -> &'static str {
        match self {
            Course::Breakfast => "Breakfast",
            Course::Lunch => "Lunch",
            Course::Dinner => "Dinner",
            Course::Snack => "Snack",
        }
    }

    fn notes(self) -> &'static [&'static str] {
        match self {
            Course::Breakfast => &[
                "Oatmeal with berries and honey",
                "Two eggs on rye toast with butter",
                "Yoghurt with nuts and fruit",
            ],
            Course::Lunch => &[
                "Lentil soup and flat bread at work",
                "Chicken salad with white beans",
                "Rice bowl with tuna and sesame",
            ],
            Course::Dinner => &[
                "Couscous with roast vegetables",
                "Pasta with tomato sauce and basil",
                "Grilled fish and potatoes at home",
            ],
            Course::Snack => &[
                "An apple and a few almonds",
                "A banana on the way home",
                "Dates and a glass of milk",
            ],
        }
    }
}

/// Notes that hold what separates records and fields elsewhere, as they stand in JSON. A reader that looks for braces
/// or quotes without following strings trips over them.
const AWKWARD_NOTES: [&str; 5] = [
    r#"Recipe {rice: 80 g, egg: 1} from \"Mum\""#,
    r#"Left over }, { half of it"#,
    r#"\"date\": \"2020-01-01\" was on the lid"#,
    r#"Path C:\\kitchen\\menu [1]"#,
    r#"Two lines:\n  },\n  {"#,
];

/// The meals of a day.
pub(super) fn draw(person: &Person, eating: Eating, weekend: bool, dice: &mut Dice) -> Vec<Meal> {
    let day_kcal = person.eaten_kcal * kcal_per_mille(eating, weekend, dice) / 1000;
    let day_protein_tenths = protein_tenths(person, eating, dice);
    let courses = courses(eating, dice);
    let mut shares_per_mille: Vec<i32> = courses.iter().map(|course| share_per_mille(*course, dice)).collect();
    // Dinner is what is left, so that the parts make the whole.
    let before_dinner: i32 = shares_per_mille.iter().sum();
    shares_per_mille[courses.len() - 1] = 1000 - before_dinner;
    let meals = courses.iter().zip(&shares_per_mille);
    meals
        .map(|(course, share)| {
            meal(
                *course,
                day_kcal * share / 1000,
                day_protein_tenths * share / 1000,
                dice,
            )
        })
        .collect()
}

/// Eaten that day, in thousandths of the usual.
fn kcal_per_mille(eating: Eating, weekend: bool, dice: &mut Dice) -> i32 {
    match eating {
        Eating::Over => dice.between(1480, 1800),
        Eating::Ill => dice.between(600, 800),
        Eating::Ordinary | Eating::HighProtein => dice.near(870, 1110) + if weekend { 40 } else { 0 },
    }
}

/// Protein that day: about a gram a kilogram, at most 105 g, where it is not planted.
fn protein_tenths(person: &Person, eating: Eating, dice: &mut Dice) -> i32 {
    match eating {
        Eating::HighProtein => dice.between(1650, 2100),
        Eating::Ill => dice.between(400, 600),
        Eating::Ordinary | Eating::Over => (person.weight_hg * dice.near(800, 1200) / 1000).clamp(500, 1050),
    }
}

/// Dinner is the last.
fn courses(eating: Eating, dice: &mut Dice) -> Vec<Course> {
    let snacks = match eating {
        Eating::Over => 2,
        Eating::Ill => 0,
        Eating::Ordinary | Eating::HighProtein => dice.weighted(&[200, 620, 180]),
    };
    let mut courses = vec![Course::Breakfast, Course::Lunch];
    if snacks == 2 {
        courses.insert(1, Course::Snack);
    }
    if snacks > 0 {
        courses.push(Course::Snack);
    }
    courses.push(Course::Dinner);
    courses
}

fn share_per_mille(course: Course, dice: &mut Dice) -> i32 {
    match course {
        Course::Breakfast => dice.between(200, 270),
        Course::Lunch => dice.between(280, 340),
        Course::Snack => dice.between(60, 110),
        Course::Dinner => 0,
    }
}

/// A meal of this energy: protein as planned, fat as it comes, carbohydrates the rest (4, 9 and 4 kcal a gram).
fn meal(course: Course, kcal: i32, protein_tenths: i32, dice: &mut Dice) -> Meal {
    let fat_tenths = kcal * dice.between(26, 36) / 90;
    let carbs_tenths = ((kcal * 10 - protein_tenths * 4 - fat_tenths * 9) / 4).max(0);
    let notes = if dice.chance(20) {
        &AWKWARD_NOTES
    } else {
        course.notes()
    };
    Meal {
        course,
        kcal,
        protein_tenths,
        carbs_tenths,
        fat_tenths,
        fiber_tenths: carbs_tenths * dice.between(60, 140) / 1000,
        sugar_tenths: carbs_tenths * dice.between(150, 350) / 1000,
        sodium_mg: kcal * dice.between(90, 150) / 100,
        note: dice.pick(notes),
    }
}

impl Meal {
    /// Writes the record; `nth` counts the meals of a day.
    pub(super) fn write(&self, person: &Person, today: &CalendarDay, nth: u32, nutrition: &mut Records) {
        nutrition
            .record()
            .joined(
                "nutrition_id",
                &["nutrition_", &person.id, "_", &today.digits, "_", two_digits(nth)],
            )
            .text("user_id", &person.id)
            .text("date", &today.date)
            .text("meal_type", self.course.name())
            .whole("calories", self.kcal as u32)
            .tenths("protein", self.protein_tenths as u32)
            .tenths("carbs", self.carbs_tenths as u32)
            .tenths("fat", self.fat_tenths as u32)
            .tenths("fiber", self.fiber_tenths as u32)
            .tenths("sugar", self.sugar_tenths as u32)
            .whole("sodium", self.sodium_mg as u32)
            .text("notes", self.note);
    }
}
