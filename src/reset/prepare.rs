//! Prepares the link and the code of a request: finds the account, chooses the contact, creates the secrets and stores
//! their hashes. A retry creates new secrets, because no plain one is stored.
//!
//! If there is no matching account, the same statements run without effect, so that what follows in the queue is not
//! sent earlier because of it.

use super::ResetService;
use super::dispatch::{Dispatch, identifier_of, locale_of};
use super::error::Fault;
use crate::accounts::Account;
use crate::announcements::ACCOUNT_CHANGED;
use crate::limits::Guesser;
use crate::model::{
    CancelKey, ChallengeId, Channel, Code, Contact, Door, EmailAddress, Identifier, LinkKey, Mail, MailContent,
    Message, TextContent, TextMessage, Timestamp,
};
use crate::store::{CancelledRow, ChallengeBinding, ChallengeRow, KeyPurpose, OutboxOutcome, OutboxRow, Tx};

/// An open request, and the outbox row of its message.
struct Asked<'a> {
    row: &'a OutboxRow,
    challenge: &'a ChallengeRow,
    id: ChallengeId,
    identifier: Identifier,
}

impl Asked<'_> {
    /// Every later try was counted before.
    fn is_first_try(&self) -> bool {
        self.challenge.channel.is_none()
    }

    fn may_go_as_text(&self) -> bool {
        self.row.text_limit.is_none()
    }
}

impl ResetService {
    pub(super) async fn dispatch_reset(&self, row: &OutboxRow, challenge: &ChallengeRow) -> Result<Dispatch, Fault> {
        if challenge.completed_at.is_some() || challenge.cancelled_at.is_some() {
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        }
        let (Some(identifier), Some(id)) = (identifier_of(challenge), ChallengeId::parse(&challenge.id)) else {
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        };
        let asked = Asked { row, challenge, id, identifier };
        let wanted = challenge.wanted_channel.as_deref().and_then(Channel::from_word);
        let mut channels = self.asking.channels_for(asked.identifier.kind(), wanted);
        channels.retain(|channel| *channel != Channel::Sms || asked.may_go_as_text());
        if channels.is_empty() {
            return Ok(Dispatch::Drop(OutboxOutcome::Withheld));
        }
        let found = self.directory.find(&asked.identifier).await?;
        if !challenge.is_open(self.clock.now()) {
            // Expired: no messages could be sent for hours.
            let is_somebody = found.is_some_and(|account| self.contact_of_any(&account, &channels));
            return Ok(Dispatch::Pretend(if is_somebody { OutboxOutcome::Failed } else { OutboxOutcome::Nobody }));
        }
        let contacts = |account: &Account| -> Vec<Contact> {
            channels.iter().filter_map(|channel| self.contact(account, *channel)).collect()
        };
        match found {
            Some(account) if !contacts(&account).is_empty() => self.prepare(&asked, &account.id, contacts).await,
            Some(account) if !self.contacts(&account, asked.identifier.kind(), wanted).is_empty() => {
                self.prepare_for_nobody(&asked, OutboxOutcome::Withheld).await
            }
            Some(_) | None => self.prepare_for_nobody(&asked, OutboxOutcome::Nobody).await,
        }
    }

    fn contact_of_any(&self, account: &Account, channels: &[Channel]) -> bool {
        channels.iter().any(|channel| self.contact(account, *channel).is_some())
    }

    async fn prepare(
        &self,
        asked: &Asked<'_>,
        account_id: &str,
        contacts: impl Fn(&Account) -> Vec<Contact>,
    ) -> Result<Dispatch, Fault> {
        let challenge = asked.challenge;
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let Some(account) = self.directory.hold(&mut tx, account_id, challenge.requested_at).await? else {
            if tx.cancel_challenge(&challenge.id, ACCOUNT_CHANGED, now).await? {
                let cancelled = [CancelledRow { id: challenge.id.clone(), account_id: Some(account_id.to_owned()) }];
                self.announcer.announce_cancelled(&mut tx, &cancelled, ACCOUNT_CHANGED, now).await?;
            }
            tx.commit().await?;
            self.wake_webhooks();
            return Ok(Dispatch::Pretend(OutboxOutcome::Cancelled));
        };
        let receiver = Guesser::Account(&account.id);
        if asked.is_first_try()
            && let Some(rule) = self.limits.count_message(&mut tx, receiver, now).await?
        {
            tracing::warn!(challenge_id = challenge.id, rule, "withholding a message: the account has reached a limit");
            tx.rollback().await?;
            return Ok(Dispatch::Pretend(OutboxOutcome::Withheld));
        }
        let codes_are_closed = self.limits.codes_are_closed(&mut tx, receiver, now).await?;
        // A text message holds nothing but a code.
        let contact =
            contacts(&account).into_iter().find(|contact| contact.channel() == Channel::Email || !codes_are_closed);
        let Some(contact) = contact else {
            tx.rollback().await?;
            return Ok(Dispatch::Pretend(OutboxOutcome::Withheld));
        };
        if contact.channel() != asked.row.lane() {
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
        let code_hash = (!codes_are_closed).then(|| code.hash(&self.key, &asked.id));
        let binding = ChallengeBinding {
            id: &challenge.id,
            account_id: &account.id,
            sent_to: contact.canonical(),
            channel: contact.channel(),
            code_hash: code_hash.as_ref().map(crate::model::SecretHash::as_str),
            code_expires_at: now.after(self.settings.code_ttl),
            expires_at: now.after(self.settings.link_ttl),
        };
        if !tx.bind_challenge(&binding, now).await? {
            tx.rollback().await?;
            return Ok(Dispatch::Pretend(OutboxOutcome::Cancelled));
        }
        tx.end_other_codes(&account.id, contact.channel(), &challenge.id).await?;
        let message = match contact {
            Contact::Email(to) => {
                let code = (!codes_are_closed).then_some(code);
                self.reset_mail(&mut tx, challenge, to, code, now).await?
            }
            Contact::Phone(to) => {
                let content = TextContent::Code(code);
                Message::Text(TextMessage { to, locale: locale_of(challenge), content })
            }
        };
        tx.commit().await?;
        Ok(Dispatch::send(message))
    }

    /// Does the same work as for a real message. The keys that it stores have never been shown to anybody.
    async fn prepare_for_nobody(&self, asked: &Asked<'_>, outcome: OutboxOutcome) -> Result<Dispatch, Fault> {
        let Asked { challenge, identifier, row, .. } = asked;
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let receiver = Guesser::Identifier(identifier);
        let _held = self.directory.hold(&mut tx, &challenge.id, challenge.requested_at).await?;
        if asked.is_first_try() {
            self.limits.count_message(&mut tx, receiver, now).await?;
        }
        self.limits.codes_are_closed(&mut tx, receiver, now).await?;
        if asked.is_first_try() {
            self.limits.count_destination(&mut tx, identifier.canonical(), now).await?;
        }
        tx.bind_challenge_to_nobody(&challenge.id, now).await?;
        tx.end_other_codes(&challenge.id, row.lane(), &challenge.id).await?;
        if row.lane() == Channel::Email {
            let _unseen = self.mint_keys(&mut tx, challenge, now).await?;
        }
        tx.commit().await?;
        Ok(Dispatch::Pretend(outcome))
    }

    async fn reset_mail(
        &self,
        tx: &mut Tx,
        challenge: &ChallengeRow,
        to: EmailAddress,
        code: Option<Code>,
        now: Timestamp,
    ) -> Result<Message, Fault> {
        let (link_key, cancel_key) = self.mint_keys(tx, challenge, now).await?;
        let content = MailContent::Reset {
            link_key,
            cancel_key,
            code,
            requested_at: Timestamp::from_millis(challenge.requested_at),
            caller_address: challenge.caller_address.clone(),
            link_path: challenge.door.as_deref().and_then(Door::from_word).unwrap_or(Door::Pages).link_path(),
        };
        Ok(Message::Mail(Mail { to, locale: locale_of(challenge), content }))
    }

    async fn mint_keys(
        &self,
        tx: &mut Tx,
        challenge: &ChallengeRow,
        now: Timestamp,
    ) -> Result<(LinkKey, CancelKey), Fault> {
        let (link_key, cancel_key) = (LinkKey::random()?, CancelKey::random()?);
        let expires_at = now.after(self.settings.link_ttl);
        tx.insert_link_key(&link_key.hash(), KeyPurpose::Reset, &challenge.id, now, expires_at).await?;
        tx.insert_link_key(&cancel_key.hash(), KeyPurpose::Cancel, &challenge.id, now, expires_at).await?;
        Ok((link_key, cancel_key))
    }
}
