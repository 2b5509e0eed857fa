-- What one caller repeats is one row with a count, so that a flood neither fills the disk nor hides anything.
ALTER TABLE audit ADD COLUMN hits BIGINT NOT NULL DEFAULT 1; -- how often it happened
ALTER TABLE audit ADD COLUMN last_at BIGINT; -- when it happened last; NULL: once, at happened_at
