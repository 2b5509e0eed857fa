-- Counters of the rate limits. A window begins with its first hit.
CREATE TABLE limits (
    rule              TEXT   NOT NULL, -- name of the rule
    subject           TEXT   NOT NULL, -- keyed hash of what is counted: an identifier, a network, an account, everybody
    window_started_at BIGINT NOT NULL, -- the first hit of the window
    window_ends_at    BIGINT NOT NULL, -- the row means nothing from then on
    hits              BIGINT NOT NULL, -- how many in this window
    PRIMARY KEY (rule, subject)
);
CREATE INDEX limits_by_end ON limits (window_ends_at);
