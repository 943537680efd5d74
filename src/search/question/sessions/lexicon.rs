//! Words for kinds of sessions, weather and meals, as people and records use them. What comes in: tokens; what goes
//! out: rows of these tables.

use crate::search::question::words::token::{Token, stem};

use super::recorded::{contains, has_form_of, has_word};

/// A kind of session.
#[derive(Debug, PartialEq)]
pub struct Activity {
    /// What one session of it is called.
    pub(in crate::search) noun: &'static str,
    /// Stems in questions.
    pub(in crate::search::question) asked: &'static [&'static str],
    /// Parts of the activity and workout types of the records, lower case; each long enough to be found in no other word.
    recorded: &'static [&'static str],
    /// Whole words of these types, where a part would be found in other words, too: "core" in "score".
    recorded_words: &'static [&'static str],
    /// Stems of words of these types, where the word has forms and the stem is found in other words, too: "run" in
    /// "crunches", "row" in "throwing".
    recorded_stems: &'static [&'static str],
    /// Done in a gym: records of it are workouts, of which a day tells no more than type and minutes.
    pub(in crate::search) is_gym: bool,
}

impl Activity {
    /// Records may have it as a workout, with sets or as a circuit.
    pub(in crate::search::question) fn is_workout(&self) -> bool {
        [
            "strength session",
            "HIIT session",
            "crossfit session",
            "stretching session",
        ]
        .contains(&self.noun)
    }

    /// Records may have it as an activity, too.
    pub(in crate::search::question) fn is_session(&self) -> bool {
        !["HIIT session", "crossfit session"].contains(&self.noun)
    }

    /// Whether a recorded type is of this kind.
    pub(in crate::search) fn names(&self, recorded: &str) -> bool {
        self.recorded.iter().any(|part| contains(recorded, part))
            || self.recorded_words.iter().any(|word| has_word(recorded, word))
            || self.recorded_stems.iter().any(|stem| has_form_of(recorded, stem))
    }
}

const fn activity(noun: &'static str, asked: &'static [&'static str], recorded: &'static [&'static str]) -> Activity {
    Activity {
        noun,
        asked,
        recorded,
        recorded_words: &[],
        recorded_stems: &[],
        is_gym: false,
    }
}

/// An activity whose recorded names have these stems.
const fn by_stems(noun: &'static str, asked: &'static [&'static str], recorded: &'static [&'static str]) -> Activity {
    Activity {
        recorded_stems: recorded,
        ..activity(noun, asked, &[])
    }
}

const fn gym(
    noun: &'static str,
    asked: &'static [&'static str],
    recorded: &'static [&'static str],
    recorded_words: &'static [&'static str],
) -> Activity {
    Activity {
        noun,
        asked,
        recorded,
        recorded_words,
        recorded_stems: &[],
        is_gym: true,
    }
}

/// What is asked for in several words, or in a word that says other things, too, is one word by then: see `gym.rs`.
#[rustfmt::skip]
pub(in crate::search::question) static ACTIVITIES: [Activity; 42] = [
    by_stems("run", &["run", "jog", "runner"], &["run", "jog"]),
    Activity {
        recorded: &["cycl"],
        ..by_stems("ride", &["cycl", "bik", "rid", "bicycl", "spin", "pedal", "pedall", "cyclist", "saddl"], &["bik", "ebik", "ride", "spin"])
    },
    activity("swim", &["swim", "pool", "lap", "breaststrok", "freestyl", "backstrok", "crawl"], &["swim"]),
    activity("walk", &["walk", "stroll", "ambl", "wander", "saunter", "rambl", "walki"], &["walk"]),
    by_stems("hike", &["hik", "trek"], &["hik", "trek"]),
    activity("yoga session", &["yoga", "downward", "asana", "vinyasa", "hatha", "namast", "yogi", "yogic", "ashtanga"], &["yoga"]),
    activity("pilates session", &["pilat"], &["pilates"]),
    activity("strength session", &["strength", "weightlift"], &["strength", "weight", "lifting"]),
    by_stems("rowing session", &["row"], &["row"]),
    activity("HIIT session", &["hiit", "interval", "tabata", "burp"], &["hiit", "interval"]),
    Activity { recorded_stems: &["box"], ..gym("boxing session", &["box"], &[], &[]) },
    activity("climbing session", &["climb", "boulder"], &["climb", "boulder"]),
    by_stems("dance session", &["danc"], &["danc", "zumba"]),
    activity("tennis session", &["tennis"], &["tennis"]),
    activity("football session", &["football", "soccer"], &["football", "soccer"]),
    activity("basketball session", &["basketball"], &["basketball"]),
    activity("elliptical session", &["elliptical"], &["elliptical"]),
    by_stems("ski session", &["ski"], &["ski"]),
    gym("crossfit session", &["crossfit"], &["crossfit", "cross-fit", "cross fit", "cross_fit"], &[]),
    gym("stretching session", &["stretch", "flexibility"], &["stretch", "flexib"], &[]),
    gym("leg workout", &["legday"], &["legday"], &["leg", "legs", "quads", "hamstrings", "glutes", "calves"]),
    gym("upper-body workout", &["upperbody"], &["upperbody"], &["upper"]),
    gym("lower-body workout", &["lowerbody"], &["lowerbody"], &["lower"]),
    gym("full-body workout", &["fullbody"], &["fullbody", "full body", "full-body", "full_body", "total body", "total-body", "whole body"], &[]),
    gym("chest workout", &["chestday"], &["chest"], &["pecs"]),
    gym("back workout", &["backday"], &["backday"], &["back", "lats"]),
    gym("arm workout", &["armday"], &["armday", "bicep", "tricep"], &["arm", "arms"]),
    gym("shoulder workout", &["shoulderday"], &["shoulder"], &["delts"]),
    gym("core workout", &["coreday"], &["abdominal"], &["core", "abs", "ab"]),
    gym("push workout", &["pushday"], &["pushday"], &["push"]),
    gym("pull workout", &["pullday"], &["pullday"], &["pull"]),
    gym("bodyweight workout", &["bodyweightday"], &["bodyweight", "body weight", "body-weight", "body_weight"], &[]),
    gym("kickboxing session", &["kickbox"], &["kickbox", "kick box", "kick-box", "kick_box"], &[]),
    gym("circuit training", &["circuit"], &["circuit"], &[]),
    gym("mobility session", &["mobility"], &["mobility"], &[]),
    gym("zumba session", &["zumba"], &["zumba"], &[]),
    gym("functional training", &["functional"], &["functional"], &[]),
    gym("calisthenics session", &["calisthenic"], &["calisthenic", "callisthenic"], &[]),
    gym("powerlifting session", &["powerlift"], &["powerlift", "power lift", "power-lift", "power_lift"], &[]),
    gym("kettlebell session", &["kettlebell"], &["kettlebell"], &[]),
    gym("bootcamp session", &["bootcamp"], &["bootcamp", "boot camp", "boot-camp", "boot_camp"], &[]),
    activity("golf session", &["golf"], &["golf"]),
];

/// A kind of weather.
#[derive(Debug, PartialEq)]
pub(in crate::search) struct Weather {
    /// After a session: `in the rain`.
    pub(in crate::search) phrase: &'static str,
    /// Stems in questions.
    pub(in crate::search::question) asked: &'static [&'static str],
    /// Parts of the weather of the records, lower case.
    recorded: &'static [&'static str],
}

impl Weather {
    /// Whether a recorded weather is of this kind.
    pub(in crate::search) fn names(&self, recorded: &str) -> bool {
        self.recorded.iter().any(|part| contains(recorded, part))
    }
}

const fn weather(phrase: &'static str, asked: &'static [&'static str], recorded: &'static [&'static str]) -> Weather {
    Weather {
        phrase,
        asked,
        recorded,
    }
}

#[rustfmt::skip]
pub(in crate::search::question) static WEATHERS: [Weather; 10] = [
    weather("in the rain", &["rain", "rainy", "drizzl", "downpour", "pour", "wet", "umbrella", "soak", "drench", "soggy", "bucket", "shower"], &["rain", "drizzl", "wet", "shower"]),
    weather("in the snow", &["snow", "snowy"], &["snow"]),
    weather("in the sun", &["sun", "sunny", "sunshin"], &["sun", "clear"]),
    weather("in the wind", &["wind", "windy", "breez", "breezy", "gust", "gusty", "blustery", "gal", "blow", "blew", "blown"], &["wind", "breez"]),
    weather("under clouds", &["cloud", "cloudy", "overcast"], &["cloud", "overcast"]),
    weather("in the heat", &["heat", "hot", "swelter"], &["hot", "heat"]),
    weather("in the cold", &["cold", "freez", "chilly", "frost"], &["cold", "freez", "frost"]),
    weather("in a storm", &["storm", "stormy", "thunder", "thunderstorm"], &["storm", "thunder"]),
    weather("in the fog", &["fog", "foggy", "mist", "misty"], &["fog", "mist"]),
    weather("in humid air", &["humid", "muggy"], &["humid", "muggy"]),
];

/// Meals, as recorded and asked for.
const MEALS: [(&str, &str); 8] = [
    ("breakfast", "breakfast"),
    ("lunch", "lunch"),
    ("dinner", "dinner"),
    ("supper", "dinner"),
    ("snack", "snack"),
    ("snacked", "snack"),
    ("nibble", "snack"),
    ("brunch", "brunch"),
];

/// The kind of session that the token names.
pub(in crate::search::question) fn activity_of(token: &Token) -> Option<&'static Activity> {
    // A pulse climbed; who climbed says where.
    let of_number = token.word == "climbed";
    ACTIVITIES
        .iter()
        .filter(|_| !of_number)
        .find(|activity| activity.asked.contains(&token.stem.as_str()))
}

/// The weather that the token names.
pub(in crate::search::question) fn weather_of(token: &Token) -> Option<&'static Weather> {
    WEATHERS
        .iter()
        .find(|weather| weather.asked.contains(&token.stem.as_str()))
}

/// The meal that the token names.
pub(in crate::search::question) fn meal_of(token: &Token) -> Option<&'static str> {
    let found = MEALS
        .iter()
        .find(|(asked, _)| *asked == token.word || stem(asked) == token.stem);
    found.map(|(_, recorded)| *recorded)
}
