//! With which identifiers people may ask for a reset, and on which channels its message may go. It depends only on the
//! configuration, never on an account.

use crate::config::Config;
use crate::model::{Channel, Country, Identifier, IdentifierError, IdentifierKind};

/// The identifiers and channels that are switched on.
#[derive(Debug)]
pub struct Asking {
    ways: Vec<IdentifierKind>,
    username_delivery: Vec<Channel>,
    /// `None` if text messages are never sent.
    texts: Option<Texts>,
}

#[derive(Debug)]
struct Texts {
    allowed_countries: Vec<Country>,
    default_country: Option<Country>,
}

impl Asking {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            ways: config.reset.channels.clone(),
            username_delivery: config.reset.username_delivery.clone(),
            texts: config.sms.provider.is_some().then(|| Texts {
                allowed_countries: config.sms.allowed_countries.clone(),
                default_country: config.sms.default_country,
            }),
        }
    }

    /// The identifiers that people may enter.
    pub fn ways(&self) -> &[IdentifierKind] {
        &self.ways
    }

    /// Whether text messages are sent at all.
    pub fn sends_texts(&self) -> bool {
        self.texts.is_some()
    }

    /// The countries to which text messages may go. `None` if none are sent.
    pub(super) fn texted_countries(&self) -> Option<&[Country]> {
        self.texts.as_ref().map(|texts| texts.allowed_countries.as_slice())
    }

    /// Reads what a person typed: an address, a number or a name, whichever may be entered.
    ///
    /// # Errors
    /// [`IdentifierError`] if it is none of them.
    pub fn identify(&self, typed: &str) -> Result<Identifier, IdentifierError> {
        Identifier::guess(typed, &self.ways, self.default_country())
    }

    /// Reads an identifier of a given kind. A phone number may be a national one of the configured country.
    ///
    /// # Errors
    /// [`IdentifierError`] if it is not of that kind.
    pub fn identify_as(&self, kind: IdentifierKind, text: &str) -> Result<Identifier, IdentifierError> {
        Identifier::parse_in(kind, text, self.default_country())
    }

    fn default_country(&self) -> Option<Country> {
        self.texts.as_ref().and_then(|texts| texts.default_country)
    }

    /// The channels of a request, in order of preference.
    pub(super) fn channels_for(&self, asked_by: IdentifierKind, wanted: Option<Channel>) -> Vec<Channel> {
        let usual: &[Channel] = match asked_by {
            IdentifierKind::Email => &[Channel::Email],
            IdentifierKind::Phone => &[Channel::Sms],
            IdentifierKind::Username => &self.username_delivery,
        };
        let wanted = wanted.filter(|channel| self.channels_on_request(asked_by).contains(channel));
        let others = usual.iter().copied().filter(|channel| Some(*channel) != wanted);
        wanted.into_iter().chain(others).collect()
    }

    /// The channels that may be requested instead of the usual one. Channels that the operator has not allowed for
    /// usernames are unavailable for usernames, and channels that cannot send at all are unavailable for everybody.
    pub fn channels_on_request(&self, asked_by: IdentifierKind) -> Vec<Channel> {
        if asked_by == IdentifierKind::Username {
            return self.username_delivery.clone();
        }
        let for_names =
            |channel| self.ways.contains(&IdentifierKind::Username) && self.username_delivery.contains(&channel);
        [(Channel::Email, IdentifierKind::Email), (Channel::Sms, IdentifierKind::Phone)]
            .into_iter()
            .filter_map(|(channel, way)| (self.ways.contains(&way) || for_names(channel)).then_some(channel))
            .collect()
    }

    /// The channel that comes first if a protocol leaves the choice to the service. `None` for the usual one of that
    /// kind of identifier.
    pub fn preferred_channel(&self, asked_by: IdentifierKind) -> Option<Channel> {
        let first = self.username_delivery.first().copied();
        first.filter(|channel| self.channels_on_request(asked_by).contains(channel))
    }
}
