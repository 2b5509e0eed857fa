-- Rights to set the password of one challenge, once.
CREATE TABLE grants (
    token_hash   TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the access token
    challenge_id TEXT   NOT NULL,             -- the challenge whose account gets the password
    channel      TEXT   NOT NULL,             -- link or code: what the holder proved it with
    issued_at    BIGINT NOT NULL,             -- when it was issued
    expires_at   BIGINT NOT NULL,             -- it is dead from then on
    hold         BIGINT NOT NULL DEFAULT 0,   -- how far its holder has come: 0 opened the link, 1 has it in a browser, 2 saw its form, 3 uses it
    FOREIGN KEY (challenge_id) REFERENCES challenges (id) ON DELETE CASCADE
);
CREATE INDEX grants_by_challenge ON grants (challenge_id, issued_at);
CREATE INDEX grants_by_expiry ON grants (expires_at);
