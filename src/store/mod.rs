//! All SQL of Keyback, one file per table. The same statements serve SQLite and PostgreSQL: only `TEXT` and `BIGINT`
//! columns, no `now()`, facts as nullable times; `app/` reads and writes the users table of an app. Nothing outside this folder knows about the database library.

mod accounts;
mod api_keys;
mod app;
mod audit;
mod challenges;
mod codes;
mod connection;
mod fault;
mod grants;
mod idempotency;
mod limits;
mod link_keys;
mod outbox;
mod password_writes;
mod pools;
mod purge;
mod sessions;
mod statistics;
mod transfer;

pub use accounts::{AccountPage, NearestAccount};
pub use app::{AppChange, AppFault, AppRow, AppTable, Attempt, Column, Failed, Plan, ServerFacts, Written};
pub use connection::{Store, Tx};
pub use fault::StoreError;
pub use idempotency::{IdempotencyClaim, StoredAnswer};
pub use limits::{Hit, LimitRule};
pub use outbox::Claim;
pub use password_writes::{SetInApp, WrittenCompletion};
pub use pools::PoolSize;
pub use purge::PurgeBefore;
pub use statistics::Statistics;
pub use transfer::{TABLES, TransferError};
