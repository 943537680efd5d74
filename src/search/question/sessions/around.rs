//! The words around an activity or a weather that say how the session was. What comes in: tokens and the place of the
//! activity or weather; what goes out: a filter of one session, and the tokens it was read from.

use crate::search::question::words::token::Token;
use crate::search::session_filter::SessionFilter;

use super::lexicon::{Activity, WEATHERS, Weather, activity_of, weather_of};

/// How far from its activity a session is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::search::question) enum Reach {
    /// Any words nearby: facts are read already.
    Wide,
    /// Words that stand next to it, and weather behind it: facts are not read yet, and "hard" may be of another one.
    Near,
}

/// What a word tells of a session.
enum Part {
    Activity(&'static Activity),
    Weather(&'static Weather),
    Dry,
    Long,
    Hard,
    Easy,
    /// "At peak intensity".
    Intensity(&'static str),
    /// "Session", "trip": it belongs to the session and tells nothing of it.
    Noun,
}

/// Stems of words for a long session.
pub(in crate::search::question) const LONG: [&str; 9] = [
    "long", "lengthy", "endless", "extend", "enduranc", "endur", "marathon", "mega", "epic",
];

/// Stems of words for a hard one.
pub(in crate::search::question) const HARD: [&str; 7] =
    ["hard", "tough", "intens", "fast", "brutal", "strenuous", "vigorous"];

/// Stems of words for an easy one.
pub(in crate::search::question) const EASY: [&str; 5] = ["easy", "gentl", "light", "relax", "slow"];

/// Stems of words that belong to a session and tell nothing of it.
pub(in crate::search::question) const NOUNS: [&str; 11] = [
    "workout",
    "session",
    "train",
    "exercis",
    "trip",
    "tour",
    "weather",
    "high",
    "low",
    "intensity",
    "effort",
];

/// Words for the two intensities that records have besides high and low.
const MOST: [&str; 3] = ["peak", "maximum", "max"];
const MODERATE: [&str; 2] = ["moderate", "medium"];

/// Words that end what is said of a session.
const WALLS: [&str; 17] = [
    "except",
    "excluding",
    "and",
    "but",
    "after",
    "before",
    "without",
    "or",
    "nor",
    "with",
    "following",
    "preceded",
    "despite",
    "then",
    "which",
    "where",
    "when",
];

/// A session and the words around it that say how it was.
pub(in crate::search::question) fn about(tokens: &[Token], at: usize, reach: Reach) -> (SessionFilter, Vec<usize>) {
    let mut words = Words {
        tokens,
        reach,
        filter: SessionFilter::default(),
        used: Vec::new(),
    };
    for index in words.first(at)..=at {
        words.take(index, false);
    }
    words.take_behind(at);
    let Words {
        mut filter, mut used, ..
    } = words;
    used.extend(alone(tokens, at, reach));
    filter.alone = filter.activity.is_some() && used.iter().any(|index| tokens[*index].is(&["only", "else"]));
    // "Dry runs (no rain)" says it twice.
    filter.unlike.weather.dedup();
    if filter.activity.is_none() {
        // "It was blowing hard" tells nothing of a session.
        filter = SessionFilter {
            weather: filter.weather,
            ..SessionFilter::default()
        };
    }
    (filter, used)
}

/// "Only yoga", "yoga only", "a walk and nothing else": the words that say that nothing else was done.
fn alone(tokens: &[Token], at: usize, reach: Reach) -> Vec<usize> {
    let is_word = |index: usize, words: &[&str]| tokens.get(index).is_some_and(|token| !token.used && token.is(words));
    let ends = |index: usize| tokens.get(index).is_none_or(|token| token.used || token.after_break);
    // "Only ran when it rained" and "only 3 km" say something else.
    let is_named = !tokens[at].word.ends_with("ed") && !tokens[at].is(&["ran", "swam", "rode"]);
    let noun_ends = is_named
        && tokens
            .get(at + 1)
            .is_none_or(|next| next.after_break || !next.is(&["when", "if"]));
    let nothing = at + 1 + usize::from(is_word(at + 1, &["and", "but"]));
    if reach == Reach::Near {
        return Vec::new();
    }
    if at > 0 && is_word(at - 1, &["only"]) && noun_ends {
        return vec![at - 1];
    }
    if is_word(at + 1, &["only"]) && ends(at + 2) {
        return vec![at + 1];
    }
    if is_word(nothing, &["nothing"]) && is_word(nothing + 1, &["else"]) {
        return (at + 1..nothing + 2).collect();
    }
    Vec::new()
}

struct Words<'a> {
    tokens: &'a [Token],
    reach: Reach,
    filter: SessionFilter,
    used: Vec<usize>,
}

impl Words<'_> {
    fn is_word(&self, at: usize, words: &[&str]) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(words))
    }

    fn part(&self, at: usize) -> Option<Part> {
        let token = self.tokens.get(at).filter(|token| !token.used)?;
        if let Some(activity) = activity_of(token) {
            return Some(Part::Activity(activity));
        }
        if let Some(weather) = weather_of(token) {
            return Some(Part::Weather(weather));
        }
        let before = at.checked_sub(1).map_or("", |before| self.tokens[before].word.as_str());
        let (word, stem, is_near) = (token.word.as_str(), token.stem.as_str(), self.reach == Reach::Near);
        let is_degree = matches!(stem, "intensity" | "effort");
        Some(match stem {
            "intensity" if MOST.contains(&before) => Part::Intensity("peak"),
            "intensity" if MODERATE.contains(&before) => Part::Intensity("moderate"),
            _ if (MOST.contains(&word) || MODERATE.contains(&word)) && self.is_word(at + 1, &["intensity"]) => {
                Part::Noun
            }
            _ if is_degree && before == "high" => Part::Hard,
            _ if is_degree && before == "low" => Part::Easy,
            _ if LONG.contains(&stem) => Part::Long,
            // "Ran for ages", but neither "the first run in ages" nor "a run at my age".
            _ if word == "ages" && before == "for" => Part::Long,
            _ if HARD.contains(&stem) => Part::Hard,
            _ if EASY.contains(&stem) => Part::Easy,
            "dry" => Part::Dry,
            "high" | "low" if is_near && !self.is_word(at + 1, &["intensity", "effort"]) => return None,
            _ if NOUNS.contains(&stem) => Part::Noun,
            // A workout of the gym is there.
            "gym" if self.filter.activity.is_some_and(|activity| activity.is_gym) => Part::Noun,
            _ => return None,
        })
    }

    /// Another activity is another session.
    fn is_of_another(&self, part: &Option<Part>, activity: Option<&'static Activity>) -> bool {
        match (part, activity) {
            (Some(Part::Activity(other)), Some(activity)) => *other != activity,
            _ => false,
        }
    }

    /// What is said goes on at this place.
    fn is_open(&self, at: usize) -> bool {
        // "With the rain pouring down".
        let of_weather = || {
            self.tokens[at + 1..]
                .iter()
                .take(2)
                .any(|next| weather_of(next).is_some())
        };
        let with_weather = self.is_word(at, &["with", "without"]) && of_weather();
        let of_intensity = |index: &usize| self.is_word(*index, &["intensity"]);
        let with_weather =
            with_weather || self.is_word(at, &["with"]) && (at + 2..at + 4).any(|index| of_intensity(&index));
        // "Runs which were not long".
        let which_was = self.is_word(at, &["which"]) && self.is_word(at + 1, &["was", "were", "is", "are"]);
        !self.tokens[at].used && (!self.tokens[at].is(&WALLS) || with_weather || which_was)
    }

    /// Where the words begin that are said of the session before its name.
    fn first(&self, at: usize) -> usize {
        let activity = activity_of(&self.tokens[at]);
        // "A long, rainy run" goes on over its comma; "a hard day, ran" does not.
        let is_adjective = |index: usize| {
            let part = self.part(index);
            part.is_some_and(|part| !matches!(part, Part::Activity(_) | Part::Noun))
        };
        let joins =
            |index: usize| !self.tokens[index + 1].after_break || is_adjective(index) && is_adjective(index + 1);
        let goes_on = |index: &usize| {
            let part = self.part(*index);
            self.is_open(*index)
                && joins(*index)
                && !self.is_of_another(&part, activity)
                && (self.reach == Reach::Wide || part.is_some())
        };
        let before = (at.saturating_sub(4)..at).rev();
        before.take_while(goes_on).last().unwrap_or(at)
    }

    fn take_behind(&mut self, at: usize) {
        let length = match self.reach {
            Reach::Wide => 7,
            Reach::Near => 11,
        };
        let mut denied = false;
        let mut end = at + length;
        for index in at + 1..self.tokens.len() {
            if index >= end {
                break;
            }
            // "Not in the rain or snow" denies both.
            if denied && self.is_word(index, &["or", "nor"]) && self.is_told_soon(index) {
                continue;
            }
            let part = self.part(index);
            // "Swims except in the rain", "all runs except easy ones".
            let leaves_out = self.is_word(index, &["except", "excluding"]) && !self.tokens[index].used;
            if (!self.is_open(index) && !leaves_out)
                || self.tokens[index].after_break
                || self.is_of_another(&part, self.filter.activity)
            {
                break;
            }
            if leaves_out || self.is_word(index, &["not", "no", "without", "never"]) {
                if self.filter.activity.is_none() || !self.is_told_soon(index) {
                    break;
                }
                denied = true;
                // What is denied may be a list.
                end = end.max(index + 8);
                self.used.push(index);
            } else if self.reach == Reach::Wide || self.is_near(index, &part) {
                self.take(index, denied);
            }
        }
    }

    /// A word behind this place tells how the session was, and not which one.
    fn is_told_soon(&self, at: usize) -> bool {
        let behind = (at + 1..(at + 4).min(self.tokens.len())).take_while(|index| {
            let token = &self.tokens[*index];
            !token.after_break && !token.is(&WALLS) && token.number.is_none()
        });
        let first = behind.filter_map(|index| self.part(index)).next();
        first.is_some_and(|part| !matches!(part, Part::Activity(_) | Part::Noun))
    }

    /// Weather may stand anywhere; what else is said stands next to the session, or behind a verb.
    fn is_near(&self, at: usize, part: &Option<Part>) -> bool {
        const LINKS: [&str; 10] = [
            "was", "were", "is", "are", "very", "really", "so", "that", "quite", "not",
        ];
        let linked = || self.used.contains(&(at - 1)) || self.is_word(at - 1, &LINKS);
        match part {
            Some(Part::Weather(_) | Part::Dry | Part::Activity(_)) => true,
            Some(_) => linked() || self.is_word(at, &["high", "low"]),
            None => false,
        }
    }

    fn take(&mut self, at: usize, denied: bool) {
        let (part, is_interval) = (self.part(at), self.is_interval(at));
        let filter = &mut self.filter;
        let unlike = &mut filter.unlike;
        match part {
            None => return,
            Some(Part::Activity(activity)) if filter.activity.is_none_or(|known| known == activity) => {
                filter.activity = Some(activity);
            }
            Some(Part::Weather(weather)) if denied => unlike.weather.push(weather),
            Some(Part::Weather(weather)) if !denied && filter.weather.is_none() => filter.weather = Some(weather),
            Some(Part::Activity(_) | Part::Weather(_)) => return,
            Some(Part::Dry) => unlike.weather.push(&WEATHERS[0]),
            // "High intensity interval training" is the kind, not a degree of it.
            Some(Part::Hard) if is_interval => {}
            Some(Part::Long) if denied => unlike.long = true,
            Some(Part::Long) => filter.long = true,
            Some(Part::Hard) if denied => unlike.hard = true,
            Some(Part::Hard) => filter.hard = true,
            Some(Part::Easy) if denied => unlike.easy = true,
            Some(Part::Easy) => filter.easy = true,
            // What an intensity is not, no field tells.
            Some(Part::Intensity(_)) if denied => return,
            Some(Part::Intensity(intensity)) => filter.intensity = Some(intensity),
            Some(Part::Noun) => {}
        }
        self.used.push(at);
    }

    fn is_interval(&self, at: usize) -> bool {
        let next = self.tokens.get(at + 1).and_then(activity_of);
        self.is_word(at, &["intensity"]) && next.is_some_and(|activity| activity.noun == "HIIT session")
    }
}
