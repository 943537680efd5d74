//! The collection: made, found fit, completed, or explained.

use serde_json::{Value, json};

use vitalvec::sink::weaviate::{check_weaviate, open_weaviate};

use crate::days::{MODEL, objects};
use crate::run::{Place, address, expect, run};
use crate::server::Server;

#[test]
fn a_collection_of_an_earlier_version_gets_the_properties_it_lacks() {
    let server = Server::strict();
    let place = Place::new();
    run(&server, &place, &objects(5)).unwrap();
    let path = format!("/v1/schema/{}", server.collection());
    let (_, mut definition) = server.ask("GET", &path, &Value::Null);
    server.ask("DELETE", &path, &Value::Null);
    let properties = definition["properties"].as_array_mut().unwrap();
    let all = properties.len();
    properties.truncate(all - 10);
    assert_eq!(server.ask("POST", "/v1/schema", &definition).0, 200);
    assert_eq!(run(&server, &place, &objects(5)).unwrap().new, 5);
    let (_, completed) = server.ask("GET", &path, &Value::Null);
    assert_eq!(completed["properties"].as_array().unwrap().len(), all);
}

#[test]
fn vectors_of_two_models_never_mix() {
    for server in Server::all() {
        let place = Place::new();
        run(&server, &place, &objects(5)).unwrap();
        let other = expect("model-b");
        let error = check_weaviate(&address(&server), &place.access, &other)
            .unwrap_err()
            .to_string();
        assert!(error.contains(&format!("it holds vectors of model {MODEL}")), "{error}");
        assert!(open_weaviate(&address(&server), &place.access, &other).is_err());
        assert_eq!(server.held().len(), 5);
    }
}

#[test]
fn a_collection_of_another_make_is_explained() {
    for server in Server::all() {
        let place = Place::new();
        let definition = json!({
            "class": server.collection(),
            "vectorConfig": {"default": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw", "vectorIndexConfig": {"distance": "dot"}}},
            "properties": [{"name": "date", "dataType": ["text"], "tokenization": "word"}],
            "invertedIndexConfig": {},
        });
        let definition = if server.is_real() {
            definition
        } else {
            strict(definition)
        };
        assert_eq!(server.ask("POST", "/v1/schema", &definition).0, 200);
        let error = check_weaviate(&address(&server), &place.access, &expect(MODEL))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("property `date` has dataType [\"text\"] instead of [\"date\"]"),
            "{error}"
        );
        assert!(error.contains("compared by \"dot\" instead of cosine"), "{error}");
    }
}

/// The strict server wants what it checks.
fn strict(mut definition: Value) -> Value {
    definition["vectorConfig"]["default"]["vectorIndexConfig"]["rq"] = json!({"enabled": false});
    definition
}

#[test]
fn a_check_makes_nothing() {
    for server in Server::all() {
        let place = Place::new();
        check_weaviate(&address(&server), &place.access, &expect(MODEL)).unwrap();
        let path = format!("/v1/schema/{}", server.collection());
        assert_eq!(server.ask("GET", &path, &Value::Null).0, 404);
    }
}

#[test]
fn a_server_that_is_away_or_something_else_is_named() {
    let nobody = "http://127.0.0.1:9/HealthDay".parse().unwrap();
    let server = Server::strict();
    let place = Place::new();
    let error = check_weaviate(&nobody, &place.access, &expect(MODEL))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("http://127.0.0.1:9/HealthDay: ") && error.contains("check the URL"),
        "{error}"
    );
    let wrong_path = format!("{}/prefix", server.url().rsplit_once('/').unwrap().0)
        .parse()
        .unwrap();
    let error = check_weaviate(&wrong_path, &place.access, &expect(MODEL))
        .unwrap_err()
        .to_string();
    assert!(error.contains("no Weaviate server"), "{error}");
}
