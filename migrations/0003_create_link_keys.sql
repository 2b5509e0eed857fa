-- Secrets that went out in links. A retried message brings a new one; the older stays good, for
-- nobody can tell which of the two mails arrived.
CREATE TABLE link_keys (
    key_hash     TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the secret
    purpose      TEXT   NOT NULL,             -- reset (tk-) or cancel (ck-)
    challenge_id TEXT   NOT NULL,             -- what it opens or ends
    minted_at    BIGINT NOT NULL,             -- when it was made
    expires_at   BIGINT NOT NULL,             -- it is dead from then on
    FOREIGN KEY (challenge_id) REFERENCES challenges (id) ON DELETE CASCADE
);
CREATE INDEX link_keys_by_challenge ON link_keys (challenge_id);
