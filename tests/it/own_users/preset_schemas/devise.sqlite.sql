-- The users of Devise 5, with the lines of its migration that are not comments, on SQLite.

CREATE TABLE "users" (
    "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    "email" varchar DEFAULT '' NOT NULL,
    "encrypted_password" varchar DEFAULT '' NOT NULL,
    "reset_password_token" varchar,
    "reset_password_sent_at" datetime(6),
    "remember_created_at" datetime(6),
    "created_at" datetime(6) NOT NULL,
    "updated_at" datetime(6) NOT NULL
);

CREATE UNIQUE INDEX "index_users_on_email" ON "users" ("email");

CREATE UNIQUE INDEX "index_users_on_reset_password_token" ON "users" ("reset_password_token");
