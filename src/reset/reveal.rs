//! Where the message of a request goes, for programs with a secret key. Nobody else may learn it, because it reveals
//! whether an account exists. Only `api` may use this file; an architecture test makes sure of that.

use super::error::{Fault, RequestError};
use super::{Requested, ResetRequest, ResetService};
use crate::model::{ChallengeId, Channel, Contact, EmailAddress, Identifier, PhoneNumber};
use crate::store::Tx;

/// Where a message goes, masked as Amazon Cognito masks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevealedDelivery {
    /// The channel.
    pub channel: Channel,
    /// `j***@e***` or `+*******5555`: neither reveals a length.
    pub destination: String,
}

/// What would happen to a request with an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevealedAccount {
    /// A message would go out.
    Reached {
        /// Where.
        delivery: RevealedDelivery,
        /// The account has never had a password in Keyback.
        signs_in_elsewhere: bool,
    },
    /// There is no such account.
    Unknown,
    /// An operator has disabled it.
    Disabled,
    /// None of its contacts on the channels of the request is verified.
    NotVerified,
    /// It has a verified contact that no message can reach: there is no provider, or its country is not allowed.
    OutOfReach,
}

impl RevealedAccount {
    /// Where a message goes, if one goes out.
    pub fn delivery(self) -> Option<RevealedDelivery> {
        match self {
            Self::Reached { delivery, signs_in_elsewhere: _ } => Some(delivery),
            Self::Unknown | Self::Disabled | Self::NotVerified | Self::OutOfReach => None,
        }
    }
}

/// How much the caller of a request may learn about the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reveal {
    /// Only what was typed, masked: anybody can read a publishable key. No account is looked up.
    Typed,
    /// The account, if `api.conceal_accounts` is off. Otherwise every account looks as if a message could reach it: one
    /// that doesn't exist, is disabled or has no verified contact has a simulated destination, always the same.
    Configured,
    /// The account, whatever `api.conceal_accounts` says: for protocols whose answers reveal it anyway.
    Account,
    /// The same, for protocols that know accounts which sign in elsewhere: an account without a password gets no
    /// message.
    AccountWithPassword,
}

/// A request that was accepted, and what its caller may learn.
#[derive(Debug)]
pub struct RevealedRequest {
    /// The same result as for every request.
    pub requested: Requested,
    /// What the request came to.
    pub account: RevealedAccount,
}

impl ResetService {
    /// Like [`Self::request`], and returns where the message goes, as far as the caller may learn it.
    ///
    /// # Errors
    /// See [`RequestError`]; nothing is revealed then.
    #[tracing::instrument(name = "request_reset", level = "error", skip_all)]
    pub async fn request_and_reveal(
        &self,
        request: ResetRequest,
        reveal: Reveal,
    ) -> Result<RevealedRequest, RequestError> {
        // Look up the account before the request, so that a fault here can't hide that a message was sent. What was
        // found is returned only after the request has passed the rate limits.
        let account = self.reveal(&request.identifier, request.wanted_channel, reveal).await?;
        let signs_in_elsewhere = matches!(account, RevealedAccount::Reached { signs_in_elsewhere: true, .. });
        let sends = !(signs_in_elsewhere && reveal == Reveal::AccountWithPassword);
        let beside = async |tx: &mut Tx, id: &ChallengeId, now| {
            if sends { self.queue_reset(tx, &request, id, now).await } else { Ok(()) }
        };
        let (requested, ()) = self.accept(&request, beside).await?;
        Ok(RevealedRequest { requested, account })
    }

    /// What a caller may learn about an account without a request. `None` if that is nothing.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn reveal_account(
        &self,
        identifier: &Identifier,
        reveal: Reveal,
    ) -> Result<Option<RevealedAccount>, Fault> {
        match reveal {
            Reveal::Typed => Ok(None),
            Reveal::Configured if self.settings.conceal_accounts => Ok(None),
            Reveal::Configured | Reveal::Account | Reveal::AccountWithPassword => {
                self.look_up(identifier, None).await.map(Some)
            }
        }
    }

    /// What would happen to a request with `identifier`, as far as its caller may learn it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn reveal(
        &self,
        identifier: &Identifier,
        wanted: Option<Channel>,
        reveal: Reveal,
    ) -> Result<RevealedAccount, Fault> {
        match reveal {
            Reveal::Typed => Ok(shown(self.simulated(identifier, None))),
            Reveal::Configured if self.settings.conceal_accounts => {
                let simulated = self.simulated(identifier, wanted);
                let looked_up = self.directory.look_up(identifier).await?;
                let real = looked_up.read(|account| {
                    let contact = self.contacts(account, identifier.kind(), wanted).into_iter().next()?;
                    Some(RevealedDelivery { channel: contact.channel(), destination: masked(&contact) })
                });
                Ok(shown(real.or(simulated)))
            }
            Reveal::Configured | Reveal::Account | Reveal::AccountWithPassword => {
                self.look_up(identifier, wanted).await
            }
        }
    }

    async fn look_up(&self, identifier: &Identifier, wanted: Option<Channel>) -> Result<RevealedAccount, Fault> {
        let Some(account) = self.directory.find(identifier).await? else { return Ok(RevealedAccount::Unknown) };
        if account.disabled {
            return Ok(RevealedAccount::Disabled);
        }
        let contact = self.contacts(&account, identifier.kind(), wanted).into_iter().next();
        if let Some(contact) = contact {
            let delivery = RevealedDelivery { channel: contact.channel(), destination: masked(&contact) };
            // If its owner has revoked the password ("this wasn't me"), the account has had one.
            let signs_in_elsewhere = !account.has_password && account.password_changed_at.is_none();
            return Ok(RevealedAccount::Reached { delivery, signs_in_elsewhere });
        }
        let is_verified = |channel| match channel {
            Channel::Email => account.address_for_messages().is_some(),
            Channel::Sms => account.number_for_messages().is_some(),
        };
        let verified = self.asking.channels_for(identifier.kind(), wanted).into_iter().any(is_verified);
        Ok(if verified { RevealedAccount::OutOfReach } else { RevealedAccount::NotVerified })
    }

    /// A destination that cannot be distinguished from a real one: the identifier itself, masked, if it is a contact,
    /// else one drawn from a keyed hash of it.
    fn simulated(&self, identifier: &Identifier, wanted: Option<Channel>) -> Option<RevealedDelivery> {
        let name = identifier.canonical();
        let draw = |what: &str| self.key.keyed_number("simulated delivery", &[what, name]);
        // An address, a number, or both, just as accounts differ, and whichever channel is wanted. If the wanted
        // channel always existed, any other one in an answer would reveal an account.
        let contacts: &[Channel] = match draw("contacts") % 4 {
            0 | 1 => &[Channel::Email],
            2 => &[Channel::Email, Channel::Sms],
            _ => &[Channel::Sms],
        };
        let channels = self.asking.channels_for(identifier.kind(), wanted);
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

/// An account of which only the destination is shown.
fn shown(delivery: Option<RevealedDelivery>) -> RevealedAccount {
    delivery.map_or(RevealedAccount::OutOfReach, |delivery| RevealedAccount::Reached {
        delivery,
        signs_in_elsewhere: false,
    })
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
