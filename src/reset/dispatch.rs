//! Step 2: the worker has claimed an outbox row. Find the account, mint the secrets, store their
//! hashes, and say what is to be sent. A retry mints new secrets; no plain one rests in the database.

use super::error::Fault;
use super::recorder::{Event, Record};
use super::{NOTICE_CANCEL_TTL, ResetService};
use crate::accounts::Account;
use crate::i18n::Locale;
use crate::model::{
    CancelKey, ChallengeId, Code, EmailAddress, Identifier, IdentifierKind, LinkKey, Message, MessageContent, Timestamp,
};
use crate::store::{ChallengeBinding, ChallengeRow, KeyPurpose, OutboxKind, OutboxOutcome, OutboxRow};

/// What is to be done about an outbox row.
#[derive(Debug)]
pub enum Dispatch {
    /// Send this.
    Send(Box<Message>),
    /// Send nothing and end the row so.
    Drop(OutboxOutcome),
}

impl ResetService {
    /// Prepares what an outbox row asks for.
    ///
    /// # Errors
    /// [`Fault`]; the row is tried again later.
    pub async fn dispatch(&self, row: &OutboxRow) -> Result<Dispatch, Fault> {
        let Some(challenge) = self.store.challenge(&row.challenge_id).await? else {
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        };
        let dispatch = match row.kind() {
            OutboxKind::Reset => self.dispatch_reset(&challenge).await?,
            OutboxKind::Notice => self.dispatch_notice(&challenge).await?,
        };
        Ok(dispatch)
    }

    /// Notes in the audit how an outbox row ended.
    pub async fn record_delivery(&self, row: &OutboxRow, outcome: OutboxOutcome) {
        let record = Record {
            event: match row.kind() {
                OutboxKind::Reset => Event::Dispatched,
                OutboxKind::Notice => Event::Notified,
            },
            result: outcome.as_str(),
            challenge_id: Some(&row.challenge_id),
            account_id: None,
            caller: None,
        };
        self.recorder.record(&record).await;
    }

    async fn dispatch_reset(&self, challenge: &ChallengeRow) -> Result<Dispatch, Fault> {
        let now = self.clock.now();
        if !challenge.is_open(now) {
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        }
        let account = match identifier_of(challenge) {
            Some(identifier) => self.directory.find(&identifier).await?,
            None => None,
        };
        let Some((account, address)) = account.and_then(reachable) else {
            return Ok(Dispatch::Drop(OutboxOutcome::Nobody));
        };
        let Some(id) = ChallengeId::parse(&challenge.id) else {
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        };
        let (link_key, cancel_key, code) =
            (LinkKey::random()?, CancelKey::random()?, Code::random(crate::model::Channel::Email)?);
        let code_hash = code.hash(&self.key, &id);
        let canonical = address.canonical();

        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let expires_at = now.after(self.settings.link_ttl);
        if !tx.hold_account(&account.id, canonical, challenge.requested_at).await? {
            tx.cancel_challenge(&challenge.id, "account_changed", now).await?;
            tx.commit().await?;
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        }
        let binding = ChallengeBinding {
            id: &challenge.id,
            account_id: &account.id,
            sent_to: canonical,
            code_hash: code_hash.as_str(),
            code_expires_at: now.after(self.settings.code_ttl),
            expires_at,
        };
        if !tx.bind_challenge(&binding, now).await? {
            tx.rollback().await?;
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        }
        tx.end_other_codes(&account.id, &challenge.id).await?;
        tx.insert_link_key(&link_key.hash(), KeyPurpose::Reset, &challenge.id, now, expires_at).await?;
        tx.insert_link_key(&cancel_key.hash(), KeyPurpose::Cancel, &challenge.id, now, expires_at).await?;
        tx.commit().await?;

        let content = MessageContent::Reset {
            link_key,
            cancel_key,
            code,
            requested_at: Timestamp::from_millis(challenge.requested_at),
            caller_address: challenge.caller_address.clone(),
        };
        Ok(send(address, challenge, content))
    }

    async fn dispatch_notice(&self, challenge: &ChallengeRow) -> Result<Dispatch, Fault> {
        let account = match &challenge.account_id {
            Some(id) => self.directory.get(id).await?,
            None => None,
        };
        let (Some((_, address)), Some(completed_at)) = (account.and_then(reachable), challenge.completed_at) else {
            return Ok(Dispatch::Drop(OutboxOutcome::Nobody));
        };
        let changed_at = Timestamp::from_millis(completed_at);
        let cancel_key = CancelKey::random()?;
        let mut tx = self.store.begin().await?;
        tx.insert_link_key(
            &cancel_key.hash(),
            KeyPurpose::Cancel,
            &challenge.id,
            self.clock.now(),
            changed_at.after(NOTICE_CANCEL_TTL),
        )
        .await?;
        tx.commit().await?;
        let content = MessageContent::Notice {
            cancel_key,
            changed_at,
            caller_address: challenge.completed_from.clone().unwrap_or_default(),
        };
        Ok(send(address, challenge, content))
    }
}

fn reachable(account: Account) -> Option<(Account, EmailAddress)> {
    let address = account.address_for_messages()?.clone();
    Some((account, address))
}

fn identifier_of(challenge: &ChallengeRow) -> Option<Identifier> {
    let kind = IdentifierKind::from_word(&challenge.identifier_kind)?;
    Identifier::parse(kind, &challenge.identifier).ok()
}

fn send(to: EmailAddress, challenge: &ChallengeRow, content: MessageContent) -> Dispatch {
    let locale = Locale::from_tag(&challenge.locale).unwrap_or(Locale::English);
    Dispatch::Send(Box::new(Message { to, locale, content }))
}
