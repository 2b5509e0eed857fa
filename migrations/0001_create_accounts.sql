-- Accounts whose passwords can be reset. Times are milliseconds since 1970 (UTC), here and in every table.
CREATE TABLE accounts (
    id                  TEXT   NOT NULL PRIMARY KEY, -- 24 random URL-safe characters
    email               TEXT,                        -- as given; mail goes to this form and no other
    email_canonical     TEXT   UNIQUE,               -- the form in which spellings are equal
    email_verified_at   BIGINT,                      -- null: nothing is ever sent to it
    phone               TEXT   UNIQUE,               -- E.164
    phone_verified_at   BIGINT,                      -- null: nothing is ever sent to it
    username            TEXT,                        -- as given
    username_canonical  TEXT   UNIQUE,               -- NFKC, lower case
    password_hash       TEXT,                        -- PHC or modular-crypt string; null: no password
    password_changed_at BIGINT,                      -- null: not changed since the account was added
    mfa_required_at     BIGINT,                      -- the app asks for a second factor since then; a reset does not change it
    disabled_at         BIGINT,                      -- null: enabled
    created_at          BIGINT NOT NULL,             -- when it was added or imported
    CONSTRAINT accounts_have_an_identifier
        CHECK (email_canonical IS NOT NULL OR phone IS NOT NULL OR username_canonical IS NOT NULL)
);
