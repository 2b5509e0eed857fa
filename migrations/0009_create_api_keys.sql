-- Programs that may call the API.
CREATE TABLE api_keys (
    id         TEXT   NOT NULL PRIMARY KEY, -- public id, for lists and the audit
    key_hash   TEXT   NOT NULL UNIQUE,      -- SHA-256 of the key
    name       TEXT   NOT NULL,             -- what the operator calls it
    created_at BIGINT NOT NULL,             -- when it was made
    expires_at BIGINT,                      -- null: until it is revoked
    revoked_at BIGINT                       -- null: in force
);
