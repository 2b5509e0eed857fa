//! `keyback directory show`: prints a preset, or the mapping that is in use, as a section of the configuration file.

use std::path::Path;

use clap::Subcommand;

use super::Failure;
use super::output::Output;
use crate::config::{DirectoryConfig, Environment, Preset, preset_names, show_preset};

#[derive(Subcommand)]
pub(super) enum DirectoryVerb {
    /// Print a preset as a section `[directory]` with everything mapped by hand, as a start for editing. Without a
    /// name: the mapping that the configuration gives, or the names of all presets if it gives none.
    Show {
        /// The name of a preset.
        preset: Option<String>,
    },
}

pub(super) fn obey(verb: &DirectoryVerb, file: Option<&Path>, output: &mut Output) -> Result<(), Failure> {
    let DirectoryVerb::Show { preset } = verb;
    if let Some(name) = preset {
        let preset = Preset::find(name).map_err(|error| Failure::wrong(format!("{name}: {error}")))?;
        return output.say(show_preset(&preset).map_err(Failure::wrong)?.trim_end());
    }
    let config = DirectoryConfig::load(file, &Environment::of_process()).map_err(Failure::wrong)?;
    match config {
        Some(DirectoryConfig::Sql(config)) => output.say(config.shown(None).trim_end()),
        Some(DirectoryConfig::Http(_)) => {
            Err(Failure::wrong("directory.kind = \"http\" maps no table: see docs/directory-http.md"))
        }
        None => list(output),
    }
}

fn list(output: &mut Output) -> Result<(), Failure> {
    for name in preset_names() {
        let preset = Preset::find(&name).map_err(Failure::wrong)?;
        output.say(&format!("{name:<16} {}", preset.about()))?;
    }
    Ok(())
}
