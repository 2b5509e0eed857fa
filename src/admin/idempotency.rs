//! `Idempotency-Key`: a program may repeat a request, and it is carried out only once (SECURITY.md, requirement 69).

use std::time::Duration;

use crate::clock::Clock;
use crate::model::{ServerKey, Timestamp};
use crate::store::{IdempotencyClaim, Store, StoreError};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a request may take. After that its worker counts as dead, and a repeated request is carried out anew.
const LEASE: Duration = Duration::from_secs(60);

/// The result of claiming a key for a request.
pub enum Claim {
    /// The first request with this key: carry it out.
    First(Lease),
    /// The request was carried out; this was the answer.
    Answered(String),
    /// Another call is carrying it out now.
    InProgress,
    /// The key was used for a different request.
    OtherRequest,
}

/// The right to carry out the request, and the duty to report the result.
pub struct Lease {
    client: String,
    key_hash: String,
    begun_at: Timestamp,
}

/// Idempotency keys and the stored answers.
#[derive(Clone)]
pub struct Idempotency {
    store: Store,
    server_key: ServerKey,
    clock: Clock,
}

impl Idempotency {
    /// Creates the service over a database.
    pub fn new(store: Store, server_key: ServerKey, clock: Clock) -> Self {
        Self { store, server_key, clock }
    }

    /// Claims a key of the API key `client` for a request. `request` is everything that was sent, passwords included.
    /// Only a hash under the server's key is stored; without that key nothing can be guessed from it.
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
            match tx.stored_answer(client, &key_hash).await? {
                Some(row) if row.request_hash != request_hash => Claim::OtherRequest,
                Some(row) => row.body.map_or(Claim::InProgress, Claim::Answered),
                None => Claim::InProgress,
            }
        };
        tx.commit().await?;
        Ok(claim)
    }

    /// Stores the answer, which must hold no secret.
    ///
    /// # Errors
    /// The database's; the key is free again when the lease ends.
    pub async fn keep(&self, lease: &Lease, answer: &str) -> Result<(), StoreError> {
        self.store.keep_idempotent_answer(&lease.client, &lease.key_hash, lease.begun_at, answer).await
    }

    /// Frees the key after a request that was refused and changed nothing.
    ///
    /// # Errors
    /// The database's; the key is free again when the lease ends.
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.release_idempotency_key(&lease.client, &lease.key_hash, lease.begun_at).await
    }
}
