//! A directory behind HTTP: an endpoint of the operator's, and the keys that sign both directions.

use ipnet::IpNet;
use url::Url;

use crate::config::endpoint::{endpoint, secrets};
use crate::config::error::ConfigError;
use crate::config::reader::Reader;
use crate::config::signing_secret::SigningSecret;
use crate::config::values;

/// What belongs to an endpoint only.
const ITS_KEYS: [&str; 2] = ["directory.secrets", "directory.allowed_networks"];

/// What else may be set with it.
const SHARED_KEYS: [&str; 2] = ["directory.url", "directory.kind"];

/// The endpoint.
#[derive(Clone)]
pub struct HttpDirectory {
    /// May hold a secret in its path.
    pub url: Url,
    /// Each one signs every call; an answer needs one. Never empty.
    pub secrets: Vec<SigningSecret>,
    /// Networks in which the endpoint may be although they are not public.
    pub allowed_networks: Vec<IpNet>,
}

impl std::fmt::Debug for HttpDirectory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("HttpDirectory(…)")
    }
}

pub(super) fn read(reader: &mut Reader) -> Result<HttpDirectory, ConfigError> {
    let is_known = |name: &str| ITS_KEYS.contains(&name) || SHARED_KEYS.contains(&name);
    if let Some(name) = reader.set_names().find(|name| name.starts_with("directory.") && !is_known(name)) {
        let fix = "maps a table, and directory.kind is \"http\": remove one of the two";
        return Err(reader.refuse(name, fix.into()));
    }
    let allowed_networks = reader.list("directory.allowed_networks", values::part_of_the_internet)?;
    let url = reader.get("directory.url", |text| {
        let url = endpoint(text, &allowed_networks, "directory.allowed_networks")?;
        if url.query().is_some() { Err("must have no query: calls go to paths below it".into()) } else { Ok(url) }
    })?;
    Ok(HttpDirectory { url, secrets: secrets(reader, "directory.secrets")?, allowed_networks })
}

/// Refuses what a table cannot have.
pub(super) fn refuse_its_keys(reader: &Reader) -> Result<(), ConfigError> {
    match reader.set_names().find(|name| ITS_KEYS.contains(name)) {
        Some(name) => {
            Err(reader.refuse(name, "is only for directory.kind = \"http\": set that, or remove this".into()))
        }
        None => Ok(()),
    }
}
