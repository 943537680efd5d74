//! Where the service is. What comes in: the text of a target; what goes out: a URL. It never asks the service.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

use super::post::PATH;

/// A service, by the URL that `/ingest` is added to: `http://localhost:8000`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Service(String);

impl Service {
    /// The URL, without a slash at its end.
    pub(super) fn url(&self) -> &str {
        &self.0
    }
}

impl FromStr for Service {
    type Err = String;

    fn from_str(text: &str) -> Result<Service, String> {
        let wrong = |problem: &str| format!("`{text}` {problem}; write for example ingest-api:http://localhost:8000");
        let url = Url::parse(text).map_err(|error| wrong(&format!("is no URL ({error})")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the URL of a service holds no user and no password".to_string());
        }
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("does not begin with http:// or https:// and a host"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("has something behind the path"));
        }
        let base = url
            .path()
            .trim_end_matches('/')
            .trim_end_matches(PATH)
            .trim_end_matches('/');
        Ok(Service(url.origin().ascii_serialization() + base))
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_named_by_its_base() {
        for (text, shown) in [
            ("http://localhost:8000", "http://localhost:8000"),
            ("http://localhost:8000/", "http://localhost:8000"),
            ("http://localhost:8000/ingest", "http://localhost:8000"),
            ("https://h/a/b/ingest/", "https://h/a/b"),
        ] {
            assert_eq!(text.parse::<Service>().unwrap().to_string(), shown);
        }
        for wrong in [
            "localhost:8000",
            "ftp://h",
            "http://",
            "http://h/?a=1",
            "http://me:secret@h",
        ] {
            assert!(wrong.parse::<Service>().is_err(), "{wrong}");
        }
    }
}
