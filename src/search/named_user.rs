//! A user whom a question names by id: "nights user_000004 slept badly". What comes in: a question, and a store to ask
//! who is there; what goes out: the user, and the question without the id. A word that is nobody's id stays a word.

use std::sync::Arc;

use super::store::{Scope, Store, StoreError};

/// Looked for among so many words at most, and asked of the store for so many of them: each is a query.
const WORDS: usize = 120;
const CANDIDATES: usize = 4;

/// The first user whom the question names, and what else it says.
pub(super) fn read(question: &str, store: &dyn Store) -> Result<Option<(String, String)>, StoreError> {
    let words: Vec<&str> = question.split_whitespace().collect();
    let is_candidate = |(at, id): &(usize, &str)| {
        let said = *at > 0 && matches!(words[at - 1].to_lowercase().as_str(), "user" | "patient");
        !id.is_empty() && (said || looks_like_an_id(id))
    };
    let ids = words.iter().take(WORDS).map(|word| id_in(word)).enumerate();
    for (at, id) in ids.filter(is_candidate).take(CANDIDATES) {
        if let Some(user) = known(id, store)? {
            let rest = [&words[..at], &words[at + 1..]].concat().join(" ");
            return Ok(Some((user, rest)));
        }
    }
    Ok(None)
}

/// The user of that id, or of that number in an id like others of the store: 5 is `user_000005`.
fn known(id: &str, store: &dyn Store) -> Result<Option<String>, StoreError> {
    let survey = |id: &str| {
        let user_id = Some(Arc::from(id));
        store.survey(&Scope {
            user_id,
            ..Scope::default()
        })
    };
    let found = survey(id)?;
    if found.knows_user {
        return Ok(Some(id.to_string()));
    }
    let (true, Some(other)) = (id.chars().all(|c| c.is_ascii_digit()), found.some_user) else {
        return Ok(None);
    };
    let name = other.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = format!("{name}{id:0>width$}", width = other.len() - name.len());
    Ok(survey(&numbered)?.knows_user.then_some(numbered))
}

/// A word without the punctuation around it and the `'s` behind.
fn id_in(word: &str) -> &str {
    let is_around = |c: char| !c.is_alphanumeric();
    let bare = word.trim_matches(is_around);
    bare.strip_suffix("'s").or(bare.strip_suffix("’s")).unwrap_or(bare)
}

/// No word of a language: `user_000004`, `p17`, a UUID; but `10k` and `8h` are numbers.
fn looks_like_an_id(word: &str) -> bool {
    const UUID_LENGTH: usize = 36;
    let has_digit = word.contains(|c: char| c.is_ascii_digit());
    has_digit && (word.starts_with(char::is_alphabetic) || word.len() == UUID_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::super::shelf::shelf;
    use super::*;

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
