-- The tables of Mastodon 4.3 that hold accounts, sessions and tokens, on PostgreSQL. Of the table accounts, only the
-- columns that say who may sign in.

CREATE TABLE accounts (
    id bigserial PRIMARY KEY,
    username character varying DEFAULT '' NOT NULL,
    domain character varying,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    silenced_at timestamp without time zone,
    suspended_at timestamp without time zone
);

CREATE UNIQUE INDEX index_accounts_on_username_and_domain_lower
    ON accounts (lower((username)::text), COALESCE(lower((domain)::text), ''::text));

CREATE TABLE users (
    id bigserial PRIMARY KEY,
    email character varying DEFAULT '' NOT NULL,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    encrypted_password character varying DEFAULT '' NOT NULL,
    reset_password_token character varying,
    reset_password_sent_at timestamp without time zone,
    sign_in_count integer DEFAULT 0 NOT NULL,
    current_sign_in_at timestamp without time zone,
    last_sign_in_at timestamp without time zone,
    confirmation_token character varying,
    confirmed_at timestamp without time zone,
    confirmation_sent_at timestamp without time zone,
    unconfirmed_email character varying,
    locale character varying,
    encrypted_otp_secret character varying,
    encrypted_otp_secret_iv character varying,
    encrypted_otp_secret_salt character varying,
    consumed_timestep integer,
    otp_required_for_login boolean DEFAULT false NOT NULL,
    last_emailed_at timestamp without time zone,
    otp_backup_codes character varying[],
    account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    disabled boolean DEFAULT false NOT NULL,
    invite_id bigint,
    chosen_languages character varying[],
    created_by_application_id bigint,
    approved boolean DEFAULT true NOT NULL,
    sign_in_token character varying,
    sign_in_token_sent_at timestamp without time zone,
    webauthn_id character varying,
    sign_up_ip inet,
    skip_sign_in_token boolean,
    role_id bigint,
    settings text,
    time_zone character varying,
    otp_secret character varying
);

CREATE INDEX index_users_on_account_id ON users (account_id);

CREATE UNIQUE INDEX index_users_on_confirmation_token ON users (confirmation_token);

CREATE UNIQUE INDEX index_users_on_email ON users (email);

CREATE UNIQUE INDEX index_users_on_reset_password_token ON users (reset_password_token text_pattern_ops)
    WHERE (reset_password_token IS NOT NULL);

CREATE TABLE oauth_access_grants (
    id bigserial PRIMARY KEY,
    token character varying NOT NULL,
    expires_in integer NOT NULL,
    redirect_uri text NOT NULL,
    created_at timestamp without time zone NOT NULL,
    revoked_at timestamp without time zone,
    scopes character varying,
    application_id bigint NOT NULL,
    resource_owner_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX index_oauth_access_grants_on_resource_owner_id ON oauth_access_grants (resource_owner_id);

CREATE TABLE oauth_access_tokens (
    id bigserial PRIMARY KEY,
    token character varying NOT NULL,
    refresh_token character varying,
    expires_in integer,
    revoked_at timestamp without time zone,
    created_at timestamp without time zone NOT NULL,
    scopes character varying,
    application_id bigint,
    resource_owner_id bigint REFERENCES users (id) ON DELETE CASCADE,
    last_used_at timestamp without time zone,
    last_used_ip inet
);

CREATE INDEX index_oauth_access_tokens_on_resource_owner_id ON oauth_access_tokens (resource_owner_id)
    WHERE (resource_owner_id IS NOT NULL);

CREATE TABLE session_activations (
    id bigserial PRIMARY KEY,
    session_id character varying NOT NULL,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    user_agent character varying DEFAULT '' NOT NULL,
    ip inet,
    access_token_id bigint REFERENCES oauth_access_tokens (id) ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    web_push_subscription_id bigint
);

CREATE UNIQUE INDEX index_session_activations_on_session_id ON session_activations (session_id);

CREATE INDEX index_session_activations_on_user_id ON session_activations (user_id);

CREATE TABLE web_push_subscriptions (
    id bigserial PRIMARY KEY,
    endpoint character varying NOT NULL,
    key_p256dh character varying NOT NULL,
    key_auth character varying NOT NULL,
    data json,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    access_token_id bigint REFERENCES oauth_access_tokens (id) ON DELETE CASCADE,
    user_id bigint REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX index_web_push_subscriptions_on_user_id ON web_push_subscriptions (user_id);
