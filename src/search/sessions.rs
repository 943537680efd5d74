//! Sessions and meals of a question: "a long run in the rain", "snow", "breakfast". What comes in: tokens; what goes out:
//! facts, and the tokens they were read from are marked as used.

use super::condition::{Condition, SessionFilter};
use super::lexicon::{Weather, activity_of, meal_of, weather_of};
use super::token::Token;
use super::understanding::Placed;

/// `a long run in the rain`, `snow`, `breakfast`, `a workout`.
pub(super) fn read(tokens: &mut [Token]) -> Vec<Placed> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if tokens[at].used || is_much_walking(tokens, at) || runs_otherwise(tokens, at) {
            continue;
        }
        if activity_of(&tokens[at]).is_some() || weather_of(&tokens[at]).is_some() {
            let (filter, used) = session_around(tokens, at);
            let start = used.iter().copied().min().unwrap_or(at);
            let end = used.iter().copied().max().unwrap_or(at) + 1;
            used.into_iter().for_each(|index| tokens[index].used = true);
            // "A downpour or drizzle" is one weather.
            let said = filter.activity.is_none() && filter.weather.is_some() && last_weather(&found) == filter.weather;
            if !said {
                found.push(Placed::new(start, end, Condition::Session(filter)));
            }
        } else if let Some(meal) = meal_of(&tokens[at]) {
            tokens[at].used = true;
            found.push(Placed::new(at, at + 1, Condition::Meal(meal)));
        }
    }
    found
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

/// A session and the words around it that say how it was.
fn session_around(tokens: &[Token], at: usize) -> (SessionFilter, Vec<usize>) {
    const WALLS: [&str; 14] = [
        "and",
        "but",
        "after",
        "before",
        "without",
        "or",
        "with",
        "following",
        "preceded",
        "despite",
        "then",
        "which",
        "where",
        "when",
    ];
    let mut filter = SessionFilter::default();
    let mut used = Vec::new();
    // "With the rain pouring down".
    let with_weather = |index: usize| {
        tokens[index].word == "with"
            && tokens[index + 1..]
                .iter()
                .take(2)
                .any(|token| weather_of(token).is_some())
    };
    let open =
        |index: usize| !tokens[index].used && (!WALLS.contains(&tokens[index].word.as_str()) || with_weather(index));
    let first = (at.saturating_sub(4)..at)
        .rev()
        .take_while(|index| open(*index))
        .last()
        .unwrap_or(at);
    let behind = (at + 1..(at + 7).min(tokens.len())).take_while(|index| open(*index) && !tokens[*index].after_break);
    for index in (first..=at).chain(behind) {
        let token = &tokens[index];
        let new_activity = activity_of(token).filter(|activity| filter.activity.is_none_or(|known| known == *activity));
        let new_weather = weather_of(token).filter(|_| filter.weather.is_none());
        match token.stem.as_str() {
            _ if new_activity.is_some() => filter.activity = new_activity,
            _ if new_weather.is_some() => filter.weather = new_weather,
            "long" | "lengthy" | "endless" | "extend" | "extended" | "endurance" | "endur" | "marathon" | "ages"
            | "ag" | "mega" | "epic" => filter.long = true,
            "hard" | "tough" | "intens" | "fast" | "brutal" | "strenuous" | "vigorou" | "vigorous" => {
                filter.hard = true
            }
            "easy" | "gentl" | "light" | "relax" | "slow" => filter.easy = true,
            "workout" | "session" | "train" | "exercis" | "trip" | "tour" | "weather" | "high" | "low"
            | "intensity" | "effort" => {}
            // A workout of the gym is there.
            "gym" if filter.activity.is_some_and(|activity| activity.is_gym) => {}
            _ => continue,
        }
        used.push(index);
    }
    if filter.activity.is_none() && filter.weather.is_some() {
        // "It was blowing hard" tells nothing of a session.
        (filter.long, filter.hard, filter.easy) = (false, false, false);
    }
    (filter, used)
}
