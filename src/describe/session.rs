//! Facts of single sessions, so that "a run in the rain" stays one fact. What comes in: the `sessions` list of a day,
//! each in the normal form `type, N min, N km, weather, intensity intensity` with missing parts left out; what goes
//! out: phrases such as `a long run`.

use crate::day::{Day, Property};

use super::plain_words;
use super::values::Values;

/// One session, read back from its normal form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Lower-case letters, for example `running`; empty where the record has no type.
    pub activity: String,
    /// Thousandths of a minute.
    pub minutes: Option<i64>,
    /// Thousandths of a kilometre.
    pub km: Option<i64>,
    /// Lower-case letters, for example `rainy`; empty where unknown.
    pub weather: String,
    /// Lower-case letters, for example `high`; empty where unknown.
    pub intensity: String,
}

/// What people call a session of an activity, and from when on they call it long (thousandths of minutes and of
/// kilometres; common training usage: a long run is one of an hour or of ten kilometres upwards).
struct Kind {
    /// Words of the activity type, any of which tells the kind.
    words: &'static [&'static str],
    noun: &'static str,
    long_minutes: i64,
    long_km: i64,
}

const KINDS: [Kind; 8] = [
    kind(&["running", "run", "jogging", "jog"], "run", 60, 10),
    kind(&["cycling", "biking", "bike", "ride", "spinning"], "ride", 90, 40),
    kind(&["swimming", "swim"], "swim", 45, 2),
    kind(&["walking", "walk"], "walk", 90, 8),
    kind(&["hiking", "hike", "trekking"], "hike", 150, 12),
    kind(
        &["weight", "weights", "strength", "weightlifting"],
        "strength session",
        75,
        i64::MAX / 1000,
    ),
    kind(&["yoga"], "yoga session", 75, i64::MAX / 1000),
    kind(&["pilates"], "pilates session", 75, i64::MAX / 1000),
];

/// Any other session is long from here on.
const LONG_MINUTES: i64 = 75_000;

const fn kind(words: &'static [&'static str], noun: &'static str, minutes: i64, km: i64) -> Kind {
    Kind {
        words,
        noun,
        long_minutes: minutes * 1000,
        long_km: km * 1000,
    }
}

/// Stem of a weather word, and how a session in it is called.
const WEATHER: [(&str, &str); 12] = [
    ("rain", "in the rain"),
    ("drizzl", "in the rain"),
    ("wet", "in the rain"),
    ("storm", "in a storm"),
    ("snow", "in the snow"),
    ("sun", "in the sun"),
    ("clear", "under a clear sky"),
    ("wind", "in the wind"),
    ("fog", "in the fog"),
    ("hot", "in the heat"),
    ("cold", "in the cold"),
    ("cloud", "under clouds"),
];

impl Session {
    /// Reads the normal form.
    pub fn parse(normal_form: &str) -> Session {
        let mut session = Session::default();
        for (position, part) in normal_form.split(", ").enumerate() {
            if let Some(minutes) = part.strip_suffix(" min").and_then(thousandths) {
                session.minutes = Some(minutes);
            } else if let Some(km) = part.strip_suffix(" km").and_then(thousandths) {
                session.km = Some(km);
            } else if let Some(intensity) = part.strip_suffix(" intensity") {
                session.intensity = plain_words(intensity);
            } else if position == 0 {
                session.activity = plain_words(part);
            } else {
                session.weather = plain_words(part);
            }
        }
        session
    }

    /// What a session of this activity is called, for example `run`.
    pub fn noun(&self) -> String {
        match self.kind() {
            Some(kind) => kind.noun.to_string(),
            None if self.activity.is_empty() => "session".to_string(),
            None if self.activity.ends_with(" session") => self.activity.clone(),
            None => format!("{} session", self.activity),
        }
    }

    /// Long for its kind.
    pub fn is_long(&self) -> bool {
        let (minutes, km) = self
            .kind()
            .map_or((LONG_MINUTES, i64::MAX), |kind| (kind.long_minutes, kind.long_km));
        self.minutes.is_some_and(|value| value >= minutes) || self.km.is_some_and(|value| value >= km)
    }

    /// Of high or peak intensity.
    pub fn is_hard(&self) -> bool {
        super::vocabulary::HARD.contains(&self.intensity.as_str())
    }

    /// Of low intensity.
    pub fn is_easy(&self) -> bool {
        super::vocabulary::EASY.contains(&self.intensity.as_str())
    }

    /// The weather as a phrase, for example `in the rain`.
    pub fn weather_phrase(&self) -> Option<String> {
        if self.weather.is_empty() {
            return None;
        }
        let known = WEATHER.iter().find(|(stem, _)| self.weather.contains(stem));
        Some(known.map_or_else(
            || format!("in {} weather", self.weather),
            |(_, phrase)| (*phrase).to_string(),
        ))
    }

    /// The whole session in one phrase: `a long hard run in the rain`.
    pub fn phrase(&self) -> String {
        let mut words = Vec::new();
        if self.is_long() {
            words.push("long".to_string());
        }
        if self.is_hard() {
            words.push("hard".to_string());
        } else if self.is_easy() {
            words.push("easy".to_string());
        }
        words.push(self.noun());
        words.extend(self.weather_phrase());
        with_article(&words.join(" "))
    }

    /// The session's single facts: `a run`, `a long run`, `a hard run`, `a run in the rain`.
    fn facets(&self) -> Vec<String> {
        let noun = self.noun();
        let mut facets = vec![with_article(&noun)];
        if self.is_long() {
            facets.push(format!("a long {noun}"));
        }
        if self.is_hard() {
            facets.push(format!("a hard {noun}"));
        }
        if self.is_easy() {
            facets.push(format!("an easy {noun}"));
        }
        if let Some(weather) = self.weather_phrase() {
            facets.push(with_article(&format!("{noun} {weather}")));
        }
        facets
    }

    fn kind(&self) -> Option<&'static Kind> {
        let mut words = self.activity.split(' ');
        words.find_map(|word| KINDS.iter().find(|kind| kind.words.contains(&word)))
    }
}

/// The day's sessions.
pub fn sessions(day: &impl Values) -> impl Iterator<Item = Session> {
    day.texts(Property::Sessions).map(|text| Session::parse(&text))
}

/// The facts of the day's sessions and the kinds of its workouts, each once.
pub fn phrases(day: &Day) -> Vec<String> {
    let workouts = day.list(Property::WorkoutTypes).iter().filter_map(|text| workout(text));
    let mut phrases: Vec<String> = Vec::new();
    for phrase in sessions(day).flat_map(|session| session.facets()).chain(workouts) {
        if !phrases.contains(&phrase) {
            phrases.push(phrase);
        }
    }
    phrases
}

/// A workout by its type, for example `a strength workout`.
pub fn workout(workout_type: &str) -> Option<String> {
    let plain = plain_words(workout_type);
    let kind = plain.strip_suffix(" workout").unwrap_or(&plain).to_string();
    (!kind.is_empty() && kind != "workout").then(|| with_article(&format!("{kind} workout")))
}

fn with_article(phrase: &str) -> String {
    let vowel = phrase.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {phrase}", if vowel { "an" } else { "a" })
}

/// A decimal of at most three places, in thousandths.
fn thousandths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || fraction.len() > 3 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let padded = format!("{fraction:0<3}");
    Some(whole.parse::<i64>().ok()? * 1000 + padded.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_back_from_its_normal_form() {
        let session = Session::parse("running, 45 min, 7.2 km, rainy, high intensity");
        assert_eq!(session.activity, "running");
        assert_eq!((session.minutes, session.km), (Some(45_000), Some(7_200)));
        assert_eq!(
            (session.weather.as_str(), session.intensity.as_str()),
            ("rainy", "high")
        );
        assert_eq!(session.phrase(), "a hard run in the rain");
        assert_eq!(session.facets(), ["a run", "a hard run", "a run in the rain"]);
    }

    #[test]
    fn missing_parts_are_left_out() {
        assert_eq!(Session::parse("90 min").phrase(), "a long session");
        assert_eq!(Session::parse("swimming").phrase(), "a swim");
        assert_eq!(Session::parse("yoga, low intensity").phrase(), "an easy yoga session");
        assert_eq!(Session::parse("").phrase(), "a session");
        assert_eq!(
            Session::parse("elliptical, 20 min, humid").phrase(),
            "an elliptical session in humid weather"
        );
    }

    #[test]
    fn long_depends_on_the_kind() {
        assert!(Session::parse("running, 10 km").is_long());
        assert!(!Session::parse("cycling, 60 min, 20.5 km").is_long());
        assert!(Session::parse("boxing, 75 min").is_long());
        assert!(!Session::parse("boxing, 74.999 min").is_long());
    }

    #[test]
    fn types_from_the_data_lose_everything_but_letters() {
        let hostile = Session::parse("bob@example.com 4711 <script>, 45 min, 99 bottles");
        assert_eq!(hostile.phrase(), "a bob example com script session in bottles weather");
        assert!(workout("12345").is_none());
        assert_eq!(workout("HIIT workout").as_deref(), Some("a hiit workout"));
    }
}
