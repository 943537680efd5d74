//! What one session must be like, so that "a hard run in the rain" stays one fact. What comes in: a session, or its text
//! in the normal form; what goes out: how strongly it is meant.

use std::fmt;

use crate::day::Property;
use crate::describe::rule::SIGN;
use crate::describe::session::Session;
use crate::describe::values::Values;
use crate::describe::vocabulary::{self, Facet};
use crate::search::question::sessions::lexicon::{Activity, Weather};
use crate::search::question::sessions::recorded::contains;

use super::condition::Span;

/// What one session must be like; all of it must hold of the same one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionFilter {
    /// Its activity.
    pub(super) activity: Option<&'static Activity>,
    /// The stem of an activity that no table knows, as the question has it: "surf".
    pub(super) other_activity: Option<String>,
    /// Its weather.
    pub(super) weather: Option<&'static Weather>,
    /// Long for its kind.
    pub(super) long: bool,
    /// Of high intensity.
    pub(super) hard: bool,
    /// Of low intensity.
    pub(super) easy: bool,
    /// Of this intensity, in the record's own word: "peak".
    pub(super) intensity: Option<&'static str>,
    /// Nothing else was done that day.
    pub(super) alone: bool,
    /// What it must not be.
    pub(super) unlike: Unlike,
    /// Its minutes.
    pub(super) minutes: Option<Span>,
    /// Its kilometres.
    pub(super) km: Option<Span>,
}

/// What a session must not be. Where the record does not tell, it is unknown, and the session is not meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Unlike {
    pub(super) weather: Vec<&'static Weather>,
    pub(super) long: bool,
    pub(super) hard: bool,
    pub(super) easy: bool,
}

impl Unlike {
    fn allows(&self, session: &Session) -> bool {
        let other_weather = |weather: &&Weather| !session.weather.is_empty() && !weather.names(&session.weather);
        let known_length = session.minutes.is_some() || session.km.is_some();
        let known_intensity = !session.intensity.is_empty();
        self.weather.iter().all(other_weather)
            && (!self.long || known_length && !session.is_long())
            && (!self.hard || known_intensity && !session.is_hard())
            && (!self.easy || known_intensity && !session.is_easy())
    }
}

impl SessionFilter {
    /// How strongly the session is meant; a long one all the more, the longer it is.
    pub(super) fn grade(&self, session: &Session) -> Option<i64> {
        let fits = self.activity.is_none_or(|activity| activity.names(&session.activity))
            && self.is_other_activity(&session.activity)
            && self.weather.is_none_or(|weather| weather.names(&session.weather))
            && (!self.long || session.is_long())
            && (!self.hard || session.is_hard())
            && (!self.easy || session.is_easy())
            && self.intensity.is_none_or(|intensity| session.intensity == intensity)
            && self.unlike.allows(session);
        let within = |span: Option<Span>, number: Option<i64>| match span {
            Some(span) => span.grade(number?),
            None => Some(SIGN),
        };
        let graded = within(self.minutes, session.minutes)?.max(within(self.km, session.km)?);
        // Four hours count as longest.
        let length = session.minutes.map_or(0, |minutes| (minutes / 240).clamp(0, SIGN));
        fits.then_some(if self.long { graded + length } else { graded })
    }

    /// All that was done that day is of the kind.
    pub(super) fn is_all_of(&self, day: &impl Values) -> bool {
        let mut types = day
            .texts(Property::ActivityTypes)
            .chain(day.texts(Property::WorkoutTypes));
        types.all(|text| self.activity.is_none_or(|activity| activity.names(&text)))
    }

    fn is_other_activity(&self, recorded: &str) -> bool {
        self.other_activity.as_ref().is_none_or(|stem| contains(recorded, stem))
    }

    /// How strongly a session in its normal form is meant. Most are of another kind, which shows before they are read:
    /// the words of its kind are in the text, too.
    pub(super) fn grade_text(&self, text: &str) -> Option<i64> {
        let may_fit = self.activity.is_none_or(|activity| activity.names(text))
            && self.is_other_activity(text)
            && self.weather.is_none_or(|weather| weather.names(text));
        may_fit.then(|| self.grade(&Session::parse(text)))?
    }

    /// How strongly the only workout of a day is meant, of which the day tells minutes and, as a whole, how hard it was.
    pub(super) fn grade_workout(&self, day: &impl Values) -> Option<i64> {
        if !self.is_only_workout(day) {
            return None;
        }
        let facts = self.facts_of_day().into_iter().map(|facet| facet.rule.grade(day));
        let minutes = self.minutes.map(|span| span.grade(self.workout_minutes(day)?));
        let grades: Option<Vec<i64>> = facts.chain(minutes).collect();
        grades.map(|grades| grades.into_iter().fold(SIGN, i64::max))
    }

    /// The minutes of the only workout of a day, if it may be meant.
    pub(super) fn workout_minutes(&self, day: &impl Values) -> Option<i64> {
        day.thousandths(Property::WorkoutMinutes)
            .filter(|_| self.is_only_workout(day))
    }

    /// Whether the day's only workout is one of the gym that may be meant.
    fn is_only_workout(&self, day: &impl Values) -> bool {
        let Some(activity) = self.activity.filter(|activity| activity.is_gym) else {
            return false;
        };
        let mut types = day.texts(Property::WorkoutTypes);
        let is_of_a_session =
            self.weather.is_some() || self.intensity.is_some() || self.km.is_some() || self.unlike != Unlike::default();
        !is_of_a_session && types.next().is_some_and(|text| activity.names(&text)) && types.next().is_none()
    }

    /// What must be loaded of a day to find the session, or the workout.
    pub(super) fn properties(&self) -> Vec<Property> {
        let mut properties = vec![Property::Sessions];
        if self.alone {
            properties.extend([Property::ActivityTypes, Property::WorkoutTypes]);
        }
        if self.activity.is_some_and(|activity| activity.is_gym) {
            properties.extend([Property::WorkoutTypes, Property::WorkoutMinutes]);
            let of_facts = self.facts_of_day().into_iter();
            properties.extend(of_facts.flat_map(|facet| facet.rule.properties()));
        }
        properties
    }

    /// What the filter asks of a session, as facts of the day.
    fn facts_of_day(&self) -> Vec<&'static Facet> {
        let asked = [
            (self.long, "long workout"),
            (self.hard, "hard workout"),
            (self.easy, "easy workout"),
        ];
        let phrases = asked.into_iter().filter(|(is_asked, _)| *is_asked);
        phrases.filter_map(|(_, phrase)| vocabulary::facet(phrase)).collect()
    }

    /// No part of the filter needs more than the kind of a workout.
    pub(super) fn only_activity(&self) -> bool {
        let Some(activity) = self.activity else {
            return false;
        };
        *self
            == SessionFilter {
                activity: Some(activity),
                ..SessionFilter::default()
            }
    }

    /// It says which weather there was, and nothing else.
    pub(super) fn only_weather(&self) -> bool {
        self.weather.is_some()
            && *self
                == SessionFilter {
                    weather: self.weather,
                    ..SessionFilter::default()
                }
    }

    /// Without its article: `long run in the rain`.
    pub(super) fn kind(&self) -> String {
        let text = self.to_string();
        let bare = text.strip_prefix("an ").or_else(|| text.strip_prefix("a "));
        bare.unwrap_or(&text).to_string()
    }
}

/// The session as people would say it.
impl fmt::Display for SessionFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        words.extend(self.long.then_some("long"));
        words.extend(self.hard.then_some("hard"));
        words.extend(self.easy.then_some("easy"));
        let other = self.other_activity.as_ref().map(|stem| format!("{stem}ing session"));
        let known = self.activity.map_or("session", |activity| activity.noun);
        words.push(other.as_deref().unwrap_or(known));
        let has_vowel = words[0].starts_with(['a', 'e', 'i', 'o', 'u']);
        words.insert(0, if has_vowel { "an" } else { "a" });
        words.extend(self.weather.map(|weather| weather.phrase));
        f.write_str(&words.join(" "))?;
        if let Some(intensity) = self.intensity {
            write!(f, " at {intensity} intensity")?;
        }
        if self.alone {
            f.write_str(" and nothing else")?;
        }
        if !self.unlike.weather.is_empty() {
            let phrases: Vec<&str> = self.unlike.weather.iter().map(|weather| weather.phrase).collect();
            write!(f, " not {}", phrases.join(" or "))?;
        }
        let Unlike { long, hard, easy, .. } = self.unlike;
        for (_, word) in [(long, "long"), (hard, "hard"), (easy, "easy")]
            .iter()
            .filter(|(not, _)| *not)
        {
            write!(f, " that is not {word}")?;
        }
        if let Some(span) = self.minutes {
            write!(f, " of {}", span.words("min"))?;
        }
        if let Some(span) = self.km {
            write!(f, " of {}", span.words("km"))?;
        }
        Ok(())
    }
}
