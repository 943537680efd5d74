//! Deletes objects by their ids. What comes in: ids; what goes out: done, or what to do instead. It never deletes by
//! anything else.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::address::Address;
use super::rest::{Exchange, Rest};
use super::retry::{RetryAction, request_action};

#[derive(Deserialize)]
struct Answer {
    results: Results,
}

#[derive(Deserialize)]
struct Results {
    failed: u64,
    successful: u64,
    matches: u64,
}

/// Deletes those of the objects that are there; at most as many as a request carries, which is below the server's limit.
pub(super) fn remove(
    rest: &Rest,
    address: &Address,
    collection: &str,
    ids: impl Iterator<Item = Uuid>,
) -> Result<(), RetryAction> {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    let condition = json!({"path": ["id"], "operator": "ContainsAny", "valueTextArray": ids});
    let body = json!({"match": {"class": collection, "where": condition}, "output": "minimal"});
    let tenant = address.tenant.as_ref().map(|tenant| format!("tenant={tenant}"));
    let level = address
        .consistency
        .map(|level| format!("consistency_level={}", level.name()));
    let query: Vec<String> = tenant.into_iter().chain(level).collect();
    let path = format!("/v1/batch/objects?{}", query.join("&"));
    let exchange = rest.send(
        Method::DELETE,
        path.trim_end_matches('?'),
        body.to_string().into_bytes(),
    );
    let answer = match &exchange {
        Exchange::Answered(answer) if answer.status == 200 => answer,
        other => return Err(not_removed(request_action(other))),
    };
    match serde_json::from_slice(&answer.body) {
        Ok(Answer { results }) if results.failed == 0 && results.successful == results.matches => Ok(()),
        Ok(_) => Err(RetryAction::Unclear("some objects could not be deleted".to_string())),
        Err(error) => Err(RetryAction::Unclear(format!(
            "HTTP 200 with a body that is no result of a deletion ({error})"
        ))),
    }
}

/// Fewer ids would not help: nothing in them can be wrong.
fn not_removed(action: RetryAction) -> RetryAction {
    match action {
        RetryAction::Split(reason) => RetryAction::GiveUp {
            problem: format!("objects that may be half stored cannot be deleted: {reason}"),
            remedy: "the key needs the right to delete objects, and the server must be Weaviate 1.32 or newer",
        },
        other => other,
    }
}
