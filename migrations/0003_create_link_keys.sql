-- Secrets that were sent in links. A retried message brings a new one; the older one stays valid, because nobody can
-- know which of the two mails arrived.
CREATE TABLE link_keys (
    key_hash     TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the secret
    purpose      TEXT   NOT NULL,             -- what the link does: a value of store::KeyPurpose
    challenge_id TEXT   NOT NULL,             -- the challenge that it opens or ends
    minted_at    BIGINT NOT NULL,             -- when it was made
    expires_at   BIGINT NOT NULL,             -- it is dead from then on
    FOREIGN KEY (challenge_id) REFERENCES challenges (id) ON DELETE CASCADE
);
CREATE INDEX link_keys_by_challenge ON link_keys (challenge_id);
