-- The tables of Laravel 13's first migration on SQLite.

create table "users" (
    "id" integer primary key autoincrement not null,
    "name" varchar not null,
    "email" varchar not null,
    "email_verified_at" datetime,
    "password" varchar not null,
    "remember_token" varchar,
    "created_at" datetime,
    "updated_at" datetime
);

create unique index "users_email_unique" on "users" ("email");

create table "password_reset_tokens" (
    "email" varchar not null,
    "token" varchar not null,
    "created_at" datetime,
    primary key ("email")
);

create table "sessions" (
    "id" varchar not null,
    "user_id" integer,
    "ip_address" varchar,
    "user_agent" text,
    "payload" text not null,
    "last_activity" integer not null,
    primary key ("id")
);

create index "sessions_user_id_index" on "sessions" ("user_id");

create index "sessions_last_activity_index" on "sessions" ("last_activity");
