-- What must still be sent. No secret rests here: a message is rendered when it is sent.
CREATE TABLE outbox (
    id              TEXT   NOT NULL PRIMARY KEY, -- 24 random URL-safe characters
    kind            TEXT   NOT NULL,             -- reset (link and code) or notice (the password was changed)
    challenge_id    TEXT   NOT NULL,             -- what it is about
    created_at      BIGINT NOT NULL,             -- when it was asked for
    due_at          BIGINT NOT NULL,             -- not before; moved on by every failure
    give_up_at      BIGINT NOT NULL,             -- not after
    attempts        BIGINT NOT NULL DEFAULT 0,   -- how often somebody began to send it
    lease_until     BIGINT NOT NULL DEFAULT 0,   -- a worker holds it until then
    finished_at     BIGINT,                      -- sent, or given up
    outcome         TEXT,                        -- sent, nobody (no account to send to), cancelled or failed
    reason          TEXT,                        -- the last failure, in the sender's words, without addresses
    FOREIGN KEY (challenge_id) REFERENCES challenges (id) ON DELETE CASCADE
);
CREATE INDEX outbox_pending ON outbox (due_at) WHERE finished_at IS NULL;
CREATE INDEX outbox_by_challenge ON outbox (challenge_id);
