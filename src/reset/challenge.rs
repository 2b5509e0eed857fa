//! What several steps do with a challenge: find it by a key or by its program, and grant the right to set the password.

use super::ResetService;
use super::error::Fault;
use crate::model::{
    AccessToken, Caller, Challenge, ChallengeId, Hold, KeyPurpose, NewGrant, Proof, SecretHash, Timestamp,
};
use crate::store::{StoreError, Tx};

/// What a right code gives.
#[derive(Debug)]
pub struct Granted {
    /// The right to set the password, once.
    pub access_token: AccessToken,
    /// When that ends.
    pub expires_at: Timestamp,
}

/// The challenge of a key.
pub(super) struct KeyedChallenge {
    pub(super) challenge: Challenge,
    /// Whether the key is valid and the challenge is open.
    pub(super) is_alive: bool,
}

impl ResetService {
    /// The request with that id, if the same program made it.
    pub(super) async fn own_challenge(&self, id: &ChallengeId, caller: &Caller) -> Result<Option<Challenge>, Fault> {
        let challenge = self.store.challenge(id).await?;
        Ok(challenge.filter(|row| row.client.is_some() && row.client.as_deref() == caller.client_id()))
    }

    /// A grant that nobody but the call itself holds, and that it drops: it pushes out none that a person holds.
    pub(super) async fn grant_for_one_call(
        &self,
        tx: &mut Tx,
        challenge_id: &ChallengeId,
        proof: Proof,
        now: Timestamp,
    ) -> Result<Granted, Fault> {
        self.grant(tx, challenge_id, proof, None, now).await
    }

    /// The challenge of a key and whether the key is alive.
    pub(super) async fn challenge_of(
        &self,
        hash: &SecretHash,
        purpose: KeyPurpose,
        now: Timestamp,
    ) -> Result<Option<KeyedChallenge>, StoreError> {
        let Some(key) = self.store.find_link_key(hash, purpose).await? else { return Ok(None) };
        let challenge = self.store.challenge(&key.challenge_id).await?;
        Ok(challenge.map(|challenge| {
            let is_alive = key.expires_at > now && challenge.is_open(now);
            KeyedChallenge { challenge, is_alive }
        }))
    }

    pub(super) async fn grant(
        &self,
        tx: &mut Tx,
        challenge_id: &ChallengeId,
        proof: Proof,
        keep: Option<i64>,
        now: Timestamp,
    ) -> Result<Granted, Fault> {
        let access_token = AccessToken::random()?;
        let expires_at = now.after(self.settings.grant_ttl);
        let hold = match proof {
            Proof::Link => Hold::Minted,
            Proof::Code => Hold::InUse,
        };
        let token = &access_token.hash();
        tx.insert_grant(&NewGrant { token, challenge_id, proof, hold, issued_at: now, expires_at }, keep).await?;
        Ok(Granted { access_token, expires_at })
    }
}
