-- The tables that Rails 8's authentication generator creates, on PostgreSQL.

CREATE TABLE "users" (
    "id" bigserial PRIMARY KEY,
    "email_address" character varying NOT NULL,
    "password_digest" character varying NOT NULL,
    "created_at" timestamp(6) without time zone NOT NULL,
    "updated_at" timestamp(6) without time zone NOT NULL
);

CREATE UNIQUE INDEX "index_users_on_email_address" ON "users" ("email_address");

CREATE TABLE "sessions" (
    "id" bigserial PRIMARY KEY,
    "user_id" bigint NOT NULL,
    "ip_address" character varying,
    "user_agent" character varying,
    "created_at" timestamp(6) without time zone NOT NULL,
    "updated_at" timestamp(6) without time zone NOT NULL,
    CONSTRAINT "fk_rails_758836b4f0" FOREIGN KEY ("user_id") REFERENCES "users" ("id")
);

CREATE INDEX "index_sessions_on_user_id" ON "sessions" ("user_id");
