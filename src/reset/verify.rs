//! Step 3: a link key or a code becomes a grant. Opening a link spends nothing, so a mail scanner may
//! open it any number of times; a try at a code is counted before it is compared.

use super::error::{CodeError, Fault, LinkError};
use super::recorder::{Event, OK, Record};
use super::{LIVE_GRANTS, ResetService};
use crate::model::{
    AccessToken, Caller, ChallengeId, Code, EmailAddress, LinkKey, Proof, RedirectUrl, SecretHash, Timestamp,
};
use crate::store::{ChallengeRow, KeyPurpose, StoreError, Tx};

/// What an opened link gives.
#[derive(Debug)]
pub struct OpenedLink {
    /// The right to set the password, for 10 minutes, once.
    pub access_token: AccessToken,
    /// Where the person goes with it: stored with the request, or the configured default.
    pub redirect_url: RedirectUrl,
}

/// What the form may know of the account behind a living grant.
#[derive(Debug)]
pub struct GrantedAccount {
    /// Which account; for the session, not for the page.
    pub account_id: String,
    /// The address that the message went to: in full where this person typed it, else masked.
    pub name: String,
    /// When the grant ends.
    pub expires_at: Timestamp,
}

impl ResetService {
    /// Opens a link.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn open_link(&self, key: &LinkKey, caller: &Caller) -> Result<OpenedLink, LinkError> {
        let now = self.clock.now();
        let challenge = self.challenge_of(&key.hash(), now).await?;
        let redirect_url = challenge.as_ref().and_then(|(challenge, _)| {
            challenge.redirect_url.as_deref().and_then(|url| self.settings.redirects.find(url).ok())
        });
        let Some((challenge, true)) = challenge else {
            let id = challenge.as_ref().map(|(challenge, _)| challenge.id.as_str());
            self.record_verify(Event::LinkOpened, "dead", id, None, caller).await;
            return Err(LinkError::Dead { redirect_url });
        };
        let mut tx = self.store.begin().await?;
        let access_token = self.grant(&mut tx, &challenge.id, Proof::Link, now).await?;
        tx.commit().await?;
        self.record_verify(Event::LinkOpened, OK, Some(&challenge.id), challenge.account_id.as_deref(), caller).await;
        let redirect_url = redirect_url.unwrap_or_else(|| self.settings.redirects.default_url().clone());
        Ok(OpenedLink { access_token, redirect_url })
    }

    /// Checks a code for the challenge that it was asked with. The code alone is worth nothing.
    ///
    /// # Errors
    /// See [`CodeError`]. The try is counted, whatever comes of it.
    pub async fn check_code(
        &self,
        challenge_id: &ChallengeId,
        code: &Code,
        caller: &Caller,
    ) -> Result<AccessToken, CodeError> {
        let now = self.clock.now();
        let given = code.hash(&self.key, challenge_id);
        let attempt = self.store.count_code_attempt(challenge_id.as_str(), self.settings.max_code_attempts).await?;
        let right = attempt
            .and_then(|attempt| attempt.living_code(now))
            .is_some_and(|stored| SecretHash::from_stored(stored).matches(&given));
        if !right {
            self.record_verify(Event::CodeChecked, "refused", Some(challenge_id.as_str()), None, caller).await;
            return Err(CodeError::Refused);
        }
        let mut tx = self.store.begin().await?;
        let access_token = self.grant(&mut tx, challenge_id.as_str(), Proof::Code, now).await?;
        tx.commit().await?;
        self.record_verify(Event::CodeChecked, OK, Some(challenge_id.as_str()), None, caller).await;
        Ok(access_token)
    }

    /// The account behind a living grant; `None`: there is no such grant any more. `typed` is what the
    /// same browser asked with.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn granted_account(
        &self,
        token: &SecretHash,
        typed: Option<&str>,
    ) -> Result<Option<GrantedAccount>, Fault> {
        let Some(grant) = self.store.find_grant(token, self.clock.now()).await? else { return Ok(None) };
        let address = EmailAddress::parse(&grant.sent_to).ok();
        let typed = typed.and_then(|typed| EmailAddress::parse(typed).ok());
        let name = match (address, typed) {
            (Some(address), Some(typed)) if address.canonical() == typed.canonical() => address.canonical().to_owned(),
            (Some(address), _) => address.masked(),
            (None, _) => String::new(),
        };
        Ok(Some(GrantedAccount {
            name,
            account_id: grant.account_id,
            expires_at: Timestamp::from_millis(grant.expires_at),
        }))
    }

    /// The challenge of a reset key and whether the link is alive.
    async fn challenge_of(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(ChallengeRow, bool)>, StoreError> {
        let Some(key) = self.store.find_link_key(hash, KeyPurpose::Reset).await? else { return Ok(None) };
        let challenge = self.store.challenge(&key.challenge_id).await?;
        Ok(challenge.map(|challenge| {
            let alive = key.expires_at > now.millis() && challenge.is_open(now);
            (challenge, alive)
        }))
    }

    async fn grant(&self, tx: &mut Tx, challenge_id: &str, proof: Proof, now: Timestamp) -> Result<AccessToken, Fault> {
        let token = AccessToken::random()?;
        let expires_at = now.after(self.settings.grant_ttl);
        tx.insert_grant(&token.hash(), challenge_id, proof, now, expires_at, LIVE_GRANTS).await?;
        Ok(token)
    }

    async fn record_verify(
        &self,
        event: Event,
        result: &str,
        challenge_id: Option<&str>,
        account_id: Option<&str>,
        caller: &Caller,
    ) {
        self.recorder.record(&Record { event, result, challenge_id, account_id, caller: Some(caller) }).await;
    }
}
