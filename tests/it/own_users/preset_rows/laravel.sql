INSERT INTO "users" ("id", "name", "email", "password", "remember_token") VALUES (7, 'Jane', 'jane@example.org', '$2y$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG', 'old');
INSERT INTO "users" ("id", "name", "email", "password", "remember_token") VALUES (8, 'Joe', 'joe@example.org', '$2y$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG', 'old');
INSERT INTO "sessions" ("id", "user_id", "payload", "last_activity") VALUES ('a', 7, '', 1);
INSERT INTO "sessions" ("id", "user_id", "payload", "last_activity") VALUES ('b', 8, '', 1);
INSERT INTO "password_reset_tokens" ("email", "token") VALUES ('jane@example.org', 'x');
-- ends: SELECT COUNT(*) FROM sessions WHERE user_id = 7
-- ends: SELECT COUNT(*) FROM password_reset_tokens
-- ends: SELECT COUNT(*) FROM users WHERE id = 7 AND remember_token = 'old'
-- stays: SELECT COUNT(*) FROM sessions WHERE user_id = 8
