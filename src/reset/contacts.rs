//! Where the message for an account may go, the best first: stored and verified contacts of an enabled
//! account, and none that was typed. Called by `dispatch` and `reveal`.

use super::ResetService;
use crate::accounts::Account;
use crate::model::{Channel, Contact, IdentifierKind};

impl ResetService {
    /// The verified contacts of an account on the channels that a request may use, in the order in
    /// which they are to be tried. Empty: nobody is told anything.
    pub(super) fn contacts(
        &self,
        account: &Account,
        asked_by: IdentifierKind,
        wanted: Option<Channel>,
    ) -> Vec<Contact> {
        self.channels_for(asked_by, wanted).into_iter().filter_map(|channel| self.contact(account, channel)).collect()
    }

    /// The verified contact of an enabled account on one channel.
    pub(super) fn contact(&self, account: &Account, channel: Channel) -> Option<Contact> {
        match channel {
            Channel::Email => account.address_for_messages().cloned().map(Contact::Email),
            Channel::Sms => {
                let number = account.number_for_messages()?;
                let texts = self.settings.texts.as_ref()?;
                number.may_be_texted(&texts.allowed_countries).then(|| Contact::Phone(number.clone()))
            }
        }
    }

    /// The channels of a request in the order in which they are to be tried.
    pub(super) fn channels_for(&self, asked_by: IdentifierKind, wanted: Option<Channel>) -> Vec<Channel> {
        let usual: &[Channel] = match asked_by {
            IdentifierKind::Email => &[Channel::Email],
            IdentifierKind::Phone => &[Channel::Sms],
            IdentifierKind::Username => &self.settings.username_delivery,
        };
        let wanted = wanted.filter(|channel| self.other_channels().contains(channel));
        let others = usual.iter().copied().filter(|channel| Some(*channel) != wanted);
        wanted.into_iter().chain(others).collect()
    }

    /// The channels that a person may ask for in place of the usual one.
    pub fn other_channels(&self) -> Vec<Channel> {
        let settings = &self.settings;
        let email =
            settings.ways.contains(&IdentifierKind::Email) || settings.username_delivery.contains(&Channel::Email);
        let sms = settings.texts.is_some();
        [(Channel::Email, email), (Channel::Sms, sms)]
            .into_iter()
            .filter_map(|(channel, on)| on.then_some(channel))
            .collect()
    }
}
