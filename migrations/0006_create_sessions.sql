-- Browser sessions. The cookie holds the id; the row holds its hash.
CREATE TABLE sessions (
    id_hash    TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the session id
    account_id TEXT,                        -- set while the session may set this account's password
    data       TEXT   NOT NULL,             -- JSON: notice, typed identifier, challenge id, hash of the grant
    expires_at BIGINT NOT NULL              -- it is dead from then on
);
CREATE INDEX sessions_by_account ON sessions (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
