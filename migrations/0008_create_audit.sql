-- What happened, step by step. No secret and no address of a person is ever written here.
CREATE TABLE audit (
    id             TEXT   NOT NULL PRIMARY KEY, -- 24 random URL-safe characters
    happened_at    BIGINT NOT NULL,             -- when
    event          TEXT   NOT NULL,             -- which step: reset.requested, reset.completed, …
    result         TEXT   NOT NULL,             -- ok, or why not
    actor          TEXT   NOT NULL,             -- person, worker, operator, demo or key:<public id>
    challenge_id   TEXT,                        -- which reset, where there is one
    account_id     TEXT,                        -- whose, where it is known
    caller_address TEXT,                        -- from where; emptied after its time
    user_agent     TEXT,                        -- with what; emptied after its time
    correlation_id TEXT                         -- the same as in the log
);
CREATE INDEX audit_by_challenge ON audit (challenge_id) WHERE challenge_id IS NOT NULL;
CREATE INDEX audit_by_time ON audit (happened_at);
CREATE INDEX audit_with_address ON audit (happened_at) WHERE caller_address IS NOT NULL;
