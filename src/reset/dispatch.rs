//! Step 2: the worker has claimed an outbox row. Find the account, choose where the message goes, mint
//! the secrets, store their hashes, and say what is to be sent. A retry mints new secrets; no plain one
//! rests in the database.

use super::ResetService;
use super::error::Fault;
use super::recorder::{Event, Record};
use crate::accounts::Account;
use crate::announcements::{ACCOUNT_CHANGED, Announcement, Details};
use crate::i18n::Locale;
use crate::limits::Withheld;
use crate::model::{
    CancelKey, ChallengeId, Channel, Code, Contact, Door, EmailAddress, Identifier, IdentifierKind, KeyKind, LinkKey,
    Mail, MailContent, Message, PhoneNumber, TextContent, TextMessage, Timestamp, WebhookEvent,
};
use crate::store::{
    CancelledRow, ChallengeBinding, ChallengeRow, KeyPurpose, OutboxKind, OutboxOutcome, OutboxRow, Tx,
};

/// What is to be done about an outbox row.
#[derive(Debug)]
pub enum Dispatch {
    /// Send this.
    Send(Box<Message>),
    /// Send nothing and end the row so.
    Drop(OutboxOutcome),
    /// Send nothing yet: a limit is full until then.
    Wait(Timestamp),
}

/// What decides, beside limits, which contact a message may go to.
struct Chooser<'a> {
    challenge: &'a ChallengeRow,
    /// Of the browser that asked; `None`: a server did.
    network: Option<&'a str>,
    codes_are_closed: bool,
}

impl Dispatch {
    pub(super) fn send(message: Message) -> Self {
        Self::Send(Box::new(message))
    }
}

impl ResetService {
    /// Prepares what an outbox row asks for.
    ///
    /// # Errors
    /// [`Fault`]; the row is tried again later.
    #[tracing::instrument(level = "error", skip_all)]
    pub async fn dispatch(&self, row: &OutboxRow) -> Result<Dispatch, Fault> {
        let Some(challenge) = self.store.challenge(&row.challenge_id).await? else {
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        };
        let channel = row.channel().unwrap_or(Channel::Email);
        match row.kind() {
            Some(OutboxKind::Reset) => self.dispatch_reset(&challenge).await,
            Some(OutboxKind::Notice) => self.dispatch_change(&challenge, channel).await,
            Some(OutboxKind::CodesClosed) => self.dispatch_closing(&challenge, channel).await,
            Some(OutboxKind::Webhook) | None => Err(Fault::UnknownMessage),
        }
    }

    /// Ends a claimed row and notes in the audit how, both or neither. `false`: the lease ran out, the row is
    /// somebody else's, and nothing was written.
    ///
    /// # Errors
    /// [`Fault`]; the row is claimed again when its lease is over.
    pub async fn finish_dispatch(
        &self,
        row: &OutboxRow,
        outcome: OutboxOutcome,
        reason: Option<&str>,
    ) -> Result<bool, Fault> {
        let event = match row.kind() {
            Some(OutboxKind::Reset) => Event::Dispatched,
            Some(OutboxKind::Notice | OutboxKind::CodesClosed) | None => Event::Notified,
            Some(OutboxKind::Webhook) => Event::Announced,
        };
        let challenge_id = Some(row.challenge_id.as_str());
        let record = Record { event, result: outcome.as_str(), challenge_id, account_id: None, caller: None };
        let does_not_arrive = matches!(outcome, OutboxOutcome::Failed | OutboxOutcome::Withheld);
        let undelivered = if does_not_arrive && row.kind() == Some(OutboxKind::Reset) {
            self.store.challenge(&row.challenge_id).await?
        } else {
            None
        };
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        if !tx.finish_outbox(row, outcome, reason, now).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        self.recorder.record_in(&mut tx, &record).await?;
        if let Some(challenge) = undelivered {
            let announcement = Announcement {
                event: WebhookEvent::ResetDeliveryFailed,
                reset_id: &challenge.id,
                account_id: challenge.account_id.as_deref(),
                details: Details {
                    reason: Some(outcome.as_str()),
                    channel: challenge.channel.as_deref(),
                    ..Details::default()
                },
            };
            self.announcer.announce(&mut tx, &announcement, now).await?;
        }
        tx.commit().await?;
        self.wake_webhooks();
        Ok(true)
    }

    /// A text message was prepared and no provider took it: it has cost nothing.
    ///
    /// # Errors
    /// [`Fault`]; it stays counted then.
    pub async fn text_did_not_go(&self, row: &OutboxRow, to: &PhoneNumber) -> Result<(), Fault> {
        let challenge = self.store.challenge(&row.challenge_id).await?;
        let network = match challenge.filter(|_| row.kind() == Some(OutboxKind::Reset)) {
            Some(challenge) => self.network_of(&challenge).await?,
            None => None,
        };
        let mut tx = self.store.begin().await?;
        self.limits.take_back_text(&mut tx, to, network.as_deref()).await?;
        Ok(tx.commit().await?)
    }

    async fn dispatch_reset(&self, challenge: &ChallengeRow) -> Result<Dispatch, Fault> {
        if !challenge.is_open(self.clock.now()) {
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        }
        let (Some(identifier), Some(id)) = (identifier_of(challenge), ChallengeId::parse(&challenge.id)) else {
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        };
        let found = self.directory.find(&identifier).await?;
        let wanted = challenge.wanted_channel.as_deref().and_then(Channel::from_word);
        let contacts = |account: &Account| self.contacts(account, identifier.kind(), wanted);
        let Some(account) = found.filter(|account| !contacts(account).is_empty()) else {
            return Ok(Dispatch::Drop(OutboxOutcome::Nobody));
        };

        // Read before the transaction: it must not wait for a second connection while it holds one.
        let network = self.network_of(challenge).await?;
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let Some(account) = self.directory.hold(&mut tx, &account.id, challenge.requested_at).await? else {
            if tx.cancel_challenge(&challenge.id, ACCOUNT_CHANGED, now).await? {
                let cancelled = [CancelledRow { id: challenge.id.clone(), account_id: Some(account.id) }];
                self.announcer.announce_cancelled(&mut tx, &cancelled, ACCOUNT_CHANGED, now).await?;
            }
            tx.commit().await?;
            self.wake_webhooks();
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        };
        let is_first_try = challenge.channel.is_none();
        if is_first_try && let Some(rule) = self.limits.count_message(&mut tx, &account.id, now).await? {
            tracing::warn!(challenge_id = challenge.id, rule, "a message is withheld: its account has had enough");
            tx.rollback().await?;
            return Ok(Dispatch::Drop(OutboxOutcome::Withheld));
        }
        let codes_are_closed = self.limits.codes_are_closed(&mut tx, &account.id, now).await?;
        let chooser = Chooser { challenge, network: network.as_deref(), codes_are_closed };
        let Some(contact) = self.choose(&mut tx, &chooser, contacts(&account), now).await? else {
            tx.rollback().await?;
            return Ok(Dispatch::Drop(OutboxOutcome::Withheld));
        };
        if is_first_try && let Some(until) = self.limits.count_destination(&mut tx, &contact, now).await? {
            tx.rollback().await?;
            return Ok(Dispatch::Wait(until));
        }
        let code = Code::random(contact.channel())?;
        let code_hash = (!codes_are_closed).then(|| code.hash(&self.key, &id));
        let expires_at = now.after(self.settings.link_ttl);
        let binding = ChallengeBinding {
            id: &challenge.id,
            account_id: &account.id,
            sent_to: contact.canonical(),
            channel: contact.channel(),
            code_hash: code_hash.as_ref().map(crate::model::SecretHash::as_str),
            code_expires_at: now.after(self.settings.code_ttl),
            expires_at,
        };
        if !tx.bind_challenge(&binding, now).await? {
            tx.rollback().await?;
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        }
        tx.end_other_codes(&account.id, contact.channel(), &challenge.id).await?;
        let message = match contact {
            Contact::Email(to) => {
                let code = (!codes_are_closed).then_some(code);
                self.reset_mail(&mut tx, challenge, to, code, now).await?
            }
            // Chosen only while codes are open.
            Contact::Phone(to) => {
                let content = TextContent::Code(code);
                Message::Text(TextMessage { to, locale: locale_of(challenge), content })
            }
        };
        tx.commit().await?;
        Ok(Dispatch::send(message))
    }

    /// The first contact that a message may go to now. A number gets none while codes are closed, for it
    /// would hold nothing else, or when limits on text messages are full.
    async fn choose(
        &self,
        tx: &mut Tx,
        chooser: &Chooser<'_>,
        contacts: Vec<Contact>,
        now: Timestamp,
    ) -> Result<Option<Contact>, Fault> {
        let Chooser { challenge, network, codes_are_closed } = *chooser;
        for contact in contacts {
            let number = match &contact {
                Contact::Email(_) => return Ok(Some(contact)),
                Contact::Phone(_) if codes_are_closed => continue,
                Contact::Phone(number) => number,
            };
            match self.limits.count_text(tx, number, network, now).await? {
                None => return Ok(Some(contact)),
                Some(Withheld { is_budget: true, .. }) => tracing::error!(
                    challenge_id = challenge.id,
                    "a text message is withheld: the budget of the day is used up (sms.daily_budget)"
                ),
                Some(Withheld { rule, .. }) => {
                    tracing::warn!(challenge_id = challenge.id, rule, "a text message is withheld");
                }
            }
        }
        Ok(None)
    }

    /// The network of the browser that asked, for the limits on text messages; `None`: a server asked, for many
    /// people, or no text message is ever sent.
    async fn network_of(&self, challenge: &ChallengeRow) -> Result<Option<String>, Fault> {
        if !self.sends_texts() {
            return Ok(None);
        }
        let key = match &challenge.client {
            Some(id) => self.store.find_api_key_by_id(id, self.clock.now()).await?,
            None => None,
        };
        let is_server = key.is_some_and(|key| key.kind == KeyKind::Secret.as_str());
        let address = challenge.caller_address.parse().ok().filter(|_| !is_server);
        Ok(address.map(crate::model::Caller::network_of))
    }

    async fn reset_mail(
        &self,
        tx: &mut Tx,
        challenge: &ChallengeRow,
        to: EmailAddress,
        code: Option<Code>,
        now: Timestamp,
    ) -> Result<Message, Fault> {
        let (link_key, cancel_key) = (LinkKey::random()?, CancelKey::random()?);
        let expires_at = now.after(self.settings.link_ttl);
        tx.insert_link_key(&link_key.hash(), KeyPurpose::Reset, &challenge.id, now, expires_at).await?;
        tx.insert_link_key(&cancel_key.hash(), KeyPurpose::Cancel, &challenge.id, now, expires_at).await?;
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
}

pub(super) fn identifier_of(challenge: &ChallengeRow) -> Option<Identifier> {
    let kind = IdentifierKind::from_word(&challenge.identifier_kind)?;
    Identifier::from_stored(kind, &challenge.identifier, challenge.spelling.as_deref())
}

pub(super) fn locale_of(challenge: &ChallengeRow) -> Locale {
    Locale::from_tag(&challenge.locale).unwrap_or(Locale::English)
}
