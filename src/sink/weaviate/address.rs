//! Where the collection is. What comes in: the text of a target; what goes out: plain
//! values. It never asks the server.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// The collection that is used when the address names none.
pub const DEFAULT_COLLECTION: &str = "HealthDay";

/// A collection on a server: `http://host:8080`, `http://host:8080/HealthDay`,
/// `https://host/prefix/HealthDay?tenant=clinic&consistency=QUORUM`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Scheme, host, port and perhaps a prefix, without `/v1` and without a slash at its end.
    pub server: String,
    /// Name of the collection.
    pub collection: String,
    /// The tenant, in a collection that has tenants.
    pub tenant: Option<String>,
    /// How many replicas must agree; the server's default where absent.
    pub consistency: Option<Consistency>,
}

/// How many replicas must agree before a write counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Consistency {
    /// One.
    One,
    /// More than half.
    Quorum,
    /// Every one.
    All,
}

impl Consistency {
    /// As the server writes it.
    pub fn name(self) -> &'static str {
        match self {
            Consistency::One => "ONE",
            Consistency::Quorum => "QUORUM",
            Consistency::All => "ALL",
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        let wrong =
            |problem: &str| format!("`{text}` {problem}; write for example weaviate:http://localhost:8080/HealthDay");
        let url = Url::parse(text).map_err(|error| wrong(&format!("is no URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("does not begin with http:// or https:// and a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            // The text holds a password, so it is not repeated.
            return Err("a Weaviate URL holds no user and no password; put the key into WEAVIATE_API_KEY".to_string());
        }
        let mut segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
        let named = segments.pop_if(|segment| segment.starts_with(|first: char| first.is_ascii_uppercase()));
        let collection = named.unwrap_or(DEFAULT_COLLECTION);
        if !is_collection_name(collection) {
            return Err(wrong(
                "names a collection that is not made of letters, digits and underscores",
            ));
        }
        segments.pop_if(|segment| *segment == "v1");
        let mut server = url.origin().ascii_serialization();
        segments.iter().for_each(|segment| server.extend(["/", segment]));
        let mut address = Address {
            server,
            collection: collection.to_string(),
            tenant: None,
            consistency: None,
        };
        for (key, value) in url.query_pairs() {
            match (&*key, value.to_ascii_uppercase().as_str()) {
                ("tenant", _) if !value.is_empty() => address.tenant = Some(value.into_owned()),
                ("consistency", "ONE") => address.consistency = Some(Consistency::One),
                ("consistency", "QUORUM") => address.consistency = Some(Consistency::Quorum),
                ("consistency", "ALL") => address.consistency = Some(Consistency::All),
                _ => {
                    return Err(wrong(
                        "may end in ?tenant=NAME and &consistency=ONE, QUORUM or ALL only",
                    ));
                }
            }
        }
        Ok(address)
    }
}

fn is_collection_name(name: &str) -> bool {
    name.len() <= 255 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.server, self.collection)?;
        let tenant = self.tenant.as_ref().map(|tenant| format!("tenant={tenant}"));
        let consistency = self.consistency.map(|level| format!("consistency={}", level.name()));
        let query: Vec<String> = tenant.into_iter().chain(consistency).collect();
        match query.is_empty() {
            true => Ok(()),
            false => write!(f, "?{}", query.join("&")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_names_server_and_collection() {
        for (text, shown) in [
            ("http://localhost:8080", "http://localhost:8080/HealthDay"),
            ("http://localhost:8080/", "http://localhost:8080/HealthDay"),
            ("http://localhost:8080/v1/", "http://localhost:8080/HealthDay"),
            ("https://example.org/Nights", "https://example.org/Nights"),
            ("https://example.org/db/v1/Nights", "https://example.org/db/Nights"),
            ("http://[::1]:8080/A_1", "http://[::1]:8080/A_1"),
            (
                "http://h/D?consistency=one&tenant=t1",
                "http://h/D?tenant=t1&consistency=ONE",
            ),
        ] {
            assert_eq!(address(text).to_string(), shown);
            assert_eq!(address(shown), address(text));
        }
        assert_eq!(
            address("https://example.org/db/Nights").server,
            "https://example.org/db"
        );
    }

    #[test]
    fn wrong_addresses_are_refused_and_passwords_not_repeated() {
        for wrong in [
            "localhost:8080",
            "ftp://h/A",
            "http://",
            "http://h/A-b",
            "http://h/A?x=1",
            "http://h/A?consistency=2",
        ] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
        let error = "http://me:secret@h/A".parse::<Address>().unwrap_err();
        assert!(
            error.contains("WEAVIATE_API_KEY") && !error.contains("secret"),
            "{error}"
        );
    }
}
