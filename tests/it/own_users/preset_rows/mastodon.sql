INSERT INTO accounts (id, username, created_at, updated_at) VALUES (17, 'jane', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO accounts (id, username, created_at, updated_at) VALUES (18, 'joe', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO users (id, email, encrypted_password, confirmed_at, account_id, created_at, updated_at) VALUES (7, 'jane@example.org', '$2a$12$yU6d2jJKVi.5mlF0J6ydyO4Usw64nZpqK9Nn276PQA4ybExjDMybm', '2026-01-01 00:00:00', 17, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO users (id, email, encrypted_password, confirmed_at, account_id, created_at, updated_at) VALUES (8, 'joe@example.org', '$2a$12$yU6d2jJKVi.5mlF0J6ydyO4Usw64nZpqK9Nn276PQA4ybExjDMybm', '2026-01-01 00:00:00', 18, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO session_activations (session_id, user_id, created_at, updated_at) VALUES ('a', 7, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO session_activations (session_id, user_id, created_at, updated_at) VALUES ('b', 8, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO oauth_access_tokens (token, resource_owner_id, created_at) VALUES ('a', 7, '2026-01-01 00:00:00');
INSERT INTO oauth_access_tokens (token, resource_owner_id, created_at) VALUES ('b', 8, '2026-01-01 00:00:00');
-- ends: SELECT COUNT(*) FROM session_activations WHERE user_id = 7
-- ends: SELECT COUNT(*) FROM oauth_access_tokens WHERE resource_owner_id = 7 AND revoked_at IS NULL
-- stays: SELECT COUNT(*) FROM oauth_access_tokens WHERE revoked_at IS NULL
-- stays: SELECT COUNT(*) FROM session_activations
