-- Text messages and usernames: by which way a message was wanted and went, and what became of its code.
ALTER TABLE challenges ADD COLUMN wanted_channel TEXT;   -- email or sms: asked for in place of the usual one; null: the usual one
ALTER TABLE challenges ADD COLUMN channel        TEXT;   -- email or sms: where the message went; null: it has not gone
ALTER TABLE challenges ADD COLUMN code_proven_at BIGINT; -- the right code was given; null: not yet
ALTER TABLE challenges ADD COLUMN client         TEXT;   -- public id of the API key that asked; null: a person on a page
ALTER TABLE outbox     ADD COLUMN channel        TEXT;   -- email or sms: for what is told on both; null: the challenge decides
CREATE INDEX challenges_by_text_message ON challenges (code_expires_at) WHERE channel = 'sms';
