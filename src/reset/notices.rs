//! Notices to the owner of an account, on every verified contact (SECURITY.md, requirements 34 and 49): the password
//! was changed, or codes are closed after too many wrong ones.

use super::dispatch::Dispatch;
use super::error::Fault;
use super::{NOTICE_CANCEL_TTL, NOTICE_GIVE_UP, ResetService};
use crate::model::{
    CancelKey, Challenge, ChallengeId, Channel, Contact, KeyPurpose, Mail, MailContent, Message, MessageOutcome,
    NewContent, NewMessage, TextContent, TextMessage, Timestamp,
};
use crate::store::Tx;

/// A notice to the owner of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// "Your password was changed."
    PasswordChanged,
    /// "Too many wrong codes."
    CodesClosed,
}

impl ResetService {
    /// Queues a notice to the owner, once per channel.
    pub(super) async fn queue_notices(
        &self,
        tx: &mut Tx,
        notice: Notice,
        challenge_id: &ChallengeId,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let sms = self.asking.sends_texts().then_some(Channel::Sms);
        for channel in [Some(Channel::Email), sms].into_iter().flatten() {
            let due_at = match (notice, channel) {
                // Whoever closes codes must not learn whether an account exists, so this message is not counted. It is
                // sent at most once a day.
                (Notice::PasswordChanged, Channel::Sms) => self.limits.count_text_notice(tx, now).await?.unwrap_or(now),
                (Notice::PasswordChanged, Channel::Email) | (Notice::CodesClosed, _) => now,
            };
            let content = match notice {
                Notice::PasswordChanged => NewContent::Notice(channel),
                Notice::CodesClosed => NewContent::CodesClosed(channel),
            };
            let message = NewMessage { challenge_id, content, due_at, give_up_at: due_at.after(NOTICE_GIVE_UP) };
            tx.insert_outbox(&message, now).await?;
        }
        Ok(())
    }

    /// "Your password was changed."
    pub(super) async fn dispatch_change(&self, challenge: &Challenge, channel: Channel) -> Result<Dispatch, Fault> {
        let Some(changed_at) = challenge.completed_at else {
            return Ok(Dispatch::Drop(MessageOutcome::Nobody));
        };
        match self.owner(challenge, channel).await? {
            Some(Contact::Email(to)) => {
                let cancel_key = CancelKey::random()?;
                let mut tx = self.store.begin().await?;
                let (now, expires_at) = (self.clock.now(), changed_at.after(NOTICE_CANCEL_TTL));
                tx.insert_link_key(&cancel_key.hash(), KeyPurpose::Cancel, &challenge.id, now, expires_at).await?;
                tx.commit().await?;
                let caller_address = challenge.completed_from.map(|address| address.to_string()).unwrap_or_default();
                let content = MailContent::Changed { cancel_key, changed_at, caller_address };
                Ok(Dispatch::send(Message::Mail(Mail { to, locale: challenge.locale, content })))
            }
            Some(Contact::Phone(to)) => {
                let content = TextContent::Changed { changed_at };
                Ok(Dispatch::send(Message::Text(TextMessage { to, locale: challenge.locale, content })))
            }
            None => Ok(Dispatch::Pretend(MessageOutcome::Nobody)),
        }
    }

    /// "Too many wrong codes."
    pub(super) async fn dispatch_closing(&self, challenge: &Challenge, channel: Channel) -> Result<Dispatch, Fault> {
        match self.owner(challenge, channel).await? {
            Some(Contact::Email(to)) => {
                let content = MailContent::CodesClosed;
                Ok(Dispatch::send(Message::Mail(Mail { to, locale: challenge.locale, content })))
            }
            Some(Contact::Phone(to)) => {
                let content = TextContent::CodesClosed;
                Ok(Dispatch::send(Message::Text(TextMessage { to, locale: challenge.locale, content })))
            }
            None => Ok(Dispatch::Pretend(MessageOutcome::Nobody)),
        }
    }

    async fn owner(&self, challenge: &Challenge, channel: Channel) -> Result<Option<Contact>, Fault> {
        let Some(id) = &challenge.account_id else { return Ok(None) };
        let account = self.directory.get(id).await?;
        Ok(account.and_then(|account| self.contact(&account, channel)))
    }
}
