//! The longest session or workout of a kind. What comes in: a superlative and the place of the activity that it is of; what
//! goes out: an [`Order`], and the places of its words.

use crate::day::Property;
use crate::search::condition::Condition;
use crate::search::order::{Length, Order, OrderKey};
use crate::search::question::Placed;
use crate::search::question::sessions::around::{Reach, about};
use crate::search::question::sessions::lexicon::{ACTIVITIES, Activity, activity_of};

use super::superlative::{SuperlativeReader, order};

/// "The longest distance I ran" is about the run, not about the day's distance.
pub(in crate::search::question) fn of_session(order: &mut Order, placed: &mut Vec<Placed>) {
    let of_distance = |key: &OrderKey| {
        matches!(
            key,
            OrderKey::Number([Property::DistanceKm | Property::ActivityMinutes, ..])
        )
    };
    if !order.descending || !of_distance(&order.key) {
        return;
    }
    let session = placed
        .iter()
        .position(|placed| matches!(placed.any.as_slice(), [Condition::Session(_)]));
    if let Some(index) = session
        && let [Condition::Session(filter)] = placed[index].any.as_slice()
    {
        order.name = format!("longest {}", filter.kind());
        order.key = OrderKey::Session(filter.clone(), Length::default());
        placed.remove(index);
    }
}

impl SuperlativeReader<'_> {
    /// The kind of session that is named here.
    pub(super) fn activity(&self, index: usize) -> Option<&'static Activity> {
        let of_weights = ["training", "lifting", "session", "sessions", "workout", "workouts"];
        if matches!(self.word(index), "weight" | "weights") && of_weights.contains(&self.word(index + 1)) {
            return ACTIVITIES.iter().find(|activity| activity.noun == "strength session");
        }
        activity_of(&self.tokens[index])
    }

    /// `the longest run in the snow`, `longest strength workout`, `longest swim in km`.
    pub(super) fn session(
        &self,
        at: usize,
        index: usize,
        activity: &'static Activity,
        most: bool,
    ) -> (Order, Vec<usize>) {
        let (mut filter, mut used) = about(self.tokens, index, Reach::Near);
        filter.activity = Some(activity);
        used.extend([at, index]);
        let behind = index + 1;
        let weights = usize::from(matches!(self.word(index), "weight" | "weights"));
        used.extend((behind..behind + 2 * weights).filter(|next| {
            matches!(
                self.word(*next),
                "training" | "lifting" | "session" | "sessions" | "workout" | "workouts"
            )
        }));
        let says_workout = (behind..=behind + weights).any(|next| matches!(self.word(next), "workout" | "workouts"));
        if activity.is_workout() && (says_workout || !activity.is_session()) {
            let kind = activity.noun.trim_end_matches(" session");
            return (
                order(
                    format!("{} {kind} workout", self.word(at)),
                    OrderKey::Workout(activity),
                    most,
                ),
                used,
            );
        }
        let last = used.iter().copied().max().unwrap_or(index);
        let by = matches!(self.word(last + 1), "in" | "by").then(|| self.word(last + 2));
        let length = match by {
            Some("km" | "kilometers" | "kilometres" | "miles" | "distance") => Length::Distance,
            Some("minutes" | "hours" | "time" | "duration") => Length::Time,
            _ => Length::DistanceElseTime,
        };
        let mut name = format!("{} {}", self.word(at), filter.kind());
        if length != Length::DistanceElseTime {
            used.extend([last + 1, last + 2]);
            name += if length == Length::Distance {
                " by distance"
            } else {
                " by time"
            };
        }
        (order(name, OrderKey::Session(filter, length), most), used)
    }
}
