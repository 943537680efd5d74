//! Users whom a question names by id: "nights user_000004 slept badly", "anna's runs", "overate, not user 6". What comes in:
//! a question, and a store to ask who is there; what goes out: whose days are asked for, and the question without the
//! ids. A word that is nobody's id stays a word.

use std::ops::Range;
use std::sync::Arc;

use crate::search::stores::{Scope, Store, StoreError};
use crate::search::whose::Whose;

use super::mention::{Mention, bare, connects, mentions};

/// Looked for among so many words at most.
const WORDS: usize = 120;

/// What a question says of users.
#[derive(Debug, Default)]
pub(in crate::search) struct NamedUsers {
    pub(in crate::search) whose: Whose,
    /// The question without them.
    pub(in crate::search) rest: String,
    /// The first who is said to be a user, but is not there.
    pub(in crate::search) unknown: Option<String>,
    /// Words that look like names of people, in lower case, but are nobody's id.
    pub(in crate::search) strangers: Vec<String>,
}

impl NamedUsers {
    /// A question that names no user.
    pub(in crate::search) fn nobody(question: &str) -> NamedUsers {
        NamedUsers {
            rest: question.to_string(),
            ..NamedUsers::default()
        }
    }
}

/// The users whom the question names.
pub(in crate::search) fn read(question: &str, store: &dyn Store) -> Result<NamedUsers, StoreError> {
    let words: Vec<&str> = question.split_whitespace().collect();
    let mentions = mentions(&words[..words.len().min(WORDS)]);
    let mut named = NamedUsers::nobody(question);
    if mentions.is_empty() {
        return Ok(named);
    }
    let found = found(&mentions, store)?;
    let (mut groups, mut last_word): (Vec<Group>, usize) = (Vec::new(), 0);
    for (mention, users) in mentions.iter().zip(found) {
        if users.is_empty() {
            note_unknown(mention, &words, &mut named);
            continue;
        }
        let between = &words[last_word.min(mention.words.start)..mention.words.start];
        match groups.last_mut().filter(|_| between.iter().all(|word| connects(word))) {
            Some(group) => {
                group.words.end = mention.words.end;
                group.users.extend(users);
            }
            None => groups.push(Group {
                words: mention.words.clone(),
                users,
            }),
        }
        last_word = mention.words.end;
    }
    if !groups.is_empty() {
        take(&words, groups, &mut named);
    }
    Ok(named)
}

/// Users who are named together: "anna, ben and user 3".
struct Group {
    words: Range<usize>,
    users: Vec<Arc<str>>,
}

/// Whom each mention names; nobody where it is nobody's id.
fn found(mentions: &[Mention<'_>], store: &dyn Store) -> Result<Vec<Vec<Arc<str>>>, StoreError> {
    let asked: Vec<Arc<str>> = mentions.iter().flat_map(|mention| mention.forms(None)).collect();
    let survey = |users: Vec<Arc<str>>| {
        store.survey(&Scope {
            whose: Whose::Only(users),
            ..Scope::default()
        })
    };
    let survey_of_all = survey(asked)?;
    let mut known = survey_of_all.known;
    // 5 is `user_000005` where other ids are like that.
    if let Some(some_user) = &survey_of_all.some_user {
        let open = mentions.iter().filter(|mention| mention.users(&known, None).is_empty());
        let alike: Vec<Arc<str>> = open.flat_map(|mention| mention.forms_like(some_user)).collect();
        if !alike.is_empty() {
            known.extend(survey(alike)?.known);
        }
    }
    let like = survey_of_all.some_user.as_deref();
    Ok(mentions.iter().map(|mention| mention.users(&known, like)).collect())
}

/// Nobody has this id: an error where the question says that it is a user, else perhaps somebody's name.
fn note_unknown(mention: &Mention<'_>, words: &[&str], named: &mut NamedUsers) {
    if mention.is_certain {
        named.unknown.get_or_insert_with(|| mention.id.to_string());
        return;
    }
    let word = words[mention.words.end - 1];
    let has_capital = mention.id.starts_with(char::is_uppercase) && mention.id.chars().any(char::is_lowercase);
    let possesses = word.contains("'s") || word.contains("’s");
    if (has_capital || possesses) && mention.id.chars().all(char::is_alphabetic) {
        named.strangers.push(mention.id.to_lowercase());
    }
}

/// Takes the users out of the question, and says whose days are asked for.
fn take(words: &[&str], groups: Vec<Group>, named: &mut NamedUsers) {
    let (mut only, mut except): (Vec<Arc<str>>, Vec<Arc<str>>) = (Vec::new(), Vec::new());
    let mut rest: Vec<&str> = Vec::new();
    let mut next = 0;
    for group in groups {
        let denied = denied_around(words, &group.words, next);
        let (users, taken) = match denied {
            Some(denied) => (&mut except, denied),
            None => (&mut only, group.words.clone()),
        };
        group.users.into_iter().for_each(|user| {
            if !users.contains(&user) {
                users.push(user);
            }
        });
        rest.extend(&words[next..taken.start]);
        // "When did anna sleep badly" asks as "when did I" does.
        let asks = |word: &&&str| AUXILIARIES.contains(&word.to_lowercase().as_str());
        let has_verb = !words[taken.end - 1].contains(['\'', '’']) && taken.end < words.len();
        rest.extend(rest.last().filter(asks).filter(|_| has_verb).map(|_| "I"));
        next = taken.end;
    }
    rest.extend(&words[next..]);
    named.rest = rest.join(" ");
    // "Anna, but not ben" is only anna.
    only.retain(|user| !except.contains(user));
    named.whose = match only.is_empty() {
        true => Whose::Except(except),
        false => Whose::Only(only),
    };
}

/// Verbs behind which a question has its subject, and which a "not" behind them denies.
const AUXILIARIES: [&str; 18] = [
    "did", "do", "does", "was", "were", "is", "are", "has", "had", "have", "can", "could", "would", "should", "will",
    "didn't", "hasn't", "wasn't",
];

/// Words that deny users behind them: "except user 6", "apart from ben". They are not those that deny facts: people are
/// ignored and omitted, but nobody "never" is one, and a day "lacks" none.
const DENYING: [&str; 22] = [
    "not",
    "except",
    "excepting",
    "excluding",
    "excl",
    "exclude",
    "without",
    "minus",
    "barring",
    "besides",
    "ignoring",
    "ignore",
    "omitting",
    "omit",
    "skipping",
    "apart",
    "aside",
    "other",
    "leaving",
    "leave",
    "no",
    "unless",
];

/// Words that may stand between a denial and a user: "all other than the days of ben".
const BETWEEN: [&str; 14] = [
    "the",
    "those",
    "of",
    "from",
    "by",
    "for",
    "than",
    "out",
    "counting",
    "including",
    "days",
    "nights",
    "user",
    "users",
];

/// Words for everybody: what comes behind them may leave some out.
const EVERYBODY: [&str; 17] = [
    "all",
    "everyone",
    "everybody",
    "anyone",
    "anybody",
    "any",
    "each",
    "every",
    "users",
    "user",
    "people",
    "others",
    "patients",
    "participants",
    "members",
    "them",
    "else",
];

/// The words of a group together with those that deny it: `not user 6`, `of everyone but ben`, `with ben excluded`.
fn denied_around(words: &[&str], group: &Range<usize>, first: usize) -> Option<Range<usize>> {
    let lower: Vec<String> = words.iter().map(|word| bare(word).to_lowercase()).collect();
    let is = |at: usize, known: &[&str]| known.contains(&lower[at].as_str());
    let pauses = |at: usize| words[at].ends_with([',', ';', ':', '.', '!', '?']);
    let excluded = |at: usize| at < words.len() && is(at, &["excluded", "omitted", "aside", "apart"]);
    let linked = (group.end..words.len())
        .take_while(|at| is(*at, &["is", "are", "being"]))
        .count();
    if excluded(group.end + linked) && !pauses(group.end - 1) {
        let with = usize::from(group.start > first && is(group.start - 1, &["with"]));
        return Some(group.start - with..group.end + linked + 1);
    }
    let mut at = group.start;
    while at > first && !pauses(at - 1) && is(at - 1, &BETWEEN) {
        at -= 1;
    }
    at = at.checked_sub(1).filter(|at| *at >= first && !pauses(*at))?;
    let of_verb = at > first && is(at - 1, &AUXILIARIES) && is(at, &["not", "no"]);
    let behind_all = |at: usize| (at.saturating_sub(3).max(first)..at).any(|before| is(before, &EVERYBODY));
    let denies = is(at, &DENYING) || (is(at, &["but", "save", "bar"]) && behind_all(at));
    if !denies || of_verb {
        return None;
    }
    // "But not ben", and whom he is taken from: "for all users".
    while at > first && (is(at - 1, &EVERYBODY) || is(at - 1, &["but", "and"])) {
        at -= 1;
    }
    let of = at > first && is(at, &EVERYBODY) && is(at - 1, &["of", "for", "by", "from", "with"]);
    Some(at - usize::from(of)..group.end)
}

#[cfg(test)]
mod tests {
    use crate::search::shelf::shelf;

    use super::*;

    /// The one user whom the question names, if there is such a user, and what else it says.
    fn read(question: &str, store: &dyn Store) -> Result<Option<(String, String)>, StoreError> {
        let named = super::read(question, store)?;
        let user = named
            .whose
            .only()
            .and_then(|users| users.first())
            .map(|user| user.to_string());
        Ok(user.map(|user| (user, named.rest)))
    }

    #[test]
    fn an_id_of_the_store_is_a_user_and_no_word() {
        let named = |question: &str| read(question, &shelf()).unwrap();
        let rest = |rest: &str| Some(("user_000001".to_string(), rest.to_string()));
        assert_eq!(named("user_000001: bad nights"), rest("bad nights"));
        assert_eq!(named("nights of “user_000001”, in May"), rest("nights of in May"));
        assert_eq!(named("user_000001's worst night"), rest("worst night"));
        assert_eq!(named("patient user_000001 slept badly"), rest("patient slept badly"));
        assert_eq!(named("for user 1, bad nights"), rest("for user bad nights"));
    }

    #[test]
    fn other_words_stay() {
        for question in [
            "10k steps after 8h",
            "zone2 runs",
            "patient people",
            "",
            "user",
            "user 9999999",
        ] {
            assert_eq!(read(question, &shelf()).unwrap(), None, "{question}");
        }
    }
}
