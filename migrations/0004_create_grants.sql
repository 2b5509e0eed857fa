-- The right to set the password of one challenge, once.
CREATE TABLE grants (
    token_hash   TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the access token
    challenge_id TEXT   NOT NULL,             -- whose password may be set
    channel      TEXT   NOT NULL,             -- link or code: how it was proven
    issued_at    BIGINT NOT NULL,             -- when it was proven
    expires_at   BIGINT NOT NULL,             -- it is dead from then on
    FOREIGN KEY (challenge_id) REFERENCES challenges (id) ON DELETE CASCADE
);
CREATE INDEX grants_by_challenge ON grants (challenge_id, issued_at);
