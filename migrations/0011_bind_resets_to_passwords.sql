-- Accounts may be kept in the users table of an app (`directory.url`). Then a row of `accounts` has only the app's own
-- id, and `@` with that id as its username, which nobody can type: it orders what happens to one account.
ALTER TABLE challenges ADD COLUMN password_fingerprint TEXT; -- keyed hash of the stored password that the link may replace; null: the account is in our table
ALTER TABLE challenges ADD COLUMN new_fingerprint TEXT;      -- keyed hash of the stored password that was set with it; null: none, or the account is in our table
ALTER TABLE challenges ADD COLUMN write_purpose TEXT;        -- complete or lock, while it is open whether that was committed to the app's table; null: nothing is open
ALTER TABLE challenges ADD COLUMN write_fingerprint TEXT;    -- keyed hash of the password that is being stored
ALTER TABLE challenges ADD COLUMN write_from TEXT;           -- address of the caller; shown in the notice
ALTER TABLE challenges ADD COLUMN write_started_at BIGINT;   -- when that began
CREATE INDEX challenges_by_write ON challenges (write_started_at) WHERE write_purpose IS NOT NULL;
CREATE INDEX challenges_by_password_in_app ON challenges (completed_at) WHERE new_fingerprint IS NOT NULL;
