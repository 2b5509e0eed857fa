INSERT INTO "users" ("id", "email_address", "password_digest", "created_at", "updated_at") VALUES (7, 'jane@example.org', '$2a$12$VbKsGqaCL7YTaUv.uLg0teUzfGamxzd4WzIJorVuuySj//io1CWya', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO "users" ("id", "email_address", "password_digest", "created_at", "updated_at") VALUES (8, 'joe@example.org', '$2a$12$VbKsGqaCL7YTaUv.uLg0teUzfGamxzd4WzIJorVuuySj//io1CWya', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO "sessions" ("id", "user_id", "created_at", "updated_at") VALUES (1, 7, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO "sessions" ("id", "user_id", "created_at", "updated_at") VALUES (2, 8, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
-- ends: SELECT COUNT(*) FROM sessions WHERE user_id = 7
-- stays: SELECT COUNT(*) FROM sessions WHERE user_id = 8
