//! The keys of the section `directory`. A preset file has the same ones, without the section.

use super::{Key, key, lines, list, secret, secret_list};

pub(super) const KEYS: &[Key] = &[
    secret(
        "directory.url",
        "",
        "The database of the app whose users table Keyback sets passwords in: `postgres://user:password@host/database`, `mysql://…` (also for MariaDB) or `sqlite:FILE`. With `directory.kind = \"http\"`, the `https://` URL of your endpoint ([directory-http.md](directory-http.md)). Empty: Keyback keeps the accounts itself. See [own-users.md](own-users.md).",
    ),
    key(
        "directory.kind",
        "sql",
        "How Keyback reaches the accounts: `sql` (the app's database) or `http` (an endpoint that you write). With `http`, only `url`, `secrets` and `allowed_networks` are used.",
    ),
    secret_list(
        "directory.secrets",
        "",
        "The keys that sign calls and answers (Standard Webhooks), at most 3: `whsec_` and 24 to 64 random octets in base 64 (`echo whsec_$(openssl rand -base64 32)`). Each one signs every call, so you can rotate keys without a gap. Required with `directory.kind = \"http\"`.",
    ),
    list(
        "directory.allowed_networks",
        "",
        "With `directory.kind = \"http\"`: networks (`10.0.0.0/8`) that are not public, in which the host may be. `http://` is only allowed for this machine (`127.0.0.1`, `localhost`), and only if it is in this list.",
    ),
    key("directory.max_connections", "10", "Connections to the app's database, 1 to 100."),
    key(
        "directory.preset",
        "custom",
        "How the app keeps its users: a framework, or `custom` to map everything by hand. A key that is set here replaces what the preset says. `keyback directory show` prints a preset written out.",
    ),
    key("directory.table", "", "The table that is written."),
    key("directory.table_prefix", "", "What table names of the preset begin with: `wp_` for WordPress."),
    key("directory.from", "", "What is read: `customers JOIN mailboxes m ON …`. Empty: the table."),
    key("directory.id", "", "The id of an account: an expression over what is read."),
    key("directory.where", "", "The condition that finds the row to write, with `:id`. Empty: the id equals `:id`."),
    key("directory.email", "", "The address of an account, to which messages go."),
    key("directory.email_key", "", "The address as it is looked up, if that is another column. Empty: the address."),
    key(
        "directory.email_match",
        "",
        "How the app compares addresses: `exact`, `lower` (in lower case), `upper` (the column is in upper case) or `collation` (as the column's collation does). Empty: `exact`.",
    ),
    key(
        "directory.email_verified",
        "",
        "When an address is known to be its owner's: a condition, `always` or `never`.",
    ),
    key("directory.username", "", "The username of an account. Empty: it has none."),
    key("directory.username_key", "", "The username as it is looked up. Empty: the username."),
    key(
        "directory.username_match",
        "",
        "How the app compares usernames: the words of `directory.email_match`. Empty: `exact`.",
    ),
    key("directory.phone", "", "The phone number of an account, with `+`. Empty: it has none."),
    key("directory.phone_key", "", "The number as it is looked up. Empty: the number."),
    key(
        "directory.phone_match",
        "",
        "How the app compares numbers: the words of `directory.email_match`. Empty: `exact`.",
    ),
    key(
        "directory.phone_verified",
        "",
        "When a number is known to be its owner's: a condition, `always` or `never`. Empty: `never`.",
    ),
    key("directory.active", "", "When an account may be used: a condition, or `always`. Empty: `always`."),
    key("directory.filter", "", "A condition for every row that is read or written: `tenant_id = 7`. Empty: all rows."),
    key(
        "directory.no_password",
        "",
        "When an account has no password of its own, besides empty values and those that begin with `!`: a condition. Empty: never.",
    ),
    key(
        "directory.without_password",
        "",
        "Whether an account without a password of its own gets one by a reset (`set`) or receives no message, because it signs in elsewhere (`refuse`). Empty: `refuse`.",
    ),
    key(
        "directory.password",
        "",
        "What is stored as the password: a column of the table, or an expression over its columns.",
    ),
    lines("directory.set", "", "Assignments that store `:password`. Empty: the column of the password is set to it."),
    lines("directory.also_set", "", "Further assignments in the same row: `remember_token = :random`."),
    lines(
        "directory.then",
        "",
        "Further statements in the same transaction: `DELETE FROM sessions WHERE user_id = :id`.",
    ),
    key("directory.hash", "", "How new passwords are hashed. See [own-users.md](own-users.md)."),
    lines("directory.hash_options", "", "Options of the hash: `cost=12`, `variant=2y`."),
    secret(
        "directory.pepper",
        "",
        "What the app mixes into every password before it hashes it (Devise's `pepper`, Flask-Security's `SECURITY_PASSWORD_SALT`).",
    ),
];
