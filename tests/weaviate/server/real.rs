//! A real server: requests go on as they are.

use std::collections::BTreeMap;

use bytes::{Buf, BufMut};
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request as Call, Status};

use super::Held;
use super::grpc::Refusal;
use super::http::Request;

pub(super) struct Real {
    client: Client,
    url: String,
    grpc: Option<(Runtime, Channel)>,
}

impl Real {
    pub(super) fn new(url: &str) -> Real {
        Real {
            client: Client::new(),
            url: url.trim_end_matches('/').to_string(),
            grpc: None,
        }
    }

    pub(super) fn with_grpc(mut self, url: &str) -> Real {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let endpoint = Endpoint::from_shared(url.to_string()).unwrap();
        let channel = runtime.block_on(async { endpoint.connect_lazy() });
        self.grpc = Some((runtime, channel));
        self
    }

    /// Sends a message on as it is.
    pub(super) fn call(&self, path: &'static str, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        let (runtime, channel) = self.grpc.as_ref().unwrap();
        let mut client = tonic::client::Grpc::new(channel.clone());
        let path = tonic::codegen::http::uri::PathAndQuery::from_static(path);
        let answer = runtime.handle().block_on(async {
            client.ready().await.unwrap();
            client.unary(Call::new(message.to_vec()), path, Raw).await
        });
        let refusal = |status: Status| Refusal::new(i32::from(status.code()) as u32, status.message());
        answer.map(tonic::Response::into_inner).map_err(refusal)
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

/// Messages as bytes.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut message = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut message);
        Ok(Some(message))
    }
}
