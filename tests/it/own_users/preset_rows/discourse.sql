INSERT INTO users (id, username, username_lower, active, trust_level, created_at, updated_at) VALUES (7, 'Jane', 'jane', TRUE, 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO users (id, username, username_lower, active, trust_level, created_at, updated_at) VALUES (8, 'joe', 'joe', TRUE, 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO user_emails (user_id, email, "primary", created_at, updated_at) VALUES (7, 'jane@example.org', TRUE, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO user_emails (user_id, email, "primary", created_at, updated_at) VALUES (8, 'joe@example.org', TRUE, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO user_passwords (user_id, password_hash, password_salt, password_algorithm, created_at, updated_at) VALUES (7, '57bcc13e8ae5a13d5fc9d4f84c4ae5192fd9b9c55aa8556e3cfec5b0d68f2117', '0123456789abcdef0123456789abcdef', '$pbkdf2-sha256$i=600000,l=32$', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO user_passwords (user_id, password_hash, password_salt, password_algorithm, created_at, updated_at) VALUES (8, '57bcc13e8ae5a13d5fc9d4f84c4ae5192fd9b9c55aa8556e3cfec5b0d68f2117', '0123456789abcdef0123456789abcdef', '$pbkdf2-sha256$i=600000,l=32$', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO user_auth_tokens (user_id, auth_token, prev_auth_token, rotated_at, created_at, updated_at) VALUES (7, 'a', 'a', '2026-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO user_auth_tokens (user_id, auth_token, prev_auth_token, rotated_at, created_at, updated_at) VALUES (8, 'b', 'b', '2026-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
-- ends: SELECT COUNT(*) FROM user_auth_tokens WHERE user_id = 7
-- stays: SELECT COUNT(*) FROM user_auth_tokens WHERE user_id = 8
