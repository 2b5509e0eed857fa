-- After an incident an operator must see which key was created, rotated or revoked.
ALTER TABLE audit ADD COLUMN key_id TEXT; -- public id of the API key that was created, rotated or revoked; null: the event is about no key
