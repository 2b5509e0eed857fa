-- Events for the operator's app wait in the outbox beside messages, and are worked off apart from them: an app that is
-- down holds no message up.
ALTER TABLE outbox ADD COLUMN payload TEXT; -- JSON that a webhook carries, without secrets and addresses; null: a message
CREATE INDEX outbox_messages_pending ON outbox (due_at) WHERE finished_at IS NULL AND payload IS NULL;
CREATE INDEX outbox_webhooks_pending ON outbox (due_at) WHERE finished_at IS NULL AND payload IS NOT NULL;
-- `outbox_pending` stays: instances of the version before go by it while they run beside new ones.
