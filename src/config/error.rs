//! Why the configuration is refused.

use std::path::PathBuf;

/// The message that stops the start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{key} = {value}: {fix} (from {source_name})")]
    Refused { key: String, value: String, fix: String, source_name: String },
    #[error("{key} is not set. {about} Set it in the configuration file or as {variable}.")]
    Missing { key: &'static str, about: String, variable: String },
    #[error("{name} is no setting of Keyback{suggestion} (from {source_name}). docs/configuration.md lists them.")]
    Unknown { name: String, suggestion: String, source_name: String },
    #[error("{path}: {fault}")]
    File { path: PathBuf, fault: String },
    #[error("The environment variable {variable} is not UTF-8: set it again, or remove it")]
    NotText { variable: String },
}
