//! The words of recorded types, which people and devices write as they like: "Trail running", "trail_running",
//! "TrailRunning", "trailrunning". What comes in: a recorded text and a word in lower-case ASCII; what goes out: whether
//! the text has it. It knows no activity.

/// Whether the text, in whichever case, has this part.
pub(in crate::search) fn contains(recorded: &str, part: &str) -> bool {
    if !recorded.is_ascii() {
        return recorded.to_lowercase().contains(part);
    }
    let mut places = recorded.as_bytes().windows(part.len());
    places.any(|place| place.eq_ignore_ascii_case(part.as_bytes()))
}

/// Whether the text, in whichever case, has this word.
pub(super) fn has_word(recorded: &str, word: &str) -> bool {
    let mut words = recorded.split(|c: char| !c.is_alphabetic());
    words.any(|said| said.eq_ignore_ascii_case(word))
}

/// Whether the text has a form of the word with this stem, alone or in a compound: "run" is in "running", "Trail Run" and
/// "parkrun", but not in "crunches" and "trunk rotation".
///
/// A compound is looked for by its sound parts and not by its capitals alone, because the normal form of a session has
/// none left.
pub(super) fn has_form_of(recorded: &str, stem: &str) -> bool {
    // Most have not even the letters, which is told at once: every session of every day is looked at.
    contains(recorded, stem)
        && recorded
            .split(|c: char| !c.is_alphabetic())
            .any(|word| (0..=word.len().saturating_sub(stem.len())).any(|at| is_form_at(word, at, stem)))
        && !is_on_a_box(recorded, stem)
}

/// Whether a form of the word with this stem stands in a word at this place.
fn is_form_at(word: &str, at: usize, stem: &str) -> bool {
    /// The shortest first word of a compound: "fun" in "funrun". Two letters make another word: "throwing", "stride".
    const COMPOUND: usize = 3;
    let Some((before, rest)) = word.split_at_checked(at) else {
        return false;
    };
    let Some((found, ending)) = rest.split_at_checked(stem.len()) else {
        return false;
    };
    let begins_hump = || before.ends_with(char::is_lowercase) && found.starts_with(char::is_uppercase);
    found.eq_ignore_ascii_case(stem)
        && (before.is_empty() || before.len() >= COMPOUND || begins_hump())
        && is_ending(ending, stem)
}

/// Whether the word with this stem may go on like this: "runs", "runner", "running", "runningTreadmill", "RunIntervals".
fn is_ending(ending: &str, stem: &str) -> bool {
    const ENDINGS: [&str; 9] = ["", "s", "e", "es", "r", "rs", "er", "ers", "ist"];
    let starts = |text: &str, with: &str| {
        let start = text.get(..with.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    // "Running" doubles its last letter; what follows "-ing" is the next word of a compound.
    let last = &stem[stem.len() - 1..];
    let bare = if starts(ending, last) { &ending[1..] } else { ending };
    if starts(ending, "ing") || starts(bare, "ing") || bare.eq_ignore_ascii_case("er") {
        return true;
    }
    ENDINGS.iter().any(|known| {
        let rest = ending.get(known.len()..).filter(|_| starts(ending, known));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_uppercase))
    })
}

/// "Box jumps" and "box squats" use a box; nobody boxes.
fn is_on_a_box(recorded: &str, stem: &str) -> bool {
    stem == "box"
        && ["jump", "step", "squat"].iter().any(|done| contains(recorded, done))
        && !contains(recorded, "boxing")
}

#[cfg(test)]
mod tests {
    use crate::search::question::sessions::lexicon::ACTIVITIES;

    /// A kind, types that are of it, and others.
    type Types = (&'static str, &'static [&'static str], &'static [&'static str]);

    #[rustfmt::skip]
    const TYPES: [Types; 7] = [
        (
            "run",
            &[
                "Running", "trail_running", "TrailRunning", "trailrunning", "treadmill run", "Parkrun", "RunIntervals",
                "Jogging", "fun run", "FunRun", "RUN", "runningtreadmill", "Runner's mile", "jog/walk", "running, 45 min",
            ],
            &["crunches", "Crunch", "trunk rotation", "Pruning", "brunch", "Grunt work"],
        ),
        (
            "ski session",
            &["Skiing", "Nordic skiing", "NordicSki", "cross_country_skiing", "downhillskiing", "ski", "Ski tour"],
            &["skipping", "Rope skipping", "Skill training", "Skin care", "Brisk walk", "riskier"],
        ),
        (
            "rowing session",
            &["Rowing", "row", "VirtualRow", "rowing machine", "Indoor rower", "rowingmachine"],
            &["throwing", "Axe throwing", "Growth", "brown", "crowd"],
        ),
        (
            "boxing session",
            &["Boxing", "Box (boxing)", "box", "Boxer", "shadowboxing", "Shadow boxing"],
            &["Box jumps", "box_jump", "BoxJumps", "box step-ups", "Xbox game"],
        ),
        (
            "ride",
            &[
                "Cycling", "bike", "MountainBikeRide", "EBikeRide", "ebikeride", "e-bike", "ebike", "Bicycling",
                "Spinning", "spin class", "indoor_cycling", "indoorcycling", "Cyclist", "biking.mountain", "cyclocross",
            ],
            &["Bikram", "strides", "Spinal twist", "bride", "Pride parade"],
        ),
        ("hike", &["Hiking", "hike", "Hill hike", "trekking", "Trek"], &["Chikung", "Tai chi"]),
        ("dance session", &["Dance", "Dancing", "social_dance", "BarreDance", "Zumba"], &["attendant"]),
    ];

    #[test]
    fn an_activity_is_told_by_whole_words_of_its_record_and_not_by_their_parts() {
        for (noun, recorded, others) in TYPES {
            let activity = ACTIVITIES.iter().find(|activity| activity.noun == noun).unwrap();
            for text in recorded {
                assert!(activity.names(text), "{text} is a {noun}");
            }
            for text in others {
                assert!(!activity.names(text), "{text} is no {noun}");
            }
        }
    }

    #[test]
    fn hostile_types_neither_panic_nor_match() {
        let run = &ACTIVITIES[0];
        for text in ["", "r", "ru", "éru", "runé", "日本語", "ıruns", "runʼ"] {
            let _ = run.names(text);
        }
        assert!(!run.names("日本run語"));
        assert!(run.names("日本 run 語"));
    }
}
