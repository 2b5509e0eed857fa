//! Between steps 3 and 4: somebody comes with a token. Whether it is this browser's own, whose account it is for, and how
//! far its holder has come.
//!
//! A link can be planted: somebody asks for their own account and makes another person's browser open the token, hoping
//! that a password is typed there. So a browser that has a request or a form open takes only a token that
//! belongs to it; any other waits until the person says so.

use super::ResetService;
use super::error::Fault;
use crate::model::{ChallengeId, EmailAddress, Hold, PhoneNumber, SecretHash, Timestamp};
use crate::store::{ChallengeRow, GrantRow, StoreError};

/// What the form may know of the account behind a living grant.
#[derive(Debug)]
pub struct GrantedAccount {
    /// Which account; for the session, not for the page.
    pub account_id: String,
    /// What this person asked with, or else where the message went, masked.
    pub name: String,
    /// When the grant ends.
    pub expires_at: Timestamp,
}

/// What a browser has open, as its session knows it.
#[derive(Clone, Copy, Debug)]
pub struct BrowserState<'a> {
    /// The request that it made last.
    pub asked: Option<&'a ChallengeId>,
    /// The token of the form that it has open, dead or alive.
    pub held: Option<&'a SecretHash>,
}

/// What becomes of a token that somebody came with.
#[derive(Debug)]
pub enum Arrival {
    /// It opens nothing.
    Dead,
    /// It belongs to what this browser has open, or the browser has nothing open.
    Own(GrantedAccount),
    /// It is for something else than what this browser has open.
    Foreign,
}

impl ResetService {
    /// Judges a token that a browser was sent with.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn arrive(&self, token: &SecretHash, browser: BrowserState<'_>) -> Result<Arrival, Fault> {
        let Some(grant) = self.store.find_grant(token, self.clock.now()).await? else { return Ok(Arrival::Dead) };
        let asked = match browser.asked {
            Some(id) => self.store.challenge(id.as_str()).await?,
            None => None,
        };
        let held = match browser.held {
            Some(held) => self.store.find_grant(held, self.clock.now()).await?,
            None => None,
        };
        let is_of_the_account = |asked: &ChallengeRow| asked.account_id.as_deref() == Some(&grant.account_id);
        let of_its_request = asked.as_ref().is_some_and(|asked| is_of(&grant, asked) || is_of_the_account(asked));
        let of_its_form = held.as_ref().is_some_and(|held| held.account_id == grant.account_id);
        let nothing_is_open = browser.asked.is_none() && held.is_none();
        if !(of_its_request || of_its_form || nothing_is_open) {
            return Ok(Arrival::Foreign);
        }
        // Of all who may have opened the link, whoever asked for it is no scanner.
        let asked_here = browser.asked.is_some_and(|asked| asked.as_str() == grant.challenge_id);
        self.hold(&grant, token, if asked_here { Hold::InUse } else { Hold::Taken }).await;
        Ok(Arrival::Own(granted(grant, None)))
    }

    /// Whether a token is alive and was granted for that request, or for another one with the same identifier.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn is_granted_for(&self, token: &SecretHash, asked: &ChallengeId) -> Result<bool, Fault> {
        let Some(grant) = self.store.find_grant(token, self.clock.now()).await? else { return Ok(false) };
        let asked = self.store.challenge(asked.as_str()).await?;
        Ok(asked.is_some_and(|asked| is_of(&grant, &asked)))
    }

    /// The account behind a living grant; `None`: there is no such grant any more. `typed` is what the
    /// same browser asked with: where it names this account, it is what password managers know it by. `hold` is
    /// how far the holder has come with it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn granted_account(
        &self,
        token: &SecretHash,
        typed: Option<&str>,
        hold: Hold,
    ) -> Result<Option<GrantedAccount>, Fault> {
        let Some(grant) = self.store.find_grant(token, self.clock.now()).await? else { return Ok(None) };
        self.hold(&grant, token, hold).await;
        let typed = typed.and_then(|typed| self.identify(typed).ok());
        let asked_here = typed
            .filter(|typed| typed.kind().as_str() == grant.identifier_kind && typed.canonical() == grant.identifier);
        Ok(Some(granted(grant, asked_here.map(|typed| typed.spelling().to_owned()))))
    }

    /// Notes that somebody has sent the form of a grant, whatever comes of it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn note_use(&self, token: &SecretHash) -> Result<(), Fault> {
        if let Some(grant) = self.store.find_grant(token, self.clock.now()).await? {
            self.hold(&grant, token, Hold::InUse).await;
        }
        Ok(())
    }

    /// Notes how far the holder of a grant has come. A fault here is only logged: the grant itself is as good as before.
    pub(super) async fn hold(&self, grant: &GrantRow, token: &SecretHash, hold: Hold) {
        if !grant.is_held(hold)
            && let Err(error) = self.try_to_hold(token, hold).await
        {
            tracing::warn!(%error, "could not note that a form is in use; opens of its link may end it");
        }
    }

    async fn try_to_hold(&self, token: &SecretHash, hold: Hold) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.hold_grant(token, hold).await?;
        tx.commit().await
    }
}

fn is_of(grant: &GrantRow, asked: &ChallengeRow) -> bool {
    grant.challenge_id == asked.id
        || (grant.identifier_kind == asked.identifier_kind && grant.identifier == asked.identifier)
}

fn granted(grant: GrantRow, name: Option<String>) -> GrantedAccount {
    GrantedAccount {
        name: name.unwrap_or_else(|| masked(&grant.sent_to)),
        account_id: grant.account_id,
        expires_at: Timestamp::from_millis(grant.expires_at),
    }
}

/// Where a message went, as a page may show it.
fn masked(sent_to: &str) -> String {
    match EmailAddress::from_stored(sent_to, sent_to) {
        Some(address) => address.masked(),
        None => PhoneNumber::from_stored(sent_to).map(|number| number.masked()).unwrap_or_default(),
    }
}
