//! What is embedded and stored tells nothing of who somebody is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::collections::BTreeMap;

use harness::Outcome;
use serde_json::value::RawValue;

/// The properties of each document, as they are written.
fn documents(outcome: &Outcome) -> Vec<BTreeMap<String, String>> {
    let document = |line: &str| {
        let raw: BTreeMap<String, &RawValue> = serde_json::from_str(line).unwrap();
        raw.into_iter()
            .map(|(name, value)| (name, value.get().to_string()))
            .collect()
    };
    outcome.lines().into_iter().map(document).collect()
}

#[test]
fn words_are_never_empty_and_name_nobody() {
    let data = harness::generated(2, 10);
    let outcome = harness::ingest(&[data.path()], &[]);
    for document in documents(&outcome) {
        for name in ["text", "gist", "content_hash", "template"] {
            assert!(document[name].len() > 2, "{name} is empty: {document:?}");
        }
        let gist = &document["gist"];
        assert!(!gist.contains("user") && !gist.contains('@'), "{gist}");
        assert!(!gist.bytes().any(|byte| byte.is_ascii_digit()), "{gist}");
    }
}

#[test]
fn what_is_embedded_tells_no_name_address_age_or_number() {
    let data = harness::generated(2, 40);
    let path = data.path().join("users.json");
    let mut users: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for user in &mut users {
        user["name"] = "Zaphod sleepless Beeblebrox".into();
        user["email"] = "zaphod@heart-of-gold.example".into();
        user["fitness_level"] = "Zarniwoop".into();
        user["gender"] = "Betelgeusian".into();
    }
    std::fs::write(&path, serde_json::to_string(&users).unwrap()).unwrap();
    for extra in [&[][..], &["--profile"][..]] {
        for document in documents(&harness::ingest(&[data.path()], extra)) {
            for name in ["gist", "facets", "facets_day_before"] {
                let words = document[name].to_lowercase();
                let told = [
                    "zaphod",
                    "beeblebrox",
                    "@",
                    "heart-of-gold",
                    "zarniwoop",
                    "betelgeusian",
                    "years",
                    "user_",
                ];
                assert!(!told.iter().any(|told| words.contains(told)), "{name}: {words}");
                assert!(!words.bytes().any(|byte| byte.is_ascii_digit()), "{name}: {words}");
            }
            let whole = document.values().cloned().collect::<String>();
            assert!(!whole.contains("Zaphod") && !whole.contains("heart-of-gold"), "{whole}");
            assert_eq!(
                whole.contains("Zarniwoop"),
                !extra.is_empty(),
                "a profile is told when asked for"
            );
        }
    }
}
