//! Sessions and meals of a question: "a long run in the rain", "snow", "breakfast". What comes in: tokens; what goes out:
//! facts, and the tokens they were read from are marked as used.

pub(super) mod around;
pub(super) mod ground;
pub(super) mod gym;
pub(in crate::search) mod lexicon;
pub(super) mod one_session;
pub(in crate::search) mod recorded;
pub(super) mod several;
pub(super) mod workouts;

use crate::search::condition::Condition;
use crate::search::question::words::filler::is_filler;
use crate::search::question::words::token::Token;
use crate::search::session_filter::SessionFilter;

use super::Placed;

use around::{Reach, about};
use lexicon::{Weather, activity_of, meal_of, weather_of};
use workouts::names_a_workout;

/// `a long run in the rain`, `snow`, `breakfast`, `a workout`.
pub(in crate::search) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    let mut found = Vec::new();
    found.extend(unknown_activity(tokens));
    for at in 0..tokens.len() {
        if tokens[at].used || is_much_walking(tokens, at) || runs_otherwise(tokens, at) {
            continue;
        }
        if activity_of(&tokens[at]).is_some() || weather_of(&tokens[at]).is_some() {
            let (filter, used) = about(tokens, at, Reach::Wide);
            let start = used.iter().copied().min().unwrap_or(at);
            let end = used.iter().copied().max().unwrap_or(at) + 1;
            used.into_iter().for_each(|index| tokens[index].used = true);
            // "A downpour or drizzle" is one weather.
            let said = filter.only_weather() && last_weather(&found) == filter.weather;
            if !said {
                found.push(Placed::new(start, end, Condition::Session(filter)));
            }
        } else if let Some(meal) = meal_of(&tokens[at]) {
            tokens[at].used = true;
            found.push(Placed::new(at, at + 1, Condition::Meal(meal)));
        }
    }
    one_session::share(tokens, &mut found);
    found
}

/// `surfing in the sun`: an activity that no table knows, before its weather.
fn unknown_activity(tokens: &mut [Token]) -> Option<Placed> {
    /// What is done in any weather, and no activity of a record.
    const OTHERS: [&str; 16] = [
        "sleeping", "eating", "sitting", "lying", "standing", "going", "being", "having", "doing", "working",
        "burning", "pouring", "evening", "morning", "during", "feeling",
    ];
    let at = (0..tokens.len().saturating_sub(3)).find(|at| {
        let token = &tokens[*at];
        let in_the = tokens[at + 1].word == "in" && tokens[at + 2].word == "the";
        let unknown = !is_filler(token) && activity_of(token).is_none() && weather_of(token).is_none();
        let is_doing = token.word.ends_with("ing") && !token.is(&OTHERS) && !names_a_workout(tokens, *at);
        in_the && unknown && is_doing && !token.used && !tokens[at + 3].used && weather_of(&tokens[at + 3]).is_some()
    })?;
    let filter = SessionFilter {
        other_activity: tokens[at].word.strip_suffix("ing").map(str::to_string),
        weather: weather_of(&tokens[at + 3]),
        ..SessionFilter::default()
    };
    tokens[at..at + 4].iter_mut().for_each(|token| token.used = true);
    Some(Placed::new(at, at + 4, Condition::Session(filter)))
}

fn last_weather(found: &[Placed]) -> Option<&'static Weather> {
    match found.last()?.any.as_slice() {
        [Condition::Session(filter)] => filter.weather,
        _ => None,
    }
}

/// A pulse that runs high and a person who runs on empty do not run.
fn runs_otherwise(tokens: &[Token], at: usize) -> bool {
    let heart = |token: &Token| token.is(&["rate", "pulse", "hr", "heart", "ticker", "heartbeat", "was", "is"]);
    let of_heart = at > 0 && heart(&tokens[at - 1]);
    let how = tokens.get(at + 1);
    let high = how.is_some_and(|next| next.is(&["high", "higher", "hot", "quick", "fast", "low", "elevated"]));
    let on_little = how.is_some_and(|next| next.word == "on")
        && tokens
            .get(at + 2)
            .is_some_and(|next| next.is(&["fumes", "empty", "not", "less", "under", "only", "few"]));
    let rate_runs = at > 0 && tokens[at - 1].is(&["rate", "pulse", "hr", "heartbeat"]);
    tokens[at].stem == "run" && ((of_heart && high) || on_little || rate_runs)
}

/// "Walked a lot" is about steps, not about a walk.
fn is_much_walking(tokens: &[Token], at: usize) -> bool {
    const HOW_MUCH: [&str; 18] = [
        "most", "least", "fewest", "steps", "lot", "lots", "deal", "much", "loads", "tons", "plenty", "far", "miles",
        "hardly", "barely", "little", "less", "more",
    ];
    let near = &tokens[at.saturating_sub(1)..(at + 4).min(tokens.len())];
    tokens[at].is(&["walked", "walking", "walk"]) && near.iter().any(|token| token.is(&HOW_MUCH))
}
