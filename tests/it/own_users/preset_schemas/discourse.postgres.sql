-- The tables of Discourse 3.4 that hold accounts, addresses, passwords, sessions and links, on PostgreSQL.

CREATE TABLE users (
    id serial PRIMARY KEY,
    username character varying(60) NOT NULL,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    name character varying,
    last_posted_at timestamp without time zone,
    active boolean DEFAULT false NOT NULL,
    username_lower character varying(60) NOT NULL,
    last_seen_at timestamp without time zone,
    admin boolean DEFAULT false NOT NULL,
    last_emailed_at timestamp without time zone,
    trust_level integer NOT NULL,
    approved boolean DEFAULT false NOT NULL,
    approved_by_id integer,
    approved_at timestamp without time zone,
    previous_visit_at timestamp without time zone,
    suspended_at timestamp without time zone,
    suspended_till timestamp without time zone,
    date_of_birth date,
    views integer DEFAULT 0 NOT NULL,
    flag_level integer DEFAULT 0 NOT NULL,
    ip_address inet,
    moderator boolean DEFAULT false,
    title character varying,
    uploaded_avatar_id integer,
    locale character varying(10),
    primary_group_id integer,
    registration_ip_address inet,
    staged boolean DEFAULT false NOT NULL,
    first_seen_at timestamp without time zone,
    silenced_till timestamp without time zone,
    group_locked_trust_level integer,
    manual_locked_trust_level integer,
    secure_identifier character varying
);

CREATE UNIQUE INDEX index_users_on_username ON users (username);

CREATE UNIQUE INDEX index_users_on_username_lower ON users (username_lower);

CREATE TABLE user_emails (
    id serial PRIMARY KEY,
    user_id integer NOT NULL,
    email character varying(513) NOT NULL,
    "primary" boolean DEFAULT false NOT NULL,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    normalized_email character varying
);

CREATE UNIQUE INDEX index_user_emails_on_email ON user_emails (lower((email)::text));

CREATE INDEX index_user_emails_on_user_id ON user_emails (user_id);

CREATE UNIQUE INDEX index_user_emails_on_user_id_and_primary ON user_emails (user_id, "primary") WHERE "primary";

CREATE TABLE user_passwords (
    id serial PRIMARY KEY,
    user_id integer NOT NULL,
    password_hash character varying(64) NOT NULL,
    password_salt character varying(32) NOT NULL,
    password_algorithm character varying(64) NOT NULL,
    password_expired_at timestamp without time zone,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL
);

CREATE UNIQUE INDEX index_user_passwords_on_user_id ON user_passwords (user_id);

CREATE TABLE user_auth_tokens (
    id serial PRIMARY KEY,
    auth_token character varying NOT NULL,
    auth_token_seen boolean DEFAULT false NOT NULL,
    authenticated_with_oauth boolean DEFAULT false,
    client_ip inet,
    impersonation_expires_at timestamp without time zone,
    prev_auth_token character varying NOT NULL,
    rotated_at timestamp without time zone NOT NULL,
    seen_at timestamp without time zone,
    user_agent character varying,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    impersonated_user_id integer,
    user_id integer NOT NULL
);

CREATE UNIQUE INDEX index_user_auth_tokens_on_auth_token ON user_auth_tokens (auth_token);

CREATE INDEX index_user_auth_tokens_on_user_id ON user_auth_tokens (user_id);

CREATE TABLE email_tokens (
    id serial PRIMARY KEY,
    user_id integer NOT NULL,
    email character varying NOT NULL,
    confirmed boolean DEFAULT false NOT NULL,
    expired boolean DEFAULT false NOT NULL,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    token_hash character varying NOT NULL,
    scope integer
);

CREATE INDEX index_email_tokens_on_user_id ON email_tokens (user_id);
