//! Which collection a run loads, and the switch to it. What comes in: the name in the URL; what goes out: the real name,
//! and at the end of the run the alias, moved in one step. It never moves the alias to a collection that was not
//! verified.
//!
//! The name in the URL is an alias. Behind it stands one collection for each model, `NAME_` and the beginning of a hash
//! of the model's fingerprint, so that vectors of two models never mix. A run with the same model adds to the collection
//! behind the alias; one with another model loads a new collection while everybody still reads the old one, and then
//! moves the alias. The old collection stays, as the way back, unless the run was told to drop it.

use reqwest::Method;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::collection::Server;
use super::schema::Made;
use crate::sink::{Expect, SinkError};

/// Where a run writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// The collection's real name.
    pub(super) collection: String,
    /// The alias that is to lead to it at the end; `None` where the URL names a collection itself.
    pub(super) alias: Option<String>,
}

/// Finds out where to write; asks, but makes nothing.
pub(super) fn resolve(server: &Server<'_>, expect: &Expect<'_>, in_place: bool) -> Result<Version, SinkError> {
    let name = &server.address.collection;
    let itself = Version {
        collection: name.clone(),
        alias: None,
    };
    if in_place {
        return Ok(itself);
    }
    // The server describes what an alias leads to, so the name in the answer tells one from the other.
    let there = server.collection(name)?;
    if there.is_some_and(|there| there["class"] == **name) {
        return Ok(itself);
    }
    if server.get("/v1/aliases")?.is_none() {
        tracing::warn!("the server has no aliases; days go into the collection itself");
        return Ok(itself);
    }
    Ok(Version {
        collection: versioned(name, expect.model.as_deref().unwrap_or("none")),
        alias: Some(name.clone()),
    })
}

fn versioned(name: &str, model: &str) -> String {
    let digest = Sha256::digest(model.as_bytes());
    let mark: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{name}_{mark}")
}

/// Where the alias leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    /// To the run's collection, or there is none.
    Here,
    Nowhere,
    /// To this collection, which people read.
    Elsewhere(String),
}

/// Where the alias leads before the run's collection is proved.
pub(super) fn leads(server: &Server<'_>, version: &Version) -> Result<Leads, SinkError> {
    let Some(alias) = &version.alias else {
        return Ok(Leads::Here);
    };
    Ok(match target(server, alias)? {
        None => Leads::Nowhere,
        Some(collection) if collection == version.collection => Leads::Here,
        Some(collection) => Leads::Elsewhere(collection),
    })
}

/// Why the alias must stay although the collection is sound: it would show fewer days than there are.
pub(super) fn reason_to_stay(leads: &Leads, stored: i64, refused: u64) -> Option<String> {
    match leads {
        Leads::Here => None,
        _ if refused > 0 && stored == 0 => Some("all days were refused".to_string()),
        Leads::Nowhere => None,
        Leads::Elsewhere(old) if refused > 0 => Some(format!("{refused} days were refused that {old} may hold")),
        Leads::Elsewhere(old) if stored == 0 => Some(format!("there is no day to put in the place of {old}")),
        Leads::Elsewhere(_) => None,
    }
}

fn target(server: &Server<'_>, alias: &str) -> Result<Option<String>, SinkError> {
    let found = server.get(&format!("/v1/aliases/{alias}"))?;
    Ok(found.and_then(|found| found["class"].as_str().map(str::to_string)))
}

/// Moves the alias: readers see the old collection before and the new one after, and nothing between.
pub(super) fn switch(server: &Server<'_>, version: &Version) -> Result<(), SinkError> {
    let (Some(alias), collection) = (&version.alias, &version.collection) else {
        return Ok(());
    };
    match target(server, alias)? {
        None => {
            server.send(
                Method::POST,
                "/v1/aliases",
                &json!({"alias": alias, "class": collection}),
            )?;
            tracing::info!(alias, collection, "made the alias");
        }
        Some(old) => {
            server.send(
                Method::PUT,
                &format!("/v1/aliases/{alias}"),
                &json!({"class": collection}),
            )?;
            tracing::info!(alias, collection, old, "moved the alias");
        }
    }
    Ok(())
}

/// Deletes the collections that other models left behind this run's alias, and says which. Only those with the marks of
/// this program are touched, also those that an earlier run was killed before dropping.
pub(super) fn drop_old(server: &Server<'_>, version: &Version) -> Result<Vec<String>, SinkError> {
    let Some(alias) = &version.alias else {
        tracing::warn!(
            collection = version.collection,
            "no alias leads here, so there is no old collection to drop"
        );
        return Ok(Vec::new());
    };
    let schema = server.get("/v1/schema")?.unwrap_or_default();
    let mut dropped = Vec::new();
    for collection in schema["classes"].as_array().into_iter().flatten() {
        let name = collection["class"].as_str().unwrap_or_default();
        if name != version.collection && is_version(name, alias) && Made::of(collection).is_some() {
            server.delete(name)?;
            dropped.push(name.to_string());
        }
    }
    Ok(dropped)
}

/// Whether a name is one that [`versioned`] gives.
fn is_version(name: &str, alias: &str) -> bool {
    let mark = name.strip_prefix(alias).and_then(|rest| rest.strip_prefix('_'));
    mark.is_some_and(|mark| mark.len() == 8 && mark.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_never_see_fewer_days_than_before() {
        let old = Leads::Elsewhere("HealthDay_old".to_string());
        for (leads, stored, refused, stays) in [
            (&Leads::Nowhere, 10, 0, false),
            (&Leads::Nowhere, 10, 2, false),
            (&Leads::Nowhere, 0, 2, true),
            (&old, 10, 0, false),
            (&old, 10, 2, true),
            (&old, 0, 2, true),
            (&old, 0, 0, true),
        ] {
            let reason = reason_to_stay(leads, stored, refused);
            assert_eq!(reason.is_some(), stays, "{leads:?}, {stored} stored, {refused} refused");
        }
    }

    #[test]
    fn each_model_has_a_collection_of_its_own() {
        let name = versioned("HealthDay", "model-a");
        assert_eq!(name.len(), "HealthDay_".len() + 8);
        assert_ne!(name, versioned("HealthDay", "model-b"));
        assert!(is_version(&name, "HealthDay"));
        assert!(!is_version(&name, "Health"));
        assert!(!is_version("HealthDay_archived", "HealthDay"));
    }
}
