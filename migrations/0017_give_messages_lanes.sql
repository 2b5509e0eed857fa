-- Messages wait in a lane for each channel, so that a provider of text messages that hangs holds no mail up, and no
-- destination takes all places of a lane. What the limits on text messages say is decided when somebody asks, before
-- anybody knows whether there is an account.
ALTER TABLE outbox ADD COLUMN lane        TEXT NOT NULL DEFAULT 'email'; -- email or sms: by which way it is to go; rows of webhooks are not in a lane
ALTER TABLE outbox ADD COLUMN destination TEXT;                          -- the domain of the address that was typed; null: there is none, or it is not known
ALTER TABLE outbox ADD COLUMN text_limit  TEXT;                          -- which limit on text messages was full when it was asked for; null: none
ALTER TABLE outbox ADD COLUMN unanswered  BIGINT NOT NULL DEFAULT 0;     -- how often it may have gone although nobody said so
UPDATE outbox SET lane = channel WHERE channel IS NOT NULL AND finished_at IS NULL AND payload IS NULL;
CREATE INDEX outbox_lanes_pending ON outbox (lane, due_at, destination, attempts) WHERE finished_at IS NULL AND payload IS NULL;
DROP INDEX outbox_pending;
