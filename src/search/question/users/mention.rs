//! Where a question may name a user. What comes in: words as typed; what goes out: places, and the ids that may be meant
//! there. It does not know who is there.

use std::ops::Range;
use std::sync::Arc;

use crate::search::question::numbers::measure::unit_of;

use super::own_words::is_own_word;

/// Words for a user: what stands behind one may be an id.
const NOUNS: [&str; 10] = [
    "user",
    "users",
    "participant",
    "participants",
    "patient",
    "patients",
    "member",
    "members",
    "subject",
    "subjects",
];

/// Words that may stand between such a noun and the id: "user no. 2", "the user with the id 7".
const LINKS: [&str; 11] = [
    "no", "nr", "num", "number", "id", "ids", "with", "the", "called", "named", "of",
];

/// Names that only the store can tell from words are asked for so many times at most: each may be written in four ways.
const NAMES: usize = 12;

/// Users that are said to be some, in one question.
const SAID: usize = 32;

/// A place where a question may name a user.
#[derive(Debug, PartialEq)]
pub(super) struct Mention<'q> {
    /// With the noun before it, where that says no more than that it is a user.
    pub(super) words: Range<usize>,
    /// As typed.
    pub(super) id: &'q str,
    /// The question says that it is a user.
    pub(super) is_certain: bool,
    /// The number, where it is one of a user: of "user 5", "user_000005", "USER-5".
    number: Option<&'q str>,
}

/// A word without the punctuation around it and the `'s` behind.
pub(super) fn bare(word: &str) -> &str {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    bare.strip_suffix("'s").or(bare.strip_suffix("’s")).unwrap_or(bare)
}

/// A word that joins two users: `anna and ben`, `users 2, 3`.
pub(super) fn connects(word: &str) -> bool {
    let lower = word.to_lowercase();
    let bare = bare(&lower);
    bare.is_empty() || NOUNS.contains(&bare) || matches!(bare, "and" | "or" | "nor" | "plus" | "vs" | "versus" | "both")
}

/// The places where the words may name a user.
pub(super) fn mentions<'q>(words: &[&'q str]) -> Vec<Mention<'q>> {
    let mut mentions: Vec<Mention<'q>> = Vec::new();
    let (mut names, mut at) = (0, 0);
    while at < words.len() && mentions.len() < SAID {
        let goes_on = mentions
            .last()
            .filter(|last| last.number.is_some() && last.words.end <= at);
        let listed = goes_on.and_then(|last| listed(words, last.words.end, at));
        if let Some(mention) = behind_noun(words, at).or(listed).or_else(|| certain(words[at], at)) {
            at = mention.words.end;
            mentions.push(mention);
            continue;
        }
        if may_be_a_name(words[at]) && names < NAMES {
            names += 1;
            mentions.push(Mention {
                words: at..at + 1,
                id: bare(words[at]),
                is_certain: false,
                number: None,
            });
        }
        at += 1;
    }
    mentions
}

/// `user 5`, `participant no. 12`, `the user with the id a17`, `user may`.
fn behind_noun<'q>(words: &[&'q str], noun: usize) -> Option<Mention<'q>> {
    let lower = words[noun].to_lowercase();
    let pauses = lower.ends_with([',', ';', '.', '?', '!']) || lower.contains(['\'', '’']);
    if pauses || !NOUNS.contains(&bare(&lower)) {
        return None;
    }
    let is_link = |word: &&&str| LINKS.contains(&bare(&word.to_lowercase())) || bare(word).is_empty();
    let links = words[noun + 1..].iter().take_while(is_link).take(4);
    let links: Vec<&str> = links.map(|word| bare(word)).collect();
    let names_an_id = |word: &&str| !matches!(word.to_lowercase().as_str(), "with" | "the" | "of");
    let at = match links.iter().all(names_an_id) || links.iter().any(|word| word.to_lowercase().starts_with("id")) {
        true => noun + 1 + links.len(),
        false => noun + 1,
    };
    let id = bare(words.get(at)?);
    let number = all_digits(id).filter(|_| !is_counted(words, at));
    if id.is_empty() || (all_digits(id).is_some() && number.is_none()) || LINKS.contains(&id) {
        return None;
    }
    let glued = certain(words[at], at);
    let is_certain = number.is_some() || glued.is_some() || (has_digit(id) && id.starts_with(char::is_alphabetic));
    // "User" says nothing and may stay; another noun, which would be searched for, goes where the id needs it.
    let needs_noun = glued.is_none() && !lower.starts_with("user");
    let start = if needs_noun || at > noun + 1 { noun } else { at };
    Some(Mention {
        words: start..at + 1,
        id,
        is_certain,
        number: number.or(glued.and_then(|glued| glued.number)),
    })
}

/// The next number of `users 2, 3 and 4`, all words since the last of them being joints.
fn listed<'q>(words: &[&'q str], last: usize, at: usize) -> Option<Mention<'q>> {
    let joined = last < at || words[at - 1].ends_with([',', '&', '/']);
    let is_list = joined && words[last..at].iter().all(|word| connects(word));
    let of_many = words[..last].iter().rev().any(|word| {
        let lower = word.to_lowercase();
        NOUNS.contains(&bare(&lower)) && bare(&lower).ends_with('s')
    });
    let id = all_digits(bare(words[at])).filter(|_| is_list && of_many && !is_counted(words, at))?;
    Some(Mention {
        words: at..at + 1,
        id,
        is_certain: true,
        number: Some(id),
    })
}

/// `user_000099`, `user2`, `Participant-7`: no word of a language.
fn certain(word: &str, at: usize) -> Option<Mention<'_>> {
    let id = bare(word);
    let noun = NOUNS.iter().filter(|noun| !noun.ends_with('s')).find(|noun| {
        let start = id.get(..noun.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(noun))
    })?;
    let behind = &id[noun.len()..];
    let number = all_digits(behind.trim_start_matches(['_', '-', '#', ':', '.']));
    let is_id = number.is_some() || (behind.len() > 1 && behind.starts_with('_'));
    is_id.then_some(Mention {
        words: at..at + 1,
        id,
        is_certain: true,
        number,
    })
}

/// A word that only the store can tell from an id: none of ours, no number, no date.
fn may_be_a_name(word: &str) -> bool {
    const UUID_LENGTH: usize = 36;
    let id = bare(word);
    let mut parts = id
        .split(['-', '/', '+', '&', ',', '\'', '’'])
        .filter(|part| !part.is_empty());
    let begins = id.starts_with(char::is_alphabetic) || id.len() == UUID_LENGTH;
    begins && !parts.all(is_own_word)
}

/// The number counts something: "user 30 days", "users 3 nights", "user 80% efficient".
fn is_counted(words: &[&str], at: usize) -> bool {
    let pauses = words[at].ends_with([',', ';', ':', '.', '?', '!']) || words[at].contains(['\'', '’']);
    let next = words.get(at + 1).map(|next| bare(next).to_lowercase());
    let counts = |next: String| {
        let is_time = matches!(
            next.as_str(),
            "day"
                | "days"
                | "night"
                | "nights"
                | "week"
                | "weeks"
                | "month"
                | "months"
                | "year"
                | "years"
                | "times"
                | "results"
                | "rows"
        );
        is_time || unit_of(&next).is_some()
    };
    words[at].contains('%') || (!pauses && next.is_some_and(counts))
}

fn all_digits(text: &str) -> Option<&str> {
    let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    digits.then_some(text)
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

impl<'q> Mention<'q> {
    /// Ids that may be meant, the likeliest first; with `like`, also those that are numbered like this one.
    pub(super) fn forms(&self, like: Option<&str>) -> Vec<Arc<str>> {
        let mut forms = cases(self.id);
        let number = self.number.map(|number| number.trim_start_matches('0'));
        if let Some(number) = number {
            forms.extend(like.into_iter().flat_map(|like| self.forms_like(like)));
            // As the records of this project are numbered, and as people write numbers of users.
            forms.push(format!("user_{number:0>6}").into());
            forms.extend(["_", "", "-"].map(|sign| format!("user{sign}{number}").into()));
        }
        self.parts().for_each(|part| forms.extend(cases(part)));
        forms
    }

    /// The id of this number in the manner of another one.
    pub(super) fn forms_like(&self, other: &str) -> Option<Arc<str>> {
        let number = self.number?.trim_start_matches('0');
        let name = other.trim_end_matches(|c: char| c.is_ascii_digit());
        let width = other.len() - name.len();
        (width > 0).then(|| format!("{name}{number:0>width$}").into())
    }

    /// The users of these who are meant.
    pub(super) fn users(&self, known: &[Arc<str>], like: Option<&str>) -> Vec<Arc<str>> {
        let first = |forms: Vec<Arc<str>>| forms.into_iter().find(|form| known.contains(form));
        let parts: Option<Vec<Arc<str>>> = self.parts().map(|part| first(cases(part))).collect();
        let whole = first(self.forms(like)).filter(|user| self.parts().all(|part| !cases(part).contains(user)));
        match (whole, parts) {
            (Some(user), _) => vec![user],
            (None, Some(users)) => users,
            (None, None) => Vec::new(),
        }
    }

    /// `anna` and `ben` of `anna/ben`; nothing of a single id.
    fn parts(&self) -> impl Iterator<Item = &'q str> + use<'q> {
        const SIGNS: [char; 4] = ['/', '+', '&', ','];
        let is_list = self.id.contains(SIGNS);
        self.id.split(SIGNS).filter(move |part| is_list && !part.is_empty())
    }
}

/// An id in the ways in which people write one: an index finds each, but not whatever is alike but for capitals.
fn cases(id: &str) -> Vec<Arc<str>> {
    let lower = id.to_lowercase();
    let mut capitalised = String::with_capacity(lower.len());
    for letter in lower.chars() {
        match capitalised.ends_with(char::is_alphanumeric) {
            true => capitalised.push(letter),
            false => capitalised.extend(letter.to_uppercase()),
        }
    }
    let mut forms: Vec<Arc<str>> = Vec::new();
    for form in [id.to_string(), lower, capitalised, id.to_uppercase()] {
        if !forms.iter().any(|known| **known == *form) {
            forms.push(form.into());
        }
    }
    forms
}
