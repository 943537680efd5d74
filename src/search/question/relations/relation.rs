//! The words that relate days: "the day after", "the night before", "followed by". What comes in: tokens; what goes out:
//! relations with their places, and the tokens they were read from are marked as used.

use crate::search::question::facts::stretch::is_content;
use crate::search::question::words::token::{Token, unclaimed_word};

/// How the facts on both sides of some words follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `X after Y`, `X two days after Y`.
    After { days: i32, said_day: bool },
    /// `X before Y`, `X the day before Y`, `Y, X the day before`.
    Before { said_day: bool, said_night: bool },
    /// `the previous day`, which says of the facts next to it when they were.
    DayBefore { said_night: bool },
    /// `the previous X`, where X is a fact: "the previous day off".
    Previous,
    /// `X ... the next day`.
    NextDay,
    /// `X followed by Y`, `X, then Y`, `X after which Y`.
    FollowedBy,
    /// `X and Y afterwards`.
    Afterwards,
    /// `X and still Y`, where Y is the night that X did not help.
    Still,
}

/// A [`Kind`] and where its words stand.
#[derive(Clone, Copy, Debug)]
pub(in crate::search::question) struct Relation {
    pub(super) kind: Kind,
    pub(in crate::search::question) start: usize,
    pub(super) end: usize,
}

/// Finds the words that relate days; they are marked as used.
pub(in crate::search::question) fn read(tokens: &mut [Token]) -> Vec<Relation> {
    let mut relations = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let found = relation_at(tokens, at);
        let length = found.map_or(1, |(_, length)| length);
        if let Some((kind, _)) = found {
            tokens[at..at + length].iter_mut().for_each(|token| token.used = true);
            relations.push(Relation {
                kind,
                start: at,
                end: at + length,
            });
        }
        at += length;
    }
    relations
}

fn relation_at(tokens: &[Token], at: usize) -> Option<(Kind, usize)> {
    let reader = RelationReader { tokens };
    reader
        .later(at)
        .or_else(|| reader.with_noun(at))
        .or_else(|| reader.without_noun(at))
}

struct RelationReader<'a> {
    tokens: &'a [Token],
}

impl RelationReader<'_> {
    fn word(&self, at: usize) -> &str {
        unclaimed_word(self.tokens, at)
    }

    fn tells_what_it_was(&self, at: usize) -> bool {
        matches!(
            self.word(at),
            "had"
                | "was"
                | "were"
                | "is"
                | "went"
                | "turned"
                | "proved"
                | "got"
                | "saw"
                | "brought"
                | "included"
                | "involved"
                | "featured"
        )
    }

    /// "I rested because the day before I trained hard".
    fn gives_a_reason(&self, at: usize) -> bool {
        let article = usize::from(self.word(at - 1) == "the");
        let only = usize::from(at > 1 + article && matches!(self.word(at - 1 - article), "only" | "just"));
        at.checked_sub(1 + article + only).is_some_and(|before| {
            matches!(
                self.word(before),
                "because" | "when" | "where" | "since" | "as" | "although"
            )
        })
    }

    /// `and the day before I ...`, `but on the day before ...`: the noun is at this place.
    fn goes_on(&self, at: usize, has_subject: bool) -> bool {
        let article = usize::from(at > 0 && self.word(at - 1) == "the");
        let on = usize::from(at > article && self.word(at - 1 - article) == "on");
        let joint = at.checked_sub(1 + article + on);
        // "But on the night before a long run".
        let names_a_day = matches!(self.word(at + 2), "a" | "an" | "any" | "the" | "my" | "some");
        (has_subject || (on == 1 && !names_a_day))
            && joint.is_some_and(|joint| matches!(self.word(joint), "and" | "but"))
    }

    fn is_subject(&self, at: usize) -> bool {
        matches!(self.word(at), "i" | "we" | "my" | "id" | "he" | "she")
    }

    fn is_first_word(&self, at: usize) -> bool {
        at == 0 || (at == 1 && matches!(self.word(0), "the" | "on"))
    }

    fn names_days(&self, at: usize) -> bool {
        self.is_claimed(at) || self.is_day(at) || self.is_night(at)
    }

    /// Some fact has the word.
    fn is_claimed(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.used)
    }

    fn is_claimed_night(&self, at: usize) -> bool {
        self.is_claimed(at) && self.tokens[at].is(&["night", "nights"])
    }

    fn is_day(&self, at: usize) -> bool {
        matches!(self.word(at), "day" | "days" | "morning" | "mornings")
    }

    fn is_night(&self, at: usize) -> bool {
        matches!(self.word(at), "night" | "nights" | "evening" | "evenings")
    }

    /// `the next day after`, which is one day later and not two; `a week after`, `two weeks after`.
    fn later(&self, at: usize) -> Option<(Kind, usize)> {
        let after = |days| Kind::After { days, said_day: true };
        let number = self.tokens[at].number.filter(|_| !self.tokens[at].used);
        let weeks = number.and_then(|number| i32::try_from(number / 1000).ok());
        match (self.word(at), self.word(at + 1), self.word(at + 2)) {
            ("next" | "following", "day" | "night" | "morning", "after") => Some((after(1), 3)),
            ("week", "after" | "following", _) => Some((after(7), 2)),
            (_, "week" | "weeks", "after") => Some((after(7 * weeks?.clamp(1, 4)), 3)),
            _ => None,
        }
    }

    /// `the day after`, `two days after`, `the night before`, `a day later`.
    fn with_noun(&self, at: usize) -> Option<(Kind, usize)> {
        let number = self.tokens[at]
            .number
            .filter(|_| !self.tokens[at].used && self.is_day(at + 1));
        let days = number.and_then(|number| i32::try_from(number / 1000).ok());
        let noun = at + usize::from(days.is_some());
        // In "a lousy night after ..." the night is part of the fact.
        let before = at
            .checked_sub(1)
            .filter(|_| days.is_none() && !self.tokens[at].after_break);
        let described = before.is_some_and(|before| !self.tokens[before].used && is_content(&self.tokens[before]));
        if described || !(self.is_day(noun) || self.is_night(noun)) {
            return None;
        }
        let said_day = matches!(self.word(noun), "day" | "days");
        let length = noun + 2 - at;
        match self.word(noun + 1) {
            "after" if self.word(noun + 2) == "which" => None,
            "after" | "following" if self.word(noun + 2) == "that" => Some((Kind::NextDay, length + 1)),
            // "The night after was a bad one" is the night after what was said.
            "after" | "following" if days.is_none() && self.tells_what_it_was(noun + 2) => {
                Some((Kind::NextDay, length))
            }
            // "Hard training, and the night after it was restless".
            "after" if days.is_none() && self.word(noun + 2) == "it" && self.tells_what_it_was(noun + 3) => {
                Some((Kind::NextDay, length + 1))
            }
            "after" | "following" => {
                let days = days.unwrap_or(1).clamp(1, 30);
                Some((Kind::After { days, said_day }, length))
            }
            "later" => Some((Kind::NextDay, length)),
            "before" | "prior" | "earlier" => Some(self.before_noun(at, noun)),
            _ => None,
        }
    }

    /// `the day before`, `two nights earlier`: the words begin at `at`, and the day or night is at `noun`.
    fn before_noun(&self, at: usize, noun: usize) -> (Kind, usize) {
        let (said_night, length) = (self.is_night(noun), noun + 2 - at);
        let is_earlier = self.word(noun + 1) == "earlier";
        // "Rough nights where the day before had been one off".
        let tells = self.word(noun + 1) == "before"
            && at > 0
            && !self.is_first_word(at)
            && (self.tells_what_it_was(noun + 2) || self.gives_a_reason(at));
        // "A poor night, day before all-out workout".
        let begins = self.tokens[noun].after_break;
        // "Days off, and the day before that I trained hard".
        let before_that = self.word(noun + 2) == "that" && self.is_subject(noun + 3);
        if at > 0 && !is_earlier && (tells || begins) {
            return (Kind::DayBefore { said_night }, length);
        }
        if at > 0 && !is_earlier && before_that {
            return (Kind::DayBefore { said_night }, length + 1);
        }
        if !is_earlier && self.goes_on(at, self.is_subject(noun + 2)) {
            return (Kind::DayBefore { said_night }, length);
        }
        let said_day = true;
        (Kind::Before { said_day, said_night }, length)
    }

    /// `after`, `before`, `followed by`, `the next day`, `then`.
    fn without_noun(&self, at: usize) -> Option<(Kind, usize)> {
        let noun_next = self.is_day(at + 1) || self.is_night(at + 1);
        let before = |said_day, said_night| Kind::Before { said_day, said_night };
        match (self.word(at), self.word(at + 1)) {
            ("next" | "following" | "coming" | "subsequent" | "ensuing", _) if noun_next => Some((Kind::NextDay, 2)),
            // "The next night awful": the night is a word of the fact.
            ("next" | "following" | "coming", _) if self.is_claimed_night(at + 1) => Some((Kind::NextDay, 1)),
            ("ensuing" | "ensued", _) => Some((Kind::Afterwards, 1)),
            // "Trained hard one day, slept badly the next."
            ("next", _) if at > 0 && self.word(at - 1) == "the" && at + 1 == self.tokens.len() => {
                Some((Kind::NextDay, 1))
            }
            ("previous" | "prior" | "preceding", _) if noun_next => {
                let said_night = self.is_night(at + 1);
                Some((Kind::DayBefore { said_night }, 2))
            }
            // "Overeating days preceding bad sleep".
            ("preceding" | "precede" | "preceded", next)
                if at > 0
                    && next != "by"
                    && (self.names_days(at - 1) || matches!(self.word(at - 1), "that" | "which")) =>
            {
                Some((before(false, false), 1))
            }
            ("followed", "by") | ("leading" | "led" | "lead", "to" | "into") => Some((Kind::FollowedBy, 2)),
            ("after", "which") => Some((Kind::FollowedBy, 2)),
            ("then", _) => Some((Kind::FollowedBy, 1)),
            ("yesterday", _) => Some((Kind::DayBefore { said_night: false }, 1)),
            ("that", "night") => Some((Kind::Afterwards, 2)),
            ("once", "i" | "my") => Some((
                Kind::After {
                    days: 1,
                    said_day: false,
                },
                1,
            )),
            ("nevertheless" | "nonetheless", _) => Some((Kind::Still, 1)),
            ("still", _) if at > 0 && matches!(self.word(at - 1), "and" | "but") => Some((Kind::Still, 1)),
            ("afterwards" | "afterward", _) => Some((Kind::Afterwards, 1)),
            ("after" | "following" | "followed" | "follow" | "follows" | "post", _) => Some((
                Kind::After {
                    days: 1,
                    said_day: false,
                },
                1,
            )),
            ("preceded", "by") | ("back", "from") => Some((
                Kind::After {
                    days: 1,
                    said_day: false,
                },
                2,
            )),
            ("previous" | "prior" | "preceding", "") if self.is_claimed(at + 1) => Some((Kind::Previous, 1)),
            ("prior", "to") => Some((before(false, false), 2)),
            ("before", "morning" | "bed" | "bedtime" | "dawn" | "sunrise" | "breakfast" | "noon" | "lunch") => None,
            ("before", _) => Some((before(false, false), 1)),
            _ => None,
        }
    }
}
