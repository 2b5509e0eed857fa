-- Requests to reset a password.
CREATE TABLE challenges (
    id                 TEXT   NOT NULL PRIMARY KEY, -- 24 random URL-safe characters
    identifier_kind    TEXT   NOT NULL,             -- email, phone or username
    identifier         TEXT   NOT NULL,             -- canonical; deleted with the row
    spelling           TEXT,                        -- the identifier exactly as it was typed; null: the same as identifier
    redirect_url       TEXT,                        -- registered URL that the request named; null: the default
    locale             TEXT   NOT NULL,             -- language of the request
    caller_address     TEXT   NOT NULL,             -- address of the caller; shown in the mail
    client             TEXT,                        -- public id of the API key that asked; null: a person on a page
    door               TEXT   NOT NULL,             -- where the request came in: a value of model::Door
    wanted_channel     TEXT,                        -- email or sms, where the request named one; null: the usual one
    requested_at       BIGINT NOT NULL,             -- when it was made
    expires_at         BIGINT NOT NULL,             -- its links are dead from then on; moved forward when the message is sent
    account_id         TEXT,                        -- set before the message is sent; null: no matching account, or not looked up yet
    channel            TEXT,                        -- email or sms: how the message went; null: it has not gone
    sent_to            TEXT,                        -- canonical address that the message went to; the grant is bound to it
    code_hash          TEXT,                        -- keyed hash of the live code; null: none
    code_expires_at    BIGINT,                      -- the code is dead from then on
    code_attempts      BIGINT NOT NULL DEFAULT 0,   -- tries so far, counted before they are compared
    code_proven_at     BIGINT,                      -- when the right code was entered; null: not yet
    ended_code_hash    TEXT,                        -- keyed hash of a code that was used or has ended; null: none
    completed_at       BIGINT,                      -- when the password was set
    completed_from     TEXT,                        -- address of the caller who set it; shown in the notice
    cancelled_at       BIGINT,                      -- when it ended without a new password
    cancelled_because  TEXT,                        -- why it ended so
    FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX challenges_open_by_identifier ON challenges (identifier, requested_at)
    WHERE completed_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX challenges_by_identifier ON challenges (identifier, requested_at);
CREATE INDEX challenges_by_account ON challenges (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX challenges_by_expiry ON challenges (expires_at);
CREATE INDEX challenges_by_text_message ON challenges (code_expires_at) WHERE channel = 'sms';
