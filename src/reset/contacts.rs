//! Chooses the contacts for messages to an account: stored and verified contacts of an enabled account, never anything
//! that was typed.

use super::ResetService;
use crate::model::{Account, Channel, Contact, IdentifierKind};

impl ResetService {
    /// The verified contacts of an account on the channels that a request may use, in order of preference. Empty if
    /// nobody is to be notified.
    pub(super) fn contacts(
        &self,
        account: &Account,
        asked_by: IdentifierKind,
        wanted: Option<Channel>,
    ) -> Vec<Contact> {
        self.asking
            .channels_for(asked_by, wanted)
            .into_iter()
            .filter_map(|channel| self.contact(account, channel))
            .collect()
    }

    /// The verified contact of an enabled account on one channel.
    pub(super) fn contact(&self, account: &Account, channel: Channel) -> Option<Contact> {
        match channel {
            Channel::Email => account.address_for_messages().cloned().map(Contact::Email),
            Channel::Sms => {
                let countries = self.asking.texted_countries()?;
                // Judging a number takes longer than everything else here, so unverified numbers are judged, too.
                let may_be_texted = account.phone.as_ref()?.may_be_texted(countries);
                account.number_for_messages().filter(|_| may_be_texted).cloned().map(Contact::Phone)
            }
        }
    }
}
