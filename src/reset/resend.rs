//! Repeats a request, for a program that remembers only its id.

use super::error::RequestError;
use super::{Requested, ResetRequest, ResetService};
use crate::model::{Caller, ChallengeId, Door};

impl ResetService {
    /// Repeats the request `id` of the same program. This is a new request with a new id, and counts against the same
    /// limits. `None` if the program has no such request.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn resend(
        &self,
        id: &ChallengeId,
        caller: &Caller,
        door: Door,
    ) -> Result<Option<Requested>, RequestError> {
        let Some(challenge) = self.own_challenge(id, caller).await? else { return Ok(None) };
        let request = ResetRequest {
            identifier: challenge.identifier,
            wanted_channel: challenge.wanted_channel,
            redirect_url: challenge.redirect_url,
            locale: challenge.locale,
            caller: caller.clone(),
            door,
            max_open: None,
            pass: None,
        };
        self.request(request).await.map(Some)
    }
}
