-- Messages and webhooks that are still to be sent. No secret is stored here: a message is rendered when it is sent.
-- Each channel has a lane, so that a text provider that hangs does not delay mail.
CREATE TABLE outbox (
    id              TEXT   NOT NULL PRIMARY KEY,     -- 24 random URL-safe characters
    kind            TEXT   NOT NULL,                 -- what it is: a value of store::OutboxKind
    challenge_id    TEXT   NOT NULL,                 -- the challenge that it is about
    channel         TEXT,                            -- email or sms, for notices that go on both; null: the challenge decides
    lane            TEXT   NOT NULL DEFAULT 'email', -- email or sms: the queue that it waits in; webhooks are in neither
    destination     TEXT,                            -- domain of the address that was typed; null: none, or not known
    text_limit      TEXT,                            -- the limit on text messages that was full when it was asked for; null: none
    payload         TEXT,                            -- JSON of a webhook, without secrets and addresses; null: a message
    created_at      BIGINT NOT NULL,                 -- when it was asked for
    due_at          BIGINT NOT NULL,                 -- not sent before; moved forward by every failure
    give_up_at      BIGINT NOT NULL,                 -- not sent after
    attempts        BIGINT NOT NULL DEFAULT 0,       -- how often a worker began to send it
    unanswered      BIGINT NOT NULL DEFAULT 0,       -- how often it may have gone without a confirmation
    lease_until     BIGINT NOT NULL DEFAULT 0,       -- a worker holds it until then
    finished_at     BIGINT,                          -- when it was sent, dropped or given up
    outcome         TEXT,                            -- how it finished: a value of store::OutboxOutcome
    reason          TEXT,                            -- the last failure, in the server's words, without addresses
    FOREIGN KEY (challenge_id) REFERENCES challenges (id) ON DELETE CASCADE
);
CREATE INDEX outbox_lanes_pending ON outbox (lane, due_at, destination, attempts) WHERE finished_at IS NULL AND payload IS NULL;
CREATE INDEX outbox_messages_pending ON outbox (due_at) WHERE finished_at IS NULL AND payload IS NULL;
CREATE INDEX outbox_webhooks_pending ON outbox (due_at) WHERE finished_at IS NULL AND payload IS NOT NULL;
CREATE INDEX outbox_by_challenge ON outbox (challenge_id);
