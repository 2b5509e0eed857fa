//! What only a program with a secret key may learn: where the message of a request goes. Pages and
//! everybody else must not: it tells whether there is an account. Called by `api` and `mcp` alone; a test of the
//! architecture keeps it so.

use super::error::{Fault, RequestError};
use super::{ResetRequest, ResetService};
use crate::model::{Channel, Contact, EmailAddress, Identifier, IdentifierKind, PhoneNumber};

/// Where a message goes, masked as Amazon Cognito masks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevealedDelivery {
    /// The way.
    pub channel: Channel,
    /// `j***@e***` or `+*******5555`: neither tells a length.
    pub destination: String,
}

/// What a request with an identifier would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevealedAccount {
    /// A message goes there.
    Reached {
        /// Where.
        delivery: RevealedDelivery,
        /// The account has never had a password with us.
        signs_in_elsewhere: bool,
    },
    /// There is no such account.
    Unknown,
    /// An operator has disabled it.
    Disabled,
    /// None of its contacts on the channels of the request is verified.
    NotVerified,
    /// It has a verified contact, and no message can go there: no provider, or a country that is not allowed.
    OutOfReach,
}

impl ResetService {
    /// What a request with `identifier` would come to, whatever `api.conceal_accounts` says: for protocols
    /// whose answers to a server tell it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn reveal_account(
        &self,
        identifier: &Identifier,
        wanted: Option<Channel>,
    ) -> Result<RevealedAccount, Fault> {
        let Some(account) = self.directory.find(identifier).await? else { return Ok(RevealedAccount::Unknown) };
        if account.disabled {
            return Ok(RevealedAccount::Disabled);
        }
        let contact = self.contacts(&account, identifier.kind(), wanted).into_iter().next();
        if let Some(contact) = contact {
            let delivery = RevealedDelivery { channel: contact.channel(), destination: masked(&contact) };
            // One whose password its owner has taken away ("this wasn't me") has had one.
            let signs_in_elsewhere = !account.has_password && account.password_changed_at.is_none();
            return Ok(RevealedAccount::Reached { delivery, signs_in_elsewhere });
        }
        let is_verified = |channel| match channel {
            Channel::Email => account.address_for_messages().is_some(),
            Channel::Sms => account.number_for_messages().is_some(),
        };
        let verified = self.channels_for(identifier.kind(), wanted).into_iter().any(is_verified);
        Ok(if verified { RevealedAccount::OutOfReach } else { RevealedAccount::NotVerified })
    }

    /// [`Self::request`] for a program that is told what it comes to, for protocols that know of accounts which
    /// sign in elsewhere: one without a password gets no message. All else takes the path of every request.
    ///
    /// # Errors
    /// See [`RequestError`]; nothing is revealed then.
    #[tracing::instrument(name = "request_reset", level = "error", skip_all)]
    pub async fn request_and_reveal(&self, request: ResetRequest) -> Result<RevealedAccount, RequestError> {
        let revealed = self.reveal_account(&request.identifier, request.wanted_channel).await?;
        let signs_in_elsewhere = matches!(revealed, RevealedAccount::Reached { signs_in_elsewhere: true, .. });
        self.accept(
            &request,
            async |tx, id, now| {
                if signs_in_elsewhere { Ok(()) } else { self.queue_reset(tx, &request, id, now).await }
            },
        )
        .await?;
        Ok(revealed)
    }

    /// The destination that anybody may be shown for `identifier`: what was typed, masked, or a made-up one
    /// that is the same each time. No account is looked up.
    pub fn shown_delivery(&self, identifier: &Identifier, wanted: Option<Channel>) -> Option<RevealedDelivery> {
        self.simulated(identifier, wanted)
    }

    /// Whether programs with a secret key are told of accounts that there are none.
    pub fn conceals_accounts(&self) -> bool {
        self.settings.conceal_accounts
    }

    /// The channel that comes first where a protocol leaves the choice to the service; `None`: the usual one of
    /// that kind of identifier.
    pub fn preferred_channel(&self, asked_by: IdentifierKind) -> Option<Channel> {
        let first = self.settings.username_delivery.first().copied();
        first.filter(|channel| self.channels_on_request(asked_by).contains(channel))
    }

    /// Where the message of a request with `identifier` goes. For an account that is unknown, disabled or
    /// has no verified contact: a simulated destination, the same each time, where
    /// `api.conceal_accounts` is on; else `None`.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn reveal_delivery(
        &self,
        identifier: &Identifier,
        wanted: Option<Channel>,
    ) -> Result<Option<RevealedDelivery>, Fault> {
        let simulated = self.simulated(identifier, wanted);
        let looked_up = self.directory.look_up(identifier).await?;
        let real = looked_up.read(|account| {
            let contact = self.contacts(account, identifier.kind(), wanted).into_iter().next()?;
            Some(RevealedDelivery { channel: contact.channel(), destination: masked(&contact) })
        });
        Ok(real.or(simulated.filter(|_| self.settings.conceal_accounts)))
    }

    /// A destination that nobody can tell from a real one: what was typed, masked, where it is a
    /// contact itself, else drawn from a keyed hash of it.
    fn simulated(&self, identifier: &Identifier, wanted: Option<Channel>) -> Option<RevealedDelivery> {
        let name = identifier.canonical();
        let draw = |what: &str| self.key.keyed_number("simulated delivery", &[what, name]);
        // Somebody with an address alone, with both, or with a number alone: as an account has what it has, whichever
        // way is wanted. Were the wanted way always there, another one would tell that there is an account.
        let contacts: &[Channel] = match draw("contacts") % 4 {
            0 | 1 => &[Channel::Email],
            2 => &[Channel::Email, Channel::Sms],
            _ => &[Channel::Sms],
        };
        let channels = self.channels_for(identifier.kind(), wanted);
        let reached = channels.iter().find(|channel| contacts.contains(channel));
        let channel = *reached.or(channels.first())?;
        let destination = match (identifier, channel) {
            (Identifier::Email(address), Channel::Email) => mask_address(address),
            (Identifier::Phone(number), Channel::Sms) => mask_number(number),
            (_, Channel::Email) => format!("{}***@{}***", letter(draw("local part")), letter(draw("domain"))),
            (_, Channel::Sms) => format!("+*******{:04}", draw("number") % 10_000),
        };
        Some(RevealedDelivery { channel, destination })
    }
}

fn masked(contact: &Contact) -> String {
    match contact {
        Contact::Email(address) => mask_address(address),
        Contact::Phone(number) => mask_number(number),
    }
}

fn mask_address(address: &EmailAddress) -> String {
    let first = |text: &str| text.to_lowercase().chars().next().map(String::from).unwrap_or_default();
    format!("{}***@{}***", first(address.local_part()), first(address.domain()))
}

fn mask_number(number: &PhoneNumber) -> String {
    let digits = number.digits();
    format!("+*******{}", &digits[digits.len() - 4..])
}

fn letter(draw: u32) -> char {
    char::from(b'a' + (draw % 26) as u8)
}
