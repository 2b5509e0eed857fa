//! Chooses the contacts for messages to an account: stored and verified contacts of an enabled account, never anything
//! that was typed.

use super::ResetService;
use crate::accounts::Account;
use crate::model::{Channel, Contact, IdentifierKind};

impl ResetService {
    /// The verified contacts of an account on the channels that a request may use, in order of preference. Empty if
    /// nobody is to be notified.
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
                let texts = self.settings.texts.as_ref()?;
                // Judging a number takes longer than everything else here, so unverified numbers are judged, too.
                let may_be_texted = account.phone.as_ref()?.may_be_texted(&texts.allowed_countries);
                account.number_for_messages().filter(|_| may_be_texted).cloned().map(Contact::Phone)
            }
        }
    }

    /// The channels of a request, in order of preference.
    pub(super) fn channels_for(&self, asked_by: IdentifierKind, wanted: Option<Channel>) -> Vec<Channel> {
        let usual: &[Channel] = match asked_by {
            IdentifierKind::Email => &[Channel::Email],
            IdentifierKind::Phone => &[Channel::Sms],
            IdentifierKind::Username => &self.settings.username_delivery,
        };
        let wanted = wanted.filter(|channel| self.channels_on_request(asked_by).contains(channel));
        let others = usual.iter().copied().filter(|channel| Some(*channel) != wanted);
        wanted.into_iter().chain(others).collect()
    }

    /// The channels that may be requested instead of the usual one. Channels that the operator has not allowed for
    /// usernames are unavailable for usernames, and channels that cannot send at all are unavailable for everybody.
    pub fn channels_on_request(&self, asked_by: IdentifierKind) -> Vec<Channel> {
        let settings = &self.settings;
        if asked_by == IdentifierKind::Username {
            return settings.username_delivery.clone();
        }
        let for_names = |channel| {
            settings.ways.contains(&IdentifierKind::Username) && settings.username_delivery.contains(&channel)
        };
        [(Channel::Email, IdentifierKind::Email), (Channel::Sms, IdentifierKind::Phone)]
            .into_iter()
            .filter_map(|(channel, way)| (settings.ways.contains(&way) || for_names(channel)).then_some(channel))
            .collect()
    }
}
