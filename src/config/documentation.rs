//! Generates `docs/configuration.md` from the table of settings.

use std::fmt::Write;

use super::keys::{self, Key};
use super::reader::variable_of;

const INTRODUCTION: &str = "# Configuration

<!-- Written by `cargo xtask generate` from src/config/keys/. -->

Keyback reads one TOML file (`--config FILE` or `KEYBACK_CONFIG`) and the environment, which takes precedence.
An unknown key, a bad value or a contradiction stops the start, with one message that names the key,
the value (unless it is secret) and the fix.

- In the file, `section.key` below is `key` in the table `[section]`. In the environment it is
  `KEYBACK_SECTION__KEY`, with two underscores between section and key.
- A list is a TOML array in the file, and separated by commas in the environment. In a separate file, one value
  per line works, too. Values that may contain commas are separated by lines everywhere.
- A secret may be kept in a separate file: `key_file = \"PATH\"` in the table, or
  `KEYBACK_SECTION__KEY_FILE=PATH`.
- Times are written as `90s`, `30m` or `2h`; times in `[retention]` as `73h` or `30d`.

```toml
[server]
public_url = \"https://reset.example.org\"
trusted_proxies = [\"10.0.0.0/8\"]

[mail]
url_file = \"/run/secrets/mail-url\"
from = \"Example <no-reply@example.org>\"

[sms]
provider = \"twilio\"
from = \"+12025550123\"
allowed_countries = [\"US\", \"CA\"]
default_country = \"US\"
twilio_account_sid = \"AC00000000000000000000000000000000\"
twilio_auth_token_file = \"/run/secrets/twilio-auth-token\"

[redirects]
allowed = [\"https://app.example.org/auth/redirect\"]
return_to = \"https://app.example.org/sign-in\"

[pages]
product_name = \"Example\"
```
";

/// The whole page.
pub fn documentation() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut section = "";
    for key in keys::all() {
        let (of_section, _) = key.name.split_once('.').unwrap_or_default();
        if of_section != section {
            section = of_section;
            let _infallible = write!(page, "\n## `[{section}]`\n\n| key | default | what it is |\n|---|---|---|\n");
        }
        let _infallible = writeln!(
            page,
            "| `{}`<br>`{}` | {} | {}{} |",
            key.name,
            variable_of(key.name),
            default(key),
            kind(key),
            // A bar would end the table cell, even in code.
            key.about.replace('|', "\\|")
        );
    }
    page
}

fn default(key: &Key) -> String {
    if key.default.is_empty() { "–".into() } else { format!("`{}`", key.default) }
}

fn kind(key: &Key) -> &'static str {
    match (key.secret, key.list, key.lines) {
        (true, true, _) => "*Secret, list.* ",
        (true, false, _) => "*Secret.* ",
        (false, true, true) => "*List, separated by lines.* ",
        (false, true, false) => "*List.* ",
        (false, false, _) => "",
    }
}
