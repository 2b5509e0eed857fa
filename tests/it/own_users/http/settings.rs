//! The settings of a directory behind HTTP: what cannot be stops the start, with the fix and without the secret.

use std::collections::BTreeMap;

use keyback::config::{Config, ConfigError, DirectoryConfig, Environment};
use keyback::model::ServerKey;

use super::SECRET;

fn read(settings: &[(&str, &str)]) -> Result<Option<DirectoryConfig>, ConfigError> {
    let variables: BTreeMap<String, String> = [
        ("SERVER__PUBLIC_URL", "https://reset.example.org"),
        ("SERVER__SECRET_KEY", &ServerKey::random().unwrap().to_base64()),
        ("DATABASE__URL", "sqlite:unused.db"),
        ("MAIL__URL", "file:unused"),
        ("MAIL__FROM", "no-reply@example.org"),
    ]
    .into_iter()
    .map(|(name, value)| (format!("KEYBACK_{name}"), value.to_owned()))
    .chain(settings.iter().map(|(name, value)| (format!("KEYBACK_DIRECTORY__{name}"), (*value).to_owned())))
    .collect();
    Config::load(None, &Environment::from(variables)).map(|config| config.directory)
}

const KIND: (&str, &str) = ("KIND", "http");
const URL: (&str, &str) = ("URL", "https://app.example.org/keyback/url-secret");
const SECRETS: (&str, &str) = ("SECRETS", SECRET);

#[test]
fn an_endpoint_needs_a_url_and_secrets_and_nothing_else() {
    let Some(DirectoryConfig::Http(directory)) = read(&[KIND, URL, SECRETS]).unwrap() else { panic!("an endpoint") };
    assert_eq!((directory.secrets.len(), directory.allowed_networks.len()), (1, 0));
    assert!(!format!("{directory:?}").contains("url-secret"));
    for (settings, expected) in [
        (vec![KIND, URL], "directory.secrets is not set. The keys that sign calls and answers"),
        (vec![KIND, SECRETS], "directory.url is not set. The database of the app"),
        (vec![KIND, URL, ("SECRETS", "hunter2")], "directory.secrets = (hidden): must be whsec_ and 24 to 64 random"),
        (vec![KIND, URL, ("SECRETS", &*[SECRET; 4].join(","))], "directory.secrets = (hidden): at most 3"),
        (vec![("KIND", "ldap"), URL], "directory.kind = \"ldap\": must be sql or http"),
        (
            vec![KIND, URL, SECRETS, ("TABLE", "users")],
            "directory.table = \"users\": maps a table, and directory.kind is \"http\": remove one of the two",
        ),
        (vec![KIND, URL, SECRETS, ("PRESET", "laravel")], "directory.preset = \"laravel\": maps a table"),
        (vec![KIND, URL, SECRETS, ("PEPPER", "hunter2")], "directory.pepper = (hidden): maps a table"),
        (vec![SECRETS], "directory.secrets = (hidden): is only for directory.kind = \"http\""),
        (
            vec![("ALLOWED_NETWORKS", "10.0.0.0/8")],
            "directory.allowed_networks = \"10.0.0.0/8\": is only for directory.kind = \"http\"",
        ),
        (vec![KIND, SECRETS, ("URL", "postgres://db/app")], "directory.url = (hidden): must be an https:// URL"),
        (vec![KIND, SECRETS, ("URL", "http://app.example.org/")], "directory.url = (hidden): must be an https:// URL"),
        (
            vec![KIND, SECRETS, ("URL", "https://10.0.0.1/")],
            "directory.url = (hidden): 10.0.0.1 is not public: use another host, or add its network to \
             directory.allowed_networks",
        ),
        (
            vec![KIND, SECRETS, ("URL", "https://app.example.org/?a=hunter2")],
            "directory.url = (hidden): must have no query",
        ),
    ] {
        let message = read(&settings).expect_err(expected).to_string();
        assert!(message.starts_with(expected), "{message}");
        assert!(!message.contains("hunter2") && !message.contains(SECRET), "{message}");
    }
    let inside = [KIND, SECRETS, ("URL", "https://10.0.0.1/"), ("ALLOWED_NETWORKS", "10.0.0.0/8")];
    assert!(matches!(read(&inside), Ok(Some(DirectoryConfig::Http(_)))));
}
