//! A request that a program may send again, and that is done once: `Idempotency-Key` (security.md row 69). Called by
//! the native API.

use std::time::Duration;

use crate::clock::Clock;
use crate::model::{ServerKey, Timestamp};
use crate::store::{IdempotencyClaim, Store, StoreError};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a request may take. After that whoever did it is taken for dead, and the same request is done anew.
const LEASE: Duration = Duration::from_secs(60);

/// What a key and a request come to.
pub enum Claim {
    /// Nobody has done it yet: do it.
    First(Lease),
    /// It was done, and this was the answer.
    Answered(String),
    /// Somebody is doing it.
    InProgress,
    /// The key was used for something else.
    OtherRequest,
}

/// The right to do what was asked, and the duty to say how it ended.
pub struct Lease {
    client: String,
    key_hash: String,
    begun_at: Timestamp,
}

/// The keys and the answers.
#[derive(Clone)]
pub struct Idempotency {
    store: Store,
    server_key: ServerKey,
    clock: Clock,
}

impl Idempotency {
    /// Over a database.
    pub fn new(store: Store, server_key: ServerKey, clock: Clock) -> Self {
        Self { store, server_key, clock }
    }

    /// Claims a key of the API key `client` for a request. `request` is all that was sent, passwords
    /// included: kept is a hash under the server's key, without which nothing can be guessed from it.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim(&self, client: &str, key: &str, request: &[&str]) -> Result<Claim, StoreError> {
        let key_hash = self.server_key.keyed_hash("idempotency key", &[client, key]);
        let request_hash = self.server_key.keyed_hash("idempotent request", request);
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let claimed = tx
            .claim_idempotency_key(&IdempotencyClaim {
                client,
                key_hash: &key_hash,
                request_hash: &request_hash,
                now,
                lease_until: now.after(LEASE),
                expires_at: now.after(KEPT),
            })
            .await?;
        let claim = if claimed {
            Claim::First(Lease { client: client.to_owned(), key_hash, begun_at: now })
        } else {
            match tx.idempotency_row(client, &key_hash).await? {
                Some(row) if row.request_hash != request_hash => Claim::OtherRequest,
                Some(row) => row.body.map_or(Claim::InProgress, Claim::Answered),
                None => Claim::InProgress,
            }
        };
        tx.commit().await?;
        Ok(claim)
    }

    /// Keeps the answer, which holds no secret.
    ///
    /// # Errors
    /// The database's; the key is free again when the lease ends.
    pub async fn keep(&self, lease: &Lease, answer: &str) -> Result<(), StoreError> {
        self.store.keep_idempotent_answer(&lease.client, &lease.key_hash, lease.begun_at, answer).await
    }

    /// Frees the key: the request was refused, and nothing was done.
    ///
    /// # Errors
    /// The database's; the key is free again when the lease ends.
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.release_idempotency_key(&lease.client, &lease.key_hash, lease.begun_at).await
    }
}
