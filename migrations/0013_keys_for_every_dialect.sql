-- What a key may do, from where, and its exchange without a gap; which way a request came in; codes that have ended.
ALTER TABLE api_keys ADD COLUMN kind TEXT NOT NULL DEFAULT 'secret'; -- secret or publishable
ALTER TABLE api_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT 'resets:request resets:complete resets:read accounts:authenticate'; -- separated by spaces
ALTER TABLE api_keys ADD COLUMN origins TEXT NOT NULL DEFAULT ''; -- web origins that browsers may call from, separated by spaces
ALTER TABLE api_keys ADD COLUMN redirect_urls TEXT NOT NULL DEFAULT ''; -- its own redirect targets, separated by spaces; empty: those of the configuration
ALTER TABLE api_keys ADD COLUMN previous_key_hash TEXT; -- SHA-256 of the key before the last rotation; null: never rotated
ALTER TABLE api_keys ADD COLUMN previous_expires_at BIGINT; -- the key before is dead from then on
CREATE UNIQUE INDEX api_keys_by_previous_hash ON api_keys (previous_key_hash) WHERE previous_key_hash IS NOT NULL;
CREATE INDEX api_keys_with_origins ON api_keys (id) WHERE origins <> '';
ALTER TABLE challenges ADD COLUMN door TEXT; -- pages, native, agnost, cognito, productflame or mcp; null: before there were several
ALTER TABLE challenges ADD COLUMN ended_code_hash TEXT; -- keyed hash of a code that was used or ended: who gives it is told so; null: none
CREATE INDEX challenges_by_identifier ON challenges (identifier, requested_at);
-- Answers to requests that a program may send again.
CREATE TABLE idempotency (
    client       TEXT   NOT NULL, -- public id of the API key
    key_hash     TEXT   NOT NULL, -- keyed hash of the Idempotency-Key
    request_hash TEXT   NOT NULL, -- keyed hash of method, path and body, but for a password
    begun_at     BIGINT NOT NULL, -- when the request came that is answered, or was
    lease_until  BIGINT NOT NULL, -- it is being answered until then
    body         TEXT,            -- JSON of the answer, without a secret; null: not answered yet
    expires_at   BIGINT NOT NULL, -- the row means nothing from then on
    PRIMARY KEY (client, key_hash)
);
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
