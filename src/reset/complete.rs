//! Step 4: sets a new password with a grant. The token is looked up before anything is hashed. Then one transaction, in
//! our database or in the app's, decides which request wins and writes the password; and one ends everything else of the
//! account. In our own table, both are the same.

use super::error::{CompleteByCodeError, CompleteError, Fault};
use super::finish::Completed;
use super::recorder::Record;
use super::verify::Afterwards;
use super::write::{Committed, Decision, WriteSubject};
use super::{Granted, ResetService};
use crate::accounts::{Assessment, HashError, NotJudged, PolicyViolation};
use crate::model::{
    ActivationId, AuditEvent, Caller, Code, Grant, Hold, Identifier, NewPassword, SecretHash, StepResult, WritePurpose,
};

impl ResetService {
    /// Sets the password of the challenge that the token was granted for. Of any number of calls with one token,
    /// exactly one succeeds.
    ///
    /// # Errors
    /// See [`CompleteError`]. Nothing has changed then.
    #[tracing::instrument(level = "error", skip_all)]
    pub async fn complete(
        &self,
        token: &SecretHash,
        password: NewPassword,
        caller: &Caller,
    ) -> Result<(), CompleteError> {
        let Some(grant) = self.store.find_grant(token, self.clock.now()).await? else {
            self.record_completion(StepResult::DeadToken, None, caller).await;
            return Err(CompleteError::TokenDead);
        };
        let own_names = self.own_names(&grant).await?;
        let assessment = self.policy.judge(grant.challenge_id.as_str(), &password, &own_names).await?;
        if !assessment.violations.is_empty() {
            return Err(self.rejected(assessment.violations, &grant, token, caller).await);
        }
        let prepared = self.directory.prepare(password, &self.hasher).await.map_err(|error| match error {
            HashError::Busy => CompleteError::Busy,
            HashError::Failed => CompleteError::Fault(Fault::Hashing),
        })?;

        // A parallel call may have won meanwhile; then there is no need to wait for the account's row.
        if self.store.find_grant(token, self.clock.now()).await?.is_none() {
            self.record_completion(StepResult::DeadToken, Some(&grant), caller).await;
            return Err(CompleteError::TokenDead);
        }

        let subject = WriteSubject {
            challenge_id: &grant.challenge_id,
            account_id: &grant.account_id,
            purpose: WritePurpose::Complete,
            token: Some(token),
            from: caller.address,
        };
        let committed = match prepared.begin_change(&grant).await? {
            Some(change) => self.commit(change, &subject).await,
            None => Ok(None),
        };
        let committed = match committed {
            Err(Fault::RefusedByApp) => {
                let violations = vec![PolicyViolation::RefusedByApp];
                return Err(self.rejected(violations, &grant, token, caller).await);
            }
            committed => committed?,
        };
        let Some(committed) = committed else {
            self.record_completion(StepResult::DeadToken, Some(&grant), caller).await;
            return Err(CompleteError::TokenDead);
        };
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let decision = self.decide(&mut tx, &committed, &grant, &subject, now).await?;
        match decision {
            Decision::Won | Decision::Disowned => {}
            Decision::Settled => {
                tx.rollback().await?;
                return Ok(());
            }
            Decision::Lost => {
                tx.rollback().await?;
                self.record_completion(StepResult::DeadToken, Some(&grant), caller).await;
                return Err(CompleteError::TokenDead);
            }
        }
        self.finish_completion(&mut tx, &Completed::by_caller(&grant, caller), now).await?;
        tx.commit().await?;
        self.wake_webhooks();
        if let (Decision::Disowned, Committed::App(write)) = (decision, &committed) {
            self.lock_disowned(write).await?;
            return Err(CompleteError::TokenDead);
        }
        Ok(())
    }

    /// Sets the password with the code of an identifier's newest challenge, in one call. If the password is rejected,
    /// the code remains valid.
    ///
    /// # Errors
    /// See [`CompleteByCodeError`].
    pub async fn complete_by_code(
        &self,
        identifier: &Identifier,
        code: &Code,
        password: NewPassword,
        caller: &Caller,
    ) -> Result<(), CompleteByCodeError> {
        let granted = self
            .try_code_of(identifier, code, caller, Afterwards::StillGood)
            .await
            .map_err(CompleteByCodeError::Code)?;
        self.complete_at_once(&granted, password, caller).await.map_err(CompleteByCodeError::Complete)
    }

    /// Sets the password with a request id that this caller received. If the password is rejected, the id remains
    /// valid.
    ///
    /// # Errors
    /// See [`CompleteError`].
    pub async fn complete_by_activation(
        &self,
        id: &ActivationId,
        password: NewPassword,
        caller: &Caller,
    ) -> Result<(), CompleteError> {
        let Some(granted) = self.open_activation(id, caller).await? else { return Err(CompleteError::TokenDead) };
        self.complete_at_once(&granted, password, caller).await
    }

    /// Sets the password with a grant that only this call holds, and deletes the grant if that fails.
    async fn complete_at_once(
        &self,
        granted: &Granted,
        password: NewPassword,
        caller: &Caller,
    ) -> Result<(), CompleteError> {
        let token = granted.access_token.hash();
        let outcome = self.complete(&token, password, caller).await;
        if outcome.is_err()
            && let Err(fault) = self.drop_grant(&token).await
        {
            tracing::error!(error = %fault, "could not delete an unused grant; it ends when it expires");
        }
        outcome
    }

    async fn drop_grant(&self, token: &SecretHash) -> Result<(), Fault> {
        let mut tx = self.store.begin().await?;
        tx.delete_grant(token).await?;
        Ok(tx.commit().await?)
    }

    /// Judges a password while it is being typed. Uses up nothing but the reset's budget for that. `None` if the grant
    /// is gone, its budget is spent, or too many people are typing now.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn preview(&self, token: &SecretHash, password: &NewPassword) -> Result<Option<Assessment>, Fault> {
        let now = self.clock.now();
        let Some(grant) = self.store.find_grant(token, now).await? else { return Ok(None) };
        self.hold(&grant, token, Hold::InUse).await;
        let mut tx = self.store.begin().await?;
        let may_preview = self.limits.may_preview(&mut tx, &grant.challenge_id, now).await?;
        tx.commit().await?;
        if !may_preview {
            return Ok(None);
        }
        let own_names = self.own_names(&grant).await?;
        match self.policy.preview(grant.challenge_id.as_str(), password, &own_names).await {
            Ok(assessment) => Ok(Some(assessment)),
            Err(NotJudged::Busy) => Ok(None),
            Err(NotJudged::Failed) => Err(Fault::Hashing),
        }
    }

    async fn rejected(
        &self,
        violations: Vec<PolicyViolation>,
        grant: &Grant,
        token: &SecretHash,
        caller: &Caller,
    ) -> CompleteError {
        self.hold(grant, token, Hold::InUse).await;
        self.record_completion(StepResult::PasswordRejected, Some(grant), caller).await;
        CompleteError::PasswordRejected(violations)
    }

    async fn own_names(&self, grant: &Grant) -> Result<Vec<String>, Fault> {
        let account = self.directory.get(&grant.account_id).await?;
        Ok(account.map(|account| account.own_names()).unwrap_or_default())
    }

    async fn record_completion(&self, result: StepResult, grant: Option<&Grant>, caller: &Caller) {
        self.recorder.record(&completion(result, grant, caller)).await;
    }
}

fn completion<'a>(result: StepResult, grant: Option<&'a Grant>, caller: &'a Caller) -> Record<'a> {
    Record {
        challenge_id: grant.map(|grant| &grant.challenge_id),
        account_id: grant.map(|grant| &grant.account_id),
        ..Record::new(AuditEvent::Completed, result, caller)
    }
}
