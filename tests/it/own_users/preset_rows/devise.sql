INSERT INTO "users" ("id", "email", "encrypted_password", "reset_password_token", "created_at", "updated_at") VALUES (7, 'jane@example.org', '$2a$12$yU6d2jJKVi.5mlF0J6ydyO4Usw64nZpqK9Nn276PQA4ybExjDMybm', 'x', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO "users" ("id", "email", "encrypted_password", "created_at", "updated_at") VALUES (8, 'joe@example.org', '$2a$12$yU6d2jJKVi.5mlF0J6ydyO4Usw64nZpqK9Nn276PQA4ybExjDMybm', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
-- ends: SELECT COUNT(*) FROM users WHERE reset_password_token IS NOT NULL
