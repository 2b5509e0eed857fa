-- The tables that Rails 8's authentication generator creates, on SQLite.

CREATE TABLE "users" (
    "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    "email_address" varchar NOT NULL,
    "password_digest" varchar NOT NULL,
    "created_at" datetime(6) NOT NULL,
    "updated_at" datetime(6) NOT NULL
);

CREATE UNIQUE INDEX "index_users_on_email_address" ON "users" ("email_address");

CREATE TABLE "sessions" (
    "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    "user_id" integer NOT NULL,
    "ip_address" varchar,
    "user_agent" varchar,
    "created_at" datetime(6) NOT NULL,
    "updated_at" datetime(6) NOT NULL,
    CONSTRAINT "fk_rails_758836b4f0" FOREIGN KEY ("user_id") REFERENCES "users" ("id")
);

CREATE INDEX "index_sessions_on_user_id" ON "sessions" ("user_id");
