-- API keys: which programs may call, what for and from where.
CREATE TABLE api_keys (
    id                  TEXT   NOT NULL PRIMARY KEY, -- public id, for lists and the audit
    key_hash            TEXT   NOT NULL UNIQUE,      -- SHA-256 of the key
    name                TEXT   NOT NULL,             -- the operator's name for it
    kind                TEXT   NOT NULL,             -- secret or publishable
    scopes              TEXT   NOT NULL,             -- separated by spaces
    origins             TEXT   NOT NULL,             -- web origins that browsers may call from, separated by spaces
    redirect_urls       TEXT   NOT NULL,             -- its redirect targets, separated by spaces; empty: those of the configuration
    created_at          BIGINT NOT NULL,             -- when it was created
    expires_at          BIGINT,                      -- null: until it is revoked
    revoked_at          BIGINT,                      -- null: in force
    previous_key_hash   TEXT,                        -- SHA-256 of the key before the last rotation; null: never rotated
    previous_expires_at BIGINT                       -- the previous key is dead from then on
);
CREATE UNIQUE INDEX api_keys_by_previous_hash ON api_keys (previous_key_hash) WHERE previous_key_hash IS NOT NULL;
CREATE INDEX api_keys_with_origins ON api_keys (id) WHERE origins <> '';
