-- Answers to requests that a client may repeat with the same Idempotency-Key.
CREATE TABLE idempotency (
    client       TEXT   NOT NULL, -- public id of the API key
    key_hash     TEXT   NOT NULL, -- keyed hash of the Idempotency-Key
    request_hash TEXT   NOT NULL, -- keyed hash of method, path and body
    begun_at     BIGINT NOT NULL, -- when the request came
    lease_until  BIGINT NOT NULL, -- it is being answered until then
    body         TEXT,            -- JSON of the answer, without secrets; null: not answered yet
    expires_at   BIGINT NOT NULL, -- the row means nothing from then on
    PRIMARY KEY (client, key_hash)
);
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
