-- What happened, step by step. No secret and no person's email address or number is ever written here. What one caller
-- repeats is one row with a count, so that a flood neither fills the disk nor hides anything.
CREATE TABLE audit (
    id             TEXT   NOT NULL PRIMARY KEY, -- 24 random URL-safe characters
    happened_at    BIGINT NOT NULL,             -- when it happened first
    event          TEXT   NOT NULL,             -- which step: reset.requested, reset.completed, …
    result         TEXT   NOT NULL,             -- ok, or the reason why not
    actor          TEXT   NOT NULL,             -- person, worker, operator, demo or key:<public id>
    challenge_id   TEXT,                        -- the reset, where there is one
    account_id     TEXT,                        -- the account, where it is known
    key_id         TEXT,                        -- public id of the API key that was created, rotated or revoked
    caller_address TEXT,                        -- address of the caller; emptied after retention.addresses
    user_agent     TEXT,                        -- the caller's program; emptied after retention.addresses
    correlation_id TEXT,                        -- the request's id, as in the log
    hits           BIGINT NOT NULL DEFAULT 1,   -- how often it happened
    last_at        BIGINT                       -- when it happened last; null: once, at happened_at
);
CREATE INDEX audit_by_challenge ON audit (challenge_id) WHERE challenge_id IS NOT NULL;
CREATE INDEX audit_by_time ON audit (happened_at);
CREATE INDEX audit_with_address ON audit (happened_at) WHERE caller_address IS NOT NULL;
