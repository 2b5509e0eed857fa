-- Grants that have ended are found without reading those that live.
CREATE INDEX grants_by_expiry ON grants (expires_at);
