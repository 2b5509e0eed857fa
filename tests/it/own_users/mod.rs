//! Accounts in the users table of an app, on PostgreSQL, MySQL or MariaDB, and SQLite.

mod app_database;
mod app_program;
mod check;
mod check_grants;
mod check_messages;
mod completion;
mod contention;
mod finding;
mod http;
mod outages;
mod presets;
mod settling;

pub(crate) use app_database::{AppDatabase, MAPPING};
pub(crate) use keyback_test_macros::{on_app_databases, on_app_servers};

use crate::support::{Browser, TestApp};

pub(crate) const NEW_PASSWORD: &str = "meadow-copper-violin";

/// bcrypt of `OLD_PASSWORD`, as PHP writes it.
pub(crate) const OLD_HASH: &str = "$2y$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG";

/// The same with the least cost, for tests with many sign-ins.
pub(crate) const CHEAP_HASH: &str = "$2y$04$xEnnGWiChsv.ISMYZJJCEu5N0ZgALDLk5aJRjO8LTiuyhSYTHogPu";

/// A browser with the form of that account open.
pub(crate) async fn at_the_form(app: &TestApp, email: &str) -> Browser {
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, email).await;
    app.open_link(&mut browser, &mail).await;
    browser
}
