//! What an exchange means. What comes in: an exchange and how many objects it carried; what goes out: what to do next,
//! as data. It never waits and never sends.

use std::time::Duration;

use serde::Deserialize;

use crate::sink::rest::{Answer, Exchange};

/// What became of one object of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// The server said yes.
    Stored,
    /// No retry can help.
    Refused(String),
    /// A passing trouble; the object may be half stored.
    Again(String),
    /// The server takes no writes for now; nothing was stored.
    Wait(String),
}

/// What to do after an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RetryAction {
    /// Each object has its own fate.
    Rows(Vec<Row>),
    /// Nothing was done; the same request again, after the server's own time if it named one.
    Again { reason: String, after: Option<Duration> },
    /// Nothing was done; the server needs a rest.
    Pause { reason: String, after: Option<Duration> },
    /// Everything, a part or nothing was done.
    Unclear(String),
    /// Nothing was done, and something in the request is at fault: a smaller one.
    Split(String),
    /// No request can help.
    GiveUp { problem: String, remedy: &'static str },
}

/// What a batch of `objects` came to.
pub(super) fn batch_action(exchange: &Exchange, objects: usize) -> RetryAction {
    match exchange {
        Exchange::Answered(answer) if answer.status == 200 => rows(&answer.body, objects),
        other => request_action(other),
    }
}

/// What any other request came to, if it did not succeed.
pub(super) fn request_action(exchange: &Exchange) -> RetryAction {
    match exchange {
        Exchange::NotSent(reason) => RetryAction::Again {
            reason: reason.clone(),
            after: None,
        },
        Exchange::Unclear(reason) => RetryAction::Unclear(reason.clone()),
        Exchange::Answered(answer) => status_action(answer),
    }
}

fn status_action(answer: &Answer) -> RetryAction {
    let after = answer.retry_after;
    let reason = format!("HTTP {}: {}", answer.status, error_text(&answer.body));
    let give_up = |remedy| RetryAction::GiveUp {
        problem: reason.clone(),
        remedy,
    };
    match answer.status {
        401 => give_up("put a valid key into WEAVIATE_API_KEY"),
        403 => give_up("the key needs the rights to create and update objects of this collection"),
        404 | 405 => give_up("check that the URL is that of a Weaviate server, without a path of its API"),
        300..400 => give_up("the server redirects; give the URL that it redirects to"),
        429 if reason.contains("USAGE_LIMIT_EXCEEDED") => {
            give_up("the server's quota is used up, and waiting does not help; raise it or remove objects")
        }
        429 => RetryAction::Again { reason, after },
        // The upload was too slow for the server's own time limit, and it read none of it.
        400 if reason.contains("i/o timeout") => RetryAction::Split(reason),
        400 | 413 | 422 => RetryAction::Split(reason),
        500 if reason.contains("not enough memory") => RetryAction::Pause { reason, after },
        503 => RetryAction::Pause { reason, after },
        _ => RetryAction::Unclear(reason),
    }
}

#[derive(Deserialize)]
struct RowAnswer {
    #[serde(default)]
    result: Option<RowResult>,
}

#[derive(Deserialize)]
struct RowResult {
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    errors: Option<ErrorList>,
}

#[derive(Deserialize)]
struct ErrorList {
    #[serde(default)]
    error: Vec<ErrorMessage>,
}

#[derive(Deserialize)]
struct ErrorMessage {
    #[serde(default)]
    message: String,
}

/// The fate of each object, by its position: an answer may lack the id, and under an alias names another collection.
fn rows(body: &[u8], objects: usize) -> RetryAction {
    let answers: Vec<RowAnswer> = match serde_json::from_slice(body) {
        Ok(answers) => answers,
        Err(error) => {
            return RetryAction::Unclear(format!("HTTP 200 with a body that is no list of results ({error})"));
        }
    };
    if answers.len() != objects {
        return RetryAction::Unclear(format!("{} results for {objects} objects", answers.len()));
    }
    RetryAction::Rows(answers.into_iter().map(row).collect())
}

fn row(answer: RowAnswer) -> Row {
    let (status, errors) = match answer.result {
        Some(result) => (result.status.unwrap_or_default(), result.errors),
        None => (String::new(), None),
    };
    let messages: Vec<String> = errors
        .map(|list| list.error)
        .unwrap_or_default()
        .into_iter()
        .map(|error| error.message)
        .collect();
    let message = messages.join("; ");
    match (&*status, &*message) {
        ("SUCCESS", "") => Row::Stored,
        (_, "") => Row::Again(format!("the server gave the status `{status}` without a reason")),
        _ => failed_row(message),
    }
}

/// The fate of an object that failed, by the server's words.
pub(super) fn failed_row(message: String) -> Row {
    match &*message {
        "" => Row::Again("the server refused it without a reason".to_string()),
        _ if WAIT.iter().any(|text| message.contains(text)) => Row::Wait(message),
        _ if PASSING.iter().any(|text| message.contains(text)) => Row::Again(message),
        _ => Row::Refused(message),
    }
}

/// The disk is nearly full, or memory is: the server says so for each object, under HTTP 200.
const WAIT: [&str; 3] = ["store is read-only", "not enough memory", "memory pressure"];

/// What Weaviate's own worker retries, and the ends of a request that was given up.
const PASSING: [&str; 9] = [
    "cannot reach enough replicas",
    "connect: Post",
    "status code: 404, error: request not found",
    "resolve node name",
    "the client connection is closing",
    "Node not ready",
    "context canceled",
    "context deadline exceeded",
    "shutting down",
];

/// The server's words, in either of its two forms, or the first of whatever a proxy says.
pub(super) fn error_text(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        error: Vec<ErrorMessage>,
        #[serde(default)]
        message: String,
        #[serde(default, rename = "errorCode")]
        error_code: String,
    }
    let Ok(body) = serde_json::from_slice::<Body>(body) else {
        let text = String::from_utf8_lossy(&body[..body.len().min(400)]);
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    };
    let listed = body.error.into_iter().map(|error| error.message);
    let texts: Vec<String> = [body.error_code, body.message]
        .into_iter()
        .chain(listed)
        .filter(|text| !text.is_empty())
        .collect();
    texts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> Exchange {
        Exchange::Answered(Answer {
            status,
            retry_after: Some(Duration::from_secs(3)),
            body: body.as_bytes().to_vec(),
        })
    }

    fn failed(message: &str) -> Row {
        let body = format!(r#"[{{"result":{{"status":"FAILED","errors":{{"error":[{{"message":"{message}"}}]}}}}}}]"#);
        match batch_action(&answered(200, &body), 1) {
            RetryAction::Rows(mut rows) => rows.remove(0),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rows_are_read_by_their_position() {
        let body = r#"[{"id":"x","vector":[1],"result":{"status":"SUCCESS"}},
            {"result":{"status":"FAILED","errors":{"error":[{"message":"a"},{"message":"b"}]}}},{},
            {"result":{"status":"PENDING"}}]"#;
        let RetryAction::Rows(rows) = batch_action(&answered(200, body), 4) else {
            panic!()
        };
        assert_eq!(rows[..2], [Row::Stored, Row::Refused("a; b".into())]);
        assert!(matches!((&rows[2], &rows[3]), (Row::Again(_), Row::Again(_))));
    }

    #[test]
    fn an_answer_that_cannot_be_matched_is_unclear() {
        for body in [
            "",
            "[",
            "<html>",
            "{}",
            "null",
            "[]",
            "[1]",
            r#"[{"result":{"status":"SUCCESS"}}]"#,
        ] {
            assert!(
                matches!(batch_action(&answered(200, body), 2), RetryAction::Unclear(_)),
                "{body}"
            );
        }
    }

    #[test]
    fn refusals_differ_from_passing_troubles() {
        let full = "store is read-only due to: disk usage too high. Set to read-only at 91%, threshold set to 90.00%";
        assert_eq!(failed(full), Row::Wait(full.into()));
        let replicas = "cannot reach enough replicas";
        assert_eq!(failed(replicas), Row::Again(replicas.into()));
        let date = "invalid date property: requires a string with a RFC3339 formatted date";
        assert_eq!(failed(date), Row::Refused(date.into()));
    }

    #[test]
    fn each_status_has_its_action() {
        let action = |status, body| batch_action(&answered(status, body), 1);
        let after = Some(Duration::from_secs(3));
        assert!(
            matches!(action(401, r#"{"code":401,"message":"no"}"#), RetryAction::GiveUp { problem, .. } if problem == "HTTP 401: no")
        );
        assert!(matches!(action(403, ""), RetryAction::GiveUp { .. }));
        assert!(
            matches!(action(422, r#"{"error":[{"message":"x"}]}"#), RetryAction::Split(reason) if reason == "HTTP 422: x")
        );
        assert!(matches!(action(429, ""), RetryAction::Again { after: found, .. } if found == after));
        let quota = r#"{"errorCode":"USAGE_LIMIT_EXCEEDED","limit":"objects","value":9,"message":"full"}"#;
        assert!(matches!(action(429, quota), RetryAction::GiveUp { .. }));
        let memory = r#"{"error":[{"message":"batch objects: cannot process batch: not enough memory"}]}"#;
        assert!(matches!(action(500, memory), RetryAction::Pause { .. }));
        assert!(matches!(action(500, ""), RetryAction::Unclear(_)));
        assert!(
            matches!(action(502, "<html>bad  gateway"), RetryAction::Unclear(reason) if reason == "HTTP 502: <html>bad gateway")
        );
        assert!(matches!(action(503, ""), RetryAction::Pause { .. }));
    }
}
