//! Prepares the link and the code of a request: finds the account, chooses the contact, creates the secrets and stores
//! their hashes. A retry creates new secrets, because no plain one is stored.
//!
//! If there is no matching account, the same statements run without effect, so that what follows in the queue is not
//! sent earlier because of it.

use super::ResetService;
use super::dispatch::Dispatch;
use super::error::Fault;
use crate::limits::Guesser;
use crate::model::{
    Account, AccountId, Binding, CancelKey, CancelReason, CancelledChallenge, Challenge, Channel, Code, Contact, Door,
    EmailAddress, KeyPurpose, LinkKey, Mail, MailContent, Message, MessageOutcome, QueuedMessage, TextContent,
    TextMessage, Timestamp,
};
use crate::store::Tx;

/// An open request, and the outbox row of its message.
struct Asked<'a> {
    queued: &'a QueuedMessage,
    challenge: &'a Challenge,
}

impl Asked<'_> {
    /// Every later try was counted before.
    fn is_first_try(&self) -> bool {
        self.challenge.channel.is_none()
    }
}

impl ResetService {
    pub(super) async fn dispatch_reset(
        &self,
        queued: &QueuedMessage,
        challenge: &Challenge,
    ) -> Result<Dispatch, Fault> {
        if challenge.completed_at.is_some() || challenge.cancelled_at.is_some() {
            return Ok(Dispatch::Drop(MessageOutcome::Cancelled));
        }
        let asked = Asked { queued, challenge };
        let mut channels = self.asking.channels_for(challenge.identifier.kind(), challenge.wanted_channel);
        channels.retain(|channel| *channel != Channel::Sms || queued.may_go_as_text);
        if channels.is_empty() {
            return Ok(Dispatch::Drop(MessageOutcome::Withheld));
        }
        let found = self.directory.find(&challenge.identifier).await?;
        if !challenge.is_open(self.clock.now()) {
            // Expired: no messages could be sent for hours.
            let is_somebody = found.is_some_and(|account| self.contact_of_any(&account, &channels));
            return Ok(Dispatch::Pretend(if is_somebody { MessageOutcome::Failed } else { MessageOutcome::Nobody }));
        }
        let contacts = |account: &Account| -> Vec<Contact> {
            channels.iter().filter_map(|channel| self.contact(account, *channel)).collect()
        };
        match found {
            Some(account) if !contacts(&account).is_empty() => self.prepare(&asked, &account, contacts).await,
            Some(account)
                if !self.contacts(&account, challenge.identifier.kind(), challenge.wanted_channel).is_empty() =>
            {
                self.prepare_for_nobody(&asked, MessageOutcome::Withheld).await
            }
            Some(_) | None => self.prepare_for_nobody(&asked, MessageOutcome::Nobody).await,
        }
    }

    fn contact_of_any(&self, account: &Account, channels: &[Channel]) -> bool {
        channels.iter().any(|channel| self.contact(account, *channel).is_some())
    }

    async fn prepare(
        &self,
        asked: &Asked<'_>,
        found: &Account,
        contacts: impl Fn(&Account) -> Vec<Contact>,
    ) -> Result<Dispatch, Fault> {
        let challenge = asked.challenge;
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let held = self.directory.hold(&mut tx, found, &challenge.id, challenge.requested_at, now).await?;
        let Some(account) = held else {
            if tx.cancel_challenge(&challenge.id, CancelReason::AccountChanged, now).await? {
                let cancelled = [CancelledChallenge { id: challenge.id.clone(), account_id: Some(found.id.clone()) }];
                self.webhooks.queue_cancelled(&mut tx, &cancelled, CancelReason::AccountChanged, now).await?;
            }
            tx.commit().await?;
            self.wake_webhooks();
            return Ok(Dispatch::Pretend(MessageOutcome::Cancelled));
        };
        let receiver = Guesser::Account(&account.id);
        if asked.is_first_try()
            && let Some(rule) = self.limits.count_message(&mut tx, receiver, now).await?
        {
            tracing::warn!(
                challenge_id = challenge.id.as_str(),
                rule = rule.as_str(),
                "withholding a message: the account has reached a limit"
            );
            tx.rollback().await?;
            return Ok(Dispatch::Pretend(MessageOutcome::Withheld));
        }
        let codes_are_closed = self.limits.codes_are_closed(&mut tx, receiver, now).await?;
        // A text message holds nothing but a code.
        let contact =
            contacts(&account).into_iter().find(|contact| contact.channel() == Channel::Email || !codes_are_closed);
        let Some(contact) = contact else {
            tx.rollback().await?;
            return Ok(Dispatch::Pretend(MessageOutcome::Withheld));
        };
        if contact.channel() != asked.queued.lane {
            tx.rollback().await?;
            return Ok(Dispatch::Elsewhere(contact.channel()));
        }
        if asked.is_first_try()
            && let Some(until) = self.limits.count_destination(&mut tx, contact.canonical(), now).await?
        {
            tx.rollback().await?;
            return Ok(Dispatch::Wait(until));
        }
        let code = Code::random(contact.channel())?;
        let code_hash = (!codes_are_closed).then(|| code.hash(&self.key, &challenge.id));
        let binding = Binding {
            id: &challenge.id,
            account_id: &account.id,
            fingerprint: account.fingerprint.as_ref(),
            sent_to: &contact,
            code_hash: code_hash.as_ref(),
            code_expires_at: now.after(self.settings.code_ttl),
            expires_at: now.after(self.settings.link_ttl),
        };
        if !tx.bind_challenge(&binding, now).await? {
            tx.rollback().await?;
            return Ok(Dispatch::Pretend(MessageOutcome::Cancelled));
        }
        tx.end_other_codes(&account.id, contact.channel(), &challenge.id).await?;
        let message = match contact {
            Contact::Email(to) => {
                let code = (!codes_are_closed).then_some(code);
                self.reset_mail(&mut tx, challenge, to, code, now).await?
            }
            Contact::Phone(to) => {
                let content = TextContent::Code(code);
                Message::Text(TextMessage { to, locale: challenge.locale, content })
            }
        };
        tx.commit().await?;
        Ok(Dispatch::send(message))
    }

    /// Does the same work as for a real message. The keys that it stores have never been shown to anybody.
    async fn prepare_for_nobody(&self, asked: &Asked<'_>, outcome: MessageOutcome) -> Result<Dispatch, Fault> {
        let Asked { challenge, queued } = asked;
        let nobody = AccountId::of_nobody(&challenge.id);
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let receiver = Guesser::Identifier(&challenge.identifier);
        self.directory.hold_nobody(&mut tx, challenge, now).await?;
        if asked.is_first_try() {
            self.limits.count_message(&mut tx, receiver, now).await?;
        }
        self.limits.codes_are_closed(&mut tx, receiver, now).await?;
        if asked.is_first_try() {
            self.limits.count_destination(&mut tx, challenge.identifier.canonical(), now).await?;
        }
        tx.bind_challenge_to_nobody(&challenge.id, now).await?;
        tx.end_other_codes(&nobody, queued.lane, &challenge.id).await?;
        if queued.lane == Channel::Email {
            let _unseen = self.mint_keys(&mut tx, challenge, now).await?;
        }
        tx.commit().await?;
        Ok(Dispatch::Pretend(outcome))
    }

    async fn reset_mail(
        &self,
        tx: &mut Tx,
        challenge: &Challenge,
        to: EmailAddress,
        code: Option<Code>,
        now: Timestamp,
    ) -> Result<Message, Fault> {
        let (link_key, cancel_key) = self.mint_keys(tx, challenge, now).await?;
        let content = MailContent::Reset {
            link_key,
            cancel_key,
            code,
            requested_at: challenge.requested_at,
            caller_address: challenge.caller_address.to_string(),
            link_path: challenge.door.unwrap_or(Door::Pages).link_path(),
        };
        Ok(Message::Mail(Mail { to, locale: challenge.locale, content }))
    }

    async fn mint_keys(
        &self,
        tx: &mut Tx,
        challenge: &Challenge,
        now: Timestamp,
    ) -> Result<(LinkKey, CancelKey), Fault> {
        let (link_key, cancel_key) = (LinkKey::random()?, CancelKey::random()?);
        let expires_at = now.after(self.settings.link_ttl);
        tx.insert_link_key(&link_key.hash(), KeyPurpose::Reset, &challenge.id, now, expires_at).await?;
        tx.insert_link_key(&cancel_key.hash(), KeyPurpose::Cancel, &challenge.id, now, expires_at).await?;
        Ok((link_key, cancel_key))
    }
}
