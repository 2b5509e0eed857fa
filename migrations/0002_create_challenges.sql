-- One request to reset a password.
CREATE TABLE challenges (
    id                 TEXT   NOT NULL PRIMARY KEY, -- 24 random URL-safe characters
    identifier_kind    TEXT   NOT NULL,             -- email, phone or username
    identifier         TEXT   NOT NULL,             -- canonical; gone with the row
    redirect_url       TEXT,                        -- registered URL that the request named; null: the default
    locale             TEXT   NOT NULL,             -- language of the request
    caller_address     TEXT   NOT NULL,             -- who asked; told in the mail
    requested_at       BIGINT NOT NULL,             -- when it was asked
    expires_at         BIGINT NOT NULL,             -- no link of it is taken from then on; moved on when the message goes
    account_id         TEXT,                        -- set by dispatch when the account is found
    sent_to            TEXT,                        -- canonical address that the message went to; the right is bound to it
    code_hash          TEXT,                        -- keyed hash of the live code; null: none
    code_expires_at    BIGINT,                      -- the code is dead from then on
    code_attempts      BIGINT NOT NULL DEFAULT 0,   -- tries so far, counted before they are compared
    completed_at       BIGINT,                      -- the password was set
    completed_from     TEXT,                        -- address of who set it; told in the notice
    cancelled_at       BIGINT,                      -- ended otherwise
    cancelled_because  TEXT,                        -- superseded, not_me, reset_elsewhere or account_changed
    FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX challenges_open_by_identifier ON challenges (identifier, requested_at)
    WHERE completed_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX challenges_by_account ON challenges (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX challenges_by_expiry ON challenges (expires_at);
