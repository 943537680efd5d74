//! A real server: requests go on as they are.

use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};

use super::Held;
use super::http::Request;

pub(super) struct Real {
    client: Client,
    url: String,
}

impl Real {
    pub(super) fn new(url: &str) -> Real {
        Real {
            client: Client::new(),
            url: url.trim_end_matches('/').to_string(),
        }
    }

    pub(super) fn answer(&self, request: &Request) -> (u16, String) {
        let method: Method = request.method.parse().unwrap();
        let url = format!("{}{}", self.url, request.path);
        let asked = self
            .client
            .request(method, url)
            .header("Content-Type", "application/json");
        let answer = asked.body(request.body.clone()).send().unwrap();
        (answer.status().as_u16(), answer.text().unwrap())
    }

    fn json(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = Request {
            method: method.to_string(),
            path: path.to_string(),
            body: if body.is_null() {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            },
        };
        serde_json::from_str(&self.answer(&request).1).unwrap()
    }

    pub(super) fn held(&self, name: &str) -> BTreeMap<String, Held> {
        let mut held = BTreeMap::new();
        let mut after = String::new();
        loop {
            let path = format!("/v1/objects?class={name}&limit=500&include=vector&after={after}");
            let page = self.json("GET", &path, &Value::Null);
            let objects = page["objects"].as_array().cloned().unwrap_or_default();
            let Some(last) = objects.last() else { return held };
            after = last["id"].as_str().unwrap().to_string();
            for object in &objects {
                let numbers = object["vectors"]["default"].as_array().unwrap();
                let vector = numbers.iter().map(|number| number.as_f64().unwrap() as f32).collect();
                let properties = object["properties"].clone();
                held.insert(object["id"].as_str().unwrap().to_string(), Held { properties, vector });
            }
        }
    }

    /// Objects that the index does not have. Who is not among the neighbours of its own vector is asked for itself: where
    /// every day was replaced twenty times within seconds, a server finds no neighbours at all until it has cleaned up
    /// (seen with 1.39.0).
    pub(super) fn lost(&self, name: &str) -> Vec<String> {
        let is_lost = |(id, held): &(String, Held)| {
            let itself = format!(",where:{{path:[\"id\"],operator:Equal,valueText:\"{id}\"}}");
            ["", &itself].iter().all(|filter| !self.finds(name, id, held, filter))
        };
        let all = self.held(name).into_iter();
        all.filter(is_lost).map(|(id, _)| id).collect()
    }

    fn finds(&self, name: &str, id: &str, held: &Held, filter: &str) -> bool {
        let vector = json!(held.vector);
        let query = format!(
            "{{Get{{{name}(limit:20,nearVector:{{vector:{vector},targetVectors:[\"default\"]}}{filter}){{_additional{{id}}}}}}}}"
        );
        let answer = self.json("POST", "/v1/graphql", &json!({"query": query}));
        let found = answer["data"]["Get"][name].as_array().cloned().unwrap_or_default();
        found.iter().any(|object| object["_additional"]["id"] == *id)
    }
}
