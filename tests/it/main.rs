//! The integration tests in one binary: the real router, a real database of either kind, a real SMTP conversation. Each
//! test names the requirements of docs/SECURITY.md that it proves.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must stop with the place and the cause"
)]

mod support;

mod accounts;
mod agnost;
mod architecture;
mod authenticate;
mod backup;
mod breach;
mod circles;
mod codes;
mod cognito;
mod complete;
mod configuration;
mod corrupt_rows;
mod crash;
mod crowds;
mod delivery;
mod dialects;
mod equal_work;
mod faults;
mod floods;
mod generated;
mod grants;
mod identifiers;
mod instances;
mod links;
mod lockout;
mod lost_settings;
mod mangled_links;
mod mcp;
mod migrations;
mod native;
mod once;
mod operations;
mod own_users;
mod pages;
mod passwords;
mod planted_links;
mod processes;
mod productflame;
mod query_plans;
mod readme;
mod redirects_of_keys;
mod references;
mod request;
mod schema;
mod sms;
mod telemetry;
mod timeline;
mod transfer;
mod webhooks;
