//! Between steps 3 and 4, a browser arrives with a token. Decides whether the token belongs to that browser and which
//! account it is for, and records the progress of its holder.
//!
//! A link can be planted: an attacker requests a reset for their own account and makes another person's browser open
//! the token, hoping that this person types a password there. So a browser that has a request or a form open accepts
//! only a token that belongs to it. Any other token waits until the person confirms it.

use super::ResetService;
use super::error::Fault;
use crate::model::{AccountId, Challenge, ChallengeId, Grant, Hold, Identifier, SecretHash, Timestamp};
use crate::store::StoreError;

/// What the form may know about the account of a valid grant.
#[derive(Debug)]
pub struct GrantedAccount {
    /// The id of the account, for the session and not for the page.
    pub account_id: AccountId,
    /// The identifier that this person entered, or else the masked contact that the message went to.
    pub name: String,
    /// When the grant ends.
    pub expires_at: Timestamp,
}

/// What a browser has open, according to its session.
#[derive(Clone, Copy, Debug)]
pub struct BrowserState<'a> {
    /// Its latest request.
    pub asked: Option<&'a ChallengeId>,
    /// The token of the form that it has open, valid or not.
    pub held: Option<&'a SecretHash>,
}

/// What to do with a token that a browser arrived with.
#[derive(Debug)]
pub enum Arrival {
    /// It is not valid.
    Dead,
    /// It belongs to what this browser has open, or the browser has nothing open.
    Own(GrantedAccount),
    /// It belongs to something other than what this browser has open.
    Foreign,
}

impl ResetService {
    /// Judges a token that a browser arrived with.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn arrive(&self, token: &SecretHash, browser: BrowserState<'_>) -> Result<Arrival, Fault> {
        let Some(grant) = self.store.find_grant(token, self.clock.now()).await? else { return Ok(Arrival::Dead) };
        let asked = match browser.asked {
            Some(id) => self.store.challenge(id).await?,
            None => None,
        };
        let held = match browser.held {
            Some(held) => self.store.find_grant(held, self.clock.now()).await?,
            None => None,
        };
        let is_of_the_account = |asked: &Challenge| asked.account_id.as_ref() == Some(&grant.account_id);
        let of_its_request = asked.as_ref().is_some_and(|asked| is_of(&grant, asked) || is_of_the_account(asked));
        let of_its_form = held.as_ref().is_some_and(|held| held.account_id == grant.account_id);
        let nothing_is_open = browser.asked.is_none() && held.is_none();
        if !(of_its_request || of_its_form || nothing_is_open) {
            return Ok(Arrival::Foreign);
        }
        // Of all visitors who may have opened the link, the one who requested it is not a scanner.
        let asked_here = browser.asked.is_some_and(|asked| *asked == grant.challenge_id);
        self.hold(&grant, token, if asked_here { Hold::InUse } else { Hold::Taken }).await;
        Ok(Arrival::Own(granted(grant, None)))
    }

    /// Whether a token is valid and was granted for that request, or for another one with the same identifier.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn is_granted_for(&self, token: &SecretHash, asked: &ChallengeId) -> Result<bool, Fault> {
        let Some(grant) = self.store.find_grant(token, self.clock.now()).await? else { return Ok(false) };
        let asked = self.store.challenge(asked).await?;
        Ok(asked.is_some_and(|asked| is_of(&grant, &asked)))
    }

    /// The account of a valid grant. `None` if the grant is no longer valid. `typed` is what the same browser entered:
    /// if it names this account, password managers know the account by it. `hold` is the progress to record.
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
        let typed = typed.and_then(|typed| self.asking.identify(typed).ok());
        let asked_here = typed.filter(|typed| are_equal(typed, &grant.identifier));
        Ok(Some(granted(grant, asked_here.map(|typed| typed.spelling().to_owned()))))
    }

    /// Records that the form of a grant was submitted, whatever the result.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn note_use(&self, token: &SecretHash) -> Result<(), Fault> {
        if let Some(grant) = self.store.find_grant(token, self.clock.now()).await? {
            self.hold(&grant, token, Hold::InUse).await;
        }
        Ok(())
    }

    /// Records the progress of a grant's holder. A fault is only logged, because the grant works either way.
    pub(super) async fn hold(&self, grant: &Grant, token: &SecretHash, hold: Hold) {
        if grant.hold < hold
            && let Err(error) = self.try_to_hold(token, hold).await
        {
            tracing::warn!(%error, "could not record that a form is in use; further opens of its link may end its grant");
        }
    }

    async fn try_to_hold(&self, token: &SecretHash, hold: Hold) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.hold_grant(token, hold).await?;
        tx.commit().await
    }
}

fn is_of(grant: &Grant, asked: &Challenge) -> bool {
    grant.challenge_id == asked.id || are_equal(&grant.identifier, &asked.identifier)
}

/// Whether two identifiers are spellings of one.
fn are_equal(one: &Identifier, other: &Identifier) -> bool {
    one.kind() == other.kind() && one.canonical() == other.canonical()
}

fn granted(grant: Grant, name: Option<String>) -> GrantedAccount {
    GrantedAccount {
        name: name.unwrap_or_else(|| grant.sent_to.masked()),
        account_id: grant.account_id,
        expires_at: grant.expires_at,
    }
}
