//! Where the link of a request may lead: to the registered URLs of the configuration, or of the program if it has its
//! own (SECURITY.md, requirements 51 and 52).

use super::{Fault, ResetRequest, ResetService};
use crate::model::{Challenge, RedirectAllowList, RedirectError, RedirectUrl};

impl ResetService {
    /// The target to store with a request. `None` for the default of the configuration, whatever that is when it is
    /// used.
    pub(super) fn target_of(&self, request: &ResetRequest) -> Result<Option<RedirectUrl>, RedirectError> {
        let own = request.caller.client.as_ref().map(|client| client.redirect_urls.as_slice()).unwrap_or_default();
        let registered = self.settings.redirects.of_program(own);
        match &request.redirect_url {
            Some(text) => registered.find(text).map(Some),
            None => Ok((!own.is_empty()).then(|| registered.default_url().clone())),
        }
    }

    /// The target stored with a request, if it is still registered.
    pub(super) async fn registered_target(&self, challenge: &Challenge) -> Result<Option<RedirectUrl>, Fault> {
        let Some(stored) = &challenge.redirect_url else { return Ok(None) };
        let own = match &challenge.client {
            Some(id) => self.store.find_api_key_by_id(id, self.clock.now()).await?,
            None => None,
        };
        let own = own.map(|key| key.redirect_urls).unwrap_or_default();
        let registered: RedirectAllowList = self.settings.redirects.of_program(&own);
        Ok(registered.find(stored).ok())
    }
}
